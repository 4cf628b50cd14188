"""Boards in water, drawn to order: what the tests of river level look at."""

from __future__ import annotations

import cv2
import numpy as np

HEIGHT, WIDTH = 480, 640
SCALE = 4.0
"""px a cm."""
ZERO_ROW, LEFT = 440.0, 200.0
"""Row of level 0 and column of the board's x = 0, where px are counted from the middle of the first. [px]"""
MARKS = [(x, level) for level in (100.0, 70.0, 40.0, 10.0) for x in (10.0, 50.0)]
"""x and level of the bow-ties' tips. [cm]"""
FINE = 4


def column(x):
    return LEFT + SCALE * x


def row(level):
    return ZERO_ROW - SCALE * level


def points(places=MARKS):
    """Return the survey of places on the board: [x px, y px, x m, level m]."""
    return [[column(x), row(level), x / 100, level / 100] for x, level in places]


def board(level, *, marks="bow-tie", dry=220, ink=30, back=70, mirror=0.5, own=20):
    """Return a picture of the board with still water up to a level [cm]; sRGB, grey.

    Args:
        level: of the water.
        marks: bow-tie, octagon, or anything else for none.
        dry: luma of the board.
        ink: of its marks.
        back: of what is behind.
        mirror: share of the light that the water mirrors.
        own: luma of the water itself.
    """
    canvas = np.full((HEIGHT * FINE, WIDTH * FINE), back, np.float32)

    def polygon(corners, luma):
        fine = [((column(x) + 0.5) * FINE, (row(y) + 0.5) * FINE) for x, y in corners]
        cv2.fillPoly(canvas, [np.rint(fine).astype(np.int32)], float(luma))

    polygon([(-5, -20), (65, -20), (65, 109), (-5, 109)], dry)
    if marks == "bow-tie":
        for x, y in MARKS:
            for side in (-8, 8):
                polygon([(x, y), (x + side, y - 8), (x + side, y + 8)], ink)
    elif marks == "octagon":
        polygon(octagon(), ink)
    line = round((row(level) + 0.5) * FINE)
    rows = np.arange(line, HEIGHT * FINE)
    canvas[rows] = own + mirror * canvas[np.clip(2 * line - 1 - rows, 0, None)]
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 0.8)
    return np.repeat(np.clip(np.rint(soft), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def octagon(x=30.0, level=80.0, radius=24.0):
    """Return the corners of an octagon on the board, in order. [cm]"""
    turns = np.deg2rad(22.5 + 45.0 * np.arange(8))
    return [(x + radius * np.cos(turn), level + radius * np.sin(turn)) for turn in turns]


def staff(level, *, across=24):
    """Return a picture of a staff with black blocks of 2 cm on alternate sides, in water to a level [cm]."""
    canvas = np.full((HEIGHT * FINE, WIDTH * FINE), 90.0, np.float32)
    left, right = (int((column(30.0) + 0.5 + side * across / 2) * FINE) for side in (-1, 1))
    middle = (left + right) // 2
    for number in range(-20, 110, 2):
        top, bottom = (round((row(number + more) + 0.5) * FINE) for more in (2, 0))
        canvas[max(top, 0) : bottom, left:right] = 230.0
        half = slice(left, middle) if number % 4 else slice(middle, right)
        canvas[max(top, 0) : bottom, half] = 20.0
    line = round((row(level) + 0.5) * FINE)
    canvas[line:] = 60.0
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.repeat(np.rint(small).astype(np.uint8)[..., None], 3, axis=2)
