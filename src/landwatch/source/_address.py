"""Addresses of cameras: without secrets in them, and never where a camera must not send us.

A camera is not trusted. What it names (a redirect, a control URL, a stream's address) is followed only on
the host that the user named, and nothing is ever asked of link-local or metadata addresses unless the
user allows it: that is where clouds keep the keys of their machines.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

from landwatch.config import Secret
from landwatch.errors import ConfigError, SourceError

__all__ = ["Address", "checked", "is_numeric", "resolved", "secretless", "slot", "usable"]

METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")
)
"""Where clouds answer with credentials: most of them, Alibaba's, and Amazon's over IPv6."""

SECRET_KEYS = re.compile(r"^(?:pass(?:word|wd|wrd)?|pwd|psw|auth|token|secret|loginpas)$", re.IGNORECASE)

PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}

PER_HOST = 4
"""Connections that one host is asked to open at the same time: recorders with many channels choke on more.
This machine itself is not counted."""

KNOWN = 1 << 14
"""Hosts of which is remembered what their addresses are: they are asked again every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A camera's address and who asks."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    """Path and query, with the placeholders filled: may hold a secret."""
    path: str
    """Path alone, for people."""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The address for messages: no query, no credential."""
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}{self.path}"

    @property
    def url(self) -> str:
        """The address for the wire: no credential but those that the user put into its query."""
        port = "" if PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{_bracketed(self.host)}{port}{self.target}"

    def same_place(self, url: str) -> bool:
        """Return whether a URL leads to this scheme, host and port."""
        try:
            there = urlsplit(url)
            port = there.port
        except ValueError:
            return False
        host = (there.hostname or "").lower()
        return (there.scheme, host, port or PORTS.get(there.scheme)) == (self.scheme, self.host, self.port)


def checked(url: str, schemes: tuple[str, ...], user: str, password: Secret | None) -> Address:
    """Return an address that the user wrote, in parts.

    `{user}` and `{password}` in its query are filled in, for cameras that know no other way to log in.

    Raises:
        ConfigError: if it is none, or has a credential in it.
    """
    parts = secretless(url)
    if parts.scheme not in schemes:
        raise ConfigError(f"the address begins with {parts.scheme!r}; it may begin with {', '.join(schemes)}")
    revealed = password.reveal().get_secret_value() if password else ""
    query = parts.query.replace("{user}", quote(user, safe=""))
    query = query.replace("{password}", quote(revealed, safe=""))
    path = parts.path or "/"
    return Address(
        scheme=parts.scheme,
        host=(parts.hostname or "").lower(),
        port=parts.port or PORTS[parts.scheme],
        target=urlunsplit(("", "", path, query, "")),
        path=path,
        user=user,
        password=revealed,
    )


def secretless(url: str) -> SplitResult:
    """Return an address in parts, which may be shown and kept as it is.

    Raises:
        ConfigError: if it is none, names no host, or has a credential in it.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError("the address is no URL; write it as http://HOST/PATH") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"the address of {parts.hostname} has a user or password in it; leave them out and write "
            f'user = "NAME" and password = {{ env = "VARIABLE" }} beside it'
        )
    if not parts.hostname:
        raise ConfigError("the address names no host; write it as http://HOST/PATH, onvif://HOST or another")
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if SECRET_KEYS.match(key) and value != "{password}":
            raise ConfigError(
                f"the address of {parts.hostname} has a secret in {key!r}; write {key}={{password}} there "
                f'and password = {{ env = "VARIABLE" }} beside it'
            )
    if any(character in url for character in "\r\n \t"):
        raise ConfigError(f"the address of {parts.hostname} has a space or a line break in it")
    return parts


@lru_cache(KNOWN)
def usable(ip: str, allow_link_local: bool) -> bool:
    """Return whether an IP address may be asked for a picture."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_multicast or address.is_unspecified:
        return False
    return allow_link_local or not (address.is_link_local or address in METADATA)


@lru_cache(KNOWN)
def is_numeric(host: str) -> bool:
    """Return whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


async def resolved(host: str, port: int, allow_link_local: bool) -> list[str]:
    """Return the IP addresses of a host that may be asked.

    Raises:
        SourceError: if there are none.
    """
    addresses = [host] if is_numeric(host) else await _looked_up(host, port)
    allowed = [ip for ip in addresses if usable(ip, allow_link_local)]
    if not allowed:
        raise SourceError(
            f"{host} is {addresses[0]}, a link-local or metadata address; "
            f"if a camera really is there, write allow_link_local = true",
            kind="refused",
        )
    return allowed


async def _looked_up(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"the name {host} has no address: {error}", kind="refused") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()


@asynccontextmanager
async def slot(host: str) -> AsyncIterator[None]:
    """Hold one of the `PER_HOST` connections that a host is asked to open at the same time."""
    if _is_here(host):
        yield
        return
    gates = _slots.setdefault(asyncio.get_running_loop(), {})
    async with gates.setdefault(host, asyncio.Semaphore(PER_HOST)):
        yield


@lru_cache(KNOWN)
def _is_here(host: str) -> bool:
    return host == "localhost" or (
        is_numeric(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
