"""Which tiles the detector must look at: those that changed since, and those that waited too long.

What it found in a tile stays true while the tile looks the same.
"""

from __future__ import annotations

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

WAIT_S = 3600.0
"""After so long a tile is looked at though nothing changed. [s]"""

WAIT_FOUND_S = 120.0
"""After so long a tile in which something was found is looked at again: what was false in one light is not in
the next. Two such looks in a row must find nothing before it is given up. [s]"""

WAITING_MOST = 2
"""Of those, in one picture: the rest can wait for the next."""

FINE_MOST = 12
"""Enlarged tiles that are looked at in one picture over a warm plate. When more have changed, leaves, rain
or waves are everywhere: the tiles themselves and the motion against the plate must do."""


class Schedule:
    """What the detector found in each tile of one view, and when."""

    def __init__(self, tiles: tuple[Tile, ...], divisor: int) -> None:
        self._tiles = tiles
        self._divisor = divisor
        self._looked: Pixels | None = None
        self._found: dict[Tile, Boxes] = {}
        self._when: dict[Tile, float] = {}
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

    def due(self, changed: Pixels, now: float, *, warm: bool) -> tuple[Tile, ...]:
        """Return the tiles to look at.

        Args:
            changed: (height, width) of the working picture, not zero where it differs from `reference`.
            now: capture time. [s]
            warm: whether motion is known too, so that the enlarged tiles may be left out.
        """
        if self._looked is None:
            return self._tiles
        total = np.asarray(cv2.integral((changed > 0).astype(np.uint8)), np.int32)
        due = [tile for tile in self._tiles if self._count(total, tile) >= CHANGED]
        fine = [tile for tile in due if tile.side == FINE and not tile.is_whole]
        if warm and len(fine) > FINE_MOST:
            due = [tile for tile in due if tile not in fine]
            for tile in fine:
                self._found.pop(tile, None)
        late = [tile for tile in self._tiles if tile not in due and self._is_late(tile, now)]
        late.sort(key=lambda tile: self._when[tile])
        doubted = [tile for tile in self._doubted if tile not in due]
        self._waited = frozenset((*doubted, *late[:WAITING_MOST]))
        return (*due, *self._waited)

    def _is_late(self, tile: Tile, now: float) -> bool:
        """Return whether a tile has waited too long for a look."""
        found = self._found.get(tile)
        wait = WAIT_S if found is None or not len(found.scores) else WAIT_FOUND_S
        return tile not in self._doubted and now - self._when.get(tile, now) > wait

    def note(self, tile: Tile, found: Boxes, now: float) -> None:
        """Remember what was found in a tile; if it had not changed, "nothing" must be found twice."""
        self._when[tile] = now
        before = self._found.get(tile)
        stood = before is not None and len(before.scores) > 0
        if tile in self._waited and stood and not len(found.scores) and tile not in self._doubted:
            self._doubted.add(tile)
            return
        self._doubted.discard(tile)
        self._found[tile] = found

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

    def _count(self, total: NDArray[np.int32], tile: Tile) -> int:
        """Return how many pixels changed in a tile, from the integral of the changes."""
        rows, columns = self._area(tile)
        bottom, right = min(rows.stop, total.shape[0] - 1), min(columns.stop, total.shape[1] - 1)
        return int(
            total[bottom, right]
            - total[rows.start, right]
            - total[bottom, columns.start]
            + total[rows.start, columns.start]
        )
