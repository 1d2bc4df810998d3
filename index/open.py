"""Where the index lies, by the settings: the one place that knows which backends there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.place import Place

if TYPE_CHECKING:
    import config


def place_of(settings: config.Settings) -> Place:
    """The place that the settings name; nothing is opened or asked yet."""
    if settings.index.url:
        from index.elasticsearch.place import ElasticsearchPlace

        return ElasticsearchPlace(settings.index)
    from index.embedded.place import EmbeddedPlace

    return EmbeddedPlace(settings.index_path, writer_memory_mb=settings.index.writer_memory_mb)
