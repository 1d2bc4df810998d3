"""What the index holds of a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from index.identify import mentioned
from library.types import Embedding, StoredAnnotation, StoredRecord
from records.annotation import Annotation, EntityKind
from records.concepts import CONCEPTS
from records.hit import HitFinding, Summary
from records.protocols import Ontology
from records.record import UNSOUND, PublicationStatus, Record
from records.species import studied_species
from records.wording import caution_called, why_unreliable


class IndexDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One record, ready for either backend."""

    uid: str
    seq: int
    """Library change that it shows, of record, annotation or embedding."""
    content_hash: bytes
    summary: Summary
    texts: dict[str, str]
    """``title``, ``abstract``, ``body``."""
    keywords: dict[str, tuple[str, ...]]
    """Values of keyword and concept fields; concepts with all their ancestors."""
    own: dict[str, tuple[str, ...]]
    """For facets: concepts as mentioned, without ancestors."""
    published: int
    """``YYYYMMDD``; 0 if unknown."""
    embargo: int
    """Unix time before which it must not be found; 0 for none."""
    embedding: Embedding | None


def make_document(
    stored: StoredRecord,
    annotated: StoredAnnotation | None,
    embedding: Embedding | None,
    ontology: Ontology,
    *,
    seq: int,
) -> IndexDocument:
    """The document of a record with what was found in it."""
    record = stored.record
    annotation = annotated.annotation if annotated else Annotation(pipeline="")
    concepts = {concept.name: _mentioned(annotation, concept.kind) for concept in CONCEPTS}
    own = {name: tuple(ids) for name, ids in concepts.items()} | _plain(record) | _findings(annotation)
    texts = {"title": record.title, "abstract": record.text_of("abstract"), "body": _body(record)}
    closed = {name: _closure(ids, ontology) for name, ids in concepts.items()}
    return IndexDocument(
        uid=stored.uid,
        seq=seq,
        content_hash=stored.content_hash,
        summary=_summary(record, annotation, {name: _narrowest(ids, ontology) for name, ids in concepts.items()}),
        texts=texts,
        keywords=own | closed | {"mentions": mentioned(record, texts.values())},
        own=own,
        published=record.published.ordinal() if record.published else 0,
        embargo=_unix(record.embargo_until),
        embedding=embedding,
    )


def _body(record: Record) -> str:
    """The body, for registrations what their fields say, and the record's numbers: people search for them as words."""
    parts = [record.body, *record.keywords, *record.mesh_headings, *record.alternative_titles]
    if record.trial:
        parts += record.trial.conditions
        parts += [f"{part.name} {part.description}" for part in record.trial.interventions]
        parts += [f"{part.measure} {part.description}" for part in record.trial.outcomes]
        parts += [record.trial.eligibility, *record.trial.secondary_ids]
    ids = record.identifiers
    parts += [*ids.registrations, ids.pmid, ids.pmcid, ids.doi]
    return "\n".join(part for part in parts if part)


def _mentioned(annotation: Annotation, kind: EntityKind) -> dict[str, str]:
    """Id → preferred name of what is mentioned and not denied, in text order."""
    return {entity.id: entity.name for entity in annotation.entities if entity.kind is kind and not entity.negated}


def _narrowest(ids: Mapping[str, str], ontology: Ontology) -> dict[str, str]:
    """Without what only says more vaguely what another says: *animals* where there are rats."""
    vague = {ancestor for id in ids for ancestor in ontology.ancestors(id)[1:]}
    return {id: name for id, name in ids.items() if id not in vague}


def _closure(ids: Iterable[str], ontology: Ontology) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ancestor for id in ids for ancestor in ontology.ancestors(id)))


def _findings(annotation: Annotation) -> dict[str, tuple[str, ...]]:
    directed = [finding for finding in annotation.findings if finding.direction]
    return {
        "measure": _unique(finding.measure for finding in annotation.findings),
        "outcome": _unique(finding.direction.value for finding in directed if finding.direction),
        "finding": _unique(f"{finding.measure}={finding.direction}" for finding in directed),
    }


def _plain(record: Record) -> dict[str, tuple[str, ...]]:
    trial = record.trial
    flags = [record.kind.value]
    doubtful = bool(why_unreliable(record))
    flags += ["retracted"] if record.status in UNSOUND else []
    flags += ["doubtful"] if doubtful else []
    flags += ["sound"] if not doubtful and record.status is not PublicationStatus.CONCERN else []
    flags += ["corrected"] if record.status is PublicationStatus.CORRECTED else []
    return {
        "author": _unique(author.family or author.collective for author in record.authors),
        "doi": _unique((record.identifiers.doi,)),
        "is": tuple(flags),
        "journal": _unique((record.container_title,)),
        "kind": (record.kind.value,),
        "mesh": _unique(part for heading in record.mesh_headings for part in (heading, heading.split("/")[0])),
        "phase": trial.phases if trial else (),
        "pmcid": _unique((record.identifiers.pmcid,)),
        "pmid": _unique((record.identifiers.pmid,)),
        "registration": record.identifiers.registrations,
        "source": (record.source,),
        "status": (record.status.value,),
        "trial_status": (trial.status.value,) if trial and trial.status else (),
        "type": record.publication_types,
        "year": (str(record.published.year),) if record.published else (),
    }


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _summary(record: Record, annotation: Annotation, concepts: dict[str, dict[str, str]]) -> Summary:
    trial = record.trial
    return Summary(
        uid=record.uid,
        kind=record.kind.value,
        source=record.source,
        title=record.title,
        authors=tuple(author.name() for author in record.authors[:3]),
        author_count=len(record.authors),
        container_title=record.container_title,
        published=record.published.iso() if record.published else "",
        url=record.url,
        doi=record.identifiers.doi,
        pmid=record.identifiers.pmid,
        registrations=record.identifiers.registrations,
        story=tuple(key for key in record.identifiers.story if key.startswith("story:")),
        status=record.status.value,
        caution=next(map(caution_called, record.cautions), ""),
        unreliable=why_unreliable(record),
        trial_status=trial.status.value if trial and trial.status else "",
        phases=trial.phases if trial else (),
        enrollment=trial.enrollment if trial else None,
        sample=annotation.sample.count if annotation.sample else None,
        publication_types=record.publication_types,
        species=studied_species(record, annotation),
        cell_types=tuple(dict.fromkeys(concepts["cell"].values())),
        findings=tuple(_stated(record, annotation)),
    )


def _stated(record: Record, annotation: Annotation) -> Iterable[HitFinding]:
    """The first finding of each measure and direction, with its sentence; a search puts them in its order."""
    seen: set[tuple[str, str, bool, str]] = set()
    for finding in annotation.findings:
        key = (finding.measure, finding.direction or "", finding.affirmed, finding.qualifier)
        if not finding.direction or key in seen:
            continue
        seen.add(key)
        span = finding.sentence
        sentence = record.text_of(span.field)[span.start : span.end]
        yield HitFinding(
            measure=finding.measure,
            direction=finding.direction,
            affirmed=finding.affirmed,
            share=finding.share,
            qualifier=finding.qualifier,
            sentence=" ".join(sentence.split()),
        )


def _unix(moment: dt.datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
