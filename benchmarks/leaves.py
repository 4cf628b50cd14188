"""What greenness, the spread of levels and visibility cost a picture of 1296x960, beside decoding its JPEG.

The picture is drawn: leaves below, sky above, half of it the region; the region's means, deviations,
percentiles and correlations are all of PhenoCam's statistics. One thread.
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
from landwatch.testing import NOON, picture

PICTURES = 24
WARM = 4
"""First pictures, which are not counted."""

HEIGHT, WIDTH = 960, 1296

REGION = {"region": [[0, HEIGHT // 2], [WIDTH, HEIGHT // 2], [WIDTH, HEIGHT], [0, HEIGHT]]}
TARGETS = [
    {"name": f"{d} m", "region": [d, 500, d + 60, 530], "distance": d, "contrast": 0.8}
    for d in (50, 100, 200, 400, 800)
]
MEASURE = {
    "greenness": {"greenness": REGION},
    "greenness and levels": {"greenness": REGION, "levels": REGION},
    "visibility": {"visibility": {"sky": [[0, 300, WIDTH, 340]], "target": TARGETS}},
}


def main() -> None:
    """Print the costs."""
    cv2.setNumThreads(1)
    random = np.random.default_rng(1)
    pixels = random.integers(10, 120, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    pixels[: HEIGHT // 2] = (180, 190, 200)
    content = simplejpeg.encode_jpeg(cv2.GaussianBlur(pixels, (5, 5), 0), 90)
    decode_ms: list[float] = []
    cost_ms: dict[str, list[float]] = {name: [] for name in MEASURE}
    instruments = {
        name: instruments_of(Camera(name="bench", source={"kind": "folder"}, measure=wanted))
        for name, wanted in MEASURE.items()
    }
    past = Past()
    for number in range(PICTURES):
        started = time.process_time_ns()
        decoded = simplejpeg.decode_jpeg(content)
        decode_ms.append((time.process_time_ns() - started) / 1e6)
        made = picture(decoded, taken=NOON + timedelta(minutes=15 * number))
        past.begin(made)
        for name, settings in instruments.items():
            started = time.process_time_ns()
            readings = read(made, past, (), settings)
            cost_ms[name].append((time.process_time_ns() - started) / 1e6)
            assert all(reading.value is not None for reading in readings)
        past.end(())
    print(f"leaves and air, {WIDTH}x{HEIGHT}: CPU ms a picture, median of {PICTURES - WARM}")
    print(f"decoding the JPEG {statistics.median(decode_ms[WARM:]):.1f} ms")
    for name, costs in cost_ms.items():
        cost = statistics.median(costs[WARM:])
        print(f"{name} {cost:.1f} ms, {1000 / cost:.0f} pictures/s")


if __name__ == "__main__":
    main()
