"""How many outcomes a second the store keeps, beside what the disk can fsync.

    python benchmarks/store.py [--folder DIR] [--outcomes N] [--kilobytes K]

An outcome has one still, six findings and three readings. The aim is 1,000 cameras at one picture in
10 s: 100 outcomes a second. `single` acknowledges each outcome by itself, `group` several in one
transaction.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from landwatch.clock import SetClock
from landwatch.config import Camera
from landwatch.store import Archive, Store
from landwatch.types import Finding, Outcome, Reading, Still

START = datetime(2026, 7, 1, tzinfo=UTC)
CAMERAS = 1000
CHECKS = ("exposure", "blur", "frozen", "lateness", "view", "noise")
QUANTITIES = ("greenness", "redness", "smoke")
GROUPS = (1, 10, 100)


def outcomes(count: int, size: int, seed: int) -> Iterator[Outcome]:
    """Yield outcomes of cameras in turn, with stills of random bytes."""
    chance = random.Random(seed)
    for n in range(count):
        camera = f"camera-{n % CAMERAS:04d}"
        taken = START + timedelta(seconds=10 * n / CAMERAS)
        content = chance.randbytes(size)
        yield Outcome(
            camera=camera,
            name=f"{n}",
            taken=taken,
            time_from="clock",
            received=taken,
            status="cleared",
            reason=None,
            masked=0.01,
            model="0" * 64,
            still=Still(content=content, sha256=hashlib.sha256(content).hexdigest(), width=1920, height=1080),
            findings=tuple(
                Finding(
                    camera=camera, check=check, time=taken, state="good", value=0.5, unit="1", since=START
                )
                for check in CHECKS
            ),
            readings=tuple(
                Reading(camera=camera, quantity=name, time=taken, value=0.3, unit="1", method=f"{name}/1")
                for name in QUANTITIES
            ),
        )


def raw(folder: Path, count: int, size: int) -> float:
    """Return what writing, fsyncing and renaming one file costs, without anything else. [s]"""
    content = os.urandom(size)
    begin = time.perf_counter()
    for n in range(count):
        path = folder / f"raw-{n}"
        with path.with_suffix(".part").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".part").rename(path)
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return (time.perf_counter() - begin) / count


def kept(folder: Path, count: int, size: int, group: int) -> float:
    """Return what keeping one outcome costs, in groups of `group`. [s]"""
    with Store.open(folder, SetClock(START)) as store:
        store.enroll([Camera(name=f"camera-{n:04d}", source={"kind": "folder"}) for n in range(CAMERAS)])
        # The first outcome of a day makes a folder, that of a new camera its series: not what is asked here.
        store.keep_all(outcomes(CAMERAS, 100, seed=0))
        made = list(outcomes(count, size, seed=group))
        begin = time.perf_counter()
        for start in range(0, count, group):
            store.keep_all(made[start : start + group])
        return (time.perf_counter() - begin) / count


def grid(folder: Path) -> float:
    """Return how long the records of all cameras take to read. [s]"""
    with Archive(folder) as archive:
        begin = time.perf_counter()
        assert len(archive.cameras()) == CAMERAS
        return time.perf_counter() - begin


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--folder", type=Path, help="on the disk to be measured; a temporary one by default")
    words.add_argument("--outcomes", type=int, default=400)
    words.add_argument("--kilobytes", type=int, default=200)
    given = words.parse_args(arguments)
    size = given.kilobytes * 1000
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        cost = raw(folder, 100, size)
        print(f"raw      {1 / cost:8.0f} files/s     {1000 * cost:7.2f} ms a file of {given.kilobytes} kB")
        for group in GROUPS:
            place = folder / f"group-{group}"
            cost = kept(place, given.outcomes, size, group)
            title = "single" if group == 1 else f"group of {group}"
            print(f"{title:13s} {1 / cost:6.0f} outcomes/s {1000 * cost:7.2f} ms an outcome")
        print(f"cameras()     {1000 * grid(place):6.1f} ms for {CAMERAS} cameras")


if __name__ == "__main__":
    main(sys.argv[1:])
