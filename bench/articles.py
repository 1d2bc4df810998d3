"""Main text of article pages against gold: ``python -m bench.articles DIR``.

Three kinds of gold are read, wherever they lie below the folder:

- ``ground-truth.json``: page name → ``articleBody`` (Scrapinghub's benchmark);
- ``NAME.json`` with sections of paragraphs beside ``NAME_DATE.html`` (Fundus), ``expected.html`` beside
  ``source.html`` (Readability): whole texts too;
- a file of pages with phrases that a good text contains (``with``) and must not contain (``without``) (Trafilatura).

Whole texts are compared by their runs of four words, each as often as it occurs, as Scrapinghub's benchmark does.
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
from typing import Any, Final

from lxml import html

from bench.tally import Tally
from crawler.parsers.articles import parse_article
from records.errors import ParseError

RUN: Final = 4
_WORD: Final = re.compile(r"\w+")


def measure(folder: Path, *, show: bool = False) -> dict[str, Any]:
    """Precision, recall and F1, the mean over pages; of phrases over all of them."""
    scores: dict[str, list[tuple[float, float, float]]] = {}
    for path, gold in whole_texts(folder):
        score = compare(extract(path), gold)
        scores.setdefault(path.relative_to(folder).parts[0], []).append(score)
        if show and score[2] < 0.7:
            print(f"{score[2]:.2f} {path.relative_to(folder)}", file=sys.stderr)
    every = [score for of_set in scores.values() for score in of_set]
    if not every:
        raise SystemExit(f"{folder}: no pages with gold text")
    return {
        **_mean(every),
        "sets": {name: _mean(of_set) for name, of_set in sorted(scores.items())},
        "phrases": phrases(folder),
    }


def extract(path: Path) -> str:
    """The text that the press spider would keep of a page; none where it finds none."""
    content = path.read_bytes()
    try:
        return parse_article(gzip.decompress(content) if path.suffix == ".gz" else content).body
    except ParseError:
        return ""


def compare(found: str, gold: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of a page's runs of words."""
    ours, theirs = _runs(found), _runs(gold)
    right = (ours & theirs).total()
    precision, recall = right / max(ours.total(), 1), right / max(theirs.total(), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return Counter(tuple(words[start : start + RUN]) for start in range(max(len(words) - RUN + 1, 1)))


def _mean(scores: list[tuple[float, float, float]]) -> dict[str, float]:
    names = ("precision", "recall", "f1")
    return {
        "pages": len(scores),
        **{
            name: round(sum(column) / len(scores), 4)
            for name, column in zip(names, zip(*scores, strict=True), strict=True)
        },
    }


def whole_texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Pages with their gold text."""
    for path in sorted(folder.rglob("ground-truth.json")):
        for name, gold in sorted(_json(path).items()):
            yield path.with_name(f"{name}.html.gz"), gold["articleBody"]
    for path in sorted(folder.rglob("expected.html")):
        yield path.with_name("source.html"), _text(path)
    for path in sorted(folder.rglob("*.json")):
        yield from _sections(path)


def _text(path: Path) -> str:
    return "\n".join(map(str, html.fromstring(path.read_text(encoding="utf-8")).itertext()))


def _sections(path: Path) -> Iterator[tuple[Path, str]]:
    """Versions of a parser, oldest first, each with the page of its time."""
    value = _json(path)
    bodies = [version.get("body") for version in value.values() if isinstance(version, dict)] if _is_map(value) else []
    pages = sorted(path.parent.glob(f"{path.stem}_[0-9]*.html.gz"))
    if not pages or len(pages) != len(bodies):
        return
    for page, body in zip(pages, bodies, strict=True):
        if body:
            parts = [*body["summary"]]
            for section in body["sections"]:
                parts += [*section["headline"], *section["paragraphs"]]
            yield page, "\n".join(parts)


def phrases(folder: Path) -> dict[str, float]:
    """How many of the phrases that belong to a text are in it, and how many of the others."""
    tally = Tally()
    for path in sorted(folder.rglob("*.json")):
        value = _json(path)
        for gold in value.values() if _is_map(value) else ():
            if not _is_map(gold) or "without" not in gold or not path.with_name(gold["file"]).exists():
                continue
            text = extract(path.with_name(gold["file"]))
            right, wrong = (sum(phrase in text for phrase in gold[name] if phrase) for name in ("with", "without"))
            wanted = len([phrase for phrase in gold["with"] if phrase])
            tally.count(found=right + wrong, gold=wanted, right=right, hit=right)
    return tally.report()


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the main text of article pages against gold.")
    parser.add_argument("folder", type=Path, help="folder of pages and gold, searched with all below it")
    parser.add_argument("--show", action="store_true", help="list pages with an F1 under 0.7 on stderr")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.folder, show=arguments.show)))


if __name__ == "__main__":
    main()
