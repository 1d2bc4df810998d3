"""JATS and Zotero RDF: the front matter of articles, invented here; real ones stand in the acceptance table."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crawler.formats import find_format
from crawler.items import Fetched, Rejected
from records.errors import ParseError
from records.record import Kind, PublicationStatus, Record

JATS = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.2//EN" "JATS.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article"><front>
<journal-meta><journal-title-group><journal-title>Invented Cord Letters</journal-title></journal-title-group>
<issn pub-type="epub">1234-5678</issn>
<publisher><publisher-name>Nowhere Press</publisher-name></publisher></journal-meta>
<article-meta><article-id pub-id-type="pmid">99200001</article-id><article-id pub-id-type="pmc">9920001</article-id>
<article-id pub-id-type="doi">10.5555/Invented.1</article-id>
<title-group><article-title>Cells at 10<sup>6</sup> &amp; <italic>walking</italic></article-title>
<subtitle>a trial</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-0097
</contrib-id><name><surname>Nowhere</surname><given-names>Ada</given-names></name><xref ref-type="aff" rid="a1">1</xref>
</contrib><contrib contrib-type="author"><collab>The Invented Group<contrib-group><contrib><name><surname>X</surname>
</name></contrib></contrib-group></collab></contrib>
<contrib contrib-type="editor"><name><surname>Editor</surname></name></contrib></contrib-group>
<aff id="a1"><label>1</label><institution-wrap><institution-id>grid.0</institution-id>
<institution>Ward of Cells</institution></institution-wrap>, Utopia</aff>
<pub-date pub-type="ppub"><year>2026</year><month>3</month></pub-date>
<pub-date pub-type="epub"><day>9</day><month>2</month><year>2026</year></pub-date>
<pub-date pub-type="pmc-release"><year>2025</year></pub-date>
<volume>6</volume><issue>2</issue><fpage>15</fpage><lpage>19</lpage>
<related-article related-article-type="correction-forward" xlink:href="10.5555/invented.2"/>
<permissions><license xlink:href="https://licence.example/by"><license-p>Free.</license-p></license></permissions>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<abstract><sec><title>Methods:</title><p>Four people (see NCT99100099).</p></sec>
<sec><title>Results</title><p>Two walked.</p><p>Two did not.</p></sec>
<sec><title>Trial registration</title><p>jRCTa990190228</p></sec></abstract>
<kwd-group><kwd>iPSC</kwd><kwd>cord</kwd></kwd-group>
<funding-group><award-group><funding-source>Invented Fund</funding-source><award-id>I-1</award-id></award-group>
</funding-group></article-meta></front><body><p>All improved, says the text.</p></body>
<sub-article article-type="reply">
<front-stub><title-group><article-title>Reply</article-title></title-group></front-stub>
</sub-article></article>"""


def items(content: bytes, *, expected: str) -> list[Fetched | Rejected]:
    chosen = find_format(content[:65_536], Path("file.xml"))
    assert chosen.name == expected
    return [
        item
        for item in chosen.read(io.BufferedReader(io.BytesIO(content)), source="import", path="file.xml")  # type: ignore[arg-type]
        if isinstance(item, Fetched | Rejected)
    ]


def record(content: bytes, *, expected: str) -> Record:
    (item,) = items(content, expected=expected)
    assert isinstance(item, Fetched), item
    return item.record


def test_the_front_matter_of_an_article() -> None:
    found = record(JATS.encode(), expected="jats-xml")
    assert found.uid == "import:doi:10.5555/invented.1"
    assert found.title == "Cells at 10⁶ & walking: a trial"
    assert (found.identifiers.pmid, found.identifiers.pmcid) == ("99200001", "PMC9920001")
    assert found.identifiers.registrations == ("jRCTa990190228",), "only where it says that it is registered"
    assert [(part.label, part.text) for part in found.abstract][:2] == [
        ("Methods", "Four people (see NCT99100099)."),
        ("Results", "Two walked. Two did not."),
    ]
    first, group = found.authors
    assert (first.name(), first.orcid) == ("Nowhere Ada", "0000-0002-1825-0097")
    assert first.affiliations == ("Ward of Cells, Utopia",)
    assert group.collective == "The Invented Group"
    assert found.published is not None
    assert found.published.iso() == "2026-02-09"
    assert (found.container_title, found.volume, found.issue, found.pages) == (
        "Invented Cord Letters",
        "6",
        "2",
        "15-19",
    )
    assert (found.kind, found.status) == (Kind.ARTICLE, PublicationStatus.CORRECTED)
    assert (found.relations[0].type, found.relations[0].target) == ("corrected_by", "doi:10.5555/invented.2")
    assert found.licence == "https://licence.example/by"
    assert found.keywords == ("iPSC", "cord")
    assert found.funding[0].agency == "Invented Fund"
    assert found.body == ""


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Invented Cord Letters", "bioRxiv", Kind.PREPRINT),
        ('article-type="research-article"', 'article-type="retraction"', Kind.NOTICE),
        ('article-type="research-article"', 'article-type="preprint"', Kind.PREPRINT),
    ],
)
def test_what_it_is(old: str, new: str, kind: Kind) -> None:
    assert record(JATS.replace(old, new).encode(), expected="jats-xml").kind is kind


def test_a_retracted_article_says_so() -> None:
    text = JATS.replace("correction-forward", "retraction-forward")
    assert record(text.encode(), expected="jats-xml").status is PublicationStatus.RETRACTED


def test_articles_of_a_set_come_one_by_one_and_a_broken_one_harms_no_other() -> None:
    article = JATS.partition("\n")[2]
    broken = article.replace("</journal-meta>", "")
    empty = "<article><front><article-meta><volume>1</volume></article-meta></front></article>"
    document = f"<pmc-articleset>{article}{broken}{empty}{article}</pmc-articleset>"
    found = items(document.encode(), expected="jats-xml")
    assert [isinstance(item, Fetched) for item in found] == [True, False, False, True]
    assert "neither title nor abstract" in found[2].reason  # type: ignore[union-attr]
    with pytest.raises(ParseError, match="entities"):
        items(JATS.replace('"JATS.dtd">', '"JATS.dtd" [<!ENTITY a "b">]>').encode(), expected="jats-xml")


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#" xmlns:foaf="http://xmlns.com/foaf/0.1/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/"
 xmlns:link="http://purl.org/rss/1.0/modules/link/">
<bib:Article rdf:about="https://journal.example/1"><z:itemType>journalArticle</z:itemType>
 <dcterms:isPartOf rdf:resource="urn:issn:1234-5678"/>
 <bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Nowhere</foaf:surname><foaf:givenName>Ada</foaf:givenName>
 </foaf:Person></rdf:li><rdf:li><foaf:Person><foaf:surname>The Invented Group</foaf:surname></foaf:Person></rdf:li>
 </rdf:Seq></bib:authors><link:link rdf:resource="#item_2"/><dc:subject>cord</dc:subject>
 <dc:subject><z:AutomaticTag><rdf:value>cells</rdf:value></z:AutomaticTag></dc:subject>
 <dc:identifier><dcterms:URI><rdf:value>https://journal.example/1</rdf:value></dcterms:URI></dc:identifier>
 <dc:description>PMID: 99200002</dc:description><dc:title>Cells &amp; cord</dc:title>
 <dcterms:abstract>Two of four improved.</dcterms:abstract><dc:date>2026-02-09</dc:date><bib:pages>1-9</bib:pages>
</bib:Article>
<bib:Journal rdf:about="urn:issn:1234-5678"><dc:title>Invented Cord Letters</dc:title><prism:volume>6</prism:volume>
 <prism:number>2</prism:number><dc:identifier>DOI 10.5555/Invented.3</dc:identifier>
 <dc:identifier>ISSN 1234-5678</dc:identifier></bib:Journal>
<z:Attachment rdf:about="#item_2"><z:itemType>attachment</z:itemType><dc:title>Full Text PDF</dc:title></z:Attachment>
<rdf:Description rdf:about="https://news.example/2"><z:itemType>newspaperArticle</z:itemType><dc:title>Walks!</dc:title>
 <dcterms:isPartOf><bib:Newspaper><dc:title>Daily Nowhere</dc:title></bib:Newspaper></dcterms:isPartOf>
</rdf:Description>
<rdf:Description rdf:about="#3"><z:itemType>preprint</z:itemType></rdf:Description>
<z:Collection rdf:about="#collection_1"><dc:title>Mine</dc:title></z:Collection></rdf:RDF>"""


def test_a_library_of_zotero() -> None:
    article, press, empty = items(RDF.encode(), expected="zotero-rdf")
    assert isinstance(article, Fetched)
    assert isinstance(press, Fetched)
    assert isinstance(empty, Rejected)
    found = article.record
    assert (found.uid, found.title, found.kind) == ("import:doi:10.5555/invented.3", "Cells & cord", Kind.ARTICLE)
    assert found.identifiers.pmid == "99200002"
    assert [author.name() for author in found.authors] == ["Nowhere Ada", "The Invented Group"]
    assert (found.container_title, found.volume, found.issue, found.pages) == ("Invented Cord Letters", "6", "2", "1-9")
    assert found.issn == ("1234-5678",)
    assert found.keywords == ("cord", "cells")
    assert found.url == "https://journal.example/1"
    assert (press.record.kind, press.record.container_title) == (Kind.PRESS, "Daily Nowhere")


@pytest.mark.parametrize(
    ("content", "said"), [(RDF[:900], "no XML"), (f'<!DOCTYPE a [<!ENTITY b "c">]>{RDF}', "entities")]
)
def test_a_library_that_cannot_be_read(content: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        items(content.encode(), expected="zotero-rdf")


def test_a_table_of_zotero() -> None:
    table = (
        '"Key","Item Type","Publication Year","Author","Title","Publication Title","ISSN","DOI","Url","Abstract Note",'
        '"Date","Pages","Issue","Volume","Manual Tags"\n'
        '"AB12","journalArticle","2026","Nowhere, Ada; Someone, Bo","Cells","Invented Cord Letters","1234-5678",'
        '"10.5555/invented.4","https://journal.example/4","Two of four.","2026-02-09","1-9","2","6","cord; cells"\n'
    )
    found = record(table.encode(), expected="csv")
    assert (found.title, found.identifiers.doi, found.kind) == ("Cells", "10.5555/invented.4", Kind.ARTICLE)
    assert [author.name() for author in found.authors] == ["Nowhere Ada", "Someone Bo"]
    assert found.abstract[0].text == "Two of four."
    assert found.keywords == ("cord", "cells")


def test_a_newspaper_in_a_table_of_zotero_is_press() -> None:
    table = '"Key","Item Type","Title"\n"AB13","newspaperArticle","Walks!"\n'
    assert record(table.encode(), expected="csv").kind is Kind.PRESS
