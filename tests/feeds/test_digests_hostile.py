"""Hostile titles, abstracts and names come out harmless in every part of a digest."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.mail.clean import clean, clean_url
from feeds.mail.draft import Draft, Image, Shared, assemble, decode_draft, encode_draft, part_hash
from records.record import Author, Kind, PublicationStatus, Relation, RelationType
from tests.feeds.digest_world import TITLES, Format, World, article

HOSTILE = (
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    '"><a href="javascript:alert(1)">here</a>',
    "Title\r\nBcc: victim@example.org\r\n\r\nSecond message",
    "\u202egnp.exe\u202c \u2066hidden\u2069 \u200bzero\ufeff width",
    "z\u0335\u0336\u0337\u0338\u0334\u0320\u0321\u0322\u0323\u0324\u0325" * 50,
    "{{ 7 * 7 }} {% for x in y %} ${jndi:ldap://x}",
    ".\r\n.\r\nQUIT\r\n",
    "</style></head></body></html>",
    "A" * 1_000_000,
    "<b>" * 300_000,
    "\u0000\u0001\u001b[31m\x85\u2028\u2029\U000e0041",
    "&lt;script&gt; &amp;#60;",
    "",
)
ALLOWED_TAGS = frozenset(
    "html head meta title style body div table tr td h1 h2 p span bdi a b img tbody".split()  # noqa: SIM905
)
ALLOWED_SCHEMES = ("https://", "http://", "mailto:")


class Checker(HTMLParser):
    """Fails on anything that our own templates do not write."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED_TAGS, tag
        if tag not in ("meta", "img"):
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name == "href":
                assert (value or "").startswith(ALLOWED_SCHEMES), value
            if name == "src":
                assert (value or "").startswith("cid:"), value
            if name == "style":
                assert "url(" not in (value or "")
                assert "expression" not in (value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def check(message: bytes) -> None:
    """Nothing of a message does harm."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Bcc"] is None
    assert len(parsed.get_all("To", [])) == 1
    assert all(len(line) <= 998 for line in message.split(b"\r\n"))
    assert b"\n" not in message.replace(b"\r\n", b"")
    types = [part.get_content_type() for part in parsed.walk()]
    assert set(types) <= {"multipart/alternative", "multipart/related", "text/plain", "text/html", "image/png"}
    for subtype in ("plain", "html"):
        part = parsed.get_body((subtype,))
        if part is not None:
            body = str(part.get_content())
            assert (
                re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]", body) == []
            )
            if subtype == "html":
                checker = Checker()
                checker.feed(body)
                checker.close()
                assert checker.open == []


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_is_harmless(world: World, number: int) -> None:
    text = HOSTILE[number]
    world.reader()
    world.reader("text@example.org", "cells", format=Format.TEXT)
    fields = {
        "authors": (Author(family=text),),
        "container_title": text,
        "url": f"javascript:{text[:50]}",
        "alternative_titles": (text,),
    }
    world.put(article("1", title=text or "x", kind=Kind.PRESS, **fields), article("2", title="plain"))
    world.build()
    retracted = Relation(type=RelationType.RETRACTED_BY, target="pmid:9", raw=text)
    world.put(article("1", title=text or "x", status=PublicationStatus.RETRACTED, relations=(retracted,), **fields))
    world.build()
    messages = world.mails()
    assert len(messages) == 4
    for message in messages:
        check(message)
        assert len(message) < 60_000


def test_a_hostile_topic_title_and_source_error_are_harmless(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TITLES, "cells", HOSTILE[0] + HOSTILE[2])
    world.reader()
    world.put(article("1"))
    world.build()
    check(world.mails()[0])


def test_a_title_of_ours_stays_as_it_is() -> None:
    title = "Effet de l’iPSC – β-catenin, naïve 脊髄損傷 & מחקר (n<12)"
    assert clean(title, 300) == title


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.integers(2, 200))
def test_clean_text_is_one_bounded_line(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert len(cleaned.splitlines()) <= 1
    assert cleaned == clean(cleaned, limit)
    cleaned.encode()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.builds("https://{}".format, st.text(max_size=80))))
def test_a_clean_url_is_http_and_ascii(url: str) -> None:
    cleaned = clean_url(url)
    if cleaned:
        assert cleaned.startswith(("http://", "https://"))
        assert cleaned.isascii()
        assert re.search(r'[\s<>"\\^`{|}]', cleaned) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pieces=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=6),
    picture=st.booleans(),
)
def test_a_draft_assembles_to_the_same_bytes(pieces: list[str], picture: bool) -> None:
    parts = {part_hash(piece.encode()): piece.encode() for piece in pieces[::2]}
    mixed = tuple(Shared(part_hash(p.encode())) if not n % 2 else p for n, p in enumerate(pieces))
    png = part_hash(b"png")
    draft = Draft(
        headers=(("Message-ID", "<a@b.example>"), ("Subject", "s"), ("To", "a@b.example")),
        text=mixed,
        html=(*mixed, "x"),
        images=(Image(cid="c@d", part=png),) if picture else (),
    )
    parts[png] = b"png"
    again = decode_draft(encode_draft(draft))
    assert again == draft
    assert assemble(again, parts) == assemble(draft, parts)
    parsed = email.message_from_bytes(assemble(draft, parts), policy=email.policy.default)
    body = parsed.get_body(("plain",))  # type: ignore[attr-defined]
    expected = "".join(pieces)
    assert re.sub(r"\s+", "", str(body.get_content())) == re.sub(r"\s+", "", expected)
