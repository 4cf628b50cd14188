"""What the camera commands ask ONVIF cameras."""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import urlsplit

from landwatch import source
from landwatch.cli._output import complain
from landwatch.clock import SystemClock
from landwatch.config import Limits, Secret
from landwatch.errors import SourceError, UsageError
from landwatch.sample import measured

__all__ = ["ONVIF", "proposed"]

ONVIF = "onvif"
"""Scheme of an address that stands for whatever the camera there offers."""

PORT = 80


def proposed(url: str, user: str, password: Secret | None, least_width: int) -> tuple[str, str]:
    """Return kind and address of the cheapest offer of an ONVIF camera that works and is wide enough.

    Each offer is tried, and what came of it is told on stderr; no picture is kept.

    Args:
        url: onvif://HOST or onvif://HOST:PORT.
        user: its user name.
        password: where its password is.
        least_width: what the hazard needs. [px]

    Raises:
        UsageError: if the address names no host.
        SourceError: if the camera does not answer, or none of its offers gives a picture.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise UsageError(f"{url} names no camera; write onvif://HOST or onvif://HOST:PORT")
    return asyncio.run(_proposed(parts.hostname, parts.port or PORT, user, password, least_width))


async def _proposed(
    host: str, port: int, user: str, password: Secret | None, least_width: int
) -> tuple[str, str]:
    clock, limits = SystemClock(), Limits()
    about = await source.onvif.ask(host, clock, port=port, user=user, password=password)
    complain(f"{host}: {about.manufacturer} {about.model}, firmware {about.firmware}")
    trials = await source.onvif.offered(
        about, clock, limits, partial(measured, limits=limits), user=user, password=password
    )
    for trial in trials:
        offer = trial.offer
        if trial.seconds is None:
            complain(f"  {offer.kind} {offer.url}: {trial.fault}")
        else:
            complain(
                f"  {offer.kind} {offer.url}: {offer.width} x {offer.height} px in {trial.seconds:.1f} s"
            )
    chosen = source.onvif.best(trials, least_width)
    if chosen is None:
        raise SourceError(f"{host} offers {len(trials)} addresses, and none gave a picture")
    return chosen.kind, chosen.url
