"""The benches of feeds and article pages: what they count, and the floors on real data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench import articles, feeds

FEED = '<rss version="2.0"><channel><title>A</title><item><link>http://a.example/1</link></item></channel></rss>'


def test_feeds_are_counted(tmp_path: Path) -> None:
    (tmp_path / "good.rss").write_text(FEED, encoding="utf-8")
    (tmp_path / "bad.xml").write_text("<html><body>Back soon</body></html>", encoding="utf-8")
    (tmp_path / "note.txt").write_text("no feed", encoding="utf-8")
    report = feeds.measure(tmp_path, runs=1)
    assert (report["feeds"], report["read"], report["items"]) == (2, 1, 1)
    assert list(report["refused"].values()) == [1]
    assert report["peer"]["items"] == 1


def test_pages_are_compared_by_runs_of_words(tmp_path: Path) -> None:
    text = " ".join(f"word{number}" for number in range(60))
    page = f"<html><body><nav>Home</nav><article><h1>Title</h1><p>{text}.</p></article></body></html>"
    (tmp_path / "set" / "one").mkdir(parents=True)
    (tmp_path / "set" / "one" / "source.html").write_text(page, encoding="utf-8")
    (tmp_path / "set" / "one" / "expected.html").write_text(f"<div><p>{text}.</p></div>", encoding="utf-8")
    phrases = {"url": {"file": "page.html", "with": ["word3 word4", "never said"], "without": ["Home"]}}
    (tmp_path / "set" / "phrases.json").write_text(json.dumps(phrases), encoding="utf-8")
    (tmp_path / "set" / "page.html").write_text(page, encoding="utf-8")
    report = articles.measure(tmp_path)
    assert report["pages"] == 1
    assert report["recall"] == 1.0
    assert report["f1"] > 0.95
    assert report["phrases"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667}
    assert articles.compare("quite another text than that", text)[2] == 0.0
    assert report["peer"]["f1"] > 0.95
    assert report["ratio"] == round(report["f1"] / report["peer"]["f1"], 4)


def test_titles_and_dates_of_pages_are_compared(tmp_path: Path) -> None:
    text = " ".join(f"word{number}" for number in range(60))
    page = f"<html><head><title>A title of ours | Site</title></head><body><article><h1>A title</h1><p>{text}.</p>"
    dated = '<meta property="article:published_time" content="2024-05-06T10:00:00Z">'
    for name, date in (("Publisher_2024_05_06", dated), ("Publisher_2024_06_07", "")):
        content = page.replace("</head>", f"{date}</head>").replace("word7 ", f"{name} ")
        (tmp_path / f"{name}.html.gz").write_bytes(gzip.compress(content.encode()))
    versions = {
        name: {"title": title, "publishing_date": "2024-05-06 10:00:00", "body": {"summary": [words], "sections": []}}
        for name, title, words in (
            ("V1", "Another title", "No page of the folder has these words, nor any of these runs."),
            ("V2", "A title of ours", text.replace("word7 ", "Publisher_2024_06_07 ")),
        )
    }
    (tmp_path / "Publisher.json").write_text(json.dumps(versions), encoding="utf-8")
    report = articles.measure(tmp_path)
    assert report["pages"] == 2, "each page with the version that is for it"
    assert report["title"] == {"pages": 2, "right": 1.0}
    assert report["date"] == {"pages": 2, "right": 0.5}


@pytest.mark.parametrize(
    ("found", "gold", "same"),
    [
        ("Stem cells help", "Stem cells  help", True),
        ("Stem cells help", "Stem cells help | Invented Times", True),
        ("Stem cells help - Health [Times]", "Stem cells help", True),
        ("Cells", "Cells | Stem cells help rats to walk", False),
        ("Stem cells help", "Stem cells help rats", False),
        ("", "Stem cells help", False),
    ],
)
def test_titles_are_the_same_but_for_a_sites_name(found: str, gold: str, same: bool) -> None:
    assert articles.same_title(found, gold) == same


@pytest.mark.floor
@pytest.mark.slow
def test_floor_of_articles(shared_data: Path) -> None:
    report = articles.measure(shared_data / "sources" / "articles_html")
    assert report["pages"] >= 84
    assert report["f1"] >= 0.945
    assert report["ratio"] >= 1.0, "no worse than trafilatura alone"
    assert report["title"]["right"] >= 0.95
    assert report["date"]["right"] >= 0.95
    assert report["phrases"]["f1"] >= 0.92
