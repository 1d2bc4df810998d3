"""Both lists of a query: few hits as the backend gives them, many through a `Ranking`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from index.backend import AT_ONCE, Backend, Pages
from index.fusion import Fused, fuse, ordered, placed, single
from index.ranking import Ranking
from records.query import Mode, Node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES: Final = 200
"""How many hits each list brings to the fusion, at least."""
_DEPTHS: Final = (CANDIDATES, 2_000, AT_ONCE)
"""How far the lists of a question go. What is found at one depth keeps its place whatever more a deeper one finds:
the pages of an answer neither overlap nor leave anything out."""
_STEP: Final = 10
"""Beyond them, each depth to the one before."""
_RAISED: Final = 1_000_000_000
"""More than any date."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a query asks of the backend."""

    node: Node | None
    words: bool = False
    """For the lexical list."""
    vector: NDArray[np.float32] | None = None
    """For the semantic list."""
    newest: Sequence[Node | None] = ()
    """For the newest of each of these, one after the other; then for no other list."""


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """Both lists of one query."""

    lexical: Mapping[str, float] = {}
    semantic: Mapping[str, float] = {}

    def ranked(self, mode: Mode) -> list[Fused]:
        """The lists as one, best first."""
        if mode is Mode.HYBRID:
            return fuse(self.lexical, self.semantic)
        return ordered(self.lexical, self.semantic, single)


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """The hits in order, and the scores that put them there."""

    found: list[Fused]
    lists: Lists


def few(backend: Backend, asked: Asked, mode: Mode, wanted: int) -> Ranked:
    """Up to `AT_ONCE` hits of each list."""
    found: dict[str, Fused] = {}
    lexical: dict[str, float] = {}
    semantic: dict[str, float] = {}
    for depth in _DEPTHS if asked.vector is not None else (max(wanted, CANDIDATES),):
        lists = _to_depth(backend, asked, depth)
        for one in lists.ranked(mode):
            found.setdefault(one.uid, one)
        lexical = {**lists.lexical, **lexical}
        semantic = {**lists.semantic, **semantic}
        if depth >= wanted or max(len(lists.lexical), len(lists.semantic)) < depth:
            break
    return Ranked(found=list(found.values()), lists=Lists(lexical=lexical, semantic=semantic))


def _to_depth(backend: Backend, asked: Asked, limit: int) -> Lists:
    if asked.newest:
        uids = list(dict.fromkeys(chain.from_iterable(backend.newest(node, limit) for node in asked.newest)))[:limit]
        return Lists(lexical={uid: placed(place, len(uids)) for place, uid in enumerate(uids, start=1)})
    if asked.vector is None:
        return Lists(lexical=backend.lexical(asked.node, limit))
    if not asked.words:
        return Lists(semantic=backend.semantic(asked.node, asked.vector, limit))
    lexical, semantic = backend.both(asked.node, asked.vector, limit)
    return Lists(lexical=lexical, semantic=semantic)


def many(backend: Backend, asked: Asked, mode: Mode, wanted: int, ranking: Ranking) -> None:
    """Bring the hits into a ranking, in order."""
    fused = mode is Mode.HYBRID
    if wanted > AT_ONCE and asked.newest:
        ranking.arrange_placed(_one_after_the_other(backend, asked.newest, wanted), wanted, fused=fused)
        return
    first = few(backend, asked, mode, min(wanted, AT_ONCE))
    if wanted <= AT_ONCE:
        ranking.add_lexical([first.lists.lexical], len(first.found))
        ranking.add_semantic([first.lists.semantic], len(first.found))
    else:
        limit = _far(wanted)
        if asked.words:
            ranking.add_lexical(backend.lexical_pages(asked.node, limit), limit)
        if asked.vector is not None:
            ranking.add_semantic(backend.semantic_pages(asked.node, asked.vector, limit), limit)
    ranking.arrange(fused=fused, first=first.found if asked.vector is not None else ())


def _far(wanted: int) -> int:
    """A depth that many pages share."""
    depth = AT_ONCE
    while depth < wanted:
        depth *= _STEP
    return depth


def _one_after_the_other(backend: Backend, nodes: Sequence[Node | None], limit: int) -> Iterator[Pages]:
    """Dates, raised so that all of a list come before all of the next."""
    for after, node in zip(reversed(range(len(nodes))), nodes, strict=True):
        pages = backend.dated_pages(node, limit)
        yield ({uid: date + after * _RAISED for uid, date in page.items()} for page in pages)
