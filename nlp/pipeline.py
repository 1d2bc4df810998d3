"""Reads a record: its entities and its findings, each with its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Final, Self

from nlp import denied_things, directions, events, findings, lexicon, measures, negation, sample_size, shares
from nlp.abbreviations import document_abbreviations
from nlp.denied_things import is_thing_denied
from nlp.entities import EntityMatcher, Match
from nlp.findings import find_findings
from nlp.measures import find_mentions
from nlp.negation import Denial, denials
from nlp.sample_size import find_sample
from records import sentences
from records.annotation import Annotation, Entity, Finding, Sample, Span
from records.notices import tells_of_another_work
from records.record import TEXT_FIELDS, Kind, Record
from records.sentences import Sentence, split_sentences

VERSION: Final = "2"
"""Changes with every change of what this module does."""


_OF_OTHERS: Final = frozenset({"Meta-Analysis", "Review", "Systematic Review"})


def pipeline_version() -> str:
    """Name and version of the pipeline, its rules and its vocabulary; goes into every annotation."""
    modules = (sentences, negation, denied_things, measures, directions, events, shares, findings, sample_size)
    rules = ".".join((VERSION, *(module.VERSION for module in modules)))
    return f"cordwatch-nlp {rules} lexicon {lexicon.VERSION}"


class Pipeline:
    """Finds entities and outcomes. Build it once a process, with `load`.

    Args:
        matcher: Finds entities.
    """

    def __init__(self, matcher: EntityMatcher) -> None:
        self._matcher = matcher

    @classmethod
    def load(cls) -> Self:
        """The pipeline over the baked lexicon."""
        return cls(EntityMatcher.load())

    @property
    def version(self) -> str:
        """That of all pipelines: `pipeline_version`."""
        return pipeline_version()

    def annotate(self, record: Record) -> Annotation:
        """Everything that is found in the record's texts."""
        texts = {field: text for field in TEXT_FIELDS if (text := record.text_of(field))}
        abbreviations = document_abbreviations(texts.values())
        reports_results = record.kind is not Kind.REGISTRATION and not tells_of_another_work(record)
        found_entities: list[Entity] = []
        found_findings: list[Finding] = []
        sentences_of = {field: split_sentences(text) for field, text in texts.items()}
        for field, text in texts.items():
            parts = sentences_of[field]
            found_entities.extend(self._entities(field, text, parts, abbreviations))
            mentions = find_mentions(text, abbreviations)
            found_findings.extend(find_findings(field, text, parts, mentions, reports_results=reports_results))
        return Annotation(
            pipeline=self.version,
            entities=tuple(found_entities),
            findings=tuple(found_findings),
            sample=_sample(record, texts, sentences_of),
        )

    def _entities(
        self, field: str, text: str, parts: list[Sentence], abbreviations: Mapping[str, str]
    ) -> Iterator[Entity]:
        starts = [sentence.start for sentence in parts]
        denied: dict[int, list[Denial]] = {}
        for match in self._matcher.find(text, abbreviations):
            at = bisect_right(starts, match.start) - 1
            if at >= 0 and at not in denied:
                denied[at] = denials(text, parts[at].start, parts[at].end)
            negated = at >= 0 and is_thing_denied(text, match.start, match.end, denied[at])
            yield _entity(field, text, match, negated=negated)


def _sample(record: Record, texts: Mapping[str, str], parts: Mapping[str, list[Sentence]]) -> Sample | None:
    """Of a study of its own; reviews and notices tell of others', and a registration says what it plans in a field."""
    if (
        record.kind is Kind.REGISTRATION
        or tells_of_another_work(record)
        or _OF_OTHERS.intersection(record.publication_types)
    ):
        return None
    return find_sample([(field, texts[field], parts[field]) for field in ("title", "abstract") if field in texts])


def _entity(field: str, text: str, match: Match, *, negated: bool) -> Entity:
    return Entity(
        kind=match.kind,
        id=match.id,
        name=match.name,
        text=text[match.start : match.end],
        span=Span(field=field, start=match.start, end=match.end),
        negated=negated,
        rule=match.rule,
    )
