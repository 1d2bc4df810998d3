"""What a search backend does. The embedded one and Elasticsearch implement it; everything else is shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeAlias

import msgspec

from records.hit import Summary
from records.query import Node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.document import IndexDocument


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the backend gives back of a document."""

    summary: Summary
    texts: dict[str, str]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` compares."""

    uid: str
    content_hash: bytes
    seq: int
    """Library change of the record that it shows."""
    whole: bytes
    """`index.digest.whole_digest` of the document when it was written."""
    shown: bytes
    """`index.digest.shown_digest` of what is there now."""
    wrong: str = ""
    """What can be seen of it alone; nothing else of it counts then."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a server will never take."""

    uid: str
    reason: str
    """In the server's words, and what became of the document."""


Refused: TypeAlias = Callable[[Sequence[Rejected]], object]
"""Told of what will never be taken, before the index counts as having read it."""


AT_ONCE: Final = 10_000
"""So many hits are given at most at once; more come in pages."""

Pages: TypeAlias = Iterable[Mapping[str, float]]
"""uid → score, each uid once, in no order. None of the best that were asked for is missing; there may be more."""


class Backend(Protocol):
    """A search backend; a context manager that closes it. Every ``limit`` is `AT_ONCE` at most, but for pages."""

    @property
    def name(self) -> str:
        """The version's own name."""

    @property
    def seq(self) -> int:
        """Library change up to which it has read."""

    @property
    def model(self) -> str:
        """``model_id`` of the vectors; empty while there are none."""

    @property
    def owner(self) -> str:
        """Id of the library that it belongs to; empty until one has claimed it."""

    def claim(self, library: str) -> None:
        """Bind it to a library, by its id, before that is written. Raises `IndexForeignError` if it is another's."""

    def write(
        self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int, refused: Refused | None = None
    ) -> Sequence[Rejected]:
        """Replace documents, remove others, tell what is ``refused``, and only then move to ``seq``.

        Returns:
            Documents that will never be taken as they are; of none of them an older version stays. All others are
            there.
        """

    def lexical(self, node: Node | None, limit: int) -> dict[str, float]:
        """uid → BM25 score of those that pass the filters and contain a word, best first; none without words."""

    def semantic(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """uid → cosine of the best window of those that pass the filters, best first."""

    def both(
        self, node: Node | None, vector: NDArray[np.float32], limit: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """`lexical` and `semantic` at once."""

    def newest(self, node: Node | None, limit: int) -> list[str]:
        """Uids of those that match, by date of publication, newest first, of one day by their uids."""

    def lexical_pages(self, node: Node | None, limit: int) -> Pages:
        """As `lexical`, of any number, in constant memory."""

    def semantic_pages(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> Pages:
        """As `semantic`, of any number, in constant memory; all that pass are compared."""

    def dated_pages(self, node: Node | None, limit: int) -> Pages:
        """As `newest`, of any number, in constant memory: the day of publication as ``YYYYMMDD`` is the score."""

    def count(self, node: Node | None, *, words: bool) -> int:
        """How many pass the filters and, with ``words``, contain one of the words if there are any."""

    def facets(self, node: Node | None, fields: Sequence[str], size: int) -> Mapping[str, Mapping[str, int]]:
        """How many matches bear each value, most frequent first."""

    def documents(self, uids: Iterable[str]) -> dict[str, StoredDocument]:
        """Those of the documents that there are."""

    def summaries(self, uids: Iterable[str]) -> dict[str, Summary]:
        """As `documents`, without the texts: in less time where many are read."""

    def words(self, text: str) -> list[str]:
        """The words of a text as they are indexed."""

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors, shape (windows, dimension)."""

    def rows(self) -> Iterator[Row]:
        """Every document, for comparison with the library, in the order of uids; what is ``wrong`` in any."""

    def close(self) -> None:
        """Release everything."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
