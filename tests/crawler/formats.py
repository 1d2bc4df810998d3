"""Reading bytes as a file of a format."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, cast

from crawler.formats import FileFormat
from crawler.items import Item


def reading(format: FileFormat) -> Callable[[bytes], list[Item]]:
    """What turns bytes into the items of a file called ``file``."""

    def read(content: bytes) -> list[Item]:
        stream = cast(BinaryIO, io.BufferedReader(io.BytesIO(content), 65_536))  # type: ignore[arg-type]
        return list(format.read(stream, source="import", path="file"))

    return read
