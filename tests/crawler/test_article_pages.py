"""What article pages say of themselves: titles, dates, authors, and which story is the page's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.parsers.articles import Article, parse_article

URL = "https://newsroom.example/news/grafts"
BODY = "".join(
    f"<p>Paragraph {number} tells at length what an invented institute has found about grafts of cells in rats.</p>"
    for number in range(6)
)
STORY = {"@type": "NewsArticle", "headline": "Grafts of cells help rats", "datePublished": "2024-05-06"}
VIDEO = {"@type": "VideoObject", "name": "Rats at play", "datePublished": "2011-01-01"}
RELATED = {"@type": "NewsArticle", "headline": "Of quite other things", "datePublished": "2001-01-01"}
HEADING = "Grafts of cells help rats"


def read(ld: Any = None, *, head: str = "", title: str = f"{HEADING} | Newsroom", heading: str = HEADING) -> Article:
    data = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    page = f"<!doctype html><html lang=en><head><title>{title}</title>{head}{data}</head>"
    return parse_article(f"{page}<body><h1>{heading}</h1><article>{BODY}</article></html>".encode(), url=URL)


def day(article: Article) -> str:
    return article.published.iso() if article.published else ""


def meta(**contents: str) -> str:
    return "".join(f'<meta name="{name.replace("__", ":")}" content="{text}">' for name, text in contents.items())


def test_the_date_of_a_video_is_not_the_storys() -> None:
    undated = {**STORY, "datePublished": None}
    assert day(read([undated, VIDEO])) == ""
    assert day(read([undated, VIDEO], head=meta(article__published_time="2024-03-04T10:00:00Z"))) == "2024-03-04"
    assert day(read([undated, VIDEO, {"@type": "WebPage", "datePublished": "2024-03-05"}])) == "2024-03-05"


@pytest.mark.parametrize("known_by", ["heading", "url", "page", "og:title"])
def test_the_story_of_a_page_is_not_a_related_one(known_by: str) -> None:
    story: dict[str, Any] = {**STORY, "author": "Robin Marsh"}
    head, heading = "", HEADING
    if known_by == "url":
        story |= {"headline": "As others say", "url": f"{URL}/#top"}
    elif known_by == "page":
        story |= {"headline": "As others say", "mainEntityOfPage": {"@id": URL}}
    elif known_by == "og:title":
        head, heading = f'<meta property="og:title" content="{HEADING}">', "News"
    article = read([RELATED, story], head=head, heading=heading)
    assert (day(article), article.authors) == ("2024-05-06", ("Robin Marsh",))


def test_of_several_unknown_stories_none_is_the_pages() -> None:
    article = read([RELATED, {**RELATED, "headline": "Of other things still", "datePublished": "2002-02-02"}])
    assert (article.title, day(article)) == (HEADING, "")


def test_the_story_within_a_page_is_found() -> None:
    story = {
        **STORY,
        "author": [{"@type": "Person", "name": ["Robin Marsh", "Kim Hill"]}],
        "isAccessibleForFree": False,
    }
    article = read({"@type": "WebPage", "mainEntity": story})
    assert (article.title, day(article), article.authors) == (HEADING, "2024-05-06", ("Robin Marsh", "Kim Hill"))
    assert article.free_to_read is False


def test_a_story_with_a_locked_part_is_not_free() -> None:
    locked = {"@type": "WebPageElement", "isAccessibleForFree": "False"}
    assert read({**STORY, "hasPart": locked}).free_to_read is False
    assert read(STORY).free_to_read is None


@pytest.mark.parametrize(
    ("names", "authors"),
    [
        (["Marsh, Robin"], ("Robin Marsh",)),
        (["Marsh, Robin", "van der Hill, K."], ("Robin Marsh", "K. van der Hill")),
        (["Robin Marsh, MD", "Kim Hill, Ph.D."], ("Robin Marsh, MD", "Kim Hill, Ph.D.")),
        (["Robin Marsh"], ("Robin Marsh",)),
    ],
)
@pytest.mark.parametrize("element", ["citation_author", "dc.creator"])
def test_names_of_catalogues_are_turned_round(element: str, names: list[str], authors: tuple[str, ...]) -> None:
    head = "".join(f'<meta name="{element}" content="{name}">' for name in names)
    assert read(head=head).authors == authors


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("Robin Marsh, Kim Hill and Jo Reed", ("Robin Marsh", "Kim Hill", "Jo Reed")),
        ("Institute of Cells and Cords", ("Institute of Cells and Cords",)),
        ("Robin Marsh, PhD", ("Robin Marsh, PhD",)),
    ],
)
def test_several_names_in_one_text_are_several_authors(author: str, authors: tuple[str, ...]) -> None:
    assert read({**STORY, "author": author}).authors == authors


def test_a_section_is_not_the_title() -> None:
    assert read(heading="Health Center", title=HEADING).title == HEADING
    assert read(heading=HEADING, title=f"{HEADING} | Newsroom").title == HEADING


def test_an_outlets_name_is_not_part_of_the_title() -> None:
    og = '<meta property="og:title" content="{}"><meta property="og:site_name" content="Invented Times">'
    assert read(head=og.format(f"{HEADING} - Invented Times")).title == HEADING
    assert read(STORY, head=og.format(f"{HEADING} - Health | Times")).title == HEADING
    assert read(STORY, head=og.format("Rats helped")).title == "Rats helped"


def test_what_a_page_states_comes_before_what_is_found_in_its_text() -> None:
    story = {**STORY, "license": "https://licence.example/stated", "publisher": {"name": "Invented Institute"}}
    article = read(story)
    assert (article.licence, article.outlet) == ("https://licence.example/stated", "Invented Institute")
