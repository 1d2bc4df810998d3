"""cordwatch config."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from config import default_file
from records.errors import ConfigError

TEMPLATE = """\
# Cordwatch. `cordwatch config show` lists every setting with where its value comes from.

[crawl]
# Needed for live sources: an e-mail or web address that providers can reach you at.
contact = ""

[pubmed]
# An NCBI key allows 10 requests a second instead of 3; better kept in CORDWATCH_PUBMED_API_KEY.
# query = "..."
# since = "2015-01-01"

# [[press.feeds]]
# url = "https://www.example.org/health/feed.xml"
# outlet = "Example Health News"
"""


@click.group(name="config")
def command() -> None:
    """Show settings and where each comes from, or write a first configuration file."""


@command.command()
@format_options
@pass_app
def show(app: App, format: Format) -> int:
    """List every setting, its value and whether a default, the file, a variable or a flag set it."""
    rows = ({"setting": name, "value": value, "from": origin} for name, value, origin in app.loaded.rows())
    print_rows(rows, ("setting", "value", "from"), format)
    app.note(f"file: {app.loaded.file or f'none ({default_file()} would be read)'}")
    return 0


@command.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Where; what --config or CORDWATCH_CONFIG names, or the default place, if not given.",
)
@pass_app
def init(app: App, file: Path | None) -> int:
    """Write a first configuration file; never over an existing one."""
    path = file or app.config_file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE)
    except FileExistsError:
        raise ConfigError(f"{path} exists; it is left as it is") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint="name another with --file") from error
    click.echo(path)
    return 0
