"""An index on a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from index.elasticsearch.backend import ElasticsearchBackend
from index.elasticsearch.bulk import Patience, Sender
from index.elasticsearch.client import connect
from index.elasticsearch.mapping import new_settings
from index.elasticsearch.versions import Versions, number_of
from index.place import Version
from records.errors import IndexMissingError, IndexStaleError

if TYPE_CHECKING:
    from config.settings import IndexSettings


class ElasticsearchPlace:
    """The versions behind an alias. Every call has a connection of its own; a backend keeps it until it is closed.

    Args:
        settings: Name the server and the alias.
        patience: How long an overloaded server is waited for.
    """

    def __init__(self, settings: IndexSettings, *, patience: Patience | None = None) -> None:
        self._settings = settings
        self._patience = patience or Patience()

    def __str__(self) -> str:
        return f"{self._settings.url} ({self._settings.prefix})"

    def open(self, *, writable: bool = False) -> ElasticsearchBackend:
        """The version in force."""
        with ExitStack() as held:
            versions = held.enter_context(self._versions())
            return self._backend(versions, self._in_force(versions, writable=writable), held)

    def begin(self, *, fresh: bool = False) -> ElasticsearchBackend:
        """The newest version that was begun and not put in force, if its mapping is the present one; else a new one."""
        with ExitStack() as held:
            versions = held.enter_context(self._versions())
            current = versions.current()
            begun = [name for name in versions.names() if current is None or number_of(name) > number_of(current)]
            if fresh:
                for name in begun:
                    versions.drop(name)
                begun = []
            resumed = begun[-1] if begun and versions.is_present(begun[-1]) else ""
            return self._backend(versions, resumed or versions.create(aliased=False), held)

    def _in_force(self, versions: Versions, *, writable: bool) -> str:
        name = versions.current()
        if name is None and not writable:
            raise IndexMissingError(f"there is no index at {self}", hint="cordwatch index")
        name = name or versions.create(aliased=True)
        if not versions.is_present(name):
            raise IndexStaleError(f"the index at {self} has another mapping", hint="cordwatch index migrate")
        return name

    def switch(self, name: str) -> None:
        """Put a version in force."""
        with self._versions() as versions:
            versions.switch(name)

    def is_stale(self, model: str) -> bool:
        """Whether a new version is needed."""
        with self._versions() as versions:
            name = versions.current()
            return name is not None and not (
                versions.is_present(name) and versions.facts(name).meta.model in ("", model)
            )

    def versions(self) -> list[Version]:
        """All versions."""
        with self._versions() as versions:
            return versions.describe()

    def drop_old(self) -> list[str]:
        """Delete those older than the one in force."""
        with self._versions() as versions:
            current = versions.current()
            names = versions.names() if current is not None else []
            old = [name for name in names if current and number_of(name) < number_of(current)]
            for name in old:
                versions.drop(name)
        return old

    def damages(self) -> Iterator[str]:
        """None: the server watches its own files."""
        yield from ()

    @contextmanager
    def _versions(self) -> Iterator[Versions]:
        settings = self._settings
        client, server = connect(settings)
        with client:
            made_with = new_settings(shards=settings.shards, replicas=settings.replicas, server=server)
            yield Versions(client, settings.prefix, url=settings.url, settings=made_with, server=server)

    def _backend(self, versions: Versions, name: str, held: ExitStack) -> ElasticsearchBackend:
        settings = self._settings
        sender = Sender(
            versions.client,
            name=name,
            url=versions.url,
            retries=settings.retries,
            # The server gives up before the client does, and says why.
            timeout_s=settings.timeout_s / 2,
            patience=self._patience,
        )
        backend = ElasticsearchBackend(versions, name, sender=sender)
        backend.hold(held.pop_all())
        return backend
