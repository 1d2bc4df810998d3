"""Where feeds lie and in whose name they speak, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeds.mail.clean import clean_url
from records.errors import ConfigError

if TYPE_CHECKING:
    from config.settings import PublishSettings

_LABEL: Final = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
_NOBODYS: Final = ".invalid"
"""Names that belong to nobody, ever (RFC 2606)."""


def base_address(settings: PublishSettings) -> str:
    """``publish.base_url`` with a slash at its end; empty if it is not set.

    Raises:
        ConfigError: It is not the http or https address of a folder.
    """
    if not settings.base_url:
        return ""
    base = clean_url(settings.base_url)
    parts = urlsplit(settings.base_url) if base else None
    if parts is None or parts.query or parts.fragment or not (parts.hostname or "").isascii():
        raise ConfigError(
            f"publish.base_url is {settings.base_url!r}, not the http or https address of a folder",
            hint="https://feeds.example.org/topics",
        )
    return base.rstrip("/") + "/"


def tag_authority(settings: PublishSettings) -> str:
    """``publish.authority``. Raises `ConfigError` if it is not a domain name in ASCII (RFC 4151, 2.1)."""
    if not _DOMAIN.fullmatch(settings.authority):
        raise ConfigError(
            f"publish.authority is {settings.authority!r}, not a domain name",
            hint="a name that is yours, as it is registered: example.org",
        )
    return settings.authority


def missing(settings: PublishSettings) -> Iterator[tuple[str, str]]:
    """What is not set and what readers lack without it, and what to set. Raises `ConfigError` for what is wrong."""
    if not base_address(settings):
        lack = "feeds do not give their own address, and there is no topics.opml"
        yield lack, "set publish.base_url to where the folder can be reached"
    if tag_authority(settings).endswith(_NOBODYS):
        lack = f"identifiers of items are made in the name of {settings.authority}, which is nobody's"
        yield lack, "set publish.authority to a domain name of yours before the first readers come"
