"""Bulk writes that cannot go backwards: each document carries the library's ``seq`` as its external version."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from elasticsearch import ApiError, Elasticsearch

from index.backend import Rejected
from index.elasticsearch.client import read_only, told
from records.errors import IndexUnavailableError

CHUNK: Final = 500
"""Documents a request."""
CHUNK_BYTES: Final = 16 * 1024 * 1024
"""The server takes 100 MB at most."""
LONGEST_ID: Final = 512
"""Bytes; the server refuses a whole request for one longer id."""
_BAD, _STALE, _GONE, _BUSY = 400, 409, 404, 429
_RETRIED: Final = (_BUSY, 502, 503, 504)
_UNREADABLE: Final = frozenset(
    {
        "document_parsing_exception",
        "illegal_argument_exception",
        "mapper_parsing_exception",
        "strict_dynamic_mapping_exception",
    }
)
"""What is wrong with a document itself; everything else is wrong with the index or the server, and passes."""
_NOT_THERE: Final = frozenset({"index_not_found_exception", "invalid_index_name_exception"})
LONGEST_TEXT: Final = 4_000_000
"""Code points of all texts of a document: a small server gives up on longer ones, again and again."""
_AHEAD: Final = 100
"""Documents that are made ready at a time, while the server works on those before."""
_LATER: Final = "`cordwatch index` goes on where this ended"

T = TypeVar("T")


class Action(NamedTuple):
    """One line or two of a bulk request."""

    uid: str
    lines: bytes


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long an overloaded server is waited for: ever longer, and not in step with other writers."""

    limit_s: float = 300.0
    """Seconds of waiting in a row, without a document taken."""
    first_s: float = 0.5
    longest_s: float = 30.0
    sleep: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random
    """Gives a number from 0 to 1."""

    def pause(self, tries: int) -> float:
        """Seconds to wait after so many tries in vain: a random half of what grows with them."""
        longest: float = min(self.first_s * 2.0 ** min(tries - 1, 30), self.longest_s)
        return longest * (0.5 + 0.5 * self.chance())


def index_action(index: str, uid: str, source: Mapping[str, Any], *, version: int) -> Action:
    """Write a document, unless a later version of it is there."""
    return Action(uid, _header("index", index, uid, version) + msgspec.json.encode(source) + b"\n")


def delete_action(index: str, uid: str, *, version: int) -> Action:
    """Remove a document, unless a later version of it is there."""
    return Action(uid, _header("delete", index, uid, version))


def _header(kind: str, index: str, uid: str, version: int) -> bytes:
    # The same version may come twice: a batch that was cut off is written again.
    named = {"_index": index, "_id": uid, "version": version, "version_type": "external_gte"}
    return msgspec.json.encode({kind: named}) + b"\n"


def made_ahead(make: Callable[[T], Action], given: Iterable[T]) -> Iterator[Action]:
    """``map(make, given)``, a few hundred ahead in a thread: the server would wait for each batch otherwise."""
    left = iter(given)
    with ThreadPoolExecutor(1, thread_name_prefix="bulk") as pool:
        waiting: deque[Future[list[Action]]] = deque()
        while batch := list(islice(left, _AHEAD)):
            waiting.append(pool.submit(_made, make, batch))
            if len(waiting) > CHUNK // _AHEAD:
                yield from waiting.popleft().result()
        for ready in waiting:
            yield from ready.result()


def _made(make: Callable[[T], Action], given: Sequence[T]) -> list[Action]:
    return [make(one) for one in given]


class Outcome(msgspec.Struct):
    """What became of one request."""

    again: list[Action] = []
    """What failed for the moment."""
    rejected: list[Rejected] = []
    error: Exception | None = None
    """Why it failed for the moment."""
    busy: bool = False
    """Whether because there was too much to do."""


class Sender:
    """Sends actions to one version of an index.

    Args:
        client: The connection.
        name: The version's own name: what goes elsewhere is an error.
        url: For messages.
        retries: How often what failed for the moment is tried again, but for an overloaded server.
        timeout_s: How long the server may wait for a missing shard.
        patience: How long an overloaded one is waited for.
    """

    def __init__(
        self, client: Elasticsearch, *, name: str, url: str, retries: int, timeout_s: float, patience: Patience
    ) -> None:
        # Trying again is done here, with pauses: the transport would do it at once.
        self._client = client.options(retry_on_status=())
        self._name = name
        self._url = url
        self._retries = retries
        self._timeout = f"{max(1, round(timeout_s))}s"
        self._patience = patience

    def send(self, actions: Iterable[Action]) -> list[Rejected]:
        """Send all actions, fewer at a time and pausing ever longer where the server is overloaded.

        Returns:
            Documents that the server will never take, with its reason.

        Raises:
            IndexUnavailableError: Some could not be written for now: the caller's watermark must stay where it is.
        """
        left, waiting = iter(actions), deque[Action]()
        rejected: list[Rejected] = []
        size, tries, waited = CHUNK, 0, 0.0
        while chunk := _chunk(waiting, left, size):
            with told(self._url):
                outcome = self._sent(chunk)
            rejected += outcome.rejected
            waiting.extendleft(reversed(outcome.again))
            if len(outcome.again) < len(chunk):
                tries, waited = 0, 0.0
            if outcome.error is None:
                size = min(2 * size, CHUNK)
                continue
            size = max(len(chunk) // 2, 1) if outcome.busy else size
            tries += 1
            if waited >= self._patience.limit_s or (not outcome.busy and tries > self._retries):
                with told(self._url):
                    raise outcome.error
            pause = self._patience.pause(tries)
            self._patience.sleep(pause)
            waited += pause
        return rejected

    def _sent(self, chunk: Sequence[Action]) -> Outcome:
        try:
            # A version that was deleted meanwhile must not come back without its mapping.
            lines: list[Any] = [b"".join(action.lines for action in chunk)]
            answer = self._client.bulk(operations=lines, require_alias=True, timeout=self._timeout)
        except ApiError as error:
            if error.meta.status not in _RETRIED or "read-only" in str(error) or "read_only" in str(error):
                raise
            return Outcome(again=list(chunk), error=error, busy=error.meta.status == _BUSY)
        outcome = Outcome(again=[], rejected=[])
        for action, item in zip(chunk, answer["items"], strict=True):
            ((kind, result),) = item.items()
            self._take(outcome, action, kind, result)
        return outcome

    def _take(self, outcome: Outcome, action: Action, kind: str, result: Mapping[str, Any]) -> None:
        """Note what became of one action; a stale write, and the removal of what is not there, are done."""
        status, error = int(result["status"]), result.get("error") or {}
        named = error if isinstance(error, dict) else {"reason": error}
        type, reason = str(named.get("type", "")), str(named.get("reason", ""))
        if not error and (status < _BAD or (kind == "delete" and status == _GONE)):
            self._check_place(action, str(result["_index"]))
        elif status == _STALE:
            return
        elif "read-only" in reason or "read_only" in reason:
            raise read_only(self._url, reason)
        elif status in _RETRIED:
            outcome.again.append(action)
            outcome.busy = outcome.busy or status == _BUSY
            said = f"{self._url} could not write {action.uid} for now: {status} {type}: {reason}"
            outcome.error = IndexUnavailableError(said, hint=_LATER)
        elif status == _BAD and type in _UNREADABLE:
            outcome.rejected.append(Rejected(uid=action.uid, reason=f"{status} {type}: {reason}"))
        elif type in _NOT_THERE:
            raise IndexUnavailableError(
                f"{self._url}: {self._name} was deleted meanwhile, or has lost its alias for writing",
                hint=f"{_LATER}; if not, cordwatch rebuild",
            )
        else:
            raise IndexUnavailableError(
                f"{self._url} could not write {action.uid}: {status} {type}: {reason}", hint=_LATER
            )

    def _check_place(self, action: Action, place: str) -> None:
        if place != self._name:
            raise IndexUnavailableError(
                f"{self._url}: {action.uid}, meant for {self._name}, went to {place}: an alias was moved",
                hint="cordwatch rebuild",
            )


def _chunk(waiting: deque[Action], left: Iterator[Action], size: int) -> list[Action]:
    """The next actions, those that wait first: so many, and so many bytes, at most."""
    chunk: list[Action] = []
    taken = 0
    while len(chunk) < size and (action := waiting.popleft() if waiting else next(left, None)):
        if chunk and taken + len(action.lines) > CHUNK_BYTES:
            waiting.appendleft(action)
            break
        chunk.append(action)
        taken += len(action.lines)
    return chunk
