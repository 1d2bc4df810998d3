"""Settings of the sources, a section each."""

from __future__ import annotations

from typing import Literal

from config.section import Amount, Natural, Positive, Section


class PubmedSettings(Section, frozen=True, kw_only=True):
    """PubMed through NCBI E-utilities."""

    base_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    """Folder of the E-utilities."""
    query: str = (
        '("spinal cord injuries"[MeSH] OR "spinal cord injur*"[tiab] OR paraplegia[tiab] OR tetraplegia[tiab])'
        ' AND ("stem cells"[MeSH] OR "stem cell*"[tiab] OR "progenitor cell*"[tiab] OR iPSC[tiab]'
        ' OR "cell transplantation"[MeSH] OR exosome*[tiab] OR "olfactory ensheathing"[tiab] OR "schwann cell*"[tiab])'
    )
    """What to collect, in PubMed's query language."""
    api_key: str = ""
    """NCBI key: 10 requests a second instead of 3."""
    since: str = "2015-01-01"
    """First day of the first crawl."""
    page_size: Positive = 200
    """Records a fetch."""
    slice_records: Positive = 10_000
    """Largest result that is read in one piece; windows with more are divided. NCBI shows no more than 10,000."""
    requests_per_second: Amount = 0.0
    """0 takes what NCBI allows: 3, or 10 with a key."""


class ClinicaltrialsSettings(Section, frozen=True, kw_only=True):
    """ClinicalTrials.gov, API version 2."""

    base_url: str = "https://clinicaltrials.gov/api/v2"
    """Folder of the API."""
    condition: str = "spinal cord injury OR paraplegia OR tetraplegia"
    """Search in conditions (``query.cond``)."""
    term: str = ""
    """Search in all text (``query.term``)."""
    page_size: Positive = 200
    """Studies a page, at most 1000."""
    requests_per_second: Amount = 1.0
    """robots.txt asks for a second between requests."""


class EuropepmcSettings(Section, frozen=True, kw_only=True):
    """Europe PMC, Articles RESTful API."""

    enabled: bool = True
    """Whether a crawl of all sources includes it."""
    base_url: str = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    """Folder of the API."""
    query: str = (
        '("spinal cord injury" OR "spinal cord injuries" OR paraplegia OR tetraplegia)'
        ' AND ("stem cells" OR "stem cell" OR "progenitor cells" OR iPSC OR "cell transplantation" OR exosomes'
        ' OR "olfactory ensheathing" OR "schwann cells") AND (SRC:MED OR SRC:PMC OR SRC:PPR)'
    )
    """What to collect, in Europe PMC's query language; ``SRC:PPR`` are preprints."""
    since: str = "2015-01-01"
    """First day of the first crawl, by the date of a record's last update."""
    page_size: Positive = 500
    """Records a page, at most 1000."""
    requests_per_second: Amount = 5.0
    """Europe PMC asks for no more."""


class CrossrefSettings(Section, frozen=True, kw_only=True):
    """Crossref, REST API."""

    enabled: bool = True
    """Whether a crawl of all sources includes it."""
    base_url: str = "https://api.crossref.org"
    """Address of the API."""
    query: str = "spinal cord injury stem cell transplantation"
    """Words that works are looked for with (``query.bibliographic``: any of them); empty: only notices are read."""
    idle_pages: Positive = 3
    """Works come by their likeness to the query; after so many pages in a row without one on ``crawl.topic`` the rest
    is left."""
    updates: tuple[str, ...] = (
        *("retraction", "withdrawal", "removal", "partial_retraction", "expression_of_concern"),
    )
    """Kinds of notices; kept are those on ``crawl.topic`` and those about works that the library has. There are also
    ``correction``, ``corrigendum``, ``erratum``, ``addendum``, ``clarification``, ``new_version``."""
    since: str = "2024-01-01"
    """First day of the first crawl, by the date on which Crossref last indexed a work."""
    page_size: Positive = 500
    """Works a page, at most 1000."""
    requests_per_second: Amount = 0.0
    """0 takes what Crossref allows: 5, or 10 where ``crawl.contact`` is an e-mail address."""


class BiorxivSettings(Section, frozen=True, kw_only=True):
    """bioRxiv and medRxiv."""

    enabled: bool = True
    """Whether a crawl of all sources includes it."""
    base_url: str = "https://api.biorxiv.org"
    """Address of the API, the same for both servers."""
    servers: tuple[str, ...] = ("biorxiv", "medrxiv")
    """The servers to read. They cannot be searched: all that appears is read, and filtered by ``crawl.topic``."""
    since: str = "2025-01-01"
    """First day of the first crawl."""
    requests_per_second: Amount = 1.0
    """No limit is published."""


class RetractionwatchSettings(Section, frozen=True, kw_only=True):
    """Retraction Watch data, as Crossref publishes them."""

    enabled: bool = True
    """Whether a crawl of all sources includes it."""
    base_url: str = "https://gitlab.com/crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"
    """Address of the CSV file. Kept are papers that the library has, and those on ``crawl.topic``."""
    timeout_s: Amount = 600.0
    """Seconds until the file is given up; it has tens of megabytes."""
    requests_per_second: Amount = 1.0
    """There is one request a crawl."""


class OpenalexSettings(Section, frozen=True, kw_only=True):
    """OpenAlex; only with a key."""

    api_key: str = ""
    """Key; without one OpenAlex is left out. Better kept in ``CORDWATCH_OPENALEX_API_KEY``."""
    base_url: str = "https://api.openalex.org"
    """Address of the API."""
    query: str = (
        '"spinal cord injury" AND ("stem cell" OR "progenitor cell" OR iPSC OR exosome OR "cell transplantation")'
    )
    """What to look for in titles, abstracts and full texts."""
    date: Literal["publication", "created", "updated"] = "publication"
    """By which date works are asked for; ``created`` and ``updated`` miss nothing that is added late, but not every key
    may ask by them."""
    since: str = "2015-01-01"
    """First day of the first crawl, by that date."""
    page_size: Positive = 100
    """Works a page, at most 100."""
    requests_per_second: Amount = 1.0
    """Requests are metered."""


class Feed(Section, frozen=True, kw_only=True):
    """One feed of the press source."""

    url: str
    """Address of an RSS, Atom, RDF or JSON Feed."""
    outlet: str = ""
    """Name of the outlet; the feed's own title if unset."""
    kind: Literal["press", "journal"] = "press"
    """``journal``: its items are papers and notices with DOIs, and join what other sources know of them; no pages are
    fetched."""
    articles: bool = True
    """Whether to fetch the page behind each item."""
    enabled: bool = True
    """Whether it is read."""
    min_interval_s: Amount = 0.0
    """It is not asked again sooner, seconds; 0 takes ``press.min_interval_s``."""
    requests_per_second: Amount = 0.0
    """Most requests to its host, if that is fewer than ``press.requests_per_second``; 0: no rate of its own."""


class PressSitemap(Section, frozen=True, kw_only=True):
    """One sitemap of the press source: of news, of a site, or an index of them."""

    url: str
    """Address of a sitemap, gz-compressed or not."""
    outlet: str = ""
    """Name of the outlet; what the sitemap or the page says if unset."""
    path: str = ""
    """Only pages whose address contains this: ``/news/``."""
    days: Amount = 14.0
    """How far back the first reading goes, days."""
    max_articles: Natural = 200
    """Most pages a crawl, oldest first; the next crawl goes on from there."""
    enabled: bool = True
    """Whether it is read."""
    min_interval_s: Amount = 0.0
    """It is not asked again sooner, seconds; 0 takes ``press.min_interval_s``."""
    requests_per_second: Amount = 0.0
    """Most requests to its host, if that is fewer than ``press.requests_per_second``; 0: no rate of its own."""


FEEDS = (
    Feed(url="https://www.eurekalert.org/rss/medicine_health.xml", outlet="EurekAlert!"),
    Feed(url="https://www.eurekalert.org/rss/biology.xml", outlet="EurekAlert!", enabled=False),
    Feed(url="https://medicalxpress.com/rss-feed/", outlet="Medical Xpress", requests_per_second=0.2),
    Feed(url="https://www.sciencedaily.com/rss/health_medicine/stem_cells.xml", outlet="ScienceDaily"),
    Feed(url="https://news.mit.edu/rss/feed", outlet="MIT News"),
    Feed(url="https://news.harvard.edu/gazette/feed/", outlet="Harvard Gazette"),
    Feed(url="https://www.nature.com/sc.rss", outlet="Spinal Cord", kind="journal"),
    Feed(url="https://www.cell.com/cell-stem-cell/inpress.rss", outlet="Cell Stem Cell", kind="journal"),
)
"""Newsrooms and journals of the field, as far as their addresses are known to last."""


class PressSettings(Section, frozen=True, kw_only=True):
    """Press: feeds, sitemaps and the article pages behind them."""

    feeds: tuple[Feed, ...] = FEEDS
    """The feeds to watch; feeds of your own take the place of these. Publishers move them: the report of a crawl names
    those that are gone."""
    sitemaps: tuple[PressSitemap, ...] = ()
    """The sitemaps to watch."""
    keywords: tuple[str, ...] = (
        "spinal cord",
        "stem cell",
        "paralys",
        "paraplegi",
        "tetraplegi",
        "quadriplegi",
        "iPSC",
        "regenerative medicine",
    )
    """An item is kept if its title, summary or page contains one of these, whatever the case; empty keeps all."""
    min_interval_s: Amount = 3600.0
    """A feed or sitemap is not asked again sooner, seconds."""
    requests_per_second: Amount = 0.5
    """For each host."""
