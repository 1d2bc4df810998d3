"""The spiders, one file a source; `crawler.registry` finds them by their ``name``."""
