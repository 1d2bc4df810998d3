"""Identifiers of works, and how each is normalised and recognised.

Sources: DOI Handbook 2.2 and the Crossref note on matching DOIs; NLM on PMIDs and PMCIDs;
SICI (ANSI/NISO Z39.56) on what old DOIs hold in angle brackets; ClinicalTrials.gov, CTIS, EU CTR and the registries
of the WHO's network on registration numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote, unquote

import msgspec

_SICI: Final = r"<[^\s<>\"]+>\d\.\d\.[A-Z]{2};\d"
"""What stands in angle brackets in DOIs of the nineties, and what follows: ``<1::AID-XY1>3.0.CO;2``."""
_DOI: Final = re.compile(rf"\b10\.\d{{4,9}}/(?:[^\s\"<>{{}}|\\^`]|{_SICI})+", re.IGNORECASE)
_WHOLE_DOI: Final = re.compile(
    r"10\.\d{4,9}/(?:[^\s\"<{}|\\^`]|<(?!/|[a-z][a-z0-9]*(?:\s|/?>)|[a-z]+:[a-z]+\s*/?>))+(?=\s*$|</?[a-z])",
    re.IGNORECASE,
)
"""Where nothing else is there, brackets belong to it, unless they open a tag."""
_DOI_PREFIX: Final = re.compile(
    r"^\s*(?:(?:https?://)?(?:(?:dx|www)\.)?doi\.org/|doi\s*:?\s*(?=10\.|http))+", re.IGNORECASE
)
_BRACKET: Final = re.compile(r"&(?:amp;)?(lt|gt);|%3[ce]", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[<>\"{}|\\^`\s#?%]")
_CLOSED_BY: Final = {")": "(", "]": "[", ">": "<"}
_REGISTRIES: Final = {
    "NCT": r"\d{8}",
    "jRCT": r"[a-z]?\d{9,10}",
    "UMIN": r"\d{9}",
    "JapicCTI": r"-\d{6}",
    "JMA-IIA": r"\d{5}",
    "ISRCTN": r"\d{8}",
    "EUCTR": r"\d{4}-\d{6}-\d{2}(?:-[A-Z]{2})?",
    "ChiCTR": r"(?:-[A-Z]+-)?\d{8,10}",
    "ITMCTR": r"\d{10}",
    "ACTRN": r"\d{14}",
    "IRCT": r"\d{11,14}N?\d*",
    "CTRI": r"/\d{4}/\d{2,3}/\d{6}",
    "KCT": r"\d{7}",
    "DRKS": r"\d{8}",
    "LBCTR": r"\d{10}",
    "NL-OMON": r"\d{4,6}",
    "NTR": r"\d{3,4}",
    "PACTR": r"\d{15,16}",
    "PER": r"-\d{3}-\d{2}",
    "RBR": r"-[a-z0-9]{6,8}",
    "RPCEC": r"\d{8}",
    "SLCTR": r"/\d{4}/\d{3}",
    "TCTR": r"\d{11}",
}
"""How a registry begins its numbers, in its own case → what follows."""
_SMALL: Final = ("jRCT", "RBR")
"""Registries that write what follows in small letters."""
_CAPITALS: Final = ("NTR", "PER", "RBR")
"""What might be anything in small letters."""
_CTIS: Final = r"202\d-5\d{5}-\d{2}-\d{2}"
_EUDRACT: Final = r"20(?:0[4-9]|1\d|2[0-3])-0\d{5}-\d{2}(?:-[A-Z]{2})?"
"""From the years of EudraCT; bare, as papers write it."""
_PREFIXED: Final = "|".join(
    (f"(?-i:{prefix})" if prefix in _CAPITALS else prefix) + rest for prefix, rest in _REGISTRIES.items()
)
_REGISTRATION: Final = re.compile(
    rf"\b(?:{_PREFIXED})\b"
    rf"|(?<![\w-])(?:CTIS)?(?P<ctis>{_CTIS})(?!-?\w)|(?<![\w-])(?:EudraCT)?(?P<eudract>{_EUDRACT})(?!-?\w)",
    re.IGNORECASE | re.ASCII,
)
_DIGITS: Final = re.compile(r"\d{3}")
_UNDIGITED: Final = "RBR-"
"""The registry whose numbers need no digits."""
_NETWORK: Final = re.compile(r"\b(?:JPRN-|CTIS(?=\d))", re.IGNORECASE)
"""What the WHO's platform writes before the numbers of Japan's registries and of CTIS."""
_PMID: Final = re.compile(r"^\d{1,9}$")
_PMCID: Final = re.compile(r"^(?:PMC)?(\d{1,9})(?:\.\d+)?$", re.IGNORECASE)
_PMID_URL: Final = re.compile(
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d{1,9})\b|\bPMID:?\s*(\d{1,9})\b", re.IGNORECASE
)


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
    unread: tuple[str, ...] = ()
    """What is given as an identifier and is none, as ``scheme:raw``: shown, and never looked up or joined by."""

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
    text = _DOI_PREFIX.sub("", _bare(raw))
    match = _WHOLE_DOI.match(text) or _DOI.match(text)
    doi = _trim_doi(match.group()).lower() if match else ""
    return "" if doi.endswith("/") else doi


def find_dois(text: str) -> tuple[str, ...]:
    """Every DOI in running text, normalised, in order of appearance and without repeats."""
    if "10." not in text:
        return ()
    found = (_trim_doi(match.group()).lower() for match in _DOI.finditer(_unescaped(text)))
    return tuple(dict.fromkeys(doi for doi in found if not doi.endswith("/")))


def doi_url(doi: str) -> str:
    """Where a DOI leads, with what no address holds percent-encoded."""
    return f"https://doi.org/{_UNSAFE.sub(lambda match: quote(match.group()), doi)}"


def _bare(raw: str) -> str:
    """Without percent-encoding, and without the escapes of markup."""
    return _unescaped(unquote(raw)).strip()


def _unescaped(text: str) -> str:
    """Angle brackets as they are where markup has escaped them: only DOIs of the nineties have any."""
    if "&" not in text and "%" not in text:
        return text
    return _BRACKET.sub(lambda match: "<" if match.group().lower().endswith(("lt;", "3c")) else ">", text)


def _trim_doi(doi: str) -> str:
    """Drop sentence punctuation, and a closing bracket that the DOI itself never opened."""
    while doi and doi[-1] in ".,;:!?'\"*)]>":
        opener = _CLOSED_BY.get(doi[-1])
        if opener and doi.count(opener) >= doi.count(doi[-1]):
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
    lower = text.lower()
    if "pmid" not in lower and "pubmed" not in lower:
        return ()
    found = (match.group(1) or match.group(2) for match in _PMID_URL.finditer(text))
    return tuple(dict.fromkeys(found))


def normalise_registration(raw: str) -> str:
    """A trial registration number in its registry's own case, or ``""`` if ``raw`` is not one."""
    match = _REGISTRATION.fullmatch(without_network(raw.strip()))
    return _registry_case(match) if match else ""


def find_registrations(text: str) -> tuple[str, ...]:
    """Every trial registration number in running text, without repeats."""
    found = (match for word in _numbered(text) for match in _REGISTRATION.finditer(without_network(word)))
    return tuple(dict.fromkeys(map(_registry_case, found)))


def _numbered(text: str) -> Iterator[str]:
    """What stands between blanks and may hold a registration number: none has a blank, most have three digits."""
    return (word for word in text.split() if not word.isalpha() and (_DIGITS.search(word) or _UNDIGITED in word))


def without_network(text: str) -> str:
    """The text with registration numbers as their registries write them: ``jRCTa0…`` of ``JPRN-jRCTa0…``."""
    return _NETWORK.sub("", text)


def _registry_case(match: re.Match[str]) -> str:
    """The number as its registry writes it; one of EudraCT is called as the WHO's platform does, ``EUCTR…``."""
    if match["ctis"]:
        return match["ctis"]
    number = f"EUCTR{match['eudract']}" if match["eudract"] else match.group()
    prefix = next(prefix for prefix in _REGISTRIES if number.lower().startswith(prefix.lower()))
    rest = number[len(prefix) :]
    return prefix + (rest.lower() if prefix in _SMALL else rest.upper())


_NORMALISERS: Final[dict[str, Callable[[str], str]]] = {
    "doi": normalise_doi,
    "pmid": normalise_pmid,
    "pmcid": normalise_pmcid,
    "registration": normalise_registration,
}


def normalise_identifier(scheme: str, value: str) -> str | None:
    """The value as records of that scheme bear it, ``""`` if it is none; ``None`` for a scheme that has no one form."""
    normalise = _NORMALISERS.get(scheme.lower())
    return None if normalise is None else normalise(value)


def is_identifier(text: str) -> bool:
    """Whether a text is a DOI, a PMCID or a trial registration number, and nothing else."""
    text = text.strip()
    if not text or " " in text:
        return False
    prefixed = text.upper().startswith("PMC") and bool(normalise_pmcid(text))
    return prefixed or bool(normalise_registration(text)) or normalise_doi(text) == text.lower()


_NOTHING: Final = frozenset({"", "-", "0", "n/a", "na", "none", "null", "unavailable"})
"""What sources write where there is no identifier."""


def unread(*written: tuple[str, str]) -> tuple[str, ...]:
    """``scheme:raw`` of what is written as an identifier and is none.

    Args:
        written: Scheme (``doi``, ``pmid``, ``pmcid``, ``registration``) and what the source gives.
    """
    readers = {
        "doi": normalise_doi,
        "pmid": normalise_pmid,
        "pmcid": normalise_pmcid,
        "registration": normalise_registration,
    }
    said = ((scheme, " ".join(raw.split())) for scheme, raw in written)
    wrong = (f"{scheme}:{raw}" for scheme, raw in said if raw.casefold() not in _NOTHING and not readers[scheme](raw))
    return tuple(dict.fromkeys(wrong))
