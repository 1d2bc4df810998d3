"""Scrapy's commands, where Cordwatch needs more of one: Scrapy finds them by ``COMMANDS_MODULE``."""
