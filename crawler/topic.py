"""Whether a text is about what is collected, for providers that cannot be asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from crawler.items import Fetched, Rejected
from records.record import Record

_BETWEEN: Final = re.compile(r"[\W_]+")


class Topic:
    """Words of which a text must have some.

    Args:
        groups: Alternatives, divided by ``|``: a text must contain one of each group, whatever the case; hyphens and
            line breaks count as blanks, and a word may go on (``paraplegi``). Without groups every text will do.
    """

    def __init__(self, groups: Iterable[str]) -> None:
        words = ([_plain(word) for word in group.split("|")] for group in groups)
        self._groups = [[word for word in group if word.strip()] for group in words]

    def covers(self, *texts: str) -> bool:
        """Whether the texts, taken together, are about it."""
        text = _plain(" ".join(texts))
        return all(any(word in text for word in group) for group in self._groups if group)

    def covers_record(self, record: Record) -> bool:
        """Whether the titles, abstract and keywords of a record are about it."""
        return self.covers(record.title, *record.alternative_titles, record.text_of("abstract"), *record.keywords)

    def covers_item(self, item: Fetched | Rejected) -> bool:
        """Whether a record is about it, or the bytes of what could not be read."""
        if isinstance(item, Fetched):
            return self.covers_record(item.record)
        return self.covers(item.payload.content.decode("utf-8", "replace"))

    def kept_of(self, items: Iterable[Fetched | Rejected]) -> list[Fetched | Rejected]:
        """Those that are about it."""
        return [item for item in items if self.covers_item(item)]


def _plain(text: str) -> str:
    return _BETWEEN.sub(" ", text.casefold())
