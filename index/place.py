"""Where the versions of an index lie: one interface for the folder of the embedded one and for a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from index.backend import Backend


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an index."""

    name: str
    in_force: bool
    """Whether it is the one that searches ask."""
    documents: int
    seq: int
    """Library change up to which it has read."""
    model: str
    """``model_id`` of its vectors; empty while there are none."""
    bytes: int
    """Disk space, without copies."""


class Place(Protocol):
    """Where an index lies."""

    def open(self, *, writable: bool = False) -> Backend:
        """The version in force.

        Args:
            writable: Whether it will be written; the first one is made if there is none.

        Raises:
            IndexMissingError: There is none.
            IndexStaleError: It was made with another schema.
            IndexDamagedError: It cannot be read.
            IndexUnavailableError: The server cannot be reached, or refuses.
            LockedError: Another process writes it.
        """

    def begin(self, *, fresh: bool = False) -> Backend:
        """A new version beside the one in force, to be filled; a server's that was begun already is gone on with.

        Args:
            fresh: Delete what was begun, and begin anew.
        """

    def switch(self, name: str) -> None:
        """Put a version that `begin` gave in force, in one step."""

    def is_stale(self, model: str) -> bool:
        """Whether a new version is needed: another schema, or vectors of another model than ``model``."""

    def versions(self) -> list[Version]:
        """All versions, oldest first."""

    def drop_old(self) -> list[str]:
        """Delete every version but the one in force and give their names."""

    def damages(self) -> Iterator[str]:
        """What can be found wrong without opening it."""
