"""Digests: what is news to each reader, bound once, rendered to mail."""
