"""Works of one digest that are about each other stand together, under the work that they are about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feeds.digests.items import LEADING, WorkItem
from feeds.digests.stories import stories_of
from records.record import Kind


def item(name: str, *about: str, kind: Kind = Kind.ARTICLE, preprints: tuple[str, ...] = ()) -> WorkItem:
    """A work whose only identifier is ``pmid:NAME``, about others by theirs."""
    empty = dict.fromkeys(("colour", "warning", "caution", "title", "url", "facts", "finding"), "")
    return WorkItem(
        work=(name,),
        uid=name,
        publication=(name,),
        kind=kind.value,
        badge=(),
        others=(),
        keys=frozenset({f"pmid:{name}"}),
        about=frozenset(f"pmid:{one}" for one in about),
        preprints=frozenset(f"pmid:{one}" for one in preprints),
        **empty,
    )


def test_comment_press_and_notice_stand_under_their_paper() -> None:
    items = [
        item("other"),
        item("press", "paper", kind=Kind.PRESS),
        item("paper"),
        item("comment", "paper"),
        item("notice", "paper", kind=Kind.NOTICE),
        item("reply", "comment"),
    ]
    assert stories_of(items) == [(0,), (2, 1, 3, 4, 5)]


def test_a_preprint_stands_under_the_paper_that_names_it() -> None:
    assert stories_of([item("early", kind=Kind.PREPRINT), item("paper", preprints=("early",))]) == [(1, 0)]


def test_a_round_up_joins_nothing_and_neither_does_what_is_not_here() -> None:
    items = [item("a"), item("b"), item("round-up", "a", "b", kind=Kind.PRESS), item("alone", "elsewhere")]
    assert stories_of(items) == [(0,), (1,), (2,), (3,)]


def test_a_paper_never_stands_under_its_press() -> None:
    assert stories_of([item("press", kind=Kind.PRESS), item("paper", "press")]) == [(0,), (1,)]


def test_two_that_are_about_each_other_are_one_story() -> None:
    assert stories_of([item("a", "b"), item("b", "a")]) == [(0, 1)]


@given(st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=2), st.sampled_from(LEADING)), max_size=10))
def test_every_work_is_in_one_story(drawn: list[tuple[list[int], Kind]]) -> None:
    items = [item(str(place), *map(str, about), kind=kind) for place, (about, kind) in enumerate(drawn)]
    found = stories_of(items)
    assert sorted(place for story in found for place in story) == list(range(len(items)))
    assert [min(story) for story in found] == sorted(min(story) for story in found)
