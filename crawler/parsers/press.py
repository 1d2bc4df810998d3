"""Press items: what a feed or a sitemap says, with the page behind it or without, as one record a story."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.parsers.articles import Article
from crawler.parsers.copies import copy_keys
from crawler.parsers.embargo import embargo_of
from crawler.parsers.feeds import FeedItem
from records.identifiers import Identifiers, find_dois, find_pmids, find_registrations
from records.record import Author, Kind, Record, Relation, RelationType, Section

SOURCE: Final = "press"
EXCERPT: Final = 500
"""Characters of a press text that are shown, with attribution; the body is for searching only."""
FURTHEST: Final = dt.timedelta(days=366)
"""An embargo that ends later is a mistake: nothing is kept back for good."""
_TRACKING: Final = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "ref_src")


def press_record(item: FeedItem, article: Article | None, *, outlet: str, now: dt.datetime | None = None) -> Record:
    """The record of an item, with its page or without: either way the same story is the same record.

    Args:
        item: What the feed or the sitemap says.
        article: The page, if it could be had.
        outlet: Name of the newsroom or the paper.
        now: The present moment; an item that is dated later is kept back until then.
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
        published=item.published or (article.published if article else None),
        container_title=outlet,
        languages=tuple(filter(None, (item.language or (article.language if article else ""),))),
        relations=tuple(Relation(type=RelationType.MENTIONS, target=key) for key in dict.fromkeys(mentions)),
        url=item.link,
        licence=article.licence if article else "",
        free_to_read=article.free_to_read if article else None,
        embargo_until=_embargo(item, article, now or dt.datetime.now(dt.UTC)),
    )


def story_id(link: str) -> str:
    """A short stable id of a story: a hash of its address without scheme, fragment and tracking parameters."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.lower().startswith(_TRACKING)]
    host = parts.netloc.lower().removeprefix("www.")
    plain = urlunsplit(("", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _embargo(item: FeedItem, article: Article | None, now: dt.datetime) -> dt.datetime | None:
    """The latest moment that anything names; one that has passed counts too, so that it does not change the record."""
    named = [
        item.embargo_until,
        embargo_of(item.title),
        embargo_of(item.summary or item.content),
        article.embargo_until if article else None,
        item.moment if item.moment and item.moment > now else None,
    ]
    return max((moment for moment in named if moment and moment <= now + FURTHEST), default=None)


def _shorten(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0] + " …"
