"""Finds the cheapest address of a camera that serves a hazard, by trying what it offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

from landwatch import source
from landwatch.clock import SystemClock
from landwatch.config import Limits, Secret
from landwatch.errors import ConfigError, SourceError, UsageError
from landwatch.sample import measured
from landwatch.setup.needs import least_width

__all__ = [
    "ONVIF",
    "OPTIONS",
    "PORT",
    "STREAMS",
    "Found",
    "Wanted",
    "check_address",
    "find_best",
    "onvif_port",
    "wanted_of",
]

ONVIF = "onvif"
"""Scheme of an address that stands for whatever the camera there offers."""

STREAMS = frozenset({"snapshot", "mjpeg", "rtsp"})
"""Kinds of sources that are asked for pictures."""

OPTIONS = ("user", "password", "timeout", "fingerprint", "insecure", "allow_link_local")
"""Settings of a camera that hold for all its addresses."""

PORT = 80
"""Where ONVIF is asked if the address says nothing."""

ASKED = ("user", "password", "allow_link_local")
"""Of `OPTIONS`, what ONVIF is asked with."""

ASK_S = 3.0
"""Time that a camera which was not said to speak ONVIF has to answer it. [s]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a camera."""

    hazard: str = "upkeep"
    """What it is to see."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that all kinds of sources have: `OPTIONS`."""
    cadence: float = 10.0
    """[s]"""

    @property
    def least_width(self) -> int:
        """Width that the hazard needs. [px]"""
        return least_width(self.hazard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a camera's addresses."""

    host: str
    about: source.onvif.About | None
    """What it says of itself, where it speaks ONVIF."""
    trials: tuple[source.trials.Trial, ...]
    chosen: source.trials.Offer | None
    """The cheapest that serves, or else the widest; None if none gave a picture."""


def wanted_of(hazard: str, user: str, password: Secret | None, cadence: float) -> Wanted:
    """Return what is asked of a camera that is not in the configuration yet.

    Raises:
        UsageError: if there is no such hazard.
    """
    least_width(hazard)
    options: dict[str, Any] = {"user": user}
    if password is not None:
        options["password"] = password
    return Wanted(hazard=hazard, options=options, cadence=cadence)


def check_address(url: str) -> SplitResult:
    """Return an address in parts, which may be shown: it holds no credential.

    Raises:
        UsageError: for any other.
    """
    try:
        return source.secretless(url)
    except ConfigError as error:
        raise UsageError(str(error)) from None


def onvif_port(kind: str, url: str) -> int | None:
    """Return the port at which the camera of an onvif:// address is asked; None of any other address."""
    return (urlsplit(url).port or PORT) if kind == ONVIF else None


async def find_best(kind: str, url: str, wanted: Wanted) -> Found:
    """Try the addresses of a camera and return what came of each, and the cheapest that serves.

    Args:
        kind: of the address; for onvif://HOST the scheme.
        url: the address: it is tried with what its maker has beside it and what ONVIF tells of its host.
        wanted: what for, and how to log in.

    Raises:
        UsageError: if the address is none, or holds a credential.
        SourceError: if an onvif:// camera does not answer.
    """
    parts = check_address(url)
    host, port = parts.hostname or "", onvif_port(kind, url)
    clock, limits = SystemClock(), Limits()
    known = {key: wanted.options[key] for key in ASKED if key in wanted.options}
    ask: Callable[..., Awaitable[source.onvif.About]] = partial(source.onvif.ask, host, clock, **known)
    about = None
    if port is not None:
        about = await ask(port=port)
        offers: Collection[source.trials.Offer] = about.offers
    else:
        offers = source.trials.related(kind, url)
        # Most addresses have no ONVIF at the usual port, which says nothing against them.
        with suppress(SourceError):
            about = await ask(timeout=ASK_S)
            offers = (*offers, *about.offers)
    trials = await source.trials.tried(
        offers,
        clock,
        limits,
        partial(measured, limits=limits),
        options=wanted.options,
        cadence=wanted.cadence,
    )
    chosen = source.trials.best(trials, wanted.least_width)
    return Found(host=host, about=about, trials=trials, chosen=chosen)
