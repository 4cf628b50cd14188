"""Tries the addresses that a camera may give pictures at, and finds the cheapest that serves.

A camera has a still, a small stream and a large one, and what each costs here depends on its maker: so each
is measured. Nothing of the pictures is kept but their size.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from landwatch.clock import Clock
from landwatch.config import Limits, settings_of
from landwatch.errors import BadFrame, ConfigError, SourceError
from landwatch.rooms import find
from landwatch.source._feed import GRAB_FROM_S, Feed
from landwatch.types import Frame

__all__ = ["Measure", "Offer", "Trial", "best", "related", "tried"]

PICTURES = 3
"""Taken of each address: the first warms the decoder and tells how long one waits, the cheaper of the others
what a picture costs. [1]"""

TURN_S = 1.0
"""Between the pictures of a trial. [s]"""

Measure = Callable[[Frame], tuple[int, int, int]]
"""Gives width and height [px] and length [byte] of a frame and forgets it, or raises BadFrame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One address that a camera may give pictures at."""

    kind: str
    """The source that reads it: snapshot, mjpeg or rtsp."""
    url: str
    """Without credentials, on the host that was asked."""
    profile: str = ""
    encoding: str = ""
    width: int | None = None
    """As the camera states it; what was measured, once it was tried. [px]"""
    height: int | None = None
    """[px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one offer."""

    offer: Offer
    seconds: float | None = None
    """From the first packet sent to a picture in hand; None if none came. [s]"""
    cpu: float | None = None
    """CPU time of this process for taking and decoding a picture. [s]"""
    length: int = 0
    """Of a picture as it came. [byte]"""
    age: float = 0.0
    """Of the picture on arrival, as far as the camera tells. [s]"""
    ahead: float | None = None
    """The camera's clock minus ours; None where it tells no time. [s]"""
    fault: str = ""


RELATED: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        r"(?i)^/(?:ISAPI/)?Streaming/channels/(\d+)0\d(?:/picture)?$",
        (
            ("http", r"/ISAPI/Streaming/channels/\g<1>01/picture"),
            ("rtsp", r"/Streaming/Channels/\g<1>02"),
            ("rtsp", r"/Streaming/Channels/\g<1>01"),
        ),
    ),
    (
        r"^/(?:cam/realmonitor|cgi-bin/snapshot\.cgi)\?channel=(\d+)(?:&subtype=\d)?$",
        (
            ("http", r"/cgi-bin/snapshot.cgi?channel=\1"),
            ("rtsp", r"/cam/realmonitor?channel=\1&subtype=1"),
            ("rtsp", r"/cam/realmonitor?channel=\1&subtype=0"),
        ),
    ),
    (
        r"^/axis-(?:media/media\.amp|cgi/(?:jpg/image|mjpg/video)\.cgi)(?:\?.*)?$",
        (
            ("http", "/axis-cgi/jpg/image.cgi"),
            ("rtsp", "/axis-media/media.amp?videocodec=h264&resolution=640x360"),
            ("rtsp", "/axis-media/media.amp?videocodec=h264"),
        ),
    ),
    (
        r"^/(h26[45])Preview_(\d\d)_(?:main|sub)$",
        (("rtsp", r"/\1Preview_\2_sub"), ("rtsp", r"/\1Preview_\2_main")),
    ),
)
"""Paths by which makers tell one view's still, small and large stream apart: Hikvision, Dahua, Axis, Reolink.
A path on the left has those on the right beside it."""


def related(kind: str, url: str) -> tuple[Offer, ...]:
    """Return an address and what, by its maker's rules, the same host may offer of the same view.

    Another scheme is asked at its usual port, since the address tells nothing of that.
    """
    parts = urlsplit(url)
    target = urlunsplit(("", "", parts.path, parts.query, ""))
    own = "http" if parts.scheme.startswith("http") else "rtsp"
    offers = {url: Offer(kind=kind, url=url)}
    for pattern, places in RELATED:
        match = re.match(pattern, target)
        for family, place in places if match else ():
            assert match is not None
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
            netloc, scheme = (parts.netloc, parts.scheme) if family == own else (host, family)
            there = f"{scheme}://{netloc}{match.expand(place)}"
            offers.setdefault(there, Offer(kind="snapshot" if family == "http" else "rtsp", url=there))
    return tuple(offers.values())


async def tried(
    offers: Iterable[Offer],
    clock: Clock,
    limits: Limits,
    measure: Measure,
    *,
    options: Mapping[str, object],
    cadence: float = GRAB_FROM_S,
) -> tuple[Trial, ...]:
    """Take pictures from each offer, stills first and small before large, and return what came of it.

    Args:
        measure: one address may serve several profiles, so what a camera states of its size is not believed.
        options: settings that all kinds have: user, password, timeout and whom to trust.
        cadence: at which the camera is to be asked, which decides whether streams stay open. [s]
    """
    distinct = {offer.url: offer for offer in offers}.values()
    trials: list[Trial] = []
    for offer in sorted(distinct, key=lambda one: (one.kind != "snapshot", one.width or 0)):
        table = {**options, "url": offer.url}
        if offer.kind != "snapshot":
            table["stay"] = cadence < GRAB_FROM_S
        try:
            trials.append(await _tried(offer, table, clock, limits, measure))
        except SourceError as error:
            trials.append(Trial(offer=offer, fault=str(error)))
            if error.kind == "auth":
                # Many cameras lock an account that is tried again and again.
                break
        except (ConfigError, BadFrame) as error:
            trials.append(Trial(offer=offer, fault=str(error)))
    return tuple(trials)


async def _tried(
    offer: Offer, table: dict[str, object], clock: Clock, limits: Limits, measure: Measure
) -> Trial:
    feed = Feed(interval=TURN_S, clock=clock, limits=limits, at_once=True)
    module = find("source", offer.kind, "source")
    settings = settings_of(module.Settings, table, offer.kind)
    loop = asyncio.get_running_loop()
    trial = Trial(offer=offer)
    begun, spent = loop.time(), time.process_time()
    costs: list[float] = []
    async with aclosing(module.frames("trial", settings, feed)) as stream:
        async for frame in stream:
            seconds = loop.time() - begun
            width, height, length = measure(frame)
            costs.append(time.process_time() - spent)
            trial = Trial(
                offer=replace(offer, width=width, height=height),
                seconds=seconds if trial.seconds is None else trial.seconds,
                cpu=min(costs[1:] or costs),
                length=length,
                age=frame.age.total_seconds(),
                ahead=frame.drift.ahead if frame.drift else None,
            )
            if len(costs) == PICTURES:
                break
            spent = time.process_time()
    return trial


def best(trials: Iterable[Trial], least_width: int = 0) -> Offer | None:
    """Return the offer of the cheapest pictures that are wide enough, or else of the widest that came.

    Args:
        least_width: what the hazard needs. [px]
    """
    works = [trial for trial in trials if trial.seconds is not None]
    enough = [trial for trial in works if trial.offer.width is None or trial.offer.width >= least_width]
    if enough:
        return min(enough, key=lambda one: (one.cpu or 0.0, one.length)).offer
    widest = max(works, key=lambda one: one.offer.width or 0, default=None)
    return None if widest is None else widest.offer
