"""``scrapy crawl``, with an exit code that says whether the source came through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scrapy.commands.crawl import Command as ScrapyCommand

if TYPE_CHECKING:
    import argparse

    from scrapy import Spider
    from scrapy.crawler import Crawler

INCOMPLETE: Final = 3
"""As ``cordwatch crawl`` has it: something could not be had, what came is kept."""


class Command(ScrapyCommand):
    """As Scrapy's own, whose exit code tells only whether the spider could start."""

    made: Crawler | None = None
    """The one that this command runs."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl; exit code 3 if the report is not complete."""
        super().run(args, opts)
        report = getattr(self.made and self.made.spider, "report", None)
        if report is not None and not self.exitcode and report.failed:
            self.exitcode = INCOMPLETE

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        crawler = self.made = super()._create_crawler(spidercls)
        return crawler
