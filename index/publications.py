"""Several sources hold the same publication: their records are one hit, shown by the one that says most.

Narrower than `library.works`: an article and the registration of its trial are one work, and two things to cite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec

from index.backend import StoredDocument
from index.fusion import Fused
from records.hit import Summary

PREFERRED: Final = ("pubmed", "clinicaltrials", "europepmc", "biorxiv", "jrct", "ctis")
"""Sources whose record is shown, the one that says most first; then all others, in the order of the hits."""
_AT_MOST: Final = 1_000
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
    groups: dict[int, list[_Member]] = {}
    owners: dict[str, int] = {}
    members = _documents(ranked, read, wanted + wanted // 2)
    for number, (place, document) in enumerate(members):
        keys = tuple(publication_keys(document.summary))
        related = sorted({owners[key] for key in keys if key in owners})
        if not related and len(groups) == wanted:
            break
        own, *others = related or [number]
        groups.setdefault(own, []).append((place, document))
        for other in others:
            groups[own] += groups.pop(other)
        merged = (key for _, member in groups[own] for key in publication_keys(member.summary))
        owners |= dict.fromkeys(merged if others else keys, own)
    return [_publication(group) for group in groups.values()]


def keys_only(read: Read) -> Read:
    """Documents reduced to what makes publications of them: a tenth of the memory, where there are many."""
    kept = ("uid", "kind", "source", "doi", "pmid", "registrations", "story")

    def reduced(document: StoredDocument) -> StoredDocument:
        summary = Summary(title="", **{name: getattr(document.summary, name) for name in kept})
        return StoredDocument(summary=summary, texts={})

    return lambda uids: {uid: reduced(document) for uid, document in read(uids).items()}


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
    while some := list(islice(waiting, max(min(at_once, _AT_MOST), 1))):
        documents = read(one.uid for one in some)
        yield from ((one, documents[one.uid]) for one in some if one.uid in documents)


def _publication(members: list[_Member]) -> Publication:
    members = sorted(members, key=lambda member: (-member[0].score, member[0].uid))
    shown = min(members, key=lambda member: _preference(member[1].summary.source))
    also = tuple(place.uid for place, document in members if document is not shown[1])
    return Publication(place=members[0][0], document=shown[1], also=also)


def _preference(source: str) -> int:
    return PREFERRED.index(source) if source in PREFERRED else len(PREFERRED)
