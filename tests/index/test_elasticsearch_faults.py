"""The server fails: each failure is said so that a person can act on it, nothing is lost, and catching up is exact."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from config.settings import IndexSettings
from index.elasticsearch.bulk import Patience
from index.elasticsearch.place import ElasticsearchPlace
from index.elasticsearch.versions import written
from index.query import parse_query
from index.stage import rebuild, update
from index.verify import verify_index
from library import Library
from records.errors import ConfigError, IndexForeignError, IndexStaleError, IndexUnavailableError, QueryError
from tests.certificates import make_certificate
from tests.index.gate import API_KEY, EXPIRED, gate
from tests.index.index_world import DOCUMENTS, LEXICON, RECORDS, article, make_library, put, vector
from tests.index.node import Node, free_ports, launcher, single
from tests.loopback import Answer, Asked, running

EMPTY = Path("/dev/null")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_library(tmp_path) as library:
        yield library


def run(library: Library, settings: IndexSettings, *, batch: int = 100) -> None:
    with ElasticsearchPlace(settings).open(writable=True) as backend:
        update(library, backend, LEXICON, batch=batch)


def damages(library: Library, settings: IndexSettings) -> list[str]:
    found = verify_index(library, ElasticsearchPlace(settings), LEXICON)
    return [f"{damage.uid} {damage.what}".strip() for damage in found]


def quick(settings: IndexSettings, **changes: object) -> IndexSettings:
    return msgspec.structs.replace(settings, retries=0, timeout_s=4.0, **changes)


def test_a_server_that_is_not_there(library: Library) -> None:
    settings = IndexSettings(url=f"http://127.0.0.1:{free_ports(1)[0]}", retries=0)
    with pytest.raises(IndexUnavailableError, match=r"cannot reach Elasticsearch at http://127\.0\.0\.1") as caught:
        run(library, settings)
    assert "start it" in caught.value.hint
    assert "cannot reach" in damages(library, settings)[0]


def test_an_address_that_is_none(library: Library) -> None:
    with pytest.raises(IndexUnavailableError, match=r"index\.url"):
        run(library, IndexSettings(url="localhost"))


def test_a_port_without_tls(library: Library) -> None:
    with (
        running(lambda asked: Answer(b"{}", "application/json")) as plain,
        pytest.raises(IndexUnavailableError, match="does not speak TLS") as caught,
    ):
        run(library, IndexSettings(url=plain.base_url.replace("http://", "https://"), retries=0))
    assert "http://" in caught.value.hint


def test_something_else_is_there(library: Library) -> None:
    with (
        running(lambda asked: Answer(b"{}", "application/json")) as other,
        pytest.raises(IndexUnavailableError, match="is not Elasticsearch"),
    ):
        run(library, IndexSettings(url=other.base_url, retries=0))


def test_a_server_that_is_too_old(library: Library) -> None:
    told = json.dumps({"version": {"number": "8.11.4", "build_flavor": "default"}, "tagline": "You Know, for Search"})
    answer = Answer(told.encode(), "application/json", headers=(("X-Elastic-Product", "Elasticsearch"),))
    with (
        running(lambda asked: answer) as old,
        pytest.raises(IndexStaleError, match=r"8\.11\.4; Cordwatch needs 8\.19"),
    ):
        run(library, IndexSettings(url=old.base_url))


def test_a_phrase_that_the_server_cannot_take_is_a_mistake_in_the_query(server: IndexSettings) -> None:
    node = parse_query('"' + " ".join(f"p{number}" for number in range(1_500)) + '"').node
    with ElasticsearchPlace(server).open(writable=True) as backend:
        backend.write(DOCUMENTS, [], seq=1)
        with pytest.raises(QueryError, match="more parts") as alone:
            backend.lexical(node, 10)
        with pytest.raises(QueryError) as joined:
            backend.both(node, vector(1), 10)
    assert str(joined.value) == str(alone.value)


def test_a_server_of_the_version_before_is_spoken_to_in_its_own_words(library: Library) -> None:
    said = {"version": {"number": "8.11.4", "build_flavor": "default"}, "tagline": "You Know, for Search"}
    older = (("X-Elastic-Product", "Elasticsearch"),)

    def answer(asked: Asked) -> Answer:
        if "compatible-with=9" in next((said for name, said in asked.headers.items() if name.lower() == "accept"), ""):
            error = {
                "error": {"type": "media_type_header_exception", "reason": "Invalid media-type value"},
                "status": 400,
            }
            return Answer(json.dumps(error).encode(), "application/json", status=400, headers=older)
        return Answer(json.dumps(said).encode(), "application/json", headers=older)

    with running(answer) as old, pytest.raises(IndexStaleError, match=r"is Elasticsearch 8\.11\.4"):
        run(library, IndexSettings(url=old.base_url, retries=0))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://reader:hunter2@127.0.0.1:9200"}, "holds a user or a password"),
        ({"api_key": "a\nb"}, "holds a line break"),
        ({"password": "x"}, "without index.username"),
        ({"username": "reader"}, "without a password"),
        ({"username": "reader", "password_file": EMPTY}, "is empty"),
        ({"api_key_file": EMPTY}, "is empty"),
        ({"url": "http://127.0.0.1:9200/?key=hunter2"}, "holds a query string"),
        ({"prefix": "a*"}, "index.prefix"),
        ({"prefix": ""}, "index.prefix"),
        ({"timeout_s": 0}, "index.timeout_s"),
        ({"retries": -1}, "index.retries"),
        ({"shards": 0}, "shards"),
    ],
)
def test_settings_with_which_nothing_could_work(library: Library, changes: dict[str, object], says: str) -> None:
    settings = msgspec.structs.replace(IndexSettings(url="http://127.0.0.1:1"), **changes)
    with pytest.raises(ConfigError) as caught:
        run(library, settings)
    assert says in caught.value.message
    assert "hunter2" not in str(caught.value)


def test_an_index_blocked_by_somebody_loses_no_change(library: Library, server: IndexSettings, node: Node) -> None:
    run(library, server)
    put(library, article(1, "Another title"))
    with library.transaction() as writer:
        writer.delete("press:ab12", "removed")
    node.call("PUT", f"/{server.prefix}/_settings", {"index.blocks.write": True})
    with pytest.raises(IndexUnavailableError):
        run(library, quick(server))
    assert "behind" in damages(library, server)[0]
    assert list(library.quarantined()) == []
    node.call("PUT", f"/{server.prefix}/_settings", {"index.blocks.write": None})
    run(library, server)
    assert damages(library, server) == []


def test_an_index_that_was_deleted_is_filled_again(library: Library, server: IndexSettings, node: Node) -> None:
    run(library, server)
    (version,) = ElasticsearchPlace(server).versions()
    node.call("DELETE", f"/{version.name}", None)
    run(library, server)
    (again,) = ElasticsearchPlace(server).versions()
    assert (again.name, again.documents) == (version.name, version.documents)
    assert damages(library, server) == []


def test_what_is_being_built_is_not_dropped(library: Library, server: IndexSettings) -> None:
    run(library, server)
    place = ElasticsearchPlace(server)
    with place.begin() as begun:
        assert place.drop_old() == []
        update(library, begun, LEXICON)
        place.switch(begun.name)
    assert len(place.drop_old()) == 1
    assert damages(library, server) == []


def test_a_version_that_is_gone_does_not_come_back_without_its_mapping(
    library: Library, server: IndexSettings, node: Node
) -> None:
    with ElasticsearchPlace(server).open(writable=True) as backend:
        node.call("DELETE", f"/{backend.name}", None)
        with pytest.raises(IndexUnavailableError):
            update(library, backend, LEXICON)
    assert ElasticsearchPlace(server).versions() == []


def test_a_removal_makes_no_index_and_is_not_passed_over(library: Library, server: IndexSettings, node: Node) -> None:
    run(library, server)
    place = ElasticsearchPlace(server)
    with library.transaction() as writer:
        writer.delete("press:ab12", "removed")
    (version,) = place.versions()
    alias = {"index": version.name, "alias": written(version.name)}
    node.call("POST", "/_aliases", {"actions": [{"remove": alias}]})
    with pytest.raises(IndexUnavailableError, match="lost its alias for writing"):
        run(library, server)
    assert "behind" in damages(library, server)[0]
    node.call("PUT", f"/{server.prefix}-elsewhere", {"aliases": {written(version.name): {}}})
    with pytest.raises(IndexUnavailableError, match=r"went to .*-elsewhere: an alias was moved"):
        run(library, server)
    node.call("DELETE", f"/{server.prefix}-elsewhere")
    with place.open(writable=True) as backend:
        node.call("DELETE", f"/{backend.name}")
        with pytest.raises(IndexUnavailableError):
            update(library, backend, LEXICON)
    assert node.call("GET", f"/{server.prefix}-v*") == {}
    run(library, server)
    assert damages(library, server) == []


@pytest.mark.parametrize("aliased", [True, False])
def test_a_name_that_is_taken(library: Library, server: IndexSettings, node: Node, aliased: bool) -> None:
    other = f"{server.prefix}-of-others" if aliased else server.prefix
    node.call("PUT", f"/{other}", {"aliases": {server.prefix: {}}} if aliased else {})
    place = ElasticsearchPlace(server)
    calls: list[Callable[[], object]] = [
        lambda: run(library, server),
        place.open,
        place.versions,
        place.drop_old,
        lambda: place.is_stale("any"),
        lambda: rebuild(library, place, LEXICON),
    ]
    for call in calls:
        with pytest.raises(IndexForeignError, match=f"is the name of {other}, which Cordwatch did not make"):
            call()
    assert other in damages(library, server)[0]


def test_a_snapshot_is_restored_and_gone_on_from(library: Library, server: IndexSettings, node: Node) -> None:
    run(library, server)
    (version,) = ElasticsearchPlace(server).versions()
    folder = f"/_snapshot/{server.prefix}"
    node.call("PUT", folder, {"type": "fs", "settings": {"location": server.prefix}})
    whole = {"indices": f"{server.prefix}*", "include_global_state": False}
    node.call("PUT", f"{folder}/monday?wait_for_completion=true", whole)
    saved = library.last_seq()
    for restored in (f"{server.prefix}*", version.name):
        put(library, article(1, f"Changed after {restored}"))
        with library.transaction() as writer:
            writer.delete("press:ab12" if restored == version.name else "pubmed:99100002", "removed")
        run(library, server)
        gone = [version.name, f"{server.prefix}-state"] if restored != version.name else [version.name]
        for name in gone:
            node.call("DELETE", f"/{name}")
        back = {"indices": restored, "include_aliases": True}
        node.call("POST", f"{folder}/monday/_restore?wait_for_completion=true", back)
        (again,) = ElasticsearchPlace(server).versions()
        assert (again.seq, again.documents) == (saved, version.documents)
        with ElasticsearchPlace(server).open(writable=True) as backend:
            assert update(library, backend, LEXICON).indexed == 1
        assert damages(library, server) == []


def test_the_status_of_what_cannot_be_read(library: Library, server: IndexSettings, node: Node) -> None:
    run(library, server)
    place = ElasticsearchPlace(server)
    rebuild(library, place, LEXICON)
    old, new = place.versions()
    assert (old.health, new.health) == ("green", "green")
    node.call("POST", f"/{old.name}/_close")
    closed, new = place.versions()
    assert (closed.health, closed.documents, new.health) == ("closed", None, "green")
    assert (new.documents, closed.seq, closed.in_force) == (len(RECORDS), library.last_seq(), False)
    assert place.drop_old() == [old.name]


def test_what_was_begun_ahead_of_a_restored_library_is_begun_anew(library: Library, server: IndexSettings) -> None:
    run(library, server)
    place = ElasticsearchPlace(server)
    with place.begin() as begun:
        begun.write([], [], seq=library.last_seq() + 100)
    rebuild(library, place, LEXICON)
    assert damages(library, server) == []


def test_two_at_once_on_a_server_without_an_index(library: Library, server: IndexSettings) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: run(library, server), range(4)))
    assert len(ElasticsearchPlace(server).versions()) == 1
    assert damages(library, server) == []


def test_a_text_that_is_too_long_is_kept_apart(library: Library, server: IndexSettings) -> None:
    put(library, article(60, "Long", "word " * 900_000), article(61, "Short"))
    run(library, server)
    (kept,) = library.quarantined()
    assert "longer than" in kept.reason
    with ElasticsearchPlace(server).open() as backend:
        assert backend.documents(["pubmed:99100061"])


def test_an_index_closed_for_writing(library: Library, server: IndexSettings, node: Node) -> None:
    """As the server itself does it when a disk is nearly full (flood stage)."""
    run(library, server)
    put(library, article(1, "Another title"))
    node.call("PUT", f"/{server.prefix}/_settings", {"index.blocks.read_only_allow_delete": True})
    with pytest.raises(IndexUnavailableError, match="read-only, most often because a disk is full") as caught:
        run(library, quick(server))
    assert "make room" in caught.value.hint
    assert "behind" in damages(library, server)[0]
    node.call("PUT", f"/{server.prefix}/_settings", {"index.blocks.read_only_allow_delete": None})
    run(library, server)
    assert damages(library, server) == []


@pytest.mark.parametrize(
    ("access", "says"),
    [
        ({}, "does not accept the credentials"),
        ({"username": "user", "password": "wrong"}, "unable to authenticate"),
        ({"api_key": EXPIRED}, "api key is expired"),
    ],
)
def test_credentials_that_are_refused(
    library: Library, server: IndexSettings, tmp_path: Path, access: dict[str, str], says: str
) -> None:
    made = make_certificate(tmp_path)
    with gate(server.url, made.server()) as url:
        settings = msgspec.structs.replace(server, url=url, ca_file=made.cert, **access)
        with pytest.raises(IndexUnavailableError, match=says) as caught:
            run(library, settings)
    assert "CORDWATCH_INDEX_API_KEY" in caught.value.hint
    for name in ("password", "api_key"):
        assert access.get(name, "nothing") not in caught.value.message


def test_a_certificate_of_another_authority(library: Library, server: IndexSettings, tmp_path: Path) -> None:
    made, other = make_certificate(tmp_path), make_certificate(tmp_path / "other")
    with gate(server.url, made.server()) as url:
        settings = msgspec.structs.replace(server, url=url, api_key=API_KEY, ca_file=other.cert, retries=0)
        with pytest.raises(IndexUnavailableError, match="certificate is not trusted") as caught:
            run(library, settings)
        assert "index.ca_file" in caught.value.hint
        with pytest.raises(ConfigError, match="there is no file"):
            run(library, msgspec.structs.replace(settings, ca_file=tmp_path / "nowhere.pem"))


def test_a_certificate_of_another_name(library: Library, server: IndexSettings, tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    with gate(server.url, made.server()) as url:
        other = url.replace("localhost", "127.0.0.1")
        settings = msgspec.structs.replace(server, url=other, api_key=API_KEY, ca_file=made.cert, retries=0)
        with pytest.raises(IndexUnavailableError, match="certificate is for another name") as caught:
            run(library, settings)
    assert "index.url" in caught.value.hint


def test_a_file_of_authorities_that_is_none(library: Library, server: IndexSettings, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("secret\n")
    settings = msgspec.structs.replace(server, url="https://127.0.0.1:1", ca_file=tmp_path / "key.txt")
    with pytest.raises(ConfigError, match=r"key\.txt holds no certificate in PEM"):
        run(library, settings)


@pytest.mark.parametrize("kind", ["api_key", "password", "api_key_file"])
def test_credentials_that_are_accepted(library: Library, server: IndexSettings, tmp_path: Path, kind: str) -> None:
    made = make_certificate(tmp_path)
    (tmp_path / "key").write_text(f"{API_KEY}\n")
    access: dict[str, object] = {
        "api_key": {"api_key": API_KEY},
        "password": {"username": "user", "password": "secret"},
        "api_key_file": {"api_key_file": tmp_path / "key"},
    }[kind]
    with gate(server.url, made.server()) as url:
        settings = msgspec.structs.replace(server, url=url, ca_file=made.cert, **access)
        run(library, settings)
        assert damages(library, settings) == []


@pytest.mark.parametrize("busy", [4, 99])
def test_a_server_whose_queue_is_full(library: Library, server: IndexSettings, tmp_path: Path, busy: int) -> None:
    made = make_certificate(tmp_path)
    pauses: list[float] = []
    patience = Patience(limit_s=100.0, sleep=pauses.append, chance=lambda: 1.0)
    with gate(server.url, made.server(), busy=busy) as url:
        settings = msgspec.structs.replace(server, url=url, ca_file=made.cert, api_key=API_KEY, retries=0)
        with ElasticsearchPlace(settings, patience=patience).open(writable=True) as backend:
            if busy == 4:
                update(library, backend, LEXICON)
            else:
                with pytest.raises(IndexUnavailableError, match="overloaded"):
                    update(library, backend, LEXICON)
    if busy == 4:
        assert pauses == [0.5, 1.0, 2.0, 4.0], "every request that was refused is followed by a pause"
    else:
        assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
        assert damages(library, server)[0].startswith("the index is")
        run(library, server)
    assert damages(library, server) == []


def test_an_overloaded_server_is_sent_less_at_a_time(library: Library, server: IndexSettings, tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    patience = Patience(sleep=lambda _: None)
    with gate(server.url, made.server(), most=1) as url:
        settings = msgspec.structs.replace(server, url=url, ca_file=made.cert, api_key=API_KEY, retries=0)
        with ElasticsearchPlace(settings, patience=patience).open(writable=True) as backend:
            update(library, backend, LEXICON)
    assert damages(library, server) == []


@pytest.mark.slow
def test_a_cluster_that_misses_shards(library: Library, tmp_path: Path) -> None:
    launcher()
    node = single(tmp_path / "node")
    settings = IndexSettings(url=node.url, replicas=0)
    try:
        run(library, settings)
        put(library, article(1, "Another title"))
        _allow_shards(node, "none")
        node.stop()
        node.start()
        node.wait()
        assert node.call("GET", "/_cluster/health")["status"] == "red"
        with pytest.raises(IndexUnavailableError, match="shard"):
            run(library, quick(settings))
        assert "shard" in damages(library, quick(settings))[0]
        _allow_shards(node, None)
        node.call("GET", "/_cluster/health?wait_for_status=green&timeout=30s")
        run(library, settings)
        assert damages(library, settings) == []
    finally:
        node.remove()


def _allow_shards(node: Node, which: str | None) -> None:
    node.call("PUT", "/_cluster/settings", {"persistent": {"cluster.routing.allocation.enable": which}})


@pytest.mark.slow
def test_a_node_that_dies_while_it_is_written_and_comes_back(library: Library, tmp_path: Path) -> None:
    launcher()
    http, transport = free_ports(2)
    node = Node(tmp_path / "node", http=http, transport=transport)
    settings = IndexSettings(url=node.url, replicas=0, retries=0, timeout_s=10.0)
    put(library, *(article(1000 + number, f"Stepping {number}") for number in range(300)))
    try:
        node.start()
        node.wait()
        death = threading.Timer(0.3, node.kill)
        death.start()
        with pytest.raises(IndexUnavailableError):
            _write_on(library, settings)
        death.join()
        assert "cannot reach" in damages(library, settings)[0]
        node.start()
        node.wait()
        run(library, settings)
        assert damages(library, settings) == []
    finally:
        node.remove()


def _write_on(library: Library, settings: IndexSettings) -> None:
    """Write for as long as it goes."""
    while True:
        run(library, settings, batch=10)
        put(library, *(article(1000 + number, f"Again {number}") for number in range(300)))


@pytest.mark.slow
def test_a_cluster_that_loses_a_node_while_it_is_written_and_searched(library: Library, tmp_path: Path) -> None:
    launcher()
    ports = free_ports(6)
    seeds = ",".join(f"127.0.0.1:{port}" for port in ports[3:])
    nodes = [
        Node(
            tmp_path / name,
            http=http,
            transport=transport,
            options=["--name", name, "--masters", "a,b,c", "--seeds", seeds],
        )
        for name, http, transport in zip("abc", ports[:3], ports[3:], strict=True)
    ]
    settings = IndexSettings(url=",".join(node.url for node in nodes), replicas=1, shards=3, timeout_s=20.0, retries=8)
    try:
        for node in nodes:
            node.start()
        nodes[0].wait(nodes=3)
        run(library, settings)
        nodes[0].call("GET", "/_cluster/health?wait_for_status=green&timeout=60s")
        put(library, *(article(1000 + number, f"Stepping {number}") for number in range(600)))
        with ElasticsearchPlace(settings).open() as backend:
            threading.Timer(0.5, nodes[0].kill).start()
            node = parse_query("stepping").node
            try:
                run(library, settings, batch=20)
            except IndexUnavailableError:
                # The cluster may need longer to choose another master than the client waits: then it is said.
                nodes[1].wait(nodes=2)
                run(library, settings, batch=20)
            nodes[1].wait(nodes=2)
            assert len(backend.lexical(node, 1_000)) == 602
        assert damages(library, settings) == []
        assert nodes[1].call("GET", "/_cluster/health")["number_of_nodes"] == 2
    finally:
        for node_ in nodes:
            node_.remove()


def test_the_shelf_is_whole(library: Library) -> None:
    assert sum(library.counts().values()) == len(RECORDS)
