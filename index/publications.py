"""Several sources hold the same publication: their records are one hit, shown by the one that says most.

Narrower than `library.works`: an article and the registration of its trial are one work, and two things to cite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec

from index.backend import StoredDocument
from index.digest import key_of
from index.fusion import Fused
from records.hit import Summary

PREFERRED: Final = ("pubmed", "clinicaltrials", "europepmc", "biorxiv", "jrct", "ctis")
"""Sources whose record is shown, the one that says most first; then all others, in the order of the hits."""
AT_MOST: Final = 1_000
"""Documents read at once."""

Read: TypeAlias = Callable[[Iterable[str]], Mapping[str, StoredDocument]]
"""Gives documents by uid."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One publication among the hits."""

    place: Fused
    """Of its best record."""
    document: StoredDocument
    """Of the record that is shown."""
    also: tuple[str, ...] = ()
    """Uids of its other records, best first, as far as they were met."""


_Member: TypeAlias = tuple[Fused, StoredDocument]


def each_record(ranked: Sequence[Fused], read: Read) -> list[Publication]:
    """Every record as a publication of its own."""
    members = _documents(ranked, read, len(ranked))
    return [Publication(place=place, document=document) for place, document in members]


def publications(ranked: Sequence[Fused], read: Read, wanted: int) -> list[Publication]:
    """The first publications of a ranked list, each at the place of its best record.

    Args:
        ranked: Records, best first.
        read: It is asked for little more than is needed.
        wanted: How many publications at most.
    """
    groups: dict[int, dict[int, _Member]] = {}
    owners = Owners({})
    members = _documents(ranked, read, wanted + wanted // 2)
    for number, (place, document) in enumerate(members):
        keys = hashed_keys(document.summary)
        if len(groups) == wanted and not owners.related(keys):
            break
        own, others = owners.admit(number, keys)
        groups.setdefault(own, {})[number] = place, document
        for other in others:
            groups[own] |= groups.pop(other)
    return [_publication([group[number] for number in sorted(group)]) for group in groups.values()]


class Owners:
    """Which publication each key belongs to; publications are known by the number of their first record.

    Args:
        known: Key → publication, of those met before.
    """

    def __init__(self, known: Mapping[int, int]) -> None:
        self._owners = dict(known)

    def related(self, keys: Iterable[int]) -> list[int]:
        """The publications that share one of the keys, the first first."""
        return sorted({self._owners[key] for key in keys if key in self._owners})

    def admit(self, number: int, keys: Iterable[int]) -> tuple[int, list[int]]:
        """Take in a record.

        Returns:
            Its publication, and others that it shows to be the same: they are part of it from now on.
        """
        own, *others = self.related(keys) or [number]
        if others:
            self._owners |= {key: own for key, owner in self._owners.items() if owner in others}
        self._owners |= dict.fromkeys(keys, own)
        return own, others


def hashed_keys(summary: Summary) -> list[int]:
    """`publication_keys` as numbers (`index.digest.key_of`)."""
    return [key_of(key) for key in publication_keys(summary)]


def publication_keys(summary: Summary) -> Iterator[str]:
    """What a record shares with others of its publication.

    That is its DOI and PMID, of a registration its numbers, of a press item the story that its copies tell too.
    """
    if summary.doi:
        yield f"doi:{summary.doi}"
    if summary.pmid:
        yield f"pmid:{summary.pmid}"
    if summary.kind == "registration":
        yield from (f"registration:{number}" for number in summary.registrations)
    yield from summary.story


def _documents(ranked: Sequence[Fused], read: Read, at_once: int) -> Iterator[_Member]:
    waiting = iter(ranked)
    while some := list(islice(waiting, max(min(at_once, AT_MOST), 1))):
        documents = read(one.uid for one in some)
        yield from ((one, documents[one.uid]) for one in some if one.uid in documents)


def _publication(members: list[_Member]) -> Publication:
    """Of its records, best first."""
    shown = min(members, key=lambda member: preference(member[1].summary.source))
    also = tuple(place.uid for place, document in members if document is not shown[1])
    return Publication(place=members[0][0], document=shown[1], also=also)


def preference(source: str) -> int:
    """The place of a source's record in the order in which records are shown: the least is shown."""
    return PREFERRED.index(source) if source in PREFERRED else len(PREFERRED)
