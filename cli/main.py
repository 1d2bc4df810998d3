"""The ``cordwatch`` command: finds its subcommands in ``cli/commands``, one a file."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

import click

import cli.commands
from cli import exits
from cli.app import App
from cli.complaints import complain
from records.errors import CordwatchError, QueryError, UnknownNameError


class Commands(click.Group):
    """Imports a subcommand only when it is asked for, so that ``search`` starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the modules in ``cli/commands``; ``import_files`` is ``import-files`` unless it renames itself."""
        return sorted(_module_to_command(module.name) for module in pkgutil.iter_modules(cli.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The ``command`` of the module, or ``None`` if there is no such module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"cli.commands.{_command_to_module(cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name lists those that come near."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from error


def _module_to_command(module: str) -> str:
    return "import" if module == "import_" else module


def _command_to_module(command: str) -> str:
    return "import_" if command == "import" else command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of library and index.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.version_option(package_name="cordwatch")
@click.pass_context
def program(ctx: click.Context, config_file: Path | None, home: Path | None, quiet: bool) -> None:
    """Monitor the literature and the news on stem cells and spinal cord injury.

    Every item says what it is (article, preprint, registration, press), whether it still stands, and
    every finding comes with the sentence that says so.
    """
    ctx.obj = App(config_file=config_file, flags={"home": home}, quiet=quiet)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 usage, 3 some sources failed, 130 interrupted."""
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run the command line and return its exit code; errors meant for the user go to stderr as one line."""
    try:
        answer: Any = program.main(args=args, prog_name="cordwatch", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return exits.INTERRUPTED
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption) and error.ctx and _takes_query(error.ctx.command):
            click.echo(
                f"A query that begins with '-' stands after --: {error.ctx.command_path} -- -retracted", err=True
            )
        return error.exit_code
    except CordwatchError as error:
        complain(error)
        return exits.USAGE if isinstance(error, QueryError | UnknownNameError) else exits.FAILED
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return exits.INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of our output (head, less) has gone, for which click would exit with 1 on its own; point stdout
        # at nothing so that no flush complains.
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123, RUF100 - lives until exit
        return 0
    return answer if isinstance(answer, int) else 0


def _takes_query(command: click.Command) -> bool:
    return any(parameter.name == "query" for parameter in command.params)


if __name__ == "__main__":
    main()
