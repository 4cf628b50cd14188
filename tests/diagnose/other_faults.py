"""The same faults once more, made in other ways than in `faults.py`, so that no check fits one recipe.

Where `faults.py` scales levels, these change the exposure in linear light; where it blurs by a Gaussian,
these spread by a disc or a line; where it lays soft blobs on the land, these draw hard ones anywhere.
"""

from __future__ import annotations

import cv2
import numpy as np

GAMMA = 2.2


def _clip(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def _expose(pixels, stops):
    levels = np.arange(256) / 255.0
    curve = 255.0 * np.minimum(1.0, levels**GAMMA * 2.0**stops) ** (1 / GAMMA)
    return cv2.LUT(pixels, _clip(np.round(curve)))


def shut(pixels, strength, random, number):
    """A shutter that lets nothing through: one dark level."""
    return np.full_like(pixels, (10, 4, 0)[strength])


def bright(pixels, strength, random, number):
    return _expose(pixels, (1.5, 3.0, 5.0)[strength])


def gained(pixels, strength, random, number):
    return cv2.convertScaleAbs(pixels, alpha=1.0, beta=(60, 110, 170)[strength])


def dim(pixels, strength, random, number):
    return _expose(pixels, (-2.5, -4.0, -6.0)[strength])


def gamma(pixels, strength, random, number):
    power = (2.0, 3.5, 6.0)[strength]
    return cv2.LUT(pixels, _clip(255 * (np.arange(256) / 255) ** power))


def faded(pixels, strength, random, number):
    """Contrast about the picture's own mean."""
    left = (0.6, 0.35, 0.2)[strength]
    mean = pixels.mean()
    return _clip(mean + left * (pixels.astype(np.float32) - mean))


def misted(pixels, strength, random, number):
    """A white veil with soft blur, as breath on the glass."""
    width = pixels.shape[1]
    soft = cv2.GaussianBlur(pixels, (0, 0), width / 320)
    part = (0.4, 0.6, 0.8)[strength]
    return cv2.addWeighted(soft, 1 - part, np.full_like(pixels, 215), part, 0)


def defocused(pixels, strength, random, number):
    radius = (2, 4, 8)[strength] * pixels.shape[1] / 640
    side = 2 * int(np.ceil(radius)) + 1
    rows, columns = np.indices((side, side)) - side // 2
    disc = (rows**2 + columns**2 <= radius**2).astype(np.float32)
    return cv2.filter2D(pixels, -1, disc / disc.sum())


def shaken(pixels, strength, random, number):
    """A line along which everything is smeared, about 45 degrees."""
    side = 2 * round((3, 6, 12)[strength] * pixels.shape[1] / 640) + 1
    line = np.eye(side, dtype=np.float32)
    return cv2.filter2D(pixels, -1, line / side)


def splashed(pixels, strength, random, number):
    """Opaque brown spots with hard edges, anywhere on the glass."""
    height, width = pixels.shape[:2]
    spotted = pixels.copy()
    for _ in range((4, 8, 14)[strength]):
        centre = (int(random.integers(0, width)), int(random.integers(height // 5, height)))
        axes = (int(random.uniform(0.03, 0.07) * width), int(random.uniform(0.03, 0.07) * width))
        cv2.ellipse(spotted, centre, axes, float(random.uniform(0, 180)), 0, 360, (62, 50, 38), -1)
    return spotted


def dropped(pixels, strength, random, number):
    """Drops: discs in which all is out of focus and a little brighter."""
    height, width = pixels.shape[:2]
    soft = cv2.GaussianBlur(pixels, (0, 0), width / 40).astype(np.float32) * 1.1 + 8
    disc = np.zeros((height, width), np.uint8)
    for _ in range((3, 6, 10)[strength]):
        centre = (int(random.uniform(0.1, 0.9) * width), int(random.uniform(0.4, 0.95) * height))
        cv2.circle(disc, centre, int(random.uniform(0.05, 0.08) * width), 255, -1)
    return np.where(disc[..., None] > 0, _clip(soft), pixels)


def leaf(pixels, strength, random, number):
    """A dark green polygon with hard edges, from the left, right or below."""
    height, width = pixels.shape[:2]
    share = (0.4, 0.6, 0.85)[strength]
    side = random.integers(0, 3)
    covered = pixels.copy()
    slant = 0.1
    if side == 2:
        corners = [
            (0, height * (1 - share)),
            (width, height * (1 - share - slant)),
            (width, height),
            (0, height),
        ]
    else:
        edge = width * share
        corners = [(0, 0), (edge, 0), (edge + slant * width, height), (0, height)]
        if side == 1:
            corners = [(width - x, y) for x, y in corners]
    cv2.fillPoly(covered, [np.array(corners, np.int32)], (34, 60, 30))
    return covered


def sprayed(pixels, strength, random, number):
    """Paint or snow on the whole glass but for a hole."""
    height, width = pixels.shape[:2]
    painted = np.full_like(pixels, (190, 195, 200))
    hole = np.zeros((height, width), np.uint8)
    radius = int((0.35, 0.22, 0.0)[strength] * width)
    if radius:
        cv2.circle(hole, (width // 2, height // 2), radius, 255, -1)
    return np.where(hole[..., None] > 0, pixels, painted)


def pushed(pixels, strength, random, number):
    """Shifted by whole pixels; what comes in from beyond the border is black."""
    step = round((8, 20, 60)[strength] * pixels.shape[1] / 640)
    right, down = ((step, 0), (0, step), (-step, 0), (0, -step))[random.integers(0, 4)]
    matrix = np.float32([[1, 0, right], [0, 1, down]])
    return cv2.warpAffine(pixels, matrix, pixels.shape[1::-1])


def wrapped(pixels, strength, random, number):
    return np.roll(pixels, round((-10, -24, 80)[strength] * pixels.shape[1] / 640), axis=1)


def turned(pixels, strength, random, number):
    height, width = pixels.shape[:2]
    angle = (2.0, 5.0, 12.0)[strength] * (1 if random.random() < 0.5 else -1)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def zoomed(pixels, strength, random, number):
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0.0, (1.05, 1.15, 1.4)[strength])
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def grain(pixels, strength, random, number):
    """Noise of the whole pixel, equal in all channels, as of a starved sensor."""
    noise = np.empty(pixels.shape[:2], np.int16)
    cv2.setRNGSeed(7 + number)
    cv2.randn(noise, 0, (12, 20, 40)[strength])
    return _clip(pixels.astype(np.int16) + noise[..., None])


def salt(pixels, strength, random, number):
    """Snow: single pixels that are white or black."""
    dice = np.random.default_rng(900 + number).random(pixels.shape[:2])
    part = (0.02, 0.05, 0.15)[strength]
    snowy = pixels.copy()
    snowy[dice < part / 2] = 0
    snowy[dice > 1 - part / 2] = 255
    return snowy


def banded(pixels, strength, random, number):
    """Sine-shaped bars across the picture, as of the mains."""
    rows = np.arange(pixels.shape[0], dtype=np.float32)
    period = 16 * pixels.shape[0] / 480
    bars = (12, 25, 50)[strength] * np.sin(2 * np.pi * rows / period + number)
    return _clip(pixels + bars[:, None, None])


def dead_rows(pixels, strength, random, number):
    """Single rows without signal."""
    broken = pixels.copy()
    count = round((6, 20, 60)[strength] * pixels.shape[0] / 480)
    broken[random.choice(pixels.shape[0], count, replace=False)] = 0
    return broken


def dead_columns(pixels, strength, random, number):
    """Single columns at full signal."""
    broken = pixels.copy()
    count = round((6, 20, 60)[strength] * pixels.shape[1] / 640)
    broken[:, random.choice(pixels.shape[1], count, replace=False)] = 255
    return broken


def reddened(pixels, strength, random, number):
    """One channel up alone."""
    cast = pixels.astype(np.float32)
    cast[..., random.integers(0, 3)] *= (1.2, 1.4, 1.8)[strength]
    return _clip(cast)


def tinted(pixels, strength, random, number):
    """A filter of one colour before the lens."""
    tint = np.float32(((255, 120, 200), (120, 200, 255), (255, 210, 110))[random.integers(0, 3)]) / 255
    part = (0.3, 0.55, 0.9)[strength]
    return _clip(pixels * (1 - part + part * tint))


def lost_channel(pixels, strength, random, number):
    weak = pixels.astype(np.float32)
    weak[..., 2] *= (0.6, 0.3, 0.0)[strength]
    return _clip(weak)


def gray_by_day(pixels, strength, random, number):
    """What a camera in night mode sends: no colour, leaves bright."""
    leaves = pixels.astype(np.float32) @ np.float32((0.45, 0.5, 0.05))
    night = cv2.merge([_clip(leaves * 1.1)] * 3)
    left = (0.2, 0.06, 0.0)[strength]
    return cv2.addWeighted(night, 1 - left, pixels, left, 0)


def hunting(pixels, strength, random, number):
    """An iris between two stops."""
    return _expose(pixels, (0.35, 0.7, 1.2)[strength] * (1 if number % 2 else -1))


def one_dark(pixels, strength, random, number):
    """Every second picture is darker; the others are as ever."""
    return pixels if number % 2 else _clip(pixels * (0.85, 0.7, 0.5)[strength])


def sheared(pixels, strength, random, number):
    """From some row on all is shifted sideways, as a lost line sync does."""
    height, width = pixels.shape[:2]
    at = round(height * random.uniform(0.45, 0.7))
    torn = pixels.copy()
    torn[at:] = np.roll(pixels[at:], round((0.03, 0.08, 0.2)[strength] * width), axis=1)
    return torn


def grey_below(pixels, strength, random, number):
    """The rest of the picture did not arrive; a decoder fills it with grey or with its last row."""
    at = round(pixels.shape[0] * (0.8, 0.6, 0.45)[strength])
    torn = pixels.copy()
    torn[at:] = 128 if random.random() < 0.5 else torn[at - 1]
    return torn


def turned_over(pixels, strength, random, number):
    """The lower part is the picture's upper part once more."""
    height = pixels.shape[0]
    at = round(height * (0.7, 0.55, 0.5)[strength])
    torn = pixels.copy()
    torn[at:] = pixels[: height - at]
    return torn


def rolling(pixels, strength, random, number):
    """The picture runs upwards."""
    return np.roll(pixels, -round(pixels.shape[0] * (0.15, 0.3, 0.45)[strength]), axis=0)


OTHER_FAULTS = {
    "shut": (shut, "black"),
    "bright": (bright, "exposure"),
    "gained": (gained, "exposure"),
    "dim": (dim, "exposure"),
    "gamma": (gamma, "exposure"),
    "faded": (faded, "haze"),
    "misted": (misted, "haze"),
    "defocused": (defocused, "blur"),
    "shaken": (shaken, "blur"),
    "splashed": (splashed, "dirt"),
    "dropped": (dropped, "dirt"),
    "leaf": (leaf, "covered"),
    "sprayed": (sprayed, "covered"),
    "pushed": (pushed, "moved"),
    "wrapped": (wrapped, "moved"),
    "turned": (turned, "moved"),
    "zoomed": (zoomed, "moved"),
    "grain": (grain, "noise"),
    "salt": (salt, "noise"),
    "banded": (banded, "stripes"),
    "dead rows": (dead_rows, "stripes"),
    "dead columns": (dead_columns, "stripes"),
    "reddened": (reddened, "colour"),
    "tinted": (tinted, "colour"),
    "lost channel": (lost_channel, "colour"),
    "gray by day": (gray_by_day, "infrared"),
    "hunting": (hunting, "flicker"),
    "one dark": (one_dark, "flicker"),
    "sheared": (sheared, "torn"),
    "grey below": (grey_below, "torn"),
    "turned over": (turned_over, "torn"),
    "rolling": (rolling, "torn"),
}
"""Each fault and the check that names it."""
