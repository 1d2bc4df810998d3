"""Reads files and folders into the library."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from crawler.accounts import Names
from crawler.formats import find_format
from crawler.items import Payload, Rejected
from crawler.report import Report
from crawler.sink import Sink
from library import CrawlRun, Library
from library.types import IMPORT
from records.errors import CordwatchError, LibraryError, ParseError

HEAD: Final = 65_536
BATCH: Final = 500
_GZIP: Final = b"\x1f\x8b"
Progress = Callable[[int, int], None]


def import_paths(
    paths: Iterable[Path],
    library: Library,
    *,
    format: str | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> list[CrawlRun]:
    """Read files, folders (recursively) and ``-`` (stdin) into the library, in constant memory.

    Args:
        paths: What to read.
        library: Where to.
        format: Name of the format of all of them; else each is recognised by its content.
        source: Name under which records are kept whose format names none; ``import`` if not given.
        progress: Called with (files done, files in all).

    Returns:
        One report a file, in order. A file that nobody reads has failed; the others go on. A library that refuses a
        batch (a full disk) ends it: the last report then says so.
    """
    files = [file for path in paths for file in _files(path)]
    runs: list[CrawlRun] = []
    for number, file in enumerate(files, start=1):
        report = Report(f"{IMPORT} {file}")
        try:
            runs.append(_import_file(file, library, report, format, source or IMPORT))
        except LibraryError as error:
            left = len(files) - number
            report.fail(_named(file, error) + (f"; not read after it: {left} of {len(files)} files" if left else ""))
            return [*runs, report.to_run()]
        if progress:
            progress(number, len(files))
    return runs


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    else:
        yield path


def _import_file(file: Path, library: Library, report: Report, format: str | None, source: str) -> CrawlRun:
    sink = Sink(library, report, batch_records=BATCH, spider=IMPORT)
    names = Names()
    try:
        with _open(file) as raw:
            stream = _unpacked(raw)
            head = stream.peek(HEAD)[:HEAD]
            chosen = find_format(head, file, name=format)
            for item in chosen.read(cast(BinaryIO, stream), source=source, path=str(file)):
                sink.take(names.apart(item))
                if isinstance(item, Rejected) and item.incomplete:
                    report.fail(item.reason if str(file) in item.reason else f"{file}: {item.reason}")
    except ParseError as error:
        report.fail(_named(file, error))
    except FileNotFoundError:
        report.fail(f"{file}: there is no such file")
    except (OSError, EOFError, zlib.error) as error:
        reason = f"{file}: breaks off or cannot be read: {error}"
        sink.take(Rejected(source=source, reason=reason, payload=Payload(content=b"", media_type="", url=str(file))))
        report.fail(reason)
    sink.flush()
    if not report.seen and not report.failed:
        report.note(f"{file}: {_without_records(report.unknown)}")
    run = report.to_run()
    with library.transaction() as writer:
        writer.add_run(run)
    return run


def _named(file: Path, error: CordwatchError) -> str:
    """What was wrong, with the file's name before it where the message has none, and what to do."""
    name = "" if str(file) in error.message else f"{file}: "
    return f"{name}{error.message}" + (f" ({error.hint})" if error.hint else "")


def _without_records(deletions: int) -> str:
    if not deletions:
        return "there is no record in it"
    return f"{deletions} {'deletion' if deletions == 1 else 'deletions'}, none of a record that is in the library"


def _open(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    return file.open("rb")


def _unpacked(raw: BinaryIO) -> io.BufferedReader:
    stream = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, raw), HEAD)
    if stream.peek(2)[:2] == _GZIP:
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), HEAD)
    return io.BufferedReader(cast(io.RawIOBase, stream), HEAD)
