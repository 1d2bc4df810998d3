"""What commands share: settings, and how the stages are wired together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

import config
from records.errors import IndexMissingError, LibraryError

if TYPE_CHECKING:
    from index.place import Place
    from index.search import Searcher
    from library import Library
    from nlp.embeddings import Encoder
    from nlp.lexicon.lookup import Lexicon
    from records.query import Mode

_FIRST: Final = "cordwatch crawl, or cordwatch import FILE …"
"""What makes a library."""
Progress = Callable[[int, int], None]
"""Called with (done, total); total is 0 where it is not known."""


class App:
    """Settings and wiring of one run of the command.

    Args:
        config_file: ``--config``.
        flags: Dotted setting names to values given on the command line.
        quiet: Whether notes and progress are off.
    """

    def __init__(self, *, config_file: Path | None, flags: Mapping[str, Any], quiet: bool) -> None:
        self._config_file = config_file
        self._flags = flags
        self.quiet = quiet

    @property
    def config_file(self) -> Path:
        """The configuration file that is read, whether it is there or not."""
        return config.named_file(self._config_file) or config.default_file()

    @cached_property
    def loaded(self) -> config.Loaded:
        """Settings with their origins."""
        return config.load(self._config_file, flags=self._flags)

    @property
    def settings(self) -> config.Settings:
        """The settings in force."""
        return self.loaded.settings

    @contextmanager
    def library(self, *, create: bool = False) -> Iterator[Library]:
        """The library, open. Reading commands do not create one: they say what to do first."""
        from library import Library

        path = self.settings.library_path
        if not create and not path.exists():
            raise LibraryError(f"there is no library at {path}", hint=_FIRST)
        with Library.open(path, busy_timeout_s=self.settings.library.busy_timeout_s) as library:
            yield library

    @cached_property
    def lexicon(self) -> Lexicon:
        """The vocabulary: names, ids, ancestors."""
        from nlp.lexicon.lookup import Lexicon

        return Lexicon()

    def encoder(self) -> Encoder:
        """The embedding model of the settings."""
        from nlp.embeddings import load_encoder

        return load_encoder(self.settings)

    def searcher(self) -> Searcher:
        """The index, open for searching; model and vocabulary are loaded when a query needs them.

        Raises:
            IndexMissingError: There is none, or not even a library to make it from.
        """
        from index.search import Searcher

        try:
            backend = self.place.open()
        except IndexMissingError as error:
            path = self.settings.library_path
            if path.exists():
                raise
            raise IndexMissingError(f"there is no library at {path}, and no index of it", hint=_FIRST) from error
        return Searcher(backend, self.encoder, lambda: self.lexicon)

    def mode(self, searcher: Searcher, text: str, mode: Mode) -> Mode:
        """How a query is ranked: as asked for, or as it can be now, which the person at the terminal is told."""
        found, why = searcher.possible(text, mode)
        if why:
            self.note(why)
        return found

    @property
    def place(self) -> Place:
        """Where the index lies."""
        from index.open import place_of

        return place_of(self.settings)

    def note(self, message: str) -> None:
        """A remark for the person at the terminal: stderr, unless ``--quiet``."""
        from cli.output import harmless

        if not self.quiet:
            click.echo(harmless(message), err=True)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A progress bar on stderr, on a terminal only."""
        import sys

        if self.quiet or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)


pass_app = click.make_pass_decorator(App)
