"""Which tiles the detector must look at: those that changed since, and those that waited too long.

What it found in a tile stays true while the tile looks the same.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.detector import Boxes
from landwatch.redact.tiles import FINE, Tile
from landwatch.types import Pixels

__all__ = ["Schedule"]

CHANGED = 6
"""A tile with fewer changed pixels is unchanged: the head of a person of 15 px is more. [px of the working
picture]"""

GONE = 0.1
"""Share of a hit that must have changed before the detector looks whether it is gone: plants move in their
places, who leaves takes all of himself along. [1]"""

WAIT_S = 3600.0
"""After so long a tile is looked at though nothing changed: the light did. [s]"""

WAIT_FINE_S = 12 * 3600.0
"""Likewise an enlarged tile: there are five times as many, and whoever is small moves or is gone in half a
day. [s]"""

WAIT_FOUND_S = 120.0
"""After so long a tile in which something was found is looked at again: what was false in one light is not in
the next. Two such looks in a row must find nothing before it is given up. The wait doubles with each look
that finds it again, up to `WAIT_S`. [s]"""

WAITING_MOST = 1
"""Of those, in one picture: the rest can wait for the next."""

MOST = 12
"""Tiles that are looked at in one picture over a warm plate. When more have changed, leaves, rain or waves
are everywhere: first the enlarged tiles are left out, since who is small is removed as motion; if that is
not enough, tiles of twice the side take the place of the others."""


class Schedule:
    """What the detector found in each tile of one view, and when."""

    def __init__(self, tiles: tuple[Tile, ...], broad: tuple[Tile, ...], divisor: int) -> None:
        """Start with nothing seen.

        Args:
            tiles: of a full look.
            broad: what is looked at instead of all but the whole picture when everything moves.
            divisor: px of the picture for one of the working picture.
        """
        self._tiles = tiles
        self._broad = broad
        self._divisor = divisor
        self._looked: Pixels | None = None
        self._found: dict[Tile, Boxes] = {}
        self._until = dict.fromkeys(tiles, math.inf)
        self._soonest = math.inf
        self._again: dict[Tile, int] = {}
        self._doubted: set[Tile] = set()
        self._waited: frozenset[Tile] = frozenset()

    @property
    def reference(self) -> Pixels | None:
        """The working picture, each part as it was when the detector last looked there."""
        return self._looked

    @property
    def bytes_held(self) -> int:
        """Memory of all arrays. [byte]"""
        return 0 if self._looked is None else self._looked.nbytes

    def due(self, new: Pixels, changed: Pixels, now: float, *, warm: bool) -> tuple[Tile, ...]:
        """Return the tiles to look at.

        Args:
            new: (height, width) of the working picture, not zero where it differs from `reference` and
                somebody may have come.
            changed: the same, and where somebody may have gone.
            now: capture time. [s]
            warm: whether motion is known too, so that the enlarged tiles may be left out.
        """
        if self._looked is None:
            return self._tiles
        due: list[Tile] = []
        if changed.any():
            come, gone = (np.asarray(cv2.integral(part & 1), np.int32) for part in (new, changed))
            due = [tile for tile in self._tiles if self._has_come(come, tile) or self._is_gone(gone, tile)]
        if warm:
            due = self._within_means(due)
        late: list[Tile] = []
        if now > self._soonest:
            late = [tile for tile, until in self._until.items() if now > until and tile not in due]
            late.sort(key=self._until.__getitem__)
        doubted = [tile for tile in self._doubted if tile not in due]
        self._waited = frozenset((*doubted, *late[:WAITING_MOST]))
        return (*due, *self._waited)

    def _has_come(self, total: NDArray[np.int32], tile: Tile) -> bool:
        """Return whether enough of a tile has changed, from the integral of what is new."""
        return _count(total, *self._area(tile)) >= CHANGED

    def _is_gone(self, total: NDArray[np.int32], tile: Tile) -> bool:
        """Return whether enough of something that was found in a tile has changed, from the integral."""
        found = self._found.get(tile)
        if found is None:
            return False
        limits = np.array([total.shape[1] - 1, total.shape[0] - 1] * 2)
        for left, top, right, bottom in np.clip(found.corners.astype(int) // self._divisor, 0, limits):
            least = max(CHANGED, GONE * (right - left) * (bottom - top))
            if _count(total, slice(top, bottom), slice(left, right)) >= least:
                return True
        return False

    def _within_means(self, due: list[Tile]) -> list[Tile]:
        """Return what is looked at of the tiles that changed; what is left out is no longer known."""
        kept = due
        if len(kept) > MOST:
            kept = [tile for tile in due if tile.side != FINE or tile.is_whole]
        if len(kept) > MOST:
            kept = [*(tile for tile in kept if tile.is_whole), *self._broad]
        else:
            for tile in self._broad:
                self._found.pop(tile, None)
        for tile in due:
            if tile not in kept:
                self._found.pop(tile, None)
        return kept

    def note(self, tile: Tile, found: Boxes, now: float) -> None:
        """Remember what was found in a tile; if it had not changed, "nothing" must be found twice."""
        before = self._found.get(tile)
        stood = before is not None and len(before.scores) > 0
        if tile in self._waited and stood and not len(found.scores) and tile not in self._doubted:
            self._doubted.add(tile)
            self._wait(tile, math.inf)
            return
        self._again[tile] = self._again.get(tile, 0) + 1 if tile in self._waited and len(found.scores) else 0
        self._doubted.discard(tile)
        self._found[tile] = found
        wait = WAIT_FINE_S if tile.side == FINE and not tile.is_whole else WAIT_S
        if len(found.scores):
            wait = min(WAIT_S, WAIT_FOUND_S * 2.0 ** self._again[tile])
        self._wait(tile, now + wait)

    def _wait(self, tile: Tile, until: float) -> None:
        """Remember until when [s] a tile need not be looked at if nothing changes in it."""
        if tile in self._until:
            self._until[tile] = until
            self._soonest = min(self._until.values())

    def seen(self, tiles: tuple[Tile, ...], present: Pixels) -> None:
        """Remember the working picture where it was looked at."""
        if self._looked is None:
            self._looked = present.copy()
            return
        for tile in tiles:
            rows, columns = self._area(tile)
            self._looked[rows, columns] = present[rows, columns]

    @property
    def found(self) -> tuple[Boxes, ...]:
        """All that stands in the tiles."""
        return tuple(self._found.values())

    def _area(self, tile: Tile) -> tuple[slice, slice]:
        """Return a tile's rows and columns in the working picture."""
        first = (tile.top // self._divisor, tile.left // self._divisor)
        last = (-(-(tile.top + tile.side) // self._divisor), -(-(tile.left + tile.side) // self._divisor))
        return slice(first[0], last[0]), slice(first[1], last[1])


def _count(total: NDArray[np.int32], rows: slice, columns: slice) -> int:
    """Return how many pixels are set in a part, from the integral of a mask."""
    bottom, right = min(rows.stop, total.shape[0] - 1), min(columns.stop, total.shape[1] - 1)
    return int(
        total[bottom, right]
        - total[rows.start, right]
        - total[bottom, columns.start]
        + total[rows.start, columns.start]
    )
