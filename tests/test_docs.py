"""Every command, setting, source, format and query field is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.docs import pages
from cli.exports import formats as export_formats

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize("name", ["commands.md", "query.md", "settings.md"])
def test_generated_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run python -m cli.docs"


def test_every_source_is_documented() -> None:
    from crawler.registry import source_names

    text = (DOCS / "sources.md").read_text(encoding="utf-8").lower()
    assert [name for name in source_names() if f"`{name}`" not in text] == []


def test_every_file_format_is_documented() -> None:
    from crawler.formats import formats

    text = (DOCS / "import.md").read_text(encoding="utf-8")
    assert [format.name for format in formats() if f"`{format.name}`" not in text] == []


def test_every_export_format_is_documented() -> None:
    text = (DOCS / "export.md").read_text(encoding="utf-8")
    assert [name for name in export_formats() if f"`{name}`" not in text] == []


def test_every_query_field_is_documented() -> None:
    from index.fields import FIELDS

    text = (DOCS / "query.md").read_text(encoding="utf-8")
    assert [name for name in FIELDS if f"`{name}:" not in text and f"`{name}`" not in text] == []


def test_every_bench_is_documented() -> None:
    text = (DOCS / "benches.md").read_text(encoding="utf-8")
    modules = (DOCS.parent / "bench").glob("[!_]*.py")
    names = [path.stem for path in modules if "__main__" in path.read_text(encoding="utf-8")]
    assert [name for name in names if f"bench.{name}" not in text] == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    targets = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))]
    broken = [f"{page.name}: {link}" for page, link in targets if ":" not in link and not (page.parent / link).exists()]
    assert broken == []
