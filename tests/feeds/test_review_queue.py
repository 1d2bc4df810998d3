"""The queue of a topic: what comes next, what becomes of it, and what the topic learns from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from feeds.review.rounds import current_round
from feeds.review.status import status_of
from feeds.review.types import Drawn, Verdict
from feeds.topics.known import Outcome, check_known_items
from feeds.topics.matching import matches
from feeds.topics.window import open_window
from library import Library
from nlp.lexicon.lookup import Lexicon
from records.record import PublicationStatus
from tests.feeds.review_world import NEAR, TOPIC, is_wanted, make_world, opened, paper, read
from tests.feeds.world import embed, put


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_world(tmp_path, 60, near=10) as library:
        yield library


def held(library: Library, topic: object = TOPIC) -> dict[str, tuple[str, ...]]:
    with open_window(library, Lexicon(), library.iter_uids()) as window:
        return {match.uid: match.why for match in matches(topic, window)}  # type: ignore[arg-type]


def test_matches_come_before_near_misses_until_there_is_something_to_learn_from(library: Library) -> None:
    queue = opened(library)
    waiting = queue.waiting()
    assert len(waiting) == 70
    assert all(int(uid[-4:]) < NEAR for uid in waiting[:60])
    assert "near miss of" in queue.candidates[waiting[-1]].why
    first = queue.next()
    assert first
    assert (first.model, first.rank, first.drawn) == ("match", 1, Drawn.TOP)


def test_what_is_wanted_comes_first_once_it_has_learnt(library: Library) -> None:
    queue = opened(library, every=1_000)
    for uid in ("pubmed:99000005", "pubmed:99000001"):
        offer = queue.named(uid)
        assert offer
        queue.decide(offer, Verdict.INCLUDE if is_wanted(uid) else Verdict.EXCLUDE)
    following = read(queue, 13)
    assert sum(map(is_wanted, following)) == 13, "near misses too are ranked by what was learnt"
    assert queue.next().model.startswith("logistic ")  # type: ignore[union-attr]


def test_every_so_many_th_record_is_drawn_at_random_and_resuming_draws_the_same(library: Library) -> None:
    queue = opened(library, every=4)
    drawn = []
    for _ in range(12):
        offer = queue.next()
        again = opened(library, every=4).next()
        assert offer == again, "a new process goes on where the last one was"
        drawn.append(offer.drawn)  # type: ignore[union-attr]
        queue.decide(offer, Verdict.EXCLUDE)  # type: ignore[arg-type]
    assert drawn == [Drawn.TOP, Drawn.TOP, Drawn.TOP, Drawn.RANDOM] * 3


def test_a_random_draw_takes_any_unread_record_as_often_as_any_other(tmp_path: Path) -> None:
    with make_world(tmp_path, 12) as library:
        counts: dict[str, int] = {}
        queue = opened(library)
        uids = queue.waiting()
        for number in range(1_200):
            from feeds.review.rounds import Round, lots

            numbers = lots(Round(id=1, salt=number.to_bytes(16, "big"), members=frozenset(uids)), uids)
            first = min(uids, key=numbers.__getitem__)
            counts[first] = counts.get(first, 0) + 1
    assert len(counts) == 12
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 31.3, "chi-square of 11 degrees at 0.1 %"


def test_skipping_puts_behind_and_undo_brings_back(library: Library) -> None:
    queue = opened(library, every=1_000)
    first = queue.next()
    assert first
    queue.decide(first, Verdict.SKIP)
    assert queue.next() != first
    assert queue.waiting()[-1] == first.uid
    assert opened(library, "bert").waiting()[0] == first.uid, "another curator has not skipped it"
    assert queue.undo().uid == first.uid
    assert queue.waiting()[0] == first.uid
    read(queue, 69)
    last = queue.next()
    assert last
    queue.decide(last, Verdict.SKIP)
    assert queue.next().uid == last.uid, "what was skipped comes again when nothing else is left"  # type: ignore[union-attr]


def test_a_random_draw_that_was_taken_back_is_one_again(library: Library) -> None:
    queue = opened(library)
    offer = queue.next(sample=True)
    assert offer
    assert offer.drawn is Drawn.RANDOM
    queue.decide(offer, Verdict.EXCLUDE)
    again = queue.again(queue.undo())
    assert (again.uid, again.drawn, again.round) == (offer.uid, Drawn.RANDOM, offer.round)
    queue.decide(again, Verdict.INCLUDE)
    assert status_of(queue).recall.draws == 1


def test_who_skips_a_random_draw_does_not_get_another_estimate(library: Library) -> None:
    queue = opened(library)
    read(queue, 30, sample=True)
    before = status_of(queue).recall
    offer = queue.next(sample=True)
    assert offer
    queue.decide(offer, Verdict.SKIP)
    after = status_of(queue).recall
    assert after.draws == before.draws + 1
    assert after.wanted_high >= before.wanted_high, "it may be wanted"
    assert after.low < before.high


def test_what_was_decided_is_not_asked_again_unless_its_text_changes(library: Library) -> None:
    queue = opened(library, every=1_000)
    first, second = read(queue, 2)
    status = paper(int(first[-4:]), status=PublicationStatus.RETRACTED)
    text = paper(int(second[-4:]), title="Exosome study with another title")
    put(library, status, text)
    queue = opened(library, every=1_000)
    offer = queue.next()
    assert offer
    assert offer.uid == second
    assert queue.is_changed(second)
    assert not queue.is_changed(first), "a retraction is shown, it is no new text"
    assert status_of(queue).changed == 1
    queue.decide(offer, Verdict.INCLUDE)
    assert not queue.is_changed(second)
    assert second not in queue.waiting()


def test_what_was_included_does_not_widen_a_topic_that_is_a_query_alone(library: Library) -> None:
    near, before = f"pubmed:9900{NEAR + 5}", held(library)
    queue = opened(library)
    queue.decide(queue.named(near), Verdict.INCLUDE)  # type: ignore[arg-type]
    assert held(library).keys() == before.keys() | {near}
    assert opened(library).candidates[f"pubmed:9900{NEAR + 8}"].why.startswith(f"near miss of {near}")
    wide = msgspec.structs.replace(TOPIC, examples=("pmid:99000001",), threshold=0.9999)
    why = [reason for reasons in held(library, wide).values() for reason in reasons]
    assert any(reason.startswith(f"is near {near}") for reason in why), "where there are examples, it is one more"


def test_decisions_feed_the_topic(library: Library) -> None:
    near, out = f"pubmed:9900{NEAR + 5}", "pubmed:99000007"
    assert near not in held(library)
    queue = opened(library)
    for uid, verdict in ((near, Verdict.INCLUDE), (out, Verdict.EXCLUDE)):
        queue.decide(queue.named(uid), verdict)  # type: ignore[arg-type]
    found = held(library)
    assert found[near] == ("was included in review",)
    assert out not in found
    (test,) = check_known_items([msgspec.structs.replace(TOPIC, must_find=("pmid:99000007",))], library, Lexicon())
    assert (test.outcome, test.why) == (Outcome.FAILED, "excluded in review")
    queue.undo()
    assert out in held(library)
    assert held(library, msgspec.structs.replace(TOPIC, name="other")).keys() >= {out}, (
        "another topic's review is its own"
    )


def test_two_curators_at_once_get_different_records_and_neither_waits(library: Library) -> None:
    anna, bert = opened(library, "anna", every=1_000), opened(library, "bert", every=1_000)
    for queue in (anna, bert):
        queue.decide(queue.next(), Verdict.EXCLUDE)  # type: ignore[arg-type]
    seen: set[str] = set()
    for _ in range(20):
        anna.refresh()
        bert.refresh()
        offers = [anna.next(), bert.next()]
        uids = {offer.uid for offer in offers if offer}
        assert len(uids) == 2
        assert not uids & seen
        seen |= uids
        for queue, offer in zip((anna, bert), offers, strict=True):
            queue.decide(offer, Verdict.EXCLUDE)  # type: ignore[arg-type]
    with library.reading():  # a reader that stays open holds nobody up
        anna.decide(anna.next(), Verdict.EXCLUDE)  # type: ignore[arg-type]


def test_a_second_curator_judges_what_the_first_has_judged(library: Library) -> None:
    anna = opened(library, "anna")
    uids = read(anna, 5)
    bert = opened(library, "bert")
    assert sorted(bert.to_second()) == sorted(uids)
    assert anna.to_second() == []
    offer = bert.next(second=True)
    assert offer
    against = Verdict.EXCLUDE if is_wanted(offer.uid) else Verdict.INCLUDE
    bert.decide(offer, against)
    assert bert.standing[offer.uid].disputed
    assert bert.standing[offer.uid].decision.verdict is against, "the newest verdict counts"
    third = opened(library, "cleo")
    assert third.next(second=True).uid == offer.uid, "disputed records come first"  # type: ignore[union-attr]
    assert status_of(third).disputed == 1


def test_a_queue_that_grows_keeps_its_draws_while_little_is_new(library: Library) -> None:
    read(opened(library), 15, sample=True)
    put(library, paper(100))
    embed(library, {paper(100).uid: [[1.0, 0.0, 0.0]]})
    queue = opened(library)
    assert queue.round.id == 1
    newcomer = status_of(queue).recall
    assert newcomer.draws == 15
    assert newcomer.wanted_high > newcomer.wanted_low
    put(library, *(paper(number) for number in range(101, 130)))
    queue = opened(library)
    assert queue.round.id == 2
    assert len(queue.round.members) == 100
    assert status_of(queue).recall.draws == 0
    with library.reading() as connection:
        kept = connection.exec_driver_sql("SELECT DISTINCT round FROM review_candidates").scalars().all()
        assert current_round(connection, "cells") == queue.round
    assert list(kept) == [2], "members of rounds that are over are forgotten"


def test_a_removed_record_leaves_the_queue_and_its_decision_stays_in_the_log(library: Library) -> None:
    queue = opened(library)
    (uid,) = read(queue, 1)
    other = queue.waiting()[0]
    with library.transaction() as writer:
        writer.delete(uid, "gone")
        writer.delete(other, "gone")
    queue = opened(library)
    assert uid not in queue.records
    assert other not in queue.waiting()
    assert status_of(queue).decided == 1
    assert [one.uid for one in queue.log] == [uid]


def test_nothing_leaves_the_queue_because_a_day_has_passed(library: Library) -> None:
    from datetime import UTC, datetime

    from feeds.review.queue import open_queue

    opened(library)
    later = open_queue(library, Lexicon(), TOPIC, [], curator="anna", random_every=10, clock=lambda: datetime.now(UTC))
    assert len(later.waiting()) == 70


def test_an_empty_queue(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.sqlite3") as library:
        queue = opened(library)
        assert queue.next() is None
        assert queue.next(sample=True) is None
        assert queue.next(second=True) is None
        status = status_of(queue)
        assert (status.candidates, status.saved, status.hint) == (0, 0.0, "Every candidate has been decided about.")


def test_a_review_says_when_to_stop(tmp_path: Path) -> None:
    with make_world(tmp_path, 300) as library:
        queue = opened(library)
        assert status_of(queue).hint == "Nothing has been decided yet."
        queue.decide(queue.named("pubmed:99000001"), Verdict.EXCLUDE)  # type: ignore[arg-type]
        assert "nothing has been included" in status_of(queue).hint
        read(queue, 60)
        assert "Go on" in status_of(queue).hint
        read(queue, 70)
        status = status_of(queue)
        assert status.included == 60, "the model found them all"
        assert "random draws without a find" in status.hint
        assert "cordwatch topic review cells --sample" in status.hint
        assert status.to_be_sure
        read(queue, status.to_be_sure, sample=True)
        status = status_of(queue)
        assert "You may stop" in status.hint
        assert status.recall.low >= 0.95
        assert status.unread > 0
        assert status.saved > 0


def test_one_record_is_counted_as_one(tmp_path: Path) -> None:
    with make_world(tmp_path, 10) as library:
        queue = opened(library)
        for verdict in (Verdict.INCLUDE, Verdict.EXCLUDE):
            queue.decide(queue.next(), verdict)  # type: ignore[arg-type]
        assert status_of(queue).hint == "Go on: the last find by rank was 1 record ago."
