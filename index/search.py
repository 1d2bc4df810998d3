"""Searching: parses the query, asks the backend for both lists, fuses them, and says why."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from index.backend import AT_ONCE
from index.concepts import ids_of, names_concept
from index.fields import FACETS, FIELDS, MOST_VALUES, USUAL_FACETS, FieldType
from index.findings import Order, order_of
from index.identify import BEARING, identifier_of
from index.lists import CANDIDATES, Asked, Lists, few, many
from index.publications import Publication, each_record, publications
from index.query import DOUBTFUL, fields_of, format_query, narrowed, parse_query
from index.ranking import Page, Ranking
from records.errors import IndexMissingError, IndexStaleError, QueryError
from records.hit import Explanation, FacetCount, Highlight, Hit, SearchResult
from records.query import And, Field, Mode, Node, Not, Or, Words
from records.sentences import split_sentences
from records.species import species_called

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.backend import Backend
    from records.protocols import Encoder, Ontology

_WORD: Final = re.compile(r"\w+")
_READ: Final = 20_000
"""Code points of a text in which the best sentence is looked for."""


class Found:
    """Uids of the hits of a query, best first; they can be gone through again and again."""

    def __init__(self, read: Callable[[], Iterator[str]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[str]:
        return self._read()


class Searcher:
    """Answers queries from an index.

    Args:
        backend: Where to look.
        encoder: Gives the embedding model; asked only when a query needs it.
        ontology: Gives the vocabulary; asked only when a query names a concept.
    """

    def __init__(self, backend: Backend, encoder: Callable[[], Encoder], ontology: Callable[[], Ontology]) -> None:
        self._backend = backend
        self._encoder = encoder
        self._ontology = ontology

    @cached_property
    def _model(self) -> Encoder:
        return self._encoder()

    @property
    def seq(self) -> int:
        """Library change up to which the index has read."""
        return self._backend.seq

    def possible(self, text: str, mode: Mode) -> tuple[Mode, str]:
        """The mode in which a query can be answered now, and why it is not the one asked for, if so.

        Words alone do for a hybrid answer while the vectors are of another model and being made anew.

        Raises:
            QueryError: It does not parse.
        """
        question = parse_query(text).question()
        if mode is Mode.HYBRID and question and not identifier_of(question) and (stale := self._stale()):
            return Mode.LEXICAL, f"{stale.message}: ranked by the words alone. try: {stale.hint}"
        return mode, ""

    def search(
        self,
        text: str,
        *,
        mode: Mode = Mode.HYBRID,
        limit: int = 10,
        offset: int = 0,
        explain: bool = False,
        records: bool = False,
    ) -> SearchResult:
        """Answer a query: with publications, or with ``records`` every record by itself.

        Raises:
            QueryError: It does not parse, or names a concept that the vocabulary does not have.
            IndexStaleError: The index holds vectors of another model.
        """
        began = time.perf_counter()
        query = parse_query(text)
        node = self.resolve(query.node)
        question = query.question()
        page = self._page(self._asked(node, question, mode), mode, offset, limit, records=records)
        words = frozenset(self._backend.words(question))
        order = order_of(node)
        hits = tuple(
            self._hit(rank, one, page, words, order, explain=explain)
            for rank, one in enumerate(page.found, start=offset + 1)
        )
        total = self._backend.count(node, words=mode is Mode.LEXICAL)
        took = (time.perf_counter() - began) * 1000
        return SearchResult(
            query=text,
            mode=mode,
            hits=hits,
            total=total,
            words_found=mode is not Mode.HYBRID or not words or page.words,
            took_ms=took,
            seq=self.seq,
        )

    def _page(self, asked: Asked, mode: Mode, offset: int, limit: int, *, records: bool) -> Page:
        """The hits from a place on, with the scores that put them there."""
        read, end = self._backend.documents, offset + limit
        if end <= AT_ONCE:
            ranked = few(self._backend, asked, mode, end)
            best, lists = ranked.found, ranked.lists
            found = each_record(best[offset:end], read) if records else publications(best, read, end)[offset:]
            return Page(found=found, lexical=lists.lexical, semantic=lists.semantic, words=bool(lists.lexical))
        with Ranking() as ranking:
            many(self._backend, asked, mode, end, ranking)
            if not records:
                ranking.join(self._backend.summaries, wanted=end)
            return ranking.page(offset, limit, read, records=records)

    @contextmanager
    def found(
        self, text: str, *, mode: Mode = Mode.HYBRID, limit: int = 1000, records: bool = False
    ) -> Iterator[Found]:
        """The best hits, however many, in constant memory: uids of the records that show them."""
        asked = self._parsed(text, mode)
        with Ranking() as ranking:
            many(self._backend, asked, mode, limit, ranking)
            if not records:
                ranking.join(self._backend.summaries)
            yield Found(lambda: ranking.uids(limit) if records else ranking.shown(limit))

    def uids(self, text: str, *, mode: Mode = Mode.HYBRID, limit: int = 1000) -> list[str]:
        """Uids of the best records, for those who hold them all."""
        if limit <= AT_ONCE:
            return [one.uid for one in few(self._backend, self._parsed(text, mode), mode, limit).found[:limit]]
        with self.found(text, mode=mode, limit=limit, records=True) as found:
            return list(found)

    def _parsed(self, text: str, mode: Mode) -> Asked:
        query = parse_query(text)
        return self._asked(self.resolve(query.node), query.question(), mode)

    def similar(self, uid: str, *, limit: int = 10) -> list[Hit]:
        """Publications nearest in meaning to that of a record. Raises `IndexMissingError` if it is not in the index."""
        own = self._backend.vectors(uid)
        if own is None:
            raise IndexMissingError(f"{uid} is not in the index", hint="cordwatch index, or check the uid")
        mean = own.mean(axis=0)
        unit = mean / max(float((mean @ mean) ** 0.5), 1e-9)
        lists = Lists(semantic=self._backend.semantic(None, unit, max(limit + 1, CANDIDATES)))
        near = publications(lists.ranked(Mode.HYBRID), self._backend.documents, limit + 1)
        found = [one for one in near if uid not in (one.document.summary.uid, *one.also)][:limit]
        order = order_of(None)
        return [
            self._hit(rank, one, lists, frozenset(), order, explain=False) for rank, one in enumerate(found, start=1)
        ]

    def unknown(self, text: str) -> list[str]:
        """The clauses of a query with a value that no record has, of fields that can be counted."""
        asked = dict.fromkeys(field for field in fields_of(parse_query(text).node) if field.name in FACETS)
        return [format_query(field) for field in asked if not self._backend.count(self.resolve(field), words=False)]

    def count(self, node: Node | None) -> int:
        """How many records pass the filters of a resolved query and contain one of its words, if it has any."""
        return self._backend.count(node, words=True)

    def facets(
        self, query: str | Node, *, fields: Sequence[str] | None = None, size: int = 10
    ) -> Mapping[str, list[FacetCount]]:
        """How many matches bear each value of each field, and how many of these are doubtful.

        Raises:
            QueryError: A field cannot be counted.
        """
        wanted = list(fields or USUAL_FACETS)
        for name in wanted:
            if name not in FACETS:
                raise QueryError(f"{name!r} cannot be counted", hint=f"fields: {', '.join(FACETS)}")
        node = self.resolve(parse_query(query).node if isinstance(query, str) else query)
        counted = self._backend.facets(node, wanted, size)
        doubtful = self._backend.facets(narrowed(node, DOUBTFUL), wanted, MOST_VALUES)
        return {
            field: [
                FacetCount(value=value, name=self._name(field, value), count=n, doubtful=doubtful[field].get(value, 0))
                for value, n in counts.items()
            ]
            for field, counts in counted.items()
        }

    def resolve(self, node: Node | None) -> Node | None:
        """The query with names of concepts replaced by their ids, and a number alone by what bears or mentions it.

        Raises:
            QueryError: The vocabulary does not have a name.
        """
        if isinstance(node, Words) and (number := identifier_of(node.text)):
            return Field("mentions", number)
        return self._resolved(node)

    def _resolved(self, node: Node | None) -> Node | None:
        if isinstance(node, And):
            return And(tuple(clause for clause in map(self._resolved, node.clauses) if clause is not None))
        if isinstance(node, Or):
            return Or(tuple(clause for clause in map(self._resolved, node.clauses) if clause is not None))
        if isinstance(node, Not):
            inner = self._resolved(node.clause)
            return None if inner is None else Not(inner)
        if isinstance(node, Field) and names_concept(node):
            fields = tuple(Field(node.name, id) for id in ids_of(node, self._ontology()))
            return fields[0] if len(fields) == 1 else Or(fields)
        if isinstance(node, Field) and node.name == "mentions":
            return Field(node.name, identifier_of(node.value) or node.value)
        return node

    def _name(self, field: str, value: str) -> str:
        spec = FIELDS.get(field)
        name = self._ontology().name(value) if spec and spec.type is FieldType.CONCEPT else value
        return species_called(name) if field == "species" else name

    def _asked(self, node: Node | None, question: str, mode: Mode) -> Asked:
        if isinstance(node, Field) and node.name == "mentions":
            # A number has no meaning that others could be near to. What bears it comes before what only mentions it.
            return Asked(node=node, newest=(Or(tuple(Field(name, node.value) for name in BEARING)), node))
        if not question or (mode is Mode.LEXICAL and not self._backend.words(question)):
            return Asked(node=node, newest=(node,))
        vector = None if mode is Mode.LEXICAL else self._embedded(question)
        return Asked(node=node, words=mode is not Mode.SEMANTIC, vector=vector)

    def _stale(self) -> IndexStaleError | None:
        """What is wrong, if the index holds vectors of another model."""
        if self._backend.model in ("", self._model.model_id):
            return None
        return IndexStaleError(
            f"the index holds vectors of {self._backend.model}, the settings name {self._model.model_id}",
            hint="cordwatch index migrate",
        )

    def _embedded(self, question: str) -> NDArray[np.float32]:
        if stale := self._stale():
            raise stale
        return self._model.encode_query(question)

    def _hit(
        self,
        rank: int,
        found: Publication,
        scored: Lists | Page,
        words: frozenset[str],
        order: Order,
        *,
        explain: bool,
    ) -> Hit:
        fused, document = found.place, found.document
        why = Explanation(
            lexical=scored.lexical.get(fused.uid),
            semantic=scored.semantic.get(fused.uid),
            lexical_share=fused.lexical_share,
            semantic_share=fused.semantic_share,
        )
        return Hit(
            rank=rank,
            score=fused.score,
            summary=msgspec.structs.replace(document.summary, findings=order(document.summary.findings)),
            also=found.also,
            best=best_sentence(document.texts, words, self._backend.words, press=document.summary.kind == "press"),
            explanation=why if explain else None,
        )


def best_sentence(
    texts: Mapping[str, str], words: frozenset[str], analyse: Callable[[str], list[str]], *, press: bool
) -> Highlight | None:
    """The sentence that shares most words with the question, the first of several; ``None`` if none shares any.

    A number alone, by which records are found, is no sentence.

    Args:
        texts: Field → text. The body of a press item is kept for searching only and is never shown.
        words: Those of the question, as indexed.
        analyse: Gives the words of a text as indexed.
        press: Whether it is a press item.
    """
    if not words:
        return None
    for field in ("abstract",) if press else ("abstract", "body"):
        best, most = "", 0
        for sentence in _sentences(texts.get(field, "")):
            shared = len(words.intersection(analyse(sentence)))
            if shared > most and not identifier_of(sentence):
                best, most = sentence, shared
        if best:
            return Highlight(field=field, text=best, marks=tuple(_marks(best, words, analyse)))
    return None


def _sentences(text: str) -> Iterator[str]:
    text = text[:_READ]
    for start, end, _ in split_sentences(text):
        yield " ".join(text[start:end].split())


def _marks(sentence: str, words: frozenset[str], analyse: Callable[[str], list[str]]) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(sentence):
        if not words.isdisjoint(analyse(match.group())):
            yield match.start(), match.end()
