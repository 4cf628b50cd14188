"""How much of the people and vehicles in labelled pictures the removal covers, by their height.

An operator labels pictures of their own camera with boxes, clears the pictures with
`landwatch redact --mask-out`, and reads here whether the rate that they need is reached there. A picture
without a mask was withheld: it shows nobody, and is counted apart.

References:
    [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat.
        Assoc. 22, 209-212, 1927, 10.1080/01621459.1927.10502953 (the interval of a share).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landwatch.errors import UsageError
from landwatch.types import Pixels

__all__ = ["CLASSES", "Box", "Class", "Score", "interval", "read_boxes", "score"]

CLASSES = ((0, 15), (15, 30), (30, 42), (42, 60), (60, 120), (120, 100_000))
"""Heights from and below, of the rows. [px]"""

COVERED = 0.9
"""Share of a box from which it counts as covered. [1]"""

INSET = 0.1
"""Of a box's width, left out on each side: its corners are background. [1]"""

NORMAL_95 = 1.959964
"""Quantile of the normal distribution for a two-sided interval of 95 %. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One person or vehicle, as a person labelled it."""

    picture: str
    """Stem of the picture's file, which is that of its mask."""
    left: float
    top: float
    width: float
    height: float
    """[px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """The boxes of one height class."""

    low: int
    high: int
    """Heights from and below. [px]"""
    boxes: int
    covered: int
    """Boxes of which `COVERED` or more was removed."""
    share: float
    """covered / boxes. [1]"""
    lower: float
    upper: float
    """95 % interval of `share` [1]."""
    mean: float
    """Mean covered share of a box. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was covered, and what it cost."""

    classes: tuple[Class, ...]
    """Those with boxes, smallest first."""
    pictures: int
    withheld: int
    """Pictures with boxes, and those of them that have no mask."""
    masked_mean: float | None
    masked_p95: float | None
    """Masked share over all masks of the folder that belong to a labelled picture [1]; None without any."""


def interval(covered: int, boxes: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share [1]."""
    if boxes == 0:
        return 0.0, 1.0
    share, square = covered / boxes, NORMAL_95**2
    middle = (share + square / (2 * boxes)) / (1 + square / boxes)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / boxes + square / (4 * boxes**2)) / (1 + square / boxes)
    return max(0.0, middle - half), min(1.0, middle + half)


def read_boxes(path: Path, clip: str | None = None) -> tuple[Box, ...]:
    """Return the boxes of a CSV file with columns picture (or frame), left, top, width, height [px].

    Args:
        path: of the file.
        clip: stem of the clip whose frames are numbered from 1 in the column `frame`.

    Raises:
        UsageError: naming the file, the line and what is wrong.
    """
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8") from None
    key = "picture" if clip is None else "frame"
    boxes = []
    for number, row in enumerate(rows, start=2):
        missing = [name for name in (key, "left", "top", "width", "height") if not row.get(name)]
        if missing:
            raise UsageError(f"{path}, line {number}: no {', '.join(missing)}")
        try:
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            picture = Path(row[key]).stem if clip is None else f"{clip}-{int(row[key]):06d}"
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from None
        boxes.append(Box(picture=picture, left=left, top=top, width=width, height=height))
    return tuple(boxes)


def coverage(mask: Pixels, box: Box) -> float | None:
    """Return the share of a box that a mask covers [1]; None for a box outside the picture."""
    inset = INSET * box.width
    left, right = max(0, round(box.left + inset)), round(box.left + box.width - inset)
    top, bottom = max(0, round(box.top)), round(box.top + box.height)
    inside = mask[top : max(top, bottom), left : max(left, right)]
    return float((inside > 127).mean()) if inside.size else None


def score(boxes: Iterable[Box], masks: Path) -> Score:
    """Return how well the masks (`STEM.png`, 255 where removed) of a folder cover the boxes.

    Raises:
        UsageError: for a mask that is no picture.
    """
    by_picture: dict[str, list[Box]] = {}
    for box in boxes:
        by_picture.setdefault(box.picture, []).append(box)
    seen: list[tuple[float, float]] = []
    shares: list[float] = []
    for picture, its in by_picture.items():
        path = masks / f"{picture}.png"
        if not path.exists():
            continue
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise UsageError(f"{path} is no mask: not a readable PNG")
        pixels = np.asarray(mask, np.uint8)
        shares.append(float((pixels > 127).mean()))
        seen += [(box.height, part) for box in its if (part := coverage(pixels, box)) is not None]
    return Score(
        classes=tuple(_class(low, high, seen) for low, high in CLASSES if _within(low, high, seen)),
        pictures=len(by_picture),
        withheld=len(by_picture) - len(shares),
        masked_mean=float(np.mean(shares)) if shares else None,
        masked_p95=float(np.quantile(shares, 0.95)) if shares else None,
    )


def _within(low: int, high: int, seen: list[tuple[float, float]]) -> list[float]:
    """Return the covered shares of the boxes of one height class."""
    return [part for height, part in seen if low <= height < high]


def _class(low: int, high: int, seen: list[tuple[float, float]]) -> Class:
    """Return the row of one height class that has boxes."""
    parts = _within(low, high, seen)
    covered = sum(part >= COVERED for part in parts)
    lower, upper = interval(covered, len(parts))
    return Class(
        low=low,
        high=high,
        boxes=len(parts),
        covered=covered,
        share=covered / len(parts),
        lower=lower,
        upper=upper,
        mean=float(np.mean(parts)),
    )
