"""An index on a server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from index.elasticsearch.backend import ElasticsearchBackend
from index.elasticsearch.client import connect
from index.elasticsearch.versions import Versions
from index.place import Version
from records.errors import IndexMissingError, IndexStaleError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from config.settings import IndexSettings


class ElasticsearchPlace:
    """The versions behind an alias.

    Args:
        settings: Name the server and the alias.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings

    def __str__(self) -> str:
        return f"{self._settings.url} ({self._settings.prefix})"

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _versions(self) -> Versions:
        settings = self._settings
        return Versions(
            self._client, settings.prefix, url=settings.url, shards=settings.shards, replicas=settings.replicas
        )

    def open(self, *, writable: bool = False) -> ElasticsearchBackend:
        """The version in force."""
        name = self._versions.current()
        if name is None:
            if not writable:
                raise IndexMissingError(f"there is no index at {self}", hint="cordwatch index")
            name = self._versions.create(aliased=True)
        if not self._versions.is_present(name):
            raise IndexStaleError(f"the index at {self} has another mapping", hint="cordwatch index migrate")
        return self._backend(name)

    def begin(self) -> ElasticsearchBackend:
        """The newest version that was begun and not put in force, if its mapping is the present one; else a new one."""
        current, names = self._versions.current(), self._versions.names()
        begun = [name for name in names if current is None or name > current]
        if begun and self._versions.is_present(begun[-1]):
            return self._backend(begun[-1])
        return self._backend(self._versions.create(aliased=False))

    def switch(self, name: str) -> None:
        """Put a version in force."""
        self._versions.switch(name)

    def is_stale(self, model: str) -> bool:
        """Whether a new version is needed."""
        name = self._versions.current()
        return name is not None and not (self._versions.is_present(name) and self._versions.model(name) in ("", model))

    def versions(self) -> list[Version]:
        """All versions."""
        return self._versions.describe()

    def drop_old(self) -> list[str]:
        """Delete all but the one in force; none where none is."""
        current = self._versions.current()
        old = [name for name in self._versions.names() if current is not None and name != current]
        for name in old:
            self._versions.drop(name)
        return old

    def damages(self) -> Iterator[str]:
        """None: the server watches its own files."""
        yield from ()

    def _backend(self, name: str) -> ElasticsearchBackend:
        return ElasticsearchBackend(self._client, self._versions, name, retries=self._settings.retries)
