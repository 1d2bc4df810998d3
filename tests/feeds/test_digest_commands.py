"""The commands of subscriptions and digests, from subscribing to unsubscribing, with a shipped topic."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from feeds.subscriptions import store
from library import Library
from library.subscription_tables import outbox
from records.record import Section
from tests.feeds.digest_world import article

SERVER = Path(__file__).parent / "mail_server.py"


class Commands:
    """Runs commands on one home folder."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    def __call__(self, *arguments: str, expect: int = 0) -> str:
        assert run(["--home", str(self.home), *arguments]) == expect
        return self._capture.readouterr().out

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self(*arguments, "--json"))
        return found

    def mail(self, number: int) -> str:
        """A message of the outbox, joined lines."""
        from feeds.outbox.queue import message_bytes

        with Library.open(self.home / "library.sqlite3") as library, library.reading() as connection:
            names = connection.execute(outbox.select().order_by(outbox.c.id)).all()
            return message_bytes(connection, names[number].message_id).decode().replace("=\r\n", "")


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("CORDWATCH_SMTP_SENDER", "Cordwatch <digest@cordwatch.example>")
    return Commands(tmp_path / "home", capsys)


def collect(home: Path, number: str) -> None:
    text = "Exosomes from stromal cells improved recovery after spinal cord injury in rats."
    with Library.open(home / "library.sqlite3") as library, library.transaction() as writer:
        record = article(number, title=f"Exosomes, part {number}", abstract=(Section(text=text),))
        writer.put(record, content=b"x", media_type="text/plain")


# The index still calls tantivy by a name that it is about to drop.
def test_from_subscribing_to_unsubscribing(commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands("subscribe", "reader@example.org", "--topic", "exosomes", "--at", "07:30", "--tz", "Asia/Tokyo")
    token = re.search(r"subscriptions confirm (\S+)", commands.mail(0))
    assert token
    assert "is active" in commands("subscriptions", "confirm", token[1])
    collect(commands.home, "1")
    assert "Exosomes, part 1" in commands("digest", "preview", "1")
    assert "<!DOCTYPE html>" in commands("digest", "preview", "1", "--part", "html")
    assert commands("digest", "build").startswith("0 digests")
    assert commands("digest", "build", "1").startswith("1 digests with 1 new works and 0 changes; 0 works wait")
    assert commands("digest", "build", "1").startswith("0 digests")
    log = commands.rows("digest", "log")
    assert [(row["address"], row["items"], row["state"]) for row in log] == [("reader@example.org", 1, "queued")]
    assert commands.rows("digest", "show", "1")[0]["uid"] == "pubmed:1"
    assert "Why: Exosomes" in commands("digest", "show", "1", "--part", "text")

    taken = tmp_path / "taken.jsonl"
    with subprocess.Popen([sys.executable, str(SERVER), str(taken), "0", "0"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        monkeypatch.setenv("CORDWATCH_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("CORDWATCH_SMTP_PORT", server.stdout.readline().decode().strip())
        monkeypatch.setenv("CORDWATCH_SMTP_SECURITY", "none")
        assert commands("digest", "send").startswith("2 sent")
        commands("digest", "resend", "1")
        assert commands("digest", "send").startswith("1 sent")
        server.terminate()
    messages = [json.loads(line)["message"] for line in taken.read_text(encoding="ascii").splitlines()]
    assert len(messages) == 3
    assert messages[1] == messages[2]

    leave = re.search(r"subscriptions unsubscribe (\S+)", commands.mail(1))
    assert leave
    assert "is unsubscribed" in commands("subscriptions", "unsubscribe", leave[1])
    commands("digest", "resend", "1", expect=1)
    assert commands.rows("subscriptions", "list", "--state", "active") == []


def test_pausing_changing_and_removing(commands: Commands) -> None:
    commands("subscribe", "reader@example.org", "--topic", "exosomes")
    commands("subscriptions", "pause", "1", expect=1)
    commands("subscriptions", "change", "1", "--topic", "ipsc-sci", "--max", "5", "--days", "mon-fri", "--empty")
    row = commands.rows("subscriptions", "list")[0]
    assert (row["topics"], row["max"], row["days"], row["send_empty"], row["at"]) == (
        ["ipsc-sci"],
        5,
        "mon-fri",
        True,
        "07:00",
    )
    commands("subscriptions", "remove", "1", "--yes")
    assert commands.rows("subscriptions", "list") == []


def test_a_subscription_is_found_by_its_address_in_any_case(commands: Commands) -> None:
    commands("subscribe", "Reader@Bücher.example", "--topic", "exosomes")
    commands("subscribe", "other@example.org", "--topic", "exosomes")
    for address in ("reader@BÜCHER.example", "READER@xn--bcher-kva.EXAMPLE"):
        assert [row["id"] for row in commands.rows("subscriptions", "list", "--address", address)] == [1]
    commands("subscriptions", "list", "--address", "nobody", expect=1)


def confirmed(commands: Commands, *wishes: str) -> None:
    said = commands("subscribe", "reader@example.org", "--topic", "exosomes", *wishes)
    token = re.search(r"confirm (c\S+)", said)
    assert token
    commands("subscriptions", "confirm", token[1])


def test_subscribing_and_looking_needs_no_mail_server(
    commands: Commands, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORDWATCH_SMTP_SENDER")
    confirmed(commands)
    collect(commands.home, "1")
    assert "Exosomes, part 1" in commands("digest", "preview", "1")
    assert "nobody@cordwatch.invalid" in commands("digest", "preview", "1", "--part", "mail")
    assert run(["--home", str(commands.home), "digest", "build", "1"]) == 1
    assert "no sender is set" in capsys.readouterr().err
    monkeypatch.setenv("CORDWATCH_SMTP_SENDER", "Cordwatch <digest@cordwatch.example>")
    assert commands("digest", "build", "1").startswith("1 digests")


def test_of_several_subscriptions_all_are_built_or_none(
    commands: Commands, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORDWATCH_SMTP_SENDER")
    confirmed(commands, "--format", "text")
    monkeypatch.setenv("CORDWATCH_SMTP_SENDER", "Cordwatch <digest@cordwatch.example>")
    collect(commands.home, "1")
    assert run(["--home", str(commands.home), "digest", "build", "1", "77"]) == 1
    assert "there is no subscription 77" in capsys.readouterr().err
    assert commands.rows("digest", "log") == []
    assert commands("digest", "build", "1", "1").startswith("1 digests")
    for arguments in (("show", "1"), ("preview", "1")):
        assert run(["--home", str(commands.home), "digest", *arguments, "--part", "html"]) == 1
        assert "has no html part" in capsys.readouterr().err


def test_a_list_gives_moments_that_programs_read(commands: Commands) -> None:
    commands("subscribe", "reader@example.org", "--topic", "exosomes")
    with Library.open(commands.home / "library.sqlite3") as library, library.transaction() as writer:
        store.confirm(writer.connection, store.find(writer.connection, 1), now=dt.datetime.now(dt.UTC), confirm_days=7)
    row = commands.rows("subscriptions", "list")[0]
    for name in ("created", "confirmed", "next_due"):
        assert "T" in row[name], name
        assert dt.datetime.fromisoformat(row[name]).tzinfo is not None, name
    assert f"{row['next_due'][:10]} 07:00" in commands("subscriptions", "list").replace("\n", "")


def test_a_reader_of_a_new_topic_gets_what_came_since_the_day_that_was_asked_for(commands: Commands) -> None:
    collect(commands.home, "1")
    commands("digest", "build")
    folder = commands.home / "topics"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('title = "Mine"\nquery = "exosomes"\n', encoding="utf-8")
    commands("digest", "build")
    commands("subscribe", "reader@example.org", "--topic", "mine", "--since", "30d")
    token = re.search(r"subscriptions confirm (\S+)", commands.mail(0))
    assert token
    commands("subscriptions", "confirm", token[1])
    assert commands("digest", "build", "1").startswith("1 digests with 1 new works")


def test_a_broken_topic_file_stops_no_other_and_is_named(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = commands.home / "topics"
    folder.mkdir(parents=True)
    mine = folder / "mine.toml"
    text = 'title = "Mine"\nquery = "exosomes"\n'
    mine.write_text(text, encoding="utf-8")
    for number, topic in (("1", "exosomes"), ("2", "mine")):
        commands("subscribe", f"reader{number}@example.org", "--topic", topic)
        token = re.search(r"subscriptions confirm (\S+)", commands.mail(int(number) - 1))
        assert token
        commands("subscriptions", "confirm", token[1])
    for number, state, said in (
        ("1", "broken", "topic mine could not be asked: "),
        ("2", "missing", "there is no such topic, and 1 subscription to it"),
    ):
        mine.write_text("title = ", encoding="utf-8") if state == "broken" else mine.unlink()
        collect(commands.home, number)
        assert run(["--home", str(commands.home), "digest", "build", "1"]) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("1 digests with 1 new works")
        assert said in captured.err
    mine.write_text("title = ", encoding="utf-8")
    commands("subscriptions", "change", "1", "--topic", "exosomes")
    assert run(["--home", str(commands.home), "subscriptions", "change", "1", "--topic", "mine"]) == 1
    assert "the topic 'mine' cannot be used: " in capsys.readouterr().err
    mine.write_text(text, encoding="utf-8")
    assert run(["--home", str(commands.home), "digest", "build", "2"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("1 digests with 2 new works")
    assert "topic mine was asked about what it had missed" in captured.err


def test_mistakes_are_told_with_what_to_do(commands: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (("subscribe", "a@b.example", "--topic", "exosome"), "did you mean exosomes?"),
        (("subscribe", "a@b.example", "--topic", "exosomes", "--tz", "Tokyo"), "did you mean Asia/Tokyo?"),
        (("subscribe", "nobody", "--topic", "exosomes"), "is not a mail address"),
        (("subscriptions", "confirm", "x"), "this link is not valid"),
        (("digest", "show", "7"), "cordwatch digest log"),
        (("digest", "send"), "smtp.host"),
    ):
        assert run(["--home", str(commands.home), *arguments]) == 1
        if arguments[0] == "subscribe":
            assert said in capsys.readouterr().err
            commands("subscribe", f"{len(said)}@b.example", "--topic", "exosomes")
        else:
            assert said in capsys.readouterr().err, arguments
