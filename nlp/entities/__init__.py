"""Entities: one module a kind, found by scanning this folder.

A module is a kind where it has ``KIND``, ``TABLE`` and ``refine`` (`nlp.entities.base.Kind`).
"""

from __future__ import annotations

from nlp.entities.base import Match
from nlp.entities.matcher import EntityMatcher

__all__ = ["EntityMatcher", "Match"]
