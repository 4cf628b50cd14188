"""People pasted into real land, with the real detector: the rate of the manual, on a small sample."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from landwatch.errors import RedactError
from landwatch.redact import Detector, Remover
from tests.redact.made import camera, sample
from tests.redact.paste import cutouts, drawn, walk

HEIGHTS = (20, 30, 45, 60)
PICTURES = 18
WARM = 12
"""Pictures after which the plate is known."""


def test_people_of_20_px_and_more_are_covered_once_the_land_is_known(shared: Path) -> None:
    folder = sorted((shared / "data/smoke").glob("*_boxes"))[0]
    scenes = [
        np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])
        for path in sorted(folder.glob("*.jpg"))[:PICTURES]
    ]
    rng = np.random.default_rng(3)
    people = [*list(cutouts(shared / "data/privacy/coco_people"))[:6], drawn(rng), drawn(rng)]
    remover = Remover(camera(), Detector(), sequence=True)
    covered = []
    for number, (picture, put) in enumerate(walk(scenes, people, HEIGHTS, rng)):
        try:
            cleared = remover.clear(sample(picture, 60.0 * number))
        except RedactError:
            continue
        if number >= WARM:
            covered += [person.covered(cleared.removal.mask) >= 0.9 for person in put]
    assert len(covered) == len(HEIGHTS) * (PICTURES - WARM)
    assert sum(covered) >= len(covered) - 1
