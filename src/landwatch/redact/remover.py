"""Clears one camera's pictures of people and vehicles, or withholds them.

Whatever goes wrong, no pixel comes out: `clear` either returns a `Picture` or raises `RedactError`, and
the sample is overwritten in both cases.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from landwatch.config import Camera
from landwatch.errors import RedactError
from landwatch.redact import polygons
from landwatch.redact.detector import TILE, Boxes, Deadline
from landwatch.redact.tiles import Tile, cut, layout, whole
from landwatch.types import Picture, Pixels, Removal, Sample

__all__ = ["Looks", "Remover"]

SCORE = 0.2
"""Boxes from here on are removed. [1]"""

SCORE_TALL = 0.3
"""Boxes taller than the size prior are removed only from here on, else hills and clouds are. [1]"""

TALL_SHARE = 0.25
"""Of the picture's height: what is taller is doubtful where the camera states no `tallest`. [1]"""

SCORE_SMALL = 0.3
"""Boxes shorter than `SMALL` are removed only from here on, else tufts and stones are. [1]"""

SMALL = 24.0
"""Height of a box that is little more than texture. [px]"""

SCORE_FULL = 0.5
"""Boxes that fill their tile are removed only from here on: snow and thicket look like that, and what is
truly so tall is seen better in the whole picture. [1]"""

FULL_SHARE = 0.9
"""Of a tile's side: longer boxes fill it. [1]"""

DILATION = 0.15
"""Of a box's shorter side, on each side: arms, bags and shadows reach beyond it. [1]"""

DILATION_LEAST = 3.0
"""On each side, for small boxes. [px]"""

LIMIT_SHARE = 0.4
"""A picture of which more was removed says nothing, and its removal is not to be trusted. [1]"""

LIMIT_S = 30.0
"""Time that the removal of one frame may take. [s]"""

BLANK = 114
"""Level of what was removed. [0-255]"""


class Looks(Protocol):
    """What a remover needs of a detector."""

    model: str

    def look(self, tile: Pixels, deadline: Deadline) -> Boxes:
        """Return the boxes of one tile."""
        ...


class Remover:
    """Removes people and vehicles from one camera's pictures."""

    def __init__(
        self,
        camera: Camera,
        detector: Looks,
        *,
        sequence: bool = False,
        limit_s: float = LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a remover.

        Args:
            camera: its polygons and size prior are used.
            detector: a `Detector`.
            sequence: whether pictures come from one fixed camera in time order.
            limit_s: time that one frame may take. [s]
            clock: a monotonic one. [s]
        """
        self._camera = camera
        self._detector = detector
        self._sequence = sequence
        self._limit_s = limit_s
        self._clock = clock

    def clear(self, sample: Sample) -> Picture:
        """Return the picture without people and vehicles; the sample is forgotten, whatever happens.

        Raises:
            RedactError: with a reason; nothing of the sample is left.
        """
        reason, message = "", ""
        try:
            return self._clear(sample, Deadline(self._limit_s, self._clock))
        except RedactError as error:
            reason, message = error.reason, str(error)
        except MemoryError:
            reason, message = "memory", "out of memory; use smaller pictures or fewer cameras"
        except Exception as error:  # noqa: BLE001 - the room's outermost function: unknown faults must stay closed
            reason, message = "failed", f"removal failed: {type(error).__name__}"
        finally:
            sample.forget()
        # Raised out here so that no context of the new error keeps frames, and with them pixels, alive.
        raise RedactError(f"{sample.camera} {sample.name}: {message}", reason=reason)

    def _clear(self, sample: Sample, deadline: Deadline) -> Picture:
        """Return the picture without people and vehicles."""
        pixels = sample.uncleared.copy()
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise RedactError(
                f"a sample of {pixels.shape} {pixels.dtype}, not (h, w, 3) uint8", reason="failed"
            )
        height, width = pixels.shape[:2]
        mask = polygons.mask_of(self._camera.never, width, height)
        polygons.fill(pixels, mask)
        tiles = layout(width, height)
        if len(tiles) > 1 or max(width, height) < TILE:
            tiles += (whole(width, height),)
        for tile in tiles:
            self._mark(mask, tile, self._detector.look(cut(pixels, tile), deadline))
        deadline.check()
        share = float(np.count_nonzero(mask)) / mask.size
        if share > LIMIT_SHARE:
            raise RedactError(f"more than {LIMIT_SHARE:.0%} would be removed", reason="share")
        pixels[mask > 0] = BLANK
        pixels.setflags(write=False)
        mask.setflags(write=False)
        return Picture(
            camera=sample.camera,
            name=sample.name,
            taken=sample.taken,
            time_from=sample.time_from,
            received=sample.received,
            pixels=pixels,
            removal=Removal(mask=mask, share=share, model=self._detector.model),
            path=sample.path,
        )

    def _mark(self, mask: Pixels, tile: Tile, boxes: Boxes) -> None:
        """Draw the dilated boxes of one tile into the picture's mask."""
        height = mask.shape[0]
        tallest = self._camera.tallest or TALL_SHARE * height
        corners = boxes.corners / np.float32(tile.scale)
        corners[:, 0::2] += tile.left
        corners[:, 1::2] += tile.top
        sides = np.stack([corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]], axis=1)
        least = np.full(len(sides), SCORE)
        least[sides[:, 1] > tallest] = SCORE_TALL
        least[sides[:, 1] < SMALL] = SCORE_SMALL
        least[sides.min(axis=1) > FULL_SHARE * tile.side] = SCORE_FULL
        chosen = boxes.scores >= least
        for (left, top, right, bottom), side in zip(corners[chosen], sides[chosen], strict=True):
            more = max(DILATION * float(side.min()), DILATION_LEAST)
            first = (int(np.floor(left - more)), int(np.floor(top - more)))
            last = (int(np.ceil(right + more)), int(np.ceil(bottom + more)))
            cv2.rectangle(mask, first, last, 255, cv2.FILLED)
