"""How candidates for smoke add up over time: evidence at a place, in minutes of sure smoke.

Shared by all that find candidates. Evidence grows while a place smokes, fades within minutes when it does
not, and counts for the neighbouring cells too, for a plume drifts and its outline jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.measure._plume import Candidate

__all__ = ["Evidence"]

FADE = 0.75
"""Share of the evidence that is left after a minute with smoke at its place. [1]"""

LOST = 0.6
"""Share that is left after a minute without. [1]"""

CELL = 8
"""Side of a cell in which evidence is kept. [px of the small copy]"""

MOST_MINUTES = 2.0
"""After a longer gap nobody knows what was between. [min]"""


@dataclass(slots=True)
class Evidence:
    """Minutes of smoke at each place of one view."""

    cells: NDArray[np.float32] | None = None
    last: datetime | None = None
    """When evidence was added last."""

    def add(
        self, found: Sequence[Candidate], taken: datetime, shape: tuple[int, int], pace: float = 1.0
    ) -> tuple[float, Candidate | None]:
        """Add the candidates of a picture; return the most evidence at any of them [min], and that one.

        Args:
            found: boxes in px of the small copy.
            taken: capture time.
            shape: (height, width) of the small copy. [px]
            pace: how many times faster than life the pictures go. [1]
        """
        rows, columns = (-(-side // CELL) for side in shape)
        if self.cells is None or self.cells.shape != (rows, columns):
            self.cells, self.last = np.zeros((rows, columns), np.float32), None
        passed = 60.0 if self.last is None else max(0.0, (taken - self.last).total_seconds()) * pace
        minutes = min(MOST_MINUTES, passed / 60.0)
        self.last = taken
        fresh = np.zeros_like(self.cells)
        for candidate in found:
            cells = _cells(candidate)
            fresh[cells] = np.maximum(fresh[cells], candidate.score)
        around = np.ones((3, 3), np.uint8)
        smoking = cv2.dilate(fresh, around) > 0
        spread = cv2.dilate(self.cells, around)
        left = np.where(smoking, FADE**minutes * spread, LOST**minutes * spread)
        self.cells = np.asarray(left + fresh * min(1.0, minutes), np.float32)
        most, at = 0.0, None
        for candidate in found:
            here = float(np.where(fresh > 0, self.cells, 0.0)[_cells(candidate)].max())
            if here > most:
                most, at = here, candidate
        return most, at


def _cells(candidate: Candidate) -> tuple[slice, slice]:
    left, top, right, bottom = candidate.box
    return slice(top // CELL, -(-bottom // CELL)), slice(left // CELL, -(-right // CELL))
