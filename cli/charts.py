"""A trend as a picture: SVG, PNG, or a page of HTML with the picture and its numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Final

from cli.bars import doubted, is_over, remarks, said_of
from index.trends import Series, Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR: Final = "#0072b2"
_TICKS: Final = 12
_LONGEST: Final = 90
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "svg{max-width:100%;height:auto}div{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}th:first-child{text-align:left}"
)


def picture(trend: Trend, format: str, *, today: dt.date, titled: bool = True) -> bytes:
    """The trend drawn, as ``svg`` or ``png``; without its title where that stands beside it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Text stays text, and the same trend gives the same bytes.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "cordwatch", "font.family": "DejaVu Sans"}):
        rows = max(len(trend.series), 1)
        figure = Figure(figsize=(8, 4.2 if rows == 1 else 1.2 + 0.9 * rows), dpi=150, layout="constrained")
        drawn: list[Axes] = list(figure.subplots(rows, 1, sharex=True, sharey=True, squeeze=False)[:, 0])
        for axes, series in zip(drawn, trend.series, strict=False):
            _draw(axes, trend, series)
        _dress(drawn, trend)
        if titled:
            heading = f"{_escaped(_short(_title(trend)))}\n{_subtitle(trend, today)}"
            figure.suptitle(heading, x=0.01, ha="left", fontsize=10, linespacing=1.6)
        stream = BytesIO()
        date = {"Date": None} if format == "svg" else {"Software": None}
        figure.savefig(stream, format=format, metadata=date)
    return stream.getvalue()


def page(trend: Trend, *, today: dt.date) -> str:
    """A page that stands alone: the picture, every number, and what the counts leave out."""
    svg = picture(trend, "svg", today=today, titled=False).decode("utf-8")
    svg = svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(_alt(trend))}"', 1)
    title = escape(_title(trend))
    heads = "".join(f'<th scope="col">{escape(series.name)}</th>' for series in trend.series)
    rows = "".join(
        f'<tr><th scope="row">{period}{said_of(trend, period)}</th>'
        + "".join(f"<td>{series.counts[place]}{doubted(series.doubtful[place])}</td>" for series in trend.series)
        + "</tr>\n"
        for place, period in enumerate(trend.periods)
    )
    notes = "".join(f"<li>{escape(remark)}</li>" for remark in remarks(trend))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1><p>{escape(_subtitle(trend, today))}</p>\n<div>{svg}</div>\n<ul>{notes}</ul>\n"
        f'<div><table><thead><tr><th scope="col">{trend.per}</th>{heads}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div></body></html>\n"
    )


def _draw(axes: Axes, trend: Trend, series: Series) -> None:
    bars = axes.bar(range(len(series.counts)), series.counts, width=0.8, color=_COLOUR)
    for bar, period in zip(bars, trend.periods, strict=True):
        if not is_over(trend, period):
            bar.set(facecolor="white", edgecolor=_COLOUR, hatch="////")
    if trend.by:
        said = f"{_short(series.name)}  {sum(series.counts)}{doubted(sum(series.doubtful))}"
        axes.set_title(_escaped(said), loc="left", fontsize=8, pad=2)


def _dress(drawn: Sequence[Axes], trend: Trend) -> None:
    from matplotlib.ticker import MaxNLocator

    step = -(-len(trend.periods) // _TICKS)
    places = list(range(0, len(trend.periods), step))
    for axes in drawn:
        axes.set_xticks(places, [trend.periods[place] for place in places], fontsize=8)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6 if len(drawn) == 1 else 2, integer=True))
        axes.tick_params(axis="y", labelsize=8, length=0)
        axes.tick_params(axis="x", length=0)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#e5e5e5", linewidth=0.7)
        axes.set_axisbelow(True)
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)


def _title(trend: Trend) -> str:
    return trend.query.strip() or "Everything"


def _subtitle(trend: Trend, today: dt.date) -> str:
    by = f" and {trend.by.replace('_', ' ')}" if trend.by else ""
    not_over = f"; {trend.incomplete} is not over" if trend.incomplete else ""
    records = f"{trend.total} records{doubted(trend.doubtful)}"
    return f"{records} by {trend.per} of publication{by}, as of {today.isoformat()}{not_over}"


def _alt(trend: Trend) -> str:
    return "; ".join(f"{series.name}: {_spoken(trend, series)}" for series in trend.series)


def _spoken(trend: Trend, series: Series) -> str:
    each = zip(trend.periods, series.counts, series.doubtful, strict=True)
    return ", ".join(f"{period} {count}{doubted(doubtful)}" for period, count, doubtful in each)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _escaped(text: str) -> str:
    """Without the signs that matplotlib reads as mathematics."""
    return text.replace("$", r"\$")
