"""``cordwatch topic review`` as people use it: by keys on a terminal, by lines from a script."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from library import Library
from records.record import Kind, PublicationStatus
from tests.feeds.world import article, put

COMMAND = str(Path(sys.executable).with_name("cordwatch"))
PROMPT = "[q]uit "
HOSTILE = "Exosome \x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnp.exe\u202c [red]bold[/red] \r\n study"
_TIMEOUT = 20.0
_PATIENCE = 3.0
_PRESSES = 3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "cells.toml").write_text('title = "Cells"\nquery = "exosome"\n', encoding="utf-8")
    (tmp_path / "config.toml").write_text(f'home = "{tmp_path}"\n[topics]\nshipped = false\n', encoding="utf-8")
    with Library.open(tmp_path / "library.sqlite3") as library:
        put(
            library,
            article(1, "Exosome study of rats", "The graft worked. " * 60 + "THE END."),
            article(2, "Exosome retraction", "Not so.", status=PublicationStatus.RETRACTED),
            article(3, HOSTILE, f"Abstract {HOSTILE}"),
            article(4, "Exosome preprint", kind=Kind.PREPRINT),
        )
    return tmp_path


def _take_terminal() -> None:
    """Only the terminal that controls a process makes Ctrl-C a signal, and where tests run unattended it is ignored."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The command on a pseudo-terminal of 100 columns.

    Args:
        home: With configuration and library.
        arguments: After ``topic review cells``.
    """

    def __init__(self, home: Path, *arguments: str) -> None:
        self._fd, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        command = [COMMAND, "--config", str(home / "config.toml"), "topic", "review", "cells", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDWATCH_")}
        environment |= {"TERM": "xterm", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command,
            stdin=child,
            stdout=child,
            stderr=child,
            env=environment,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(child)
        self.seen = ""

    def until(self, text: str, *, pressing: str = "") -> str:
        """What it prints up to and with ``text``.

        Args:
            text: What to wait for.
            pressing: A key to press again while nothing comes: a signal may meet a program just before it reads.
        """
        presses = _PRESSES if pressing else 0
        while text not in self.seen:
            ready, _, _ = select.select([self._fd], [], [], _PATIENCE if presses else _TIMEOUT)
            if presses and not ready:
                presses -= 1
                self.type(pressing)
                continue
            assert ready, f"nothing more came after {self.seen!r}"
            try:
                self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
            except OSError as error:
                raise AssertionError(f"it ended with {self.seen!r}") from error
        before, found, self.seen = self.seen.partition(text)
        return before + found

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def rest(self) -> str:
        """What it prints until it ends."""
        while True:
            ready, _, _ = select.select([self._fd], [], [], _TIMEOUT)
            assert ready, f"it does not end after {self.seen!r}"
            try:
                part = os.read(self._fd, 65536)
            except OSError:
                break
            if not part:
                break
            self.seen += part.decode("utf-8", "replace")
        self.process.wait(_TIMEOUT)
        os.close(self._fd)
        return self.seen


def lines(home: Path, text: str, *arguments: str, code: int = 0) -> tuple[list[dict[str, object]], str]:
    """Answers to lines on stdin, and stderr."""
    command = [COMMAND, "--config", str(home / "config.toml"), "topic", "review", "cells", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def log(home: Path) -> list[tuple[str, str, str, str]]:
    rows, _ = lines(home, "", "--log", "--nl")
    return [(str(row["curator"]), str(row["verdict"]), str(row["uid"])[-2:], str(row["reason"])) for row in rows]


def test_single_keys_decide_undo_skip_and_quit(home: Path) -> None:
    terminal = Terminal(home, "--curator", "anna")
    shown = terminal.until(PROMPT)
    first = re.search(r"pubmed:990000\d\d", shown)
    assert first
    terminal.type("i")
    shown = terminal.until(PROMPT)
    assert "1 decided" in shown
    terminal.type("e")
    terminal.until("no reason)")
    terminal.type("wrong specix\x7fes\r")
    terminal.until(PROMPT)
    terminal.type("x")  # a key that means nothing
    terminal.until(PROMPT)
    terminal.type("u")
    assert "took back: exclude" in terminal.until(PROMPT)
    terminal.type("e")
    terminal.until("no reason)")
    terminal.type("\x03")  # Ctrl-C gives up the exclusion, not the review
    terminal.until("not excluded", pressing="\x03")
    terminal.until(PROMPT)
    terminal.type("e")
    terminal.until("no reason)")
    terminal.type("review\r")
    terminal.until(PROMPT)
    terminal.type("s")
    terminal.until(PROMPT)
    terminal.type("e")
    assert "1 review" in terminal.until("no reason)")
    terminal.type("1\r")  # the reason given before
    terminal.until(PROMPT)
    terminal.type("q")
    assert "3 of 4 decided, 1 included, 2 excluded, 1 unread" in terminal.rest()
    assert terminal.process.returncode == 0
    verdicts = [(verdict, reason) for _, verdict, _, reason in log(home)]
    assert verdicts == [
        ("include", ""),
        ("exclude", "wrong species"),
        ("undo", ""),
        ("exclude", "review"),
        ("skip", ""),
        ("exclude", "review"),
    ]
    resumed = Terminal(home, "--curator", "anna")
    assert "3 decided" in resumed.until(PROMPT)
    resumed.type("i")
    assert "Nothing waits." in resumed.rest()


def test_keys_that_are_typed_ahead_are_kept(home: Path) -> None:
    terminal = Terminal(home, "--curator", "anna")
    terminal.until(PROMPT)
    terminal.type("ie\rsiq")
    assert "[q]uit q" in terminal.rest()
    assert [verdict for _, verdict, _, _ in log(home)] == ["include", "exclude", "skip", "include"]


def test_arrows_and_function_keys_decide_nothing(home: Path) -> None:
    terminal = Terminal(home, "--curator", "anna")
    terminal.until(PROMPT)
    for keys in ("\x1bOS", "\x1bOQ", "\x1b[E", "\x1b[15~", "\x1b[1;5I", "\x1b[[E", "\x1bO5Q", "\x1bi", "\x1b\x1b[A"):
        terminal.type(keys)
        assert "0 decided" in terminal.until(PROMPT), repr(keys)
    terminal.type("\x1b[E" * 2 + "e")  # what is typed ahead of and after them is kept
    terminal.until("no reason)")
    terminal.type("wr\x1b[D\x1bOSong\x1b")  # a lone escape gives up, an arrow does not
    terminal.until("not excluded")
    terminal.until(PROMPT)
    terminal.type("i")
    assert "1 decided" in terminal.until(PROMPT)
    terminal.type("q")
    terminal.rest()
    assert [verdict for _, verdict, _, _ in log(home)] == ["include"]


def test_the_terminal_is_left_as_it_was_by_every_way_out(home: Path) -> None:
    for key, code in (("q", 0), ("\x04", 0), ("\x03", 130)):
        terminal = Terminal(home)
        terminal.until(PROMPT)
        terminal.type(key)
        terminal.rest()
        assert terminal.process.returncode == code
    assert log(home) == []


def test_nothing_in_a_record_acts_upon_the_terminal(home: Path) -> None:
    terminal = Terminal(home, "--curator", "anna")
    shown = ""
    for _ in range(4):
        part = terminal.until(PROMPT)
        terminal.type("o")
        shown += part + terminal.until(PROMPT)
        terminal.type("s")
    terminal.until(PROMPT)
    terminal.type("q")
    shown += terminal.rest()
    for evil in ("\x1b[2J", "\x1b]0", "\x07", "\x9b", "\u202e", "\u202c"):
        assert evil not in shown
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "gnp.exe" in shown
    assert "[red]bold[/red]" in shown, "what looks like markup is printed as it is"
    assert "RETRACTED Exosome retraction" in shown
    assert "preprint, not peer-reviewed" in shown
    assert shown.count("THE END.") == 1, "the whole abstract is shown when it is asked for"


def test_lines_decide_and_a_wrong_one_stops_nothing(home: Path) -> None:
    script = "\n".join(
        [
            "next",
            "include - fits well",
            "# a remark",
            "exclude pubmed:99000003 not this one",
            "perhaps pubmed:99000001",
            "exclude pubmed:1",
            "undo",
            "next",
            "skip -",
        ]
    )
    answers, err = lines(home, script, "--curator", "robot", code=1)
    first = answers[0]["uid"]
    assert [answer.get("done") for answer in answers] == [None, "include", "exclude", "undo", None, "skip"]
    assert answers[3]["took_back"] == "exclude"
    assert "line 5: no verdict 'perhaps'" in err
    assert "'pubmed:1' is not in the queue of cells" in err
    assert log(home)[0] == ("robot", "include", str(first)[-2:], "fits well")
    rows, _ = lines(home, "", "--nl", "--curator", "robot")
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert first not in {row["uid"] for row in rows}


def test_status_log_and_a_topic_that_is_gone(home: Path) -> None:
    lines(home, "include pubmed:99000001\nexclude pubmed:99000002 retracted", "--curator", "anna")
    lines(home, "next\nexclude - no", "--curator", "bert", "--second")
    ((status,), _) = lines(home, "", "--status", "--nl")
    assert (status["decided"], status["included"], status["disputed"]) == (2, 0, 1)
    assert status["unread"]
    assert (status["recall"]["draws"], status["recall"]["estimate"], status["saved"]) == (0, None, None)  # type: ignore[index]
    assert "nothing has been included" in str(status["hint"])
    (home / "topics" / "cells.toml").unlink()
    assert [entry[:3] for entry in log(home)] == [
        ("anna", "include", "01"),
        ("anna", "exclude", "02"),
        ("bert", "exclude", "01"),
    ]
    _, err = lines(home, "", code=1)
    assert "there is no topic 'cells'" in err


def test_topic_show_counts_what_was_decided(home: Path) -> None:
    lines(home, "include pubmed:99000001\nexclude pubmed:99000002 retracted", "--curator", "anna")
    command = [COMMAND, "--config", str(home / "config.toml"), "topic", "show", "cells", "--nl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "3 of 4 records since 30d; in review 1 included, 1 excluded" in done.stderr
    assert "pubmed:99000002" not in done.stdout
    assert "was included in review" in done.stdout


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORDWATCH_HOME")
