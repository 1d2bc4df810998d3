"""The Scrapy project: spiders collect, parsers turn bytes into records."""
