"""``cordwatch trend`` as installed: in the terminal, as data and as pictures."""

from __future__ import annotations

import datetime as dt
import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree, html
from matplotlib.image import imread

from cli.bars import bars, lines, remarks
from cli.charts import page, picture
from cli.output import console
from index.trends import Period, Series, Trend
from tests.cli.conftest import World

TODAY = dt.date(2026, 3, 5)
installed = pytest.mark.xdist_group("installed")


def example(**changes: object) -> Trend:
    values: dict[str, object] = {
        "query": "$x^2$ <script>alert(1)</script>",
        "per": Period.YEAR,
        "by": "",
        "periods": ("2024", "2025", "2026", "2027"),
        "series": (Series(value="", name="all", counts=(0, 600, 1, 1), doubtful=(0, 2, 0, 0)),),
        "total": 605,
        "doubtful": 2,
        "undated": 2,
        "outside": 1,
        "incomplete": "2026",
        "seq": 1,
    }
    return Trend(**(values | changes))  # type: ignore[arg-type]


def test_bars_show_what_is_there_and_what_is_not_over() -> None:
    shown = [line.plain for line in bars(example())]
    assert shown[0] == "   2024  0"
    assert shown[1].count("█") == 60
    assert shown[1].endswith(" 600 (2 doubtful)")
    assert shown[2:] == ["   2026 ▏ 1 so far", "   2027 ▏ 1 announced"]
    assert len(list(remarks(example()))) == 4
    assert list(remarks(example(total=0, doubtful=0, undated=0, outside=0))) == []


def test_each_value_has_a_line() -> None:
    series = (
        Series(value="a", name="[bold]a", counts=(1, 8, 0, 4), doubtful=(0, 1, 0, 1)),
        Series(value="b", name="b", counts=(0, 0, 0, 0), doubtful=(0, 0, 0, 0)),
    )
    screen = console()
    with screen.capture() as captured:
        screen.print(lines(example(by="kind", series=series)))
    text = captured.get()
    assert "▁█·▄" in text
    assert "8 in 2025" in text
    assert "[bold]a" in text
    assert re.search(r"13 +2 +8 in 2025", text)


@pytest.mark.parametrize("by", ["", "kind"])
def test_pictures_are_what_they_say(by: str) -> None:
    series = tuple(
        Series(value=str(n), name=f"$v{n}", counts=(n, 0, 2, 1), doubtful=(0, 0, 2, 0)) for n in range(5 if by else 1)
    )
    trend = example(by=by, series=series)
    svg = picture(trend, "svg", today=TODAY)
    assert svg == picture(trend, "svg", today=TODAY)
    text = " ".join(etree.fromstring(svg).itertext())
    assert "$x^2$ <script>alert(1)</script>" in text
    assert "2026 is not over" in text
    assert "(2 doubtful)" in text
    height, width = imread(BytesIO(picture(trend, "png", today=TODAY)), format="png").shape[:2]
    assert (width, height > 500) == (1200, True)


def test_the_page_has_every_number_and_no_script() -> None:
    tree = html.document_fromstring(page(example(), today=TODAY).encode())
    assert not tree.xpath("//script")
    assert not tree.xpath("//@href[starts-with(., 'http')] | //@src")
    rows = [[" ".join(cell.itertext()) for cell in row] for row in tree.xpath("//tbody/tr")]
    assert rows == [["2024", "0"], ["2025", "600 (2 doubtful)"], ["2026 so far", "1"], ["2027 announced", "1"]]
    assert "2025 600 (2 doubtful)" in tree.xpath("//*[@role='img']/@aria-label")[0]


@installed
def test_the_command_counts_draws_and_remarks(world: World, tmp_path: Path) -> None:
    told = world.run("trend", 'cell:"stem cell"', "--from", "2020")
    assert "█" in told.stdout
    assert "records" in told.stderr
    found = json.loads(world.run("trend", "--by", "kind", "--json").stdout)
    assert {series["value"] for series in found["series"]} >= {"article", "press", "registration"}
    rows = world.rows("trend", "--by", "kind", "--per", "month", "--from", "2026-01", "--to", "2026-03")
    assert {row["period"] for row in rows} == {"2026-01", "2026-02", "2026-03"}
    for suffix, begins in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".html", b"<!doctype html>")):
        world.run("trend", "-o", str(tmp_path / f"t{suffix}"))
        assert (tmp_path / f"t{suffix}").read_bytes().startswith(begins)
    assert "suffix" in world.run("trend", "-o", str(tmp_path / "t.gif"), code=2).stderr
    assert "cannot be counted" in world.run("trend", "--by", "colour", code=2).stderr
