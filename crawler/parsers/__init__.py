"""Bytes to records: pure functions, no network, no Scrapy."""
