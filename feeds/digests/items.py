"""What a digest shows of a work: everything that says what it is, and one sentence that says what it found."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from feeds.digests.badge import badge_of, colour_of, is_narrative_review, kind_label
from feeds.mail.clean import clean, clean_url
from library.standing import ABOUT_OTHERS
from library.subjects import ABOUT, preprints_of
from library.types import StoredAnnotation, StoredRecord
from library.works import Work, publications_of
from records.annotation import Annotation, Direction, Finding, Span
from records.record import Kind, Record, RelationType
from records.wording import STANDING_LABELS, caution_called, is_harm, why_unreliable

TITLE_LENGTH: Final = 300
SENTENCE_LENGTH: Final = 420
_OTHER_TITLE_LENGTH: Final = 200
_FACT_LENGTH: Final = 80
_LONG_ABSTRACT: Final = 600
_OPENING: Final = 0.25
"""The part of a long abstract without headings that is taken for its background."""

LEADING: Final = (Kind.ARTICLE, Kind.PREPRINT, Kind.REGISTRATION, Kind.BOOK, Kind.PRESS, Kind.NOTICE)
"""Which of a work's records speaks for it: the first kind that there is."""
_ABOUT: Final = (
    ABOUT | ABOUT_OTHERS.keys() | {RelationType.COPY_OF, RelationType.REPORTS_RESULTS_OF, RelationType.UPDATES}
)
_PAPERS: Final = (Kind.ARTICLE, Kind.PREPRINT)


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Another publication of the same work: a second paper of a trial, its registration, press about it."""

    label: str
    """What it is."""
    warning: str
    """Empty where it stands."""
    title: str
    place: str
    """Journal, registration number or outlet."""
    url: str
    finding: str
    """Of papers and preprints: a sentence of its own, word for word; empty where none was found."""


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A work as digests show it. All text is clean; nothing is escaped yet."""

    work: Work
    """Uids of all its records."""
    uid: str
    """The record that speaks for it."""
    publication: Work
    """Uids of this record and of other sources' records of the same publication."""
    kind: str
    """`records.record.Kind`."""
    colour: str
    """Its kind, or ``other`` for what a journal prints without review."""
    badge: tuple[str, ...]
    """What it is: ``peer-reviewed``, ``human``, ``phase 1/2``, ``n = 12``."""
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
    keys: frozenset[str]
    """``scheme:value`` of its records, and their addresses as ``url:…``."""
    about: frozenset[str]
    """The same of the works that its leading record is about."""
    preprints: frozenset[str]
    """The same of the preprints that it names as its own."""


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
    members.sort(key=lambda record: (LEADING.index(record.kind), record.uid))
    found = {record.uid: annotations[record.uid].annotation for record in members if record.uid in annotations}
    first, *others = _publications(members)
    lead = first[0]
    return WorkItem(
        work=work,
        uid=lead.uid,
        publication=tuple(sorted(record.uid for record in first)),
        kind=lead.kind.value,
        colour=colour_of(lead),
        badge=tuple(badge_of(first, members, found)),
        warning=_warning(first),
        caution=_caution(first),
        title=clean(lead.title, TITLE_LENGTH) or "(no title)",
        url=record_url(lead),
        facts=" · ".join(_facts(lead)),
        finding=_finding_of(first, found),
        others=tuple(_other(publication, found) for publication in others),
        keys=frozenset(key for record in members for key in _keys(record)),
        about=frozenset(relation.target for relation in lead.relations if relation.type in _ABOUT),
        preprints=frozenset(key for record in first for key in preprints_of(record)),
    )


def _publications(members: Sequence[Record]) -> list[list[Record]]:
    """The records by publication, in the order in which they are given."""
    of = publications_of(members)
    by_work: dict[Work, list[Record]] = {}
    for record in members:
        by_work.setdefault(of[record.uid], []).append(record)
    return list(by_work.values())


def _keys(record: Record) -> Iterator[str]:
    yield from record.identifiers.keys()
    if record.url:
        yield f"url:{record.url}"


def record_url(record: Record) -> str:
    """Where a reader finds it; empty if nowhere safe."""
    doi = record.identifiers.doi
    return clean_url(record.url) or (clean_url(f"https://doi.org/{doi}") if doi else "")


def _warning(members: Sequence[Record]) -> str:
    warnings = [label for status, label in STANDING_LABELS.items() if any(one.status is status for one in members)]
    return max(warnings, key=str.isupper, default="")


def _facts(record: Record) -> Iterator[str]:
    names = [clean(author.name(), _FACT_LENGTH) for author in record.authors[:3]]
    if names:
        yield f"{names[0]} et al." if len(record.authors) > 2 else " and ".join(names)
    if record.container_title:
        yield clean(record.container_title, _FACT_LENGTH)
    if record.published:
        yield record.published.iso()


def _caution(publication: Sequence[Record]) -> str:
    return next((caution_called(caution) for record in publication for caution in record.cautions), "")


def _finding_of(publication: Sequence[Record], found: Mapping[str, Annotation]) -> str:
    """What a publication found, as one source or another has it; never what another one of the same work says.

    A paper, its preprint and its registration are one work, but the preprint's result is not the paper's. What a
    retracted paper found is never shown as if it stood.
    """
    if any(map(why_unreliable, publication)):
        return ""
    return next((said for said in (_finding(record, found) for record in publication) if said), "")


def _finding(record: Record, found: Mapping[str, Annotation]) -> str:
    """The sentence that states most outcomes with their direction, the first of equals.

    Where it is all to the good and another sentence says that something stayed as it was, became worse or did harm, or
    the other way round, both are shown in their order: half of a result would be a wrong one.
    """
    annotation = found.get(record.uid)
    if annotation is None or is_narrative_review(record):
        return ""
    # The title is shown anyway; the body of a press item is kept for searching only and is never shown.
    allowed = ("abstract",) if record.kind is Kind.PRESS else ("abstract", "body")
    stated = [one for one in annotation.findings if one.direction and one.sentence.field in allowed]
    stated = [one for one in stated if not _is_background(record, one.sentence)]
    if not stated:
        return ""
    best = Counter(one.sentence for one in stated).most_common(1)[0][0]
    good = Counter(one.sentence for one in stated if _is_good(one))
    bad = Counter(one.sentence for one in stated if not _is_good(one))
    other = next((side for side in (good, bad) if side and best not in side), None)
    shown = sorted((best, *(span for span, _ in other.most_common(1))), key=_place) if other else [best]
    length = SENTENCE_LENGTH // len(shown)
    return " … ".join(clean(record.text_of(span.field)[span.start : span.end], length) for span in shown)


def _is_background(record: Record, sentence: Span) -> bool:
    """Whether a sentence opens an abstract without headings: there stands what others found, and why it was studied."""
    text = record.text_of(sentence.field)
    plain = sentence.field == "abstract" and not any(part.label for part in record.abstract)
    return plain and len(text) > _LONG_ABSTRACT and sentence.start < _OPENING * len(text)


def _is_good(finding: Finding) -> bool:
    """Whether something improved, or no harm occurred."""
    return finding.direction is Direction.IMPROVED or (is_harm(finding.measure) and not finding.affirmed)


def _place(span: Span) -> tuple[str, int]:
    return span.field, span.start


def _other(publication: Sequence[Record], found: Mapping[str, Annotation]) -> Other:
    record = publication[0]
    container = clean(record.container_title, _FACT_LENGTH)
    number = next(iter(record.identifiers.registrations), "")
    return Other(
        label=kind_label(record),
        warning=" · ".join(filter(None, (_warning(publication), _caution(publication)))),
        title=clean(record.title, _OTHER_TITLE_LENGTH) or record.uid,
        place=number or container if record.kind is Kind.REGISTRATION else container,
        url=record_url(record),
        finding=_finding_of(publication, found) if record.kind in _PAPERS else "",
    )
