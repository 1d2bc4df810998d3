"""The names of the first object of a JSON text, without those of objects within it; the text may break off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]', re.DOTALL)


def own_names(text: bytes) -> Iterator[bytes]:
    """Names of the object that the text is, or of the first one in the list that it is."""
    depth, within_list = 0, text.lstrip().startswith(b"[")
    for token in _TOKEN.finditer(text):
        sign = token.group()[:1]
        if sign in b"{[":
            depth += 1
        elif sign in b"}]":
            depth -= 1
            if depth == within_list:
                return
        elif token[2] and depth == 1 + within_list:
            yield token[1]
