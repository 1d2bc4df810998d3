"""How a topic file names a record: by uid, or by an identifier that any source's record may bear.

``pubmed:99000010`` (uid), ``doi:10.5555/cw.1``, ``pmid:99000010``, ``pmcid:PMC9900001``, ``registration:NCT99000001``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from records.identifiers import normalise_identifier

if TYPE_CHECKING:
    from library import Library


def normalise_reference(text: str) -> str:
    """The reference with its identifier normalised, or ``""`` if it is none."""
    scheme, colon, value = text.strip().partition(":")
    if not colon or not scheme or not value.strip():
        return ""
    found = normalise_identifier(scheme, value)
    if found is None:
        return f"{scheme}:{value.strip()}"
    return f"{scheme.lower()}:{found}" if found else ""


def find_reference(library: Library, reference: str) -> tuple[str, ...]:
    """Uids of the records that a reference names and that stand in the library; several where sources overlap."""
    uids = [reference] if library.get(reference) else library.find_identifier(reference)
    return tuple(uid for uid, stored in sorted(library.get_many(uids).items()) if not stored.deleted)
