"""The small picture of a digest: how many new works a topic had in each of the last weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

import msgspec

from feeds.mail.clean import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEEKS: Final = 12
_KNOWN_WEEKS: Final = 3
"""With a shorter past there is nothing to compare."""
_COLOUR: Final = "#9db4c8"
_THIS_WEEK: Final = "#1d5f8a"


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and its words."""

    png: bytes
    alt: str
    width: int
    """Pixels at which it is shown; it has twice as many."""
    height: int


def weekly_counts(found: Sequence[dt.datetime], now: dt.datetime) -> tuple[int, ...]:
    """How many lie in each of the last weeks of seven days, the newest last; empty where the past is too short."""
    ages = [(now - moment).days // 7 for moment in found]
    if not ages or max(ages) + 1 < _KNOWN_WEEKS:
        return ()
    counts = [0] * WEEKS
    for age in ages:
        if 0 <= age < WEEKS:
            counts[WEEKS - 1 - age] += 1
    return tuple(counts)


def draw(title: str, counts: tuple[int, ...]) -> Chart:
    """A bar a week, the newest one dark; numbers on the newest and the highest."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 1.6), dpi=200, layout="constrained")
    axes: Axes = figure.add_subplot()
    places = range(len(counts))
    axes.bar(places, counts, color=[_COLOUR] * (len(counts) - 1) + [_THIS_WEEK], width=0.72)
    for place in {len(counts) - 1, counts.index(max(counts))}:
        axes.annotate(str(counts[place]), (place, counts[place]), ha="center", va="bottom", fontsize=10, color="#333")
    axes.set_ylim(0, max(counts) * 1.25 or 1)
    axes.set_xticks([0, len(counts) - 1], [f"{len(counts)} weeks ago", "this week"], fontsize=10, color="#555")
    axes.set_yticks([])
    axes.tick_params(length=0)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#bbb")
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    alt = f"New works a week in {clean(title, 80)}, oldest of {len(counts)} weeks first: {', '.join(map(str, counts))}."
    return Chart(png=stream.getvalue(), alt=alt, width=560, height=160)
