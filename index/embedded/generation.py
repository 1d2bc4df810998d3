"""The folder of an index: which generation is in force, and whether its files are what was written.

``PATH/CURRENT`` names a folder under ``PATH``; a rebuild makes another one beside it and replaces the name. In it lie
``tantivy/``, ``vectors/``, ``library``, the id of the library that it was made from, and ``files.json``, the digests of
tantivy's files: it does not notice flipped bytes itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from index.embedded.files import file_digest, replace_file
from index.embedded.vectors import vector_damages
from records.errors import IndexDamagedError, IndexForeignError, IndexMissingError

_CURRENT: Final = "CURRENT"
_GENERATION: Final = re.compile(r"v\d+-\d+")
_DIGESTS: Final = "files.json"
_OWNER: Final = "library"


def current(path: Path) -> Path | None:
    """The folder in force of the index at ``path``; ``None`` if there is no index.

    Raises:
        IndexDamagedError: What should name the folder names none that is there.
    """
    file = path / _CURRENT
    try:
        name = file.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not _GENERATION.fullmatch(name) or not (path / name).is_dir():
        raise IndexDamagedError(f"{file} names no index that is there: {name!r}", hint="cordwatch rebuild")
    return path / name


def switch(path: Path, generation: str) -> None:
    """Put a generation in force, in one step."""
    replace_file(path / _CURRENT, f"{generation}\n".encode())


def owner(folder: Path) -> str:
    """Id of the library that a generation was made from; empty where none has claimed it."""
    try:
        return (folder / _OWNER).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def claim(folder: Path, library: str) -> None:
    """Keep whose a generation is. Raises `IndexForeignError` if it is another library's."""
    known = owner(folder)
    if known not in ("", library):
        raise IndexForeignError(
            f"the index at {folder.parent} belongs to another library",
            hint="give this one an index.path of its own, or make it this one's: cordwatch rebuild",
        )
    if not known:
        replace_file(folder / _OWNER, f"{library}\n".encode())


def note_files(folder: Path) -> None:
    """Keep a digest of every file of tantivy's. They never change, so only new ones are read."""
    known = _digests(folder)
    digests = {
        path.name: known.get(path.name) or file_digest(path)
        for path in sorted((folder / "tantivy").iterdir())
        if path.is_file() and "." in path.name and path.suffix not in (".json", ".lock")
    }
    replace_file(folder / _DIGESTS, msgspec.json.encode(digests))


def damaged_files(path: Path) -> Iterator[str]:
    """Files of the index at ``path`` that are not what was written, found without opening it.

    tantivy may end the process on flipped bytes.

    Raises:
        IndexMissingError: There is no index.
        IndexDamagedError: The list of files cannot be read.
    """
    folder = current(path)
    if folder is None:
        raise IndexMissingError(f"there is no index at {path}", hint="cordwatch index")
    for name, digest in _digests(folder).items():
        file = folder / "tantivy" / name
        if file.exists() and file_digest(file) != digest:
            yield f"{file} is not what was written"
    yield from vector_damages(folder / "vectors")


def _digests(folder: Path) -> dict[str, str]:
    path = folder / _DIGESTS
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
