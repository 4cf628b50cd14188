"""Pictures for the checks' tests: computed land with texture, sky and sensor noise."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import cv2
import numpy as np

from landwatch import testing
from landwatch.config import Camera
from landwatch.diagnose import checks_of, examine
from landwatch.past import Past

WIDTH, HEIGHT = 640, 480


@cache
def land(seed=1, width=WIDTH, height=HEIGHT):
    """Return land under a bright sky, with detail at all scales: (height, width, 3), sRGB [0-255]."""
    random = np.random.default_rng(seed)
    texture = np.zeros((height, width), np.float32)
    for scale in (1, 2, 4, 8, 16, 32):
        size = (max(2, width // scale), max(2, height // scale))
        layer = random.normal(size=(size[1], size[0])).astype(np.float32)
        texture += cv2.resize(layer, (width, height), interpolation=cv2.INTER_CUBIC) * scale**0.5
    texture *= 14.0 / texture.std()
    sky = np.linspace(205, 170, height, dtype=np.float32)[:, None] + 0.08 * texture
    ground = 95 + texture
    ridge = height * (0.35 + 0.06 * np.sin(np.arange(width) / 70.0))
    is_sky = np.arange(height)[:, None] < ridge[None]
    gray = np.where(is_sky, sky, ground)
    tint = np.where(is_sky[..., None], (0.90, 0.98, 1.08), (1.04, 1.0, 0.84))
    return np.clip(gray[..., None] * tint, 0, 255).astype(np.uint8)


def noisy(pixels, seed, sigma=2.0):
    """Return a picture as a sensor would take it: with noise of standard deviation `sigma` [0-255]."""
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


class Watch:
    """One camera whose pictures are examined one after the other."""

    def __init__(self, *, interval=60.0, place=None, check=None, start=testing.NOON):
        camera = Camera(name="test", source={"kind": "folder"}, check=check or {})
        self.settings = checks_of(camera)
        self.past = Past(interval=interval, place=place)
        self.interval = interval
        self.time = start

    def see(self, pixels, *, mask=None, taken=None, delay=0.0):
        """Return the findings of the next picture by check; time moves on by the interval."""
        taken = self.time if taken is None else taken
        picture = testing.picture(pixels, taken=taken, received=taken + timedelta(seconds=delay), mask=mask)
        self.past.begin(picture)
        findings = examine(picture, self.past, self.settings)
        self.past.end(findings)
        self.time = taken + timedelta(seconds=self.interval or 60.0)
        return {finding.check: finding for finding in findings}

    def live(self, pixels, count=8, seed=100):
        """See `count` ordinary pictures; return the findings of the last."""
        return [self.see(noisy(pixels, seed + i)) for i in range(count)][-1]
