"""What Crossref says about how works stand to each other (Crossref, "Crossmark" and "Relationships" metadata)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.parsers.crossref_dates import date_of
from crawler.parsers.json_tree import Node
from crawler.parsers.marks import is_notice
from records.identifiers import normalise_doi
from records.record import Kind, Relation, RelationType

UPDATES: Final = {
    "addendum": (RelationType.UPDATED_BY, RelationType.UPDATES),
    "clarification": (RelationType.UPDATED_BY, RelationType.UPDATES),
    "correction": (RelationType.CORRECTED_BY, RelationType.CORRECTS),
    "corrigendum": (RelationType.CORRECTED_BY, RelationType.CORRECTS),
    "erratum": (RelationType.CORRECTED_BY, RelationType.CORRECTS),
    "expression_of_concern": (RelationType.CONCERN_RAISED_BY, RelationType.RAISES_CONCERN_ABOUT),
    "new_edition": (RelationType.UPDATED_BY, RelationType.UPDATES),
    "new_version": (RelationType.UPDATED_BY, RelationType.UPDATES),
    "partial_retraction": (RelationType.CORRECTED_BY, RelationType.CORRECTS),
    "removal": (RelationType.RETRACTED_BY, RelationType.RETRACTS),
    "retraction": (RelationType.RETRACTED_BY, RelationType.RETRACTS),
    "withdrawal": (RelationType.RETRACTED_BY, RelationType.RETRACTS),
}
"""Type of an update → how the work says it, how the notice does."""
_OTHERS: Final = {
    "has-comment": RelationType.COMMENT_IN,
    "has-preprint": RelationType.HAS_PREPRINT,
    "has-review": RelationType.COMMENT_IN,
    "is-comment-on": RelationType.COMMENT_ON,
    "is-preprint-of": RelationType.PREPRINT_OF,
    "is-review-of": RelationType.COMMENT_ON,
}
_BOOKS: Final = ("book", "monograph", "reference-book", "reference-entry", "edited-book")


def relations_of(work: Node, doi: str) -> tuple[Relation, ...]:
    """Updates of the work and by it, its preprint or paper, its reviews: each with who says so.

    A publisher may put the notice in the place of the paper; what then updates itself is the paper.
    """
    found = list(_updates(work, "updated-by", own=""))
    found += _updates(work, "update-to", own=doi)
    listed = work.node("relation")
    for name, type_ in _OTHERS.items():
        for other in listed.nodes(name):
            target = normalise_doi(other.text("id")) if other.text("id-type") == "doi" else ""
            if target and target != doi:
                found.append(Relation(type=type_, target=f"doi:{target}"))
    return tuple(dict.fromkeys(found))


def _updates(work: Node, field: str, *, own: str) -> Iterator[Relation]:
    for update in work.nodes(field):
        kind = update.text("type").lower().replace("-", "_").replace(" ", "_")
        target = normalise_doi(update.text("DOI"))
        if kind not in UPDATES or not target:
            continue
        passive, active = UPDATES[kind]
        date = date_of(update.node("updated"))
        when = "" if date is None else date.iso() or date.raw
        raw = ", ".join(filter(None, (update.text("label") or kind, when)))
        type_ = active if field == "update-to" and target != own else passive
        yield Relation(type=type_, target=f"doi:{target}", raw=raw, asserted_by=update.text("source"))


def kind_of(type_: str, relations: tuple[Relation, ...]) -> Kind:
    """What a work is: a notice if it corrects, doubts or retracts another one."""
    if is_notice(relations):
        return Kind.NOTICE
    if type_ == "posted-content":
        return Kind.PREPRINT
    return Kind.BOOK if type_.startswith(_BOOKS) else Kind.ARTICLE
