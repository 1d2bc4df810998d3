"""The vocabulary of entities: extracts of public ontologies and names added by hand."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2026.11.2"
"""Goes into the rule of every entity; changes with every change of a name or an id."""
