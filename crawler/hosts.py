"""Which hosts are on this machine or its private network."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Host name of a URL, lower case; empty where there is none."""
    return (urlsplit(url).hostname or "").rstrip(".")


def is_private_name(host: str) -> bool:
    """Whether a host is private by its name alone: ``localhost``, ``10.0.0.1``."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return is_private_address(host)
    except ValueError:
        return False


def is_private_address(address: str) -> bool:
    """Whether an IP address is not one of the public internet. Raises `ValueError` where it is no address."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


async def resolves_to_private(host: str) -> bool:
    """Whether any address of a host is private; a host that cannot be resolved is left to the download to report."""
    if is_private_name(host):
        return True
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    return any(is_private_address(str(entry[4][0])) for entry in found)


def any_public(urls: Iterable[str]) -> bool:
    """Whether any URL lies outside this machine and its network, by its name."""
    return any(host and not is_private_name(host) for host in map(host_of, urls))
