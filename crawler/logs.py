"""Log lines without the payloads."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter

from crawler.items import Fetched


class BriefLogFormatter(LogFormatter):
    """Names an item instead of printing it: payloads are large, and may not be logged."""

    def scraped(self, item: Any, response: Any, spider: Any) -> Any:
        """An item left the pipeline."""
        return super().scraped(_name(item), response, spider)

    def dropped(self, item: Any, exception: BaseException, response: Any, spider: Any) -> Any:
        """An item was dropped."""
        return super().dropped(_name(item), exception, response, spider)

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Any) -> Any:
        """The pipeline failed on an item."""
        return super().item_error(_name(item), exception, response, spider)


def _name(item: Any) -> str:
    return f"{type(item).__name__} {item.record.uid}" if isinstance(item, Fetched) else type(item).__name__
