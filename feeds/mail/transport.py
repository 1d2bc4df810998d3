"""The SMTP connection: protected, authenticated, used again for many messages; failures told apart by what they mean.

::

    DeliveryError
    ├── UnavailableError   the server cannot be used now: not this message's fault, all of them wait
    ├── TemporaryError     this message, later: 4xx, or the connection broke or was closed (421) on the way
    ├── RefusedError       this address, never: 5xx to the recipient
    └── RejectedError      this message, never: too large, or 5xx to its content
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.utils import parseaddr
from types import TracebackType
from typing import Final, Self

from config.settings import SmtpSettings
from records.errors import ConfigError

_NOT_THE_READERS_FAULT: Final = frozenset({530, 534, 535, 538, 454})
_CONTENT_ENHANCED: Final = ("5.3.4", "5.6.", "5.7.")
"""Enhanced codes (RFC 3463) that speak of the message or of policy, not of the mailbox."""
_CLOSED_IN_ROW: Final = 3
"""After so many messages one after the other at which the server closed (421), it is the server."""


class DeliveryError(Exception):
    """A message was not taken."""


class UnavailableError(DeliveryError):
    """The server cannot be used now: unreachable, no TLS, wrong password, refuses the sender, closes every time."""


class TemporaryError(DeliveryError):
    """Try this message again later; the server may even have taken it, if the connection broke at the end."""


class RefusedError(DeliveryError):
    """The address does not exist or refuses mail for good."""


class RejectedError(DeliveryError):
    """The server will not take this message for good, whoever it is for."""


class SmtpTransport:
    """Sends messages through one server; a context manager.

    Args:
        settings: Where and how.
        context: TLS context; the system's authorities if not given.

    Raises:
        ConfigError: No server or no sender is set.
    """

    def __init__(self, settings: SmtpSettings, *, context: ssl.SSLContext | None = None) -> None:
        if not settings.host:
            raise ConfigError("no mail server is set", hint="smtp.host, smtp.port, smtp.security; docs/digests.md")
        self._settings = settings
        self._context = context or ssl.create_default_context()
        self._sender = sender_address(settings)
        self._client: smtplib.SMTP | None = None
        self._sent = 0
        self._closed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def deliver(self, recipient: str, message: bytes) -> None:
        """Hand over one message; it returns once the server has taken it.

        Raises:
            DeliveryError: One of its kinds.
        """
        client = self._connected()
        self._check_size(client, message)
        try:
            self._say(client, recipient, message)
        except smtplib.SMTPServerDisconnected as error:
            self._drop()
            raise TemporaryError(f"the connection broke: {error}") from error
        except OSError as error:
            self._drop()
            raise TemporaryError(f"the connection failed: {error}") from error
        self._sent += 1
        self._closed = 0
        if self._sent >= self._settings.messages_per_connection:
            self.close()

    def check(self) -> None:
        """Connect and log in, and send nothing. Raises `UnavailableError` if the server cannot be used."""
        self._connected()
        self.close()

    def close(self) -> None:
        """Take leave of the server."""
        client, self._client, self._sent = self._client, None, 0
        if client is not None:
            try:
                client.quit()
            except (smtplib.SMTPException, OSError):
                client.close()

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            try:
                self._client = self._connect()
            except smtplib.SMTPAuthenticationError as error:
                raise UnavailableError(f"the server refuses the login: {_words(error.smtp_error)}") from error
            except (smtplib.SMTPException, ssl.SSLError, socket.gaierror, OSError) as error:
                where = f"{self._settings.host}:{self._settings.port}"
                raise UnavailableError(f"{where} cannot be used: {error}") from error
        return self._client

    def _connect(self) -> smtplib.SMTP:
        s = self._settings
        client: smtplib.SMTP
        if s.security == "tls":
            client = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout_s, context=self._context)
        else:
            client = smtplib.SMTP(s.host, s.port, timeout=s.timeout_s)
        try:
            if s.security == "starttls":
                # Raises where the server does not offer it: mail never falls back to plain text.
                client.starttls(context=self._context)
            if s.username:
                client.login(s.username, s.password)
            client.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError):
            client.close()
            raise
        return client

    def _check_size(self, client: smtplib.SMTP, message: bytes) -> None:
        announced = client.esmtp_features.get("size", "")
        limits = [self._settings.max_message_kb * 1024, int(announced) if announced.isdigit() else 0]
        limit = min(limit for limit in limits if limit > 0)
        if len(message) > limit:
            raise RejectedError(f"the message has {len(message)} bytes, the limit is {limit}")

    def _say(self, client: smtplib.SMTP, recipient: str, message: bytes) -> None:
        options = [f"size={len(message)}"] if "size" in client.esmtp_features else []
        self._check(client, client.mail(self._sender, options), UnavailableError)
        self._check(client, client.rcpt(recipient), RefusedError)
        try:
            answer = client.data(message)
        except smtplib.SMTPDataError as error:
            # The command itself is refused: nothing has gone over, whatever the code.
            self._check(client, (error.smtp_code, error.smtp_error), RejectedError)
            raise TemporaryError(f"{error.smtp_code} to DATA") from error
        self._check(client, answer, RejectedError)

    def _check(self, client: smtplib.SMTP, answer: tuple[int, bytes | str], permanent: type[DeliveryError]) -> None:
        code, words = answer[0], _words(answer[1])
        if 200 <= code < 300:
            return
        said = f"{code} {words}"
        if code == 421:
            self._drop()
            # It may be this recipient's rate that is limited: the others get a connection of their own.
            self._closed += permanent is not UnavailableError
            everyone = permanent is UnavailableError or self._closed >= _CLOSED_IN_ROW
            raise (UnavailableError if everyone else TemporaryError)(said)
        if code >= 500:
            _reset(client)
            raise _meaning(code, words, permanent)(said)
        _reset(client)
        raise TemporaryError(said)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client, self._sent = None, 0


def sender_address(settings: SmtpSettings) -> str:
    """The bare address of ``smtp.sender``. Raises `ConfigError` if there is none."""
    address = parseaddr(settings.sender)[1]
    if "@" not in address:
        raise ConfigError("no sender is set", hint='smtp.sender = "Cordwatch <digest@example.org>"')
    return address


def _meaning(code: int, words: str, permanent: type[DeliveryError]) -> type[DeliveryError]:
    if code in _NOT_THE_READERS_FAULT:
        return UnavailableError
    if permanent is RefusedError and words.startswith(_CONTENT_ENHANCED):
        return RejectedError
    return permanent


def _reset(client: smtplib.SMTP) -> None:
    try:
        client.rset()
    except (smtplib.SMTPException, OSError):
        client.close()


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:300]
