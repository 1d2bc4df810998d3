"""One reading of a provider's pages, from the first to the last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from crawler.failures import NotAskedError
from crawler.parsers.pages import PageOf, names_of
from records.errors import SourceError

T = TypeVar("T")


class Reading:
    """What one reading has brought so far.

    Args:
        where: What is read, for messages.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._totals: set[int] = set()
        self.came: set[str] = set()
        """Names of the items that came."""
        self.total: int | None = None
        """How many the provider counts, by its last word."""

    @property
    def moved(self) -> bool:
        """Whether the provider's count changed meanwhile."""
        return len(self._totals) > 1

    def shaken(self) -> str:
        """How the count changed, for a message."""
        return f"{self._where}: the count went between {min(self._totals)} and {max(self._totals)} while it was read"

    async def pages(self, ask: Callable[[str], Awaitable[PageOf[T]]]) -> AsyncIterator[PageOf[T]]:
        """Page after page; none in a dry run.

        Args:
            ask: Gives the page of a cursor, which is empty for the first.

        Raises:
            SourceError: A page cannot be had, or pages go round in a circle.
        """
        asked, cursor = {""}, ""
        while True:
            try:
                page = await ask(cursor)
            except NotAskedError:
                return
            if page.total is not None:
                self.total = page.total
                self._totals.add(page.total)
            yield page
            fresh = set(names_of(page)) - self.came
            self.came |= fresh
            if not page.cursor or page.cursor == cursor or not page.items:
                return
            if page.cursor in asked or not fresh:
                raise SourceError(
                    f"{self._where}: page {page.cursor!r} brings nothing new after {len(self.came)} items"
                )
            asked.add(page.cursor)
            cursor = page.cursor
