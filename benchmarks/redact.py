"""What removal costs a 1080p picture: looking where the land changed, against looking at every tile.

The land is a rendered valley's, 10 s apart, once its empty land is known. "quiet" is the valley as it is,
with clouds and nobody in it. "moving" has patches of fresh noise all over it in every picture, with more
land between them, so that every tile has changed and the plate is still of use. "storm" has noise
everywhere: the plate is given up once, and the figures are those after it is known again. "cold" has the
pictures in which it is not known yet. Beside the processor time of `clear` stands the share of the tiles
that the detector looked at, and what a look at every tile would have cost in the same run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from landwatch.config import Camera
from landwatch.errors import RedactError
from landwatch.redact import Boxes, Detector, Remover
from landwatch.redact.detector import Deadline
from landwatch.redact.plate import LENGTH
from landwatch.redact.tiles import squares
from landwatch.testing import NOON
from landwatch.types import Pixels, Sample
from landwatch.valley import Schedule, Valley

SIZE = (1080, 1920)
WARM = 12
"""Pictures in which the empty land is learnt. """

PICTURES = 12
"""Those that are counted."""

LOOKS = 9
"""Looks whose median is the cost of one."""

STRENGTH = 40
"""Of the noise that moves everything. [0-255]"""

GRAIN = 8
"""Side of a grain of it. [px]"""

PATCH = 64
"""Side of a patch of it. [px]"""


class Counted:
    """The detector, counting its looks and their processor time."""

    def __init__(self, detector: Detector) -> None:
        self.model = detector.model
        self._detector = detector
        self.looks = 0

    def look(self, tile: Pixels, deadline: Deadline) -> Boxes:
        """Look."""
        self.looks += 1
        return self._detector.look(tile, deadline)


def quiet(pictures: int = WARM + PICTURES) -> Iterator[Pixels]:
    """Yield the valley, 10 s apart."""
    valley, schedule = Valley(seed=1, size=SIZE, view="ridge"), Schedule()
    for number in range(pictures):
        yield np.ascontiguousarray(valley.render(NOON + timedelta(seconds=10 * number), schedule))


def moving() -> Iterator[Pixels]:
    """Yield the valley with patches of noise that are elsewhere in every picture after the warm-up."""
    rng = np.random.default_rng(1)
    rows, columns = -(-SIZE[0] // PATCH), -(-SIZE[1] // PATCH)
    for number, picture in enumerate(quiet()):
        if number >= WARM:
            shown = rng.random((rows, columns)) < 0.25
            picture = noisy(picture, rng, shown.repeat(PATCH, 0).repeat(PATCH, 1)[: SIZE[0], : SIZE[1]])
        yield picture


def storm() -> Iterator[Pixels]:
    """Yield the valley under noise that is new in every picture after the warm-up."""
    rng = np.random.default_rng(1)
    for number, picture in enumerate(quiet(2 * WARM + PICTURES)):
        yield noisy(picture, rng, np.ones(SIZE, bool)) if number >= WARM else picture


def noisy(picture: Pixels, rng: np.random.Generator, where: NDArray[np.bool_]) -> Pixels:
    """Return a picture with noise of large grain where it is asked for."""
    size = (SIZE[0] // GRAIN, SIZE[1] // GRAIN, 1)
    grain = rng.integers(-STRENGTH, STRENGTH, size, dtype=np.int16).repeat(GRAIN, 0).repeat(GRAIN, 1)
    return np.clip(picture + grain * where[:, :, None], 0, 255).astype(np.uint8)


def main() -> None:
    """Print the table."""
    detector = Counted(Detector())
    every = len(squares(SIZE[1], SIZE[0]))
    tile = np.ascontiguousarray(next(quiet())[:416, :416])
    spent = []
    for _ in range(LOOKS):
        start = time.process_time()
        detector.look(tile, Deadline(60.0))
        spent.append(1e3 * (time.process_time() - start))
    look = statistics.median(spent)
    print("removal at 1080p, medians, processor time on one thread")
    print(f"one look {look:.1f} ms; a look at every tile at both scales ({every}): {every * look:.0f} ms")
    print(f"{'land':8} {'clear [ms]':>10} {'looks':>6} {'of all':>7} {'memory [MB]':>12} {'withheld':>9}")
    for name, land, first in (
        ("quiet", quiet(), WARM),
        ("moving", moving(), WARM),
        ("storm", storm(), 2 * WARM),
        ("cold", quiet(LENGTH), 0),
    ):
        print(_row(name, land, first, detector, every))


def _row(name: str, land: Iterator[Pixels], first: int, detector: Counted, every: int) -> str:
    """Return one line of the table, from the picture of number `first` on."""
    remover = Remover(Camera(name="bench", source={"kind": "simulator"}), detector, sequence=True)
    costs, looks, withheld, held = [], [], 0, 0
    for number, pixels in enumerate(land):
        taken = NOON + timedelta(seconds=10 * number)
        sample = Sample(
            camera="bench", name="", taken=taken, time_from="given", received=taken, uncleared=pixels
        )
        before, start = detector.looks, time.process_time()
        try:
            remover.clear(sample)
        except RedactError:
            withheld += number >= first
        if number >= first:
            costs.append(1e3 * (time.process_time() - start))
            looks.append(detector.looks - before)
            held = max(held, remover.bytes_held)
    share = statistics.median(looks) / every
    return (
        f"{name:8} {statistics.median(costs):10.0f} {statistics.median(looks):6.0f} {share:7.1%} "
        f"{held / 1e6:12.0f} {withheld:9}"
    )


if __name__ == "__main__":
    main()
