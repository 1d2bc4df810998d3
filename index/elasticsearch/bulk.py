"""Bulk writes that cannot go backwards: each document carries the library's ``seq`` as its external version."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec
from elasticsearch import Elasticsearch, helpers

from index.backend import Rejected
from index.elasticsearch.client import read_only
from records.errors import IndexUnavailableError

CHUNK: Final = 500
"""Documents a request."""
CHUNK_BYTES: Final = 16 * 1024 * 1024
"""The server takes 100 MB at most."""
LONGEST_ID: Final = 512
"""Bytes; the server refuses a whole request for one longer id."""
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_RETRIED: Final = (429, 502, 503, 504)
_BAD, _STALE, _GONE = 400, 409, 404
_UNREADABLE: Final = frozenset(
    {
        "document_parsing_exception",
        "illegal_argument_exception",
        "mapper_parsing_exception",
        "strict_dynamic_mapping_exception",
    }
)
"""What is wrong with a document itself; everything else is wrong with the index or the server, and passes."""
LONGEST_TEXT: Final = 4_000_000
"""Code points of all texts of a document: a small server gives up on longer ones, again and again."""
_AHEAD: Final = 100
"""Documents that are made ready at a time, while the server works on those before."""

T = TypeVar("T")


def index_action(index: str, uid: str, source: Mapping[str, Any], *, version: int) -> dict[str, Any]:
    """Write a document, unless a later version of it is there."""
    # The same version may come twice: a batch that was cut off is written again.
    return {
        "_op_type": "index",
        "_index": index,
        "_id": uid,
        "version": version,
        "version_type": "external_gte",
        "_source": msgspec.Raw(msgspec.json.encode(source)),
    }


def delete_action(index: str, uid: str, *, version: int) -> dict[str, Any]:
    """Remove a document, unless a later version of it is there."""
    return {"_op_type": "delete", "_index": index, "_id": uid, "version": version, "version_type": "external_gte"}


def made_ahead(make: Callable[[T], dict[str, Any]], given: Iterable[T]) -> Iterator[dict[str, Any]]:
    """``map(make, given)``, a few hundred ahead in a thread: the server would wait for each batch otherwise."""
    left = iter(given)
    with ThreadPoolExecutor(1, thread_name_prefix="bulk") as pool:
        waiting: deque[Future[list[dict[str, Any]]]] = deque()
        while batch := list(islice(left, _AHEAD)):
            waiting.append(pool.submit(_made, make, batch))
            if len(waiting) > CHUNK // _AHEAD:
                yield from waiting.popleft().result()
        for ready in waiting:
            yield from ready.result()


def _made(make: Callable[[T], dict[str, Any]], given: Sequence[T]) -> list[dict[str, Any]]:
    return [make(one) for one in given]


def send(
    client: Elasticsearch, actions: Iterable[dict[str, Any]], *, url: str, retries: int, timeout_s: float
) -> list[Rejected]:
    """Send all actions, pausing ever longer where the server is overloaded.

    Args:
        client: The connection.
        actions: Of `index_action` and `delete_action`.
        url: For messages.
        retries: How often what failed for the moment is tried again.
        timeout_s: How long the server may wait for a missing shard.

    Returns:
        Documents that the server will never take, with its reason.

    Raises:
        IndexUnavailableError: Some could not be written for now: the caller's watermark must stay where it is.
    """
    return list(_rejected(_failures(client, actions, retries, timeout_s), url))


def _failures(
    client: Elasticsearch, actions: Iterable[dict[str, Any]], retries: int, timeout_s: float
) -> Iterator[tuple[int, str, str, str]]:
    """Status, uid, type and reason of what failed; stale writes and removals of nothing did not."""
    answers = helpers.streaming_bulk(
        client,
        actions,
        chunk_size=CHUNK,
        max_chunk_bytes=CHUNK_BYTES,
        raise_on_error=False,
        yield_ok=False,
        max_retries=retries,
        initial_backoff=_FIRST_PAUSE_S,
        max_backoff=_LONGEST_PAUSE_S,
        retry_on_status=_RETRIED,
        # A version that was deleted meanwhile must not come back without its mapping.
        require_alias=True,
        timeout=f"{max(1, round(timeout_s))}s",
    )
    for _, answer in answers:
        ((action, result),) = answer.items()
        status = int(result["status"])
        error = result.get("error") or {}
        # A removal of what is not there has no error; one from an index that is not there has.
        if status == _STALE or (action == "delete" and status == _GONE and not error):
            continue
        named = error if isinstance(error, dict) else {"reason": error}
        yield status, str(result["_id"]), str(named.get("type", "")), str(named.get("reason", ""))


def _rejected(failures: Iterable[tuple[int, str, str, str]], url: str) -> Iterator[Rejected]:
    for status, uid, type, reason in failures:
        if "read-only" in reason or "read_only" in reason:
            raise read_only(url, reason)
        if status != _BAD or type not in _UNREADABLE:
            raise IndexUnavailableError(
                f"{url} could not write {uid}: {status} {type}: {reason}",
                hint="`cordwatch index` goes on where this ended",
            )
        yield Rejected(uid=uid, reason=f"{status} {type}: {reason}")
