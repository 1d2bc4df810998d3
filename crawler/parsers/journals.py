"""Items of a journal's feed: papers, and notices about papers."""

from __future__ import annotations

import msgspec

from crawler.parsers.feeds import FeedItem
from crawler.parsers.marks import unmarked
from records.identifiers import Identifiers, find_dois
from records.notices import notice_of
from records.record import Kind, PublicationStatus, Record, Relation


def journal_record(item: FeedItem, record: Record) -> Record:
    """The paper or the notice that an item of a journal's feed is; it joins the other records of its DOI.

    Args:
        item: What the feed says; its DOI is in an element of its own or in its address.
        record: The item as a press record.
    """
    doi = item.doi or next(iter(find_dois(item.link)), "")
    title, status = unmarked(record.title)
    notice = notice_of(title) if status is None else None
    others = tuple(relation for relation in record.relations if relation.target != f"doi:{doi}")
    if notice:
        type_, about = notice
        works = [relation.target for relation in others if relation.target.startswith("doi:")]
        # Only one that is named alone is sure to be the work that the notice is about.
        others = (Relation(type=type_, target=works[0] if len(works) == 1 else "", raw=about),)
    return msgspec.structs.replace(
        record,
        kind=Kind.NOTICE if notice else Kind.ARTICLE,
        title=title,
        body="",
        identifiers=Identifiers(doi=doi),
        status=status or PublicationStatus.CURRENT,
        relations=others,
    )
