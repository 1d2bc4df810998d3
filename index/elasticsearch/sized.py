"""A client that sends less at once where something on the way, most often a proxy, takes no request that long."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, Self

import msgspec
from elastic_transport import ObjectApiResponse
from elasticsearch import ApiError, Elasticsearch

_REMOVAL: Final = b'{"delete"'
_NEAR: Final = 0.9
"""What is nearly as long as what was refused is not tried: batches are never quite alike."""


class _Limit(msgspec.Struct):
    """What is known of it."""

    refused: int | None = None
    """Bytes of the shortest request that was too long."""

    def forbids(self, size: int) -> bool:
        """Whether so many bytes would be refused."""
        return self.refused is not None and size >= _NEAR * self.refused

    def refuse(self, size: int) -> None:
        """Note that so many bytes were."""
        self.refused = min(size, self.refused or size)


class SizedElasticsearch(Elasticsearch):
    """``Elasticsearch``, whose `bulk` halves what is too long, down to single documents."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._limit = _Limit()

    def options(self, **more: Any) -> Self:
        """As every client does; what is known of the limit goes along."""
        other = super().options(**more)
        other._limit = self._limit
        return other

    def bulk(self, *args: Any, **more: Any) -> ObjectApiResponse[Any]:
        """As every client does, in several requests if need be.

        Raises:
            ApiError: As by the client; 413 only for a single document.
        """
        operations = more.pop("operations")
        size = sum(map(len, operations))
        actions = _actions(operations) if self._limit.forbids(size) else []
        if len(actions) < 2:
            try:
                return super().bulk(*args, operations=operations, **more)
            except ApiError as error:
                actions = _actions(operations)
                if error.meta.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE or len(actions) < 2:
                    raise
                self._limit.refuse(size)
        middle = len(actions) // 2
        parts = (actions[:middle], actions[middle:])
        return _joined(*(self.bulk(*args, operations=part, **more) for part in parts))


def _actions(operations: Any) -> list[bytes]:
    """Each action with its document, if it has one, as lines."""
    lines = [line for part in operations for line in part.split(b"\n") if line]
    found: list[bytes] = []
    waiting = b""
    for line in lines:
        if waiting or line.startswith(_REMOVAL):
            found.append(waiting + line)
            waiting = b""
        else:
            waiting = line + b"\n"
    return found


def _joined(first: ObjectApiResponse[Any], second: ObjectApiResponse[Any]) -> ObjectApiResponse[Any]:
    items = [*first["items"], *second["items"]]
    took, errors = first["took"] + second["took"], first["errors"] or second["errors"]
    return ObjectApiResponse(body={"took": took, "errors": errors, "items": items}, meta=second.meta)
