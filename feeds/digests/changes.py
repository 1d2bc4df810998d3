"""What has become of items that a reader was sent before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from feeds.digests.badge import words
from feeds.digests.items import SENTENCE_LENGTH, TITLE_LENGTH, WorkItem, make_item, record_url
from feeds.digests.papers import papers_of
from feeds.digests.standing import RANKS, STANDING_CHANGES, ChangeType
from feeds.mail.clean import clean
from feeds.rows import fields_of
from feeds.subscriptions.ledger import Had, had_by
from feeds.subscriptions.types import Subscription
from library import Library
from library.subscription_tables import item_events
from library.types import StoredAnnotation, StoredRecord
from library.works import Work, publications_of, works_of
from records.record import UNSOUND, Kind, PublicationStatus, Record
from records.wording import STANDING_LABELS, caution_called

_DETAIL_LENGTH: Final = TITLE_LENGTH + SENTENCE_LENGTH + 20
_STANDING: Final = {
    PublicationStatus.CONCERN: "An expression of concern has been published",
    PublicationStatus.CORRECTED: "A correction has been published",
    PublicationStatus.CURRENT: "What was said against it has been taken back",
    PublicationStatus.RETRACTED: "RETRACTED",
    PublicationStatus.WITHDRAWN: "WITHDRAWN",
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``item_events``."""

    id: int
    uid: str
    change: ChangeType
    before: str
    after: str
    by: str
    found: str


class ReaderChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one item, for one reader."""

    event: Event
    """The newest, where several have been put together; ``before`` is that of the first."""
    item: WorkItem
    what: str
    """``RETRACTED``, ``Trial status: recruiting → completed``."""
    detail: str
    """Why a trial was stopped, or what the paper is called; may be empty."""
    url: str
    """The paper that a preprint became, or the item itself."""
    told: str
    """Date of the digest in which the reader had it; empty where that one could not be delivered yet."""
    standing: PublicationStatus
    """What is said against what it tells of, where that is the news or belongs to it."""

    @property
    def is_serious(self) -> bool:
        """Whether something must not be relied on that looked sound."""
        return self.standing in UNSOUND or self.standing is PublicationStatus.CONCERN


class Events:
    """All events after some id, with the works that they concern. Make it with `load_events`."""

    def __init__(
        self,
        events: Sequence[Event],
        works: Mapping[str, Work],
        papers: Mapping[str, Work],
        stored: Mapping[str, StoredRecord],
        annotations: Mapping[str, StoredAnnotation],
        end: int,
        now: dt.datetime,
    ) -> None:
        self._events = events
        self._works = works
        self._papers = papers
        self._stored = stored
        self._annotations = annotations
        self._records = {uid: one.record for uid, one in stored.items()}
        self._publications = publications_of(self._records.values())
        self._items: dict[Work, WorkItem | None] = {}
        self._now = now
        self.end = end

    def of_readers(
        self,
        connection: Connection,
        subscriptions: Iterable[Subscription],
        others: Mapping[int, Sequence[int]],
        *,
        limit: int,
    ) -> dict[int, tuple[list[ReaderChange], int]]:
        """Changes of items that each of the readers was sent before, oldest first, and the event they go up to.

        What the ``others`` of a reader's address were sent and told counts as well. With more than ``limit`` changes,
        the event is the last before the first that has to wait.
        """
        readers = {one.id: one for one in subscriptions}
        uids = {uid for event in self._events for uid in self._works[event.uid]}
        known = had_by(connection, readers, others, uids)
        nothing = Had(marks={}, told=set())
        return {id: self._changes(reader, known.get(id, nothing), limit) for id, reader in readers.items()}

    def _changes(self, reader: Subscription, had: Had, limit: int) -> tuple[list[ReaderChange], int]:
        sent, told_to = had.marks, self._told_to(had.told)
        newest: dict[tuple[Work, ChangeType], tuple[Event, str]] = {}
        cursor = max(self.end, reader.event_cursor)
        for event in self._events:
            marks = [sent[uid] for uid in self._concerned(event) if uid in sent]
            if event.id <= reader.event_cursor or not marks or self._is_known(event, sent, min(marks)[0]):
                continue
            of = self._of(event)
            if event.id <= told_to.get(of, 0):
                continue
            earlier = newest.pop(of, None)
            if earlier is None and len(newest) >= limit:
                cursor = event.id - 1
                break
            merged = msgspec.structs.replace(event, before=earlier[0].before if earlier else event.before)
            newest[of] = (merged, min((built for _, built in marks if built), default="")[:10])
        published = {
            name for event, _ in newest.values() if event.change is ChangeType.PUBLISHED for name in _names(event)
        }
        made = [
            change
            for event, told in newest.values()
            if event.before != event.after and not self._is_named(event, published)
            if (change := self._change(event, told, sent)) is not None
        ]
        return _once(made), cursor

    def _concerned(self, event: Event) -> Work:
        """Records of which the reader must have had one: how a paper stands is no news to who had its trial only."""
        if event.change in STANDING_CHANGES:
            return self._publications.get(event.uid, (event.uid,))
        return self._works[event.uid]

    def _of(self, event: Event) -> tuple[Work, ChangeType]:
        """Registers that say the same of one paper are one piece of news; two papers of one trial are two."""
        same = self._papers if event.change is ChangeType.PAPER else self._publications
        return same.get(event.uid, (event.uid,)), event.change

    def _told_to(self, told: Set[int]) -> dict[tuple[Work, ChangeType], int]:
        """The newest event of each kind that another subscription of the address has told."""
        return {self._of(event): event.id for event in self._events if event.id in told} if told else {}

    def _is_known(self, event: Event, sent: Mapping[str, tuple[int, str]], mark: int) -> bool:
        """Whether what the reader was sent of the work has told it already."""
        if event.change is ChangeType.PAPER:
            return any(uid in sent for uid in self._papers[event.uid])
        return event.id <= mark

    def _is_named(self, event: Event, published: Set[str]) -> bool:
        """Whether it is a paper that is told of as what a preprint became."""
        record = self._records.get(event.by)
        if event.change is not ChangeType.PAPER or record is None:
            return False
        return not published.isdisjoint((event.by, *record.identifiers.keys()))

    def _change(self, event: Event, told: str, sent: Collection[str]) -> ReaderChange | None:
        work = self._works[event.uid]
        # Of a work that has grown the reader is reminded by what the reader had of it.
        had = tuple(uid for uid in work if uid in sent)
        item = self._item(had if event.change is ChangeType.PAPER else self._publications.get(event.uid, ()))
        record = self._records.get(event.uid)
        if item is None or record is None:
            return None
        by = self._records.get(event.by)
        if event.change is ChangeType.PAPER:
            paper = self._item((event.uid,))
            what, detail = _paper_words(record, paper) if paper else ("", "")
            if not what:
                return None
        else:
            others = [self._records[uid] for uid in self._publications[event.uid] if uid != event.uid]
            what, detail = _words(event, record, by, others)
        led_on = by and event.change in (ChangeType.PUBLISHED, ChangeType.PAPER)
        return ReaderChange(
            event=event,
            item=msgspec.structs.replace(item, work=work),
            what=what,
            detail=clean(detail, _DETAIL_LENGTH),
            url=record_url(by) if by and led_on else item.url,
            told=told,
            standing=_standing(event, by),
        )

    def _item(self, work: Work) -> WorkItem | None:
        if work not in self._items:
            self._items[work] = make_item(work, self._stored, self._annotations, now=self._now)
        return self._items[work]


def _once(changes: Sequence[ReaderChange]) -> list[ReaderChange]:
    """Without that a preprint's paper does not stand, where the change that tells of the paper says so."""
    told = {one.item.publication for one in changes if one.event.change is ChangeType.PUBLISHED and one.is_serious}
    return [one for one in changes if one.event.change is not ChangeType.SUBJECT or one.item.publication not in told]


def load_events(library: Library, after: int, now: dt.datetime) -> Events:
    """Everything that happened after the event ``after``, as it may be shown at ``now``."""
    with library.reading() as connection:
        rows = connection.execute(select(item_events).where(item_events.c.id > after).order_by(item_events.c.id)).all()
        events = [msgspec.convert(fields_of(row._mapping), Event) for row in rows]
        works = works_of(connection, {event.uid for event in events})
        stored = library.get_many({*works, *(event.by for event in events if event.by)})
        joining = {event.uid for event in events if event.change is ChangeType.PAPER}
        papers = papers_of(connection, joining, {uid: one.record.kind for uid, one in stored.items()})
    # What comes while this is read is for the next time: the end is what was read, not what there is.
    end = events[-1].id if events else after
    return Events(events, works, papers, stored, library.annotations(works), end, now)


def _standing(event: Event, by: Record | None) -> PublicationStatus:
    if event.change in STANDING_CHANGES:
        return PublicationStatus(event.after.partition(" ")[0])
    return by.status if by else PublicationStatus.CURRENT


def _words(event: Event, record: Record, by: Record | None, others: Sequence[Record]) -> tuple[str, str]:
    if event.change is ChangeType.TRIAL_STATUS:
        why = record.trial.why_stopped if record.trial else ""
        return f"Trial status: {words(event.before)} → {words(event.after)}", why and f"Why stopped: {why}"
    if event.change is ChangeType.SUBJECT:
        return _subject_words(record)
    if event.change is ChangeType.PUBLISHED:
        journal = clean(by.container_title, 100) if by else ""
        title = by.title if by else event.after
        what = f"Now published in {journal}" if journal else "Now published"
        label = STANDING_LABELS.get(by.status) if by else None
        return f"{label} – {what}" if label else what, f"As: {title}"
    status = PublicationStatus(event.after.partition(" ")[0])
    worse = RANKS[status] >= RANKS[event.before.partition(" ")[0]]
    label = _STANDING[status] if worse else f"No longer {words(event.before.partition(' ')[0])}"
    return label, by.title if by else _notice(record) or next(
        filter(None, (_notice(one, named=True) for one in others)), ""
    )


def _subject_words(record: Record) -> tuple[str, str]:
    """Of an item about a paper: that the paper does not stand, or that nothing is said against it any more."""
    if not record.cautions:
        return "What was said against a paper that it is about has been taken back", ""
    worst = record.cautions[0]
    called = caution_called(worst)
    return called[:1].upper() + called[1:], worst.target.replace(":", " ", 1)


def _paper_words(record: Record, paper: WorkItem) -> tuple[str, str]:
    """Of a paper that joins what the reader had: that it has come out, and what it found."""
    journal = clean(record.container_title, 100)
    what = f"{'Preprint' if record.kind is Kind.PREPRINT else 'Paper'} published{f' in {journal}' if journal else ''}"
    if paper.warning:
        what = f"{paper.warning} – {what}"
    return what, f"As: {paper.title}" + (f" – “{paper.finding}”" if paper.finding else "")


def _names(event: Event) -> tuple[str, ...]:
    """Of a preprint's publication: the paper's record and identifier, as far as they are known."""
    return tuple(name for name in (event.by, event.after) if name)


def _notice(record: Record, *, named: bool = False) -> str:
    """What a record says of the notice about its work, and whose record says so where that is to be ``named``."""
    raw = next((relation.raw for relation in record.relations if relation.raw and "by" in relation.type), "")
    return f"{raw} ({record.source})" if raw and named else raw
