"""Export formats, one a file: each module has ``NAME``, ``DESCRIPTION``, ``SUFFIX`` and ``write(records, stream)``."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from typing import IO, Final, Protocol, cast

from records.errors import UnknownNameError
from records.record import UNSOUND, PublicationStatus, Record
from records.wording import caution_called


class ExportFormat(Protocol):
    """What a module of this folder offers."""

    NAME: str
    DESCRIPTION: str
    SUFFIX: str

    def write(self, records: Iterable[Record], stream: IO[str]) -> int:
        """Write all records and return how many."""


def formats() -> dict[str, ExportFormat]:
    """All export formats by name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.NAME: cast(ExportFormat, module) for module in modules}


def find_format(name: str) -> ExportFormat:
    """The format called ``name``. Raises `UnknownNameError` that lists the formats if there is none."""
    known = formats()
    if name not in known:
        raise UnknownNameError(f"there is no export format {name!r}; there are {', '.join(sorted(known))}")
    return known[name]


def honest_title(record: Record) -> str:
    """The title as it must be shown: a retracted or withdrawn item says so first, as PubMed and journals do."""
    if record.status in UNSOUND:
        return f"{record.status.upper()}: {record.title}"
    return record.title


def warnings(record: Record) -> list[str]:
    """What a reader has to know of an item beside its reference: what it is, whether it stands, its numbers."""
    notes = [f"Kind: {record.kind}"]
    if record.status is not PublicationStatus.CURRENT:
        notes.append(f"Status: {record.status}")
    notes += (f"Caution: {caution_called(caution)} ({caution.target})" for caution in record.cautions)
    if numbers := "; ".join(record.identifiers.registrations):
        notes.append(f"Registered as {numbers}")
    return notes


def one_line(text: str) -> str:
    """Text in one line, without the characters that XML cannot carry: most formats are formats of lines."""
    return " ".join(_UNWRITABLE.sub(" ", text).split())


_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
