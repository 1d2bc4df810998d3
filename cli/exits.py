"""What the command's exit codes mean."""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
USAGE: Final = 2
SOME_FAILED: Final = 3
"""Some sources, files or mails; what the others brought is kept."""
INTERRUPTED: Final = 130
