"""An index in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from index.embedded.backend import EmbeddedBackend
from index.embedded.generation import current, damaged_files, switch
from index.embedded.schema import VERSION
from index.place import Version


class EmbeddedPlace:
    """The generations in a folder: there is one, but for the length of a rebuild.

    Args:
        path: The folder.
        writer_memory_mb: Memory of tantivy's writer.
    """

    def __init__(self, path: Path, *, writer_memory_mb: int = 256) -> None:
        self._path = path
        self._memory = writer_memory_mb

    def __str__(self) -> str:
        return str(self._path)

    def open(self, *, writable: bool = False) -> EmbeddedBackend:
        """The generation in force."""
        return EmbeddedBackend.open(self._path, writable=writable, writer_memory_mb=self._memory)

    def begin(self, *, fresh: bool = False) -> EmbeddedBackend:
        """A new generation; what an interrupted rebuild has left is not gone on with."""
        self._path.mkdir(parents=True, exist_ok=True)
        numbers = [int(name.rsplit("-", 1)[-1]) for name in self._names() if name.rsplit("-", 1)[-1].isdigit()]
        generation = f"v{VERSION}-{max(numbers, default=0) + 1}"
        return EmbeddedBackend.open(self._path, writable=True, generation=generation, writer_memory_mb=self._memory)

    def switch(self, name: str) -> None:
        """Put a generation in force and delete the others."""
        switch(self._path, name)
        self.drop_old()

    def is_stale(self, model: str) -> bool:
        """Whether a new generation is needed."""
        folder = current(self._path)
        if folder is None:
            return False
        if not folder.name.startswith(f"v{VERSION}-"):
            return True
        with self.open() as backend:
            return backend.model not in ("", model)

    def versions(self) -> list[Version]:
        """The generations."""
        in_force = current(self._path)
        found = []
        for name in self._names():
            counts = name.startswith(f"v{VERSION}-") and in_force is not None and name == in_force.name
            size = sum(file.stat().st_size for file in (self._path / name).rglob("*") if file.is_file())
            if counts:
                with self.open() as backend:
                    found.append(
                        Version(
                            name=name,
                            in_force=True,
                            documents=len(backend),
                            seq=backend.seq,
                            model=backend.model,
                            bytes=size,
                        )
                    )
            else:
                found.append(Version(name=name, in_force=False, documents=0, seq=0, model="", bytes=size))
        return found

    def drop_old(self) -> list[str]:
        """Delete all but the one in force; none where none is."""
        in_force = current(self._path)
        old = [name for name in self._names() if in_force is not None and name != in_force.name]
        for name in old:
            shutil.rmtree(self._path / name)
        return old

    def damages(self) -> Iterator[str]:
        """Files that are not what was written."""
        return damaged_files(self._path)

    def _names(self) -> list[str]:
        folders = [child.name for child in self._path.iterdir() if child.is_dir()] if self._path.exists() else []
        return sorted(folders)
