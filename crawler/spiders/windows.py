"""The base of spiders that read a window of dates in slices, each slice in pages that a cursor leads through."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import ClassVar, Final, TypeVar

from crawler.failures import UnreadableError
from crawler.items import Fetched, Item, Rejected, WindowDone
from crawler.parsers.pages import Page, PageOf, without
from crawler.spiders.base import SourceSpider
from crawler.spiders.paging import Reading

T = TypeVar("T")
_DAY: Final = dt.timedelta(days=1)
_FEW: Final = 3
_SMALL_PART: Final = 20
"""So many items, or one part in so many, may be missing of what a provider counts."""
_READINGS: Final = 3
"""How often pages are read at most while their count does not keep still."""


class WindowSpider(SourceSpider):
    """A source whose items have a date of their last change by which they can be asked for.

    Slices are read oldest first, and after each the watermark moves to its last day: an item that changes meanwhile
    moves to a later slice. A subclass writes `window`, `first_day` and `question`.

    A provider may count more than it gives. The slice is then read again by the next crawl; if that comes out short
    too, and by little, the count is taken for the provider's mistake, noted in the report, and the watermark moves.
    """

    slice_days: ClassVar[int] = 366
    """Days that are asked for at once."""
    counts_off: ClassVar[bool] = False
    """Whether a page is asked for by how many items come before it. An item that is added or removed then moves all
    behind it past the page's edge, so pages whose count has changed meanwhile are read again."""

    @abstractmethod
    def window(self, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """Everything that changed between two days, both included."""

    @abstractmethod
    def first_day(self) -> dt.date:
        """Where the first crawl begins."""

    @abstractmethod
    def question(self) -> str:
        """What is asked for, as a text; once it changes, the source is read from its first day again."""

    async def collect(self) -> AsyncIterator[Item]:
        """Slice after slice; the first that fails ends the crawl."""
        stored = self.stored.watermark if self._same_question() else ""
        moves = not (self.since and stored and self.since.isoformat() > stored)
        for first, last in self.slices():
            self._first, self._short = first, False
            async for item in self.window(first, last):
                yield item
            if self._short:
                state = {"asked": self.question(), "short_from": first.isoformat()}
                yield WindowDone(source=self.name, watermark=stored, state=state)
                return
            if moves and not self.report.window_held:
                watermark = max(stored, self.reached(last).isoformat())
                yield WindowDone(source=self.name, watermark=watermark, state={"asked": self.question()})

    def slices(self) -> Iterator[tuple[dt.date, dt.date]]:
        """First and last days of what is to be read, oldest first."""
        first = self.window_start(self.first_day()) if self.since or self._same_question() else self.first_day()
        while first <= self.until:
            last = min(first + dt.timedelta(days=self.slice_days - 1), self.until)
            yield first, last
            first = last + _DAY

    async def pages(
        self,
        ask: Callable[[str], Awaitable[Page]],
        where: str,
        *,
        keep: Callable[[Sequence[Fetched | Rejected]], Sequence[Fetched | Rejected]] = tuple,
        patience: int = 0,
    ) -> AsyncIterator[Item]:
        """The items of all pages.

        Args:
            ask: Gives the page of a cursor, which is empty for the first.
            where: What is read, for messages.
            keep: Those of a page's items that are wanted; the others are counted as filtered.
            patience: After so many pages in a row without a wanted item the rest is left; 0 reads to the end.

        Raises:
            SourceError: A page cannot be had, or pages go round in a circle.
        """
        came = idle = 0
        try:
            async with aclosing(self.turn(ask, where)) as pages:
                async for page in pages:
                    kept = keep(page.items)
                    self.report.filtered += len(page.items) - len(kept)
                    for item in kept:
                        yield item
                    came += len(page.items)
                    idle = 0 if kept else idle + 1
                    if patience and idle >= patience and page.cursor:
                        left = f"left after {came} of {page.total} items, the last pages were off the topic"
                        self.report.note(f"{where}: {left}")
                        return
        except UnreadableError as error:
            yield Rejected(source=self.name, reason=error.message, payload=error.payload)
            raise

    async def turn(self, ask: Callable[[str], Awaitable[PageOf[T]]], where: str) -> AsyncGenerator[PageOf[T]]:
        """All pages; what came is held against what was counted.

        Args:
            ask: Gives the page of a cursor, which is empty for the first.
            where: What is read, for messages.

        Raises:
            SourceError: A page cannot be had, or pages go round in a circle.
        """
        earlier: set[str] = set()
        for _ in range(_READINGS if self.counts_off else 1):
            reading = Reading(where)
            async for page in reading.pages(ask):
                yield without(page, earlier) if earlier else page
            if not (self.counts_off and reading.moved):
                break
            earlier |= reading.came
        if self.counts_off and reading.moved:
            self._hold(f"{reading.shaken()}, {_READINGS} times", believed=False)
        elif reading.total is not None and len(reading.came) < reading.total:
            self.miss(where, reading.total - len(reading.came), reading.total)

    def miss(self, where: str, missing: int, total: int) -> None:
        """Report that less came than was counted, and hold the slice.

        Not if it is as good as complete and was short in the last crawl too.
        """
        few = missing <= max(_FEW, total // _SMALL_PART)
        self._hold(f"{where}: {total - missing} of {total} items came", believed=not few)

    def _hold(self, said: str, *, believed: bool) -> None:
        """Hold the slice; not if it was held in the last crawl too and the count need not be ``believed``."""
        before = self._same_question() and self.stored.state.get("short_from") == self._first.isoformat()
        if before and not believed:
            self.report.note(f"{said}, as in the last crawl: the count is not believed")
        else:
            self._short = True
            self.fail(said, holds_window=False)

    def _same_question(self) -> bool:
        return self.stored.state.get("asked", self.question()) == self.question()
