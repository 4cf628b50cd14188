"""Outlet: posts each message as JSON to an address.

The header `Idempotency-Key` [1] is the message's key, the same at each attempt. Any answer of 200 to 299
counts as taken; redirections are not followed. Plain HTTP is only for this machine, or for hosts that the
settings name. With a secret each post is signed [2]: the receiver can tell that it is ours, whole, and not an
old one sent again.

References:
    [1] J. Jena and S. Dalal, "The Idempotency-Key HTTP Header Field", IETF draft
        draft-ietf-httpapi-idempotency-key-header.
    [2] Standard Webhooks, "Specification 1.0.0", standardwebhooks.com: `webhook-id`, `webhook-timestamp` and
        `webhook-signature` of HMAC-SHA256.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import aiohttp

from landwatch.clock import SystemClock
from landwatch.config import Secret
from landwatch.errors import ConfigError, PublishError
from landwatch.types import Message

__all__ = ["Settings", "deliver", "post"]

LEAST_SECRET = 24
"""Of the bytes that sign, as [2] asks for. [byte]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to post, and who may be trusted with plain HTTP."""

    url: str
    """https://..., or http://... where the host is this machine or named in `plain_hosts`."""
    token: Secret | None = None
    """Sent as `Authorization: Bearer ...`."""
    secret: Secret | None = None
    """Signs each post: whsec_ and at least 24 bytes in base64, as the receiver's library has it."""
    timeout: float = 10.0
    """For the whole of one attempt. [s]"""
    plain_hosts: tuple[str, ...] = ()
    """Hosts that may be reached without encryption."""

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("url: an address starts with https:// or http:// and names a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError('url: no password belongs into an address; use token = { env = "NAME" }')
        if parts.scheme == "http" and not _may_be_plain(parts.hostname, self.plain_hosts):
            raise ValueError(
                f"url: {parts.hostname} would be told over plain HTTP; use https, or write "
                f'plain_hosts = ["{parts.hostname}"]'
            )
        if not 0.0 < self.timeout <= 300.0:
            raise ValueError(f"timeout = {self.timeout}: allowed are more than 0 and at most 300 s")
        if self.token is not None:
            self.token.reveal()  # a missing secret stops the start, not the first message
        if self.secret is not None:
            _key(self.secret)


async def deliver(message: Message, settings: Settings) -> None:
    """Post a message.

    Raises:
        PublishError: if it was not taken; the text names the host but neither path nor token.
    """
    await post(message.body.encode(), "application/json", message.key, settings)


async def post(content: bytes, media_type: str, key: str, settings: Settings) -> None:
    """Post content of some media type under an idempotency key.

    Raises:
        PublishError: if it was not taken; the text names the host but neither path nor token.
    """
    headers = {"Content-Type": media_type, "Idempotency-Key": key}
    try:
        if settings.token is not None:
            headers["Authorization"] = f"Bearer {settings.token.reveal().get_secret_value()}"
        if settings.secret is not None:
            headers |= _signed(content, key, _key(settings.secret))
    except (ConfigError, ValueError) as error:
        raise PublishError(str(error)) from None
    host = _split(settings.url).hostname
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.timeout)) as session,
            session.post(settings.url, data=content, headers=headers, allow_redirects=False) as answer,
        ):
            if not 200 <= answer.status <= 299:
                raise PublishError(f"{host} answered {answer.status} {answer.reason or ''}".strip())
    except TimeoutError:
        raise PublishError(f"{host} did not answer within {settings.timeout:g} s") from None
    except aiohttp.ClientConnectorError as error:
        raise PublishError(f"{host} cannot be reached: {error.os_error.strerror or 'refused'}") from None
    except (aiohttp.ClientError, OSError) as error:
        raise PublishError(f"{host} could not be told: {type(error).__name__}") from None


def _signed(content: bytes, name: str, key: bytes) -> dict[str, str]:
    """Return the headers that sign a post at this moment."""
    stamp = str(int(SystemClock().now().timestamp()))
    signature = hmac.digest(key, f"{name}.{stamp}.".encode() + content, hashlib.sha256)
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _key(secret: Secret) -> bytes:
    told = secret.reveal().get_secret_value().removeprefix("whsec_")
    try:
        key = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("secret: write whsec_ and the bytes that sign in base64") from None
    if len(key) < LEAST_SECRET:
        raise ValueError(f"secret: {len(key)} bytes sign nothing safely; take at least {LEAST_SECRET}")
    return key


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("url: this is no address") from None


def _may_be_plain(host: str, named: tuple[str, ...]) -> bool:
    if host == "localhost" or host in named:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
