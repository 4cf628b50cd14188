"""Land, samples and detectors that the room's tests share: made of arrays, showing nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from landwatch.config import Camera
from landwatch.redact.detector import Boxes, Deadline
from landwatch.types import Pixels, Sample

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
COAT = (200, 30, 40)
"""Colour that the detector `sees_coats` finds and no land has."""


def sample(pixels: Pixels, second: float = 0.0) -> Sample:
    """Return a sample taken so many seconds after noon."""
    moment = NOON + timedelta(seconds=second)
    return Sample(
        camera="ridge", name="a", taken=moment, time_from="given", received=moment, uncleared=pixels.copy()
    )


def camera(**more: object) -> Camera:
    """Return a camera's configuration."""
    return Camera.model_validate({"name": "ridge", "source": {"kind": "folder"}, **more})


def land(height: int = 416, width: int = 416, seed: int = 0) -> Pixels:
    """Return smooth coloured land with texture."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 190, (height // 16 + 1, width // 16 + 1, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)


def put(pixels: Pixels, left: int, top: int, width: int, height: int, colour: tuple[int, int, int]) -> Pixels:
    """Return a copy with a rectangle in it."""
    copy = pixels.copy()
    copy[top : top + height, left : left + width] = colour
    return copy


class Fake:
    """A detector that says what a test wants, and counts its looks."""

    model = "0" * 64

    def __init__(self, answer: Callable[[Pixels, Deadline], Boxes]) -> None:
        self._answer = answer
        self.looks = 0

    def look(self, tile: Pixels, deadline: Deadline) -> Boxes:
        """Answer."""
        self.looks += 1
        return self._answer(tile, deadline)


def boxes(*corners: tuple[float, float, float, float], score: float = 0.9) -> Boxes:
    """Return boxes of one score."""
    scores = np.full(len(corners), score, np.float32)
    return Boxes(np.array(corners, np.float32).reshape(-1, 4), scores, scores)


def nothing(_tile: Pixels, _deadline: Deadline) -> Boxes:
    """See nobody."""
    return boxes()


def sees_coats(tile: Pixels, _deadline: Deadline) -> Boxes:
    """Return the box around everything that is nearly `COAT`."""
    near = (np.abs(tile.astype(int) - COAT).max(axis=2) < 25).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(near)
    return boxes(*((x, y, x + w, y + h) for x, y, w, h, area in stats[1:] if area > 20))


def one(left: float, top: float, right: float, bottom: float, score: float) -> Fake:
    """Return a detector that sees the same box in every tile."""
    return Fake(lambda _tile, _deadline: boxes((left, top, right, bottom), score=score))
