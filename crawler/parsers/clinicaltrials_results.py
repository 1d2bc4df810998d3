"""ClinicalTrials.gov, version 2: posted results as text that can be read, searched and annotated.

Participant flow, outcomes with their analyses, and adverse events. Baseline tables are left to the raw payload.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.parsers.clinicaltrials_text import markup
from crawler.parsers.json_tree import Node

_EVENTS: Final = (("seriousEvents", "Serious adverse events"), ("otherEvents", "Other adverse events"))
_TOTALS: Final = (
    ("deaths", "deaths from any cause"),
    ("serious", "serious adverse events"),
    ("other", "other adverse events"),
)


def results_text(results: Node) -> str:
    """The results section as paragraphs; empty where none is posted."""
    if not results:
        return ""
    caveats = markup(results.node("moreInfoModule", "limitationsAndCaveats"), "description")
    outcomes = (_outcome(outcome) for outcome in results.node("outcomeMeasuresModule").nodes("outcomeMeasures"))
    parts = [
        _flow(results.node("participantFlowModule")),
        *outcomes,
        _adverse_events(results.node("adverseEventsModule")),
        f"Limitations and caveats: {caveats}" if caveats else "",
    ]
    text = "\n\n".join(part for part in parts if part)
    return f"Results posted in the registry\n\n{text}" if text else ""


def _groups(node: Node, name: str = "groups") -> dict[str, str]:
    return {group.text("id"): group.text("title") for group in node.nodes(name)}


def _flow(flow: Node) -> str:
    titles = _groups(flow)
    lines = [text for name in ("recruitmentDetails", "preAssignmentDetails") if (text := markup(flow, name))]
    for period in flow.nodes("periods"):
        for step in period.nodes("milestones"):
            counts = _counts(step.nodes("achievements"), titles)
            if counts:
                lines.append(f"{period.text('title')}, {step.text('type').lower()}: {counts}.")
        for loss in period.nodes("dropWithdraws"):
            counts = _counts(loss.nodes("reasons"), titles, zeros=False)
            if counts:
                lines.append(f"{period.text('title')}, withdrawn, {loss.text('type')}: {counts}.")
    return "Participant flow\n" + "\n".join(lines) if lines else ""


def _counts(entries: list[Node], titles: dict[str, str], *, zeros: bool = True) -> str:
    counts = ((entry.text("groupId"), entry.text("numSubjects")) for entry in entries)
    return "; ".join(
        f"{titles.get(group, group)} {count}" for group, count in counts if count and (zeros or count != "0")
    )


def _outcome(outcome: Node) -> str:
    role = outcome.text("type").replace("_", " ").capitalize()
    lines = [f"{role} outcome: {outcome.text('title')}", *_explanation(outcome), *_measurements(outcome)]
    lines += [line for analysis in outcome.nodes("analyses") if (line := _analysis(analysis))]
    return "\n".join(lines)


def _explanation(outcome: Node) -> Iterator[str]:
    yield from (text for name in ("description", "populationDescription") if (text := markup(outcome, name)))
    if frame := outcome.text("timeFrame"):
        yield f"Time frame: {frame}"


def _measurements(outcome: Node) -> Iterator[str]:
    titles = _groups(outcome)
    unit = outcome.text("unitOfMeasure")
    for class_ in outcome.nodes("classes"):
        for category in class_.nodes("categories"):
            label = ", ".join(title for title in (class_.text("title"), category.text("title")) if title)
            values = [_measurement(measured, titles) for measured in category.nodes("measurements")]
            if values:
                yield f"{label + ': ' if label else ''}{'; '.join(values)}" + (f" ({unit})" if unit else "")


def _measurement(measured: Node, titles: dict[str, str]) -> str:
    group = measured.text("groupId")
    value = measured.text("value")
    low, high, spread = (measured.text(name) for name in ("lowerLimit", "upperLimit", "spread"))
    around = f" ({low} to {high})" if low and high else f" (± {spread})" if spread else ""
    comment = markup(measured, "comment")
    return f"{titles.get(group, group)} {value}{around}" + (f", {comment}" if comment else "")


def _analysis(analysis: Node) -> str:
    parts = [markup(analysis, "groupDescription"), analysis.text("statisticalMethod")]
    if value := analysis.text("paramValue"):
        parts.append(f"{analysis.text('paramType') or 'estimate'} {value}")
    low, high = analysis.text("ciLowerLimit"), analysis.text("ciUpperLimit")
    if low and high:
        percent = analysis.text("ciPctValue")
        parts.append(f"{percent + ' % ' if percent else ''}confidence interval {low} to {high}")
    if probability := analysis.text("pValue"):
        parts.append(f"p {probability if probability[0] in '<>=≤≥' else '= ' + probability}")
    parts += [markup(analysis, name) for name in ("estimateComment", "otherAnalysisDescription")]
    text = "; ".join(part for part in parts if part)
    return f"Analysis: {text}" if text else ""


def _adverse_events(module: Node) -> str:
    titles = _groups(module, "eventGroups")
    lines = [text for name in ("description", "allCauseMortalityComment") if (text := markup(module, name))]
    if frame := module.text("timeFrame"):
        lines.append(f"Time frame: {frame}")
    lines += [line for group in module.nodes("eventGroups") if (line := _totals(group))]
    for name, heading in _EVENTS:
        events = [line for event in module.nodes(name) if (line := _event(event, titles))]
        lines += [f"{heading}:", *events] if events else []
    return "Adverse events\n" + "\n".join(lines) if lines else ""


def _totals(group: Node) -> str:
    totals = []
    for name, meaning in _TOTALS:
        affected, at_risk = group.integer(f"{name}NumAffected"), group.integer(f"{name}NumAtRisk")
        if affected is not None and at_risk is not None:
            totals.append(f"{meaning} in {affected} of {at_risk}")
    return f"{group.text('title')}: {', '.join(totals)}." if totals else ""


def _event(event: Node, titles: dict[str, str]) -> str:
    """The groups in which the event happened; an event of no group says nothing."""
    counts = []
    for stats in event.nodes("stats"):
        affected, group = stats.integer("numAffected"), stats.text("groupId")
        if affected:
            at_risk = stats.integer("numAtRisk")
            counts.append(f"{titles.get(group, group)} {affected}" + (f" of {at_risk}" if at_risk is not None else ""))
    return f"{event.text('term')}: {'; '.join(counts)}" if counts else ""
