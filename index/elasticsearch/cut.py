"""What is indexed of a document that the server does not take as it is: enough to be found, and seen as it stands.

An older version must never stay in its place: a paper that was retracted since would go on as sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from index.elasticsearch.bulk import LONGEST_ID, LONGEST_TEXT

if TYPE_CHECKING:
    from index.document import IndexDocument

KEPT_TITLE: Final = 1_000
KEPT_ABSTRACT: Final = 100_000
"""Code points; a longer one is left out whole."""


def refusal(document: IndexDocument) -> str:
    """Why the server would never take a document; empty where it would."""
    if len(document.uid.encode()) > LONGEST_ID:
        return f"the server takes ids of up to {LONGEST_ID} bytes"
    if sum(map(len, document.texts.values())) > LONGEST_TEXT:
        return f"its texts are longer than {LONGEST_TEXT:,} characters"
    return ""


def cut_down(document: IndexDocument) -> IndexDocument:
    """The document without body and vectors, and without an abstract that is a book."""
    title, abstract = document.texts["title"][:KEPT_TITLE], document.texts["abstract"]
    return msgspec.structs.replace(
        document,
        summary=msgspec.structs.replace(document.summary, title=document.summary.title[:KEPT_TITLE]),
        texts={"title": title, "abstract": abstract if len(abstract) <= KEPT_ABSTRACT else "", "body": ""},
        embedding=None,
    )
