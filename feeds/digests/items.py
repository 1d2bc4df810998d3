"""What a digest shows of a work: everything that says what it is, and one sentence that says what it found."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from feeds.mail.clean import clean, clean_url
from library.types import StoredAnnotation, StoredRecord
from library.works import Work
from records.annotation import Annotation, Direction, EntityKind, Finding, Span
from records.record import Kind, Record
from records.trial import Trial
from records.wording import STANDING_LABELS, caution_called, is_harm, species_called, why_unreliable

TITLE_LENGTH: Final = 300
SENTENCE_LENGTH: Final = 420
_FACT_LENGTH: Final = 80
_SHOWN_OTHERS: Final = 4
_SHOWN_SPECIES: Final = 3

_LEADING: Final = (Kind.ARTICLE, Kind.PREPRINT, Kind.REGISTRATION, Kind.BOOK, Kind.PRESS, Kind.NOTICE)
"""Which of a work's records speaks for it: the first kind that there is."""
KIND_LABELS: Final = {
    Kind.ARTICLE: "peer-reviewed",
    Kind.BOOK: "book",
    Kind.NOTICE: "notice",
    Kind.PREPRINT: "preprint, not peer-reviewed",
    Kind.PRESS: "press",
    Kind.REGISTRATION: "trial registration",
}
_UNREVIEWED: Final = (
    "Editorial",
    "Letter",
    "Comment",
    "News",
    "Newspaper Article",
    "Interview",
    "Retracted Publication",
)
"""Publication types of PubMed under which a journal's item is not a reviewed paper, or not one to rely on."""
_REVIEWS: Final = ("Meta-Analysis", "Systematic Review", "Review")
"""Publication types of PubMed that report what others found."""
_PHASE: Final = re.compile(r"\bPhase (I{1,3}V?|IV)\b")
_ROMAN: Final = {"I": "1", "II": "2", "III": "3", "IV": "4"}


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A further record of the same work."""

    label: str
    name: str
    url: str


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A work as digests show it. All text is clean; nothing is escaped yet."""

    work: Work
    """Uids of all its records."""
    uid: str
    """The record that speaks for it."""
    kind: str
    """`records.record.Kind`."""
    colour: str
    """Its kind, or ``other`` for what a journal prints without review."""
    badge: tuple[str, ...]
    """What it is: ``peer-reviewed``, ``Homo sapiens``, ``phase 1/2``, ``n = 12``."""
    warning: str
    """Empty where it stands."""
    caution: str
    """What is wrong with a paper that it is about; empty where nothing is."""
    title: str
    url: str
    facts: str
    """Authors, where and when it appeared."""
    finding: str
    """A sentence of its own, word for word; empty where none was found."""
    others: tuple[Other, ...]


def make_item(
    work: Work,
    records: Mapping[str, StoredRecord],
    annotations: Mapping[str, StoredAnnotation],
    *,
    now: dt.datetime | None = None,
) -> WorkItem | None:
    """What to show of a work; ``None`` if none of its records stands any more.

    Args:
        work: Its uids.
        records: The records, those at least.
        annotations: What was found in them.
        now: Records that are under embargo then are left out; the present moment if not given.
    """
    now = now or dt.datetime.now(dt.UTC)
    members = [records[uid].record for uid in work if uid in records and not records[uid].deleted]
    members = [record for record in members if record.embargo_until is None or record.embargo_until <= now]
    if not members:
        return None
    members.sort(key=lambda record: (_LEADING.index(record.kind), record.uid))
    lead = members[0]
    found = {record.uid: annotations[record.uid].annotation for record in members if record.uid in annotations}
    unreliable = any(map(why_unreliable, members))
    return WorkItem(
        work=work,
        uid=lead.uid,
        kind=lead.kind.value,
        colour=lead.kind.value if _kind_label(lead) == KIND_LABELS[lead.kind] else "other",
        badge=tuple(_badge(lead, members, found)),
        warning=_warning(members),
        caution=next((caution_called(caution) for record in members for caution in record.cautions), ""),
        title=clean(lead.title, TITLE_LENGTH) or "(no title)",
        url=record_url(lead),
        facts=" · ".join(_facts(lead)),
        # What a retracted paper found is never shown as if it stood.
        finding="" if unreliable else _finding_of(lead, members, found),
        others=tuple(_other(record) for record in members[1 : 1 + _SHOWN_OTHERS]),
    )


def record_url(record: Record) -> str:
    """Where a reader finds it; empty if nowhere safe."""
    doi = record.identifiers.doi
    return clean_url(record.url) or (clean_url(f"https://doi.org/{doi}") if doi else "")


def _badge(lead: Record, members: Sequence[Record], found: Mapping[str, Annotation]) -> Iterable[str]:
    yield _kind_label(lead)
    yield from _species(found[record.uid] for record in members if record.uid in found)
    trial = next((record.trial for record in members if record.trial), None)
    phase = _phase(trial, members)
    if phase:
        yield phase
    if trial:
        yield from _trial(trial, prefix="" if lead.kind is Kind.REGISTRATION else "trial ")


def _kind_label(record: Record) -> str:
    if record.kind is Kind.ARTICLE:
        special = [type for type in _UNREVIEWED if type in record.publication_types]
        if special:
            return special[0].lower()
        review = next((type for type in _REVIEWS if type in record.publication_types), "")
        if review:
            return f"{review.lower()}, {KIND_LABELS[record.kind]}"
    return KIND_LABELS[record.kind]


def _species(annotations: Iterable[Annotation]) -> list[str]:
    """The species that are named most; of wider groups (rodents, animals) only if no species is."""
    names = [
        entity.name
        for annotation in annotations
        for entity in annotation.entities
        if entity.kind is EntityKind.SPECIES and not entity.negated
    ]
    # A species has a name of two words, whatever stands above it has one.
    counted = Counter([name for name in names if " " in name] or names)
    return [clean(species_called(name), _FACT_LENGTH) for name, _ in counted.most_common(_SHOWN_SPECIES)]


def _phase(trial: Trial | None, members: Sequence[Record]) -> str:
    numbers = [phase.removeprefix("EARLY_").removeprefix("PHASE") for phase in trial.phases] if trial else []
    if not numbers:
        types = " ".join(type for record in members for type in record.publication_types)
        numbers = [_ROMAN.get(roman, "") for roman in _PHASE.findall(types)]
    known = sorted({number for number in numbers if number.isdigit()})
    early = "early " if trial and trial.phases[:1] == ("EARLY_PHASE1",) else ""
    return f"{early}phase {'/'.join(known)}" if known else ""


def _trial(trial: Trial, prefix: str) -> Iterable[str]:
    if trial.enrollment is not None:
        yield f"n = {trial.enrollment}" + (" planned" if trial.enrollment_type == "ESTIMATED" else "")
    if trial.status:
        yield prefix + words(trial.status.value)


def words(constant: str) -> str:
    """``NOT_YET_RECRUITING`` as people write it."""
    return constant.replace("_", " ").lower()


def _warning(members: Sequence[Record]) -> str:
    warnings = [label for status, label in STANDING_LABELS.items() if any(one.status is status for one in members)]
    return max(warnings, key=str.isupper, default="")


def _facts(record: Record) -> Iterable[str]:
    names = [clean(author.name(), _FACT_LENGTH) for author in record.authors[:3]]
    if names:
        yield f"{names[0]} et al." if len(record.authors) > 2 else " and ".join(names)
    if record.container_title:
        yield clean(record.container_title, _FACT_LENGTH)
    if record.published:
        yield record.published.iso()


def _finding_of(lead: Record, members: Sequence[Record], found: Mapping[str, Annotation]) -> str:
    """What the leading record found, by itself or in another source's copy; never what another work's text says.

    A paper, its preprint and its registration are one work, but the preprint's result is not the paper's.
    """
    own = lead.identifiers
    copies = (
        record
        for record in members
        if (own.doi and record.identifiers.doi == own.doi) or (own.pmid and record.identifiers.pmid == own.pmid)
    )
    return next((said for said in (_finding(record, found) for record in (lead, *copies)) if said), "")


def _finding(record: Record, found: Mapping[str, Annotation]) -> str:
    """The sentence that states most outcomes with their direction, the first of equals.

    Where it is all to the good and another sentence says that something stayed as it was, became worse or did harm, or
    the other way round, both are shown in their order: half of a result would be a wrong one.
    """
    annotation = found.get(record.uid)
    if annotation is None:
        return ""
    # The title is shown anyway; the body of a press item is kept for searching only and is never shown.
    allowed = ("abstract",) if record.kind is Kind.PRESS else ("abstract", "body")
    stated = [one for one in annotation.findings if one.direction and one.sentence.field in allowed]
    if not stated:
        return ""
    best = Counter(one.sentence for one in stated).most_common(1)[0][0]
    good = Counter(one.sentence for one in stated if _is_good(one))
    bad = Counter(one.sentence for one in stated if not _is_good(one))
    other = next((side for side in (good, bad) if side and best not in side), None)
    shown = sorted((best, *(span for span, _ in other.most_common(1))), key=_place) if other else [best]
    length = SENTENCE_LENGTH // len(shown)
    return " … ".join(clean(record.text_of(span.field)[span.start : span.end], length) for span in shown)


def _is_good(finding: Finding) -> bool:
    """Whether something improved, or no harm occurred."""
    return finding.direction is Direction.IMPROVED or (is_harm(finding.measure) and not finding.affirmed)


def _place(span: Span) -> tuple[str, int]:
    return span.field, span.start


def _other(record: Record) -> Other:
    container = clean(record.container_title, _FACT_LENGTH)
    number = next(iter(record.identifiers.registrations), "")
    name = (number or container if record.kind is Kind.REGISTRATION else container or number) or record.uid
    return Other(label=KIND_LABELS[record.kind], name=name, url=record_url(record))
