"""What is in a digest: each work once for each reader, changes of what was sent, and what waits."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest

from config.settings import CrossrefSettings
from feeds.digests.build import Builder
from feeds.subscriptions import store
from library.types import CrawlRun, CrawlState
from records.identifiers import Identifiers
from records.record import Kind, PublicationStatus, Record, Relation, RelationType
from records.trial import TrialStatus
from tests.feeds.digest_world import TITLES, World, article, registration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def parsed(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(message: bytes, subtype: str = "plain") -> str:
    part = parsed(message).get_body((subtype,))
    assert part is not None
    return str(part.get_content())


def test_a_reader_gets_each_work_once(world: World) -> None:
    reader = world.reader()
    world.put(article("1"), article("2"))
    assert world.build().items == 2
    world.put(article("2", title="Paper 2, exosomes too"), article("3"))
    assert world.build().items == 1
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:1", "pubmed:2", "pubmed:3"]


def test_records_of_one_work_are_one_item(world: World) -> None:
    world.reader()
    shared = Identifiers(pmid="1", doi="10.5555/one")
    press = Record(
        source="press", source_id="a", kind=Kind.PRESS, title="News", identifiers=Identifiers(doi="10.5555/one")
    )
    world.put(press, article("1", identifiers=shared))
    assert world.build().items == 1
    text = text_of(world.mails()[0])
    assert "Paper 1" in text
    assert "Also: press" in text
    again = Record(
        source="wire", source_id="b", kind=Kind.PRESS, title="More", identifiers=Identifiers(doi="10.5555/one")
    )
    world.put(again)
    assert world.build().digests == 0


def test_nothing_from_before_the_subscription(world: World) -> None:
    world.put(article("1"))
    world.now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    world.reader()
    assert world.build().digests == 0
    world.put(article("1", title="Paper 1, revised"))
    assert world.build().digests == 0


def test_oldest_first_and_nothing_dropped(world: World) -> None:
    reader = world.reader(max_items=3)
    world.put(*(article(str(number)) for number in range(10, 17)))
    reports = [world.build() for _ in range(4)]
    assert [(report.items, report.left) for report in reports] == [(3, 4), (3, 1), (1, 0), (0, 0)]
    assert [uid for _, uid, _ in world.ledger(reader)] == [f"pubmed:{number}" for number in range(10, 17)]
    assert "4 more works wait" in text_of(world.mails()[0])


def test_left_over_works_come_before_new_ones(world: World) -> None:
    reader = world.reader("reader@example.org", "cells", "exosomes", max_items=1)
    world.put(article("1"), article("2"))
    world.build()
    world.put(article("2", title="Paper 2 on exosomes"), article("0"))
    world.build()
    world.build()
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:1", "pubmed:2", "pubmed:0"]
    assert world.build().digests == 0


def test_a_size_limit_leaves_items_for_later(tmp_path: Path) -> None:
    world = World(tmp_path, max_kb=18)
    world.reader(max_items=100)
    world.put(*(article(str(number), title=f"{number} " + "long title " * 20) for number in range(30)))
    first = world.build()
    assert 0 < first.items < 30
    assert first.items + first.left == 30
    # What is counted is the bodies; encoding adds to them.
    assert len(text_of(world.mails()[0])) + len(text_of(world.mails()[0], "html")) <= 18 * 1024
    world.close()


def test_a_retraction_of_what_was_sent_is_told_once(world: World) -> None:
    reader, other = world.reader(), world.reader("other@example.org", "exosomes")
    world.put(article("1"), article("2"))
    world.build()
    world.status("1", PublicationStatus.RETRACTED, Relation(type=RelationType.RETRACTED_BY, target="pmid:9"))
    report = world.build()
    assert (report.digests, report.items, report.changes) == (1, 0, 1)
    message = world.mails()[-1]
    assert "1 retraction" in parsed(message)["Subject"]
    assert "*** RETRACTED" in text_of(message)
    assert "Paper 1" in text_of(message)
    assert "Paper 2" not in text_of(message)
    assert world.build().digests == 0
    assert not world.ledger(other)
    assert [event for _, _, event in world.ledger(reader)] == [0, 0, 1]


def test_a_notice_speaks_before_the_paper_does(world: World) -> None:
    world.reader()
    world.put(article("1"))
    world.build()
    retracts = Relation(type=RelationType.RETRACTS, target="pmid:1")
    world.put(article("9", title="Retraction: Paper 1", kind=Kind.NOTICE, relations=(retracts,)))
    report = world.build()
    assert (report.items, report.changes) == (0, 1)
    assert "Retraction: Paper 1" in text_of(world.mails()[-1])
    world.status("1", PublicationStatus.RETRACTED)
    assert world.build().digests == 0


def test_a_retraction_that_several_registers_learn_of_is_told_once(world: World) -> None:
    world.reader()
    doi = Identifiers(doi="10.5555/one")
    world.put(article("1", identifiers=doi), article("1", identifiers=doi, source="europepmc"))
    world.build()
    why = Relation(type=RelationType.RETRACTED_BY, target="doi:10.5555/two", raw="Retraction, 2025-05-30: Unreliable")
    row = article("1", identifiers=doi, source="retractionwatch", relations=(why,))
    world.put(msgspec.structs.replace(row, status=PublicationStatus.RETRACTED))
    report = world.build()
    assert (report.items, report.changes) == (0, 1)
    text = " ".join(text_of(world.mails()[-1]).split())
    assert "*** RETRACTED" in text
    assert "Unreliable (retractionwatch)" in text
    assert world.build().digests == 0


def test_an_item_retracted_before_it_was_sent_is_marked_and_no_change(world: World) -> None:
    world.reader()
    world.put(article("1"))
    world.evaluate()
    world.status("1", PublicationStatus.RETRACTED)
    report = world.build()
    assert (report.items, report.changes) == (1, 0)
    assert "*** RETRACTED ***" in text_of(world.mails()[0])
    assert world.build().digests == 0


def test_a_second_correction_is_told_too(world: World) -> None:
    world.reader()
    world.put(article("1"))
    world.build()
    corrections = [Relation(type=RelationType.CORRECTED_BY, target=f"pmid:{number}") for number in (7, 8)]
    world.status("1", PublicationStatus.CORRECTED, corrections[0])
    assert world.build().changes == 1
    world.status("1", PublicationStatus.CORRECTED, *corrections)
    assert world.build().changes == 1
    assert "A correction has been published" in text_of(world.mails()[-1])


def test_trial_status_changes_between_two_digests_are_one(world: World) -> None:
    world.reader()
    world.put(registration("NCT99000001", TrialStatus.RECRUITING))
    world.build()
    for status in (TrialStatus.SUSPENDED, TrialStatus.TERMINATED):
        world.put(registration("NCT99000001", status, why_stopped="no funds"))
        world.evaluate()
    assert world.build().changes == 1
    text = text_of(world.mails()[-1])
    assert "Trial status: recruiting → terminated" in text
    assert "Why stopped: no funds" in text


def test_a_preprint_now_published_is_a_change_and_its_paper_no_new_work(world: World) -> None:
    world.reader()
    world.put(article("1", kind=Kind.PREPRINT, identifiers=Identifiers(doi="10.5555/pre")))
    world.build()
    link = Relation(type=RelationType.HAS_PREPRINT, target="doi:10.5555/pre")
    world.put(article("2", container_title="Journal of Cords", relations=(link,)))
    report = world.build()
    assert (report.items, report.changes) == (0, 1)
    assert "Now published in Journal of Cords" in text_of(world.mails()[-1])
    assert world.build().digests == 0


def test_many_changes_are_spread_over_digests(tmp_path: Path) -> None:
    world = World(tmp_path, max_changes=2)
    reader = world.reader()
    world.put(*(article(str(number)) for number in range(5)))
    world.build()
    for number in range(5):
        world.status(str(number), PublicationStatus.RETRACTED)
    assert [world.build().changes for _ in range(4)] == [2, 2, 1, 0]
    told = [uid for _, uid, event in world.ledger(reader) if event]
    assert sorted(told) == [f"pubmed:{number}" for number in range(5)]
    world.close()


def test_no_empty_mail_unless_asked_for(world: World) -> None:
    world.reader()
    world.reader("eager@example.org", "cells", send_empty=True)
    report = world.build()
    assert (report.digests, report.empty) == (1, 1)
    assert "Nothing new in your topics" in text_of(world.mails()[0])


def test_a_paused_reader_gets_what_came_meanwhile(world: World) -> None:
    reader = world.reader()
    with world.library.transaction() as writer:
        reader = store.pause(writer.connection, reader)
    world.put(article("1"))
    assert world.build().digests == 0
    with world.library.transaction() as writer:
        store.resume(writer.connection, reader, world.now)
    assert world.build().items == 1


def test_missed_slots_come_in_one_digest(world: World) -> None:
    world.reader()
    world.put(article("1"))
    assert world.build(days=9).digests == 1
    world.put(article("2"))
    assert world.build(days=0.01).digests == 0


def test_a_rebuild_repeats_nothing(world: World) -> None:
    reader = world.reader()
    world.put(article("1"))
    world.build()
    world.put(article("2"))
    with world.library.transaction() as writer:
        writer.reset_derived()
    assert world.build().items == 1
    assert [uid for _, uid, _ in world.ledger(reader)] == ["pubmed:1", "pubmed:2"]


def test_two_builders_at_once_bind_each_item_once(world: World) -> None:
    readers = [world.reader(f"reader{number}@example.org") for number in range(12)]
    world.put(*(article(str(number)) for number in range(5)))
    world.evaluate()
    world.now += dt.timedelta(days=1)
    builders = [Builder(world.library, world.settings, TITLES, world.now) for _ in range(3)]
    with ThreadPoolExecutor(len(builders)) as pool:
        reports = list(pool.map(lambda builder: builder.build_due(batch=1), builders))
    assert sum(report.digests for report in reports) == len(readers)
    assert len(world.mails()) == len(readers)
    assert all(len(world.ledger(reader)) == 5 for reader in readers)


def test_an_item_under_embargo_comes_when_it_ends(world: World) -> None:
    world.reader()
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    world.put(article("1", embargo_until=end))
    world.evaluate()
    assert world.build(days=0.5).digests == 0
    world.evaluate(now=end + dt.timedelta(seconds=1))
    assert world.build(days=1).items == 1


def test_a_work_does_not_give_away_its_record_under_embargo(world: World) -> None:
    world.reader()
    shared = Identifiers(doi="10.5555/one")
    end = world.now + dt.timedelta(days=30)
    world.put(article("1", identifiers=shared))
    world.put(article("2", title="Secret", container_title="Hushed", identifiers=shared, embargo_until=end))
    assert world.build().items == 1
    assert "Also" not in text_of(world.mails()[0])


def test_removed_records_are_not_sent(world: World) -> None:
    world.reader()
    world.put(article("1"))
    world.evaluate()
    with world.library.transaction() as writer:
        writer.delete("pubmed:1", "gone")
    assert world.build().digests == 0
    world.put(article("1"))
    assert world.build().items == 1, "what comes back is not lost"
    with world.library.transaction() as writer:
        writer.delete("pubmed:1", "gone")
    world.evaluate()
    world.put(article("1"))
    assert world.build().digests == 0, "nor is it sent twice"


FAILED = "GET http://127.0.0.1:9/daily.rss: HTTP 503"


def test_sources_that_failed_or_are_late_are_named(world: World) -> None:
    world.reader()
    world.put(article("1"))
    early = world.now - dt.timedelta(days=3)
    for source, complete in (("pubmed", True), ("press", False)):
        run = CrawlRun(source=source, started=early, finished=early, complete=complete, errors=(FAILED,))
        with world.library.transaction() as writer:
            writer.add_run(run)
            writer.save_state(CrawlState(source=source, watermark="2026"))
    world.build()
    text = text_of(world.mails()[0])
    assert "press – failed at its last crawl: HTTP 503" in text
    assert "pubmed – late: last read to its end" in text


def test_a_source_that_has_never_succeeded_is_named_and_one_that_is_switched_off_is_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.settings = msgspec.structs.replace(world.settings, crossref=CrossrefSettings(enabled=False))
    world.reader()
    world.put(article("1"))
    early = world.now - dt.timedelta(days=3)
    for source in ("europepmc", "crossref"):
        run = CrawlRun(source=source, started=early, finished=early, complete=False, errors=(FAILED,))
        with world.library.transaction() as writer:
            writer.add_run(run)
    world.build()
    text = text_of(world.mails()[0])
    world.close()
    assert "europepmc – failed at its last crawl: HTTP 503" in text
    assert "crossref" not in text


def test_the_message_is_the_same_bytes_each_time(world: World) -> None:
    world.reader()
    world.put(*(article(str(number)) for number in range(5)))
    world.build()
    first = world.mails()
    path = world.library.path
    world.library.close()
    world.library = type(world.library).open(path)
    assert world.mails() == first


def test_headers_let_a_client_unsubscribe_with_one_click(world: World) -> None:
    reader = world.reader()
    world.put(article("1"))
    world.build()
    message = parsed(world.mails()[0])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith(f"<https://digests.example/unsubscribe/u{reader.id}-")
    assert message["Message-ID"].endswith("@cordwatch.example>")
    assert message["To"] == reader.address


def test_a_long_subject_stays_whole(world: World) -> None:
    world.reader()
    world.put(article("1"), article("2"), registration("NCT99000001", TrialStatus.RECRUITING))
    world.build()
    world.status("1", PublicationStatus.RETRACTED)
    world.put(article("3"), registration("NCT99000001", TrialStatus.SUSPENDED))
    world.build()
    subject = parsed(world.mails()[-1])["Subject"]
    assert subject.startswith("Cordwatch, ")
    assert subject.endswith(": 1 new work, 1 retraction, 1 other change")


def results(number: str, trial: str = "NCT99000003", **fields: object) -> Record:
    """A paper that bears the number of a trial."""
    asked: dict[str, object] = {"identifiers": Identifiers(pmid=number, registrations=(trial,)), **fields}
    return article(number, **asked)


def test_the_results_of_a_trial_reach_whoever_had_its_registration(world: World) -> None:
    reader, other = world.reader(), world.reader("other@example.org", "exosomes")
    world.put(registration("NCT99000003", TrialStatus.COMPLETED))
    world.build()
    world.put(results("1", container_title="Journal of Cords"))
    report = world.build()
    assert (report.digests, report.items, report.changes) == (1, 0, 1)
    text = " ".join(text_of(world.mails()[-1]).split())
    assert "Paper published in Journal of Cords Trial NCT99000003 As: Paper 1 https://journal.example/1" in text
    world.put(results("2"))
    assert world.build().changes == 1, "a second paper of the trial is news too"
    world.put(results("1", title="Paper 1, revised"), results("2", source="europepmc"))
    assert world.evaluate().events == 0
    assert world.build().digests == 0, "other registers have the same papers"
    assert [uid for _, uid, event in world.ledger(reader) if event] == ["pubmed:1", "pubmed:2"]
    assert not world.ledger(other)


def test_a_paper_that_comes_with_its_work_is_no_change_of_it(world: World) -> None:
    world.reader()
    world.reader("small@example.org", max_items=1)
    world.put(registration("NCT99000003", TrialStatus.COMPLETED), article("9"))
    world.evaluate()
    world.put(results("1"), registration("NCT99000004", TrialStatus.COMPLETED), results("2", "NCT99000004"))
    assert world.evaluate().events == 1, "the second trial came with its paper"
    assert [(report.items, report.changes) for report in [world.build() for _ in range(3)]] == [
        (4, 0),
        (1, 0),
        (1, 0),
    ]
    assert world.build().digests == 0


def test_a_waiting_paper_that_turns_out_to_be_of_a_known_trial_is_not_lost(world: World) -> None:
    reader = world.reader(max_items=1)
    world.put(registration("NCT99000003", TrialStatus.COMPLETED), article("1"))
    assert world.build().left == 1
    world.put(results("1"))
    assert world.build().changes == 1
    assert [uid for _, uid, _ in world.ledger(reader)] == ["clinicaltrials:NCT99000003", "pubmed:1"]


def test_a_paper_under_embargo_is_told_when_its_trial_was_sent_and_the_embargo_ends(world: World) -> None:
    world.reader()
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    world.put(registration("NCT99000003", TrialStatus.COMPLETED), results("1", embargo_until=end))
    assert world.build().items == 1
    world.evaluate(now=end + dt.timedelta(seconds=1))
    report = world.build(days=1)
    assert (report.items, report.changes) == (0, 1)


def test_a_paper_that_a_preprint_of_the_same_trial_became_is_told_once(world: World) -> None:
    world.reader()
    trial = ("NCT99000003",)
    world.put(results("1", kind=Kind.PREPRINT, identifiers=Identifiers(doi="10.5555/pre", registrations=trial)))
    world.build()
    link = Relation(type=RelationType.HAS_PREPRINT, target="doi:10.5555/pre")
    world.put(results("2", relations=(link,)))
    assert world.build().changes == 1
    assert "Now published" in text_of(world.mails()[-1])
    assert world.build().digests == 0


def test_a_paper_is_not_told_again_where_changes_wait_for_their_turn(tmp_path: Path) -> None:
    world = World(tmp_path, max_changes=1)
    world.reader()
    world.put(article("8"), article("9"))
    world.build()
    for number in ("8", "9"):
        world.status(number, PublicationStatus.RETRACTED)
    world.put(registration("NCT99000003", TrialStatus.COMPLETED))
    world.evaluate()
    world.put(results("1"))
    assert [(report.items, report.changes) for report in [world.build() for _ in range(3)]] == [(1, 1), (0, 1), (0, 0)]
    world.close()


def story(number: str, target: str) -> Record:
    """A press item that names a paper."""
    relations = (Relation(type=RelationType.MENTIONS, target=target),)
    identifiers = Identifiers(story=(f"story:{number}",))
    return article(number, source="press", kind=Kind.PRESS, identifiers=identifiers, relations=relations)


def test_press_on_a_paper_that_is_retracted_later_is_told_once(world: World) -> None:
    world.reader()
    world.put(story("5", "pmid:1"), story("6", "pmid:2"))
    world.build()
    world.status("1", PublicationStatus.RETRACTED)
    assert world.build().changes == 1
    message = world.mails()[-1]
    assert "1 new work, 1 retraction" in parsed(message)["Subject"]
    assert "*** Names a RETRACTED paper\n   Paper 5\n   pmid 1\n" in text_of(message).replace("\r\n", "\n")
    assert world.build().digests == 0
    world.status("1", PublicationStatus.CURRENT)
    assert world.build().changes == 2, "of the paper too, which was a new work in between"
    assert "What was said against a paper that it is about has been taken back" in text_of(world.mails()[-1])


def test_press_on_a_retracted_paper_is_marked_from_the_first_and_no_change(world: World) -> None:
    world.put(article("1", status=PublicationStatus.RETRACTED))
    world.evaluate()
    world.reader()
    world.put(story("5", "pmid:1"))
    report = world.build()
    assert (report.items, report.changes) == (2, 0)
    assert "[press] *** names a RETRACTED paper ***" in text_of(world.mails()[-1])
    assert ">names a RETRACTED paper</span>" in text_of(world.mails()[-1], "html")
    assert world.build().digests == 0


def test_a_retraction_names_the_paper_that_it_is_about_and_no_other_of_its_trial(world: World) -> None:
    world.reader()
    trial = "NCT99000003"
    world.put(registration(trial, TrialStatus.COMPLETED), results("1", trial, title="Sound"), results("2", trial))
    world.build()
    assert "Sound" in text_of(world.mails()[-1])
    assert "Also: article – Paper 2" in text_of(world.mails()[-1]), "what counts as sent has been shown"
    world.put(results("2", trial, status=PublicationStatus.RETRACTED))
    assert world.build().changes == 1
    text = " ".join(text_of(world.mails()[-1]).split())
    assert "*** RETRACTED Paper 2 https://journal.example/2" in text
    assert "Sound" not in text


def test_two_retractions_of_one_trial_are_two(world: World) -> None:
    world.reader()
    world.put(results("1"), results("2"))
    world.build()
    world.put(*(results(number, status=PublicationStatus.RETRACTED) for number in "12"))
    assert world.build().changes == 2
    assert "2 retractions" in parsed(world.mails()[-1])["Subject"]


def test_a_paper_that_is_retracted_already_is_not_announced_as_sound(world: World) -> None:
    world.reader()
    world.put(article("1", kind=Kind.PREPRINT, identifiers=Identifiers(doi="10.5555/pre")))
    world.build()
    link = (Relation(type=RelationType.HAS_PREPRINT, target="doi:10.5555/pre"),)
    world.put(article("2", relations=link, status=PublicationStatus.RETRACTED, container_title="Cord"))
    assert world.build().changes == 1
    assert "*** RETRACTED – Now published in Cord" in text_of(world.mails()[-1])
    assert "1 retraction" in parsed(world.mails()[-1])["Subject"]


def test_every_paper_that_the_ledger_holds_was_shown(world: World) -> None:
    reader = world.reader()
    world.put(registration("NCT99000003", TrialStatus.COMPLETED), *(results(str(number)) for number in range(1, 9)))
    world.build()
    text = text_of(world.mails()[-1])
    assert len(world.ledger(reader)) == 9
    assert all(f"Paper {number}" in text for number in range(1, 9))
    assert "Trial NCT99000003" in text


def test_works_of_one_story_stand_together(world: World) -> None:
    world.reader()
    comment = article("3", relations=(Relation(type=RelationType.COMMENT_ON, target="pmid:1"),))
    world.put(article("1"), article("2"), comment, story("4", "pmid:1"))
    assert world.build().items == 4
    text = text_of(world.mails()[-1])
    assert [line for line in text.splitlines() if line.startswith(("Paper", "   About it:"))] == [
        "Paper 1",
        "   About it:",
        "Paper 3",
        "Paper 4",
        "Paper 2",
    ]
    assert text_of(world.mails()[-1], "html").count("About it:") == 1
    assert [uid for _, uid, _ in world.ledger()] == ["pubmed:1", "pubmed:3", "press:4", "pubmed:2"]
