"""Finds the kinds: every module of this folder that offers what `nlp.entities.base.Kind` asks for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import cast

from nlp.entities.base import Kind


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds, alphabetical by module."""
    package = __name__.rpartition(".")[0]
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (importlib.import_module(f"{package}.{name}") for name in names)
    return tuple(cast(Kind, module) for module in modules if hasattr(module, "KIND"))
