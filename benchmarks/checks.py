"""How many faults the checks find and name, by fault and strength, and what they say of good pictures.

Each fault of the tests is put on the six pictures after ten good ones of each view; it is found if any check
is doubtful or bad in one of the last three, and named if the right one is. The pictures are a rendered
valley's; with `LANDWATCH_PICTURES=FOLDER` they are
those of FOLDER, one view a folder, in the order of the numbers in their names.
"""

from __future__ import annotations

import copy
import os
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from tests.diagnose.faults import FAULTS
from tests.diagnose.other_faults import OTHER_FAULTS
from tests.diagnose.third_faults import THIRD_FAULTS

from landwatch import diagnose
from landwatch.config import Camera
from landwatch.past import Past
from landwatch.testing import NOON, Schedule, Valley, picture

GOOD = 10
"""Good pictures before the fault."""

FAULTY = 6
"""Pictures with the fault, of which the last three are asked."""

VIEWS = ("ridge", "river", "slope")
"""Of the valley."""

NUMBER = re.compile(r"[+-]?\d+")
"""In a file's name: -040 comes before +000."""

CADENCE = timedelta(minutes=1)

STRENGTHS = ("weak", "medium", "strong")

ALL_FAULTS = {**FAULTS, **OTHER_FAULTS, **THIRD_FAULTS}

SETTINGS = diagnose.checks_of(Camera(name="bench", source={"kind": "folder"}))


def main() -> None:
    """Print the table."""
    counts = {(name, strength): [0, 0, 0] for name in ALL_FAULTS for strength in range(3)}
    views, wrong, pictures = 0, 0, 0
    for name, good in _views():
        past = Past()
        for number, pixels in enumerate(good):
            said = _ill(pixels, past, number)
            wrong, pictures = wrong + bool(said), pictures + 1
            if number == GOOD - 1:
                begun = copy.deepcopy(past)
        views += 1
        for fault, strength in counts:
            tried = _tried(good[GOOD : GOOD + FAULTY], copy.deepcopy(begun), fault, strength, name)
            counts[fault, strength] = [
                old + new for old, new in zip(counts[fault, strength], tried, strict=True)
            ]
    _print(counts, views)
    print(f"\ngood pictures doubtful or bad: {wrong} of {pictures}")


def _views() -> Iterator[tuple[str, list[np.ndarray]]]:
    folder = os.environ.get("LANDWATCH_PICTURES")
    if folder is None:
        for view in VIEWS:
            valley, schedule = Valley(seed=1, size=(480, 640), view=view), Schedule()
            yield view, [valley.render(NOON + number * CADENCE, schedule) for number in range(GOOD + FAULTY)]
        return
    for path in sorted(entry for entry in Path(folder).iterdir() if entry.is_dir()):
        files = sorted(path.glob("*.jpg"), key=lambda file: [int(n) for n in NUMBER.findall(file.stem)])
        if len(files) >= GOOD + FAULTY:
            yield path.name, [np.asarray(Image.open(file).convert("RGB")) for file in files]


def _ill(pixels: np.ndarray, past: Past, number: int) -> set[str]:
    """Return the checks that see a fault."""
    seen = picture(np.ascontiguousarray(pixels), taken=NOON + number * CADENCE)
    past.begin(seen)
    findings = diagnose.examine(seen, past, SETTINGS)
    past.end(findings)
    return {finding.check for finding in findings if finding.state in ("doubtful", "bad")}


def _tried(good: list[np.ndarray], past: Past, fault: str, strength: int, view: str) -> tuple[int, int, int]:
    """Return 1, whether the fault was found, and whether it was named."""
    strike, check = ALL_FAULTS[fault]
    seed = zlib.crc32(view.encode())
    said = [
        _ill(strike(pixels, strength, np.random.default_rng(seed), number), past, GOOD + number)
        for number, pixels in enumerate(good)
    ][-3:]
    return 1, int(any(said)), int(any(check in names for names in said))


def _print(counts: dict[tuple[str, int], list[int]], views: int) -> None:
    print(f"faults found / named [%] on {views} views")
    print(f"{'fault':<16}{'check':<12}" + "".join(f"{strength:>12}" for strength in STRENGTHS))
    for fault, (_, check) in ALL_FAULTS.items():
        cells = ""
        for strength in range(3):
            tried, found, named = counts[fault, strength]
            cells += f"{f'{100 * found / tried:.0f} / {100 * named / tried:.0f}':>12}"
        print(f"{fault:<16}{check:<12}{cells}")


if __name__ == "__main__":
    main()
