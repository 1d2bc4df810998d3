"""Files of reference managers: what we write is read back, and what others write is read as they mean it."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from cli.exports import find_format as find_export
from crawler.formats import find_format
from crawler.items import Fetched, Item, Rejected
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Author, Funding, Kind, PublicationStatus, Record, Relation, RelationType, Section
from tests.crawler.formats import reading

PAPER = Record(
    source="pubmed",
    source_id="99000020",
    kind=Kind.ARTICLE,
    title="Exosomes & “BBB_score”: 50% of rats, NaïveRats {α7} restore walking",
    abstract=(Section(text="BBB scores doubled."),),
    authors=(Author(family="Varga-Łukasz", given="Emil J"), Author(collective="The VESICLE Group, Example")),
    identifiers=Identifiers(doi="10.5555/cw.1_(x)", pmid="99000020"),
    published=PartialDate(year=2022, month=2, day=11),
    container_title="Journal of Vesicle Therapeutics",
    volume="3",
    issue="2",
    pages="10-21",
    keywords=("exosomes", "rats"),
    status=PublicationStatus.RETRACTED,
)
TRIAL = Record(
    source="clinicaltrials",
    source_id="NCT99000011",
    kind=Kind.REGISTRATION,
    title="Neural grafts in chronic injury",
    identifiers=Identifiers(registrations=("NCT99000011",)),
    published=PartialDate(year=2023),
    container_title="ClinicalTrials.gov",
)
PRESS = Record(
    source="press", source_id="a1", kind=Kind.PRESS, title="Patient walks", container_title="The Daily Example"
)


FULL = msgspec.structs.replace(
    PAPER,
    title="$5 \\ cells^2 ~ {x} at 10⁶/µL ± 2%",
    authors=(
        Author(family="Varga", given="Emil J", orcid="0000-0000-0000-0001", affiliations=("Example University",)),
        Author(collective="The VESICLE Group, Example"),
        Author(family="Smith", given="J"),
    ),
    identifiers=Identifiers(doi="10.5555/cw.9", pmid="99000029", pmcid="PMC9900029"),
    funding=(Funding(grant_id="R01/X", agency="Example Fund", country="Nowhere"),),
    relations=(
        Relation(type=RelationType.RETRACTED_BY, target="doi:10.5555/cw.10", raw="J Example. 2023."),
        Relation(type=RelationType.CORRECTED_BY, target="pmid:99000030", raw="J Example. 2024."),
    ),
)


def exported(name: str, *records: Record) -> bytes:
    stream = io.StringIO()
    find_export(name).write(records, stream)
    return stream.getvalue().encode()


def read(content: bytes, name: str = "") -> list[Item]:
    return reading(find_format(content[:65_536], Path("file"), name=name or None))(content)


def records(content: bytes) -> list[Record]:
    items = read(content)
    assert all(isinstance(item, Fetched) for item in items), items
    return [item.record for item in items if isinstance(item, Fetched)]


@pytest.mark.parametrize("name", ["bibtex", "csl-json", "endnote-xml", "nbib", "ris"])
def test_what_we_export_is_read_back(name: str) -> None:
    paper, trial, press = records(exported(name, PAPER, TRIAL, PRESS))
    assert paper.title == PAPER.title
    assert paper.status is PublicationStatus.RETRACTED
    assert paper.identifiers.doi == PAPER.identifiers.doi
    assert paper.identifiers.pmid == PAPER.identifiers.pmid
    assert [author.name() for author in paper.authors] == [author.name() for author in PAPER.authors]
    assert (paper.volume, paper.issue, paper.pages) == ("3", "2", "10-21")
    assert paper.published is not None
    assert paper.published.iso().startswith("2022-02")
    assert set(paper.keywords) == {"exosomes", "rats"}
    assert [record.kind for record in (paper, trial, press)] == [Kind.ARTICLE, Kind.REGISTRATION, Kind.PRESS]
    assert trial.identifiers.registrations == ("NCT99000011",)
    assert press.status is PublicationStatus.CURRENT
    assert press.container_title == "The Daily Example"


def test_our_table_is_read_back_with_numbers_of_any_registry_and_names_with_commas() -> None:
    group = msgspec.structs.replace(PAPER, authors=(Author(family="Varga", given="Emil, M.D."),))
    foreign = msgspec.structs.replace(TRIAL, identifiers=Identifiers(registrations=("XX-99/1", "CTRI/2099/01/099999")))
    paper, trial = records(exported("csv", group, foreign))
    assert [author.name() for author in paper.authors] == ["Varga Emil, M.D."]
    assert trial.identifiers.registrations == ("XX-99/1", "CTRI/2099/01/099999")
    assert (paper.kind, paper.status, trial.kind) == (Kind.ARTICLE, PublicationStatus.RETRACTED, Kind.REGISTRATION)


@pytest.mark.parametrize("name", ["bibtex", "csl-json", "endnote-xml", "nbib", "ris"])
def test_signs_days_and_every_number_come_back(name: str) -> None:
    foreign = msgspec.structs.replace(TRIAL, identifiers=Identifiers(registrations=("XX-99/1", "CTRI/2099/01/099999")))
    full, trial = records(exported(name, FULL, foreign))
    assert full.title == FULL.title
    assert full.published is not None
    assert full.published.iso() == "2022-02-11"
    assert full.identifiers == FULL.identifiers
    assert [author.name() for author in full.authors] == [author.name() for author in FULL.authors]
    assert trial.identifiers.registrations == ("XX-99/1", "CTRI/2099/01/099999")


def test_medline_text_has_fields_for_authors_grants_and_links() -> None:
    (full,) = records(exported("nbib", FULL))
    assert (full.authors, full.funding, full.relations) == (FULL.authors, FULL.funding, FULL.relations)
    (csl,) = records(exported("csl-json", FULL))
    assert csl.authors[0].orcid == "0000-0000-0000-0001"


@pytest.mark.parametrize("record", [TRIAL, PRESS, msgspec.structs.replace(PAPER, identifiers=Identifiers())])
def test_our_medline_text_is_known_whatever_it_begins_with(record: Record) -> None:
    (found,) = records(exported("nbib", record))
    assert found.title == record.title


NBIB = """
PMID- 99000001
OWN - NLM
TI  - A title that is long enough to be wrapped over two lines of this
      very file.
LID - 10.5555/cw.2 [doi]
AB  - BACKGROUND: Nobody knew. RESULTS: BBB scores improved (P < 0.05). CONCLUSIONS:
      More is needed.
FAU - Minamoto, Sora
AUID- ORCID: 0000-0000-0000-0001
AU  - Minamoto S
CN  - iPSC Group
LA  - eng
PT  - Journal Article
PT  - Retracted Publication
SI  - ClinicalTrials.gov/NCT99000012
DP  - 2024 Mar 5
JT  - Annals of Cord Repair
RIN - Annals of Cord Repair. 2025 Jan;1(1):1. PMID: 99000077
MH  - *Spinal Cord Injuries/therapy

OWN - NLM
FAU - Nobody, Known
"""


def test_medline_as_pubmed_writes_it() -> None:
    first, second = read(NBIB.encode())
    assert isinstance(first, Fetched)
    record = first.record
    assert record.title.endswith("two lines of this very file.")
    assert [part.label for part in record.abstract] == ["BACKGROUND", "RESULTS", "CONCLUSIONS"]
    assert [author.name() for author in record.authors] == ["Minamoto Sora", "iPSC Group"]
    assert record.status is PublicationStatus.RETRACTED
    assert record.identifiers.registrations == ("NCT99000012",)
    assert [(link.type, link.target) for link in record.relations] == [(RelationType.RETRACTED_BY, "pmid:99000077")]
    assert record.mesh_headings == ("Spinal Cord Injuries/therapy",)
    assert record.source_id == "doi:10.5555/cw.2"
    assert isinstance(second, Rejected)
    assert "neither title nor abstract" in second.reason


LINKED = """PMID- 99000101
TI  - {title}
PT  - Journal Article
{link} - J Example. 2025;1:1. PMID: 99000201
"""


@pytest.mark.parametrize(
    ("link", "kind", "status"),
    [
        ("RIN", Kind.ARTICLE, PublicationStatus.RETRACTED),
        ("RRI", Kind.ARTICLE, PublicationStatus.RETRACTED),
        ("ECI", Kind.ARTICLE, PublicationStatus.CONCERN),
        ("EIN", Kind.ARTICLE, PublicationStatus.CORRECTED),
        ("PRIN", Kind.ARTICLE, PublicationStatus.CORRECTED),
        ("ROF", Kind.NOTICE, PublicationStatus.CURRENT),
        ("ECF", Kind.NOTICE, PublicationStatus.CURRENT),
        ("CIN", Kind.ARTICLE, PublicationStatus.CURRENT),
    ],
)
def test_links_of_medline_say_how_a_work_stands(link: str, kind: Kind, status: PublicationStatus) -> None:
    (record,) = records(LINKED.format(title="Cells", link=link.ljust(3)).replace("PRIN -", "PRIN-").encode())
    assert (record.kind, record.status) == (kind, status)
    assert record.relations[0].target == "pmid:99000201"


def test_grants_of_medline_in_all_their_forms() -> None:
    grants = [
        "R01 XX99/XX/NIXX NIH/Nowhere",
        "MR/X9/1/MRC_/Council/United Kingdom",
        "999/Fund of Nowhere/",
        "77/Fund",
    ]
    entry = "PMID- 99000101\nTI  - Cells\n" + "".join(f"GR  - {grant}\n" for grant in grants)
    (record,) = records(entry.encode())
    assert [(found.grant_id, found.agency, found.country) for found in record.funding] == [
        ("R01 XX99", "NIXX NIH", "Nowhere"),
        ("MR/X9/1", "Council", "United Kingdom"),
        ("999", "Fund of Nowhere", ""),
        ("77", "Fund", ""),
    ]


@pytest.mark.parametrize(
    ("title", "plain", "status"),
    [
        ("RETRACTED ARTICLE: Cells", "Cells", PublicationStatus.RETRACTED),
        ("WITHDRAWN: Cells", "Cells", PublicationStatus.WITHDRAWN),
        ("(Retracted) Cells", "Cells", PublicationStatus.RETRACTED),
        ("[Retracted article] Cells", "Cells", PublicationStatus.RETRACTED),
        ("Cells (Retracted article. See vol. 9, pg. 99, 2020)", "Cells", PublicationStatus.RETRACTED),
        # Some publishers call the notice so.
        ("Retracted: Cells", "Retracted: Cells", PublicationStatus.CURRENT),
        ("Why (retracted) papers live on", "Why (retracted) papers live on", PublicationStatus.CURRENT),
    ],
)
def test_marks_of_publishers_in_titles(title: str, plain: str, status: PublicationStatus) -> None:
    (record,) = records(f"TY  - JOUR\nTI  - {title}\nER  - \n".encode())
    assert (record.title, record.status) == (plain, status)


@pytest.mark.parametrize(
    "content",
    [
        b"TY  - JOUR\nTI  - Cells\nM3  - Retracted\nER  - \n",
        b"TY  - JOUR\nTI  - Cells\nM3  - Retracted article\nER  - \n",
        b"Title,Publication Type,Document Type\nCells,J,Retracted\n",
        b"Title,Document Type\nCells,Article; Retracted Publication\n",
        b"title,publication_year,is_retracted\nCells,2018,True\n",
    ],
)
def test_databases_say_in_a_type_or_column_that_a_paper_is_retracted(content: bytes) -> None:
    (record,) = records(content)
    assert (record.kind, record.status) == (Kind.ARTICLE, PublicationStatus.RETRACTED)


def test_a_column_that_denies_a_retraction_is_none() -> None:
    (record,) = records(b"title,is_retracted\nCells,False\n")
    assert record.status is PublicationStatus.CURRENT


@pytest.mark.parametrize(
    ("title", "type_", "about"),
    [
        ("Retraction: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ('Retraction notice to "Cells in cords" [J Example 1 (2019) 1]', RelationType.RETRACTS, "Cells in cords"),
        ("Retraction notice to Cells in cords [J Example (2020)]", RelationType.RETRACTS, "Cells in cords"),
        ("Statement of Retraction: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Retraction Statement: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Notice of Retraction: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Notice of Retraction and Replacement. Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Retraction for Doe et al., Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Retraction of: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Withdrawal Notice: Cells in cords", RelationType.RETRACTS, "Cells in cords"),
        ("Correction for Doe et al., Cells in cords", RelationType.CORRECTS, "Cells in cords"),
        ("Expression of Concern: Cells in cords", RelationType.RAISES_CONCERN_ABOUT, "Cells in cords"),
    ],
)
def test_titles_of_notices(title: str, type_: RelationType, about: str) -> None:
    (record,) = records(f"TY  - JOUR\nTI  - {title}\nM3  - Journal Article\nER  - \n".encode())
    assert (record.kind, record.title, record.status) == (Kind.NOTICE, title, PublicationStatus.CURRENT)
    assert record.relations == (Relation(type=type_, target="", raw=about),)


@pytest.mark.parametrize(
    "title",
    [
        "Retracted: Cells",
        "Retraction of the dura: how much force?",
        "Correction of deformity after cord injury: a review",
        "Withdrawal: how rats leave opioids",
        "Correction for age and sex in walking scores",
        "Statement of principles: cells in cords",
    ],
)
def test_titles_that_only_begin_like_those_of_notices(title: str) -> None:
    (record,) = records(f"TY  - JOUR\nTI  - {title}\nER  - \n".encode())
    assert (record.kind, record.relations) == (Kind.ARTICLE, ())


def test_a_notice_keeps_its_title_and_stands() -> None:
    notice = msgspec.structs.replace(
        PAPER, kind=Kind.NOTICE, status=PublicationStatus.CURRENT, title="RETRACTED: Cells"
    )
    (record,) = records(exported("ris", notice))
    assert (record.kind, record.title, record.status) == (Kind.NOTICE, "RETRACTED: Cells", PublicationStatus.CURRENT)


@pytest.mark.parametrize(
    ("lines", "pmid", "other"),
    [
        ("DB  - Embase\nDP  - Ovid", "", ("embase-ovid:99012345",)),
        ("DB  - CINAHL", "", ("cinahl:99012345",)),
        ("DB  - Embase, MEDLINE", "", ("embase-medline:99012345",)),
        ("", "", ("accession:99012345",)),
        ("DB  - Ovid MEDLINE(R)", "99012345", ()),
        ("DP  - NLM", "99012345", ()),
        ("UR  - https://example.org/a\nUR  - https://pubmed.ncbi.nlm.nih.gov/99012345/", "99012345", ()),
        ("N1  - Kind: article", "99012345", ()),
    ],
)
def test_accession_numbers_are_pmids_where_the_entry_says_so(lines: str, pmid: str, other: tuple[str, ...]) -> None:
    (ris,) = records(f"TY  - JOUR\nTI  - Cells\nAN  - 99012345\n{lines}\nER  - \n".encode())
    assert (ris.identifiers.pmid, ris.identifiers.other) == (pmid, other)


@pytest.mark.parametrize(("database", "pmid"), [("Embase", ""), ("MEDLINE", "99012345"), ("", "")])
def test_accession_numbers_of_endnote(database: str, pmid: str) -> None:
    named = f"<remote-database-name>{database}</remote-database-name>" if database else ""
    entry = f"<record><titles><title>Cells</title></titles><accession-num>99012345</accession-num>{named}</record>"
    (record,) = records(f"<xml><records>{entry}</records></xml>".encode())
    assert record.identifiers.pmid == pmid


@pytest.mark.parametrize(
    "content",
    [
        b"TY  - BLOG\nTI  - Cells\nER  - \n",
        b"TY  - ELEC\nTI  - Cells\nER  - \n",
        b"@online{x, title = {Cells}}\n",
        b'[{"type": "webpage", "title": "Cells"}]',
        b'<xml><records><record><ref-type name="Blog"/><titles><title>Cells</title></titles></record></records></xml>',
    ],
)
def test_pages_of_the_web_are_no_articles(content: bytes) -> None:
    (record,) = records(content)
    assert record.kind is Kind.PRESS


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("Smith J", Author(family="Smith", given="J")),
        ("SMITH JA", Author(family="SMITH", given="JA")),
        ("van der Berg J.-P.", Author(family="van der Berg", given="J.-P.")),
        ("Smith JA Jr", Author(family="Smith", given="JA Jr")),
        ("SCI Study Group", Author(collective="SCI Study Group")),
        ("Jane van Beek", Author(family="Beek", given="Jane van")),
        ("JANE DOERS", Author(family="DOERS", given="JANE")),
        ("Plato", Author(family="Plato")),
        ("Smith, Jane", Author(family="Smith", given="Jane")),
    ],
)
def test_names_without_a_comma(name: str, author: Author) -> None:
    (record,) = records(f"TY  - JOUR\nTI  - Cells\nAU  - {name}\nER  - \n".encode())
    assert record.authors == (author,)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ris", b"TY  - JOUR\nTI  - Whole\nER  - \nTY  - JOUR\nTI  - Cut o"),
        ("ris", b"TY  - JOUR\nTI  - Whole\nER  - \nTY  - JOUR\nTI  - Cut off\n"),
        ("nbib", b"PMID- 99000301\nTI  - Whole\n\nPMID- 99000302\nTI  - Cut o"),
        ("nbib", b"PMID- 99000301\nTI  - Whole\nSO  - J.\n\nPMID- 99000302\nTI  - Cut off\n"),
    ],
)
def test_a_last_entry_that_is_cut_is_not_taken_as_whole(name: str, content: bytes) -> None:
    whole, cut = read(content, name)
    assert isinstance(whole, Fetched)
    assert isinstance(cut, Rejected)
    assert cut.incomplete
    assert b"Cut" in cut.payload.content


def test_our_medline_text_that_is_cut_at_the_end_of_a_line_is_not_taken_as_whole() -> None:
    content = exported("nbib", PAPER, FULL)
    for line_end in (b"\nPG  - ", b"\nGN  - ", b"\nSO  - "):
        whole, cut = read(content[: content.rindex(line_end) + 1], "nbib")
        assert isinstance(whole, Fetched)
        assert isinstance(cut, Rejected)
        assert cut.incomplete


def test_the_source_of_the_last_entry_ends_medline_text() -> None:
    assert len(records(b"PMID- 99000301\nTI  - Whole\nSO  - J.\n\nPMID- 99000302\nTI  - Whole\nSO  - J.")) == 2


RIS = b"""\xef\xbb\xbfTY - JOUR
T1 - First
A1 - Varga, Emil
A1 - Doe, Jane
Y1 - 2021/03//
JF - Journal of Vesicle Therapeutics
N2 - What was found.
UR - https://doi.org/10.5555/CW.3
ER -
TY  - JOUR
TI  - Never ended
AU  - Na\xefve, Author
TY  - NEWS
TI  - The last
ER  -
"""


def test_ris_in_its_dialects() -> None:
    first, second, third = records(RIS)
    assert (first.title, first.identifiers.doi) == ("First", "10.5555/cw.3")
    assert [author.name() for author in first.authors] == ["Varga Emil", "Doe Jane"]
    assert first.published == PartialDate(year=2021, month=3, raw=first.published.raw if first.published else "")
    assert first.text_of("abstract") == "What was found."
    assert second.authors == (Author(family="Naïve", given="Author"),)
    assert third.kind is Kind.PRESS


BIB = r"""
@string{acr = "Annals of Cord Repair"}
@comment{not an entry}
@article{a, title = {The {BBB} scale \& {\'E}cole, na\"{\i}ve}, author = "M{\"u}ller, J. and {The Group}",
  journal = acr, year = 2020, month = mar, pmid = {99000003}}
@article{broken, title = {Never closed,
@inproceedings{b, title = "Second", author = {Jane van der Berg}, year = {2019}}
"""


def test_bibtex_macros_that_name_others_and_broken_ones_that_nobody_names() -> None:
    macros = '@string{J = "J"}\n@STRING{Full = j # " Example"}\n@string{bad = "x" "y"}\n'
    entry = "@article{a, title = {Cells}, journal = FULL, month = Mar, year = 2020}\n"
    (found,) = (item.record for item in read((macros + entry).encode()) if isinstance(item, Fetched))
    assert found.container_title == "J Example"
    assert found.published is not None
    assert found.published.iso() == "2020-03"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('Title,Abstract\nCells,"They say\n@word{key, so"\n', "csv"),
        ("TY  - JOUR\nTI  - Cells\nAB  - They say\n@word{key, so\nER  - \n", "ris"),
        ("PMID- 99000301\nTI  - Cells\nAB  - They say\n@word{key, so\n", "nbib"),
        ("Scopus\nEXPORT DATE: 01 March 2026\n\n@ARTICLE{Doe2020,\n title={Cells}}\n", "bibtex"),
        ("% Encoding: UTF-8; here, and there\n\n@string{j = {J}}\n@article{a, title = {Cells}}\n", "bibtex"),
    ],
)
def test_bibtex_is_known_by_its_first_lines(head: str, name: str) -> None:
    assert find_format(head.encode(), Path("file")).name == name


def test_bibtex_with_macros_and_a_broken_entry() -> None:
    items = read(BIB.encode())
    first, broken, second = items
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert isinstance(broken, Rejected)
    assert first.record.title == "The BBB scale & École, naïve"
    assert [author.name() for author in first.record.authors] == ["Müller J.", "The Group"]
    assert first.record.container_title == "Annals of Cord Repair"
    assert first.record.published is not None
    assert first.record.published.iso() == "2020-03"
    assert second.record.authors == (Author(family="van der Berg", given="Jane"),)


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"10\textsuperscript{6} and $10^{-6}$ H\textsubscript{2}O", "10⁶ and 10⁻⁶ H2O"),
        (r"p $<$ 0.05, \pm 2, $\geq$ 3, 37 \textdegree C", "p < 0.05, ± 2, ≥ 3, 37 °C"),
        (r"TGF-$\beta$1, \textalpha{} and $\Delta$", "TGF-β1, α and Δ"),
        (r"\$5 \& 10\% of \textit{Rattus} \emph{in vivo}", "$5 & 10% of Rattus in vivo"),
        (r"\textasciicircum{} \textbackslash{} \textasciitilde{}", "^ \\ ~"),
        ("It costs $5 only", "It costs $5 only"),
    ],
)
def test_latex_becomes_plain_text(latex: str, plain: str) -> None:
    (record,) = records(b"@article{x, title = {" + latex.encode() + b"}, year = {2020}}\n")
    assert record.title == plain


CSL = """[
{"type": "article-journal", "title": "One <i>and</i> two", "DOI": "10.5555/CW.4", "note": "PMID: 99000004",
 "issued": {"date-parts": [["2020", 5]]},
 "author": [{"family": "Beek", "given": "A", "non-dropping-particle": "van"}, {"literal": "A Group"}]},
{"type": "article", "title": "A preprint", "genre": "preprint"},
{"type": "article-journal", "DOI": "10.5555/nothing"}
]"""


def test_csl_json_of_zotero() -> None:
    first, second, third = read(CSL.encode())
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert first.record.title == "One and two"
    assert first.record.identifiers == Identifiers(doi="10.5555/cw.4", pmid="99000004")
    assert [author.name() for author in first.record.authors] == ["van Beek A", "A Group"]
    assert second.record.kind is Kind.PREPRINT
    assert isinstance(third, Rejected)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nbib", b"PMID- 1\n"),
        ("ris", b"TY  - JOUR\nER  - \n"),
        ("bibtex", b"@article{x,\n"),
        ("csl-json", b'[{"type": "book"}, 3]'),
        ("endnote-xml", b"<xml><records><record><titles/></record></records></xml>"),
    ],
)
def test_entries_that_say_nothing_are_kept_with_their_reason(name: str, content: bytes) -> None:
    items = read(content, name)
    assert items
    assert all(isinstance(item, Rejected) and item.reason and item.payload.content for item in items)
