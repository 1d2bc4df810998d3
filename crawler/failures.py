"""How requests fail, and how that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.items import Payload
from records.errors import SourceError

if TYPE_CHECKING:
    from scrapy.http import Request
    from twisted.python.failure import Failure


_PLAIN: Final = {
    CannotResolveHostError: "the host's name cannot be resolved",
    DownloadCancelledError: "the answer is longer than crawl.max_response_mb",
    DownloadConnectionRefusedError: "the connection was refused",
    DownloadFailedError: "the connection broke",
    DownloadTimeoutError: "no whole answer within crawl.timeout_s",
    ResponseDataLossError: "the answer was cut short",
}


class RefusedError(SourceError):
    """The provider says no, and would say so again."""


class NotAskedError(SourceError):
    """A request that was only written down: nothing is asked in a dry run."""


class UnreadableError(SourceError):
    """An answer with status 200 that is not what was asked for, in spite of retries.

    Args:
        message: What is wrong with it.
        payload: The answer, without secrets.
    """

    def __init__(self, message: str, payload: Payload) -> None:
        super().__init__(message)
        self.payload = payload


def describe_failure(failure: Failure) -> str:
    """Method, address and what went wrong, in a line."""
    request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy adds it
    where = f"{request.method} {request.url}"
    error = failure.value
    if isinstance(error, HttpError):
        return f"{where}: HTTP {error.response.status}{tries(request)}"
    return f"{where}: {say(error)}{tries(request)}"


def say(error: BaseException | None) -> str:
    """Why a download failed, in words of ours where there are some."""
    if _is_distrust(error):
        return "its certificate is not to be trusted: expired, for another name, or of no known issuer"
    for kind, words in _PLAIN.items():
        if isinstance(error, kind):
            return words
    text = str(error) if isinstance(error, IgnoreRequest) else f"{type(error).__name__} {error}"
    return text.replace("DOWNLOAD_MAXSIZE", "crawl.max_response_mb")


def _is_distrust(error: BaseException | None) -> bool:
    """Whether the connection was ended because of the other side's certificate."""
    reasons = getattr(error.__cause__, "reasons", ()) if error else ()
    return any("certificate" in repr(reason.value).lower() for reason in reasons)


def tries(request: Request) -> str:
    """How often a request was tried, for a message; empty if once."""
    retries = request.meta.get("retry_times", 0)
    return f", tried {retries + 1} times" if retries else ""
