"""Builds and sends digests in processes that can be killed: ``python digest_worker.py HOME``.

For each line ``STEP PORT SECONDS COLLECTING`` on stdin it forks a child that does one step, kills it after so many
seconds (never if negative) and prints how it ended. Forking spares hundreds of children the time to import everything
and to read the templates: they are killed at work.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from digest_world import TITLES, Format, World, article, by_title, registration

from config.settings import SmtpSettings
from feeds.digests.build import Builder
from feeds.digests.evaluate import evaluate
from feeds.mail.transport import SmtpTransport
from feeds.outbox.sender import Sender
from records.identifiers import Identifiers
from records.record import PublicationStatus, Record
from records.trial import TrialStatus

PER_STEP = 4
TRIAL_PAPER = "trial-"


def paper(number: int, **fields: object) -> Record:
    return article(str(number), title=f"Paper <{number}>{' on exosomes' * (number % 3 == 0)}", **fields)


def collect(world: World, step: int) -> None:
    """New papers, and news of an old one and of a trial."""
    world.put(*(paper(number) for number in range(step * PER_STEP, (step + 1) * PER_STEP)))
    if step % 3 == 2:
        world.put(paper((step - 2) * PER_STEP + 1, status=PublicationStatus.RETRACTED))
    world.put(registration("NCT99000001", list(TrialStatus)[step % 5]))
    if step % 2:
        bears = Identifiers(pmid=f"9{step:05}", registrations=("NCT99000001",))
        world.put(article(f"{TRIAL_PAPER}{step}", title=f"Results, part {step}", identifiers=bears))


def step(home: Path, number: int, port: int, *, collecting: bool) -> None:
    """One day: collect, evaluate, build, send."""
    world = World(home)
    began = time.monotonic()
    start = world.now + dt.timedelta(days=number)

    def now() -> dt.datetime:
        return start + dt.timedelta(seconds=time.monotonic() - began)

    if collecting:
        collect(world, number)
    # Records are first seen on one real day, however many days the steps pretend.
    evaluate(world.library, lambda uids: by_title(uids, world.library), topics=TITLES, fresh_days=10_000, now=now())
    Builder(world.library, world.settings, TITLES, now()).build_due(batch=3)
    settings = SmtpSettings(
        host="127.0.0.1",
        port=port,
        security="none",
        sender=world.settings.smtp.sender,
        per_second=0,
        per_domain_per_minute=0,
        backoff_s=0.01,
        give_up_hours=100_000,  # a mail may wait for many of the days that steps pretend
        timeout_s=10,
        messages_per_connection=7,
    )
    with SmtpTransport(settings) as transport:
        sender = Sender(world.library, transport, settings, bounce_limit=3, now=now)
        for _ in range(12):
            report = sender.run()
            if not report.retried and not report.unavailable:
                break
            time.sleep(0.01)
    world.close()


def one(home: Path, number: int, port: int, kill_after: float, *, collecting: bool) -> int:
    """One step in a child, killed after so many seconds unless that is negative; how the child ended."""
    child = os.fork()
    if child == 0:
        step(home, number, port, collecting=collecting)
        os._exit(0)
    if kill_after >= 0 and signal.sigtimedwait({signal.SIGCHLD}, kill_after) is None:
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def rehearse() -> None:
    """Build a digest of a world that nobody looks at: what is imported and read on first use is there from then on."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for format in Format:
            world.reader(f"{format}@example.org", format=format)
        collect(world, 1)
        world.build()
        world.close()


def main() -> None:
    rehearse()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        number, port, kill_after, collecting = line.split()
        home = Path(sys.argv[1])
        status = one(home, int(number), int(port), float(kill_after), collecting=collecting == "True")
        while signal.sigtimedwait({signal.SIGCHLD}, 0) is not None:
            pass  # that of the child just waited for
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
