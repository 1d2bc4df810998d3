"""Measurements of speed and quality, each a module that prints one JSON object."""
