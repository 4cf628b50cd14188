"""Takes the pictures of simulated cameras beside the event loop, each once for all who ask."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import simplejpeg

from landwatch.clock import Now
from landwatch.valley.arrays import Pixels
from landwatch.valley.cameras import SimulatedCamera
from landwatch.valley.scene import Valley

__all__ = ["Shot", "Studio"]

QUALITY = 88
"""JPEG quality. [1-100]"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a simulated camera."""

    moment: datetime
    """When it was taken."""

    pixels: Pixels
    """(height, width, 3), sRGB [0-255]."""

    jpeg: bytes


class Studio:
    """The pictures of one camera."""

    def __init__(self, camera: SimulatedCamera, now: Now, workers: ThreadPoolExecutor) -> None:
        self.camera = camera
        self._now, self._workers = now, workers
        self._valley: Valley | None = None
        self._shot: Shot | None = None
        self._taking = asyncio.Lock()

    async def shot(self, *, fresh: bool = False) -> Shot:
        """Return the picture of now: the newest one if it is younger than half the camera's interval
        and not asked to be `fresh`."""
        async with self._taking:
            moment = self._now()
            late = self.camera.trouble("late", moment)
            if late is not None:
                moment -= late.delay
            newest = self._shot
            if (
                newest is None
                or fresh
                or not timedelta(0) <= moment - newest.moment < self.camera.interval / 2
            ):
                loop = asyncio.get_running_loop()
                self._shot = await loop.run_in_executor(self._workers, partial(self._take, moment))
            assert self._shot is not None
            return self._shot

    async def prepare(self) -> None:
        """Work the land out, so that the first picture comes quickly."""
        async with self._taking:
            await asyncio.get_running_loop().run_in_executor(self._workers, self._land)

    def _land(self) -> Valley:
        if self._valley is None:
            camera = self.camera
            self._valley = Valley(seed=camera.seed, size=camera.size, view=camera.view)
        return self._valley

    def _take(self, moment: datetime) -> Shot:
        pixels = self._land().render(moment, self.camera.schedule)
        jpeg = simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420")
        return Shot(moment, pixels, jpeg)
