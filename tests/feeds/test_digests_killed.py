"""Killed at any moment while it builds and sends, to a server that fails too: every item comes in exactly one digest.

``CORDWATCH_TEST_KILLS`` raises the number of kills.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feeds.subscriptions.store import listed
from tests.feeds.digest_world import Format, World

TRIAL_PAPER = "trial-"
"""As in digest_worker.py."""

HERE = Path(__file__).parent
KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "40"))
_PAPER = re.compile(r"Paper <(\d+)>")


@contextmanager
def started(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(HERE.parent.parent)}
    process = subprocess.Popen(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(30)
        process.stdout.close()


def one_step(
    worker: subprocess.Popen[str], number: int, port: int, kill_after: float = -1, *, collecting: bool = True
) -> bool:
    """Do a step, or begin it and kill it; true if the kill came in time."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{number} {port} {kill_after} {collecting}\n")
    worker.stdin.flush()
    status = int(worker.stdout.readline())
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.slow
def test_every_item_comes_in_exactly_one_digest(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    world = World(tmp_path / "home")
    readers = [
        world.reader(f"reader{number}@example.org", *topics, max_items=size, format=Format(format))
        for number, (topics, size, format) in enumerate(
            [
                (("cells",), 25, "html"),
                (("cells",), 3, "text"),
                (("exosomes",), 25, "html"),
                (("cells", "exosomes"), 25, "text"),
                (("cells", "exosomes"), 5, "html"),
            ]
        )
    ]
    world.close()
    taken = tmp_path / "taken.jsonl"
    killed = number = 0
    with started("digest_worker.py", world.settings.home) as worker:
        with started("mail_server.py", taken, KILLS, 0.08) as server:
            port = int(server.stdout.readline())  # type: ignore[union-attr]
            length = 0.0
            while killed < KILLS:
                # A step that was killed is begun again, most of the time; else the next day has to make up for it.
                began = time.monotonic()
                was_killed = one_step(worker, number, port, chance.uniform(0, 1.2 * length) if number > 1 else -1)
                killed += was_killed
                # What a step takes is as long as the last that was not killed, or longer.
                length = 1.1 * length if was_killed else time.monotonic() - began
                number += not was_killed or chance.random() < 0.3
        with started("mail_server.py", taken, 0, 0.0) as server:
            port = int(server.stdout.readline())  # type: ignore[union-attr]
            for day in range(number + 1, number * 3 + 5):
                one_step(worker, day, port, collecting=False)
                if not _unfinished(world):
                    break
    _check(world, taken, readers_topics={reader.address: reader.wishes.topics for reader in readers}, kills=killed)


def _unfinished(world: World) -> bool:
    """Whether the last digest left something for the next, or something waits in the outbox."""
    reopened = World(world.settings.home)
    with reopened.library.reading() as connection:
        left = connection.exec_driver_sql(
            "SELECT left_over FROM digests WHERE id IN (SELECT max(id) FROM digests GROUP BY subscription_id)"
        )
        queued = connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE state = 'queued'")
        answer = any(left.scalars()) or bool(queued.scalar())
    reopened.close()
    return answer


def _check(world: World, taken: Path, *, readers_topics: dict[str, tuple[str, ...]], kills: int) -> None:
    copies: dict[str, list[bytes]] = defaultdict(list)
    told: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in taken.read_text(encoding="ascii").splitlines():
        row = json.loads(line)
        content = base64.b64decode(row["message"])
        message = email.message_from_bytes(content, policy=email.policy.default)
        name = str(message["Message-ID"])
        copies[name].append(content)
        body = message.get_body(("plain",))  # type: ignore[attr-defined]
        news, _, changes = str(body.get_content()).replace("\r\n", "\n").partition("\nCHANGES OF WHAT")
        for part, text in (("new", news), ("change", changes)):
            for paper in _PAPER.findall(text):
                told[row["to"][0], part, paper].add(name)
    assert {key: names for key, names in told.items() if len(names) != 1} == {}
    assert all(len(set(same)) == 1 for same in copies.values()), "a message was sent again with other bytes"
    _nothing_is_lost(world, told, readers_topics)
    again = sum(len(same) - 1 for same in copies.values())
    sys.stdout.write(f"{kills} kills, {len(copies)} digests, {len(told)} items, {again} messages sent again\n")


def _nothing_is_lost(
    world: World, told: dict[tuple[str, str, str], set[str]], readers_topics: dict[str, tuple[str, ...]]
) -> None:
    reopened = World(world.settings.home)
    every = set(reopened.library.iter_uids())
    uids = [uid for uid in every if uid.startswith("pubmed:") and TRIAL_PAPER not in uid]
    titles = {uid.partition(":")[2]: reopened.library.get(uid).record.title for uid in uids}  # type: ignore[union-attr]
    with reopened.library.reading() as connection:
        states = connection.exec_driver_sql("SELECT DISTINCT state, error FROM outbox").all()
        readers = {reader.id: reader.address for reader in listed(connection)}
        bound = connection.exec_driver_sql("SELECT id, subscription_id FROM digests")
        owners = {row.id: row.subscription_id for row in bound}
    ledger = reopened.ledger()
    reopened.close()
    trial_papers = {uid for uid in every if TRIAL_PAPER in uid}
    for id, address in readers.items():
        # A paper of a trial comes with its work or as a change of it, and only once.
        had = Counter(uid for digest, uid, _ in ledger if owners[digest] == id and uid in trial_papers)
        assert had == Counter(trial_papers if "cells" in readers_topics[address] else ()), address
    assert [tuple(row) for row in states] == [("sent", "")]
    for address, topics in readers_topics.items():
        of_reader = {paper for reader, part, paper in told if reader == address and part == "new"}
        expected = {
            number for number, title in titles.items() if ("exosomes" if "exosomes" in title else "cells") in topics
        }
        assert of_reader == expected, address
    assert len(titles) > KILLS // 3
    assert any(event for _, _, event in ledger), "no change was told: the test does not test what it says"
    assert any(part == "change" for _, part, _ in told)
    assert any(event and uid in trial_papers for _, uid, event in ledger)
