"""The Elasticsearch backend: the same answers where one machine is not enough."""
