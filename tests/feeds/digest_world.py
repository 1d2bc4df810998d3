"""A small library with readers, for the tests of digests: invented records, topics that hold what is asked of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from config import Settings
from config.settings import DigestSettings, LibrarySettings, SmtpSettings
from feeds.digests.build import Builder, BuildReport
from feeds.digests.evaluate import EvaluateReport, evaluate
from feeds.outbox.queue import message_bytes
from feeds.subscriptions import store
from feeds.subscriptions.types import Format, Subscription, Wishes
from feeds.topics.types import Match
from library import Library
from library.subscription_tables import digest_items, digests, outbox
from records.identifiers import Identifiers
from records.record import Kind, PublicationStatus, Record, Relation
from records.trial import Trial, TrialStatus

TITLES = {"cells": "Cell therapy", "exosomes": "Exosomes"}


def article(number: str, *, title: str = "", **fields: object) -> Record:
    """A paper with a PMID of its own."""
    values: dict[str, object] = {
        "source": "pubmed",
        "source_id": number,
        "kind": Kind.ARTICLE,
        "title": title or f"Paper {number}",
        "identifiers": Identifiers(pmid=number),
        "url": f"https://journal.example/{number}",
        **fields,
    }
    return Record(**values)  # type: ignore[arg-type]


def registration(number: str, status: TrialStatus, **fields: object) -> Record:
    return Record(
        source="clinicaltrials",
        source_id=number,
        kind=Kind.REGISTRATION,
        title=f"Trial {number}",
        identifiers=Identifiers(registrations=(number,)),
        trial=Trial(status=status, phases=("PHASE1",), enrollment=12, **fields),  # type: ignore[arg-type]
    )


def by_title(uids: Sequence[str], library: Library) -> Mapping[str, Sequence[Match]]:
    """A topic holds the records whose title names it; one without a name is of the topic of cells."""
    found: dict[str, list[Match]] = {name: [] for name in TITLES}
    for uid, stored in sorted(library.get_many(uids).items()):
        named = [name for name in TITLES if name in stored.record.title.lower()] or ["cells"]
        for name in named:
            found[name].append(Match(uid=uid, score=1.0, why=(f"“{name}” occurs",)))
    return found


class World:
    """A library in a folder, and its readers."""

    def __init__(self, folder: Path, **digest: object) -> None:
        self.settings = Settings(
            home=folder,
            library=LibrarySettings(path=folder / "library.sqlite3"),
            digest=DigestSettings(public_url="https://digests.example", **digest),  # type: ignore[arg-type]
            smtp=SmtpSettings(sender="Cordwatch <digest@cordwatch.example>"),
        )
        self.library = Library.open(self.settings.library_path)
        self.now = dt.datetime.now(dt.UTC)
        self.topics = set(TITLES)
        self.broken: dict[str, str] = {}
        """Of the topics: those that are there; those whose file does not parse."""

    def close(self) -> None:
        self.library.close()

    def put(self, *records: Record) -> None:
        with self.library.transaction() as writer:
            for record in records:
                writer.put(record, content=record.uid.encode(), media_type="text/plain")

    def status(self, number: str, status: PublicationStatus, *relations: Relation) -> None:
        """The paper's own record now says so."""
        self.put(article(number, status=status, relations=relations))

    def reader(self, address: str = "reader@example.org", *topics: str, **wishes: object) -> Subscription:
        """An active reader to whom everything that is collected from now on is news.

        Unless asked otherwise the reader's time has just passed: the next digest is due a whole day from now, at
        whatever hour the tests run.
        """
        wishes.setdefault("at", f"{self.now - dt.timedelta(minutes=1):%H:%M}")
        asked = Wishes(topics=topics or ("cells",), **wishes)  # type: ignore[arg-type]
        with self.library.transaction() as writer:
            reader = store.add(writer.connection, address, asked, since=self.now, now=self.now)
            return store.confirm(writer.connection, reader, now=self.now, confirm_days=7)

    def evaluate(self, *, now: dt.datetime | None = None) -> EvaluateReport:
        """Hold what is new against the topics; like real ones they hold nothing under embargo."""
        moment = now or dt.datetime.now(dt.UTC)

        def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
            embargoes = {uid: stored.record.embargo_until for uid, stored in self.library.get_many(uids).items()}
            found = by_title([uid for uid, end in embargoes.items() if end is None or end <= moment], self.library)
            return {topic: held for topic, held in found.items() if topic in asked}

        asked = self.topics - self.broken.keys()
        return evaluate(self.library, match, topics=asked, fresh_days=30, now=moment, failed=dict(self.broken))

    def build(self, *, days: float = 1) -> BuildReport:
        """Evaluate, and build what is due ``days`` later than the last time."""
        self.evaluate()
        self.now += dt.timedelta(days=days)
        return Builder(self.library, self.settings, TITLES, self.now).build_due()

    def preview(self, reader: Subscription) -> str:
        self.evaluate()
        return Builder(self.library, self.settings, TITLES, self.now).preview(reader).decode()

    def ledger(self, reader: Subscription | None = None) -> list[tuple[int, str, int]]:
        """``(digest, uid, event)`` in the order of digests."""
        i = digest_items
        statement = i.select().order_by(i.c.digest_id, i.c.position, i.c.uid)
        if reader:
            statement = statement.where(i.c.subscription_id == reader.id)
        with self.library.reading() as connection:
            return [(row.digest_id, row.uid, row.event_id) for row in connection.execute(statement)]

    def mails(self) -> list[bytes]:
        """Every message in the outbox, put together."""
        with self.library.reading() as connection:
            ids = connection.execute(outbox.select().order_by(outbox.c.id)).all()
            return [message_bytes(connection, row.message_id) for row in ids]

    def digests(self) -> list[tuple[str, int, int, int]]:
        """``(subject, items, changes, left)`` of every digest."""
        with self.library.reading() as connection:
            rows = connection.execute(digests.select().order_by(digests.c.id))
            return [(row.subject, row.items, row.changes, row.left_over) for row in rows]


__all__ = ["Format", "World", "article", "registration"]
