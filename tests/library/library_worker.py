"""Works in a library until it is killed: ``python library_worker.py PATH NAME COUNT``. See `shelf.work`."""

from __future__ import annotations

import sys
from pathlib import Path

from shelf import work

if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
