"""A review by lines on stdin, for scripts: each line is kept before the next one is read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from cli import exits
from cli.commands.topic._reviewing import offer_row
from cli.complaints import complain
from feeds.review.types import Verdict
from records.errors import CordwatchError, ParseError

if TYPE_CHECKING:
    from feeds.review.queue import Queue
    from feeds.review.types import Offer

_HINT = "next · include UID [REASON] · exclude UID [REASON] · skip UID · undo"


def review_by_lines(queue: Queue, lines: Iterable[str], *, second: bool, sample: bool) -> int:
    """Do what each line says and answer with a line of JSON; a wrong line is told on stderr and the next one read.

    Returns:
        1 if any line was wrong.
    """
    failed = 0
    offered: Offer | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.split()[0] == "next":
                offered = queue.next(second=second, sample=sample)
                _answer(offer_row(queue, offered) if offered else {"uid": None})
            else:
                _answer(_act(queue, line, offered, number))
        except CordwatchError as error:
            failed = exits.FAILED
            complain(error)
    return failed


def _act(queue: Queue, line: str, offered: Offer | None, number: int) -> dict[str, Any]:
    word, uid, reason = [*line.split(maxsplit=2), "", ""][:3]
    if word == "undo":
        taken_back = queue.undo()
        return {"done": "undo", "uid": taken_back.uid, "took_back": str(taken_back.verdict)}
    if word not in (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.SKIP):
        raise ParseError(f"no verdict {word!r}", where=f"line {number}", hint=_HINT)
    if uid == "-" and offered is None:
        raise ParseError(
            "- stands for the record that `next` printed, and none was", where=f"line {number}", hint=_HINT
        )
    shown = offered is not None and uid in ("-", offered.uid)
    offer = offered if shown else queue.named(uid)
    if offer is None:
        raise ParseError(f"{uid!r} is not in the queue of {queue.topic}", where=f"line {number}", hint=_HINT)
    made = queue.decide(offer, Verdict(word), reason)
    return {"done": word, "uid": made.uid, "id": made.id}


def _answer(row: dict[str, Any]) -> None:
    click.echo(json.dumps(row, ensure_ascii=False, default=str))
