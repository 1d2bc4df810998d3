"""What one stage asks of another without knowing it; the command line wires them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns text into vectors."""

    @property
    def model_id(self) -> str:
        """Name and version of the model and of how it is run; vectors of two ids never mix."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """A query's vector, shape ``(dimension,)``, unit length."""


class Ontology(Protocol):
    """Knows names and ancestors of vocabulary ids."""

    def ancestors(self, id: str) -> tuple[str, ...]:
        """All ancestors by *is a* (and *part of* for anatomy), ``id`` itself first; just ``id`` where it is unknown."""

    def resolve(self, kind: str, name: str) -> tuple[str, ...]:
        """Ids of ``kind`` for a name, a synonym or an id, whatever the case; empty where there is none.

        Args:
            kind: A `records.annotation.EntityKind`, or ``measure``.
            name: As typed.
        """

    def near(self, kind: str, name: str) -> tuple[str, ...]:
        """A few names of ``kind`` that are written nearly so."""

    def name(self, id: str) -> str:
        """Preferred name; ``id`` itself where it is unknown."""
