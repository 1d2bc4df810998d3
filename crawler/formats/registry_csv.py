"""Tables that trial registries export: WHO ICTRP, EU CTIS and jRCT; one row a trial."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers import ctis, ictrp, jrct
from crawler.parsers.registry_entry import Entry, make_registration
from crawler.parsers.table_rows import Row, columns_of, headings_of, rows_of
from records.errors import ParseError

_ENCODINGS: Final = ("utf-8-sig", "cp932")
"""jRCT's tables are made for spreadsheets in Japan."""


class Register(msgspec.Struct, frozen=True):
    """A registry whose table is known by some of its headings."""

    source: str
    headings: tuple[frozenset[str], ...]
    """Of each group one must be there; as `_name` writes them."""
    entry_of: Callable[[Mapping[str, str]], Entry]


REGISTERS: Final = (
    Register("ictrp", (frozenset({"trialid"}), frozenset({"source_register"})), ictrp.entry_of),
    Register("ctis", (frozenset({"trial_number"}), frozenset({"overall_trial_status"})), ctis.entry_of),
    Register("jrct", (jrct.NUMBERS, jrct.TITLES), jrct.entry_of),
)


class RegistryCsv:
    """A table of trials."""

    name = "registry-csv"
    description = "CSV exports of WHO ICTRP, EU CTIS and jRCT"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its headings."""
        first = _decoded(head).partition("\n")[0]
        return not first.lstrip().startswith(("<", "{", "[")) and _register(_headings(first)) is not None

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under the registry's name, whatever ``source``."""
        head = stream.peek(65_536) if isinstance(stream, io.BufferedReader) else b""
        text = io.TextIOWrapper(stream, encoding=_encoding(head), errors="replace", newline="")
        try:
            yield from _rows(text, path)
        finally:
            text.detach()  # the stream is the caller's, who closes it


def _rows(text: io.TextIOWrapper, path: str) -> Iterator[Item]:
    heading = text.readline()
    names = _headings(heading)
    register = _register(names)
    if register is None:
        raise ParseError("the headings are those of no registry that is known", where=path)
    for row in rows_of(text, delimiter=_delimiter(heading), headings=columns_of(names)):
        yield _item(register, names, row, f"{path}:{row.line}")


def _item(register: Register, names: Sequence[str], row: Row, where: str) -> Item:
    payload = Payload(content=json.dumps(row.cells, ensure_ascii=False).encode(), media_type="text/csv", url=where)
    if row.wrong:
        reason = f"{where}: {row.wrong}"
        return Rejected(source=register.source, reason=reason, payload=payload, incomplete=row.incomplete)
    cells = {name: cell.strip() for name, cell in zip(names, row.cells, strict=False)}
    try:
        return Fetched(record=make_registration(register.entry_of(cells), register.source), payload=payload)
    except ParseError as error:
        return Rejected(source=register.source, reason=f"{where}: {error}", payload=payload)


def _register(names: Sequence[str]) -> Register | None:
    there = set(names)
    return next((one for one in REGISTERS if all(group & there for group in one.headings)), None)


def _headings(line: str) -> list[str]:
    return [_name(cell) for cell in headings_of(line, _delimiter(line))]


def _name(cell: str) -> str:
    return "_".join(cell.strip().strip('"\ufeff').lower().split())


def _delimiter(line: str) -> str:
    return max(",\t;", key=line.count)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in _ENCODINGS:
        try:
            head[: len(head) - 4 if len(head) > 1000 else None].decode(encoding)
        except UnicodeDecodeError as error:
            # A head cut within a character is still in its encoding.
            if error.start < len(head) - 8:
                continue
        return encoding
    return "utf-8-sig"


def _decoded(head: bytes) -> str:
    return head.decode(_encoding(head), errors="replace").lstrip("\ufeff\r\n")


FORMAT: Final = RegistryCsv()
