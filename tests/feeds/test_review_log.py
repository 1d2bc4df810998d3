"""The log of decisions: nothing is changed, and undoing takes back what it should."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from feeds.review import log
from feeds.review.types import Drawn, Offer, Verdict
from library import Library
from library.review_tables import review_decisions
from records.errors import ConfigError, LibraryError

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["anna", "bert"]), st.sampled_from(list(Verdict)), st.sampled_from(["a:1", "a:2", "a:3"])
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("log") / "library.sqlite3") as library:
        yield library


def offer(uid: str) -> Offer:
    return Offer(uid=uid, content_hash=b"h", rank=1, score=0.5, model="match", drawn=Drawn.TOP, round=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_undo_takes_back_ones_own_last_decision_and_nothing_else(
    library: Library, steps: list[tuple[str, Verdict, str]]
) -> None:
    model: list[tuple[str, Verdict, str]] = []
    written = 0
    with library.transaction() as writer:
        connection = writer.connection
        connection.execute(delete(review_decisions))
        for curator, verdict, uid in steps:
            before = log.read_log(connection, "t")
            if verdict is not Verdict.UNDO:
                log.decide(connection, "t", offer(uid), curator=curator, verdict=verdict, reason="why", now=NOW)
                model.append((curator, verdict, uid))
            else:
                own = [place for place, one in enumerate(model) if one[0] == curator]
                if not own:
                    with pytest.raises(LibraryError, match="no decision on t to take back"):
                        log.undo(connection, "t", curator=curator, now=NOW)
                    continue
                taken = log.undo(connection, "t", curator=curator, now=NOW)
                assert (taken.curator, taken.verdict, taken.uid) == model.pop(own[-1])
            written += 1
            after = log.read_log(connection, "t")
            assert after[:-1] == before, "an older row was changed"
            assert len(after) == written
        rows = log.read_log(connection, "t")
    assert [(one.curator, one.verdict, one.uid) for one in log.effective(rows)] == model
    found = log.standings(rows)
    for uid in ("a:1", "a:2", "a:3"):
        said = [one for one in model if one[2] == uid and one[1] is not Verdict.SKIP]
        assert (uid in found) == bool(said)
        if said:
            assert found[uid].decision.verdict is said[-1][1]
            assert dict(found[uid].by) == {curator: verdict for curator, verdict, _ in said}
            assert found[uid].disputed == (len({verdict for _, verdict in found[uid].by.items()}) == 2)


def test_a_decision_keeps_who_when_why_and_what_was_shown(library: Library) -> None:
    with library.transaction() as writer:
        made = log.decide(
            writer.connection,
            "kept",
            offer("a:1"),
            curator="anna",
            verdict=Verdict.EXCLUDE,
            reason="  wrong\nspecies \x07",
            now=NOW.astimezone(dt.timezone(dt.timedelta(hours=9))),
        )
        other = log.read_log(writer.connection, "other")
        (kept,) = log.read_log(writer.connection, "kept")
    assert other == []
    assert kept == made
    assert (kept.curator, kept.reason, kept.made, kept.content_hash) == ("anna", "wrong species \x07", NOW, b"h")
    assert (kept.rank, kept.score, kept.model, kept.drawn) == (1, 0.5, "match", Drawn.TOP)


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2J", "\u202eanna", "a" * 101])
def test_a_curator_has_a_name(name: str) -> None:
    with pytest.raises(ConfigError, match="no name of a curator"):
        log.check_curator(name)


def test_reasons_are_offered_again_the_commonest_first(library: Library) -> None:
    with library.transaction() as writer:
        for uid, reason in (("a:1", "review"), ("a:2", "species"), ("a:3", "species")):
            log.decide(
                writer.connection, "r", offer(uid), curator="anna", verdict=Verdict.EXCLUDE, reason=reason, now=NOW
            )
        assert log.reasons_given(log.read_log(writer.connection, "r")) == ["species", "review"]
