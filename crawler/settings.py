"""Scrapy settings that hold for every spider; what depends on Cordwatch's own settings is set by `SourceSpider`."""

from __future__ import annotations

from typing import Final

BOT_NAME: Final = "cordwatch"
SPIDER_MODULES: Final = ["crawler.spiders"]
NEWSPIDER_MODULE: Final = "crawler.spiders"
COMMANDS_MODULE: Final = "crawler.commands"
ITEM_PIPELINES: Final = {"crawler.pipeline.LibraryPipeline": 100}
DOWNLOADER_MIDDLEWARES: Final = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.middlewares.PrivateAddressMiddleware": 90,
    "crawler.middlewares.RobotsMiddleware": 100,
    "crawler.middlewares.PatientRetryMiddleware": 550,
}
# Items of one answer reach the pipeline one after the other, in their order: a window is closed after its records.
CONCURRENT_ITEMS: Final = 1
CONCURRENT_REQUESTS: Final = 8
CONCURRENT_REQUESTS_PER_DOMAIN: Final = 1
# Delays are limits that providers set: none may be undercut at random.
DOWNLOAD_DELAY_JITTER: Final = 0.0
AUTOTHROTTLE_ENABLED: Final = True
AUTOTHROTTLE_START_DELAY: Final = 0.0
AUTOTHROTTLE_MAX_DELAY: Final = 60.0
RETRY_HTTP_CODES: Final = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]
RETRY_GIVE_UP_LOG_LEVEL: Final = "DEBUG"
REDIRECT_MAX_TIMES: Final = 5
DOWNLOAD_VERIFY_CERTIFICATES: Final = True
DOWNLOAD_WARNSIZE: Final = 0
DOWNLOAD_FAIL_ON_DATALOSS: Final = True
COOKIES_ENABLED: Final = False
REFERRER_POLICY: Final = "no-referrer"
TELNETCONSOLE_ENABLED: Final = False
REMOTE_CONTROL_ENABLED: Final = False
EXTENSIONS: Final = {"scrapy.extensions.feedexport.FeedExporter": None}
DEFAULT_REQUEST_HEADERS: Final = {"Accept": "*/*", "Accept-Language": "en"}
LOG_LEVEL: Final = "INFO"
LOG_FORMATTER: Final = "crawler.logs.BriefLogFormatter"
