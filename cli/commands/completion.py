"""cordwatch completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script for SHELL; load it from your shell's start file.

    \b
      cordwatch completion bash > ~/.local/share/bash-completion/completions/cordwatch
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(kind(root, {}, "cordwatch", "_CORDWATCH_COMPLETE").source())
    return 0
