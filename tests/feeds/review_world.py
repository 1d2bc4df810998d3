"""A library with a topic's worth of candidates, for the tests of its review."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from feeds.review.queue import Queue, open_queue
from feeds.review.types import Verdict
from feeds.topics.types import Topic
from library import Library
from nlp.lexicon.lookup import Lexicon
from records.record import Record
from tests.feeds.world import article, embed, put

WANTED = ("rats", "hindlimb", "locomotion", "lesion", "graft")
OTHERS = ("patients", "survey", "burden", "guideline", "costs")
TOPIC = Topic(name="cells", title="Cells", query="exosome")
NEAR = 1_000
"""Number from which records bear no word of the topic and only lie near its matches."""


def wanted(number: int) -> bool:
    """What a curator would include: every fifth."""
    return number % 5 == 0


def paper(number: int, **fields: object) -> Record:
    """An article whose words tell whether it is wanted."""
    words = WANTED if wanted(number) else OTHERS
    subject = "Exosome" if number < NEAR else "Vesicle"
    text = f"{subject} {words[number % 5]} and {words[(number // 5) % 5]} {words[(number // 7) % 5]} item{number}."
    return article(number, str(fields.pop("title", f"{subject} study {number}")), text, **fields)


def is_wanted(uid: str) -> bool:
    """`wanted` of a record."""
    return wanted(int(uid[-4:]))


def make_world(folder: Path, count: int, near: int = 0) -> Library:
    """A library of papers with vectors; the caller closes it."""
    library = Library.open(folder / "library.sqlite3")
    numbers = [*range(count), *range(NEAR, NEAR + near)]
    put(library, *(paper(number) for number in numbers))
    embed(library, {paper(number).uid: [[1.0, 0.2 * wanted(number), number % 3 * 0.1]] for number in numbers})
    return library


def opened(library: Library, curator: str = "anna", topic: Topic = TOPIC, *, every: int = 10) -> Queue:
    """The queue over the whole library, as a new process would open it."""
    return open_queue(
        library,
        Lexicon(),
        topic,
        list(library.iter_uids()),
        curator=curator,
        random_every=every,
        clock=lambda: dt.datetime.now(dt.UTC),
    )


def read(queue: Queue, number: int, *, sample: bool = False) -> list[str]:
    """Decide about so many records as a curator who is never wrong would; their uids in order."""
    uids = []
    for _ in range(number):
        offer = queue.next(sample=sample)
        if offer is None:
            break
        queue.decide(offer, Verdict.INCLUDE if is_wanted(offer.uid) else Verdict.EXCLUDE)
        uids.append(offer.uid)
    return uids
