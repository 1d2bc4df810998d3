"""Digests for many readers: ``python -m bench.digests [--readers 10000] [--topics 50] [--works 2000] [--days 2]``.

Invented works, each held by a few of the topics; every reader follows between one and all of them. Measured on each
day: asking all topics about what is new and noting matches and changes, once for all readers; and building every
reader's digest with its ledger, Message-ID and place in the outbox, committed with ``synchronous=FULL``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config import Settings
from config.settings import DigestSettings, LibrarySettings, SmtpSettings
from feeds.digests.build import Builder
from feeds.digests.evaluate import evaluate, topic_matcher
from feeds.outbox.queue import message_bytes
from feeds.subscriptions import store
from feeds.subscriptions.types import Wishes
from feeds.topics.types import Topic
from library import Library
from library.subscription_tables import outbox
from nlp.lexicon.lookup import Lexicon
from records.annotation import Annotation, Direction, Finding, Span
from records.identifiers import Identifiers
from records.record import Author, Kind, PublicationStatus, Record, Section

_SENTENCE = "In the treated group the locomotor score improved by 4.2 points against 1.1 in controls after 8 weeks."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--works", type=int, default=2_000)
    parser.add_argument("--topics-a-reader", type=int, default=0, help="0: between one and all of them")
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cordwatch-bench-") as folder:
        print(json.dumps(measure(Path(folder), arguments), indent=2))


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Times of each day, seconds."""
    chance = random.Random(arguments.seed)
    topics = {
        f"topic-{number:02d}": Topic(name=f"topic-{number:02d}", title=f"Topic {number}", query=f"{_word(number)} rats")
        for number in range(arguments.topics)
    }
    settings = Settings(
        home=folder,
        library=LibrarySettings(path=folder / "library.sqlite3"),
        digest=DigestSettings(public_url="https://digests.example"),
        smtp=SmtpSettings(sender="Cordwatch <digest@cordwatch.example>"),
    )
    now = dt.datetime.now(dt.UTC)
    days: list[dict[str, Any]] = []
    with Library.open(settings.library_path) as library:
        _subscribe(library, list(topics), arguments, chance, now)
        for day in range(arguments.days):
            _collect(library, arguments.works, day, arguments.topics, chance)
            now += dt.timedelta(days=1)
            days.append(_one_day(library, settings, topics, now))
        size = settings.library_path.stat().st_size
        sample = _sample(library)
    return {
        **{name: getattr(arguments, name) for name in ("readers", "topics", "works")},
        "days": days,
        "library_mb": round(size / 1e6, 1),
        "message_kb": round(len(sample) / 1024, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _one_day(library: Library, settings: Settings, topics: Mapping[str, Topic], now: dt.datetime) -> dict[str, Any]:
    failed: dict[str, str] = {}
    matcher = topic_matcher(library, Lexicon(), topics, failed)
    began = time.perf_counter()
    evaluated = evaluate(library, matcher, topics=topics, fresh_days=30, now=now, failed=failed)
    middle = time.perf_counter()
    built = Builder(library, settings, {name: topic.title for name, topic in topics.items()}, now).build_due()
    ended = time.perf_counter()
    return {
        "matches": evaluated.matches,
        "events": evaluated.events,
        "digests": built.digests,
        "items": built.items,
        "changes": built.changes,
        "left": built.left,
        "evaluate_s": round(middle - began, 2),
        "build_s": round(ended - middle, 2),
    }


def _subscribe(
    library: Library, topics: Sequence[str], arguments: argparse.Namespace, chance: random.Random, now: dt.datetime
) -> None:
    with library.transaction() as writer:
        for number in range(arguments.readers):
            count = arguments.topics_a_reader or chance.randint(1, len(topics))
            wishes = Wishes(topics=tuple(chance.sample(topics, count)))
            reader = store.add(writer.connection, f"reader{number}@example.org", wishes, since=now, now=now)
            store.confirm(writer.connection, reader, now=now, confirm_days=7)


def _collect(library: Library, works: int, day: int, topics: int, chance: random.Random) -> None:
    """New works; from the second day on, some of the first day's are retracted."""
    new = range(day * works, (day + 1) * works)
    old = range(works // 100) if day else range(0)
    with library.transaction() as writer:
        for number in [*new, *old]:
            subjects = chance.sample(range(topics), min(topics, chance.randint(1, 6)))
            record = _record(number, subjects, retracted=number in old)
            writer.put(record, content=b"{}", media_type="application/json")
            writer.put_annotation(record.uid, _annotation(), record_version=1)


def _word(topic: int) -> str:
    """A word that only one topic asks for."""
    return "zq" + "abcdefghij"[topic // 10 % 10] + "klmnoprstu"[topic % 10]


def _record(number: int, subjects: Sequence[int], *, retracted: bool) -> Record:
    return Record(
        source="pubmed",
        source_id=str(number),
        kind=Kind.ARTICLE,
        title=f"Transplanted cells and recovery after injury of the spinal cord in rats: study {number}",
        abstract=(Section(text=_SENTENCE, label="RESULTS"), Section(text=" ".join(map(_word, subjects)))),
        authors=tuple(Author(family=name, given="A") for name in ("Amsel", "Brink", "Cordes", "Dohle")),
        identifiers=Identifiers(pmid=str(number), doi=f"10.5555/bench.{number}"),
        container_title="Journal of Invented Results",
        url=f"https://journal.example/{number}",
        status=PublicationStatus.RETRACTED if retracted else PublicationStatus.CURRENT,
    )


def _annotation() -> Annotation:
    start = len("RESULTS: ")
    sentence = Span(field="abstract", start=start, end=start + len(_SENTENCE))
    place = Span(field="abstract", start=start + 21, end=start + 36)
    finding = Finding(
        measure="BBB",
        direction=Direction.IMPROVED,
        text="locomotor score",
        span=place,
        sentence=sentence,
        rule="bench@1",
    )
    return Annotation(pipeline="bench 1", findings=(finding,))


def _sample(library: Library) -> bytes:
    with library.reading() as connection:
        name = connection.execute(outbox.select().order_by(outbox.c.id.desc()).limit(1)).one().message_id
        return message_bytes(connection, name)


if __name__ == "__main__":
    main()
