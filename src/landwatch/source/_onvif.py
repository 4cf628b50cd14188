"""ONVIF behind one adapter: finds cameras, and asks them who they are and what they offer.

Reading pictures needs none of this; it saves the person who adds a camera from guessing its addresses.
Whatever a camera says of addresses is turned to the host that was asked.

References:
    [1] ONVIF Core and Media specifications, and WS-Discovery 1.1. [2] onveef, which speaks them.
"""

from __future__ import annotations

import asyncio
import fcntl
import ipaddress
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from onveef import AsyncOnvifClient, OnvifAuthError, OnvifCredentials, OnvifError, OnvifTimeoutError
from onveef.models import SystemDateTime
from onveef.wsdiscovery import discover_async

from landwatch.clock import Clock
from landwatch.config import Secret
from landwatch.errors import ConfigError, SourceError
from landwatch.source._address import Address, checked, resolved, usable
from landwatch.source._told import HALF_SECOND, Told
from landwatch.source._trials import Offer

__all__ = ["About", "Device", "ask", "discover", "interfaces", "told"]

MOST_DEVICES = 1000
"""Answers to one search that are looked at."""

MOST_PROFILES = 8
"""Profiles of one camera that are asked for their addresses."""

LONGEST = 1 << 20
"""Longest answer of a camera. [byte]"""

SIOCGIFADDR = 0x8915
"""Linux's request for an interface's IPv4 address, netdevice(7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One camera that answered a search."""

    host: str
    port: int
    name: str = ""
    hardware: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a camera says of itself. Its serial number is nobody's business here."""

    manufacturer: str
    model: str
    firmware: str
    drift: timedelta | None
    """Its clock minus ours, to about a second."""
    offers: tuple[Offer, ...]


def address_of(interface: str) -> str:
    """Return the IPv4 address of a network interface; an address is taken as it is.

    Raises:
        ConfigError: if there is no such interface, naming those there are.
    """
    try:
        return str(ipaddress.IPv4Address(interface))
    except ValueError:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            told = fcntl.ioctl(asked, SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
        except OSError:
            known = ", ".join(name for _, name in socket.if_nameindex())
            raise ConfigError(
                f"no network interface {interface!r} with an IPv4 address; there are: {known}"
            ) from None
    return socket.inet_ntoa(told[20:24])


def interfaces() -> dict[str, str]:
    """Return the IPv4 addresses of this machine's network interfaces that have one, by their names."""
    found = {}
    for _, name in socket.if_nameindex():
        try:
            found[name] = address_of(name)
        except ConfigError:
            continue
    return found


async def discover(interface: str, seconds: float = 3.0) -> tuple[Device, ...]:
    """Search for cameras on one network interface, and nowhere else.

    Args:
        interface: its name or its IPv4 address.
        seconds: how long to listen. [s]

    Raises:
        ConfigError: if there is no such interface.
    """
    address = address_of(interface)
    found = (await discover_async(timeout_s=seconds, interface_ip=address))[:MOST_DEVICES]
    devices: dict[tuple[str, int], Device] = {}
    for one in found:
        try:
            parts = urlsplit(one.device_service or one.address)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            # What is named here is asked next, with a password: it must be an address, and a harmless one.
            allowed = usable(parts.hostname or "", allow_link_local=False)
        except ValueError:
            continue
        if parts.hostname and allowed:
            devices[parts.hostname, port] = Device(
                host=parts.hostname,
                port=port,
                name=one.name[:80],
                hardware=one.hardware[:80],
                location=one.location[:80],
            )
    return tuple(devices[key] for key in sorted(devices))


async def ask(
    host: str,
    clock: Clock,
    *,
    port: int = 80,
    user: str = "",
    password: Secret | None = None,
    timeout: float = 10.0,
    allow_link_local: bool = False,
) -> About:
    """Return what a camera says of itself, and what it offers.

    Raises:
        SourceError: if it does not answer, or not as ONVIF has it.
    """
    address = checked(f"http://{_bracketed(host)}:{port}/", ("http",), user, password)
    async with (
        _asked(address, timeout, allow_link_local) as options,
        AsyncOnvifClient(address.host, port, rewrite_host=True, **options) as camera,
    ):
        drift = await _drift(camera, clock)
        about = await camera.get_device_information()
        profiles = (await camera.get_profiles())[:MOST_PROFILES]
        # This one goes to the same, corrected services, but gives addresses as the camera wrote them: its
        # snapshots may be on another port than its services.
        async with AsyncOnvifClient(endpoint=camera.endpoint, rewrite_host=False, **options) as plain:
            offers = [offer for profile in profiles for offer in await _of(plain, profile, address.host)]
    return About(
        manufacturer=about.get("Manufacturer", "")[:80],
        model=about.get("Model", "")[:80],
        firmware=about.get("FirmwareVersion", "")[:80],
        drift=drift,
        offers=tuple(dict.fromkeys(offers)),
    )


async def told(host: str, port: int, *, timeout: float, allow_link_local: bool) -> Told | None:
    """Return what a camera tells of its clock to everybody; None if that is no time.

    Raises:
        SourceError: if it does not answer, or not as ONVIF has it.
    """
    loop = asyncio.get_running_loop()
    address = checked(f"http://{_bracketed(host)}:{port}/", ("http",), "", None)
    async with (
        _asked(address, timeout, allow_link_local) as options,
        asyncio.timeout(timeout),
        AsyncOnvifClient(address.host, port, rewrite_host=True, **options) as camera,
    ):
        asked = loop.time()
        clock: datetime | None = SystemDateTime.from_dict(await camera.get_system_date_time()).utc
        answered = loop.time()
    if clock is None:
        return None
    # As in a header, whole seconds: the middle is meant.
    half = HALF_SECOND
    return Told(clock + timedelta(seconds=half), (asked + answered) / 2, half + (answered - asked) / 2)


@asynccontextmanager
async def _asked(address: Address, timeout: float, allow_link_local: bool) -> AsyncIterator[dict[str, Any]]:
    """Give the options of a client for one camera, and translate its errors.

    Raises:
        SourceError: for every failure within.
    """
    await resolved(address.host, address.port, allow_link_local)
    shown, user = f"{address.host}:{address.port}", address.user
    try:
        yield {
            "credentials": OnvifCredentials(username=user, password=address.password),
            "timeout_s": timeout,
            "http_auth": "digest",
            "retries": 0,
            "max_response_bytes": LONGEST,
            "user_agent": "Landwatch",
        }
    except OnvifAuthError:
        why = "refuses the user or password" if user else "wants a user and a password"
        raise SourceError(f"ONVIF at {shown}: it {why}", kind="auth") from None
    except (OnvifTimeoutError, TimeoutError):
        raise SourceError(f"ONVIF at {shown}: no answer within {timeout:g} s", kind="timeout") from None
    except OnvifError as error:
        kind = "refused" if error.retryable or error.code == "onvif_transport_error" else "protocol"
        raise SourceError(f"ONVIF at {shown}: {str(error)[:200]}", kind=kind) from None
    except httpx.HTTPError as error:
        raise SourceError(
            f"ONVIF at {shown}: no connection: {type(error).__name__}", kind="refused"
        ) from None


async def _drift(camera: AsyncOnvifClient, clock: Clock) -> timedelta | None:
    before = clock.now()
    tells: datetime | None = SystemDateTime.from_dict(await camera.get_system_date_time()).utc
    after = clock.now()
    return None if tells is None else tells - (before + (after - before) / 2)


async def _of(camera: AsyncOnvifClient, profile: dict[str, Any], host: str) -> list[Offer]:
    """Return what one profile offers; what it refuses to tell is left out."""
    encoder = profile.get("video_encoder") or {}
    token = str(profile.get("token", ""))
    offers = []
    for kind, get in (("snapshot", camera.get_snapshot_uri), ("rtsp", camera.get_stream_uri)):
        try:
            url = _here(await get(profile_token=token), host)
        except OnvifAuthError:
            raise
        except OnvifError:
            continue
        schemes = ("http", "https") if kind == "snapshot" else ("rtsp", "rtsps")
        if url is None or urlsplit(url).scheme not in schemes:
            continue
        offers.append(
            Offer(
                kind=kind,
                url=url,
                profile=str(profile.get("name", ""))[:80],
                encoding="JPEG" if kind == "snapshot" else str(encoder.get("encoding", ""))[:20],
                width=_whole(encoder.get("width")),
                height=_whole(encoder.get("height")),
            )
        )
    return offers


def _here(url: str, host: str) -> str | None:
    """Return an address on the host that was asked, without credentials; None if it is none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    place = _bracketed(host) + (f":{port}" if port else "")
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
