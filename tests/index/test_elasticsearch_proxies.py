"""A proxy before the server: its pages are told in a line, and one that takes short requests only gets several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from index.stage import update
from library import Library
from records.errors import IndexUnavailableError
from tests.index.index_world import LEXICON, article, make_library, put
from tests.index.proxy import Reply, Request, page, proxy


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_library(tmp_path) as library:
        yield library


def run(library: Library, settings: IndexSettings, *, batch: int = 100) -> None:
    with ElasticsearchPlace(settings).open(writable=True) as backend:
        update(library, backend, LEXICON, batch=batch)


def titles(settings: IndexSettings) -> dict[str, str]:
    """What the index shows of each record."""
    with ElasticsearchPlace(settings).open() as backend:
        uids = [row.uid for row in backend.rows()]
        return {uid: one.summary.title for uid, one in backend.documents(uids).items()}


def in_library(library: Library) -> dict[str, str]:
    stored = library.get_many(library.iter_uids())
    return {uid: one.record.title for uid, one in stored.items() if not one.deleted}


def answers(reply: Reply) -> AbstractContextManager[str]:
    """A proxy that never asks the server behind it."""
    return proxy("", lambda request: reply)


@pytest.mark.parametrize(
    ("status", "title", "says"),
    [
        (502, "502 Bad Gateway", "the server behind it does not answer: 502 Bad Gateway"),
        (503, "503 Service Temporarily Unavailable", "does not answer: 503 Service Temporarily Unavailable"),
        (504, "504 Gateway Time-out", "the server behind it does not answer: 504 Gateway Time-out"),
        (401, "401 Authorization Required", "does not accept the credentials: Authorization Required"),
        (520, "", "answered 520: (not Elasticsearch's own answer)"),
    ],
)
def test_a_page_of_a_proxy_is_told_by_its_title(library: Library, status: int, title: str, says: str) -> None:
    with answers(page(status, title)) as url, pytest.raises(IndexUnavailableError) as caught:
        run(library, IndexSettings(url=url, retries=0))
    assert says in caught.value.message
    assert "<" not in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint or status == 520


def small(behind: str, most: int, seen: list[int]) -> AbstractContextManager[str]:
    """A proxy that takes requests of so many bytes, and notes how long those to ``_bulk`` are, as nginx does it."""

    def refuse(request: Request) -> Reply | None:
        if "_bulk" in request.path:
            seen.append(len(request.body))
        return page(413, "413 Request Entity Too Large") if len(request.body) > most else None

    return proxy(behind, refuse)


def test_a_proxy_that_takes_short_requests_only_gets_several(library: Library, server: IndexSettings) -> None:
    put(library, *(article(1000 + number, f"Stepping {number}", "word " * 200) for number in range(60)))
    with library.transaction() as writer:
        writer.delete("press:ab12", "gone")
    asked: list[int] = []
    with small(server.url, 20_000, asked) as url:
        run(library, msgspec.structs.replace(server, url=url))
        again = len(asked)
        put(library, *(article(1000 + number, f"Again {number}", "word " * 200) for number in range(60)))
        run(library, msgspec.structs.replace(server, url=url), batch=20)
    assert titles(server) == in_library(library)
    taken = [size for size in asked if size <= 20_000]
    assert len(taken) >= 6
    assert sum(size > 20_000 for size in asked[again:]) <= 3, "what was found out once is remembered"


def test_one_document_that_a_proxy_never_takes(library: Library, server: IndexSettings) -> None:
    put(library, article(60, "Long", "word " * 20_000))
    with (
        small(server.url, 20_000, []) as url,
        pytest.raises(IndexUnavailableError, match="no request that long") as told,
    ):
        run(library, msgspec.structs.replace(server, url=url))
    assert "client_max_body_size" in told.value.hint
    assert "Request Entity Too Large" in told.value.message
    run(library, server)
    assert titles(server) == in_library(library)
