"""What `deploy/` holds fits the commands and settings that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from cli.main import program
from config.load import load

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
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


def test_an_image_is_made_of_the_package_and_of_nothing_else() -> None:
    first, *rest = (line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#"))
    assert first == "*"
    let_in = {line.removeprefix("!") for line in rest if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert let_in == packages | {"pyproject.toml", "constraints.txt", project["project"]["readme"]}


def test_the_containers_health_is_asked_with_any_password() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = re.search(r"curl .*", compose)
    assert asked
    line = asked[0].replace("$$", "$").replace("curl", "printf '%s|'")
    said = subprocess.run(
        ["sh", "-c", line], env={"ELASTIC_PASSWORD": "two words $x"}, check=True, capture_output=True, text=True
    )
    assert said.stdout.split("|").count("elastic:two words $x") == 1


def test_the_certificates_script_is_understood() -> None:
    script = (DEPLOY / "compose.yaml").read_text(encoding="utf-8").partition("      - |\n")[2].partition("\n\n")[0]
    subprocess.run(["bash", "-n", "-c", script.replace("$$", "$")], check=True)
    assert script.count("--days 3650") == 2


def test_compose_takes_what_its_example_tells() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    names = re.findall(
        r"^(?:# )?([A-Z_]+)=", (DEPLOY / "compose.env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {"ELASTIC_PASSWORD", "TORCH_INDEX"} <= set(names)
    assert [name for name in names if not name.startswith("CORDWATCH_") and name not in compose] == []


def test_feeds_go_into_a_volume_that_the_container_may_write() -> None:
    example = (DEPLOY / "compose.env.example").read_text(encoding="utf-8")
    (folder,) = re.findall(r"CORDWATCH_PUBLISH_FOLDER=(\S+)", example)
    assert f"public:{folder}\n" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert f"install -d -o cordwatch -g cordwatch /data {folder}\n" in (DEPLOY / "Containerfile").read_text(
        encoding="utf-8"
    )


def test_no_limit_is_raised_that_an_engine_without_root_cannot_raise() -> None:
    assert "ulimits" not in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
