"""Writes published files: only those that changed, each in one step, none of anybody else's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from library.lock import alone
from records.errors import ConfigError

MANIFEST: Final = ".cordwatch-feeds.json"
"""Names of the files that are ours."""
LOCK: Final = ".cordwatch-feeds.lock"
"""Held while a process writes: others wait."""
_PARTIAL: Final = ".cordwatch-partial"


class WriteReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a write did: file names, in order."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    """Ours from before, of topics that are gone."""


def write_folder(folder: Path, files: Mapping[str, bytes]) -> WriteReport:
    """Bring a folder to hold exactly these files, besides those that are not ours.

    All new contents lie on the disk before the first file is replaced, and each replacement is one step: a reader
    never sees half a file, and a full disk changes nothing.

    Raises:
        ConfigError: A file of somebody else has a name that we need, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / LOCK, f"writes to {folder}", wait=True):
            return _write(folder, files)
    except OSError as error:
        raise ConfigError(
            f"{error.filename or folder}: {error.strerror}", hint="name a folder that can be written"
        ) from error


def _write(folder: Path, files: Mapping[str, bytes]) -> WriteReport:
    ours = _ours(folder)
    changed = [name for name, content in sorted(files.items()) if _content(folder / name) != content]
    foreign = [name for name in changed if name not in ours and (folder / name).exists()]
    if foreign:
        raise ConfigError(
            f"{folder / foreign[0]} was not written by `cordwatch feeds write`; it is left as it is",
            hint="name another folder, or move the file away",
        )
    for left in folder.glob(f"*{_PARTIAL}"):
        left.unlink()
    for name in changed:
        _put(folder / (name + _PARTIAL), files[name])
    # Named before they appear: files of a write that was killed are still known as ours.
    if not ours.issuperset(files):
        _note(folder, ours | set(files))
    for name in changed:
        (folder / (name + _PARTIAL)).replace(folder / name)
    removed = sorted(name for name in ours - set(files) if (folder / name).exists())
    for name in removed:
        (folder / name).unlink()
    if ours != set(files):
        _note(folder, files)
    return WriteReport(
        written=tuple(changed), unchanged=tuple(sorted(set(files) - set(changed))), removed=tuple(removed)
    )


def _ours(folder: Path) -> set[str]:
    path = folder / MANIFEST
    if not path.exists():
        return set()
    try:
        names = json.loads(path.read_bytes())["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is damaged", hint="remove it and what it listed, then write again") from error
    # A manifest that was tampered with must not lead out of the folder.
    return {name for name in names if isinstance(name, str) and Path(name).name == name}


def _note(folder: Path, names: Iterable[str]) -> None:
    partial = folder / (MANIFEST + _PARTIAL)
    _put(partial, json.dumps({"files": sorted(names)}, indent=1).encode() + b"\n")
    partial.replace(folder / MANIFEST)


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
