"""Takes the pictures of simulated cameras beside the event loop, each once for all who ask."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import simplejpeg

from landwatch.clock import Now
from landwatch.valley.arrays import Pixels
from landwatch.valley.cameras import SimulatedCamera
from landwatch.valley.scene import Valley

__all__ = ["Shot", "Studio"]

QUALITY = 88
"""JPEG quality. [1-100]"""

SLACK = 0.9
"""Share of the interval after which a new picture is taken: who asks each interval gets a new one. [1]"""


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

    def __init__(
        self,
        camera: SimulatedCamera,
        now: Now,
        workers: ThreadPoolExecutor,
        valley: Valley | None = None,
    ) -> None:
        self.camera = camera
        self._now, self._workers = now, workers
        self._valley = valley
        self._shot: Shot | None = None
        self._taken = 0.0
        self._taking = asyncio.Lock()

    async def shot(self) -> Shot:
        """Return the newest picture, or a new one when the camera's interval is over (on the clock on
        the wall, however fast the simulated one runs)."""
        async with self._taking:
            moment = self._now()
            late = self.camera.trouble("late", moment)
            if late is not None:
                moment -= late.delay
            now, interval = time.monotonic(), self.camera.interval.total_seconds()
            if self._shot is None or now - self._taken >= SLACK * interval:
                self._taken = now
                loop = asyncio.get_running_loop()
                self._shot = await loop.run_in_executor(self._workers, partial(self._take, moment))
            return self._shot

    async def prepare(self, worker: ThreadPoolExecutor) -> None:
        """Work the land out in `worker`, so that the first picture comes quickly."""
        async with self._taking:
            await asyncio.get_running_loop().run_in_executor(worker, self._land)

    def _land(self) -> Valley:
        if self._valley is None:
            camera = self.camera
            self._valley = Valley(seed=camera.seed, size=camera.size, view=camera.view)
        return self._valley

    def _take(self, moment: datetime) -> Shot:
        pixels = self._land().render(moment, self.camera.schedule)
        jpeg = simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420")
        return Shot(moment, pixels, jpeg)
