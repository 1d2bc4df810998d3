"""Every setting, with its type, its default and what it means.

The docstring under a field is its documentation: ``docs/settings.md`` is generated from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
import platformdirs

Natural: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Amount: TypeAlias = Annotated[float, msgspec.Meta(ge=0.0)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section."""


class LibrarySettings(Section, frozen=True, kw_only=True):
    """The system of record."""

    path: Path | None = None
    """SQLite file; ``library.sqlite3`` under ``home`` if unset."""
    busy_timeout_s: Amount = 60.0
    """How long a writer waits for another one, seconds."""


class IndexSettings(Section, frozen=True, kw_only=True):
    """The search index."""

    path: Path | None = None
    """Folder of the embedded index; ``index`` under ``home`` if unset."""
    writer_memory_mb: Positive = 256
    """Memory of tantivy's writer, megabytes."""
    url: str = ""
    """Elasticsearch, ``https://host:9200``, or several nodes with commas. Empty: the embedded index."""
    api_key: str = ""
    """Base64, as the server gave it; better kept in ``CORDWATCH_INDEX_API_KEY`` or in ``api_key_file``."""
    api_key_file: Path | None = None
    """File that holds the API key."""
    username: str = ""
    """Used where there is no API key."""
    password: str = ""
    """Better kept in ``CORDWATCH_INDEX_PASSWORD`` or in ``password_file``."""
    password_file: Path | None = None
    """File that holds the password."""
    ca_file: Path | None = None
    """Certificate of the authority that signed the server's, PEM; the system's own if unset."""
    prefix: str = "cordwatch"
    """Name of the alias; the indices behind it begin with it."""
    shards: Positive = 1
    """Of a new index: one for each 10 million windows or so (docs/elasticsearch.md)."""
    replicas: Natural = 1
    """Copies of each shard of a new index; 0 on a single node."""
    timeout_s: Amount = 30.0
    """Seconds until a request to the server is given up."""
    retries: Natural = 3
    """How often a request that failed for the moment is tried again."""


class SearchSettings(Section, frozen=True, kw_only=True):
    """Searching."""

    log: bool = True
    """Whether every search is kept in a log, for `cordwatch log`."""
    log_path: Path | None = None
    """The log; ``searches.jsonl`` beside the library if unset."""


class EmbeddingSettings(Section, frozen=True, kw_only=True):
    """The embedding model."""

    model: str = "all-MiniLM-L6-v2"
    """``all-MiniLM-L6-v2`` (shipped in a pinned package) or a folder or name that sentence-transformers loads."""
    device: str = "auto"
    """``cpu``, ``cuda`` or ``auto``: a GPU when there is one."""
    query_prompt: str = ""
    """Text before every query, for models that want one."""
    document_prompt: str = ""
    """Text before every document window, for models that want one."""
    batch_size: Natural = 0
    """Windows a batch; 0 takes what suits the model: 8 for the one shipped, 32 for any other."""
    threads: Natural = 0
    """Threads of the runtime; 0 takes the number of cores."""
    precision: Literal["auto", "fp32"] = "auto"
    """``auto`` embeds documents in bfloat16 where the processor has it (cosine ≥ 0.9999), else in ``fp32``."""


class CrawlSettings(Section, frozen=True, kw_only=True):
    """How every spider behaves."""

    contact: str = ""
    """E-mail or web address that providers can reach you at; part of the user agent. Needed to crawl live sources."""
    robots: bool = True
    """Obey robots.txt."""
    timeout_s: Amount = 60.0
    """Seconds until a request is given up."""
    retries: Natural = 5
    """How often a failed request is tried again."""
    max_response_mb: Positive = 256
    """A larger answer is refused; for compressed answers the limit is on what they unpack to."""
    backoff_s: Amount = 1.0
    """Seconds before the first retry; doubled for each further one, with jitter, unless the provider says how long."""
    max_wait_s: Amount = 600.0
    """A provider that asks for a longer wait is left alone until the next crawl, seconds."""
    overlap_days: Natural = 3
    """How far each incremental window reaches back before the last one."""
    batch_records: Positive = 200
    """Records a transaction."""
    topic: tuple[str, ...] = (
        "spinal cord|spinal injur|paraplegi|tetraplegi|quadriplegi|paralys|myelopath|hemisection",
        (
            "stem cell|stromal cell|progenitor|precursor cell|pluripotent|ipsc|neurosphere|organoid|exosom|vesicle|"
            "ensheathing|schwann|transplant|graft|cell therap|regenerat"
        ),
    )
    """What providers without a search are filtered by: title and abstract must contain one word of each entry; words
    are divided by ``|`` and may go on (``paraplegi``). Empty keeps all."""
    base_urls: tuple[str, ...] = ()
    """Addresses of sources that have no section of their own, each as ``name=https://…``."""


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


class TopicsSettings(Section, frozen=True, kw_only=True):
    """Topics."""

    folder: Path | None = None
    """Folder of topic files; ``topics`` under ``home`` if unset."""
    shipped: bool = True
    """Whether the topics that come with Cordwatch count; a file of the same name takes the place of one."""


class ReviewSettings(Section, frozen=True, kw_only=True):
    """The review of topics' candidates."""

    curator: str = ""
    """Who decides; the login name if empty."""
    random_every: Positive = 10
    """Every so many-th record is drawn at random from what nobody has read: the estimate of recall rests on these."""


class PublishSettings(Section, frozen=True, kw_only=True):
    """Feeds and pages of topics."""

    title: str = "Cordwatch"
    """Title of the whole; stands before the title of each topic."""
    base_url: str = ""
    """Where the folder can be reached, http or https, for the addresses that feeds give of themselves."""
    authority: str = "cordwatch.invalid"
    """A domain name of yours, part of the identifiers of topics and items (tag URIs). Changed, all items are new."""
    days: Positive = 90
    """How far back a feed reaches, days since an item was first collected."""
    items: Positive = 100
    """Most items in a feed, newest first."""
    folder: Path | None = None
    """Folder that `cordwatch watch` publishes all topics to after each crawl; unset: nowhere."""


class DigestSettings(Section, frozen=True, kw_only=True):
    """Digests: what goes into a mail, and how readers answer."""

    public_url: str = ""
    """Address under which readers reach the links that `cordwatch watch` serves, https. Empty: mails name commands."""
    unsubscribe_address: str = ""
    """Mailbox whose mail is piped into `cordwatch subscriptions receive`; empty leaves out the reply way."""
    fresh_days: Natural = 30
    """A record is news for so many days after it was first collected; older ones that a topic finds are not."""
    max_changes: Positive = 100
    """Retractions, corrections and other changes a digest; further ones go into the next."""
    max_kb: Positive = 200
    """Size of a digest; items that would exceed it are left for the next."""
    bounce_limit: Positive = 3
    """A subscription is disabled after so many digests in a row that its address refused."""
    confirm_days: Positive = 7
    """How long the link of a confirmation mail holds."""
    keep_days: Natural = 90
    """The text of sent mail is kept so long for `digest resend`; the ledger is kept for good."""
    late_hours: Amount = 36.0
    """A source whose last complete crawl is older than this is reported as late."""
    chart: bool = True
    """Whether HTML digests carry a small chart."""


class SmtpSettings(Section, frozen=True, kw_only=True):
    """The mail server that digests go out through."""

    host: str = ""
    """Its name. Empty: nothing can be sent."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 587
    """587 for STARTTLS, 465 for TLS from the start, 25 for a relay in the house."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; the certificate is always checked."""
    username: str = ""
    """Empty: no authentication."""
    password: str = ""
    """Better kept in ``CORDWATCH_SMTP_PASSWORD``."""
    sender: str = ""
    """``From`` address: ``Cordwatch <digest@example.org>``."""
    timeout_s: Amount = 60.0
    """Seconds until the server is given up."""
    max_message_kb: Positive = 1024
    """A larger message is not sent; a smaller limit that the server announces holds too."""
    messages_per_connection: Positive = 50
    """A new connection after so many."""
    per_second: Amount = 10.0
    """Messages a second in all; 0: no limit."""
    per_domain_per_minute: Amount = 60.0
    """Messages a minute to one recipient's host; 0: no limit."""
    backoff_s: Amount = 60.0
    """Seconds before the first retry of a message; doubled for each further one, with jitter."""
    max_backoff_s: Amount = 14_400.0
    """The longest pause between two tries, seconds."""
    give_up_hours: Amount = 72.0
    """A message that could not be delivered for so long is given up."""


class WatchSettings(Section, frozen=True, kw_only=True):
    """The scheduler, `cordwatch watch`."""

    crawl_at: tuple[str, ...] = ("04:00", "16:00")
    """Local times of the crawls; annotating, embedding and indexing follow each."""
    tz: str = "UTC"
    """Time zone of ``crawl_at``: ``Europe/Berlin``."""
    sources: tuple[str, ...] = ()
    """What is crawled; all sources if empty."""
    crawl_hours: Amount = 6.0
    """A crawl that takes longer is ended; what has come is kept, and the next try goes on from there. 0: no limit."""
    tick_s: Amount = 15.0
    """How often due digests and waiting mail are looked for, seconds."""
    listen: str = "127.0.0.1:9464"
    """Where links, ``/metrics`` and ``/health`` are served; empty: nowhere."""


class Settings(Section, frozen=True, kw_only=True):
    """All settings."""

    home: Path = Path(platformdirs.user_data_dir("cordwatch"))
    """Folder of everything that Cordwatch keeps."""
    cache: Path = Path(platformdirs.user_cache_dir("cordwatch"))
    """Folder of what can be made again: exported models."""
    library: LibrarySettings = LibrarySettings()
    """The system of record."""
    index: IndexSettings = IndexSettings()
    """The search index."""
    search: SearchSettings = SearchSettings()
    """Searching."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    """The embedding model."""
    crawl: CrawlSettings = CrawlSettings()
    """How every spider behaves."""
    pubmed: PubmedSettings = PubmedSettings()
    """PubMed."""
    clinicaltrials: ClinicaltrialsSettings = ClinicaltrialsSettings()
    """ClinicalTrials.gov."""
    europepmc: EuropepmcSettings = EuropepmcSettings()
    """Europe PMC."""
    crossref: CrossrefSettings = CrossrefSettings()
    """Crossref."""
    biorxiv: BiorxivSettings = BiorxivSettings()
    """bioRxiv and medRxiv."""
    retractionwatch: RetractionwatchSettings = RetractionwatchSettings()
    """Retraction Watch."""
    openalex: OpenalexSettings = OpenalexSettings()
    """OpenAlex."""
    press: PressSettings = PressSettings()
    """Press."""
    digest: DigestSettings = DigestSettings()
    """Digests."""
    smtp: SmtpSettings = SmtpSettings()
    """The mail server."""
    watch: WatchSettings = WatchSettings()
    """The scheduler."""
    topics: TopicsSettings = TopicsSettings()
    """Topics."""
    review: ReviewSettings = ReviewSettings()
    """The review of topics' candidates."""
    publish: PublishSettings = PublishSettings()
    """Feeds and pages of topics."""

    @property
    def topics_path(self) -> Path:
        """Folder of topic files."""
        return self.topics.folder or self.home / "topics"

    @property
    def library_path(self) -> Path:
        """The SQLite file."""
        return self.library.path or self.home / "library.sqlite3"

    @property
    def search_log_path(self) -> Path:
        """The log of searches."""
        return self.search.log_path or self.library_path.with_name("searches.jsonl")

    @property
    def index_path(self) -> Path:
        """Folder of the embedded index."""
        return self.index.path or self.home / "index"
