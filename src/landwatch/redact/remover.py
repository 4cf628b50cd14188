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

from landwatch import lines
from landwatch.config import Camera
from landwatch.errors import RedactError
from landwatch.past import smaller
from landwatch.redact import daylight, fill, polygons
from landwatch.redact.detector import Boxes, Deadline
from landwatch.redact.hits import agreed, chosen, doubtful, draw, half, united
from landwatch.redact.tiles import Tile, cut, squares
from landwatch.redact.view import View
from landwatch.types import Picture, Pixels, Removal, Sample

__all__ = ["Looks", "Remover"]

LIMIT_SHARE = 0.4
"""A picture of which more was removed says nothing, and its removal is not to be trusted. [1]"""

LIMIT_S = 60.0
"""Time that the removal of one frame may take. [s]"""


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
        self._view: View | None = None

    @property
    def bytes_held(self) -> int:
        """Memory that stays between two pictures. [byte]"""
        return 0 if self._view is None else self._view.bytes_held

    def clear(self, sample: Sample) -> Picture:
        """Return the picture without people and vehicles; the sample is forgotten, whatever happens.

        Raises:
            RedactError: with a reason; nothing of the sample is left.
        """
        reason, message, light, stripes, offset = "", "", None, 0.0, None
        try:
            return self._clear(sample, Deadline(self._limit_s, self._clock))
        except RedactError as error:
            reason, message, offset = error.reason, str(error), error.offset
            light, stripes = error.light, error.stripes
        except MemoryError:
            reason, message = "memory", "out of memory; use smaller pictures or fewer cameras"
        except Exception as error:  # noqa: BLE001 - the room's outermost function: unknown faults must stay closed
            reason, message = "failed", f"removal failed: {type(error).__name__}"
        finally:
            sample.forget()
        # Raised out here so that no context of the new error keeps frames, and with them pixels, alive.
        message = f"{sample.camera} {sample.name}: {message}"
        raise RedactError(message, reason=reason, light=light, stripes=stripes, offset=offset)

    def _clear(self, sample: Sample, deadline: Deadline) -> Picture:
        """Return the picture without people and vehicles."""
        pixels = sample.uncleared.copy()
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise RedactError(
                f"a sample of {pixels.shape} {pixels.dtype}, not (h, w, 3) uint8", reason="failed"
            )
        height, width = pixels.shape[:2]
        blank = polygons.mask_of(self._camera.never, width, height)
        polygons.fill(pixels, blank)
        daylight.prove(pixels)
        dark = daylight.unlit(pixels)
        # Black, as dark parts nearly are: where they begin and end, the plate then sees no motion.
        pixels[dark > 0] = 0
        blank |= dark
        if self._sequence:
            mask = self._follow(pixels, blank, sample.taken.timestamp(), deadline)
        else:
            mask = self._once(pixels, blank, deadline)
        deadline.check()
        share = float(np.count_nonzero(mask)) / mask.size
        static = np.count_nonzero(blank)
        if np.count_nonzero(mask) - static > LIMIT_SHARE * (mask.size - static):
            raise RedactError(
                f"more than {LIMIT_SHARE:.0%} would be removed",
                reason="share",
                light=daylight.state(sample.uncleared),
                stripes=_stripes(sample.uncleared),
            )
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
            drift=sample.drift,
        )

    def _look(self, pixels: Pixels, deadline: Deadline, tile: Tile, standing: Pixels | None) -> Boxes:
        """Return the boxes of one tile that count."""
        tallest = self._camera.tallest
        boxes = self._detector.look(cut(pixels, tile), deadline)
        kept = chosen(boxes, tile, (pixels.shape[0], pixels.shape[1]), tallest, standing)
        if not tile.is_whole:
            return kept
        doubts = doubtful(boxes, kept, tile, tallest)
        if not len(doubts.scores):
            return kept
        smaller = half(tile)
        return agreed(kept, doubts, self._detector.look(cut(pixels, smaller), deadline), smaller)

    def _once(self, pixels: Pixels, blank: Pixels, deadline: Deadline) -> Pixels:
        """Clear a picture that stands alone, in place, and return the mask."""
        height, width = blank.shape
        hits = np.zeros_like(blank)
        found = [self._look(pixels, deadline, tile, None) for tile in squares(width, height)]
        draw(hits, united(found, (height, width)))
        hits[blank > 0] = 0
        fill.flat(pixels, hits)
        return hits | blank

    def _follow(self, pixels: Pixels, blank: Pixels, now: float, deadline: Deadline) -> Pixels:
        """Clear the next picture of a fixed camera, in place, and return the mask."""
        shape = (pixels.shape[0], pixels.shape[1])
        view, self._view = self._view, None
        if view is None or not view.continues(shape, now):
            view = View(*shape, self._camera.tallest)
        try:
            mask = view.remove(
                pixels, blank, now, lambda tile, standing: self._look(pixels, deadline, tile, standing)
            )
        except RedactError as error:
            if error.reason == "warming":
                self._view = view
            raise
        self._view = view
        return mask


def _stripes(pixels: Pixels) -> float:
    """Return the share of rows or columns that are stripes [%]; 0 in a picture too small to tell."""
    gray = cv2.cvtColor(smaller(pixels), cv2.COLOR_RGB2GRAY)
    height, width = (side // lines.SEGMENTS * lines.SEGMENTS for side in gray.shape)
    if min(height, width) < lines.LEAST_SIDE:
        return 0.0
    return lines.striped(gray[:height, :width].astype(np.float32))
