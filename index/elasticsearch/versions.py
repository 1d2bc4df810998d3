"""The versions of an index behind one alias, whose they are, and how far each has read.

``PREFIX`` is an alias of one of ``PREFIX-v1-000001``, ``PREFIX-v1-000002`` …; each has an alias of its own for writing.
``PREFIX-state`` keeps the ``seq`` of each under its UUID, with itself as its version: it never goes back, whoever
writes, and an index that is made anew under an old name begins at 0. It keeps it under the version's own id too, which
survives a snapshot as the UUID does not, and the id of the library that all versions belong to.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec
from elasticsearch import BadRequestError, ConflictError, NotFoundError

from index.elasticsearch import mapping
from index.elasticsearch.client import refused, told
from index.elasticsearch.mapping import Meta
from index.place import Version
from records.errors import IndexForeignError, IndexUnavailableError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_OWNER: Final = "library"
"""Id of the document that holds the library's."""
_STATE: Final = {"seq": {"type": "long"}, _OWNER: {"type": "keyword"}}
T = TypeVar("T")


class Facts(NamedTuple):
    """What the server says of an index."""

    uuid: str
    """Its own: another index of the same name has another one."""
    shards: int
    meta: Meta


class Versions:
    """The versions of one index.

    Args:
        client: Of `index.elasticsearch.client.connect`.
        prefix: The alias; names begin with it.
        url: For messages.
        settings: Of a new version.
        server: The server's version.
    """

    def __init__(
        self, client: Elasticsearch, prefix: str, *, url: str, settings: dict[str, Any], server: tuple[int, int]
    ) -> None:
        self.client = client
        self.server = server
        self._prefix = prefix
        self._state = f"{prefix}-state"
        self._settings = settings
        self.url = url

    def current(self) -> str | None:
        """The version that the alias names. Raises `IndexForeignError` where it is none of Cordwatch's."""
        with told(self.url):
            try:
                names: list[str] = list(self.client.indices.get_alias(name=self._prefix).body)
            except NotFoundError:
                names = [self._prefix] if self.client.indices.exists(index=self._prefix) else []
        if foreign := [name for name in names if not self._is_version(name)]:
            raise IndexForeignError(
                f"{self.url}: {self._prefix} is the name of {', '.join(sorted(foreign))}, which Cordwatch did not make",
                hint="give Cordwatch an index.prefix of its own, or take that name off the index",
            )
        return max(names, key=number_of, default=None)

    def names(self) -> list[str]:
        """All versions, closed ones too, oldest first."""
        with told(self.url):
            found = self.client.indices.get(
                index=f"{self._prefix}-v*", ignore_unavailable=True, expand_wildcards=["open", "closed"]
            ).body
        return sorted(filter(self._is_version, found), key=number_of)

    def _is_version(self, name: str) -> bool:
        return re.fullmatch(rf"{re.escape(self._prefix)}-v\d+-\d+", name) is not None

    def is_present(self, name: str) -> bool:
        """Whether its mapping is the one in use now."""
        return name.startswith(f"{self._prefix}-v{mapping.VERSION}-")

    def create(self, *, aliased: bool) -> str:
        """Make a new version, which holds nothing yet."""
        number = max(map(number_of, self.names()), default=0) + 1
        name = f"{self._prefix}-v{mapping.VERSION}-{number:06d}"
        with told(self.url):
            if not self.client.indices.exists(index=self._state):
                self.client.options(ignore_status=400).indices.create(
                    index=self._state,
                    settings={"number_of_shards": 1, "number_of_replicas": self._settings["number_of_replicas"]},
                    mappings={"dynamic": "strict", "properties": _STATE},
                )
            # Another process may have made it a moment ago.
            self.client.cluster.health(index=self._state, wait_for_active_shards=1)
            meta = Meta(id=str(uuid.uuid4()), library=self._claimed())
            try:
                self.client.indices.create(
                    index=name,
                    settings=self._settings,
                    mappings=mapping.mappings(meta),
                    aliases={written(name): {}} | ({self._prefix: {}} if aliased else {}),
                    wait_for_active_shards="1",
                )
            except BadRequestError as error:
                # Another process was a moment earlier; its version is as good.
                if "resource_already_exists" not in str(error):
                    raise
        return name

    def facts(self, name: str) -> Facts:
        """UUID, shards and what Cordwatch noted of a version. Raises `IndexUnavailableError` if it is gone."""
        with told(self.url):
            found = self.client.indices.get(index=name)[name]
        settings, meta = found["settings"]["index"], found["mappings"].get("_meta", {})
        return Facts(str(settings["uuid"]), int(settings["number_of_shards"]), msgspec.convert(meta, Meta))

    def switch(self, name: str) -> None:
        """Put a version in force, in one step."""
        others = [other for other in self.names() if other != name]
        remove = [{"remove": {"index": other, "alias": self._prefix, "must_exist": False}} for other in others]
        with told(self.url):
            self.client.indices.update_aliases(actions=[*remove, {"add": {"index": name, "alias": self._prefix}}])

    def drop(self, name: str) -> None:
        """Delete a version."""
        facts = self.facts(name)
        with told(self.url):
            self.client.options(ignore_status=404).indices.delete(index=name)
            for key in filter(None, (facts.uuid, facts.meta.id)):
                self.client.options(ignore_status=404).delete(index=self._state, id=key)

    # Whose it is

    def owner(self, facts: Facts) -> str:
        """Id of the library that a version belongs to; empty where none has claimed it."""
        with told(self.url):
            return facts.meta.library or self._claimed()

    def claim(self, facts: Facts, library: str) -> None:
        """Note whose the versions are, unless it is noted. Raises `IndexForeignError` if they are another library's."""
        with told(self.url):
            if not self._claimed():
                self.client.indices.put_mapping(index=self._state, properties=_STATE)
                # Where another process was a moment earlier, whose it is now is read below.
                with suppress(ConflictError):
                    self.client.create(index=self._state, id=_OWNER, document={_OWNER: library})
            if {self._claimed(), facts.meta.library} - {library, ""}:
                raise IndexForeignError(
                    f"{self.url}: the index {self._prefix} belongs to another library",
                    hint="give this library an index.prefix of its own; to take the name over, first delete "
                    f"{self._prefix}-v* and {self._state} on the server",
                )

    def _claimed(self) -> str:
        return str((self._noted(_OWNER) or {}).get(_OWNER, ""))

    # How far it has read

    def seq(self, name: str, facts: Facts) -> int:
        """Library change up to which a version has read.

        One from a snapshot has another UUID than the one that was saved: it has read no further than that one, and no
        further than the newest batch that is in it.
        """
        with told(self.url):
            noted = self._noted(facts.uuid)
            if noted is None and facts.meta.id and (of_saved := self._noted(facts.meta.id)):
                answer = self.client.search(index=name, size=0, aggs={"newest": {"max": {"field": mapping.WRITTEN}}})
                newest = self.whole(answer.body)["aggregations"]["newest"]["value"]
                return min(int(of_saved["seq"]), int(newest or 0))
        return int(noted["seq"]) if noted else 0

    def _noted(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.get(index=self._state, id=key)["_source"]
        except NotFoundError:
            return None
        return found

    def move(self, facts: Facts, seq: int) -> None:
        """Note that a version has read up to ``seq``; where it is further already, nothing changes."""
        with told(self.url):
            for key in filter(None, (facts.uuid, facts.meta.id)):
                try:
                    self.client.index(
                        index=self._state, id=key, document={"seq": seq}, version=seq, version_type="external"
                    )
                except ConflictError:
                    continue

    # All of them

    def describe(self) -> list[Version]:
        """All versions, oldest first, as far as the server can tell now."""
        current, names = self.current(), self.names()
        if not names:
            return []
        with told(self.url):
            listed = self.client.cat.indices(
                index=names, format="json", bytes="b", h=["index", "health", "status", "pri.store.size"]
            )
        return [self._described(row, current) for row in sorted(listed, key=lambda row: number_of(row["index"]))]

    def _described(self, row: Any, current: str | None) -> Version:
        name = str(row["index"])
        facts = self.facts(name)
        return Version(
            name=name,
            in_force=name == current,
            documents=_if_known(lambda: self._count(name)),
            seq=_if_known(lambda: self.seq(name, facts)),
            model=facts.meta.model,
            bytes=int(row["pri.store.size"] or 0),
            health="closed" if row["status"] == "close" else str(row["health"]),
        )

    def _count(self, name: str) -> int:
        with told(self.url):
            return int(self.whole(self.client.count(index=name))["count"])

    def whole(self, answer: Any) -> Any:
        """The answer, if all shards gave theirs. Raises `IndexUnavailableError`: a part must not pass for the whole.

        Also what `refused` says: ``_msearch`` tells of each of its searches what is wrong with it.
        """
        if "error" in answer:
            raise refused(self.url, int(answer["status"]), answer)
        shards = answer["_shards"]
        # A shard that has no copy at all counts neither as successful nor as failed.
        if shards["successful"] < shards["total"] or answer.get("timed_out"):
            raise IndexUnavailableError(
                f"{self.url}: only {shards['successful']} of {shards['total']} shards answered",
                hint="GET _cat/shards says which are missing; a lost one without a copy: cordwatch rebuild",
            )
        return answer


def _if_known(ask: Callable[[], T]) -> T | None:
    """The answer; ``None`` where the server cannot give it now."""
    try:
        return ask()
    except IndexUnavailableError:
        return None


def written(name: str) -> str:
    """The alias under which a version is written.

    The server makes an index where a removal with a version of its own meets none. In capitals it cannot: these are
    allowed in aliases, and not in names of indices.
    """
    return f"{name}-WRITE"


def number_of(name: str) -> int:
    """The number of a version."""
    return int(name.rsplit("-", 1)[1])
