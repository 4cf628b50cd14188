"""Takes one picture of a camera, clears it and checks it; what is not cleared never leaves this process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

from landwatch import source
from landwatch.clock import SystemClock
from landwatch.config import Camera, Config
from landwatch.redact import load_detector
from landwatch.types import Frame, Outage, Outcome
from landwatch.way import Way

__all__ = ["look"]


def look(camera: Camera, config: Config, folder: Path | None, seconds: float) -> Outcome | Outage:
    """Return what came of one picture: nothing of it is kept.

    Args:
        camera: as it is, or would be, configured.
        config: its limits and rules are used.
        folder: where relative paths in the camera's settings start.
        seconds: how long to wait for a picture. [s]

    Raises:
        ConfigError: for settings that cannot be used.
    """
    found = asyncio.run(_first(camera, config, seconds))
    if isinstance(found, Outage):
        return found
    return Way(camera, load_detector(), config, sequence=False, folder=folder).through(found)


async def _first(camera: Camera, config: Config, seconds: float) -> Frame | Outage:
    """Return the first frame or the first outage within the time."""
    clock = SystemClock()
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(source.frames(camera, clock, config.limits)) as turns,
        ):
            async for turn in turns:
                return turn
    except TimeoutError:
        pass
    return Outage(
        camera=camera.name, time=clock.now(), kind="timeout", message=f"nothing came within {seconds:g} s"
    )
