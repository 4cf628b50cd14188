"""The look of simulated walkers and cars, drawn large once and scaled down when shown.

They exist so that removal can be tried on a simulated camera; they resemble nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import cos, pi, sin
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from landwatch.valley.arrays import Floats, Pixels

__all__ = ["CAR_LENGTH", "CAR_STYLES", "STRIDES", "WALKER_STYLES", "car", "walker"]

STRIDES = 8
"""Pictures in one double step."""

WALKER_STYLES = 6
CAR_STYLES = 5

CAR_LENGTH = 4.4
"""[m]"""

TALL = 480
"""Height of a walker's drawing. [px]"""

LONG = 880
"""Length of a car's drawing. [px]"""

_SHIFT = 4
"""OpenCV's fixed point, in bits."""

Point = tuple[float, float]
Colour = tuple[int, int, int]

_COATS: tuple[Colour, ...] = (
    (176, 44, 40), (38, 66, 120), (46, 48, 54), (208, 168, 60), (58, 104, 74), (150, 152, 158),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = (
    (44, 52, 78), (40, 40, 44), (62, 78, 112), (84, 76, 62), (34, 36, 44), (52, 56, 70),
)  # fmt: skip
_SKIN: tuple[Colour, ...] = (
    (206, 160, 132),
    (150, 104, 78),
    (222, 178, 150),
    (118, 80, 60),
    (190, 142, 112),
    (214, 170, 140),
)
_HAIR: tuple[Colour, ...] = (
    (44, 34, 28),
    (24, 22, 22),
    (110, 78, 44),
    (28, 24, 24),
    (70, 54, 40),
    (90, 88, 86),
)
_PAINT: tuple[Colour, ...] = ((140, 30, 32), (158, 160, 164), (38, 58, 100), (52, 54, 58), (206, 206, 204))


class _Drawing:
    """A picture with opacity, painted part by part, each rounded by light from the upper left."""

    def __init__(self, height: int, width: int) -> None:
        self.colour = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)

    def lay(self, mask: Pixels, colour: Colour, round_px: float, gloss: float = 0.0) -> None:
        """Lay a part over what is there."""
        share = mask.astype(np.float32) / 255
        body = cv2.GaussianBlur(share, (0, 0), max(round_px, 0.8))
        slope_x = cv2.Sobel(body, cv2.CV_32F, 1, 0, ksize=3) * round_px
        slope_y = cv2.Sobel(body, cv2.CV_32F, 0, 1, ksize=3) * round_px
        light = np.clip(1.0 + 0.30 * slope_x + 0.34 * slope_y - 0.25 * (1 - body), 0.35, 1.5 + gloss)
        shaded = np.array(colour, np.float32) * light[..., None]
        self.colour = self.colour * (1 - share[..., None]) + shaded * share[..., None]
        self.alpha = np.maximum(self.alpha, share)

    def blank(self) -> Pixels:
        return np.zeros(self.alpha.shape, np.uint8)

    def limb(self, points: Sequence[Point], widths: Sequence[float], colour: Colour) -> None:
        """Lay a limb through joints, each stretch with its own width."""
        mask = self.blank()
        for start, end, wide in zip(points[:-1], points[1:], widths, strict=True):
            _line(mask, start, end, wide)
        self.lay(mask, colour, max(widths) * 0.35)

    def shape(self, points: Sequence[Point], colour: Colour, round_px: float, gloss: float = 0.0) -> None:
        """Lay a polygon."""
        mask = self.blank()
        cv2.fillPoly(mask, [_fixed(points)], 255, cv2.LINE_AA, _SHIFT)
        self.lay(mask, colour, round_px, gloss)

    def disc(self, centre: Point, axes: Point, colour: Colour, round_px: float) -> None:
        """Lay an ellipse."""
        mask = self.blank()
        scaled = (round(centre[0] * 16), round(centre[1] * 16)), (round(axes[0] * 16), round(axes[1] * 16))
        cv2.ellipse(mask, *scaled, 0, 0, 360, 255, -1, cv2.LINE_AA, _SHIFT)
        self.lay(mask, colour, round_px)

    def done(self, seed: int) -> Floats:
        """Return the drawing as linear red, green, blue and opacity, (height, width, 4)."""
        rng = np.random.default_rng(seed)
        cloth = cv2.GaussianBlur(rng.standard_normal(self.alpha.shape).astype(np.float32), (0, 0), 3.0) * 4.0
        coded = np.clip(self.colour * (1 + 0.05 * cloth[..., None]) / 255, 0, 1)
        return cast(Floats, np.dstack([coded**2.2, self.alpha]).astype(np.float32))


def _fixed(points: Sequence[Point]) -> npt.NDArray[np.int32]:
    return cast("npt.NDArray[np.int32]", np.rint(np.array(points) * 16).astype(np.int32))


def _line(mask: Pixels, start: Point, end: Point, wide: float) -> None:
    a, b = _fixed([start, end])
    cv2.line(
        mask, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 255, max(round(wide), 1), cv2.LINE_AA, _SHIFT
    )


@cache
def walker(style: int, stride: int) -> Floats:
    """Return a walker who goes right, the feet at the bottom: linear RGB and opacity, (height, width, 4)."""
    drawing = _Drawing(TALL, TALL // 2 + 40)
    swing = 2 * pi * stride / STRIDES
    middle = (TALL // 2 + 40) / 2
    bob = 5 * cos(2 * swing)
    hip = (middle, 0.525 * TALL + bob)
    neck = (middle + 7, 0.185 * TALL + bob)
    coat, trousers = _COATS[style], _TROUSERS[style]

    def leg(turn: float, dim: float) -> None:
        lift = max(0.0, cos(turn))
        thigh, shin = 0.46 * sin(turn), 0.46 * sin(turn) - 0.75 * lift * (0.5 + 0.5 * cos(turn)) * 0.9
        knee = (hip[0] + 118 * sin(thigh), hip[1] + 112 * cos(thigh))
        ankle = (knee[0] + 112 * sin(shin), min(knee[1] + 108 * cos(shin), TALL - 16))
        shade = _dim(trousers, dim)
        drawing.limb([hip, knee, ankle], [42, 31], shade)
        shoe = [(ankle[0] - 13, ankle[1] - 4), (ankle[0] + 12, ankle[1] - 6), (ankle[0] + 36, ankle[1] + 9),
                (ankle[0] + 36, ankle[1] + 15), (ankle[0] - 14, ankle[1] + 15)]  # fmt: skip
        drawing.shape(shoe, _dim((52, 44, 40), dim), 4)

    def arm(turn: float, dim: float) -> None:
        shoulder = (neck[0] - 6, neck[1] + 34)
        upper, lower = 0.50 * sin(turn), 0.50 * sin(turn) + 0.38
        elbow = (shoulder[0] + 78 * sin(upper), shoulder[1] + 78 * cos(upper))
        wrist = (elbow[0] + 66 * sin(lower), elbow[1] + 66 * cos(lower))
        drawing.limb([shoulder, elbow, wrist], [29, 23], _dim(coat, dim))
        drawing.disc((wrist[0] + 3, wrist[1] + 8), (10, 12), _dim(_SKIN[style], dim), 4)

    arm(swing, 0.72)
    leg(swing + pi, 0.74)
    leg(swing, 1.0)
    torso = [
        (neck[0] - 16, neck[1] + 4), (neck[0] + 14, neck[1] + 4), (neck[0] + 31, neck[1] + 34),
        (neck[0] + 30, neck[1] + 92), (hip[0] + 31, hip[1] + 22), (hip[0] - 29, hip[1] + 24),
        (neck[0] - 40, neck[1] + 96), (neck[0] - 39, neck[1] + 34),
    ]  # fmt: skip
    drawing.shape(torso, coat, 16)
    if style % 3 == 0:
        pack = [(neck[0] - 34, neck[1] + 18), (neck[0] - 66, neck[1] + 34), (neck[0] - 70, neck[1] + 116),
                (neck[0] - 36, neck[1] + 124)]  # fmt: skip
        drawing.shape(pack, (58, 70, 62), 12)
    head = (neck[0] + 7, neck[1] - 38)
    drawing.limb([(neck[0], neck[1] + 10), (neck[0] + 4, neck[1] - 16)], [24], _dim(_SKIN[style], 0.85))
    drawing.disc(head, (27, 34), _SKIN[style], 12)
    drawing.shape(
        [(head[0] + 25, head[1] - 2), (head[0] + 33, head[1] + 8), (head[0] + 24, head[1] + 11)],
        _SKIN[style],
        3,
    )
    hair = drawing.blank()
    centre = round((head[0] - 3) * 16), round((head[1] - 7) * 16)
    cv2.ellipse(hair, centre, (29 * 16, 31 * 16), 0, 95, 318, 255, -1, cv2.LINE_AA, _SHIFT)
    drawing.lay(hair, _HAIR[style], 9)
    arm(swing + pi, 1.0)
    return drawing.done(style)


def _dim(colour: Colour, share: float) -> Colour:
    return round(colour[0] * share), round(colour[1] * share), round(colour[2] * share)


@cache
def car(style: int) -> Floats:
    """Return a car that goes right, the wheels at the bottom: linear RGB and opacity, (height, width, 4)."""
    height = round(LONG * 0.36)
    drawing = _Drawing(height, LONG)
    is_van = style == 4
    paint = _PAINT[style]
    scale = LONG / 880
    roof = 12 if is_van else (26 if style % 2 else 38)

    def at(*points: Point) -> list[Point]:
        return [(x * scale, y * scale) for x, y in points]

    if is_van:
        top = at((26, 60), (44, 20), (90, roof), (560, roof), (640, 34), (742, 132), (838, 160), (862, 200))
        glass = (
            at((566, 36), (634, 52), (718, 134), (560, 134)),
            at((416, 36), (540, 36), (536, 134), (416, 134)),
        )
    else:
        rear = 150 if style % 2 else 96
        top = at(
            (24, 150), (60, 128), (rear, 110), (rear + 100, 50), (rear + 190, roof), (470, roof - 2),
            (560, 52), (664, 126), (800, 146), (852, 178),
        )  # fmt: skip
        glass = (
            at((rear + 84, 118), (rear + 142, 62), (rear + 206, roof + 18), (372, roof + 17), (366, 122)),
            at((388, 122), (394, roof + 17), (468, roof + 20), (538, 62), (612, 126)),
        )
    floor = at((868, 232), (858, 262), (24, 262), (14, 226))
    outline = _curved([*top, *floor])
    drawing.shape(outline, paint, 18, gloss=0.3)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    # The upper side mirrors the sky, the sill is dark, and a bright line runs along the waist.
    sheen = (
        0.70
        + 0.55 * np.exp(-np.square((rows - 0.46) / 0.07))
        + 0.28 * (rows < 0.5)
        - 0.35 * np.clip(rows - 0.62, 0, 1) * 2
    )
    drawing.colour *= np.clip(sheen, 0.3, 1.5)[..., None]
    for pane in glass:
        # A dark seal around each pane, then glass that mirrors the sky at its top.
        drawing.shape(_curved(_grown(pane, 1.07)), (22, 23, 25), 2)
        drawing.shape(_curved(pane), (50, 60, 68), 5)
        glint = drawing.blank()
        cv2.fillPoly(
            glint,
            [_fixed([(pane[0][0], pane[0][1]), pane[1], (pane[1][0] + 50, pane[1][1])])],
            255,
            cv2.LINE_AA,
            4,
        )
        drawing.colour += (glint.astype(np.float32) / 255 * 26)[..., None] * (drawing.alpha > 0.5)[..., None]
    for x in (372, 620) if not is_van else (404, 552):
        seam = drawing.blank()
        _line(seam, (x * scale, 128 * scale), ((x - 6) * scale, 240 * scale), 3)
        drawing.lay(seam, _dim(paint, 0.45), 1)
    for x in (346, 590):
        drawing.shape(at((x - 34, 148), (x, 148), (x, 155), (x - 34, 155)), _dim(paint, 0.55), 1)
    drawing.shape(at((812, 158), (852, 182), (846, 198), (800, 176)), (236, 236, 224), 4)
    drawing.shape(at((22, 154), (48, 148), (46, 188), (20, 192)), (168, 22, 20), 4)
    drawing.shape(at((16, 226), (868, 226), (862, 260), (22, 260)), (40, 41, 43), 6)
    for x in (182, 690):
        drawing.disc((x * scale, 244 * scale), (74 * scale, 74 * scale), (18, 18, 20), 4)
        drawing.disc((x * scale, 250 * scale), (63 * scale, 63 * scale), (30, 30, 32), 10)
        drawing.disc((x * scale, 250 * scale), (41 * scale, 41 * scale), (132, 134, 138), 8)
        for spoke in range(5):
            turn = spoke * 2 * pi / 5
            hole = ((x + 25 * cos(turn)) * scale, (250 + 25 * sin(turn)) * scale)
            drawing.disc(hole, (9 * scale, 9 * scale), (52, 53, 56), 2)
        drawing.disc((x * scale, 250 * scale), (8 * scale, 8 * scale), (104, 106, 110), 2)
    return drawing.done(40 + style)


def _grown(points: Sequence[Point], factor: float) -> list[Point]:
    """Return a polygon enlarged about its middle."""
    middle = np.mean(np.array(points), axis=0)
    grown = middle + (np.array(points) - middle) * factor
    return [(float(x), float(y)) for x, y in grown]


def _curved(points: Sequence[Point]) -> list[Point]:
    """Return a closed polygon with its corners cut twice (Chaikin)."""
    ring = np.array(points, np.float64)
    for _ in range(2):
        after = np.roll(ring, -1, axis=0)
        ring = np.stack([ring * 0.78 + after * 0.22, ring * 0.22 + after * 0.78], axis=1).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in ring]
