"""The installed commands with ``index.url``: nothing else changes for who uses them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.app import App
from cli.stages import index_library
from tests.cli.conftest import World
from tests.index.index_world import article, make_library
from tests.index.node import Node
from tests.index.older import older

pytestmark = pytest.mark.xdist_group("installed")


def test_the_same_answers_from_a_server(world: World, node: Node) -> None:
    more = {"env": {**os.environ, **_settings(node.url, "installed")}}
    assert "try: cordwatch index" in world.run("search", "cells", code=1, **more).stderr
    assert "indexed" in world.run("index", **more).stderr
    (version,) = [json.loads(line) for line in world.run("index", "status", "--nl", **more).stdout.splitlines()]
    assert (version["in_force"], version["behind"]) == (True, 0)
    for query in ("neural stem cells in rats", 'cell:"stem cell" -retracted', "exosomes measure:BBB", "is:press"):
        here = [row["uid"] for row in world.rows("search", query, "-n", "5")]
        there = [
            json.loads(line)["uid"]
            for line in world.run("search", query, "-n", "5", "--nl", **more).stdout.splitlines()
        ]
        assert set(here) == set(there), query
    here_facets = world.run("facets", "--json").stdout
    assert json.loads(world.run("facets", "--json", **more).stdout) == json.loads(here_facets)
    assert (
        world.run("trend", "--json", "--by", "kind", **more).stdout
        == world.run("trend", "--json", "--by", "kind").stdout
    )
    exported = world.run("export", "is:article", "--as", "ris", **more).stdout
    assert exported.count("TY  - ") == world.run("export", "is:article", "--as", "ris").stdout.count("TY  - ")
    world.run("verify", **more)
    bare = {**more["env"], "CORDWATCH_HOME": str(world.folder / "nowhere")}
    (version,) = [json.loads(line) for line in world.run("index", "status", "--nl", env=bare).stdout.splitlines()]
    assert (version["behind"], version["health"]) == (None, "green"), "it needs no library"
    told = world.run("rebuild", **more).stderr
    assert "drop-old" in told
    assert "deleted" in world.run("index", "drop-old", **more).stderr
    assert len(world.run("index", "status", "--nl", **more).stdout.splitlines()) == 1


def test_a_server_of_version_8_answers_alike(world: World, node: Node) -> None:
    """All commands that speak to a server, on a stand-in for 8.19 (`tests.index.older`)."""
    with older(node.url) as url:
        more = {"env": {**os.environ, **_settings(url, "older")}}

        def uids(*arguments: str) -> set[str]:
            lines = world.run(*arguments, "-n", "5", "--nl", **more).stdout.splitlines()
            return {json.loads(line)["uid"] for line in lines}

        assert "indexed" in world.run("index", **more).stderr
        (version,) = [json.loads(line) for line in world.run("index", "status", "--nl", **more).stdout.splitlines()]
        assert (version["in_force"], version["behind"]) == (True, 0)
        world.run("verify", **more)
        for mode in ("hybrid", "lexical", "semantic"):
            query = ("search", "neural stem cells in rats", "--mode", mode)
            found = uids(*query)
            assert found == {row["uid"] for row in world.rows(*query, "-n", "5")}, mode
        uid = found.pop()
        assert uids("similar", uid) == {row["uid"] for row in world.rows("similar", uid, "-n", "5")}
        assert world.run("facets", "--json", **more).stdout == world.run("facets", "--json").stdout
        exported = world.run("export", "is:article", "--as", "ris", **more).stdout
        assert exported.count("TY  - ") == world.run("export", "is:article", "--as", "ris").stdout.count("TY  - ") > 0
        assert "nothing to migrate" in world.run("index", "migrate", **more).stderr
        world.run("rebuild", **more)
        assert "deleted older-v" in world.run("index", "drop-old", **more).stderr
        world.run("verify", **more)


def _settings(url: str, prefix: str) -> dict[str, str]:
    return {"CORDWATCH_INDEX_URL": url, "CORDWATCH_INDEX_PREFIX": prefix, "CORDWATCH_INDEX_REPLICAS": "0"}


def test_what_the_server_refuses_does_not_fail_the_stage(
    tmp_path: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    app = App(
        config_file=None,
        flags={"index.url": node.url, "index.prefix": "refused", "index.replicas": 0},
        quiet=False,
    )
    with make_library(tmp_path, article(1, "Short"), article(2, "Long", "word " * 900_000)) as library:
        index_library(app, library)
        told = capsys.readouterr().err
        assert "indexed 1 records" in told
        assert "refused 1 for good: `cordwatch quarantine --source index`" in told
