"""How the server is let know who asks, and whose certificate is believed."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records.errors import ConfigError

if TYPE_CHECKING:
    from config.settings import IndexSettings


def access(settings: IndexSettings) -> dict[str, Any]:
    """What the client needs to be let in, as arguments of ``Elasticsearch``.

    Raises:
        ConfigError: A file is missing or empty, or holds something else; a user has no password.
    """
    found: dict[str, Any] = {}
    if key := _secret("index.api_key", settings.api_key, settings.api_key_file):
        if not (key.isascii() and key.isprintable()):
            raise ConfigError("index.api_key holds a line break, or a sign that no key has")
        found["api_key"] = key
    elif settings.username:
        password = _secret("index.password", settings.password, settings.password_file)
        if not password:
            raise ConfigError(
                "index.username is set without a password", hint="CORDWATCH_INDEX_PASSWORD, or index.password_file"
            )
        pair = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
        found["headers"] = {"authorization": f"Basic {pair}"}
    if settings.ca_file:
        found["ca_certs"] = _authority(settings.ca_file)
    return found


def _secret(name: str, value: str, file: Path | None) -> str:
    if value or file is None:
        return value
    try:
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_file: {error}") from error
    if not found:
        # Without it the server would be asked as nobody, and answer as if there were no such setting.
        raise ConfigError(f"{name}_file: {file} is empty")
    return found


def _authority(file: Path) -> str:
    if not file.is_file():
        raise ConfigError(f"index.ca_file: there is no file {file}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError as error:
        raise ConfigError(
            f"index.ca_file: {file} holds no certificate in PEM", hint="-----BEGIN CERTIFICATE----- begins one"
        ) from error
    except OSError as error:
        raise ConfigError(f"index.ca_file: {error}") from error
    return str(file)
