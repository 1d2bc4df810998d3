"""The tantivy schema and its analyzer.

Fields: ``uid`` raw; ``key`` (`index.digest.key_of`) joins documents with their vectors; ``title``, ``abstract`` and
``body`` analysed, with positions for phrases, and all three together in ``text``, by which words are ranked: in a
single field tantivy passes over documents that cannot come among the best; one raw field for each keyword of the query
language (``f_NAME``) and one for what is counted in facets (``c_NAME``, fast); ``published`` and ``embargo`` as
integers (an
unsigned fast field cannot take a Python int); ``stored`` holds the JSON that search shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import tantivy

from index.analysis import make_analyzer
from index.compile import TEXTS
from index.fields import FACETS, keyword_names
from library.glance import can_write
from records.errors import IndexDamagedError, IndexError_

ANALYZER: Final = "cordwatch"
TEXT: Final = "text"
INTEGERS: Final = ("key", "published", "embargo", "seq")
META: Final = "\x00seq"
"""Uid of the document that holds ``seq``: it is committed together with what it speaks of."""
VERSION: Final = 3
"""Raise it when the schema or the analyzer changes: older indexes are then rebuilt."""


def make_schema() -> tantivy.Schema:
    """The schema."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("uid", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    for name in TEXTS:
        builder.add_text_field(name, tokenizer_name=ANALYZER, index_option="position")
    builder.add_text_field(TEXT, tokenizer_name=ANALYZER, index_option="freq")
    for name in keyword_names():
        builder.add_text_field(f"f_{name}", tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(f"c_{name}", fast=True, tokenizer_name="raw", index_option="basic")
    for name in INTEGERS:
        builder.add_integer_field(name, indexed=True, fast=True, stored=name == "seq")
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


def open_index(folder: Path, *, create: bool) -> tantivy.Index:
    """tantivy's index in a folder, made if absent. Raises `IndexDamagedError` if it cannot be opened."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if create and not tantivy.Index.exists(str(folder)):
            index = tantivy.Index(make_schema(), path=str(folder))
        else:
            index = tantivy.Index.open(str(folder))
    except (OSError, ValueError) as error:
        if not can_write(folder if folder.exists() else folder.parent):
            # tantivy locks its folder even to read it.
            raise IndexError_(
                f"nothing can be written in {folder}, and without that the index cannot be opened",
                hint="mount it for writing, or copy it to where that can be and set index.path",
            ) from error
        # tantivy ends with all of the file that it cannot read.
        why = str(error).partition(" Content: ")[0]
        raise IndexDamagedError(f"{folder} cannot be opened: {why}", hint="cordwatch rebuild") from error
    index.register_tokenizer(ANALYZER, make_analyzer())
    return index
