"""What an item is, in a few words: ``peer-reviewed``, ``rat``, ``phase 1/2``, ``n = 12``, ``recruiting``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from library.works import publications_of
from records.annotation import Annotation
from records.record import Kind, Record
from records.species import studied_species
from records.trial import Trial, TrialStatus

_SHOWN_SPECIES: Final = 3
_LABELS: Final = {
    Kind.ARTICLE: "article",
    Kind.BOOK: "book",
    Kind.NOTICE: "notice",
    Kind.PREPRINT: "preprint, not peer-reviewed",
    Kind.PRESS: "press",
    Kind.REGISTRATION: "trial registration",
}
_REVIEWED: Final = "peer-reviewed"
_PAPERS: Final = frozenset(
    {
        "article",
        "clinical trial",
        "controlled clinical trial",
        "journal article",
        "meta analysis",
        "randomized controlled trial",
        "research article",
        "review",
        "review article",
        "systematic review",
    }
)
"""What sources call papers that journals have reviewed before they printed them; small letters, no hyphens."""
_UNREVIEWED: Final = (
    "Retracted Publication",
    "Editorial",
    "Letter",
    "Comment",
    "News",
    "Newspaper Article",
    "Interview",
    "Address",
    "Autobiography",
    "Biography",
    "Congress",
    "Introductory Journal Article",
    "Lecture",
    "Personal Narrative",
    "Portrait",
)
"""Publication types of PubMed under which a journal's item is not a reviewed paper, or not one to rely on."""
_REVIEWS: Final = ("Meta-Analysis", "Systematic Review", "Review")
"""Publication types of PubMed that report what others found."""
_PHASE: Final = re.compile(r"\bPhase (I{1,3}V?|IV)\b")
_ROMAN: Final = {"I": "1", "II": "2", "III": "3", "IV": "4"}


def badge_of(
    publication: Sequence[Record], members: Sequence[Record], found: Mapping[str, Annotation]
) -> Iterator[str]:
    """The words.

    Args:
        publication: The records that are shown, the leading one first.
        members: All records of the work: its trial may be registered.
        found: What was found in them.
    """
    lead = publication[0]
    yield kind_label(lead)
    species = (studied_species(record, found[record.uid]) for record in publication if record.uid in found)
    yield from next(filter(None, species), ())[:_SHOWN_SPECIES]
    trial = _trial(members)
    sample = next((found[one.uid].sample for one in publication if one.uid in found and found[one.uid].sample), None)
    yield from filter(None, (_phase(trial, members), f"n = {sample.count}" if sample else _enrolled(lead, trial)))
    if trial and trial.status:
        status = "status unknown" if trial.status is TrialStatus.UNKNOWN else words(trial.status.value)
        yield status if lead.kind is Kind.REGISTRATION else f"trial {status}"


def kind_label(record: Record) -> str:
    """What a record is: of a journal's item, whether it was reviewed, as far as its source says what it is."""
    if record.kind is not Kind.ARTICLE:
        return _LABELS[record.kind]
    special = [type for type in _UNREVIEWED if type in record.publication_types]
    if special:
        return special[0].lower()
    types = {type.lower().replace("-", " ") for type in record.publication_types}
    label = _REVIEWED if record.container_title and types & _PAPERS else _LABELS[Kind.ARTICLE]
    review = next((type for type in _REVIEWS if type in record.publication_types), "")
    return f"{review.lower()}, {label}" if review and label == _REVIEWED else label


def is_narrative_review(record: Record) -> bool:
    """Whether it tells what others found without having put it together by a method."""
    return "Review" in record.publication_types and not {"Meta-Analysis", "Systematic Review"} & {
        *record.publication_types
    }


def colour_of(record: Record) -> str:
    """Its kind, or ``other`` for what no reviewer is known to have seen."""
    return record.kind.value if record.kind is not Kind.ARTICLE or kind_label(record).endswith(_REVIEWED) else "other"


def words(constant: str) -> str:
    """``NOT_YET_RECRUITING`` as people write it."""
    return constant.replace("_", " ").lower()


def _trial(members: Iterable[Record]) -> Trial | None:
    """The trial of a work; ``None`` where there are several, for then nothing says which one is meant."""
    registered = {record.uid: record for record in members if record.trial}
    trials = {work: registered[work[0]].trial for work in publications_of(registered.values()).values()}
    return next(iter(trials.values())) if len(trials) == 1 else None


def _phase(trial: Trial | None, members: Sequence[Record]) -> str:
    numbers = [phase.removeprefix("EARLY_").removeprefix("PHASE") for phase in trial.phases] if trial else []
    if not numbers:
        types = " ".join(type for record in members for type in record.publication_types)
        numbers = [_ROMAN.get(roman, "") for roman in _PHASE.findall(types)]
    known = sorted({number for number in numbers if number.isdigit()})
    early = "early " if trial and trial.phases[:1] == ("EARLY_PHASE1",) else ""
    return f"{early}phase {'/'.join(known)}" if known else ""


def _enrolled(lead: Record, trial: Trial | None) -> str:
    if trial is None or trial.enrollment is None:
        return ""
    planned = " planned" if trial.enrollment_type == "ESTIMATED" else ""
    return f"{'' if lead.kind is Kind.REGISTRATION else 'registered '}n = {trial.enrollment}{planned}"
