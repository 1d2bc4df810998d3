"""The record: one item as one source gave it."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Final

import msgspec

from records.dates import PartialDate
from records.identifiers import Identifiers
from records.trial import Trial

TEXT_FIELDS: Final = ("title", "abstract", "body")
"""The fields that annotations point into, in reading order."""


class Kind(StrEnum):
    """What an item is. It is shown beside every item: a press story must not read like a trial."""

    ARTICLE = "article"
    BOOK = "book"
    NOTICE = "notice"
    """A correction, retraction or expression of concern: it is about another record."""
    PREPRINT = "preprint"
    PRESS = "press"
    REGISTRATION = "registration"


class RelationType(StrEnum):
    """How this record relates to another one. Read as: this record ``<type>`` the other."""

    COMMENT_IN = "comment_in"
    COMMENT_ON = "comment_on"
    CORRECTED_BY = "corrected_by"
    CORRECTS = "corrects"
    CONCERN_RAISED_BY = "concern_raised_by"
    RAISES_CONCERN_ABOUT = "raises_concern_about"
    COPY_OF = "copy_of"
    """A press item carries the text of another one."""
    HAS_DATASET = "has_dataset"
    HAS_PREPRINT = "has_preprint"
    MENTIONS = "mentions"
    """A press item names a paper or a trial."""
    PREPRINT_OF = "preprint_of"
    REGISTERED_AS = "registered_as"
    REGISTRATION_OF = "registration_of"
    """A registration names a paper that bears its number."""
    REPORTS_RESULTS_OF = "reports_results_of"
    REPUBLISHED_AS = "republished_as"
    REPUBLISHES = "republishes"
    RESULTS_REPORTED_BY = "results_reported_by"
    """A registration names the paper that reports its results."""
    RETRACTED_BY = "retracted_by"
    RETRACTS = "retracts"
    UPDATED_BY = "updated_by"
    UPDATES = "updates"


class PublicationStatus(StrEnum):
    """Whether the item still stands, by what its own record says."""

    CONCERN = "expression_of_concern"
    CORRECTED = "corrected"
    CURRENT = "current"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


UNSOUND: Final = frozenset({PublicationStatus.RETRACTED, PublicationStatus.WITHDRAWN})
"""What such an item found is never shown as if it stood."""


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person, or a group where ``collective`` is set."""

    family: str = ""
    """Family name, or the whole name where the source does not divide it."""
    given: str = ""
    """Given names or initials, as the source writes them."""
    collective: str = ""
    """Name of a group author."""
    orcid: str = ""
    """ORCID iD, digits and hyphens only: ``0000-0002-1825-0097``."""
    affiliations: tuple[str, ...] = ()
    """As written."""

    def name(self) -> str:
        """``Family Given``, or the group's name."""
        return self.collective or " ".join(part for part in (self.family, self.given) if part)


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of an abstract or a body."""

    text: str
    """Plain text; markup resolved to Unicode."""
    label: str = ""
    """Heading as printed: ``METHODS``."""
    category: str = ""
    """Normalised heading where the source gives one (PubMed ``NlmCategory``): ``METHODS``, ``RESULTS`` …"""


class Relation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link from this record to another work."""

    type: RelationType
    """Read as: this record ``<type>`` the target."""
    target: str
    """``scheme:value`` (``pmid:123``, ``doi:10.…``, ``registration:NCT…``, ``url:…``); ``""`` where none is named."""
    raw: str = ""
    """The source's own words: PubMed's ``RefSource`` or a link's text."""
    asserted_by: str = ""
    """Who says so, where that is not the record's own source: ``retraction-watch``."""


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that a record is about, and that does not stand."""

    type: RelationType
    """How it is about it; read as: the record ``<type>`` the paper."""
    target: str
    """``scheme:value`` of the paper."""
    status: PublicationStatus
    """Of the paper: retracted, withdrawn, or in doubt."""

    @property
    def taints(self) -> bool:
        """Whether what the record says was found is what that paper found; a comment speaks for itself."""
        return self.status in UNSOUND and self.type is not RelationType.COMMENT_ON


class Funding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A grant or a sponsor."""

    agency: str = ""
    """Funder as written."""
    grant_id: str = ""
    """Award number as written."""
    country: str = ""
    """Country as written."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item as one source gave it. What the source does not say stays empty."""

    source: str
    """Name of the source in the registry: ``pubmed``."""
    source_id: str
    """The source's own identifier for the item; together with ``source`` it is unique."""
    kind: Kind
    """What the item is."""
    title: str
    """Plain text."""
    alternative_titles: tuple[str, ...] = ()
    """Vernacular, official or short titles."""
    abstract: tuple[Section, ...] = ()
    """The abstract (or brief summary, or a feed's excerpt) in its sections."""
    other_abstracts: tuple[Section, ...] = ()
    """Further abstracts, for instance in other languages; ``label`` holds the language or type."""
    body: str = ""
    """Full text or detailed description. Of press items it is kept for indexing only and never republished."""
    authors: tuple[Author, ...] = ()
    """In order."""
    identifiers: Identifiers = Identifiers()
    """The record's own identifiers, never those of its references."""
    published: PartialDate | None = None
    """First date on which the public could read it."""
    revised: PartialDate | None = None
    """When the source last revised its record."""
    container_title: str = ""
    """Journal, preprint server, registry or press outlet."""
    issn: tuple[str, ...] = ()
    """All ISSNs of the container."""
    volume: str = ""
    """As written."""
    issue: str = ""
    """As written."""
    pages: str = ""
    """Page range or article number, as written."""
    publisher: str = ""
    """As written."""
    languages: tuple[str, ...] = ()
    """ISO 639-2 codes as PubMed uses, lower case: ``eng``."""
    publication_types: tuple[str, ...] = ()
    """As the source names them: ``Randomized Controlled Trial``."""
    mesh_headings: tuple[str, ...] = ()
    """MeSH descriptors, ``Descriptor/qualifier`` where qualified."""
    keywords: tuple[str, ...] = ()
    """Author keywords."""
    status: PublicationStatus = PublicationStatus.CURRENT
    """Whether the item still stands."""
    publication_stage: str = ""
    """PubMed ``PublicationStatus``: ``aheadofprint``, ``ppublish`` …"""
    relations: tuple[Relation, ...] = ()
    """Links to other works."""
    funding: tuple[Funding, ...] = ()
    """Grants and sponsors."""
    conflicts: str = ""
    """Statement of competing interests, as written."""
    trial: Trial | None = None
    """What only registrations have."""
    url: str = ""
    """Where a reader finds the item."""
    full_text_urls: tuple[str, ...] = ()
    """Where its full text can be read, free ones first."""
    licence: str = ""
    """As the source states it."""
    free_to_read: bool | None = None
    """Whether its page says that everybody can read it; ``None`` where it does not say."""
    embargo_until: dt.datetime | None = None
    """Time zone aware; the item must not be shown before it."""
    cited: tuple[str, ...] = ()
    """Identifiers of works that it cites, as ``scheme:value``."""
    cautions: tuple[Caution, ...] = ()
    """What the library knows of papers that it is about, the gravest first; set when it is read there, never kept."""

    @property
    def uid(self) -> str:
        """``source:source_id``, the key of the record everywhere."""
        return f"{self.source}:{self.source_id}"

    def text_of(self, field: str) -> str:
        """The text that annotations of ``field`` (one of `TEXT_FIELDS`) point into.

        The abstract's sections are joined by line breaks, each after its label and a colon.
        """
        if field == "title":
            return self.title
        if field == "abstract":
            return "\n".join(f"{part.label}: {part.text}" if part.label else part.text for part in self.abstract)
        if field == "body":
            return self.body
        raise ValueError(f"no text field {field!r}; there are {', '.join(TEXT_FIELDS)}")


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """The record as JSON, the same bytes for equal records."""
    return _ENCODER.encode(record)


def decode_record(encoded: bytes) -> Record:
    """The record that `encode_record` wrote. Raises `msgspec.ValidationError` where the JSON is not one."""
    return _DECODER.decode(encoded)


def content_hash(encoded: bytes) -> bytes:
    """SHA-256 (32 bytes) of an encoded record: equal if and only if nothing in the record has changed."""
    return hashlib.sha256(encoded).digest()
