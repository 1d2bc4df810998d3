"""What is printed: nothing that a source has put into a text drives the reader's terminal."""

from __future__ import annotations

import io

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
