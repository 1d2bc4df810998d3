"""Reads records: entities, findings and embeddings."""
