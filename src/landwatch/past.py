"""What earlier pictures of one camera left in memory, for checks and instruments.

Small copies of cleared pictures, the newest findings, and one slot a module for what it wants to carry
from picture to picture. All of it is lost with the process, and nothing of it is stored: `Way.recollect`
learns it anew from pictures that were kept.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import cv2
import numpy as np

from landwatch.config import Place
from landwatch.types import Alignment, Finding, Picture, Pixels

__all__ = ["SMALL_WIDTH", "Past", "Small", "shrink", "smaller"]

SMALL_WIDTH = 320
"""Width of the small copies. [px] Enough for background differences; a sixth of 1080p."""

LENGTH = 12
"""Pictures remembered, at up to 400 kB each. A module that looks further back keeps what it needs in its
note, thinned in time: at a cadence of 10 s these reach back only two minutes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A small copy of one cleared picture."""

    taken: datetime
    pixels: Pixels
    """(height, width, 3), sRGB [0-255], width `SMALL_WIDTH` or that of the picture if less."""
    gray: Pixels
    """(height, width), luma [0-255]."""
    removed: Pixels
    """(height, width), 255 where any original pixel was removed."""
    scale: float
    """Small px an original px. [1]"""


def shrink(picture: Picture) -> Small:
    """Return a small copy of a cleared picture, with its mask."""
    pixels = smaller(picture.pixels)
    height, width = pixels.shape[:2]
    removed = np.zeros((height, width), np.uint8)
    if picture.removal.share:
        shares = cv2.resize(picture.removal.mask, (width, height), interpolation=cv2.INTER_AREA)
        removed[np.asarray(shares) > 0] = 255
    return Small(
        taken=picture.taken,
        pixels=pixels,
        gray=np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8),
        removed=removed,
        scale=min(1.0, SMALL_WIDTH / picture.width),
    )


def smaller(pixels: Pixels) -> Pixels:
    """Return pixels (height, width, 3) averaged down to `SMALL_WIDTH`, or a copy if they are no wider.

    Every column counts, but no more than two or three rows of each small one: to read and average all of a
    1080p picture takes three times as long and shows nothing more.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, SMALL_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    step = max(1, height // (2 * size[1]))
    rows = np.asarray(pixels[(step - 1) // 2 :: step], np.uint8)
    if rows.shape[1] >= 2 * size[0]:
        # Exact halving is the one average that OpenCV does fast.
        half = (rows.shape[1] // 2, rows.shape[0] // 2)
        rows = np.asarray(cv2.resize(rows[: 2 * half[1], : 2 * half[0]], half), np.uint8)
    across = rows.shape[1] // size[0]
    if across > 2:
        # The last step reads one or two columns of each small one: an odd width keeps them in the middle.
        rows = np.asarray(cv2.blur(rows, (across - 1 + across % 2, 1)), np.uint8)
    return np.asarray(cv2.resize(rows, size), np.uint8)


@dataclass(slots=True)
class Past:
    """The memory of one camera: what is known of it, small pictures, newest findings, notes of modules."""

    interval: float | None = None
    """Time that the camera was asked to leave between pictures [s]; None where nobody asked (an archive)."""
    place: Place | None = None
    """Where the camera stands, if that is known."""
    small: deque[Small] = field(default_factory=lambda: deque(maxlen=LENGTH))
    """Earlier pictures, oldest first; the present one is not among them."""
    findings: dict[str, Finding] = field(default_factory=dict)
    """The newest finding of each check."""
    notes: dict[str, Any] = field(default_factory=dict)
    """One slot a module, under the module's own name."""
    present: Small | None = None
    """Small copy of the picture in work, made once for all modules."""

    alignment: Alignment | None = None
    """How the picture in work lies on the view's reference; None where no instrument of the camera asks."""

    def begin(self, picture: Picture) -> Small:
        """Make the small copy of the picture in work and return it."""
        self.present = shrink(picture)
        return self.present

    def end(self, findings: tuple[Finding, ...]) -> None:
        """Remember the picture in work and its findings."""
        if self.present is not None:
            self.small.append(self.present)
            self.present = None
        self.alignment = None
        self.findings.update((finding.check, finding) for finding in findings)

    def note(self, module: str, kind: type[T]) -> T:
        """Return a module's own note, made by `kind()` at first."""
        found = self.notes.setdefault(module, kind())
        if not isinstance(found, kind):
            raise TypeError(f"the note of {module} is a {type(found).__name__}, not a {kind.__name__}")
        return found
