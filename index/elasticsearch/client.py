"""The connection to the server, and its failures said so that a person can act on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    Elasticsearch,
    SSLError,
    TransportError,
    UnsupportedProductError,
)
from elasticsearch.serializer import JsonSerializer

from records.errors import ConfigError, IndexStaleError, IndexUnavailableError

if TYPE_CHECKING:
    from config.settings import IndexSettings

OLDEST: Final = (8, 19)
"""First version that has all that is used here."""
_RETRIED: Final = (429, 502, 503, 504)
_LATER: Final = "Nothing is lost: `cordwatch index` goes on where this ended"


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
    with told(settings.url):
        try:
            client = Elasticsearch(
                [node.strip() for node in settings.url.split(",")],
                request_timeout=settings.timeout_s,
                max_retries=settings.retries,
                retry_on_status=_RETRIED,
                retry_on_timeout=True,
                serializers={JsonSerializer.mimetype: MsgspecSerializer()},
                **_access(settings),
            )
        except ValueError as error:
            raise IndexUnavailableError(f"index.url: {error}", hint="https://host:9200") from error
    with ExitStack() as held:
        held.callback(client.close)
        version = server_version(client, settings.url)
        held.pop_all()
    return client, version


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


def _access(settings: IndexSettings) -> dict[str, Any]:
    """What the client needs to be let in."""
    access: dict[str, Any] = {}
    if key := _secret("index.api_key", settings.api_key, settings.api_key_file):
        access["api_key"] = key
    elif settings.username:
        password = _secret("index.password", settings.password, settings.password_file)
        access["basic_auth"] = (settings.username, password)
    if settings.ca_file:
        if not settings.ca_file.is_file():
            raise ConfigError(f"index.ca_file: there is no file {settings.ca_file}")
        access["ca_certs"] = str(settings.ca_file)
    return access


def _secret(name: str, value: str, file: Path | None) -> str:
    if value or file is None:
        return value
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_file: {error}") from error


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
        raise IndexUnavailableError(
            f"{url}: its certificate is not trusted: {_short(error)}",
            hint="index.ca_file names the certificate of the authority that signed it",
        ) from error
    except ConnectionTimeout as error:
        raise IndexUnavailableError(f"{url} did not answer in time", hint=f"{_LATER}; see index.timeout_s") from error
    except AuthenticationException as error:
        raise IndexUnavailableError(
            f"{url} does not accept the credentials: {_reason(error)}",
            hint="CORDWATCH_INDEX_API_KEY, or index.username and CORDWATCH_INDEX_PASSWORD; an API key may have expired",
        ) from error
    except ApiError as error:
        raise _refused(url, error) from error
    except TransportError as error:
        raise IndexUnavailableError(
            f"cannot reach Elasticsearch at {url}: {_short(error)}", hint=f"start it, or see index.url. {_LATER}"
        ) from error


def _refused(url: str, error: ApiError) -> IndexUnavailableError:
    reason = _reason(error)
    if "read-only" in reason or "read_only" in reason:
        return read_only(url, reason)
    if isinstance(error, AuthorizationException):
        return IndexUnavailableError(
            f"{url}: the credentials do not allow this: {reason}", hint="docs/elasticsearch.md lists what is needed"
        )
    if error.meta.status == 429:
        return IndexUnavailableError(f"{url} is overloaded: {reason}", hint=_LATER)
    if error.meta.status == 503 or "no_shard_available" in reason or "all shards failed" in reason:
        return IndexUnavailableError(
            f"{url}: the index cannot be read or written now, shards are missing: {reason}",
            hint=f"GET _cluster/health says which. {_LATER}",
        )
    return IndexUnavailableError(f"{url} answered {error.meta.status}: {reason}")


def read_only(url: str, reason: str) -> IndexUnavailableError:
    """What is said of an index that the server has closed for writing."""
    return IndexUnavailableError(
        f"{url}: the index is read-only, most often because a disk is full (flood stage): {reason}",
        hint=f"make room; the server opens it again by itself. {_LATER}",
    )


def _reason(error: ApiError) -> str:
    """The server's own words."""
    body = error.body
    if isinstance(body, dict) and isinstance(said := body.get("error"), dict):
        causes = [said, *said.get("root_cause", [])]
        words = dict.fromkeys(f"{one.get('type', '')}: {one.get('reason', '')}" for one in causes)
        return "; ".join(words)[:500]
    return str(body or error.message)[:500]


def _short(error: TransportError) -> str:
    return str(error.message).splitlines()[0][:300]
