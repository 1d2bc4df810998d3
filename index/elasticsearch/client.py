"""The connection to the server, and its failures said so that a person can act on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any, Final

import msgspec
from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import (
    ApiError,
    AuthenticationException,
    ConnectionTimeout,
    Elasticsearch,
    SSLError,
    TransportError,
    UnsupportedProductError,
)
from elasticsearch.serializer import JsonSerializer

from index.elasticsearch.access import access
from index.elasticsearch.sized import SizedElasticsearch
from records.errors import ConfigError, IndexStaleError, IndexUnavailableError, QueryError

if TYPE_CHECKING:
    from config.settings import IndexSettings

OLDEST: Final = (8, 19)
"""First version that has all that is used here."""
_RETRIED: Final = (502, 503, 504)
"""An overloaded server (429) is not among them: the transport would ask it again at once."""
_TOO_MUCH: Final = ("x_content_parse_exception", "too_many_clauses", "too_many_nested", "maxClauseCount")
_BEHIND: Final = (502, 504)
"""What a proxy answers for a server that it does not reach."""
_PAGE: Final = re.compile(r"<(?:!doctype|html|head|title)\b", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_LATER: Final = "Nothing is lost: run it again; `cordwatch index` goes on where it ended"


class OlderNode(Urllib3HttpNode):
    """Speaks to servers of version 8: the client's own media types name version 9, which they do not know."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> Any:
        """As every node does, with the older version in the headers."""
        older = {name: said.replace("compatible-with=9", "compatible-with=8") for name, said in (headers or {}).items()}
        return super().perform_request(method, target, body, HttpHeaders(older), request_timeout)


class MsgspecSerializer(JsonSerializer):
    """JSON by msgspec: vectors are most of what is sent."""

    def json_dumps(self, data: Any) -> bytes:
        """Encode."""
        return msgspec.json.encode(data)

    def json_loads(self, data: bytes) -> Any:
        """Decode."""
        return msgspec.json.decode(data)


def connect(settings: IndexSettings) -> tuple[Elasticsearch, tuple[int, int]]:
    """A client of the server that the settings name, and the server's version: it is asked who it is.

    Raises:
        IndexUnavailableError: It cannot be reached or refuses.
        IndexStaleError: It is too old.
    """
    _check(settings)
    client = _client(settings)
    with ExitStack() as held:
        held.callback(client.close)
        try:
            version = server_version(client, settings.url)
        except IndexUnavailableError as error:
            if "media_type_header" not in error.message:
                raise
            client = _client(settings, node_class=OlderNode)
            held.callback(client.close)
            version = server_version(client, settings.url)
            # The first one is of no use any more; this one goes to the caller.
            held.pop_all()
        else:
            held.pop_all()
    return client, version


def _client(settings: IndexSettings, **more: Any) -> Elasticsearch:
    with told(settings.url):
        try:
            return SizedElasticsearch(
                [node.strip() for node in settings.url.split(",")],
                request_timeout=settings.timeout_s,
                max_retries=settings.retries,
                retry_on_status=_RETRIED,
                retry_on_timeout=True,
                serializers={JsonSerializer.mimetype: MsgspecSerializer()},
                **access(settings),
                **more,
            )
        except ValueError as error:
            raise IndexUnavailableError(f"index.url: {error}", hint="https://host:9200") from error


def _check(settings: IndexSettings) -> None:
    """Raises `ConfigError` for settings with which no request could go well; a secret is never repeated."""
    if "@" in settings.url:
        raise ConfigError(
            "index.url holds a user or a password, which would be shown with it",
            hint="set index.username and CORDWATCH_INDEX_PASSWORD",
        )
    if "?" in settings.url or "#" in settings.url:
        raise ConfigError("index.url holds a query string, which would be shown with it", hint="https://host:9200")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,100}", settings.prefix):
        raise ConfigError(f"index.prefix: {settings.prefix!r} is no name", hint="small letters, digits, - and _")
    if settings.timeout_s <= 0 or settings.retries < 0 or settings.shards < 1 or settings.replicas < 0:
        raise ConfigError("index.timeout_s and shards must be above 0, index.retries and replicas not below it")
    if (settings.password or settings.password_file) and not settings.username and not settings.api_key:
        raise ConfigError("index.password is set without index.username")


def server_version(client: Elasticsearch, url: str) -> tuple[int, int]:
    """The server's version. Raises `IndexStaleError` where it is too old."""
    with told(url):
        number = str(client.info()["version"]["number"])
    version = _version(number)
    if version < OLDEST:
        raise IndexStaleError(
            f"{url} is Elasticsearch {number}; Cordwatch needs {'.'.join(map(str, OLDEST))} or newer",
            hint="upgrade the cluster, or unset index.url for the embedded index",
        )
    return version


def _version(number: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", number)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@contextmanager
def told(url: str) -> Iterator[None]:
    """Say failures of the server as ours.

    Raises:
        IndexUnavailableError: With what to do.
    """
    try:
        yield
    except UnsupportedProductError as error:
        raise IndexUnavailableError(f"{url} is not Elasticsearch", hint="see index.url") from error
    except SSLError as error:
        if "WRONG_VERSION_NUMBER" in _short(error) or "RECORD_LAYER_FAILURE" in _short(error):
            raise IndexUnavailableError(
                f"{url}: the server does not speak TLS on this port", hint="index.url may have to begin with http://"
            ) from error
        raise _untrusted(url, _short(error)) from error
    except ConnectionTimeout as error:
        raise IndexUnavailableError(f"{url} did not answer in time", hint=f"{_LATER}; see index.timeout_s") from error
    except AuthenticationException as error:
        raise IndexUnavailableError(
            f"{url} does not accept the credentials: {_reason(401, error.body)}",
            hint="CORDWATCH_INDEX_API_KEY, or index.username and CORDWATCH_INDEX_PASSWORD; an API key may have expired",
        ) from error
    except ApiError as error:
        raise refused(url, error.meta.status, error.body) from error
    except TransportError as error:
        raise IndexUnavailableError(
            f"cannot reach Elasticsearch at {url}: {_short(error)}",
            hint=f"start it, or see index.url (https?). {_LATER}",
        ) from error


def _untrusted(url: str, said: str) -> IndexUnavailableError:
    if "hostname" in said.lower() or "IP address mismatch" in said:
        return IndexUnavailableError(
            f"{url}: its certificate is for another name: {said}",
            hint="index.url must name the server as its certificate does",
        )
    return IndexUnavailableError(
        f"{url}: its certificate is not trusted: {said}",
        hint="index.ca_file names the certificate of the authority that signed it",
    )


def refused(url: str, status: int, body: Any) -> IndexUnavailableError | QueryError:
    """What to say of an answer that is an error, also of one of several in ``_msearch``.

    Args:
        url: For messages.
        status: Of HTTP.
        body: JSON as read; else text.
    """
    reason = _reason(status, body)
    if any(sign in reason for sign in _TOO_MUCH):
        return QueryError("the query has more parts, or parts within parts, than the server takes", hint="shorten it")
    if "search_context_missing" in reason:
        return IndexUnavailableError(
            f"{url} has forgotten how far this had read: it was restarted, or the next page was asked for too late",
            hint="run it again",
        )
    if "index_closed_exception" in reason:
        return IndexUnavailableError(f"{url}: somebody has closed the index", hint="POST /NAME/_open on the server")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return IndexUnavailableError(
            f"{url} takes no request that long: {reason}",
            hint="raise client_max_body_size of the proxy before it (nginx), or http.max_content_length of the server",
        )
    if status in _BEHIND or (status == HTTPStatus.SERVICE_UNAVAILABLE and not isinstance(body, dict)):
        return IndexUnavailableError(
            f"{url}: the server behind it does not answer: {status} {reason}", hint=f"start it. {_LATER}"
        )
    if "read-only" in reason or "read_only" in reason:
        return read_only(url, reason)
    if status == HTTPStatus.FORBIDDEN:
        return IndexUnavailableError(
            f"{url}: the credentials do not allow this: {reason}", hint="docs/elasticsearch.md lists what is needed"
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return IndexUnavailableError(f"{url} is overloaded: {reason}", hint=_LATER)
    if status == HTTPStatus.SERVICE_UNAVAILABLE or "no_shard_available" in reason or "all shards failed" in reason:
        return IndexUnavailableError(
            f"{url}: the index cannot be read or written now, shards are missing: {reason}",
            hint=f"GET _cat/shards says which. {_LATER}",
        )
    return IndexUnavailableError(f"{url} answered {status}: {reason}")


def read_only(url: str, reason: str) -> IndexUnavailableError:
    """What is said of an index that the server has closed for writing."""
    return IndexUnavailableError(
        f"{url}: the index is read-only, most often because a disk is full (flood stage): {reason}",
        hint=f"make room; the server opens it again by itself. {_LATER}",
    )


def _reason(status: int, body: Any) -> str:
    """The server's own words, or the title of the page that a proxy shows in their place."""
    if isinstance(body, dict) and isinstance(said := body.get("error"), dict):
        causes = [said, *said.get("root_cause", [])]
        words = dict.fromkeys(f"{one.get('type', '')}: {one.get('reason', '')}" for one in causes)
        return "; ".join(words)[:500]
    text = str(body or "")
    if _PAGE.search(text):
        title = _TITLE.search(text)
        text = f"{' '.join(title[1].split()) if title else 'a page'} (not Elasticsearch's own answer)"
    lines = text.strip().removeprefix(str(status)).strip().splitlines()
    return lines[0][:300] if lines else responses.get(status, "no reason given")


def _short(error: TransportError) -> str:
    return str(error.message).splitlines()[0][:300]
