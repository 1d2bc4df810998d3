"""Which records count as one item: those that share a DOI, a PMID, a registration number or a press story, in a chain.

This is the one place that says so. A work is named by its records' uids, in their order; nothing is stored, so a
record that comes later joins its work by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, select

from library import schema
from records.record import Kind, Record

Work: TypeAlias = tuple[str, ...]
"""Uids of all records of one work, in the order of uids; removed records are among them."""
_SCHEMES: Final = ("doi:", "pmid:", "registration:", "story:")
PAPER_SCHEMES: Final = ("doi:", "pmid:")
"""What only records of one and the same paper share; a trial has several papers."""
_OF_PUBLICATION: Final = {Kind.PRESS: ("story:",), Kind.REGISTRATION: ("registration:",)}
_BATCH: Final = 500


def works_of(connection: Connection, uids: Iterable[str], *, schemes: tuple[str, ...] = _SCHEMES) -> dict[str, Work]:
    """The work of each of the records, and of every other record of these works.

    A uid that the library does not know is a work of its own.

    Args:
        connection: Of the library.
        uids: The records.
        schemes: Identifiers that join records; with `PAPER_SCHEMES` a work is one paper and what is written about it.
    """
    links = _Links()
    known: set[str] = set()
    looked_up: set[str] = set()
    waiting = set(uids)
    while waiting:
        known |= waiting
        borne = _pairs(connection, "uid", waiting, schemes)
        bearing = _pairs(connection, "key", {key for _, key in borne} - looked_up, schemes)
        looked_up |= {key for _, key in borne}
        links.add_all(waiting, borne + bearing)
        waiting = {uid for uid, _ in bearing} - known
    return links.works()


def publications_of(records: Iterable[Record]) -> dict[str, Work]:
    """Each record with those of the same publication, of those that are given.

    Narrower than a work: a trial's papers are one work, and each stands, or is retracted, for itself. Records of one
    kind are the same publication if they share a DOI or a PMID, registrations by number, press by story.
    """
    links = _Links()
    for record in records:
        keys = record.identifiers.keys()
        schemes = _OF_PUBLICATION.get(record.kind, PAPER_SCHEMES)
        own = [(record.uid, f"{record.kind} {key}") for key in keys if key.startswith(schemes)]
        links.add_all([record.uid], own)
    return links.works()


def _pairs(
    connection: Connection, column: str, values: Iterable[str], schemes: tuple[str, ...]
) -> list[tuple[str, str]]:
    """``(uid, key)`` rows whose ``column`` is one of the values, of the schemes that join records."""
    i = schema.identifiers
    ordered = sorted(values)
    found: list[tuple[str, str]] = []
    for start in range(0, len(ordered), _BATCH):
        wanted: Any = i.c[column].in_(ordered[start : start + _BATCH])
        found += ((row.uid, row.key) for row in connection.execute(select(i.c.uid, i.c.key).where(wanted)))
    return [(uid, key) for uid, key in found if key.startswith(schemes)]


class _Links:
    """Disjoint sets of uids and keys. Source of the method: Tarjan 1975, with path halving."""

    def __init__(self) -> None:
        self._parents: dict[tuple[str, str], tuple[str, str]] = {}

    def add_all(self, uids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> None:
        """Add uids, and put uid and key of each pair into one set."""
        for uid in uids:
            self._root(("uid", uid))
        for uid, key in pairs:
            self._parents[self._root(("uid", uid))] = self._root(("key", key))

    def works(self) -> dict[str, Work]:
        members: dict[tuple[str, str], list[str]] = {}
        for node in list(self._parents):
            if node[0] == "uid":
                members.setdefault(self._root(node), []).append(node[1])
        return {uid: tuple(sorted(work)) for work in members.values() for uid in work}

    def _root(self, node: tuple[str, str]) -> tuple[str, str]:
        parents = self._parents
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node
