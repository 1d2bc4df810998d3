"""Rows of the library as structs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping


def fields_of(mapping: RowMapping) -> dict[str, Any]:
    """A row's columns by name, for `msgspec.convert`, which takes no kinds of text but its own."""
    return {str(name): value for name, value in mapping.items()}
