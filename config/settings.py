"""Every setting, with its type, its default and what it means: the one place to import them from.

The docstring under a field is its documentation: ``docs/settings.md`` is generated from these modules. A new section is
a class in the module of its kind, and a field of `Settings`.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

from config.readers import DigestSettings, PublishSettings, ReviewSettings, SmtpSettings, TopicsSettings, WatchSettings
from config.section import Section
from config.sources import (
    BiorxivSettings,
    ClinicaltrialsSettings,
    CrossrefSettings,
    EuropepmcSettings,
    Feed,
    OpenalexSettings,
    PressSettings,
    PressSitemap,
    PubmedSettings,
    RetractionwatchSettings,
)
from config.stages import CrawlSettings, EmbeddingSettings, IndexSettings, LibrarySettings, SearchSettings

__all__ = [
    "BiorxivSettings",
    "ClinicaltrialsSettings",
    "CrawlSettings",
    "CrossrefSettings",
    "DigestSettings",
    "EmbeddingSettings",
    "EuropepmcSettings",
    "Feed",
    "IndexSettings",
    "LibrarySettings",
    "OpenalexSettings",
    "PressSettings",
    "PressSitemap",
    "PublishSettings",
    "PubmedSettings",
    "RetractionwatchSettings",
    "ReviewSettings",
    "SearchSettings",
    "Section",
    "Settings",
    "SmtpSettings",
    "TopicsSettings",
    "WatchSettings",
]


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
