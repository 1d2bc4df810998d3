"""How Cordwatch calls things when it speaks to readers: the same words in the terminal, in mails and on pages."""

from __future__ import annotations

from typing import Final

from records.record import UNSOUND, Caution, PublicationStatus, Record, RelationType

_HARMS: Final = frozenset({"ADVERSE_EVENTS", "DEATH", "TUMOUR"})
"""Events that should not be: a denial means that there were none."""


STANDING_LABELS: Final = {
    PublicationStatus.CONCERN: "EXPRESSION OF CONCERN",
    PublicationStatus.CORRECTED: "corrected",
    PublicationStatus.RETRACTED: "RETRACTED",
    PublicationStatus.WITHDRAWN: "WITHDRAWN",
}
"""What stands beside a title; current items bear nothing."""
_IN_DOUBT: Final = STANDING_LABELS | {PublicationStatus.CONCERN: "QUESTIONED"}
_ABOUT: Final = {
    RelationType.COMMENT_ON: "comments on a {} paper",
    RelationType.MENTIONS: "names a {} paper",
    RelationType.PREPRINT_OF: "preprint of a {} paper",
    RelationType.REGISTRATION_OF: "a paper of this trial is {}",
    RelationType.RESULTS_REPORTED_BY: "the paper with its results is {}",
}


def caution_called(caution: Caution) -> str:
    """``names a RETRACTED paper``."""
    return _ABOUT[caution.type].format(_IN_DOUBT[caution.status])


def why_unreliable(record: Record) -> str:
    """Why what the record says was found must not be relied on; empty where nothing speaks against it."""
    if record.status in UNSOUND:
        return record.status.value
    return next((caution_called(caution) for caution in record.cautions if caution.taints), "")


def is_harm(measure: str) -> bool:
    """Whether a measure counts events that should not be."""
    return measure in _HARMS


def outcome_called(
    measure: str, direction: str, *, affirmed: bool, share: tuple[int, int] | None, qualifier: str = ""
) -> str:
    """A finding in a few words: ``AIS_GRADE improved in 2 of 4``, ``no serious ADVERSE_EVENTS reported``."""
    part = f" in {share[0]} of {share[1]}" if share else ""
    if measure not in _HARMS:
        return f"{measure} {direction}{part}"
    if not affirmed:
        return f"no {qualifier} {measure} reported{part}" if qualifier else f"{measure} none reported{part}"
    return f"{measure} {'reported' if direction == 'worsened' else direction}{part}"
