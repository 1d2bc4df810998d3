"""What is printed: nothing that a source has put into a text drives the reader's terminal."""

from __future__ import annotations

import datetime as dt
import io
import json

from rich.text import Text

from cli.output import Format, console, harmless, print_rows
from cli.render import record_lines, shown
from records.record import Kind, Record, Section

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
