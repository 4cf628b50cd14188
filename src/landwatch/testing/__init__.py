"""What tests of Landwatch, and of packages that extend it, build on.

`Valley` renders pictures of land whose truth is known, and `ValleyServer` serves them as cameras over real
protocols. `picture` and `sample` make values from arrays that show nobody: rendered or computed ones. No room
imports this package (a structure test holds that), so it is no way around removal.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from landwatch.types import Drift, Picture, Pixels, Removal, Sample, TimeFrom
from landwatch.valley import (
    Episode,
    Schedule,
    SimulatedCamera,
    Trouble,
    Truth,
    Valley,
    ValleyServer,
    demo_cameras,
)

__all__ = [
    "NOON",
    "Episode",
    "Schedule",
    "SimulatedCamera",
    "Trouble",
    "Truth",
    "Valley",
    "ValleyServer",
    "demo_cameras",
    "picture",
    "sample",
]

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""A day-time moment that tests may use where the time does not matter."""


def picture(
    pixels: Pixels,
    *,
    camera: str = "test",
    name: str = "test.jpg",
    taken: datetime = NOON,
    received: datetime | None = None,
    time_from: TimeFrom = "given",
    mask: Pixels | None = None,
    drift: Drift | None = None,
) -> Picture:
    """Return a picture of an array that shows nobody.

    Args:
        pixels: (height, width, 3), sRGB [0-255].
        mask: (height, width), 255 where removal is to be pretended; nowhere by default.
    """
    mask = np.zeros(pixels.shape[:2], np.uint8) if mask is None else mask
    return Picture(
        camera=camera,
        name=name,
        taken=taken,
        time_from=time_from,
        received=received or taken,
        pixels=pixels,
        removal=Removal(mask=mask, share=np.count_nonzero(mask) / mask.size, model="0" * 64),
        drift=drift,
    )


def sample(
    pixels: Pixels,
    *,
    camera: str = "test",
    name: str = "test.jpg",
    taken: datetime = NOON,
    received: datetime | None = None,
) -> Sample:
    """Return a sample of a copy of an array: (height, width, 3), sRGB [0-255]."""
    return Sample(
        camera=camera,
        name=name,
        taken=taken,
        time_from="given",
        received=received or taken,
        uncleared=np.array(pixels, np.uint8),
    )
