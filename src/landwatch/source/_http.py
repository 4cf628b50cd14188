"""One camera over HTTP: kept alive, bounded in bytes and time, given a password where it wants one."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from landwatch.errors import SourceError
from landwatch.source._address import Address, is_numeric, resolved, slot
from landwatch.source._auth import Login
from landwatch.source._told import HALF_SECOND, Told, by_date, http_date
from landwatch.types import Drift

__all__ = ["Http", "stated_time", "tls", "what_came"]

REDIRECTS = 3
"""Followed on the camera's own host: some send / to /cgi-bin/."""

USER_AGENT = "Landwatch"

HEAD = 2048
"""Bytes of an answer that is no picture that are looked at, to say what it is. [byte]"""

CHUNK = 1 << 16

LATELY_S = 60.0
"""What an answer told of the clock counts for so long: a stream's answer may be of last week. [s]"""


def tls(fingerprint: str, insecure: bool) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
    """Return how a camera's certificate is judged: by its SHA-256, not at all, or as any server's."""
    if fingerprint:
        return aiohttp.Fingerprint(bytes.fromhex(fingerprint.replace(":", "")))
    return not insecure


class _Resolver(AbstractResolver):
    """Refuses names that lead to addresses which must not be asked."""

    def __init__(self, allow_link_local: bool) -> None:
        self._allow = allow_link_local

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await resolved(host, port, self._allow)
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=10 if ":" in ip else 2, proto=0, flags=0)
            for ip in found
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


class Http:
    """A kept-alive connection to one camera."""

    def __init__(
        self,
        address: Address,
        *,
        timeout: float,
        fingerprint: str = "",
        insecure: bool = False,
        allow_link_local: bool = False,
    ) -> None:
        """Prepare a connection; `timeout` is for connecting, the first byte and between bytes. [s]"""
        self.address = address
        self.timeout = timeout
        self._allow = allow_link_local
        self._tls = tls(fingerprint, insecure)
        self._login = Login(address.user, address.password)
        self._session: aiohttp.ClientSession | None = None
        self._told: Told | None = None

    async def __aenter__(self) -> Http:
        connector = aiohttp.TCPConnector(
            limit=2,
            ssl=self._tls,
            resolver=_Resolver(self._allow),
            use_dns_cache=False,
            keepalive_timeout=75.0,
        )
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self.timeout, sock_read=self.timeout)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=limits,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @asynccontextmanager
    async def get(self) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give the camera's answer with status 200, its body unread.

        Raises:
            SourceError: for everything else, also while the body is read within.
        """
        shown = self.address.shown
        if is_numeric(self.address.host):
            # aiohttp asks no resolver about an address that is written in numbers.
            await resolved(self.address.host, self.address.port, self._allow)
        try:
            async with slot(self.address.host):
                response = await self._ask()
            try:
                yield response
            finally:
                # A body that was read to its end has given its connection back already; any other is cut.
                response.close()
        except TimeoutError:
            raise SourceError(f"{shown}: nothing came for {self.timeout:g} s", kind="timeout") from None
        except aiohttp.ServerFingerprintMismatch:
            raise SourceError(
                f"{shown}: its certificate is not the one of fingerprint", kind="auth"
            ) from None
        except aiohttp.ClientConnectorCertificateError:
            raise SourceError(
                f"{shown}: its certificate is not trusted; write its SHA-256 as fingerprint", kind="auth"
            ) from None
        except aiohttp.ClientPayloadError:
            raise SourceError(f"{shown}: the answer was cut short", kind="protocol") from None
        except aiohttp.ClientConnectorError as error:
            raise SourceError(f"{shown}: no connection: {error.os_error.strerror}", kind="refused") from None
        except (aiohttp.ServerDisconnectedError, ConnectionError):
            raise SourceError(f"{shown}: it closed the connection", kind="ended") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise SourceError(f"{shown}: no HTTP that can be read: {type(error).__name__}") from None

    async def _ask(self) -> aiohttp.ClientResponse:
        assert self._session is not None
        loop = asyncio.get_running_loop()
        target, redirects = self.address.target, 0
        while True:
            headers = {}
            authorization = self._login.answer("GET", target)
            if authorization:
                headers["Authorization"] = authorization
            url = URL(urljoin(self.address.url, target), encoded=True)
            asked = loop.time()
            async with asyncio.timeout(self.timeout * 2):
                response = await self._session.get(url, headers=headers, allow_redirects=False)
            if response.status == 200:
                # What a cache in between kept tells an old time.
                kept = response.headers.get("Age", "0") != "0"
                date = "" if kept else response.headers.get("Date", "")
                self._told = by_date(date, asked, loop.time())
                return response
            response.close()
            if response.status == 401:
                if self._login.asked(response.headers.getall("WWW-Authenticate", [])):
                    continue
                why = "refuses the user or password" if self.address.user else "wants a user and a password"
                raise SourceError(f"{self.address.shown}: it {why} (401)", kind="auth")
            if response.status in (301, 302, 303, 307, 308):
                target = self._redirected(url, response)
                redirects += 1
                if redirects > REDIRECTS:
                    raise SourceError(f"{self.address.shown}: more than {REDIRECTS} redirects")
                continue
            kind = {403: "auth", 404: "missing"}.get(response.status, "protocol")
            raise SourceError(f"{self.address.shown}: it answered {response.status}", kind=kind)

    def _redirected(self, url: URL, response: aiohttp.ClientResponse) -> str:
        there = urljoin(str(url), response.headers.get("Location", ""))
        if not self.address.same_place(there):
            host = urlsplit(there).hostname
            raise SourceError(
                f"{self.address.shown}: it redirects to {host!r} or another port, which is not followed; "
                f"write the address that it should have"
            )
        parts = urlsplit(there)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def drift(self, now: datetime) -> Drift | None:
        """Return how far the camera's clock is from ours, which shows `now`; None if none told lately."""
        at = asyncio.get_running_loop().time()
        if self._told is None or at - self._told.at > LATELY_S:
            return None
        return self._told.drift(now, at)

    async def body(self, response: aiohttp.ClientResponse, megabytes: float) -> bytearray:
        """Return a whole body.

        Raises:
            SourceError: if it is longer than `megabytes` [1e6 byte] or takes three times the time-out.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(3 * self.timeout) as whole:
                async for chunk in response.content.iter_chunked(CHUNK):
                    body += chunk
                    if len(body) > megabytes * 1e6:
                        raise SourceError(
                            f"{self.address.shown}: a picture beyond {megabytes:g} MB (limits.megabytes)"
                        )
        except TimeoutError:
            if whole.expired():
                raise SourceError(
                    f"{self.address.shown}: one picture took more than {3 * self.timeout:g} s", kind="timeout"
                ) from None
            raise
        return body


def stated_time(response: aiohttp.ClientResponse) -> datetime | None:
    """Return when the camera says, by its own clock, that the picture was made, or None."""
    made = http_date(response.headers.get("Last-Modified", ""))
    return None if made is None else made + timedelta(seconds=HALF_SECOND)


def what_came(body: bytes | bytearray, response: aiohttp.ClientResponse) -> str:
    """Say what an answer is that is no picture."""
    head = bytes(body[:HEAD])
    title = re.search(rb"<title[^>]*>([^<]{1,60})", head, re.IGNORECASE)
    if b"<html" in head.lower() or b"<!doctype html" in head.lower():
        name = f" titled {title[1].decode('utf-8', 'replace').strip()!r}" if title else ""
        return f"an HTML page{name}, not a picture; is the path that of a snapshot?"
    kind = response.headers.get("Content-Type", "nothing")[:60]
    return f"{len(body)} bytes of {kind!r}, not a JPEG; starts {head[:4].hex() or 'with nothing'}"
