"""How hits and records look to a person: first what an item is and whether it stands, then what it found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from cli.output import harmless
from records.annotation import Annotation, Direction, Finding
from records.dates import PartialDate
from records.hit import Highlight, Hit, HitFinding, SearchResult, Summary
from records.record import TEXT_FIELDS, UNSOUND, Caution, PublicationStatus, Record
from records.trial import Trial
from records.wording import STANDING_LABELS, caution_called, outcome_called, why_unreliable

KIND_NOTES: Final = {"preprint": "preprint, not peer-reviewed", "press": "press"}
"""Kinds that say more than their name."""

FINDINGS_SHOWN: Final = 4
"""Of a hit."""
DIRECTION_STYLES: Final = {
    Direction.IMPROVED: "green",
    Direction.UNCHANGED: "yellow",
    Direction.WORSENED: "red",
}


def badge(summary: Summary) -> Text:
    """``[article]``, ``[press]``, ``[registration · PHASE1 · COMPLETED · n=4]``, with a warning where there is one."""
    parts = [KIND_NOTES.get(summary.kind, summary.kind), *summary.phases]
    if summary.trial_status:
        parts.append(summary.trial_status)
    number = summary.sample if summary.enrollment is None else summary.enrollment
    if number is not None:
        parts.append(f"n={number}")
    text = Text("[" + " · ".join(parts) + "]", style="cyan")
    warning = STANDING_LABELS.get(PublicationStatus(summary.status))
    for said in filter(None, (warning, summary.caution)):
        text.append(f" {said}", style="bold red")
    return text


def hit_block(hit: Hit) -> Table:
    """One hit: its rank, and beside it a few lines that wrap under each other."""
    block = Table.grid(padding=(0, 1), expand=True)
    block.add_column(width=4, justify="right", no_wrap=True)
    block.add_column(ratio=1, overflow="fold")
    rank = f"{hit.rank}."
    for line in map(shown, _hit_lines(hit)):
        block.add_row(rank, line)
        rank = ""
    return block


def shown(line: Text) -> Text:
    """A line fit for a terminal, whatever a source has put into it."""
    if (plain := harmless(line.plain)) != line.plain:
        line.plain = plain
    return line


def _hit_lines(hit: Hit) -> Iterable[Text]:
    summary = hit.summary
    yield badge(summary).append(" ").append(summary.title, style="bold")
    also = f" (also {', '.join(hit.also)})" if hit.also else ""
    yield Text(" · ".join(_facts(summary)) + also, style="dim")
    if hit.best:
        yield marked(hit.best)
    for finding in summary.findings[:FINDINGS_SHOWN]:
        line = _outcome(finding, Direction(finding.direction), _unreliable(summary))
        # The sentence is evidence: it is not printed twice when the best sentence is the same.
        if hit.best is None or finding.sentence != hit.best.text:
            line.append(f" — “{finding.sentence}”", style="italic not bold")
        yield line
    if (more := len(summary.findings) - FINDINGS_SHOWN) > 0:
        yield Text(f"and {more} more: cordwatch show {summary.uid}", style="dim")
    if hit.explanation:
        why = hit.explanation
        yield Text(
            f"score {hit.score:.3f} = lexical {why.lexical_share:.3f} (BM25 {_number(why.lexical)})"
            f" + semantic {why.semantic_share:.3f} (cosine {_number(why.semantic)})",
            style="dim",
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _facts(summary: Summary) -> list[str]:
    authors = ", ".join(summary.authors[:2]) + (" et al." if summary.author_count > 2 else "")
    facts = [authors, summary.container_title, summary.published]
    facts += [
        ", ".join(summary.species),
        ", ".join(summary.cell_types[:3]),
        summary.uid,
    ]
    return [fact for fact in facts if fact]


def marked(highlight: Highlight) -> Text:
    """A passage with its matches in bold."""
    text = Text(f"“{highlight.text}”")
    for start, end in highlight.marks:
        text.stylize("bold", start + 1, end + 1)
    return text


def result_footer(result: SearchResult) -> str:
    """How many there are, how they were ranked and how long it took."""
    joined = sum(len(hit.also) for hit in result.hits)
    shown = len(result.hits) + joined
    count = f"{shown} of {result.total}" if result.total > shown else str(result.total)
    records = f"{count} {'record' if result.total == 1 else 'records'}"
    publications = f"{len(result.hits)} publications, " if joined else ""
    return f"{publications}{records}, {result.mode}, {result.took_ms:.0f} ms"


def record_lines(record: Record, annotation: Annotation | None) -> Iterable[Text]:
    """A whole record: what it is, whether it stands, what it says, what was found and where."""
    return map(shown, _record_lines(record, annotation))


def _record_lines(record: Record, annotation: Annotation | None) -> Iterable[Text]:
    warning = STANDING_LABELS.get(record.status)
    for said in filter(None, (warning, *map(_caution, record.cautions))):
        yield Text(f"*** {said} ***", style="bold red")
    yield Text(record.title, style="bold")
    yield from (Text(title, style="dim") for title in record.alternative_titles)
    yield Text("")
    for name, value in _rows(record):
        if value:
            yield Text(f"{name:<14}", style="cyan").append(value, style="default")
    yield from _abstract(record)
    if record.trial:
        yield from _trial(record.trial)
    if annotation:
        yield from _sample(record, annotation)
        yield from _findings(record, annotation)
        yield from _entities(annotation)


def _rows(record: Record) -> Iterable[tuple[str, str]]:
    ids = record.identifiers
    yield "Kind", KIND_NOTES.get(record.kind, record.kind)
    yield "Type", "; ".join(record.publication_types)
    yield "Authors", ", ".join(author.name() for author in record.authors)
    yield "In", " ".join(part for part in (record.container_title, record.volume, record.pages) if part)
    yield "Published", _date(record.published)
    yield "Revised", _date(record.revised)
    yield "DOI", ids.doi
    yield "PMID", ids.pmid
    yield "PMCID", ids.pmcid
    yield "Registered as", ", ".join(ids.registrations)
    yield "Not readable", ", ".join(ids.unread)
    yield "Link", record.url
    yield "Full text", " ".join(record.full_text_urls)
    yield "Licence", record.licence
    yield "Access", {True: "free to read", False: "not free to read", None: ""}[record.free_to_read]
    yield "Funding", "; ".join(" ".join(filter(None, (f.agency, f.grant_id))) for f in record.funding)
    yield "Conflicts", record.conflicts
    yield "Keywords", "; ".join(record.keywords)
    yield "MeSH", "; ".join(record.mesh_headings)
    for relation in record.relations:
        yield relation.type.replace("_", " "), " ".join(part for part in (relation.target, relation.raw) if part)


def _date(date: PartialDate | None) -> str:
    """As `search` has it, and as it was written where that may say more than a year or a month."""
    if date is None:
        return ""
    written = "" if date.day else date.raw
    return f"{date.iso()} ({written})" if date and written else date.iso() or written


def _abstract(record: Record) -> Iterable[Text]:
    for part in record.abstract:
        yield Text("")
        text = Text(f"{part.label}: " if part.label else "", style="bold")
        yield text.append(part.text, style="not bold")


def _trial(trial: Trial) -> Iterable[Text]:
    yield Text("")
    kind = f" ({trial.enrollment_type.lower()})" if trial.enrollment_type else ""
    enrollment = "" if trial.enrollment is None else f"{trial.enrollment}{kind}"
    rows = (
        ("Status", trial.status or trial.status_raw),
        ("Why stopped", trial.why_stopped),
        ("Phase", ", ".join(trial.phases)),
        ("Enrollment", enrollment),
        ("Start", _date(trial.start)),
        ("Completion", _date(trial.completion)),
        ("Allocation", trial.allocation),
        ("Masking", trial.masking),
        ("Interventions", "; ".join(intervention.name for intervention in trial.interventions)),
        ("Primary", "; ".join(outcome.measure for outcome in trial.outcomes if outcome.role == "primary")),
        ("Sponsor", trial.lead_sponsor),
        ("Other numbers", "; ".join(trial.secondary_ids)),
        ("Results", "posted" if trial.has_results else "none posted"),
    )
    for name, value in rows:
        if value:
            yield Text(f"{name:<14}", style="cyan").append(value, style="default")


def _sample(record: Record, annotation: Annotation) -> Iterable[Text]:
    if annotation.sample:
        place = annotation.sample.sentence
        sentence = " ".join(record.text_of(place.field)[place.start : place.end].split())
        yield Text("")
        yield Text("How many were studied", style="bold")
        yield Text(f"  n = {annotation.sample.count}").append(f" — “{sentence}”", style="italic")


def _findings(record: Record, annotation: Annotation) -> Iterable[Text]:
    if not annotation.findings:
        return
    texts = {field: record.text_of(field) for field in TEXT_FIELDS}
    yield Text("")
    yield Text("What it says of outcomes", style="bold")
    for finding in annotation.findings:
        line = Text("  ").append_text(_outcome(finding, finding.direction, why_unreliable(record)))
        sentence = texts[finding.sentence.field][finding.sentence.start : finding.sentence.end]
        yield line.append(f" — “{' '.join(sentence.split())}”", style="italic")


def _unreliable(summary: Summary) -> str:
    return summary.status if PublicationStatus(summary.status) in UNSOUND else summary.unreliable


def _caution(caution: Caution) -> str:
    return f"{caution_called(caution)}: {caution.target}"


def _outcome(finding: Finding | HitFinding, direction: Direction | None, unreliable: str) -> Text:
    """What became of an outcome, with a warning where it is ``unreliable``."""
    if direction is None:
        return Text(f"{finding.measure} mentioned, no direction stated")
    called = outcome_called(
        finding.measure, direction, affirmed=finding.affirmed, share=finding.share, qualifier=finding.qualifier
    )
    line = Text(called, style="dim" if unreliable else DIRECTION_STYLES[direction])
    return line.append(f" ({unreliable}: do not rely on it)", style="bold red") if unreliable else line


def _entities(annotation: Annotation) -> Iterable[Text]:
    kinds: dict[str, dict[str, str]] = {}
    for entity in annotation.entities:
        label = f"{entity.name} ({entity.id})" + (" — denied" if entity.negated else "")
        kinds.setdefault(entity.kind, {})[label] = ""
    if kinds:
        yield Text("")
        yield Text("What it mentions", style="bold")
    for kind, names in kinds.items():
        yield Text(f"  {kind.replace('_', ' ')}: ", style="cyan").append("; ".join(names), style="default")
