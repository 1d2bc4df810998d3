"""The errors that Cordwatch raises on purpose.

::

    CordwatchError            anything a user can be told in one line
    ├── ConfigError           a setting is missing, unknown or of the wrong type
    ├── ParseError            bytes from a provider or a file are not what they claim to be
    ├── QueryError            a search query does not parse (carries position and expectation)
    ├── LibraryError          the system of record refused
    │   └── LibraryBusyError  another process holds the write lock for too long
    ├── IndexError_           the search index refused
    │   ├── IndexMissingError there is no index yet
    │   ├── IndexStaleError   the index was built with another schema or embedding model
    │   ├── IndexForeignError what is there belongs to another library, or to somebody else
    │   ├── IndexDamagedError a file of the index is not what was written
    │   ├── IndexUnavailableError the search server cannot be reached, or refuses
    │   └── IndexRoomError    there is no room for what a query leaves on disk while it is answered
    ├── ModelError            an embedding model is absent, altered or cannot be run
    ├── SourceError           a provider cannot be crawled
    └── UnknownNameError      Cordwatch has nothing of that name (a source, a format)
"""

from __future__ import annotations

from collections.abc import Sequence


class CordwatchError(Exception):
    """Base of all errors that are shown to the user as one line, without a traceback.

    Args:
        message: What was wrong and where.
        hint: What to do about it; shown on a line of its own.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def problems(self) -> Sequence[CordwatchError]:
        """Every mistake that it tells of, each as an error of its own."""
        return (self,)


class ConfigError(CordwatchError):
    """A setting is missing, unknown or of the wrong type."""


class ParseError(CordwatchError):
    """Bytes from a provider or a file are not what they claim to be.

    Args:
        message: What was wrong.
        where: The place in the payload: a record id, ``line 12``, an XML path.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message, hint=hint)
        self.where = where


class QueryError(CordwatchError):
    """A search query does not parse.

    Args:
        message: What was wrong, with what was expected.
        position: Offset into the query, in code points.
        hint: What to do about it.
        query: The query as typed, where there is a place in it to point at.
    """

    def __init__(self, message: str, *, position: int = 0, hint: str = "", query: str = "") -> None:
        super().__init__(message, hint=hint)
        self.position = position
        self.query = query


class LibraryError(CordwatchError):
    """The system of record refused."""


class LibraryBusyError(LibraryError):
    """Another process held the write lock for longer than the timeout."""


class IndexError_(CordwatchError):  # noqa: N801, N818 - IndexError is a builtin
    """The search index refused."""


class IndexMissingError(IndexError_):
    """There is no index yet."""


class IndexStaleError(IndexError_):
    """The index was built with another schema version or embedding model."""


class IndexForeignError(IndexError_):
    """What is there belongs to another library, or to somebody else."""


class IndexDamagedError(IndexError_):
    """A file of the index is not what was written."""


class IndexUnavailableError(IndexError_):
    """The search server cannot be reached, or refuses."""


class IndexRoomError(IndexError_):
    """There is no room for what a query leaves on disk while it is answered."""


class ModelError(CordwatchError):
    """An embedding model is absent, altered or cannot be run."""


class SourceError(CordwatchError):
    """A provider cannot be crawled."""


class UnknownNameError(CordwatchError):
    """Cordwatch has nothing of the name that was given: a mistake in what was typed, not in what is kept."""
