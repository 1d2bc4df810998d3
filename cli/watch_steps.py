"""The stages, as the service runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cli.app import App
from cli.crawl_process import CrawlProcess
from cli.digests import evaluate_topics, make_builder, readable_topics, send_mail

if TYPE_CHECKING:
    from feeds.digests.build import BuildReport
    from feeds.digests.evaluate import EvaluateReport
    from feeds.outbox.sender import Log, SendReport
    from library import Library


class WatchSteps:
    """Wires `feeds.watch.service.Steps` to the stages.

    Args:
        app: Settings and wiring.
        library: Open as long as the service runs.
        log: Takes one line about everything that was done or went wrong.
    """

    def __init__(self, app: App, library: Library, log: Log) -> None:
        self._app = app
        self._library = library
        self._log = log

    def start_crawl(self, sources: Sequence[str]) -> CrawlProcess:
        """All of ``sync``. Raises `LockedError` where a crawl that an earlier service began still runs."""
        file, home = self._app.loaded.file, self._app.settings.home
        config = ["--config", str(file)] if file else []
        command = [sys.executable, "-m", "cli.main", *config, "--home", str(home), "--quiet", "sync", *sources]
        return CrawlProcess(command, home / "crawl.lock", self._log)

    def evaluate(self) -> EvaluateReport:
        """Ask the topics, as their files stand now."""
        return evaluate_topics(self._app, self._library, *readable_topics(self._app))

    def build(self) -> BuildReport:
        """Bind what is due."""
        return make_builder(self._app, self._library, readable_topics(self._app)[0]).build_due()

    def send(self, pause: Callable[[float], bool]) -> SendReport:
        """Send what waits."""
        return send_mail(self._app, self._library, limit=10**9, log=self._log, pause=pause)

    def publish(self) -> str:
        """Write the feeds of all topics to ``publish.folder``."""
        from cli.publishing import publish_topics, told

        folder = self._app.settings.publish.folder
        assert folder is not None  # noqa: S101 - asked before
        return told(publish_topics(self._app, self._library, folder))
