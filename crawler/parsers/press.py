"""Press items: what a feed or a sitemap says, with the page behind it or without, as one record a story."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.parsers.articles import Article
from crawler.parsers.copies import copy_keys
from crawler.parsers.embargo import Embargo, embargo_of
from crawler.parsers.feeds import FeedItem
from records.dates import day_of, first_read
from records.identifiers import Identifiers, find_dois, find_pmids, find_registrations
from records.record import Author, Kind, Record, Relation, RelationType, Section

SOURCE: Final = "press"
EXCERPT: Final = 500
"""Characters of a press text that are shown, with attribution; the body is for searching only."""
FURTHEST: Final = dt.timedelta(days=366)
"""An embargo that ends later is a mistake: nothing is kept back for good."""
HELD: Final = dt.timedelta(days=7)
"""How long after its date an item is kept back whose embargo has no end that can be read."""
_TRACKING: Final = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "ref_src")


def press_record(
    item: FeedItem,
    article: Article | None,
    *,
    outlet: str,
    now: dt.datetime | None = None,
    known: Record | None = None,
) -> Record:
    """The record of an item, with its page or without: either way the same story is the same record.

    Args:
        item: What the feed or the sitemap says.
        article: The page, if it could be had.
        outlet: Name of the newsroom or the paper.
        now: The present moment; an item that is dated later is kept back until then.
        known: The story as the library has it.
    """
    excerpt = item.summary or item.content or (article.body if article else "")
    body = (article.body if article else "") or item.content
    text = "\n".join((item.title, item.summary, body))
    mentions = [f"doi:{doi}" for doi in find_dois(text)]
    mentions += [f"pmid:{pmid}" for pmid in find_pmids(text)]
    mentions += [f"registration:{number}" for number in find_registrations(text)]
    mentions += article.mentions if article else ()
    authors = item.authors or (article.authors if article else ())
    own = story_id(item.link or item.id)
    return Record(
        source=SOURCE,
        source_id=own,
        kind=Kind.PRESS,
        title=item.title or (article.title if article else ""),
        abstract=(Section(text=_shorten(excerpt)),) if excerpt else (),
        body=body,
        authors=tuple(Author(family=name) for name in authors),
        identifiers=Identifiers(story=(f"story:{own}", *copy_keys(body))),
        published=first_read((item.published, article.published if article else None)),
        container_title=outlet,
        languages=tuple(filter(None, (item.language or (article.language if article else ""),))),
        relations=tuple(Relation(type=RelationType.MENTIONS, target=key) for key in dict.fromkeys(mentions)),
        url=item.link,
        licence=article.licence if article else "",
        free_to_read=article.free_to_read if article else None,
        embargo_until=_embargo(item, article, now or dt.datetime.now(dt.UTC), known),
    )


def story_id(link: str) -> str:
    """A short stable id of a story: a hash of its address without scheme, fragment and tracking parameters."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.lower().startswith(_TRACKING)]
    host = parts.netloc.lower().removeprefix("www.")
    plain = urlunsplit(("", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def article_of(record: Record) -> Article:
    """The page of a story as its record has kept it, for when the page can no longer be had."""
    kept = (Embargo(until=record.embargo_until, said=""),) if record.embargo_until else ()
    mentions = (relation.target for relation in record.relations if relation.type is RelationType.MENTIONS)
    return Article(
        title=record.title,
        body=record.body,
        published=record.published,
        outlet=record.container_title,
        authors=tuple(author.family for author in record.authors),
        language=next(iter(record.languages), ""),
        licence=record.licence,
        mentions=tuple(mentions),
        free_to_read=record.free_to_read,
        embargoes=kept,
    )


def unread_embargo(item: FeedItem, article: Article | None) -> str:
    """The words of an embargo without an end that can be read; empty where there is none, or another has one."""
    found = _embargoes(item, article)
    return "" if any(one.until for one in found) else next((one.said for one in found), "")


def _embargoes(item: FeedItem, article: Article | None) -> list[Embargo]:
    texts = (embargo_of(text, near=day_of(item.published)) for text in (item.title, item.summary or item.content))
    return [one for one in (item.embargo, *texts, *(article.embargoes if article else ())) if one]


def _embargo(item: FeedItem, article: Article | None, now: dt.datetime, known: Record | None) -> dt.datetime | None:
    """The latest moment that anything names; one that has passed counts too, so that it does not change the record."""
    named = [one.until for one in _embargoes(item, article)]
    named.append(item.moment if item.moment and item.moment > now else None)
    if unread_embargo(item, article):
        # The same each time it is read: a hold that began anew with every crawl would never end.
        day = day_of(item.published or (article.published if article else None))
        kept = known.embargo_until if known else None
        named.append(dt.datetime.combine(day, dt.time(), dt.UTC) + HELD if day else kept or now + HELD)
    return max((moment for moment in named if moment and moment <= now + FURTHEST), default=None)


def _shorten(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0] + " …"
