"""What one crawl or import has done so far, counted as it goes."""

from __future__ import annotations

import datetime as dt
from typing import Final

from library.types import CrawlRun, PutOutcome

ERRORS_KEPT: Final = 50


class Report:
    """Counts of one run of one source.

    Args:
        source: Name of the source.
        watermark: Where the stored state stands as the run begins.
        secrets: Texts that no message may show.
    """

    def __init__(self, source: str, *, watermark: str = "", secrets: tuple[str, ...] = ()) -> None:
        self.source = source
        self.watermark = watermark
        self.started = dt.datetime.now(dt.UTC)
        self.puts = dict.fromkeys(PutOutcome, 0)
        self.deleted = self.quarantined = self.failed = self.filtered = 0
        self.unknown = 0
        """Deletions of what is not in the library."""
        self.window_held = False
        """Whether something is missing, so that no state may be saved."""
        self._secrets = tuple(secret for secret in secrets if secret)
        self._errors: list[str] = []
        self._notes: list[str] = []

    @property
    def seen(self) -> int:
        """Items that reached the library."""
        return sum(self.puts.values()) + self.deleted + self.quarantined

    def fail(self, reason: str, *, holds_window: bool = True) -> None:
        """Count something that could not be had.

        Args:
            reason: What, where and why, in a line.
            holds_window: Whether the source's state must stay where it is; false only for a spider that itself
                keeps account of what is missing.
        """
        self.failed += 1
        self.window_held = self.window_held or holds_window
        self._add(self._errors, reason)

    def note(self, text: str) -> None:
        """Tell something that is no failure."""
        self._add(self._notes, text)

    def mask(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _add(self, lines: list[str], text: str) -> None:
        line = self.mask(" ".join(text.split()))
        if line not in lines and len(lines) < ERRORS_KEPT:
            lines.append(line)

    def to_run(self) -> CrawlRun:
        """The report as it is kept and shown."""
        return CrawlRun(
            source=self.source,
            started=self.started,
            finished=dt.datetime.now(dt.UTC),
            seen=self.seen,
            new=self.puts[PutOutcome.NEW],
            changed=self.puts[PutOutcome.CHANGED],
            unchanged=self.puts[PutOutcome.UNCHANGED],
            deleted=self.deleted,
            quarantined=self.quarantined,
            failed=self.failed,
            filtered=self.filtered,
            watermark=self.watermark,
            complete=not self.failed,
            errors=tuple(self._errors),
            notes=tuple(self._notes),
        )
