"""What is printed: nothing that a source has put into a text drives the reader's terminal."""

from __future__ import annotations

import datetime as dt
import errno
import io
import json
import os
import signal
from pathlib import Path

import pytest
from rich.text import Text

from cli.output import Format, console, harmless, print_rows, replacing, writing
from cli.render import hit_block, record_lines, shown
from records.dates import PartialDate
from records.errors import ConfigError
from records.hit import Hit, HitFinding, Summary
from records.record import Kind, Record, Section
from tests.cli.conftest import World

HOSTILE = "a\x1b]0;owned\x07\x1b[31mb\x9bc\x00\x7f\td\ne"


def test_control_characters_become_visible_sign_for_sign() -> None:
    clean = harmless(HOSTILE)
    assert len(clean) == len(HOSTILE)
    assert not any(ord(sign) < 32 and sign not in "\t\n" for sign in clean)
    assert not any(0x7F <= ord(sign) < 0xA0 for sign in clean)
    assert harmless("Zażółć 脊髄 🐀") == "Zażółć 脊髄 🐀"


def test_lines_keep_their_styles_in_place() -> None:
    line = Text("x\x1by").append("bold", style="bold")
    assert [(span.start, span.end) for span in shown(line).spans] == [(3, 7)]
    assert shown(line).plain == "x␛ybold"


def test_a_record_is_shown_without_its_escapes() -> None:
    record = Record(
        source="press", source_id="1", kind=Kind.PRESS, title=HOSTILE, abstract=(Section(text=HOSTILE, label=HOSTILE),)
    )
    stream = io.StringIO()
    for line in record_lines(record, None):
        console(stream).print(line)
    for format in (Format.TABLE, Format.CSV):
        print_rows([{"title": HOSTILE}], ("title",), format, stream)
    print_rows([{"title": HOSTILE}], ("title",), Format.NL, stream)
    assert "\x1b" not in stream.getvalue()
    assert "\x00" not in stream.getvalue()


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (PartialDate(year=2022, month=2, day=13, raw="Sun, 13 Feb 2022 08:00:00 +0000"), "2022-02-13"),
        (PartialDate(year=2022, month=2), "2022-02"),
        (PartialDate(year=1998, month=12, raw="1998 Dec-1999 Jan"), "1998-12 (1998 Dec-1999 Jan)"),
        (PartialDate(raw="Spring-Summer, undated"), "Spring-Summer, undated"),
    ],
)
def test_dates_are_shown_as_hits_have_them(date: PartialDate, said: str) -> None:
    record = Record(source="press", source_id="1", kind=Kind.PRESS, title="Grafts", published=date)
    assert f"{'Published':<14}{said}" in [line.plain for line in record_lines(record, None)]


def test_a_file_that_cannot_be_written_is_named_with_its_folder(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    expected = f"x.ris cannot be written: there is no folder {absent}"
    with pytest.raises(ConfigError, match=expected), writing(absent / "x.ris") as stream:
        stream.write("never")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="there is no folder"), replacing(tmp_path / "file" / "x.png") as partial:
        partial.write_bytes(b"never")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_where_there_is_no_room_the_advice_is_to_make_some(number: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written") as caught, writing(tmp_path / "x.ris"):
        raise OSError(number, os.strerror(number))
    assert "make room" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    kept = tmp_path / "kept.ris"
    kept.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), writing(kept) as stream:
        stream.write(str(1 / 0))
    assert kept.read_text(encoding="utf-8") == "old"
    with writing(kept) as stream:
        stream.write("new")
    assert kept.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [kept]


def test_what_fails_meanwhile_is_not_taken_for_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "x.ris"):
        (tmp_path / "another").read_bytes()


@pytest.mark.xdist_group("installed")
@pytest.mark.parametrize(
    "arguments",
    [("trend", "cells", "-o", "x.svg"), ("export", "cells", "-o", "x.ris"), ("log", "--report", "-o", "x.md")],
    ids=lambda arguments: arguments[0],
)
def test_no_command_ends_in_a_traceback_for_want_of_a_folder(world: World, arguments: tuple[str, ...]) -> None:
    *said, name = arguments
    done = world.run(*said, f"/nonexistent/{name}", code=1)
    assert done.stderr.startswith(f"error: /nonexistent/{name} cannot be written: there is no folder /nonexistent")
    assert "Traceback" not in done.stderr


def test_moments_are_shown_to_the_second_and_never_broken() -> None:
    moment = dt.datetime(2026, 11, 24, 1, 38, 39, 773_000, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    names = ("id", "made", *(f"column_{number}" for number in range(8)))
    for written in (moment, moment.isoformat(), moment.isoformat(sep=" ", timespec="milliseconds")):
        stream = io.StringIO()
        print_rows(
            [{"id": 1, "made": written} | dict.fromkeys(names[2:], "long words " * 9)], names, Format.TABLE, stream
        )
        assert "2026-11-24T00:38:39Z" in stream.getvalue()
    rows = [{"made": moment}]
    for format in (Format.JSON, Format.NL):
        stream = io.StringIO()
        print_rows(rows, ("made",), format, stream)
        assert json.dumps(moment.isoformat()) in stream.getvalue(), "programs get all of it"


def test_a_hit_shows_four_findings_and_says_how_many_more_there_are() -> None:
    findings = tuple(
        HitFinding(measure=f"MEASURE_{number}", direction="improved", sentence="So it says.") for number in range(6)
    )
    summary = Summary(uid="pubmed:99000001", kind="article", source="pubmed", title="Grafts", findings=findings)
    stream = io.StringIO()
    console(stream).print(hit_block(Hit(rank=1, score=1.0, summary=summary)))
    assert "MEASURE_3" in stream.getvalue()
    assert "MEASURE_4" not in stream.getvalue()
    assert "and 2 more" in stream.getvalue()


def test_a_file_that_a_signal_ends_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with replacing(tmp_path / "hits.ris") as partial:
            partial.write_text("half of it", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        write()
    assert ended.value.code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
