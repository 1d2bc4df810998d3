"""A real SMTP server in a process of its own, that fails as chance has it: ``python mail_server.py FILE SEED RATE``.

Prints its port. Each message that it has taken is appended to FILE, one JSON line each, before it says so.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Fickle:
    """Takes messages, most of the time."""

    def __init__(self, path: Path, seed: int, rate: float) -> None:
        self._path = path
        self._chance = random.Random(seed)
        self._rate = rate

    def fails(self) -> bool:
        return self._chance.random() < self._rate

    async def handle_MAIL(  # noqa: N802 - the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.fails():
            return self._chance.choice(["421 4.3.2 closing", "450 4.7.1 greylisted"])
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        if self.fails():
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.fails():
            return "451 4.3.0 try again"
        content: Any = envelope.content
        line = json.dumps({"to": envelope.rcpt_tos, "message": base64.b64encode(content).decode()}) + "\n"
        with self._path.open("a", encoding="ascii") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        if self.fails() and server.transport is not None:
            # Taken, but the client never hears of it.
            server.transport.abort()
        return "250 2.0.0 taken"


async def serve(handler: Fickle) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: SMTP(handler, hostname="mail.example"), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Fickle(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
