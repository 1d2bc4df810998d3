"""Writes items into the library, a batch a transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crawler.accounts import settled
from crawler.items import Deleted, Fetched, Item, Rejected, WindowDone
from crawler.report import Report
from library.types import CrawlState, PutOutcome

if TYPE_CHECKING:
    from library import Library
    from library.writer import Writer


class Sink:
    """Takes items and commits them in batches; what was not committed is not counted either.

    Args:
        library: Where to.
        report: Counts what was committed.
        batch_records: Items a transaction.
        spider: Name under which rejected payloads are quarantined.
    """

    def __init__(self, library: Library, report: Report, *, batch_records: int, spider: str = "") -> None:
        self._library = library
        self._report = report
        self._batch_records = max(batch_records, 1)
        self._spider = spider
        self._batch: list[Fetched | Deleted | Rejected] = []

    def take(self, item: Item) -> None:
        """Add an item; a full batch is committed. `WindowDone` commits together with what came before it."""
        if isinstance(item, WindowDone):
            self.flush(None if self._report.window_held else item)
            return
        self._batch.append(item)
        if len(self._batch) >= self._batch_records:
            self.flush()

    def flush(self, done: WindowDone | None = None) -> None:
        """Commit what is waiting, and the source's state with it."""
        if not self._batch and done is None:
            return
        batch, self._batch = self._batch, []
        with self._library.transaction() as writer:
            outcomes = Counter(self._write(writer, item) for item in batch)
            if done is not None:
                writer.save_state(CrawlState(source=done.source, watermark=done.watermark, state=done.state))
        self._count(outcomes)
        if done is not None:
            self._report.watermark = done.watermark

    def _write(self, writer: Writer, item: Fetched | Deleted | Rejected) -> PutOutcome | str:
        if isinstance(item, Deleted):
            return "deleted" if writer.delete(f"{item.source}:{item.source_id}", item.reason) else "unknown"
        payload = item.payload
        if isinstance(item, Rejected):
            writer.quarantine(
                item.source, item.reason, payload.content, payload.media_type, payload.url, spider=self._spider
            )
            return "quarantined"
        record = settled(item.record, writer.kept) if item.partial else item.record
        return writer.put(record, content=payload.content, media_type=payload.media_type, url=payload.url)

    def _count(self, outcomes: Counter[PutOutcome | str]) -> None:
        for outcome in PutOutcome:
            self._report.puts[outcome] += outcomes[outcome]
        self._report.deleted += outcomes["deleted"]
        self._report.unknown += outcomes["unknown"]
        self._report.quarantined += outcomes["quarantined"]
