"""What reading a river level costs a picture of 800x600, beside taking the same JPEG apart.

A drawn board with eight bow-ties stands in still water that rises from picture to picture.
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
from landwatch.types import Pixels

PICTURES = 24
WARM = 4
"""First pictures, which are not counted."""

SIZE = (600, 800)
MARKS = [(x, y) for y in (115, 249, 379, 506) for x in (410, 664)]
"""Tips of the bow-ties. [px]"""


def main() -> None:
    """Print the cost."""
    points = [[x, y, x / 410, (600 - y) / 410] for x, y in MARKS]
    camera = Camera(name="bench", source={"kind": "folder"}, measure={"river": {"points": points}})
    instruments, past = instruments_of(camera), Past()
    read_ms, decode_ms, absent = [], [], 0
    for number in range(PICTURES):
        pixels = _board(line=520 - 10 * number)
        content = simplejpeg.encode_jpeg(pixels, 90)
        started = time.process_time_ns()
        simplejpeg.decode_jpeg(content)
        decode_ms.append((time.process_time_ns() - started) / 1e6)
        made = picture(pixels, taken=NOON + timedelta(minutes=15 * number))
        past.begin(made)
        started = time.process_time_ns()
        readings = read(made, past, (), instruments)
        read_ms.append((time.process_time_ns() - started) / 1e6)
        past.end(())
        absent += readings[0].value is None
    cost, least = statistics.median(read_ms[WARM:]), statistics.median(decode_ms[WARM:])
    print(f"river level, {SIZE[1]}x{SIZE[0]}: CPU ms a picture, median of {PICTURES - WARM}; {absent} absent")
    print(f"read {cost:.1f} ms, {1000 / cost:.0f} pictures/s; decoding the JPEG {least:.1f} ms")


def _board(line: int) -> Pixels:
    gray = np.full(SIZE, 70, np.uint8)
    gray[50:, 340:740] = 220
    for x, y in MARKS:
        for side in (-48, 48):
            corners = np.array([(x, y), (x + side, y - 46), (x + side, y + 46)])
            cv2.fillPoly(gray, [corners], 30)
    rows = np.arange(line, SIZE[0])
    gray[rows] = 20 + gray[np.clip(2 * line - 1 - rows, 0, None)] // 2
    return np.ascontiguousarray(np.repeat(gray[..., None], 3, axis=2))


if __name__ == "__main__":
    main()
