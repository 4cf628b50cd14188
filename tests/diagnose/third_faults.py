"""The same faults a third time, after what cameras on poles really show, to hold no check to two recipes."""

from __future__ import annotations

import cv2
import numpy as np


def _clip(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def _blotches(shape, random, share, size):
    """Return a mask of irregular blotches that cover about `share` of the lower three quarters [0-1]."""
    height, width = shape
    field = random.normal(size=(max(2, height // size), max(2, width // size))).astype(np.float32)
    field = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    field[: height // 4] = -9
    return np.float32(field > np.quantile(field[height // 4 :], 1 - share))


def boxed(pixels, strength, random, number):
    """Out of focus, as a box average."""
    side = 2 * round((2, 4, 8)[strength] * pixels.shape[1] / 640) + 1
    return cv2.blur(pixels, (side, side))


def smeared_across(pixels, strength, random, number):
    side = 2 * round((4, 7, 14)[strength] * pixels.shape[1] / 640) + 1
    return cv2.blur(pixels, (side, 1))


def smeared_down(pixels, strength, random, number):
    side = 2 * round((4, 7, 14)[strength] * pixels.shape[1] / 640) + 1
    return cv2.blur(pixels, (1, side))


def refracting(pixels, strength, random, number):
    """Rain drops: small lenses that show the whole view upside down."""
    height, width = pixels.shape[:2]
    wet = pixels.copy()
    for _ in range((4, 8, 14)[strength]):
        x, y = int(random.uniform(0.08, 0.92) * width), int(random.uniform(0.35, 0.92) * height)
        radius = int(random.uniform(0.03, 0.06) * width)
        rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
        away = np.hypot(rows, columns) / radius
        source_x = np.clip(x - columns * 4, 0, width - 1)
        source_y = np.clip(y - rows * 4, 0, height - 1)
        lens = cv2.remap(pixels, source_x, source_y, cv2.INTER_LINEAR).astype(np.float32)
        lens *= (1.15 - 0.4 * away**4)[..., None]
        top, left = max(0, y - radius), max(0, x - radius)
        place = wet[top : y + radius + 1, left : x + radius + 1]
        part = (slice(top - y + radius, None), slice(left - x + radius, None))
        part = (
            slice(part[0].start, part[0].start + place.shape[0]),
            slice(part[1].start, part[1].start + place.shape[1]),
        )
        inside = (away <= 1)[part][..., None]
        place[:] = np.where(inside, _clip(lens)[part], place)
    return wet


def blotched(pixels, strength, random, number):
    """Dust and mud: irregular blotches, half opaque and soft."""
    veil = _blotches(pixels.shape[:2], random, (0.08, 0.18, 0.3)[strength], 40)
    veil = cv2.GaussianBlur(veil, (0, 0), pixels.shape[1] / 160)[..., None] * 0.85
    return _clip(pixels * (1 - veil) + np.float32((95, 88, 76)) * veil)


def webbed(pixels, strength, random, number):
    """A web: bright threads out of focus before the lens."""
    height, width = pixels.shape[:2]
    threads = np.zeros((height, width), np.float32)
    middle = np.array((random.uniform(0.3, 0.7) * width, random.uniform(0.4, 0.8) * height))
    angles = np.linspace(0, 2 * np.pi, 11)[:-1] + random.uniform(0, 0.6)
    reach = (0.25, 0.4, 0.6)[strength] * width
    ends = middle + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    thick = max(2, round((4, 6, 8)[strength] * width / 640))
    for end in ends:
        cv2.line(threads, middle.astype(int), end.astype(int), 1.0, thick)
    for ring in (0.3, 0.55, 0.8, 1.0):
        points = (middle + ring * (ends - middle)).astype(np.int32)
        cv2.polylines(threads, [points], True, 1.0, thick)
    threads = cv2.GaussianBlur(threads, (0, 0), 1.5 * width / 640)[..., None] * 0.9
    return _clip(pixels * (1 - threads) + 215 * threads)


def snowed_up(pixels, strength, random, number):
    """Snow that sticks to the glass from below, with a ragged edge."""
    height, width = pixels.shape[:2]
    edge = cv2.resize(random.normal(0, 0.05, (1, 12)).astype(np.float32), (width, 1))[0]
    top = (1 - (0.45, 0.65, 0.95)[strength] + edge) * height
    snow = cv2.GaussianBlur(np.float32(np.arange(height)[:, None] > top), (0, 0), width / 80)[..., None]
    return _clip(pixels * (1 - snow) + 225 * snow)


def edged(pixels, strength, random, number):
    """Moved; the border is drawn out."""
    step, angle = (8, 16, 40)[strength] * pixels.shape[1] / 640, random.uniform(0, 2 * np.pi)
    matrix = np.float64([[1, 0, step * np.cos(angle)], [0, 1, step * np.sin(angle)]])
    return cv2.warpAffine(pixels, matrix, pixels.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def cropped(pixels, strength, random, number):
    """Moved: another part of a picture that was wider, scaled up to the old size."""
    height, width = pixels.shape[:2]
    step = round((8, 16, 40)[strength] * width / 640)
    left, top = (step, 0) if random.random() < 0.5 else (0, step)
    return cv2.resize(pixels[top : height - step + top, left : width - step + left], (width, height))


def starved(pixels, strength, random, number):
    """Few photons: noise that grows with the light, each channel alone."""
    electrons = (60.0, 25.0, 8.0)[strength]
    return _clip(np.random.default_rng(number).poisson(pixels / 255.0 * electrons) * 255.0 / electrons)


def coarse_noise(pixels, strength, random, number):
    """Noise through a decoder's or a scaler's smoothing: grains of two pixels."""
    height, width = pixels.shape[:2]
    grain = np.random.default_rng(number).normal(0, (14, 28, 45)[strength], (height // 2, width // 2, 3))
    return _clip(pixels + cv2.resize(grain.astype(np.float32), (width, height)))


def uniform_noise(pixels, strength, random, number):
    half = (18, 32, 60)[strength]
    return _clip(pixels + np.random.default_rng(number).uniform(-half, half, pixels.shape))


def alternating(pixels, strength, random, number):
    """Every other pair of columns is darker, as with one of two amplifiers off."""
    striped = pixels.astype(np.float32)
    wide = max(2, pixels.shape[1] // 160)
    for left in range(0, pixels.shape[1], 2 * wide):
        striped[:, left : left + wide] *= (0.9, 0.8, 0.6)[strength]
    return _clip(striped)


def barred(pixels, strength, random, number):
    """Some thick bars of rows, brighter or darker, at other places each time."""
    dice, barred = np.random.default_rng(number), pixels.astype(np.float32)
    thick = max(3, pixels.shape[0] // 80)
    for top in dice.integers(0, pixels.shape[0], (8, 14, 24)[strength]):
        barred[top : top + thick] += (-1) ** int(top) * (20, 40, 80)[strength]
    return _clip(barred)


def warmed(pixels, strength, random, number):
    """White balance set for another light."""
    gains = ((1.2, 1.0, 0.8), (1.35, 1.02, 0.65), (1.6, 1.05, 0.4))[strength]
    return _clip(pixels * (gains if random.random() < 0.5 else gains[::-1]))


def greened(pixels, strength, random, number):
    return _clip(pixels * ((0.85, 1.05, 0.85), (0.7, 1.1, 0.7), (0.45, 1.2, 0.45))[strength])


def pink_by_day(pixels, strength, random, number):
    """The infra-red filter is away in colour mode: leaves glow, and all turns pink."""
    light = pixels.astype(np.float32)
    glow = (0.4, 0.7, 1.0)[strength]
    gray = light.mean(axis=2, keepdims=True)
    infrared = gray * 1.1 + 20
    return _clip((1 - glow) * light + glow * infrared * np.float32((1.12, 0.86, 1.06)))


def slanting(pixels, strength, random, number):
    """Rows slip more and more below a row."""
    height, width = pixels.shape[:2]
    at = round(height * random.uniform(0.4, 0.65))
    torn = pixels.copy()
    for row in range(at, height):
        slip = round((0.03 + (0.05, 0.12, 0.25)[strength] * (row - at) / (height - at)) * width)
        torn[row] = np.roll(pixels[row], slip, axis=0)
    return torn


def blackened(pixels, strength, random, number):
    """The rest of the picture is black."""
    torn = pixels.copy()
    torn[round(pixels.shape[0] * (0.8, 0.6, 0.45)[strength]) :] = 0
    return torn


def mirrored(pixels, strength, random, number):
    """Another place: the mirror image, and beyond weak a strip of it, enlarged."""
    height = pixels.shape[0]
    other = pixels[:, ::-1]
    part = other[height * strength // 8 : height - height * strength // 8]
    return cv2.resize(np.ascontiguousarray(part), pixels.shape[1::-1])


THIRD_FAULTS = {
    "boxed": (boxed, "blur"),
    "smeared across": (smeared_across, "blur"),
    "smeared down": (smeared_down, "blur"),
    "refracting": (refracting, "dirt"),
    "blotched": (blotched, "dirt"),
    "webbed": (webbed, "dirt"),
    "snowed up": (snowed_up, "covered"),
    "edged": (edged, "moved"),
    "cropped": (cropped, "moved"),
    "starved": (starved, "noise"),
    "coarse noise": (coarse_noise, "noise"),
    "uniform noise": (uniform_noise, "noise"),
    "alternating": (alternating, "stripes"),
    "barred": (barred, "stripes"),
    "warmed": (warmed, "colour"),
    "greened": (greened, "colour"),
    "pink by day": (pink_by_day, "infrared"),
    "slanting": (slanting, "torn"),
    "blackened": (blackened, "torn"),
    "mirrored": (mirrored, "scene"),
}
"""Each fault and the check that names it."""
