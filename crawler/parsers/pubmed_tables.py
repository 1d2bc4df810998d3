"""What PubMed's codes mean (NLM: PubMed XML element descriptions; CommentsCorrections RefType attribute)."""

from __future__ import annotations

from typing import Final

from records.record import Kind, RelationType

RELATIONS: Final = {
    "AssociatedDataset": RelationType.HAS_DATASET,
    "AssociatedPublication": RelationType.MENTIONS,
    "CommentIn": RelationType.COMMENT_IN,
    "CommentOn": RelationType.COMMENT_ON,
    "CorrectedandRepublishedFrom": RelationType.REPUBLISHES,
    "CorrectedandRepublishedIn": RelationType.REPUBLISHED_AS,
    "ErratumFor": RelationType.CORRECTS,
    "ErratumIn": RelationType.CORRECTED_BY,
    "ExpressionOfConcernFor": RelationType.RAISES_CONCERN_ABOUT,
    "ExpressionOfConcernIn": RelationType.CONCERN_RAISED_BY,
    "OriginalReportIn": RelationType.UPDATES,
    "PartialRetractionIn": RelationType.CORRECTED_BY,
    "PartialRetractionOf": RelationType.CORRECTS,
    "ReprintIn": RelationType.REPUBLISHED_AS,
    "ReprintOf": RelationType.REPUBLISHES,
    "RepublishedFrom": RelationType.REPUBLISHES,
    "RepublishedIn": RelationType.REPUBLISHED_AS,
    "RetractedandRepublishedFrom": RelationType.REPUBLISHES,
    "RetractedandRepublishedIn": RelationType.REPUBLISHED_AS,
    "RetractionIn": RelationType.RETRACTED_BY,
    "RetractionOf": RelationType.RETRACTS,
    "SummaryForPatientsIn": RelationType.MENTIONS,
    "UpdateIn": RelationType.UPDATED_BY,
    "UpdateOf": RelationType.UPDATES,
}
"""``CommentsCorrections/@RefType`` → relation; ``Cites`` goes to the references instead."""

KINDS: Final = {
    "Expression of Concern": Kind.NOTICE,
    "Preprint": Kind.PREPRINT,
    "Published Erratum": Kind.NOTICE,
    "Retraction Notice": Kind.NOTICE,
    "Retraction of Publication": Kind.NOTICE,
}
"""Publication types that decide what a record is; all others are articles."""

RETRACTED: Final = "Retracted Publication"
"""Marks the paper; ``Retraction of Publication`` marks the notice about it."""

NOTICE_RELATIONS: Final = frozenset({"ErratumFor", "ExpressionOfConcernFor", "PartialRetractionOf", "RetractionOf"})
"""``RefType`` that only notices have."""

PREPRINT_SERVERS: Final = (
    "arXiv",
    "bioRxiv",
    "ChemRxiv",
    "medRxiv",
    "OSF Preprints",
    "Preprints",
    "PsyArXiv",
    "Res Sq",
    "Research Square",
    "SSRN",
)
"""How ``RefSource`` begins where it names a preprint."""
