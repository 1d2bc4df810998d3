"""Screening by the review's model: ``python -m bench.screening PATH … [--seeds 1] [--wanted 30]``.

``PATH`` is a folder with ``corpus.jsonl.gz`` and ``qrels.dev.tsv`` (each query is one question of what to include), or
a CSV file, gz or not, with ``title``, ``abstract`` and a column of labels: ``label_included`` (0 or 1) or
``accepted_label`` (each class is one question). Questions with fewer than ``--wanted`` wanted records are left out.

Every method begins with the same one wanted and one unwanted record, which are not counted. ``cordwatch`` is the queue
as it is used, with its random draws; ``cordwatch_ranked`` is its model without them; ``naive_bayes`` is multinomial
naive Bayes on TF-IDF with balanced classes, as ASReview 1 has it by default; ``random`` is the mean of random order.
``wss_at_95`` is work saved over sampling at 95 % recall (Cohen et al., JAMIA 13, 2006), ``atd`` the average time to
discovery as a share of the records (Ferdinands et al., Systematic Reviews 12, 2023).

``interval`` says how often the interval of recall held: ``always`` over all looks of a run (every twentieth part),
``a_look`` of all looks; and where the review could have ended by it, and what had been found then.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

import config
from feeds.review.model import Ranker, is_due, mean_vectors
from feeds.review.recall import Draw, estimate_recall
from feeds.review.status import TARGET
from feeds.topics.nearness import windows_of
from library import Library
from nlp.embeddings import load_encoder
from nlp.embeddings.stage import embed
from records.record import Kind, Record, Section

SHARES: Final = (0.1, 0.2, 0.5)
_LOOKS: Final = 20
_ALPHA: Final = 3.822
Scores = Callable[[Mapping[int, bool]], NDArray[np.float64]]


class Question(msgspec.Struct, frozen=True):
    """One labelled set: which of the texts are wanted."""

    name: str
    wanted: tuple[bool, ...]


class Texts(msgspec.Struct, frozen=True):
    """The records of a file or folder."""

    records: tuple[Record, ...]
    questions: tuple[Question, ...]


def read(path: Path) -> Texts:
    """Read a labelled set; its layout is found by its files."""
    if (path / "qrels.dev.tsv").exists():
        return _read_judged(path)
    (file,) = [path] if path.is_file() else [one for one in sorted(path.iterdir()) if ".csv" in one.name]
    return _read_table(file)


def _read_judged(folder: Path) -> Texts:
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    judged: dict[str, set[str]] = defaultdict(set)
    with (folder / "qrels.dev.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if int(row["score"]) > 0:
                judged[row["query-id"]].add(row["corpus-id"])
    records = tuple(_record(number, row["title"], row["text"]) for number, row in enumerate(rows))
    questions = (
        Question(f"{folder.name} {query}", tuple(row["_id"] in found for row in rows))
        for query, found in judged.items()
    )
    return Texts(records, tuple(questions))


def _read_table(file: Path) -> Texts:
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    records = tuple(_record(number, row["title"], row["abstract"]) for number, row in enumerate(rows))
    if "label_included" in rows[0]:
        return Texts(records, (Question(file.stem, tuple(row["label_included"] == "1" for row in rows)),))
    labels = [row["accepted_label"] for row in rows]
    return Texts(records, tuple(Question(name, tuple(one == name for one in labels)) for name in sorted(set(labels))))


def _record(number: int, title: str, text: str) -> Record:
    sections = (Section(text=text),) if text else ()
    return Record(source="bench", source_id=f"{number:06d}", kind=Kind.ARTICLE, title=title, abstract=sections)


def ranker_of(records: Sequence[Record], home: Path) -> Ranker:
    """The review's model on these records, their vectors made by the product."""
    with Library.open(home / "library.sqlite3") as library:
        with library.transaction() as writer:
            for record in records:
                writer.put(record, content=b"", media_type="text/plain")
        embed(
            library,
            load_encoder(config.load().settings),
            progress=lambda done, total: _say(f"embedded {done} of {total}"),
        )
        embeddings = library.embeddings(record.uid for record in records)
    vectors = [windows_of(embeddings[one.uid]) if one.uid in embeddings else None for one in records]
    return Ranker([f"{one.title}\n{one.text_of('abstract')}" for one in records], mean_vectors(vectors))


def naive_bayes(texts: Sequence[str]) -> Scores:
    """The peer: multinomial naive Bayes on TF-IDF of words, both classes of equal weight."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import MultinomialNB

    features = TfidfVectorizer().fit_transform(texts)

    def scores(labels: Mapping[int, bool]) -> NDArray[np.float64]:
        places = list(labels)
        kinds = np.array([labels[place] for place in places])
        weights = np.where(kinds, 1 / kinds.sum(), 1 / (~kinds).sum()) * len(kinds) / 2
        model = MultinomialNB(alpha=_ALPHA).fit(features[places], kinds, sample_weight=weights)
        found: NDArray[np.float64] = model.predict_log_proba(features)[:, 1]
        return found

    return scores


def screen(
    wanted: Sequence[bool], prior: Sequence[int], scores: Scores, *, lots: Sequence[int], every: int = 0
) -> tuple[list[int], list[bool]]:
    """Read everything in the order of the queue.

    Args:
        wanted: The truth.
        prior: Places read before.
        scores: Trains and ranks.
        lots: A random order of all places.
        every: Every so many-th is drawn at random; 0: none.

    Returns:
        Places in the order of reading, and whether each was drawn at random.
    """
    labels = {place: wanted[place] for place in prior}
    unread = dict.fromkeys(place for place in lots if place not in labels)
    order: list[int] = []
    drawn: list[bool] = []
    ranked: list[int] = []
    learnt = 0
    while unread:
        if is_due(len(labels) - learnt, learnt):
            found = scores(labels)
            ranked = sorted(unread, key=lambda place: (found[place], place))
            learnt = len(labels)
        at_random = bool(every) and (len(order) + 1) % every == 0
        if at_random:
            place = next(iter(unread))
        else:
            while (place := ranked.pop()) not in unread:
                pass
        del unread[place]
        order.append(place)
        drawn.append(at_random)
        labels[place] = wanted[place]
    return order, drawn


def measures(order: Sequence[int], wanted: Sequence[bool]) -> dict[str, float]:
    """Recall at shares of the work, work saved at 95 % recall, average time to discovery."""
    found = np.cumsum([wanted[place] for place in order])
    number, total = len(order), int(found[-1])
    needed = int(np.searchsorted(found, math.ceil(TARGET * total))) + 1
    at = [place for place, one in enumerate(order, start=1) if wanted[one]]
    return {
        **{f"recall_at_{share:.0%}".rstrip("%"): float(found[round(share * number) - 1] / total) for share in SHARES},
        "wss_at_95": 1 - needed / number - (1 - TARGET),
        "atd": fmean(at) / number,
    }


def interval(order: Sequence[int], drawn: Sequence[bool], wanted: Sequence[bool]) -> dict[str, Any]:
    """How the interval of recall held over a run that ends in random draws alone, as a careful review would."""
    total = sum(wanted[place] for place in order)
    draws: list[Draw] = []
    found, held, stop = 0, [], None
    step = max(1, len(order) // _LOOKS)
    for number, (place, random_one) in enumerate(zip(order, drawn, strict=True), start=1):
        if random_one:
            draws.append(Draw(unread=len(order) - number + 1, found=found, hit=wanted[place]))
        found += wanted[place]
        if number % step == 0:
            recall = estimate_recall(draws, found=found, unread=len(order) - number)
            held.append(recall.wanted_low <= total <= recall.wanted_high)
            if stop is None and found and recall.low >= TARGET:
                stop = (number / len(order), found / total)
    return {"held": held, "stopped_at": stop[0] if stop else 1.0, "recall_then": stop[1] if stop else 1.0}


def careful(
    order: Sequence[int], drawn: Sequence[bool], wanted: Sequence[bool], lots: Sequence[int]
) -> tuple[list[int], list[bool]]:
    """The run of somebody who goes over to random draws when fifty by rank brought nothing."""
    run, head = 0, len(order)
    for number, (place, random_one) in enumerate(zip(order, drawn, strict=True), start=1):
        if not random_one:
            run = 0 if wanted[place] else run + 1
        if run == 50:
            head = number
            break
    read = set(order[:head])
    members = set(order)
    rest = [place for place in lots if place in members and place not in read]
    return [*order[:head], *rest], [*drawn[:head], *(True for _ in rest)]


def measure(path: Path, home: Path, *, seeds: int, least: int, every: int) -> dict[str, Any]:
    """Means over the questions of one set, and over the seeds."""
    texts = read(path)
    questions = [one for one in texts.questions if least <= sum(one.wanted) <= len(one.wanted) // 2]
    ranker = ranker_of(texts.records, home)
    bayes = naive_bayes([f"{one.title}\n{one.text_of('abstract')}" for one in texts.records])
    results: dict[str, list[dict[str, float]]] = defaultdict(list)
    intervals: list[dict[str, Any]] = []
    for number, question in enumerate(questions):
        for seed in range(seeds):
            chance = random.Random(hashlib.sha256(f"{question.name} {seed}".encode()).digest())
            lots = chance.sample(range(len(question.wanted)), len(question.wanted))
            prior = [next(place for place in lots if question.wanted[place] is kind) for kind in (True, False)]
            chance.shuffle(lots)
            wanted = question.wanted
            order, drawn = screen(wanted, prior, ranker.scores, lots=lots, every=every)
            results["cordwatch"].append(measures(order, wanted))
            intervals.append(interval(*careful(order, drawn, wanted, lots), wanted))
            for name, scores in (("cordwatch_ranked", ranker.scores), ("naive_bayes", bayes)):
                results[name].append(measures(screen(wanted, prior, scores, lots=lots)[0], wanted))
            results["random"].append(measures([place for place in lots if place not in prior], wanted))
        _say(f"{path.name}: {number + 1} of {len(questions)} questions")
    return {
        "records": len(texts.records),
        "questions": len(questions),
        "wanted": [sum(one.wanted) for one in questions],
        **{name: _mean(rows) for name, rows in results.items()},
        "interval": _held(intervals),
    }


def _held(intervals: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    looks = [one for row in intervals for one in row["held"]]
    return {
        "runs": len(intervals),
        "always": round(fmean(all(row["held"]) for row in intervals), 4),
        "a_look": round(fmean(looks), 4),
        "stopped_at": round(fmean(row["stopped_at"] for row in intervals), 4),
        "recall_then": round(fmean(row["recall_then"] for row in intervals), 4),
    }


def _mean(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    kept = list(rows)
    return {name: round(fmean(row[name] for row in kept), 4) for name in kept[0]}


def _say(text: str) -> None:
    print(f"\r{text}", end="", file=sys.stderr)


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--wanted", type=int, default=30, help="fewest wanted records of a question")
    arguments = parser.parse_args()
    every = config.load().settings.review.random_every
    report = {}
    for path in arguments.paths:
        with tempfile.TemporaryDirectory(prefix="cordwatch-bench-") as home:
            report[path.name] = measure(path, Path(home), seeds=arguments.seeds, least=arguments.wanted, every=every)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
