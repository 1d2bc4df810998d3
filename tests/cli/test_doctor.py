"""What `cordwatch doctor` says of the index, of mail, of ways out of a subscription, of topics and published feeds."""

from __future__ import annotations

import datetime as dt
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import run
from feeds.watch.web import serving
from index.embedded.place import EmbeddedPlace
from index.stage import update
from library import CrawlRun, Library
from tests.certificates import make_certificate
from tests.index.gate import API_KEY, EXPIRED, gate
from tests.index.index_world import LEXICON, make_library
from tests.index.node import Node

SERVER = Path(__file__).parents[1] / "feeds" / "mail_server.py"
Found = dict[str, tuple[str, str, str]]
Doctor = Callable[..., Found]


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Settings by their names in the environment → check → state, what was found, and how to fix it."""

    def ask(**settings: str) -> Found:
        with monkeypatch.context() as patched:
            for name, value in settings.items():
                patched.setenv(f"CORDWATCH_{name}", value)
            run(["--home", str(tmp_path), "doctor", "--json"])
        return {row["check"]: (row["state"], row["found"], row["fix"]) for row in json.loads(capsys.readouterr().out)}

    return ask


@pytest.fixture
def subscribed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("CORDWATCH_SMTP_SENDER", "digest@cordwatch.example")
        assert run(["--home", str(tmp_path), "subscribe", "reader@example.org", "--topic", "exosomes"]) == 0
    capsys.readouterr()


def test_what_nobody_uses_is_no_problem(doctor: Doctor) -> None:
    found = doctor()
    assert {found[name][0] for name in ("topics", "smtp", "unsubscribing", "publishing")} == {"ok"}


@pytest.mark.usefixtures("subscribed")
def test_with_readers_mail_and_ways_out_are_needed(doctor: Doctor) -> None:
    found = doctor()
    state, said, fix = found["smtp"]
    assert (state, said) == ("problem", "no mail server is set")
    assert "smtp.host" in fix
    state, said, fix = found["unsubscribing"]
    assert state == "problem"
    assert "run a command" in said
    assert "digest.public_url" in fix
    assert "digest.unsubscribe_address" in fix
    assert found["topics"][0] == "ok"
    assert "exosomes" in doctor(TOPICS_SHIPPED="false")["topics"][1]
    assert doctor(TOPICS_SHIPPED="false")["topics"][0] == "problem"


def test_ways_out_are_looked_at(doctor: Doctor) -> None:
    link = {"DIGEST_PUBLIC_URL": "https://digests.example/"}
    assert doctor(**link, WATCH_LISTEN="")["unsubscribing"][::2] == ("problem", "watch.listen")
    assert doctor(DIGEST_PUBLIC_URL="http://digests.example")["unsubscribing"][0] == "problem"
    assert doctor(DIGEST_UNSUBSCRIBE_ADDRESS="leave@a.example")["unsubscribing"][:2] == (
        "ok",
        "mail to leave@a.example",
    )
    assert doctor(DIGEST_UNSUBSCRIBE_ADDRESS="leave")["unsubscribing"][0] == "problem"


def test_links_that_nobody_serves_are_dead(doctor: Doctor) -> None:
    link = {"DIGEST_PUBLIC_URL": "https://digests.example/"}
    illness: list[str] = []
    with serving("127.0.0.1:0", lambda token, purpose: "", lambda: b"", lambda: "".join(illness)) as port:
        here = f"127.0.0.1:{port}"
        for listen in (here, f"0.0.0.0:{port}"):
            found = doctor(**link, WATCH_LISTEN=listen)["unsubscribing"]
            assert found[:2] == ("ok", "https://digests.example/unsubscribe/TOKEN")
        illness.append("the service hangs")
        assert f"at {here} the service hangs" in doctor(**link, WATCH_LISTEN=here)["unsubscribing"][1]
    state, said, fix = doctor(**link, WATCH_LISTEN=here)["unsubscribing"]
    assert state == "note"
    assert f"nobody answers at {here}" in said
    assert "--serve-only" in fix
    assert "names no port" in doctor(**link, WATCH_LISTEN="here")["unsubscribing"][1]


@pytest.mark.usefixtures("subscribed")
def test_dead_links_are_a_problem_once_there_are_readers(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = doctor(DIGEST_PUBLIC_URL="https://digests.example/", WATCH_LISTEN=f"127.0.0.1:{port}")
    assert found["unsubscribing"][0] == "problem"


def test_sources_that_fail_are_late_or_quiet_are_named(doctor: Doctor, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)

    def ran(source: str, *, hours: float = 1, new: int = 0, error: str = "") -> CrawlRun:
        at = now - dt.timedelta(hours=hours)
        return CrawlRun(
            source=source, started=at, finished=at, new=new, complete=not error, errors=(error,) if error else ()
        )

    def keep(*runs: CrawlRun) -> None:
        with Library.open(tmp_path / "library.sqlite3") as library, library.transaction() as writer:
            for run in runs:
                writer.add_run(run)

    keep(*(ran("crossref", new=1) for _ in range(12)), *(ran("crossref") for _ in range(6)))
    found = doctor()
    assert found["sources"][:2] == ("ok", "1 crawled, none failed or late")
    assert found["source crossref"][:2] == ("note", "crossref has gone quiet: nothing new in its last 6 runs")
    keep(ran("pubmed", error="HTTP 503"), ran("press", hours=50), ran("biorxiv", error="HTTP 500"))
    found = doctor(BIORXIV_ENABLED="false")
    assert found["source pubmed"][:2] == ("problem", "its last crawl failed: HTTP 503")
    assert found["source press"][0] == "problem"
    keep(ran("europepmc", error="GET https://x.example/search?query=%28a%3Ab%29&page=1: the host's name is not known"))
    told = "its last crawl failed: GET https://x.example/search?…: the host's name is not known"
    assert doctor()["source europepmc"][1] == told
    assert "sources" not in found
    assert "source biorxiv" not in found
    assert doctor(WATCH_SOURCES="pubmde")["sources"][0] == "problem"


def test_the_mail_server_is_asked(doctor: Doctor, tmp_path: Path) -> None:
    here = {"SMTP_HOST": "127.0.0.1", "SMTP_SENDER": "digest@cordwatch.example"}
    command = [sys.executable, str(SERVER), str(tmp_path / "taken.jsonl"), "0", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = server.stdout.readline().decode().strip()
        state, said, _ = doctor(**here, SMTP_PORT=port, SMTP_SECURITY="none")["smtp"]
        assert (state, said) == ("ok", f"127.0.0.1:{port}, none; digest@cordwatch.example")
        state, said, fix = doctor(**here, SMTP_PORT=port)["smtp"]
        assert state == "problem"
        assert "STARTTLS" in said
        assert "smtp.security" in fix
        server.terminate()
    assert doctor(**here, SMTP_PORT=port, SMTP_SECURITY="none")["smtp"][0] == "problem"
    assert doctor(SMTP_HOST="127.0.0.1")["smtp"][1] == "no sender is set"


def test_settings_of_published_feeds_are_looked_at(doctor: Doctor) -> None:
    base = {"PUBLISH_BASE_URL": "https://feeds.example"}
    assert doctor(**base, PUBLISH_AUTHORITY="library.example")["publishing"][0] == "ok"
    state, said, fix = doctor(**base)["publishing"]
    assert state == "note"
    assert "cordwatch.invalid" in said
    assert "publish.authority" in fix
    assert "publish.base_url" in doctor(PUBLISH_AUTHORITY="library.example")["publishing"][2]
    assert doctor(PUBLISH_BASE_URL="ftp://feeds.example")["publishing"][0] == "problem"
    assert doctor(PUBLISH_AUTHORITY="a b")["publishing"][0] == "problem"
    assert doctor(PUBLISH_FOLDER="public")["publishing"][0] == "note", "watch publishes there, whatever is not set"


def test_a_server_that_is_away_or_refuses_is_a_problem(doctor: Doctor, node: Node, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = doctor(INDEX_URL=f"http://127.0.0.1:{port}", INDEX_RETRIES="0")["index"]
    assert away[0] == "problem"
    assert "cannot reach" in away[1]
    made = make_certificate(tmp_path / "made")
    with gate(node.url, made.server()) as url:
        server = {"INDEX_URL": url, "INDEX_CA_FILE": str(made.cert), "INDEX_PREFIX": "doctor"}
        refused = doctor(**server, INDEX_API_KEY=EXPIRED)["index"]
        assert refused[0] == "problem"
        assert "api key is expired" in refused[1]
        state, _, hint = doctor(**server, INDEX_API_KEY=API_KEY)["index"]
        assert (state, hint) == ("note", "cordwatch crawl, or cordwatch import FILE …")


def test_an_index_of_another_model_is_a_problem(doctor: Doctor, tmp_path: Path) -> None:
    with make_library(tmp_path) as library, EmbeddedPlace(tmp_path / "index").open(writable=True) as backend:
        update(library, backend, LEXICON)
    state, said, fix = doctor()["index"]
    assert (state, fix) == ("problem", "cordwatch index migrate")
    assert "vectors of another model" in said
