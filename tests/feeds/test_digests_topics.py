"""Topics that are missing or broken for a while, curators who decide, and processes that meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from feeds.digests.evaluate import evaluate
from feeds.digests.progress import look_back
from feeds.review.log import decide, text_hash, undo
from feeds.review.types import Drawn, Offer, Verdict
from feeds.subscriptions import store
from feeds.subscriptions.types import Wishes
from feeds.topics.types import Match
from library import WatermarkMovedError
from records.errors import LibraryError
from tests.feeds.digest_world import TITLES, World, article, by_title


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def review(world: World, uid: str, verdict: Verdict, topic: str = "cells") -> None:
    stored = world.library.get(uid)
    assert stored is not None
    offer = Offer(
        uid=uid, content_hash=text_hash(stored.record), rank=1, score=1.0, model="match", drawn=Drawn.NAMED, round=1
    )
    with world.library.transaction() as writer:
        if verdict is Verdict.UNDO:
            undo(writer.connection, topic, curator="Ada", now=world.now)
        else:
            decide(writer.connection, topic, offer, curator="Ada", verdict=verdict, now=world.now)


def test_a_topic_that_was_missing_catches_up(world: World) -> None:
    world.reader()
    other = world.reader("other@example.org", "exosomes")
    world.put(article("1"), article("2", title="Exosomes 2"))
    assert world.build().items == 2
    world.topics = {"cells"}
    world.put(article("3"), article("4", title="Exosomes 4"))
    assert world.build().items == 1
    assert world.evaluate().notes() == [
        "topic exosomes could not be asked: there is no such topic, and 1 subscription to it"
    ]
    world.topics = {"cells", "exosomes"}
    report = world.evaluate()
    assert (report.matches, report.caught_up, report.failed) == (1, ["exosomes"], {})
    assert world.build().items == 1
    assert [uid for _, uid, _ in world.ledger(other)] == ["pubmed:2", "pubmed:4"]
    assert world.evaluate().caught_up == []


@pytest.mark.parametrize("known_before", [True, False])
def test_a_broken_topic_does_not_stop_the_others_and_catches_up(world: World, known_before: bool) -> None:
    reader = world.reader("reader@example.org", "exosomes")
    world.reader()
    if known_before:
        world.evaluate()
    world.broken = {"exosomes": "exosomes.toml:1:1: not TOML"}
    world.evaluate()
    world.put(article("3"), article("4", title="Exosomes 4"))
    assert world.build().items == 1
    assert world.evaluate().notes() == ["topic exosomes could not be asked: exosomes.toml:1:1: not TOML"]
    world.broken = {}
    assert world.build().items == 1
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:4"]


def test_a_digest_says_which_of_its_topics_could_not_be_asked(world: World) -> None:
    reader = world.reader("reader@example.org", "cells", "exosomes")
    world.put(article("1"))
    assert "topic exosomes" not in world.preview(reader)
    world.broken = {"exosomes": "exosomes.toml:2:9: query: …"}
    world.put(article("2"), article("3", title="Exosomes 3"))
    shown = world.preview(reader)
    assert "The window is not complete: topic exosomes" in shown
    assert "cannot be read today" in shown
    world.broken = {}
    assert "topic exosomes" not in world.preview(reader)


def test_an_embargo_that_ends_while_a_topic_is_broken_and_long_after_the_record_came(world: World) -> None:
    world.reader()
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=40)
    world.put(article("1", embargo_until=end))
    world.evaluate()
    world.broken = {"cells": "not TOML"}
    assert world.evaluate(now=end + dt.timedelta(seconds=1)).matches == 0
    world.broken = {}
    report = world.evaluate(now=end + dt.timedelta(seconds=2))
    assert (report.matches, report.caught_up) == (1, ["cells"])


def test_a_new_topic_begins_with_what_comes_next(world: World) -> None:
    world.topics = {"cells"}
    world.put(article("4", title="Exosomes 4"))
    world.evaluate()
    world.topics = {"cells", "exosomes"}
    assert (world.evaluate().matches, world.evaluate().caught_up) == (0, [])
    world.put(article("5", title="Exosomes 5"))
    assert world.evaluate().matches == 1


@pytest.mark.parametrize("noted", [True, False])
def test_who_asks_for_an_earlier_time_has_a_new_topic_asked_about_it(world: World, noted: bool) -> None:
    world.topics = {"cells"}
    world.put(article("3", title="Exosomes 3"))
    world.evaluate()
    since = dt.datetime.now(dt.UTC)
    world.put(article("4", title="Exosomes 4"))
    world.evaluate()
    world.topics = {"cells", "exosomes"}
    if noted:
        world.evaluate()
    world.now = dt.datetime.now(dt.UTC)
    later = world.reader("later@example.org", "exosomes")
    with world.library.transaction() as writer:
        assert look_back(writer, ["cells", "exosomes"], since) == ["cells", "exosomes"]
        asked = Wishes(topics=("exosomes",), at=later.wishes.at)
        reader = store.add(writer.connection, "reader@example.org", asked, since=since, now=world.now)
        store.confirm(writer.connection, reader, now=world.now, confirm_days=7)
        assert look_back(writer, ["exosomes"], world.now) == []
    world.put(article("5", title="Exosomes 5"))
    world.build()
    assert sorted(uid for _, uid, _ in world.ledger(reader)) == ["pubmed:4", "pubmed:5"]
    assert [uid for _, uid, _ in world.ledger(later)] == ["pubmed:5"]


def test_a_topic_that_still_cannot_be_asked_is_not_asked_about_all_that_it_missed(world: World) -> None:
    world.evaluate()
    asked: list[Sequence[str]] = []
    failed: dict[str, str] = {}

    def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
        asked.append(uids)
        failed["exosomes"] = "the vocabulary has no such thing"
        return {"cells": by_title(uids, world.library)["cells"]}

    world.put(article("1", title="Exosomes 1"))
    for _ in range(2):
        evaluate(world.library, match, topics=TITLES, fresh_days=30, now=world.now, failed=failed)
        failed.clear()
    assert asked == [["pubmed:1"], ()]
    assert world.evaluate().matches == 1


@pytest.mark.parametrize("verdicts", [(Verdict.UNDO,), (Verdict.UNDO, Verdict.INCLUDE), (Verdict.INCLUDE,)])
def test_what_was_excluded_by_a_slip_is_sent_once_that_is_taken_back(
    world: World, verdicts: tuple[Verdict, ...]
) -> None:
    early, late = world.reader("early@example.org"), world.reader("late@example.org", "cells", days="sun")
    world.put(article("1"))
    world.evaluate()
    review(world, "pubmed:1", Verdict.EXCLUDE)
    world.put(article("2"))
    world.build(days=8)
    assert [uid for _, uid, _ in world.ledger(early)] == ["pubmed:2"]
    for verdict in verdicts:
        review(world, "pubmed:1", verdict)
    world.build(days=8)
    assert [uid for _, uid, _ in world.ledger(early)] == ["pubmed:2", "pubmed:1"]
    assert [uid for _, uid, _ in world.ledger(late)] == ["pubmed:2", "pubmed:1"]
    assert world.build(days=8).digests == 0


def test_a_decision_about_what_a_reader_had_sends_nothing_again(world: World) -> None:
    reader = world.reader()
    world.put(article("1"))
    world.build()
    review(world, "pubmed:1", Verdict.INCLUDE)
    assert world.build().digests == 0
    review(world, "pubmed:1", Verdict.EXCLUDE)
    world.build()
    review(world, "pubmed:1", Verdict.UNDO)
    assert world.build().digests == 0
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:1"]


def test_what_a_curator_includes_reaches_who_was_not_sent_it(world: World) -> None:
    reader = world.reader("reader@example.org", "exosomes")
    world.put(article("1"))
    assert world.build().digests == 0
    review(world, "pubmed:1", Verdict.INCLUDE, topic="exosomes")

    def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
        return {"exosomes": [Match(uid=uid, score=1.0, why=("was included in review",)) for uid in uids]}

    evaluate(world.library, match, topics=TITLES, fresh_days=30, now=world.now)
    assert world.build().items == 1
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:1"]


def test_two_processes_that_ask_the_topics_at_once_do_not_fail(world: World) -> None:
    world.put(article("1"), article("2"))
    meet = Barrier(2)
    met: list[bool] = []

    def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
        if uids and len(met) < 2:
            met.append(True)
            meet.wait(30)
        return by_title(uids, world.library)

    def work(_: int) -> int:
        return evaluate(world.library, match, topics=TITLES, fresh_days=30, now=world.now).matches

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 2]


def test_a_process_that_never_gets_its_turn_says_what_to_do(world: World) -> None:
    def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
        with world.library.transaction() as writer:
            mark = world.library.watermark("digests")
            writer.advance("digests", expected=mark, to=mark - 1)
        return by_title(uids, world.library)

    world.put(article("1"))
    with pytest.raises(LibraryError, match="other processes ask the topics") as caught:
        evaluate(world.library, match, topics=TITLES, fresh_days=30, now=world.now)
    assert not isinstance(caught.value, WatermarkMovedError)


def test_records_that_wait_for_annotation_are_counted(world: World) -> None:
    with world.library.transaction() as writer:
        writer.advance("annotate test", expected=0, to=0)
    world.put(article("1"), article("2"))
    report = world.evaluate()
    assert (report.records, report.waiting) == (0, 2)
    assert report.notes()[0].startswith("2 records have still to be annotated")
    with world.library.transaction() as writer:
        writer.advance("annotate test", expected=0, to=world.library.last_seq())
    assert (world.evaluate().records, world.evaluate(now=world.now + dt.timedelta(1)).waiting) == (2, 0)
