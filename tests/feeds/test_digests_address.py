"""One address with several subscriptions, at once or one after the other: nothing twice, and nothing missed."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest

from feeds.outbox.queue import MailState, find_mail, mark
from feeds.subscriptions import store
from feeds.subscriptions.types import Subscription
from library.subscription_tables import outbox
from records.record import PublicationStatus
from records.trial import TrialStatus
from tests.feeds.digest_world import World, article, registration

BOTH = ("cells", "exosomes")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def deliver(world: World) -> None:
    """The server takes what waits."""
    with world.library.transaction() as writer:
        waiting = writer.connection.execute(outbox.select().where(outbox.c.state == MailState.QUEUED.value)).all()
        for row in waiting:
            mail = find_mail(writer.connection, row.message_id)
            assert mail is not None
            mark(writer.connection, mail, MailState.SENT, now=world.now)


def end(world: World, reader: Subscription) -> None:
    with world.library.transaction() as writer:
        store.end(writer.connection, store.find(writer.connection, reader.id), world.now)


def new_works(world: World, *readers: Subscription) -> list[list[str]]:
    return [[uid for _, uid, event in world.ledger(reader) if not event] for reader in readers]


def changes(world: World) -> list[int]:
    return [number for _, _, number, _ in world.digests()]


def test_overlapping_subscriptions_bring_a_work_once(world: World) -> None:
    first, second = world.reader("reader@example.org", *BOTH), world.reader("reader@example.org", "cells")
    world.reader("other@example.org")
    world.put(article("1"), article("2", title="Exosomes 2"))
    report = world.build()
    assert (report.items, report.empty) == (3, 1)
    assert new_works(world, first, second) == [["pubmed:1", "pubmed:2"], []]
    world.put(article("3"))
    assert world.build().items == 2


def test_what_one_subscription_has_no_room_for_another_brings(world: World) -> None:
    first = world.reader("reader@example.org", "cells", max_items=1)
    second = world.reader("reader@example.org", *BOTH, max_items=1)
    for number in "123":
        world.put(article(number))
    for _ in range(3):
        world.build()
    assert sorted(uid for uids in new_works(world, first, second) for uid in uids) == [
        "pubmed:1",
        "pubmed:2",
        "pubmed:3",
    ]


def test_what_is_left_is_not_promised_for_the_next_digest_where_another_may_bring_it(world: World) -> None:
    alone = world.reader("alone@example.org", *BOTH, max_items=1)
    shared = world.reader("reader@example.org", "cells", max_items=1)
    world.reader("reader@example.org", *BOTH, max_items=1)
    for number in "123":
        world.put(article(number))
    told = [message_from_string(world.preview(reader), policy=default) for reader in (alone, shared)]
    for subtype in ("plain", "html"):
        texts = []
        for message in told:
            part = message.get_body((subtype,))
            assert part is not None
            texts.append(" ".join(part.get_content().split()))
        assert "2 more works wait; the longest" in texts[0]
        assert "left for the next digest" in texts[0].lower()
        assert "2 more works wait and come in a later digest to this address; the longest" in texts[1]
        assert "next digest" not in texts[1].lower()


def test_a_window_that_reaches_back_brings_nothing_again(world: World) -> None:
    world.reader()
    world.put(article("1"))
    began = world.now
    world.build()
    deliver(world)
    world.now = began
    second = world.reader("reader@example.org", *BOTH)
    world.put(article("2"))
    world.build(days=3)
    assert "pubmed:1" not in new_works(world, second)[0]


def test_a_retraction_is_told_once_by_whichever_subscription_comes_first(world: World) -> None:
    world.reader("reader@example.org", "cells")
    world.reader("reader@example.org", "exosomes")
    world.put(article("1"))
    world.build()
    world.status("1", PublicationStatus.RETRACTED)
    assert world.build().changes == 1
    assert world.build().changes == 0


def test_several_changes_that_one_subscription_told_as_one_are_no_news_to_another(world: World) -> None:
    second = world.reader("reader@example.org", "exosomes")
    world.reader("reader@example.org", "cells")
    world.put(registration("NCT99000001", TrialStatus.NOT_YET_RECRUITING))
    world.build()
    with world.library.transaction() as writer:
        store.pause(writer.connection, store.find(writer.connection, second.id))
    for status in (TrialStatus.RECRUITING, TrialStatus.COMPLETED):
        world.put(registration("NCT99000001", status))
        world.evaluate()
    assert world.build().changes == 1
    with world.library.transaction() as writer:
        store.resume(writer.connection, store.find(writer.connection, second.id), world.now)
    assert world.build().changes == 0


@pytest.mark.parametrize("retracted", ["before", "after"])
def test_who_comes_back_hears_what_became_of_what_was_sent_before(world: World, retracted: str) -> None:
    first = world.reader()
    world.put(article("1"))
    world.build()
    deliver(world)
    end(world, first)
    if retracted == "before":
        world.status("1", PublicationStatus.RETRACTED)
        world.evaluate()
    second = world.reader()
    if retracted == "after":
        world.status("1", PublicationStatus.RETRACTED)
    assert world.build().changes == 1
    assert new_works(world, second) == [[]]
    assert world.build().changes == 0


def test_what_was_taken_back_comes_by_another_subscription(world: World) -> None:
    first, second = world.reader("reader@example.org", *BOTH), world.reader("reader@example.org", "cells")
    world.put(article("1"))
    world.build()
    deliver(world)
    world.status("1", PublicationStatus.RETRACTED)
    world.put(article("2"))
    assert world.build().digests == 1
    end(world, first)
    report = world.build()
    assert (report.items, report.changes) == (1, 1)
    assert new_works(world, second) == [["pubmed:2"]]
    end(world, first)
    assert world.build().digests == 0


def test_a_digest_that_never_came_is_not_known_to_who_comes_back(world: World) -> None:
    first = world.reader()
    world.put(article("1"))
    began = world.now
    world.build()
    end(world, first)
    later, world.now = world.now, began
    second = world.reader()
    world.now = later
    assert world.build().items == 1
    assert new_works(world, second) == [["pubmed:1"]]
