"""How a picture is cut into the squares that the detector looks at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from landwatch.redact.detector import TILE
from landwatch.types import Pixels

__all__ = ["BROAD", "FINE", "OVERLAP", "Tile", "broad", "cut", "layout", "squares", "whole"]

OVERLAP = 0.09
"""Least share of a tile that its neighbour sees too, so that what a seam cuts is whole in one of them: a
person 37 px wide. Wider ones are found in the whole picture. A full HD picture has 15 tiles so. [1]"""

OVERLAP_FINE = 0.2
"""The same for enlarged tiles: a person of 42 px from head to foot. [1]"""

FINE = TILE // 2
"""Side of the squares that are looked at twice enlarged, for people from 15 px on. [px]"""

BROAD = 2 * TILE
"""Side of the squares that are looked at, made half as large, when everything moves. [px]"""

FINE_LIMIT = 4e6
"""Larger pictures are not enlarged: it would take minutes, and who is 15 px high in them is 8 px high in
half of such a picture. [px]"""

PAD = 114
"""Level of the empty part of a tile; the model was trained with it. [0-255]"""


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the picture, brought to the detector's size."""

    left: int
    """[px of the picture]"""
    top: int
    """[px of the picture]"""
    side: int
    """[px of the picture]"""
    is_whole: bool = False
    """Whether it holds the whole picture."""

    @property
    def scale(self) -> float:
        """Px of the detector for one px of the picture. [1]"""
        return TILE / self.side


def _starts(length: int, side: int, overlap: float) -> list[int]:
    """Return where squares of `side` begin along a line so that they cover it, evenly spread. [px]"""
    if length <= side:
        return [0]
    number = 1 + math.ceil((length - side) / (side * (1 - overlap)))
    return [round(step * (length - side) / (number - 1)) for step in range(number)]


def layout(width: int, height: int, side: int = TILE, overlap: float = OVERLAP) -> tuple[Tile, ...]:
    """Return tiles of `side` px, overlapping by a share [1] at least, that cover a picture of `width` by
    `height` px."""
    rows, columns = _starts(height, side, overlap), _starts(width, side, overlap)
    return tuple(Tile(left, top, side) for top in rows for left in columns)


def squares(width: int, height: int) -> tuple[Tile, ...]:
    """Return all that a full look consists of: the whole picture, tiles as they are, and enlarged ones."""
    fine = layout(width, height, FINE, OVERLAP_FINE) if width * height <= FINE_LIMIT else ()
    return (whole(width, height), *layout(width, height), *fine)


def broad(width: int, height: int) -> tuple[Tile, ...]:
    """Return the squares of twice a tile's side that cover a picture; none if the whole picture is one."""
    return layout(width, height, BROAD) if max(width, height) > BROAD else ()


def whole(width: int, height: int) -> Tile:
    """Return the one tile that holds a whole picture, for what is taller than a tile."""
    return Tile(0, 0, max(width, height), is_whole=True)


def cut(pixels: Pixels, tile: Tile) -> Pixels:
    """Return a tile's part of a picture, (416, 416, 3), scaled and padded to the right and below."""
    part = pixels[tile.top : tile.top + tile.side, tile.left : tile.left + tile.side]
    if tile.side != TILE:
        size = (max(1, round(part.shape[1] * tile.scale)), max(1, round(part.shape[0] * tile.scale)))
        smooth = cv2.INTER_AREA if tile.scale < 1 else cv2.INTER_LINEAR
        part = np.asarray(cv2.resize(part, size, interpolation=smooth), np.uint8)
    if part.shape[:2] == (TILE, TILE):
        return np.ascontiguousarray(part)
    square = np.full((TILE, TILE, 3), PAD, np.uint8)
    square[: part.shape[0], : part.shape[1]] = part
    return square
