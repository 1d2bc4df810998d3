"""A review by single keys on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from rich.padding import Padding
from rich.text import Text

from cli.commands.topic._keyboard import ENDS, Keyboard
from cli.commands.topic._reviewing import note_of, print_status
from cli.output import Format, console
from cli.render import KIND_NOTES
from feeds.mail.clean import clean
from feeds.review.types import Drawn, Verdict
from records.errors import LibraryError
from records.wording import STANDING_LABELS, caution_called

if TYPE_CHECKING:
    from feeds.review.queue import Queue
    from feeds.review.types import Decision, Offer
    from library.types import StoredRecord

KEYS: Final = "[i]nclude  [e]xclude  [s]kip  [u]ndo  [o] whole abstract  [q]uit"
_VERDICTS: Final = {"i": Verdict.INCLUDE, "e": Verdict.EXCLUDE, "s": Verdict.SKIP}
_TITLE: Final = 1_000
_ABSTRACT: Final = 20_000
_SHORT: Final = 600
_REASONS: Final = 9


def review_by_keys(queue: Queue, *, second: bool, sample: bool) -> None:
    """Put one record after the other before the person at the terminal until there are no more, or ``q``."""
    screen = console()
    again: Offer | None = None
    with Keyboard() as keyboard:
        while offer := again or queue.next(second=second, sample=sample):
            show(screen, queue, offer)
            again = _step(screen, keyboard, queue, offer)
            if again is offer:
                break
        else:
            click.echo("Nothing waits." if queue.standing else "The queue is empty: no candidates in this window.")
    print_status(queue, Format.TABLE)


def show(screen: Any, queue: Queue, offer: Offer, *, whole: bool = False) -> None:
    """Print a record with what a curator has to know. Nothing in it can act upon the terminal."""
    record = queue.records[offer.uid].record
    candidate = queue.candidates.get(offer.uid)
    head = Text(f"[{KIND_NOTES.get(record.kind, record.kind)}]", style="cyan")
    warning = STANDING_LABELS.get(record.status)
    for said in filter(None, (warning, *map(caution_called, record.cautions))):
        head.append(f" {said}", style="bold red")
    head.append(f" {clean(record.title, _TITLE)}", style="bold")
    screen.rule(style="dim")
    screen.print(head)
    published = record.published.iso() if record.published else ""
    place = "drawn at random" if offer.drawn is Drawn.RANDOM else f"rank {offer.rank}" if offer.rank else ""
    facts = (clean(record.container_title, 100), published, offer.uid, place, f"{offer.score:.2f}")
    screen.print(Text(" · ".join(filter(None, facts)), style="dim"))
    if candidate and candidate.why:
        screen.print(Text(clean(candidate.why, 300), style="dim"))
    note = note_of(queue, offer.uid)
    if note:
        screen.print(Text(clean(note, 300), style="yellow"))
    abstract = clean(record.text_of("abstract") or record.body, _ABSTRACT if whole else _SHORT)
    if abstract:
        screen.print(Padding(Text(abstract), (1, 0, 0, 2)))


def _step(screen: Any, keyboard: Keyboard, queue: Queue, offer: Offer) -> Offer | None:
    """One key, or as many as it takes: the record to show next if it is not the queue's; the same one to stop."""
    while True:
        click.echo(f"\n{len(queue.standing)} decided · {KEYS} ", nl=False)
        key = keyboard.key().lower()
        click.echo(key if key.isprintable() else "")
        if key == "q" or key in ENDS:
            return offer
        if key == "o":
            show(screen, queue, offer, whole=True)
        elif key == "u":
            back = _undone(queue)
            if back:
                return back
        elif key in _VERDICTS and _decided(keyboard, queue, offer, key):
            return None


def _decided(keyboard: Keyboard, queue: Queue, offer: Offer, key: str) -> bool:
    reason = ""
    if key == "e":
        try:
            reason = _reason(keyboard, queue)
        except (click.Abort, KeyboardInterrupt):
            click.echo("\nnot excluded")
            return False
    before = queue.standing.get(offer.uid)
    queue.decide(offer, _VERDICTS[key], reason)
    after = queue.standing.get(offer.uid)
    if key != "s" and after and after.disputed:
        others = ", ".join(f"{name}: {verdict}" for name, verdict in after.by.items() if name != queue.curator)
        click.echo(f"kept; you disagree with {clean(others, 200)}")
    elif key != "s" and before is None and after and len(after.by) > 1:
        click.echo("kept; another curator decided the same meanwhile")
    return True


def _reason(keyboard: Keyboard, queue: Queue) -> str:
    """Asks why; a number stands for a reason given before."""
    from feeds.review.log import reasons_given

    given = reasons_given(queue.log)[:_REASONS]
    if given:
        click.echo("   ".join(f"{number} {clean(reason, 60)}" for number, reason in enumerate(given, start=1)))
    click.echo("why (Enter: no reason): ", nl=False)
    said = keyboard.line().strip()
    return given[int(said) - 1] if said.isdecimal() and 0 < int(said) <= len(given) else said


def _undone(queue: Queue) -> Offer | None:
    try:
        back: Decision = queue.undo()
    except LibraryError as error:
        click.echo(error.message)
        return None
    stored: StoredRecord | None = queue.records.get(back.uid)
    click.echo(f"took back: {back.verdict} {back.uid}" + ("" if stored else " (no longer in the library)"))
    return queue.again(back) if stored else None
