"""Several accounts of one item: entries of reference files that bear one name, in one file or in several.

A file's entry says what its program knew. What it does not say keeps the value that an earlier one gave, and entries
that bear one identifier but are different items (abstracts of one supplement, say) are kept apart. No file takes back
what another one says against an item: it may be older, or know less.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Item
from crawler.parsers.marks import marks_retraction
from library.standing import GRAVITY
from records.dates import PartialDate
from records.record import Kind, Record, Relation

_TELLING: Final = 4
"""Words that two titles have to begin with in common, where one of them is longer: with its subtitle."""


class Names:
    """Keeps entries of one file apart that bear one name and one title, and say different things.

    They would replace each other, again at every import of the file. A short hash of each entry is held.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, list[bytes]] = {}

    def apart(self, item: Item) -> Item:
        """The item; the second different entry of a name is called ``NAME-2``."""
        if not isinstance(item, Fetched) or not item.partial:
            return item
        name = f"{item.record.source_id} {' '.join(_words(item.record.title))}"
        entries = self._entries.setdefault(_digest(name.encode()), [])
        entry = _digest(item.payload.content)
        if entry not in entries:
            entries.append(entry)
        number = entries.index(entry) + 1
        return item if number == 1 else msgspec.structs.replace(item, record=_renamed(item.record, str(number)))


def settled(record: Record, kept: Callable[[str], Record | None]) -> Record:
    """The record as it is to be kept: with what was said before of the same item, or under a name of its own.

    Args:
        record: A partial account.
        kept: Gives the record of a uid, as it stands.
    """
    old = kept(record.uid)
    if old is not None and not _is_same(old, record):
        title = " ".join(_words(record.title))
        record = _renamed(record, _digest(title.encode()).hex()[:8])
        old = kept(record.uid)
    return record if old is None else merged(old, record)


def merged(old: Record, new: Record) -> Record:
    """The newer account, and what only the older one says; of how the item stands, the gravest that either says."""
    said = _said(new)
    fields: dict[str, Any] = {name: getattr(old, name) for name in Record.__struct_fields__ if name not in said}
    fields["identifiers"] = msgspec.structs.replace(old.identifiers, **_said(new.identifiers))
    if new.kind is Kind.ARTICLE:
        # What an entry is taken for that says nothing of its kind.
        fields["kind"] = old.kind
    if len(old.title) > len(new.title) and _words(old.title)[: len(_words(new.title))] == _words(new.title):
        fields["title"] = old.title
    if old.published and new.published and _is_finer(old.published, new.published):
        fields["published"] = old.published
    fields["status"] = max(old.status, new.status, key=GRAVITY.__getitem__)
    fields["relations"] = _united(old.relations, new.relations)
    marks = filter(marks_retraction, old.publication_types)
    fields["publication_types"] = tuple(dict.fromkeys((*(new.publication_types or old.publication_types), *marks)))
    return msgspec.structs.replace(new, **fields)


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """Fields that are not as they are without a word."""
    fields = msgspec.structs.fields(struct)
    return {field.name: value for field in fields if (value := getattr(struct, field.name)) != field.default}


def _united(old: Iterable[Relation], new: Iterable[Relation]) -> tuple[Relation, ...]:
    """Links of both, each once, in the words of the newer account that has any."""
    found: dict[tuple[str, str], Relation] = {}
    for link in (*old, *new):
        key = (link.type, link.target or link.raw)
        found[key] = link if link.raw or key not in found else found[key]
    return tuple(found.values())


def _is_same(old: Record, new: Record) -> bool:
    """Whether two records of one name are one item's: by a number that no other has, or the title."""
    if old.identifiers.pmid and old.identifiers.pmid == new.identifiers.pmid:
        return True
    if old.kind is new.kind is Kind.REGISTRATION:
        return True
    # The same words, or one has a subtitle more.
    shorter, longer = sorted((_words(old.title), _words(new.title)), key=len)
    return shorter == longer or not shorter or (len(shorter) >= _TELLING and longer[: len(shorter)] == shorter)


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", title.casefold())


def _is_finer(old: PartialDate, new: PartialDate) -> bool:
    return old.iso() != new.iso() and old.iso().startswith(new.iso())


def _renamed(record: Record, end: str) -> Record:
    return msgspec.structs.replace(record, source_id=f"{record.source_id}-{end}")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()
