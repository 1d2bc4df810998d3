"""The concepts that a query names: looked up in the vocabulary, which is injected."""

from __future__ import annotations

from index.fields import FIELDS, FieldType
from records.errors import QueryError
from records.protocols import Ontology
from records.query import Field


def names_concept(field: Field) -> bool:
    """Whether the value of a field is looked up in the vocabulary."""
    return FIELDS[field.name].type is FieldType.CONCEPT


def ids_of(field: Field, ontology: Ontology) -> tuple[str, ...]:
    """The ids that a field's value means. Raises `QueryError` for a name that the vocabulary does not have."""
    kind = FIELDS[field.name].kind
    if ids := ontology.resolve(kind, field.value):
        return ids
    near = ontology.near(kind, field.value)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise QueryError(
        f"{field.name}: the vocabulary has no {field.value!r}",
        hint=f"{hint}Search for the words instead, or see `cordwatch facets --by {field.name}`",
    )
