"""A simulated camera without a network: renders the valley at the clock's time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from landwatch.errors import ConfigError
from landwatch.source._feed import Feed, name_of
from landwatch.types import Frame
from landwatch.valley import VIEWS, Schedule, Valley

__all__ = ["LIVE", "Settings", "frames"]

LIVE = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the simulated camera sees."""

    view: str = "ridge"
    seed: int = 1
    size: tuple[int, int] = (360, 640)
    """Height and width. [px]"""
    schedule: Schedule = field(default_factory=Schedule)
    """What happens before the camera, and when."""

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise ConfigError(f"no view called {self.view!r}; there are: {', '.join(VIEWS)}")


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield one rendered frame each turn."""
    valley = await asyncio.to_thread(Valley, seed=settings.seed, size=settings.size, view=settings.view)
    pace = feed.pace()
    while True:
        await pace.turn()
        taken = feed.clock.now()
        pixels = await asyncio.to_thread(valley.render, taken, settings.schedule)
        yield Frame(
            camera=camera,
            name=name_of(taken),
            taken=taken,
            time_from="clock",
            received=feed.clock.now(),
            encoding="rgb",
            uncleared=pixels,
        )
