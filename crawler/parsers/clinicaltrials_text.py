"""The registry's markup: Markdown whose punctuation is escaped."""

from __future__ import annotations

import re
from typing import Final

from crawler.parsers.json_tree import Node

_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


def markup(node: Node, name: str) -> str:
    r"""A field of type markup as plain text: ``\>= 18`` becomes ``>= 18``. Lists keep their asterisks."""
    return _ESCAPE.sub(r"\1", node.text(name))
