"""Faults of cameras, put on good pictures at three strengths: weak, medium, strong."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Fault = Callable[[np.ndarray, int, np.random.Generator, int], np.ndarray]
"""Takes a picture, a strength (0, 1, 2), a random generator that starts equal at each picture, and the number
of the picture since the fault began; returns the faulty picture."""


def _clip(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def black(pixels, strength, random, number):
    return _clip(
        pixels * (0.05, 0.02, 0.0)[strength] + np.random.default_rng(number).normal(0, 1, pixels.shape)
    )


def over(pixels, strength, random, number):
    return _clip(pixels.astype(float) * (1.8, 2.6, 4.0)[strength] + (10, 30, 60)[strength])


def under(pixels, strength, random, number):
    return _clip(pixels * (0.35, 0.2, 0.12)[strength])


def haze(pixels, strength, random, number):
    left = (0.55, 0.38, 0.22)[strength]
    return _clip(pixels * left + 190 * (1 - left))


def blur(pixels, strength, random, number):
    width = pixels.shape[1] / 640
    return cv2.GaussianBlur(pixels, (0, 0), (1.5, 2.5, 5.0)[strength] * width)


def dirt(pixels, strength, random, number):
    height, width = pixels.shape[:2]
    veil = np.zeros((height, width), np.float32)
    for _ in range((2, 4, 7)[strength]):
        centre = (int(random.uniform(0.15, 0.85) * width), int(random.uniform(0.5, 0.9) * height))
        radius = int(random.uniform(0.06, 0.10) * width)
        cv2.circle(veil, centre, radius, 1.0, -1)
    veil = cv2.GaussianBlur(veil, (0, 0), width / 80)[..., None]
    soft = cv2.GaussianBlur(pixels, (0, 0), width / 25) * 0.6 + 55
    return _clip(pixels * (1 - veil) + soft * veil)


def covered(pixels, strength, random, number):
    height, width = pixels.shape[:2]
    share = (0.45, 0.7, 1.0)[strength]
    cover = np.zeros((height, width), np.float32)
    cover[round(height * (1 - share)) :] = 1
    cover = cv2.GaussianBlur(cover, (0, 0), width / 40)[..., None]
    patch = np.full(pixels.shape, (70, 90, 60), np.float32)
    patch += cv2.resize(random.normal(0, 20, (6, 8)).astype(np.float32), (width, height))[..., None]
    return _clip(
        pixels * (1 - cover) + patch * cover + np.random.default_rng(number).normal(0, 1.5, pixels.shape)
    )


def moved(pixels, strength, random, number):
    shift = (8, 16, 48)[strength] * pixels.shape[1] / 640
    angle = random.uniform(0, 2 * np.pi)
    matrix = np.array([[1, 0, shift * np.cos(angle)], [0, 1, shift * np.sin(angle)]])
    return cv2.warpAffine(pixels, matrix, pixels.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def noise(pixels, strength, random, number):
    return _clip(pixels + np.random.default_rng(number).normal(0, (10, 18, 35)[strength], pixels.shape))


def stripes(pixels, strength, random, number):
    height = pixels.shape[0]
    faulty = pixels.astype(float)
    period = random.integers(11, 24) * height // 480
    thick = max(1, height // 240)
    for top in range(0, height, period):
        faulty[top : top + thick] += (14, 28, 60)[strength]
    return _clip(faulty)


def columns(pixels, strength, random, number):
    width = pixels.shape[1]
    faulty = pixels.astype(float)
    for left in random.integers(0, width, (16, 32, 64)[strength]):
        faulty[:, left : left + max(1, width // 320)] -= 50
    return _clip(faulty)


def colour(pixels, strength, random, number):
    gains = np.array(((1.18, 1.0, 0.88), (1.3, 1.0, 0.75), (1.6, 1.0, 0.5))[strength])
    return _clip(pixels * (gains if random.random() < 0.5 else gains[::-1]))


def infrared(pixels, strength, random, number):
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None].astype(float)
    left = (0.25, 0.08, 0.0)[strength]
    return _clip(gray * (1 - left) + pixels * left)


def flicker(pixels, strength, random, number):
    return _clip(pixels * (1 + (-1) ** number * (0.08, 0.15, 0.3)[strength]))


def torn(pixels, strength, random, number):
    height, width = pixels.shape[:2]
    at = round(height * (0.75, 0.6, 0.5)[strength])
    faulty = pixels.copy()
    if random.random() < 0.5:
        faulty[at:] = 128
    else:
        faulty[at:] = np.roll(pixels[at:], width // 3, axis=1)
    return faulty


def rolled(pixels, strength, random, number):
    return np.roll(pixels, round(pixels.shape[0] * (0.2, 0.35, 0.5)[strength]), axis=0)


FAULTS: dict[str, tuple[Fault, str]] = {
    "black": (black, "black"),
    "over": (over, "exposure"),
    "under": (under, "exposure"),
    "haze": (haze, "haze"),
    "blur": (blur, "blur"),
    "dirt": (dirt, "dirt"),
    "covered": (covered, "covered"),
    "moved": (moved, "moved"),
    "noise": (noise, "noise"),
    "stripes": (stripes, "stripes"),
    "columns": (columns, "stripes"),
    "colour": (colour, "colour"),
    "infrared": (infrared, "infrared"),
    "flicker": (flicker, "flicker"),
    "torn": (torn, "torn"),
    "rolled": (rolled, "torn"),
}
"""Each fault and the check that names it."""
