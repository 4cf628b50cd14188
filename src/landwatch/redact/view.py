"""The memory of one fixed view: its plate, what the detector found, and what is not yet seen empty.

All of it lives in memory and ends with the process; nothing of it leaves the room.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from landwatch.errors import RedactError
from landwatch.redact import fill
from landwatch.redact.detector import Boxes
from landwatch.redact.hits import NONE, Rectangles, draw, united
from landwatch.redact.motion import TALLEST, foreground, settle
from landwatch.redact.moved import is_another, offset
from landwatch.redact.plate import BLOCK, GAP_S, Plate, as_mask, differences, most, working_scale
from landwatch.redact.schedule import Schedule
from landwatch.redact.tiles import Tile, broad, squares
from landwatch.types import Pixels

__all__ = ["Look", "View"]

Look = Callable[[Tile, Pixels], Boxes]
"""Looks at one tile; the mask, at the working scale, tells where something was removed before."""

EMPTY = 2
"""Pictures in a row in which the detector must see a place empty before it is shown again."""

FREE = 255
"""Count of empty pictures at which a place is free: nothing was there."""

HOLD_S = 0.06
"""And so long at least: at a clip's rate two pictures are one glance. [s]"""

GLANCE_S = 1.0
"""Pictures nearer than this show the same moment: what stands in one makes the detector surer in the next.
Farther apart that would only keep false hits alive. [s]"""

NEAR = 9
"""A place stays removed while foreground is this near. [px of the working picture]"""

PATIENCE = 9
"""Turns of the ring for which moving foreground stays out of the plate: a stone that fell is land after
nine of them, and whoever the detector misses must stand as still as a stone for so long. [1]"""

AROUND_LIGHT = 3 * BLOCK
"""Width of the surroundings whose light is matched when a part is compared. [px of the working picture]"""

LAST_LOOKS = 2
"""Turns before the end of its patience in which the detector looks at foreground of any size. [1]"""

ALONE_TALLEST = 42.0
"""Where nobody can be taller than this, the detector alone is not enough (docs/removal.md): until the
plate is warm, pictures are withheld. Elsewhere the detector looks at everything at two scales. [px]"""

AGREES = 10
"""Least difference from the plate at which a pixel is no longer the same land. [0-255]"""

UPHEAVAL = 0.5
"""Share of foreground above which the plate is of no use (fog came, snow fell, infra-red was switched on)
and starts anew. [1]"""

BANDS = 8
"""Each picture renews the full picture's land in one of so many bands of rows, and the first so many pictures
in all: what is filled with it is brought to the present light anyway. [1]"""


def _box(mask: Pixels, margin: int) -> tuple[slice, slice] | None:
    """Return rows and columns around all that is set in `mask`, `margin` px wider; None if nothing is."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    return (
        slice(max(0, top - margin), min(mask.shape[0], top + height + margin)),
        slice(max(0, left - margin), min(mask.shape[1], left + width + margin)),
    )


class View:
    """One camera's view since it last moved."""

    def __init__(self, height: int, width: int, tallest: float | None) -> None:
        """Start with nothing known.

        Args:
            height: of the pictures. [px]
            width: of the pictures. [px]
            tallest: height of the tallest person or vehicle that the view can show, if known. [px]
        """
        self.shape = (height, width)
        self._divisor = working_scale(width)
        small = (-(-height // self._divisor), -(-width // self._divisor))
        self._size = (small[1], small[0])
        self._tallest = min(float(TALLEST), tallest) if tallest is not None else float(TALLEST)
        self._people_are_small = tallest is not None and tallest < ALONE_TALLEST
        self._plate = Plate()
        self._schedule = Schedule(squares(width, height), broad(width, height), self._divisor)
        self._held_until = np.full(small, -np.inf, np.float32)
        self._empties = np.full(small, FREE, np.uint8)
        self._stay = np.zeros(small, np.uint8)
        self._land = np.zeros((height, width, 3), np.uint8)
        self._known = np.zeros((height, width), np.uint8)
        self._apart: Pixels | None = None
        self._remembered = 0
        self._start = 0.0
        self._last: float | None = None
        self._pushed: float | None = None

    @property
    def warm(self) -> bool:
        """Whether the plate can tell what moves."""
        return self._plate.warm

    @property
    def bytes_held(self) -> int:
        """Memory of all arrays. [byte]"""
        own = (self._held_until, self._empties, self._stay, self._land, self._known)
        return sum(array.nbytes for array in own) + self._plate.bytes_held + self._schedule.bytes_held

    def continues(self, shape: tuple[int, int], now: float) -> bool:
        """Return whether a picture of this shape and time [s] belongs to this view's series."""
        return shape == self.shape and (self._last is None or 0 < now - self._last <= GAP_S)

    def remove(self, pixels: Pixels, blank: Pixels, now: float, look: Look) -> Pixels:
        """Remove people and vehicles from `pixels`, in place, and return the mask (height, width).

        Args:
            pixels: the picture, with static polygons filled.
            blank: mask of the static polygons.
            now: capture time. [s]
            look: looks at one tile.

        Raises:
            RedactError: with reason "moved" if this is another view, "warming" where only the plate would
                show the people and it is not known yet.
        """
        if self._last is None:
            self._start = now
        present = self._shrink(pixels)
        front = self._foreground(present)
        moving, asks = NONE, None
        if front is not None and self._apart is not None:
            moving, asks = settle(front, self._apart, self._divisor, self._tallest, self.shape)
            asks |= self._lasting(front)
        found = self._find(present, asks, now, look)
        standing = self._standing(found, front, now)
        self._learn(present, standing, moving, now)
        if front is None and self._people_are_small:
            raise RedactError("the empty land is not known yet", reason="warming")
        return self._clear(pixels, blank, standing, moving)

    def _shrink(self, pixels: Pixels) -> Pixels:
        if self._divisor == 1:
            return pixels.copy()
        return np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA), np.uint8)

    def _foreground(self, present: Pixels) -> Pixels | None:
        """Return the foreground's mask at the working scale, if the plate is warm."""
        self._apart = None
        land = self._plate.land
        if land is None:
            return None
        if is_another(land, present):
            words = "the view has moved; its empty land must be learnt anew"
            raise RedactError(words, reason="moved", offset=offset(land, present, self._divisor))
        local, apart = self._plate.difference(present)
        if not self._plate.warm:
            return None
        front = foreground(local, self._plate.least(local.shape), self._plate.unknown)
        if cv2.countNonZero(front) > UPHEAVAL * front.size:
            self._plate = Plate()
            self._known[:] = 0
            self._remembered = 0
            return None
        self._apart = apart
        return front

    def _lasting(self, front: Pixels) -> Pixels:
        """Return where the detector must look again if the land there is not as it saw it: where foreground
        of any size will soon be land, and where the empty land is not known and nothing stands."""
        asks = as_mask(self._stay >= PATIENCE - LAST_LOOKS) & front
        if self._plate.unknown is not None:
            asks |= self._plate.unknown & as_mask(self._empties == FREE)
        return asks

    def _changed(self, present: Pixels, asks: Pixels | None) -> tuple[Pixels, Pixels]:
        """Return where the picture is not as the detector saw it last, (height, width): once where that may
        be somebody new, and once where something stands too. Elsewhere it is as the plate, with nobody there.
        """
        changed = np.zeros_like(self._stay)
        reference = self._schedule.reference
        if reference is None:
            return changed, changed
        area: tuple[slice, slice] | None = (slice(None), slice(None))
        if asks is not None:
            asks = np.asarray(cv2.dilate(asks, np.ones((NEAR, NEAR), np.uint8)), np.uint8)
            area = _box(asks | as_mask(self._empties < FREE), AROUND_LIGHT)
        if area is not None:
            local = most(differences(reference[area], present[area])[0])
            changed[area] = foreground(local, self._plate.least(changed.shape)[area], None)
        return (changed if asks is None else changed & asks), changed

    def _find(self, present: Pixels, asks: Pixels | None, now: float, look: Look) -> Pixels:
        """Return what the detector says is there, (height, width) of the working picture."""
        due = self._schedule.due(*self._changed(present, asks), now, warm=asks is not None)
        standing = np.zeros_like(self._empties)
        if self._last is not None and now - self._last <= GLANCE_S:
            standing[self._empties < EMPTY] = 255
        for tile in due:
            self._schedule.note(tile, look(tile, standing), now)
        self._schedule.seen(due, present)
        found = np.zeros(self._empties.shape, np.uint8)
        draw(found, united(self._schedule.found, self.shape), self._divisor)
        return found

    def _standing(self, found: Pixels, front: Pixels | None, now: float) -> Pixels:
        """Return what must stay removed: hits, and where hits were until it is seen empty."""
        if not found.any() and (self._empties == FREE).all():
            return found
        hit = found > 0
        self._empties[hit] = 0
        self._held_until[hit] = now - self._start + HOLD_S
        self._empties[~hit & (self._empties < FREE)] += 1
        kept = (self._empties < EMPTY) | (now - self._start < self._held_until)
        if front is not None:
            near = cv2.dilate(front, np.ones((NEAR, NEAR), np.uint8)) > 0
            back = near & ~hit & (self._empties < FREE) & (self._stay < PATIENCE)
            self._empties[back] = EMPTY - 1
            kept |= back
        self._empties[~kept] = FREE
        return np.where(kept, 255, 0).astype(np.uint8)

    def _learn(self, present: Pixels, standing: Pixels, moving: Rectangles, now: float) -> None:
        """Let the plate take what was seen empty."""
        self._last = now
        if self._pushed is not None and not self._plate.takes(now - self._pushed):
            return
        self._pushed = now
        waits = standing & as_mask(self._empties > 0)
        draw(waits, moving, self._divisor)
        self._stay = (np.minimum(self._stay, FREE - 1) + 1) & waits
        self._plate.push(present, standing, standing | (waits & as_mask(self._stay < PATIENCE)))

    def _clear(self, pixels: Pixels, blank: Pixels, standing: Pixels, moving: Rectangles) -> Pixels:
        """Fill what is removed, in place, remember the land that was seen, and return the mask."""
        mask = blank.copy()
        part = _box(standing, fill.AROUND)
        if part is not None:
            rows, columns = (
                slice(side.start * self._divisor, min(length, side.stop * self._divisor))
                for side, length in zip(part, self.shape, strict=True)
            )
            known = self._known[rows, columns]
            hits = standing[part]
            if self._divisor > 1:
                hits = hits.repeat(self._divisor, axis=0).repeat(self._divisor, axis=1)
                hits = hits[: known.shape[0], : known.shape[1]]
            rim = np.asarray(cv2.dilate(hits, np.ones((2 * fill.RIM + 1,) * 2, np.uint8)), np.uint8)
            hits = (hits | (rim & known)) & ~blank[rows, columns]
            inside = pixels[rows, columns]
            fill.with_land(inside, self._land[rows, columns], hits & known)
            fill.flat(inside, hits & ~known)
            mask[rows, columns] |= hits
        fill.mosaic(pixels, moving, mask)
        self._remember(pixels, mask)
        return mask

    def _remember(self, pixels: Pixels, mask: Pixels) -> None:
        """Keep the full picture's land where it agrees with the plate, so that nobody is ever kept in it."""
        if self._apart is None:
            return
        rows = self._apart.shape[0]
        band, first, last = self._remembered % BANDS, 0, rows
        if self._remembered >= BANDS:
            first, last = band * rows // BANDS, (band + 1) * rows // BANDS
        self._remembered += 1
        agrees = as_mask(self._apart[first:last] < AGREES)
        part = slice(first * self._divisor, min(self.shape[0], last * self._divisor))
        if self._divisor > 1:
            size = (self.shape[1], part.stop - part.start)
            agrees = np.asarray(cv2.resize(agrees, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        agrees = agrees & ~mask[part]
        cv2.copyTo(pixels[part], agrees, self._land[part])
        self._known[part] |= agrees
