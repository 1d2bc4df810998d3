"""cordwatch topic: one subcommand a file."""

from __future__ import annotations

import importlib
import pkgutil

import click


class _Subcommands(click.Group):
    """The modules of this folder; those that begin with ``_`` are shared by them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the modules; ``list_`` is ``list``."""
        return sorted(module.name.rstrip("_") for module in pkgutil.iter_modules(__path__) if module.name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The ``command`` of the module, or ``None`` if there is no such module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        names = [module.name for module in pkgutil.iter_modules(__path__)]
        module = cmd_name if cmd_name in names else f"{cmd_name}_"
        found: click.Command = importlib.import_module(f"{__name__}.{module}").command
        return found


@click.group(name="topic", cls=_Subcommands)
def command() -> None:
    """Watch topics: each is a TOML file that says what belongs to it (docs/topics.md)."""
