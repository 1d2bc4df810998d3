"""Settings of the stages: library, index, search, embedding, crawl."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from config.section import Amount, Natural, Positive, Section


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
