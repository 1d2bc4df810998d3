"""What settings say about asking a source: its section, its address, how Cordwatch names itself, dates as typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from config import Settings
from crawler.hosts import any_public
from records.errors import ConfigError, SourceError


def check_contact(source: str, urls: Iterable[str], settings: Settings) -> None:
    """Raise `ConfigError` where a source lies outside and could not reach whoever crawls."""
    if not settings.crawl.contact and any_public(urls):
        raise ConfigError(
            f"{source}: crawl.contact is not set, and providers must be able to reach you",
            hint="Set an e-mail or web address: `contact` under [crawl] in the configuration file, or the variable "
            "CORDWATCH_CRAWL_CONTACT.",
        )


def user_agent(contact: str) -> str:
    """How Cordwatch names itself to providers."""
    return f"cordwatch/{version('cordwatch')}" + (f" (+{contact})" if contact else "")


def section_of(name: str, settings: Settings) -> Any:
    """The source's own section; ``None`` if it has none."""
    return getattr(settings, name, None)


def base_url_of(name: str, settings: Settings, default: str) -> str:
    """Where the provider is, without a slash at the end: as set for all sources, in its section, or by default."""
    named = dict(pair.split("=", 1) for pair in settings.crawl.base_urls if "=" in pair)
    url: str = named.get(name) or getattr(section_of(name, settings), "base_url", "") or default
    return url.rstrip("/")


def date_of(value: dt.date | str | None) -> dt.date | None:
    """A date as given or as typed. Raises `SourceError` where it is none."""
    if value is None or isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise SourceError(f"{value!r} is not a date", hint="Write it as 2025-01-31.") from error
