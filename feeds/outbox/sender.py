"""Sends what waits in the outbox.

Only one process sends at a time (a lock that dies with its holder), one message after the other, and each outcome is
committed before the next message begins. So a kill can at worst come between the server's "taken" and that commit:
then this one message goes out again, the same bytes under the same Message-ID. No item moves to another message:
what a digest holds was fixed when it was bound.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from config.settings import SmtpSettings
from feeds.mail.transport import DeliveryError, RefusedError, RejectedError, TemporaryError, UnavailableError
from feeds.outbox.pace import Pace
from feeds.outbox.queue import (
    Mail,
    MailKind,
    MailState,
    mark,
    may_go,
    message_bytes,
    reached_again,
    retry_bounced,
    retry_failed,
    waiting,
)
from feeds.subscriptions.store import clear_bounces, count_bounce
from feeds.subscriptions.types import State
from library import Library
from library.lock import alone

Log = Callable[[str], None]
_NO_LIMIT: Final = 10**9
_BATCH: Final = 200
_REPORTED_WITHIN: Final = dt.timedelta(days=5)
"""So long a relay may try before it reports that it could not deliver (RFC 5321, 4.5.4.1)."""


def sleep(seconds: float) -> bool:
    """Wait; nothing ends it early."""
    time.sleep(seconds)
    return False


class Transport(Protocol):
    """What hands a message to a mail server."""

    def deliver(self, recipient: str, message: bytes) -> None:
        """Returns once the message is taken. Raises `feeds.mail.transport.DeliveryError`."""


class SendReport(msgspec.Struct, kw_only=True):
    """What one run did."""

    sent: int = 0
    retried: int = 0
    """Messages that wait for another try."""
    failed: int = 0
    """Messages refused or given up; a digest is tried again once its reader has taken another message."""
    disabled: list[str] = []
    """Addresses whose subscription was disabled, with the reason."""
    unavailable: str = ""
    """Why the run ended early: the server cannot be used."""


class Sender:
    """Works off the outbox.

    Args:
        library: Holds the outbox.
        transport: Takes the messages.
        settings: Pace and retries.
        bounce_limit: A subscription is disabled after so many refusals in a row.
        log: Takes a line about everything that went wrong.
        now: The present moment.
        pause: Waits so many seconds; true if the run shall end.
    """

    def __init__(
        self,
        library: Library,
        transport: Transport,
        settings: SmtpSettings,
        *,
        bounce_limit: int,
        log: Log = lambda line: None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        pause: Callable[[float], bool] = sleep,
    ) -> None:
        self._library = library
        self._transport = transport
        self._settings = settings
        self._bounce_limit = bounce_limit
        self._log = log
        self._now = now
        self._pause = pause
        self._pace = Pace(
            per_second=settings.per_second,
            per_domain_per_minute=settings.per_domain_per_minute,
            clock=time.monotonic,
        )

    def run(self, *, limit: int = _NO_LIMIT) -> SendReport:
        """Send what is due, at most ``limit`` messages.

        Raises:
            LockedError: Another process sends already.
        """
        report = SendReport()
        began = self._now()
        with alone(lock_path(self._library.path), "sends"):
            self._retry_bounced()
            left = limit
            while left > 0 and (due := self._due(left)):
                left -= len(due)
                if not self._work_off(due, report, began):
                    break
        return report

    def _due(self, limit: int) -> list[Mail]:
        with self._library.reading() as connection:
            return waiting(connection, self._now(), limit=min(limit, _BATCH))

    def _retry_bounced(self) -> None:
        """Forget the bounces of readers who since then took a mail that nobody has reported as returned."""
        with self._library.reading() as connection:
            reached = reached_again(connection, self._now() - _REPORTED_WITHIN)
        if reached:
            with self._library.transaction() as writer:
                for id in reached:
                    retry_bounced(writer.connection, id, self._now())
                    clear_bounces(writer.connection, id)

    def _work_off(self, due: list[Mail], report: SendReport, began: dt.datetime) -> bool:
        """Send each as soon as its host may have it; false if the run shall end."""
        while due:
            wait, place = min((self._pace.wait(mail.recipient), place) for place, mail in enumerate(due))
            if self._pause(wait):
                return False
            self._send(due.pop(place), report, began)
            if report.unavailable:
                return False
        return True

    def _send(self, mail: Mail, report: SendReport, began: dt.datetime) -> None:
        with self._library.reading() as connection:
            if not may_go(connection, mail.message_id):
                return  # the reader has ended or paused the subscription since the batch was read
            message = message_bytes(connection, mail.message_id)
        try:
            self._transport.deliver(mail.recipient, message)
        except UnavailableError as error:
            report.unavailable = str(error)
            self._log(f"mail server: {error}")
            return
        except TemporaryError as error:
            self._retry(mail, error, report)
        except (RefusedError, RejectedError) as error:
            self._fail(mail, error, report, bounced=isinstance(error, RefusedError))
        else:
            report.sent += 1
            with self._library.transaction() as writer:
                mark(writer.connection, mail, MailState.SENT, now=self._now())
                clear_bounces(writer.connection, mail.subscription_id)
                # The address works after all, as far as this server knows. What fails in this run has to wait for
                # another one: no message goes round and round.
                retry_failed(writer.connection, mail.subscription_id, self._now(), before=began)
        self._pace.went(mail.recipient)

    def _retry(self, mail: Mail, error: DeliveryError, report: SendReport) -> None:
        age = self._now() - dt.datetime.fromisoformat(mail.queued)
        if age > dt.timedelta(hours=self._settings.give_up_hours):
            self._fail(mail, error, report, bounced=True)
            return
        retry = self._now() + dt.timedelta(seconds=backoff(self._settings, mail.attempts))
        report.retried += 1
        self._log(f"{mail.message_id} to {mail.recipient}: {error}; again at {retry:%Y-%m-%d %H:%M:%S} UTC")
        with self._library.transaction() as writer:
            mark(writer.connection, mail, MailState.QUEUED, now=self._now(), error=str(error), retry=retry)

    def _fail(self, mail: Mail, error: DeliveryError, report: SendReport, *, bounced: bool) -> None:
        report.failed += 1
        self._log(f"{mail.message_id} to {mail.recipient}: {error}; {_given_up(mail)}")
        with self._library.transaction() as writer:
            mark(writer.connection, mail, MailState.FAILED, now=self._now(), error=str(error))
            if not bounced:
                return
            subscription = count_bounce(
                writer.connection, mail.subscription_id, str(error), limit=self._bounce_limit, now=self._now()
            )
        if subscription and subscription.state is State.DISABLED:
            report.disabled.append(f"{subscription.address}: {subscription.reason}")
            self._log(f"subscription {subscription.id} of {subscription.address} is disabled: {subscription.reason}")


def _given_up(mail: Mail) -> str:
    return "kept until the reader takes another mail" if mail.kind is MailKind.DIGEST else "given up"


def lock_path(library: Path) -> Path:
    """The file that the sending process locks."""
    return library.with_name(library.name + ".outbox-lock")


def backoff(settings: SmtpSettings, attempts: int) -> float:
    """Seconds until the next try after ``attempts`` earlier ones, between half and all of the doubled pause."""
    pause = min(settings.backoff_s * 2.0 ** min(attempts, 30), settings.max_backoff_s)
    return pause * random.uniform(0.5, 1.0)
