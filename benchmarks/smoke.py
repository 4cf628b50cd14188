"""What looking for smoke costs a picture of 640x480 and of 1080p, with its small copy, beside its decoding.

A simulated valley with a growing plume, a picture a minute, so there are candidates to score. One thread.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import cv2
import numpy as np
import simplejpeg

from landwatch.config import Camera
from landwatch.measure import instruments_of, read
from landwatch.past import Past
from landwatch.testing import NOON, Episode, Schedule, Valley, picture

SIZES = {"640x480": (480, 640), "1080p": (1080, 1920)}
PICTURES, WARM = 40, 14
"""The first ones have no background yet, and are not counted."""

MINUTE = timedelta(minutes=1)


def main() -> None:
    """Print the costs."""
    cv2.setNumThreads(1)
    fire = Episode(kind="smoke", start=NOON + WARM * MINUTE, end=NOON + 200 * MINUTE, ramp=10 * MINUTE)
    settings = instruments_of(Camera(name="bench", source={"kind": "folder"}, measure={"smoke": {}}))
    print(f"smoke: CPU ms a picture, median and greatest of {PICTURES - WARM}")
    for name, size in SIZES.items():
        valley, past, noise = Valley(seed=5, size=size, view="ridge"), Past(), np.random.default_rng(1)
        decode_ms: list[float] = []
        cost_ms: list[float] = []
        for number in range(PICTURES):
            taken = NOON + number * MINUTE
            light = valley.render(taken, Schedule(episodes=(fire,))) + noise.normal(0, 1.5, (*size, 3))
            content = simplejpeg.encode_jpeg(np.clip(light, 0, 255).astype(np.uint8), 90)
            started = time.process_time_ns()
            made = picture(simplejpeg.decode_jpeg(content), taken=taken)
            decode_ms.append((time.process_time_ns() - started) / 1e6)
            started = time.process_time_ns()
            past.begin(made)
            (reading,) = read(made, past, (), settings)
            cost_ms.append((time.process_time_ns() - started) / 1e6)
            past.end(())
        assert reading.value is not None
        counted = cost_ms[WARM:]
        print(
            f"{name}: {statistics.median(counted):.1f} ms, {max(counted):.1f} ms at most; "
            f"decoding the JPEG {statistics.median(decode_ms[WARM:]):.1f} ms"
        )


if __name__ == "__main__":
    main()
