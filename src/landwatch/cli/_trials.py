"""Finds the cheapest address of a camera that serves a hazard, by trying what it offers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from landwatch import source
from landwatch.cli._output import complain, emit, stdout
from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits
from landwatch.errors import SourceError, UsageError
from landwatch.past import SMALL_WIDTH
from landwatch.sample import measured

__all__ = [
    "NEEDS",
    "ONVIF",
    "OPTIONS",
    "PORT",
    "STREAMS",
    "Wanted",
    "find_best",
    "hazard_of",
    "least_width",
    "show",
]

ONVIF = "onvif"
"""Scheme of an address that stands for whatever the camera there offers."""

STREAMS = frozenset({"snapshot", "mjpeg", "rtsp"})
"""Kinds of sources that are asked for pictures."""

OPTIONS = ("user", "password", "timeout", "fingerprint", "insecure", "allow_link_local")
"""Settings of a camera that hold for all its addresses."""

PORT = 80

ASKED = ("user", "password", "allow_link_local")
"""Of those, what ONVIF is asked with."""

ASK_S = 3.0
"""Time that a camera which was not said to speak ONVIF has to answer it. [s]"""

NEEDS: dict[str, tuple[int, str]] = {
    "smoke": (1280, "a column 30 m wide is 4 px across at 10 km"),
    "flood": (1280, "a rise of 2 cm is 1 px on a gauge 20 m away"),
    "landslide": (1920, "a tenth of a px, which motion is measured to, is 3 cm at 500 m"),
    "fog": (640, "hills and masts fade, which are dozens of px wide"),
    "snow": (640, "a region of a twentieth of the width has 32 px"),
    "ice": (1280, "a floe of 0.5 m is 6 px across at 100 m"),
    "greenness": (640, "a mean over a crown of 20 x 20 px is sure to a tenth of a level"),
    "upkeep": (SMALL_WIDTH, "most checks of the camera look at copies of that width"),
}
"""Width that each hazard needs [px], and why, for a lens of 60 degrees: 1280 px are then 1222 px a radian."""

INSTRUMENTS = {"river": "flood", "water": "flood", "motion": "landslide", "visibility": "fog"}
"""Hazards of instruments that are called otherwise, by the beginning of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a camera."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that all kinds of sources have: `OPTIONS`."""
    cadence: float = 10.0
    """[s]"""
    least_width: int = 0
    """[px]"""


def hazard_of(camera: Camera) -> str:
    """Return the hazard of a camera's instruments that needs the most pixels; upkeep where it has none."""
    told = [
        next((hazard for start, hazard in INSTRUMENTS.items() if name.startswith(start)), name)
        for name in camera.measure
    ]
    return max((name for name in told if name in NEEDS), key=lambda name: NEEDS[name][0], default="upkeep")


def least_width(hazard: str) -> int:
    """Return the width that a hazard needs. [px]

    Raises:
        UsageError: naming the hazards there are.
    """
    if hazard not in NEEDS:
        raise UsageError(f"no hazard called {hazard!r}; there are: {', '.join(sorted(NEEDS))}")
    return NEEDS[hazard][0]


def find_best(
    kind: str, url: str, wanted: Wanted
) -> tuple[tuple[source.trials.Trial, ...], source.trials.Offer | None]:
    """Try the addresses of a camera and return what came of each, and the cheapest that serves.

    Args:
        kind: of the address; for onvif://HOST the scheme.
        url: the address: it is tried with what its maker has beside it and what ONVIF tells of its host.

    Raises:
        UsageError: if the address names no host.
        SourceError: if an onvif:// camera does not answer.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise UsageError(f"{url} names no camera; write onvif://HOST or onvif://HOST:PORT")
    trials = asyncio.run(_tried(kind, url, parts.hostname, parts.port, wanted))
    return trials, source.trials.best(trials, wanted.least_width)


async def _tried(
    kind: str, url: str, host: str, port: int | None, wanted: Wanted
) -> tuple[source.trials.Trial, ...]:
    clock, limits = SystemClock(), Limits()
    known = {key: wanted.options[key] for key in ASKED if key in wanted.options}
    ask: Callable[..., Awaitable[source.onvif.About]] = partial(source.onvif.ask, host, clock, **known)
    about = None
    if kind == ONVIF:
        about = await ask(port=port or PORT)
        offers: Collection[source.trials.Offer] = about.offers
    else:
        offers = source.trials.related(kind, url)
        try:
            about = await ask(timeout=ASK_S)
            offers = (*offers, *about.offers)
        except SourceError:
            # Most addresses have no ONVIF at the usual port, which says nothing against them.
            about = None
    if about is not None:
        complain(f"{host}: {about.manufacturer} {about.model}, firmware {about.firmware}")
        if about.drift is not None:
            complain(f"{host}: its clock is {about.drift.total_seconds():+.0f} s from ours")
    return await source.trials.tried(
        offers,
        clock,
        limits,
        partial(measured, limits=limits),
        options=wanted.options,
        cadence=wanted.cadence,
    )


def show(
    name: str,
    trials: tuple[source.trials.Trial, ...],
    chosen: source.trials.Offer | None,
    hazard: str,
    least: int,
    *,
    json_lines: bool,
) -> None:
    """Print what came of each address and which is proposed: a table, or one JSON object a line."""
    if json_lines:
        _emit(name, trials, chosen, hazard, least)
        return
    table = Table(box=None)
    for title in ("", "px", "kB", "first after", "CPU", "age", "its clock", "source", "address"):
        table.add_column(title, no_wrap=True)
    for trial in trials:
        offer = trial.offer
        mark = "->" if offer == chosen else ""
        if trial.seconds is None or trial.cpu is None:
            table.add_row(mark, "none", "", "", "", "", "", offer.kind, offer.url)
            continue
        table.add_row(
            mark,
            f"{offer.width} x {offer.height}",
            f"{trial.length / 1e3:.0f}",
            f"{trial.seconds:.1f} s",
            f"{trial.cpu * 1e3:.1f} ms",
            f"{trial.age:.1f} s",
            "" if trial.ahead is None else f"{trial.ahead:+.0f} s",
            offer.kind,
            offer.url,
        )
    # An address that is cut short cannot be copied: the table is as wide as it must be.
    wide = 80 + max((len(trial.offer.url) for trial in trials), default=0)
    Console(width=max(stdout.width, wide), highlight=False).print(table)
    for trial in trials:
        if trial.fault:
            complain(trial.fault)
    if chosen is None:
        complain(f"{name}: none of {len(trials)} addresses gave a picture")
    elif (chosen.width or 0) < least:
        complain(f"{name}: none is {least} px wide, which {hazard} needs; the widest is {chosen.url}")
    else:
        why = NEEDS[hazard][1] if least == NEEDS[hazard][0] else "as was asked"
        complain(f"{name}: the cheapest of {least} px for {hazard} ({why}): {chosen.url}")


def _emit(
    name: str,
    trials: tuple[source.trials.Trial, ...],
    chosen: source.trials.Offer | None,
    hazard: str,
    least: int,
) -> None:
    for trial in trials:
        came = trial.seconds is not None
        emit(
            {
                "kind": "offer",
                "camera": name,
                "source": trial.offer.kind,
                "url": trial.offer.url,
                "width": trial.offer.width if came else None,
                "height": trial.offer.height if came else None,
                "bytes": trial.length if came else None,
                "seconds": trial.seconds,
                "cpu": trial.cpu,
                "age": trial.age if came else None,
                "ahead": trial.ahead,
                "fault": trial.fault,
            }
        )
    emit(
        {
            "kind": "proposal",
            "camera": name,
            "hazard": hazard,
            "least_width": least,
            "source": chosen.kind if chosen else None,
            "url": chosen.url if chosen else None,
            "serves": chosen is not None and (chosen.width or 0) >= least,
        }
    )
