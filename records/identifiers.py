"""Identifiers of works, and how each is normalised and recognised.

Sources: DOI Handbook 2.2 and the Crossref note on matching DOIs; NLM on PMIDs and PMCIDs;
ClinicalTrials.gov, jRCT, UMIN-CTR, ISRCTN, EU CTR and CTIS on registration numbers.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

import msgspec

_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}|\\^`]+", re.IGNORECASE)
_DOI_PREFIX: Final = re.compile(r"^\s*(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_REGISTRATION: Final = re.compile(
    r"\b(?:NCT\d{8}"
    r"|jRCT[a-z]?\d{9,10}"
    r"|UMIN\d{9}"
    r"|ISRCTN\d{8}"
    r"|EUCTR\d{4}-\d{6}-\d{2}(?:-[A-Z]{2})?"
    r"|202\d-5\d{5}-\d{2}-\d{2}"
    r"|ChiCTR(?:-[A-Z]+-)?\d{8,10}"
    r"|ACTRN\d{14}"
    r"|IRCT\d{11,14}N?\d*"
    r"|CTRI/\d{4}/\d{2,3}/\d{6}"
    r"|KCT\d{7}"
    r"|DRKS\d{8})\b",
    re.IGNORECASE,
)
_NETWORK: Final = re.compile(r"^JPRN-", re.IGNORECASE)
"""What the WHO's platform writes before the numbers of Japan's registries."""
_PMID: Final = re.compile(r"^\d{1,9}$")
_PMCID: Final = re.compile(r"^(?:PMC)?(\d{1,9})(?:\.\d+)?$", re.IGNORECASE)
_PMID_URL: Final = re.compile(
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d{1,9})\b|\bPMID:?\s*(\d{1,9})\b", re.IGNORECASE
)

_REGISTRY_CASE: Final = {
    "nct": "NCT",
    "jrct": "jRCT",
    "umin": "UMIN",
    "isrctn": "ISRCTN",
    "euctr": "EUCTR",
    "chictr": "ChiCTR",
    "actrn": "ACTRN",
    "irct": "IRCT",
    "ctri": "CTRI",
    "kct": "KCT",
    "drks": "DRKS",
}


class Identifiers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The identifiers of one record, each normalised; empty where the record has none."""

    doi: str = ""
    """Lower-case, without a resolver prefix: ``10.1000/xyz123``."""
    pmid: str = ""
    """PubMed identifier, digits only."""
    pmcid: str = ""
    """PubMed Central identifier with its prefix: ``PMC1234567``."""
    registrations: tuple[str, ...] = ()
    """Trial registration numbers that the record itself bears, in the registries' own case."""
    other: tuple[str, ...] = ()
    """Any further identifier as ``scheme:value``, for instance ``pii:S0140-6736(20)30001-1``."""
    story: tuple[str, ...] = ()
    """Of a press item, as ``scheme:value``: ``story:`` is borne by an item and its copies, ``text:`` by texts that may
    be copies of each other."""

    def keys(self) -> tuple[str, ...]:
        """Every strong identifier as ``scheme:value``, for joining records of one work."""
        named = (("doi", self.doi), ("pmid", self.pmid), ("pmcid", self.pmcid))
        strong = (f"{scheme}:{value}" for scheme, value in named if value)
        return (*strong, *(f"registration:{number}" for number in self.registrations), *self.story)


def normalise_doi(raw: str) -> str:
    """The DOI in ``raw`` in lower case and without a resolver prefix, or ``""`` if there is none.

    >>> normalise_doi("https://doi.org/10.1000/ABC.")
    '10.1000/abc'
    """
    text = _DOI_PREFIX.sub("", unquote(raw).strip())
    match = _DOI.match(text)
    doi = _trim_doi(match.group()).lower() if match else ""
    return "" if doi.endswith("/") else doi


def find_dois(text: str) -> tuple[str, ...]:
    """Every DOI in running text, normalised, in order of appearance and without repeats."""
    found = (_trim_doi(match.group()).lower() for match in _DOI.finditer(text))
    return tuple(dict.fromkeys(doi for doi in found if not doi.endswith("/")))


def _trim_doi(doi: str) -> str:
    """Drop sentence punctuation, and a closing bracket that the DOI itself never opened."""
    while doi and doi[-1] in ".,;:!?'\"*)]":
        if doi[-1] == ")" and doi.count("(") >= doi.count(")"):
            break
        if doi[-1] == "]" and doi.count("[") >= doi.count("]"):
            break
        doi = doi[:-1]
    return doi


def normalise_pmid(raw: str) -> str:
    """Digits of a PMID without leading zeros, or ``""`` if ``raw`` is not one."""
    text = raw.strip()
    return text.lstrip("0") if _PMID.match(text) else ""


def normalise_pmcid(raw: str) -> str:
    """``PMC`` and digits, or ``""`` if ``raw`` is not a PMCID. A version suffix is dropped."""
    match = _PMCID.match(raw.strip())
    return f"PMC{match.group(1)}" if match else ""


def find_pmids(text: str) -> tuple[str, ...]:
    """Every PMID that is marked as one (``PMID: 1``, a PubMed address) in running text."""
    found = (match.group(1) or match.group(2) for match in _PMID_URL.finditer(text))
    return tuple(dict.fromkeys(found))


def normalise_registration(raw: str) -> str:
    """A trial registration number in its registry's own case, or ``""`` if ``raw`` is not one."""
    match = _REGISTRATION.fullmatch(_NETWORK.sub("", raw.strip()))
    return _registry_case(match.group()) if match else ""


def find_registrations(text: str) -> tuple[str, ...]:
    """Every trial registration number in running text, without repeats."""
    return tuple(dict.fromkeys(_registry_case(match.group()) for match in _REGISTRATION.finditer(text)))


def _registry_case(number: str) -> str:
    letters = re.match(r"[A-Za-z]+", number)
    if letters is None:
        return number
    prefix = letters.group()
    known = _REGISTRY_CASE.get(prefix.lower())
    if known:
        return known + number[len(prefix) :]
    # jRCT numbers may carry one letter after the prefix: jRCTs031190228
    if prefix.lower().startswith("jrct"):
        return "jRCT" + prefix[4:].lower() + number[len(prefix) :]
    return number


def is_identifier(text: str) -> bool:
    """Whether a text is a DOI, a PMCID or a trial registration number, and nothing else."""
    text = text.strip()
    if not text or " " in text:
        return False
    prefixed = text.upper().startswith("PMC") and bool(normalise_pmcid(text))
    return prefixed or bool(normalise_registration(text)) or normalise_doi(text) == text.lower()
