"""The benches of feeds and article pages: what they count, and the floors on real data."""

from __future__ import annotations

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


@pytest.mark.floor
@pytest.mark.slow
def test_floor_of_articles(shared_data: Path) -> None:
    report = articles.measure(shared_data / "sources" / "articles_html")
    assert report["pages"] >= 75
    assert report["f1"] >= 0.93
    assert report["phrases"]["f1"] >= 0.91
