"""cordwatch demo."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("cordwatch-demo"),
    show_default=True,
    help="Where the sample library and index go; made anew each time.",
)
def command(folder: Path) -> int:
    """Run the whole way on a small invented world, offline: collect, annotate, index, search, show."""
    from demo.tour import tour
    from records.errors import ConfigError

    if folder.exists() and any(folder.iterdir()) and not (folder / "config.toml").exists():
        raise ConfigError(f"{folder} holds something else", hint="cordwatch demo --folder ANOTHER")
    return tour(folder.resolve())
