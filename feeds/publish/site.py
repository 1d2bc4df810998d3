"""All files of all topics, rendered in memory: a mistake in one leaves the folder as it was."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping
from typing import IO, TYPE_CHECKING, Final

import msgspec

from feeds.mail.clean import clean, clean_url
from feeds.publish import opml
from feeds.publish.address import base_address, tag_authority
from feeds.publish.channel import EXCERPT_LENGTH, make_channel
from feeds.publish.formats import feed_formats, html
from feeds.publish.types import Channel, Site
from records.record import Kind, Record, Section

if TYPE_CHECKING:
    from config.settings import PublishSettings
    from feeds.topics.types import Topic
    from feeds.topics.window import Window

ReferenceWriter = Callable[[Iterable[Record], IO[str]], object]
"""Writes records as a reference list: an export format."""
_TITLE_LENGTH: Final = 200
_FIELD_LENGTH: Final = 20_000


def render_site(
    topics: Iterable[Topic],
    window: Window,
    settings: PublishSettings,
    writers: Mapping[str, ReferenceWriter],
    changed: Mapping[str, dt.datetime] | None = None,
) -> dict[str, bytes]:
    """File name → content, the same bytes for the same library and settings.

    A list of feeds (OPML) is nothing without their addresses: it is there if ``publish.base_url`` is set.

    Args:
        topics: To publish.
        window: The records that may be published.
        settings: How feeds name themselves, and how much they hold.
        writers: Suffix (``.ris``) → writer of reference lists.
        changed: Uids of records whose standing changed lately → when (`feeds.publish.standing`).

    Raises:
        ConfigError: The address or the authority in whose name feeds speak is not one.
        QueryError: A topic names a concept that the vocabulary does not have.
    """
    base, authority = base_address(settings), tag_authority(settings)
    site = Site(
        title=clean(settings.title, _TITLE_LENGTH) or "Cordwatch",
        base_url=base,
        home=base or f"https://{authority}/",
        channels=tuple(make_channel(topic, window, settings, changed) for topic in topics),
        downloads=tuple(sorted(writers)),
    )
    files = {html.INDEX: html.render_index(site)} | ({opml.NAME: opml.render(site)} if base else {})
    for channel in site.channels:
        files |= {channel.name + one.SUFFIX: one.render(channel, site) for one in feed_formats()}
        files |= {
            channel.name + suffix: _references(channel, window, write) for suffix, write in sorted(writers.items())
        }
    return files


def _references(channel: Channel, window: Window, write: ReferenceWriter) -> bytes:
    stored = window.library.get_many(entry.uid for entry in channel.entries)
    stream = io.StringIO(newline="")
    write((publishable(stored[entry.uid].record) for entry in channel.entries), stream)
    return stream.getvalue().encode()


def publishable(record: Record) -> Record:
    """The record with clean text and no body; of a press item, no more of its excerpt than a feed shows."""
    cleaned: Record = msgspec.convert(_cleaned(msgspec.to_builtins(record)), Record)
    abstract = cleaned.abstract
    if record.kind is Kind.PRESS:
        abstract = (Section(text=clean(record.text_of("abstract"), EXCERPT_LENGTH)),)
    return msgspec.structs.replace(cleaned, body="", abstract=abstract, url=clean_url(record.url))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value, _FIELD_LENGTH)
    if isinstance(value, dict):
        return {key: _cleaned(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(part) for part in value]
    return value
