"""What each step of the way costs a 1080p picture, beside the least that it could cost.

The pictures are a rendered valley's, 10 s apart, encoded as JPEG before the clock starts. Least: for choose
and encode the bare JPEG codec call, for keep
writing and syncing the same bytes once. Other steps have no physical limit to compare with. Below, examine is
taken apart: the small copy, then each check alone. Of those that share something the first one pays.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import simplejpeg

from landwatch import diagnose, measure
from landwatch.clock import SetClock
from landwatch.config import Camera, Limits
from landwatch.decide import Judge, default_rules
from landwatch.past import Past
from landwatch.publish import encode
from landwatch.redact import Detector, Remover
from landwatch.sample import choose
from landwatch.store import Store
from landwatch.testing import NOON
from landwatch.types import Finding, Frame, Outcome, band
from landwatch.valley import Schedule, Valley

PICTURES = 16
WARM = 4
"""First pictures, which are not counted."""

SIZE = (1080, 1920)


class Costs:
    """Processor time [ms] of each step, summed over all threads of the process."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Add what the block costs."""
        before = time.process_time_ns()
        yield
        self.spent[step].append((time.process_time_ns() - before) / 1e6)

    def median(self, step: str) -> float:
        """Return the median cost of a step, warm-up left out. [ms]"""
        return statistics.median(self.spent[step][WARM:])


def main() -> None:
    """Print the table."""
    valley, schedule = Valley(seed=1, size=SIZE, view="ridge"), Schedule()
    half = SIZE[0] // 2
    camera = Camera(
        name="bench",
        source={"kind": "simulator"},
        measure={
            "greenness": {"region": [[0, half], [SIZE[1], half], [SIZE[1], SIZE[0]], [0, SIZE[0]]]},
            "smoke": {},
        },
    )
    checks, instruments = diagnose.checks_of(camera), measure.instruments_of(camera)
    remover, past, apart = (
        Remover(camera, Detector(), sequence=True),
        Past(interval=10.0),
        Past(interval=10.0),
    )
    judge = Judge(camera.name, default_rules((), measure.quantities(instruments)))
    costs = Costs()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store", SetClock(NOON))
        store.enroll([camera])
        for number in range(PICTURES):
            taken = NOON + timedelta(seconds=10 * number)
            content = simplejpeg.encode_jpeg(np.ascontiguousarray(valley.render(taken, schedule)), 85)
            frame = Frame(
                camera=camera.name,
                name=str(number),
                taken=taken,
                time_from="given",
                received=taken,
                encoding="jpeg",
                uncleared=content,
            )
            with costs.of("choose"):
                sample = choose(frame, Limits())
            with costs.of("clear"):
                picture = remover.clear(sample)
            with costs.of("examine"):
                past.begin(picture)
                findings = diagnose.examine(picture, past, checks)
            with costs.of("small copy"):
                apart.begin(picture)
            alone: list[Finding] = []
            for name, wanted in checks.items():
                with costs.of(name):
                    alone += diagnose.examine(picture, apart, {name: wanted})
            apart.end(tuple(alone))
            with costs.of("read"):
                readings = measure.read(picture, past, findings, instruments)
            with costs.of("encode"):
                still = encode(picture)
            with costs.of("judge"):
                events = judge.judge(readings, frame.name, still.sha256)
            past.end(findings)
            outcome = Outcome(
                camera=camera.name,
                name=frame.name,
                taken=taken,
                time_from="given",
                received=taken,
                status="cleared",
                reason=None,
                masked=band(picture.removal.share),
                model=picture.removal.model,
                still=still,
                findings=findings,
                readings=readings,
                events=events,
            )
            with costs.of("keep"):
                store.keep(outcome)
            pixels = np.ascontiguousarray(picture.pixels)
            _limit(costs, "choose", lambda content=content: simplejpeg.decode_jpeg(content))
            _limit(costs, "encode", lambda pixels=pixels: simplejpeg.encode_jpeg(pixels, 85))
            _limit(costs, "keep", lambda still=still: _write(Path(folder) / "raw", still.content))
        store.close()
    _print(costs)
    print("\nexamine taken apart")
    for part in ("small copy", *sorted(checks, key=costs.median, reverse=True)):
        print(f"{part:<10}{costs.median(part):>9.2f}")


def _limit(costs: Costs, step: str, call: Callable[[], object]) -> None:
    with costs.of(f"limit of {step}"):
        call()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _print(costs: Costs) -> None:
    steps = ("choose", "clear", "examine", "read", "encode", "judge", "keep")
    print(f"the way of a 1080p picture: CPU ms a picture, median of {PICTURES - WARM}")
    print(f"{'step':<10}{'ms':>9}{'limit':>9}{'ratio':>8}")
    for step in steps:
        limit = f"limit of {step}"
        if limit in costs.spent:
            least = costs.median(limit)
            print(f"{step:<10}{costs.median(step):>9.2f}{least:>9.2f}{costs.median(step) / least:>8.2f}")
        else:
            print(f"{step:<10}{costs.median(step):>9.2f}{'-':>9}{'-':>8}")
    print(f"{'all':<10}{sum(costs.median(step) for step in steps):>9.2f}")
