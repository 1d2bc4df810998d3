"""What `deploy/` holds fits the commands and settings that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cli.main import program
from config.load import load

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
COMMAND = re.compile(r"/opt/cordwatch/bin/cordwatch ([^\n;&>|]*?)(?= *\d*(?:[\n;&>|]))")
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
COMMANDS = sorted({found[1] for path in FILES for found in COMMAND.finditer(path.read_text(encoding="utf-8"))})


def parsed(command: click.Command, arguments: list[str], parent: click.Context | None = None) -> None:
    """Take the arguments apart as the command would; nothing is done."""
    context = command.make_context(command.name, arguments, parent=parent)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        child = command.get_command(context, rest[0])
        assert child, rest
        parsed(child, rest[1:], context)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    parsed(program, shlex.split(line))


def test_rounds_and_what_serves_beside_them_are_started() -> None:
    assert {"watch", "watch --once", "watch --serve-only"} <= set(COMMANDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_variables_are_settings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"\bCORDWATCH_[A-Z_]+(?=[=:] ?)", text)) - {"CORDWATCH_CONFIG"}
    numbers = {name: "1" for name in names if name.endswith("REPLICAS")}
    load(None, environ=dict.fromkeys(names, "x") | numbers)


def test_the_container_can_be_reached_and_has_time_to_stop() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8").partition("\n  cordwatch:\n")[2]
    assert "CORDWATCH_WATCH_LISTEN: 0.0.0.0:9464" in compose
    assert 'ports: ["127.0.0.1:9464:9464"]' in compose
    assert "http://127.0.0.1:9464/health" in compose
    assert "stop_grace_period: 2m" in compose
