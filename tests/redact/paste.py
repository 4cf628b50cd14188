"""Puts people of known height into pictures of land, in memory only, to measure their removal.

The people are drawn (`landwatch.redact.selftest.figure`) or cut out of labelled pictures that the user
has; neither they nor the pictures made are ever written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.redact.selftest import figure
from landwatch.types import Pixels

__all__ = ["Cutout", "Pasted", "cutouts", "drawn", "paste", "walk"]

TALL_ENOUGH = 96
"""Labelled people shorter than this would look blurred where they are pasted large. [px]"""

LAND = 0.45
"""People stand in the part of the picture below this share of its height. [1]"""


@dataclass(frozen=True, slots=True)
class Cutout:
    """One person without surroundings."""

    pixels: Pixels
    """(height, width, 3), sRGB [0-255]."""
    share: NDArray[np.float32]
    """(height, width): how much of each pixel is the person. [0-1]"""


@dataclass(frozen=True, slots=True)
class Pasted:
    """Where a person was put."""

    left: int
    top: int
    height: int
    mask: NDArray[np.bool_]
    """(height, width) of the person alone: pixels that are mostly person."""

    def covered(self, removed: Pixels) -> float:
        """Return the share of the person's pixels that a removal mask covers. [1]"""
        rows, columns = np.nonzero(self.mask)
        return float((removed[rows + self.top, columns + self.left] > 0).mean())


def cutouts(folder: Path) -> Iterator[Cutout]:
    """Yield people of labelled pictures (class 0; relative centre and size), cut out by their colours."""
    for label in sorted(folder.glob("*.txt")):
        picture = cv2.imread(str(label.with_suffix(".jpg")))
        if picture is None:
            continue
        high, wide = picture.shape[:2]
        boxes = [line.split() for line in label.read_text("utf-8").splitlines()]
        for kind, *numbers in boxes:
            x, y, width, height = (float(n) for n in numbers)
            left, top = round((x - width / 2) * wide), round((y - height / 2) * high)
            w, h = round(width * wide), round(height * high)
            inside = left > 3 and top > 3 and left + w < wide - 3 and top + h < high - 3
            if kind != "0" or h < TALL_ENOUGH or not 1.8 < h / max(w, 1) < 4.5 or not inside:
                continue
            area = np.zeros((high, wide), np.uint8)
            cv2.setRNGSeed(0)
            cv2.grabCut(picture, area, (left, top, w, h), np.zeros((1, 65)), np.zeros((1, 65)), 4, 0)
            person = np.isin(area, (cv2.GC_FGD, cv2.GC_PR_FGD))[top : top + h, left : left + w]
            if not 0.3 < person.mean() < 0.9:
                continue
            part = picture[top : top + h, left : left + w, ::-1]
            yield Cutout(np.ascontiguousarray(part), person.astype(np.float32))


def drawn(rng: np.random.Generator) -> Cutout:
    """Return a drawn person in random clothes."""
    pixels = np.zeros((256, 110, 3), np.uint8)
    outline = pixels.copy()
    white = (255, 255, 255)
    figure(outline, 55, 2, 250, white, white, white)
    outline = outline.max(axis=2, keepdims=True)
    coat, trousers = (tuple(int(v) for v in rng.integers(15, 235, 3)) for _ in range(2))
    skin = tuple(int(v) for v in np.array([225, 172, 140]) * rng.uniform(0.35, 1.0))
    figure(pixels, 55, 2, 250, coat, trousers, skin)  # type: ignore[arg-type]
    texture = rng.normal(0, 6, pixels.shape[:2])[:, :, None]
    pixels = np.clip(pixels + texture, 0, 255).astype(np.uint8)
    return Cutout(pixels, (outline[:, :, 0] > 0).astype(np.float32))


def paste(scene: Pixels, person: Cutout, x: int, foot: int, height: int) -> Pasted:
    """Put a person of `height` px on the ground at (`x`, `foot`) into `scene`, in place."""
    width = max(3, round(person.pixels.shape[1] * height / person.pixels.shape[0]))
    small = cv2.resize(person.pixels, (width, height), interpolation=cv2.INTER_AREA)
    share = cv2.resize(person.share, (width, height), interpolation=cv2.INTER_AREA)
    high, wide = scene.shape[:2]
    left, top = min(max(0, x - width // 2), wide - width), min(max(0, foot - height), high - height)
    part = scene[top : top + height, left : left + width]
    part[:] = np.rint(part + (small.astype(np.float32) - part) * share[:, :, None]).astype(np.uint8)
    return Pasted(left, top, height, share > 0.5)


def walk(
    scenes: Sequence[Pixels], people: Sequence[Cutout], heights: Sequence[int], rng: np.random.Generator
) -> Iterator[tuple[Pixels, list[Pasted]]]:
    """Yield the scenes with one person of each height in them.

    Each goes somewhere else from picture to picture (at a minute's distance a walker is anywhere), or, one
    in three, stands where he is for three pictures.
    """
    high, wide = scenes[0].shape[:2]
    places: list[tuple[int, int, int]] = [(0, 0, 0)] * len(heights)
    for number, scene in enumerate(scenes):
        shown, put = scene.copy(), []
        for who, height in enumerate(heights):
            x, foot, until = places[who]
            if number >= until:
                x = int(rng.integers(wide // 20, wide - wide // 20))
                foot = int(rng.integers(int(high * LAND) + height, high - 2))
                places[who] = (x, foot, number + (3 if rng.random() < 1 / 3 else 1))
            put.append(paste(shown, people[(who + number // 7) % len(people)], x, foot, height))
        yield shown, put
