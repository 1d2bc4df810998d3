"""What a search answers."""

from __future__ import annotations

import msgspec

from records.query import Mode


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A passage with the places that matched."""

    field: str
    """``title``, ``abstract`` or ``body``."""
    text: str
    """The passage: the best sentence."""
    marks: tuple[tuple[int, int], ...] = ()
    """Matched places in ``text``, code points, end exclusive."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a hit stands where it stands."""

    lexical: float | None = None
    """BM25 score; ``None`` where the words did not match."""
    semantic: float | None = None
    """Cosine of the best window; ``None`` where it was not among the nearest."""
    lexical_share: float = 0.0
    """The part of ``Hit.score`` that the lexical list gave (0–0.5 in hybrid mode)."""
    semantic_share: float = 0.0
    """The part of ``Hit.score`` that the semantic list gave."""


class HitFinding(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome finding, small enough to travel with every hit."""

    measure: str
    direction: str
    affirmed: bool = True
    """False where the sentence denies it: no adverse events, no improvement."""
    share: tuple[int, int] | None = None
    """Of how many of how many it is said."""
    qualifier: str = ""
    """Of events that did not occur, which: ``serious``."""
    sentence: str


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is shown of a record in a list: everything that says what it is. It is stored in the index itself."""

    uid: str
    kind: str
    source: str
    title: str
    authors: tuple[str, ...] = ()
    """The first few, ``Family Given``."""
    author_count: int = 0
    container_title: str = ""
    published: str = ""
    """ISO, no finer than is known."""
    url: str = ""
    doi: str = ""
    pmid: str = ""
    registrations: tuple[str, ...] = ()
    story: tuple[str, ...] = ()
    """Of a press item, what its copies bear too: ``story:…``."""
    status: str = "current"
    """`records.record.PublicationStatus`."""
    caution: str = ""
    """What is wrong with a paper that it is about: ``names a RETRACTED paper``."""
    unreliable: str = ""
    """Why what it says was found must not be relied on; empty where nothing speaks against it."""
    trial_status: str = ""
    phases: tuple[str, ...] = ()
    enrollment: int | None = None
    """Of a registration."""
    sample: int | None = None
    """How many were studied in all, where the text says so plainly."""
    publication_types: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    """What was studied, as readers call it: `records.species`."""
    cell_types: tuple[str, ...] = ()
    """Preferred names."""
    findings: tuple[HitFinding, ...] = ()
    """One of each measure and direction; of a hit, those first that the query names, then harm."""


class Hit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer to a search."""

    rank: int
    """From 1."""
    score: float
    """Comparable within one answer only."""
    summary: Summary
    """What it is."""
    also: tuple[str, ...] = ()
    """Uids of further records of the same publication, as other sources hold it."""
    best: Highlight | None = None
    """The sentence that answers best."""
    explanation: Explanation | None = None
    """On request."""


class SearchResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer."""

    query: str
    """As typed."""
    mode: Mode
    """How it was ranked."""
    hits: tuple[Hit, ...]
    """Best first, a publication each."""
    total: int
    """How many records pass the filters; in lexical mode, how many of them contain one of the words too."""
    words_found: bool = True
    """False in hybrid mode where no record contains any of the words: the hits are only the nearest in meaning."""
    took_ms: float
    """Time in the backend, milliseconds."""
    seq: int = 0
    """Library change up to which the index had read."""


class FacetCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the matches bear one value."""

    value: str
    name: str
    """For display: the preferred name of an ontology id."""
    count: int
    doubtful: int
    """Of these, how many are retracted, or about a retracted paper: what ``is:doubtful`` finds."""
