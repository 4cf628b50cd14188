"""Cameras that send JPEG after JPEG over one HTTP answer.

At slow cadences the camera is asked, one picture is taken and the connection closed; at fast ones the
connection stays and the newest whole picture is taken each turn.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from landwatch.errors import SourceError
from landwatch.source._address import checked
from landwatch.source._feed import GRAB_FROM_S, Feed, name_of
from landwatch.source._http import CHUNK, Http, stated_time, what_came
from landwatch.source._multipart import Parts, TooLong, boundary_of
from landwatch.source._onvif_clock import OnvifClock
from landwatch.source._told import HALF_SECOND, apparent, http_date
from landwatch.source.snapshot import Settings as SnapshotSettings
from landwatch.types import Frame

__all__ = ["LIVE", "Settings", "frames"]

LIVE = True

Part = tuple[bytearray, datetime | None, datetime]
"""A picture, when the camera says that it was made, by its own clock, and when it was in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(SnapshotSettings):
    """Where the camera is, and how to ask it."""

    stay: bool | None = None
    """Whether to stay connected between pictures; by default only at cadences below 10 s."""


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield the newest picture of each turn.

    Raises:
        SourceError: if the camera sends none.
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
    stay = settings.stay if settings.stay is not None else feed.interval < GRAB_FROM_S
    async with client, aclosing((_followed if stay else _grabbed)(client, feed)) as pictures:
        async for body, stated, received in pictures:
            if not body.startswith(b"\xff\xd8"):
                raise SourceError(f"{address.shown}: a part is no JPEG; starts {bytes(body[:4]).hex()}")
            now = feed.clock.now()
            drift = client.drift(now) or await onvif.drift(now)
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


async def _grabbed(client: Http, feed: Feed) -> AsyncGenerator[Part, None]:
    pace = feed.pace()
    while True:
        await pace.turn()
        async with aclosing(_parts(client, feed)) as parts:
            part = await anext(parts, None)
        if part is None:
            raise SourceError(f"{client.address.shown}: it sent no picture", kind="ended")
        yield part


async def _followed(client: Http, feed: Feed) -> AsyncGenerator[Part, None]:
    pace = feed.pace()
    newest: list[Part] = []
    fresh = asyncio.Event()

    async def follow() -> None:
        try:
            async with aclosing(_parts(client, feed)) as parts:
                async for part in parts:
                    newest[:] = [part]
                    fresh.set()
        finally:
            fresh.set()

    task = asyncio.create_task(follow())
    try:
        while True:
            await pace.turn()
            # The reader itself times out between bytes; this holds against parts that never end.
            async with asyncio.timeout(3 * client.timeout):
                await fresh.wait()
            fresh.clear()
            if newest:
                yield newest.pop()
                continue
            await task
            raise SourceError(f"{client.address.shown}: the stream ended", kind="ended")
    except TimeoutError:
        shown = client.address.shown
        raise SourceError(f"{shown}: no whole picture in {3 * client.timeout:g} s", kind="timeout") from None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, SourceError):
            await task


async def _parts(client: Http, feed: Feed) -> AsyncGenerator[Part, None]:
    """Yield each part and its arrival, until the stream ends."""
    shown = client.address.shown
    longest = int(feed.limits.megabytes * 1e6)
    async with client.get() as response:
        boundary = boundary_of(response.headers.get("Content-Type", ""))
        if boundary is None:
            body = await client.body(response, feed.limits.megabytes)
            if not body.startswith(b"\xff\xd8"):
                raise SourceError(f"{shown}: {what_came(body, response)}")
            yield body, stated_time(response), feed.clock.now()
            return
        cutter = Parts(boundary, longest)
        loop = asyncio.get_running_loop()
        last = loop.time()
        async for chunk in response.content.iter_chunked(CHUNK):
            try:
                whole = cutter.feed(chunk)
            except TooLong as error:
                raise SourceError(f"{shown}: {error}; the limit is limits.megabytes") from None
            if whole:
                last = loop.time()
                head, body = whole[-1]
                yield body, _stated(head), feed.clock.now()
            elif loop.time() - last > 3 * client.timeout:
                raise SourceError(f"{shown}: no whole picture in {3 * client.timeout:g} s", kind="timeout")


def _stated(head: bytes) -> datetime | None:
    """Return when a part's head says that its picture was made, or None."""
    unix = re.search(rb"(?im)^x-timestamp:\s*(\d{9,11}(?:\.\d{1,9})?)\s*$", head)
    if unix:
        return datetime.fromtimestamp(float(unix[1]), UTC)
    date = re.search(rb"(?im)^(?:last-modified|date):\s*(.{5,50}?)\s*$", head)
    made = http_date(date[1].decode("ascii", "replace")) if date else None
    return None if made is None else made + timedelta(seconds=HALF_SECOND)
