"""How many faults the checks find and name, by fault and strength, and what they say of good pictures.

Each fault of the tests is put on the six pictures after ten good ones of each view; it is found if any check
is doubtful or bad in one of the last three, and named if the right one is. The pictures are a rendered
valley's; with `LANDWATCH_PICTURES=FOLDER` they are
those of FOLDER, one view a folder, in the order of the numbers in their names.

`LANDWATCH_STRENGTH=medium` takes one strength alone. With `LANDWATCH_REMOVAL=1` pictures go the whole way,
through removal, as those of `landwatch check --sequence` do.
"""

from __future__ import annotations

import copy
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from tests.diagnose.faults import FAULTS
from tests.diagnose.other_faults import OTHER_FAULTS
from tests.diagnose.third_faults import THIRD_FAULTS

from landwatch import diagnose
from landwatch.config import Camera, Config
from landwatch.past import Past
from landwatch.redact import Detector
from landwatch.testing import NOON, Schedule, Valley, picture
from landwatch.types import ILL, Finding, Frame, Pixels
from landwatch.way import Way

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

CAMERA = Camera(name="bench", source={"kind": "folder"})

SETTINGS = diagnose.checks_of(CAMERA)


class Bare:
    """A camera whose pictures the checks see at once."""

    def __init__(self) -> None:
        self._past = Past()

    def see(self, pixels: Pixels, number: int) -> tuple[Finding, ...]:
        """Return what the checks say of a picture."""
        seen = picture(pixels, taken=NOON + number * CADENCE)
        self._past.begin(seen)
        findings = diagnose.examine(seen, self._past, SETTINGS)
        self._past.end(findings)
        return findings

    def twin(self) -> Bare:
        """Return a camera with the same past."""
        return copy.deepcopy(self)


class Cleared:
    """A camera whose pictures go the whole way."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._way = Way(CAMERA, detector, Config())

    def see(self, pixels: Pixels, number: int) -> tuple[Finding, ...]:
        """Return what the checks say of a picture, or of its numbers where removal withholds it."""
        taken = NOON + number * CADENCE
        return self._way.through(
            Frame(
                camera=CAMERA.name,
                name=str(number),
                taken=taken,
                time_from="given",
                received=taken,
                encoding="rgb",
                uncleared=pixels.copy(),
            )
        ).findings

    def twin(self) -> Cleared:
        """Return a camera with the same past and the same detector, which cannot be copied."""
        return copy.deepcopy(self, {id(self._detector): self._detector})


def main() -> None:
    """Print the table."""
    only = os.environ.get("LANDWATCH_STRENGTH")
    strengths = (only,) if only else STRENGTHS
    detector = Detector() if os.environ.get("LANDWATCH_REMOVAL") else None
    counts = {(name, strength): [0, 0, 0] for name in ALL_FAULTS for strength in strengths}
    views, wrong, pictures = 0, 0, 0
    for name, good in _views():
        camera = begun = Bare() if detector is None else Cleared(detector)
        for number, pixels in enumerate(good):
            wrong, pictures = wrong + bool(_ill(camera.see(pixels, number))), pictures + 1
            if number == GOOD - 1:
                begun = camera.twin()
        views += 1
        for fault, strength in counts:
            tried = _tried(good[GOOD : GOOD + FAULTY], begun.twin(), fault, strength, name)
            counts[fault, strength] = [
                old + new for old, new in zip(counts[fault, strength], tried, strict=True)
            ]
    _print(counts, strengths, views)
    print(f"\ngood pictures doubtful or bad: {wrong} of {pictures}")


def _views() -> Iterator[tuple[str, list[Pixels]]]:
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


def _ill(findings: Sequence[Finding]) -> set[str]:
    """Return the checks that see a fault."""
    return {finding.check for finding in findings if finding.state in ILL}


def _tried(
    good: list[Pixels], camera: Bare | Cleared, fault: str, strength: str, view: str
) -> tuple[int, int, int]:
    """Return 1, whether the fault was found, and whether it was named."""
    strike, check = ALL_FAULTS[fault]
    seed, level = zlib.crc32(view.encode()), STRENGTHS.index(strength)
    said = [
        _ill(camera.see(strike(pixels, level, np.random.default_rng(seed), number), GOOD + number))
        for number, pixels in enumerate(good)
    ][-3:]
    named = any(check in names for names in said)
    if not named:
        print(f"{view}: {fault} is {' then '.join(' '.join(sorted(names)) or 'nothing' for names in said)}")
    return 1, int(any(said)), int(named)


def _print(counts: dict[tuple[str, str], list[int]], strengths: Sequence[str], views: int) -> None:
    print(f"faults found / named [%] on {views} views")
    print(f"{'fault':<16}{'check':<12}" + "".join(f"{strength:>12}" for strength in strengths))
    for fault, (_, check) in ALL_FAULTS.items():
        cells = ""
        for strength in strengths:
            tried, found, named = counts[fault, strength]
            cells += f"{f'{100 * found / tried:.0f} / {100 * named / tried:.0f}':>12}"
        print(f"{fault:<16}{check:<12}{cells}")


if __name__ == "__main__":
    main()
