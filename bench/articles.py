"""Main text, title and date of article pages against gold, beside trafilatura alone: ``python -m bench.articles DIR``.

Three kinds of gold are read, wherever they lie below the folder:

- ``ground-truth.json``: page name → ``articleBody`` (Scrapinghub's benchmark);
- ``NAME.json`` with sections of paragraphs beside ``NAME_DATE.html.gz`` (Fundus): versions of a parser, each with the
  page on which its text stands; ``expected.html`` and ``expected-metadata.json`` beside ``source.html`` (Readability):
  whole texts too, with titles and dates;
- a file of pages with phrases that a good text contains (``with``) and must not contain (``without``) (Trafilatura).

Whole texts are compared by their runs of four words, each as often as it occurs, as Scrapinghub's benchmark does. A
title is right if its words are gold's, or if one of the two has the other and then, behind ``|``, ``-`` or a bracket, a
site's name or section: at most twice as long as the title is. A date is right to the day. trafilatura has the same
options: no comments.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import trafilatura
from lxml import html

from bench.tally import Tally
from crawler.parsers.articles import parse_article
from records.errors import ParseError

RUN: Final = 4
_BEHIND: Final = re.compile(r"\s+[|–—·«»\[(-]")
_WORD: Final = re.compile(r"\w+")
Score: TypeAlias = tuple[float, float, float]
"""Precision, recall, F1."""


class Read(NamedTuple):
    """What is read of a page; empty where nothing is."""

    text: str
    title: str
    day: str
    """``2024-05-17``."""


class Gold(NamedTuple):
    """A page with what is to be read of it; title and day are empty where gold gives none."""

    path: Path
    page: Read


def ours(content: bytes) -> Read:
    """As the press spider reads it."""
    try:
        article = parse_article(content)
    except ParseError:
        return Read("", "", "")
    return Read(article.body, article.title, article.published.iso() if article.published else "")


def theirs(content: bytes) -> Read:
    """As trafilatura alone does."""
    found: Any = trafilatura.bare_extraction(content, with_metadata=True, include_comments=False)
    return Read(found.text or "", found.title or "", found.date or "") if found else Read("", "", "")


def measure(folder: Path, *, show: bool = False) -> dict[str, Any]:
    """Precision, recall and F1, the mean over pages; of phrases over all of them; shares of right titles and dates."""
    golds = [*whole_texts(folder)]
    if not golds:
        raise SystemExit(f"{folder}: no pages with gold text")
    found, peer = ([read(_content(gold.path)) for gold in golds] for read in (ours, theirs))
    scores, peers = (
        [compare(page.text, gold.page.text) for gold, page in zip(golds, of, strict=True)] for of in (found, peer)
    )
    sets: dict[str, list[Score]] = {}
    for gold, page, score in zip(golds, found, scores, strict=True):
        sets.setdefault(gold.path.relative_to(folder).parts[0], []).append(score)
        if show:
            _show(gold, page, score)
    total, of_peer = _mean(scores), _mean(peers)
    return {
        **total,
        **_shares(golds, found),
        "sets": {name: _mean(of_set) for name, of_set in sorted(sets.items())},
        "phrases": phrases(folder),
        "peer": {"name": f"trafilatura {trafilatura.__version__}", **of_peer, **_shares(golds, peer)},
        "ratio": round(total["f1"] / max(of_peer["f1"], 1e-9), 4),
    }


def _show(gold: Gold, page: Read, score: Score) -> None:
    if score[2] < 0.7:
        print(f"{score[2]:.2f} {gold.path}", file=sys.stderr)
    if gold.page.title and not same_title(page.title, gold.page.title):
        print(f"{gold.path}: {page.title!r} for {gold.page.title!r}", file=sys.stderr)
    if gold.page.day and page.day != gold.page.day:
        print(f"{gold.path}: {page.day} for {gold.page.day}", file=sys.stderr)


def _shares(golds: list[Gold], found: list[Read]) -> dict[str, dict[str, float]]:
    pairs = [(gold.page, page) for gold, page in zip(golds, found, strict=True)]
    return {
        "title": _share([same_title(page.title, gold.title) for gold, page in pairs if gold.title]),
        "date": _share([page.day == gold.day for gold, page in pairs if gold.day]),
    }


def _share(right: list[bool]) -> dict[str, float]:
    return {"pages": len(right), "right": round(sum(right) / max(len(right), 1), 4)}


def same_title(found: str, gold: str) -> bool:
    """Whether two titles are the same but for a site's name behind one of them."""
    short, long = sorted((" ".join(found.split()), " ".join(gold.split())), key=len)
    if _WORD.findall(short.casefold()) == _WORD.findall(long.casefold()):
        return bool(short)
    behind = long[len(short) :]
    return long.startswith(short) and bool(_BEHIND.match(behind)) and len(behind) <= 2 * len(short)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def compare(found: str, gold: str) -> Score:
    """Precision, recall and F1 of a page's runs of words."""
    ours, theirs = _runs(found), _runs(gold)
    right = (ours & theirs).total()
    precision, recall = right / max(ours.total(), 1), right / max(theirs.total(), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return Counter(tuple(words[start : start + RUN]) for start in range(max(len(words) - RUN + 1, 1)))


def _mean(scores: list[Score]) -> dict[str, float]:
    names = ("precision", "recall", "f1")
    return {
        "pages": len(scores),
        **{
            name: round(sum(column) / len(scores), 4)
            for name, column in zip(names, zip(*scores, strict=True), strict=True)
        },
    }


def whole_texts(folder: Path) -> Iterator[Gold]:
    """Pages with their gold text."""
    for path in sorted(folder.rglob("ground-truth.json")):
        for name, gold in sorted(_json(path).items()):
            yield Gold(path.with_name(f"{name}.html.gz"), Read(gold["articleBody"], "", ""))
    for path in sorted(folder.rglob("expected.html")):
        yield Gold(path.with_name("source.html"), _readability(path))
    for path in sorted(folder.rglob("*.json")):
        yield from _fundus(path)


def _readability(path: Path) -> Read:
    text = "\n".join(map(str, html.fromstring(path.read_text(encoding="utf-8")).itertext()))
    metadata = path.with_name("expected-metadata.json")
    gold = _json(metadata) if metadata.exists() else {}
    return Read(text, gold.get("title") or "", (gold.get("publishedTime") or "")[:10])


def _fundus(path: Path) -> Iterator[Gold]:
    """Pages of a publisher, each with the version of the parser that was made for it: whose text stands on it."""
    value = _json(path)
    versions = [*map(_version, value.values())] if _is_map(value) else []
    for page in sorted(path.parent.glob(f"{path.stem}_[0-9]*.html.gz")):
        there = _runs("\n".join(map(str, html.fromstring(_content(page)).itertext())))
        shares = [(_shared(gold.text, there), gold) for gold in versions if gold]
        share, gold = max(shares, key=lambda pair: pair[0], default=(0.0, None))
        if gold and share > 0.5:
            yield Gold(page, gold)


def _shared(text: str, there: Counter[tuple[str, ...]]) -> float:
    runs = _runs(text)
    return (runs & there).total() / max(runs.total(), 1)


def _version(value: Any) -> Read | None:
    body = value.get("body") if isinstance(value, dict) else None
    if not body:
        return None
    parts = [*body["summary"]]
    for section in body["sections"]:
        parts += [*section["headline"], *section["paragraphs"]]
    return Read("\n".join(parts), value.get("title") or "", (value.get("publishing_date") or "")[:10])


def phrases(folder: Path) -> dict[str, float]:
    """How many of the phrases that belong to a text are in it, and how many of the others."""
    tally = Tally()
    for path in sorted(folder.rglob("*.json")):
        value = _json(path)
        for gold in value.values() if _is_map(value) else ():
            if not _is_map(gold) or "without" not in gold or not path.with_name(gold["file"]).exists():
                continue
            text = ours(_content(path.with_name(gold["file"]))).text
            right, wrong = (sum(phrase in text for phrase in gold[name] if phrase) for name in ("with", "without"))
            wanted = len([phrase for phrase in gold["with"] if phrase])
            tally.count(found=right + wrong, gold=wanted, right=right, hit=right)
    return tally.report()


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure main text, title and date of article pages against gold.")
    parser.add_argument("folder", type=Path, help="folder of pages and gold, searched with all below it")
    parser.add_argument(
        "--show", action="store_true", help="list what is wrong, and pages with an F1 under 0.7, on stderr"
    )
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.folder, show=arguments.show)))


if __name__ == "__main__":
    main()
