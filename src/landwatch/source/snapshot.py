"""Cameras that answer one HTTP request with one JPEG."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from landwatch.config import Secret
from landwatch.errors import SourceError
from landwatch.source._address import checked
from landwatch.source._feed import Feed, name_of
from landwatch.source._http import Http, stated_time, what_came
from landwatch.source._onvif_clock import OnvifClock
from landwatch.source._told import apparent
from landwatch.types import Frame

__all__ = ["LIVE", "Settings", "frames"]

LIVE = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the camera is, and how to ask it."""

    url: str
    """http:// or https://, without credentials; `{user}` and `{password}` in its query are filled in."""
    user: str = ""
    password: Secret | None = None
    timeout: float = 10.0
    """For connecting, for the first byte and between bytes; a whole picture may take three times that. [s]"""
    fingerprint: str = ""
    """SHA-256 of the camera's certificate, hexadecimal: for https with a certificate of its own."""
    insecure: bool = False
    """Takes any certificate: who sits between may see and change the pictures."""
    allow_link_local: bool = False
    """Allows 169.254.0.0/16 and the like, where some cameras live that never got an address."""
    onvif: int | None = None
    """Port of its ONVIF service, which is asked for its clock once an hour where its pictures come without
    any time; by default it is not asked."""

    def __post_init__(self) -> None:
        checked(self.url, ("http", "https"), self.user, None)


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield one frame each turn.

    Raises:
        SourceError: if the camera does not answer with a picture.
    """
    address = checked(settings.url, ("http", "https"), settings.user, settings.password)
    client = Http(
        address,
        timeout=settings.timeout,
        fingerprint=settings.fingerprint,
        insecure=settings.insecure,
        allow_link_local=settings.allow_link_local,
    )
    onvif = OnvifClock.of(feed, address.host, settings.onvif, settings.allow_link_local)
    pace = feed.pace()
    async with client:
        while True:
            await pace.turn()
            async with client.get() as response:
                body = await client.body(response, feed.limits.megabytes)
                if not body.startswith(b"\xff\xd8"):
                    raise SourceError(f"{address.shown}: {what_came(body, response)}")
                received = feed.clock.now()
                drift = client.drift(received)
                stated = stated_time(response)
            drift = drift or await onvif.drift(received)
            yield Frame(
                camera=camera,
                name=name_of(received),
                taken=feed.times.settle(stated, received, drift),
                time_from="clock",
                received=received,
                encoding="jpeg",
                uncleared=body,
                drift=drift or apparent(stated, received),
            )
