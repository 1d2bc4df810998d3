"""The versions of an index behind one alias, and how far each has read.

``PREFIX`` is an alias of one of ``PREFIX-v1-000001``, ``PREFIX-v1-000002`` …; each has an alias of its own for writing.
``PREFIX-state`` keeps the ``seq`` of each under its UUID, with itself as its version: it never goes back, whoever
writes, and an index that is made anew under an old name begins at 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from elasticsearch import BadRequestError, ConflictError, NotFoundError

from index.elasticsearch import mapping
from index.elasticsearch.client import told
from index.place import Version
from records.errors import IndexUnavailableError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


class Facts(NamedTuple):
    """What the server says of an index."""

    uuid: str
    """Its own: another index of the same name has another one."""
    shards: int


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
        """The version that the alias names."""
        with told(self.url):
            try:
                names: list[str] = list(self.client.indices.get_alias(name=self._prefix).body)
            except NotFoundError:
                return None
        return max(names, key=number_of)

    def names(self) -> list[str]:
        """All versions, oldest first."""
        with told(self.url):
            found = self.client.indices.get(index=f"{self._prefix}-v*", ignore_unavailable=True).body
        return sorted(
            (name for name in found if re.fullmatch(rf"{re.escape(self._prefix)}-v\d+-\d+", name)), key=number_of
        )

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
                    mappings={"dynamic": "strict", "properties": {"seq": {"type": "long"}}},
                )
            try:
                self.client.indices.create(
                    index=name,
                    settings=self._settings,
                    mappings=mapping.mappings(),
                    aliases={written(name): {}} | ({self._prefix: {}} if aliased else {}),
                    wait_for_active_shards="1",
                )
            except BadRequestError as error:
                # Another process was a moment earlier; its version is as good.
                if "resource_already_exists" not in str(error):
                    raise
        return name

    def facts(self, name: str) -> Facts:
        """UUID and shards of a version. Raises `IndexUnavailableError` if it is gone."""
        with told(self.url):
            found = self.client.indices.get_settings(index=name)[name]["settings"]["index"]
        return Facts(str(found["uuid"]), int(found["number_of_shards"]))

    def switch(self, name: str) -> None:
        """Put a version in force, in one step."""
        others = [other for other in self.names() if other != name]
        remove = [{"remove": {"index": other, "alias": self._prefix, "must_exist": False}} for other in others]
        with told(self.url):
            self.client.indices.update_aliases(actions=[*remove, {"add": {"index": name, "alias": self._prefix}}])

    def drop(self, name: str) -> None:
        """Delete a version."""
        uuid = self.facts(name).uuid
        with told(self.url):
            self.client.options(ignore_status=404).indices.delete(index=name)
            self.client.options(ignore_status=404).delete(index=self._state, id=uuid)

    def seq(self, uuid: str) -> int:
        """Library change up to which the version with this UUID has read."""
        with told(self.url):
            try:
                return int(self.client.get(index=self._state, id=uuid)["_source"]["seq"])
            except NotFoundError:
                return 0

    def move(self, uuid: str, seq: int) -> None:
        """Note that a version has read up to ``seq``; where it is further already, nothing changes."""
        with told(self.url):
            try:
                self.client.index(
                    index=self._state,
                    id=uuid,
                    document={"seq": seq},
                    version=seq,
                    version_type="external",
                )
            except ConflictError:
                return

    def model(self, name: str) -> str:
        """``model_id`` of a version's vectors; empty while there are none."""
        with told(self.url):
            found = self.client.indices.get_mapping(index=name)[name]["mappings"]
        return str(found.get("_meta", {}).get("model", ""))

    def describe(self) -> list[Version]:
        """All versions, oldest first."""
        current, names = self.current(), self.names()
        if not names:
            return []
        with told(self.url):
            stats = self.client.indices.stats(index=names, metric=["docs", "store"])["indices"]
            counts = {name: int(self.whole(self.client.count(index=name))["count"]) for name in names}
        return [
            Version(
                name=name,
                in_force=name == current,
                documents=counts[name],
                seq=self.seq(self.facts(name).uuid),
                model=self.model(name),
                bytes=int(stats[name]["primaries"]["store"]["size_in_bytes"]) if name in stats else 0,
            )
            for name in names
        ]

    def whole(self, answer: Any) -> Any:
        """The answer, if all shards gave theirs. Raises `IndexUnavailableError`: a part must not pass for the whole."""
        if "error" in answer:
            raise IndexUnavailableError(f"{self.url}: {answer['error'].get('reason') or answer['error'].get('type')}")
        shards = answer["_shards"]
        # A shard that has no copy at all counts neither as successful nor as failed.
        if shards["successful"] < shards["total"] or answer.get("timed_out"):
            raise IndexUnavailableError(
                f"{self.url}: only {shards['successful']} of {shards['total']} shards answered",
                hint="GET _cluster/health says which are missing",
            )
        return answer


def written(name: str) -> str:
    """The alias under which a version is written."""
    return f"{name}-write"


def number_of(name: str) -> int:
    """The number of a version."""
    return int(name.rsplit("-", 1)[1])
