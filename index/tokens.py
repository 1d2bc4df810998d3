"""The words, phrases, fields and signs of a query, each with its place."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from index.fields import FIELDS
from records.errors import QueryError

# Brackets that a DOI opens and closes are its own: ``10.1016/S0140-6736(20)30001-1``.
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<open>\()|(?P<close>\))
        |(?P<quote>"(?P<quoted>[^"]*)(?P<end>"?))
        |(?P<field>[A-Za-z_]+):(?!//)(?=\S)
        |(?P<minus>-)(?=[^\s)])
        |(?P<word>(?i:https?://(?:[\w-]+\.)*doi\.org/)?10\.\d{4,9}/(?:[^\s()"]|\([^\s()"]*\))+|[^\s()"]+)
    )""",
    re.VERBOSE,
)


class Token(msgspec.Struct, frozen=True):
    """One piece of a query."""

    kind: str
    """``open``, ``close``, ``quote``, ``field``, ``minus`` or ``word``."""
    text: str
    position: int


def tokens_of(text: str) -> list[Token]:
    """The pieces of a query. Raises `QueryError` for a quote that is never closed and a field without a value."""
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryError(f"cannot read {text[at]!r}", position=at)
        kind = match.lastgroup or ""
        kind = "quote" if match["quote"] is not None else kind
        start = match.start(kind)
        if kind == "quote" and not match["end"]:
            raise QueryError('this " is never closed', position=start, hint='add " where the phrase ends')
        if kind == "field" and match["field"].lower() not in FIELDS and not match["field"].islower():
            # "Aim:", "Re:" in a pasted title are words; a small-letter name is meant as a field.
            word = re.compile(r"[^\s()\"]+").match(text, start)
            found.append(Token("word", word.group() if word else match["field"], start))
            at = word.end() if word else match.end()
            continue
        value = match["quoted"] if kind == "quote" else match[kind]
        if kind == "word" and value.endswith(":") and value[:-1] in FIELDS:
            raise QueryError(
                f"{value} has no value",
                position=start,
                hint=f"with no blank after the colon: {FIELDS[value[:-1]].example}",
            )
        if kind != "quote" or value.strip():
            found.append(Token(kind, value, start))
        at = match.end()
    return found


_INEXACT: Final = re.compile(r"\w(?P<sign>\*|~[\d.]*)(?=\s|$)|(?:^|\s)(?P<first>\*)(?=\w)")
"""``spin*``, ``exosome~1``, ``*cyte``."""


def exact(token: Token) -> Token:
    """The token. Raises `QueryError` where it asks for what is only written alike."""
    found = _INEXACT.search(token.text)
    if found is None:
        return token
    sign = found["sign"] or found["first"]
    raise QueryError(
        f"{sign} is not understood: there are no wildcards and no near spellings",
        position=token.position + (token.kind == "quote") + found.start(found.lastgroup or 0),
        hint="write the word out: its plural and other endings are found too; a OR b asks for several",
    )
