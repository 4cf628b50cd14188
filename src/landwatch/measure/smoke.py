"""Smoke rising from the land: a score from 0 to 1, with the place of the strongest evidence.

What has changed against a background of small copies, about one a minute (`measure/_watch.py`), and behaves
like a plume (`measure/_plume.py`) leaves evidence at its place, which adds up while smoke goes on and fades
within minutes (`measure/_evidence.py`). The score is e / (e + 0.5): one half after half a minute of sure
smoke, or some minutes of doubtful smoke. It is a screening aid, no probability.

With `model`, candidates are the boxes of an ONNX model in Pyronear's layout (`measure/_pyronear.py`) instead,
whose confidence is their score, and the score is e / (e + 0.82).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from landwatch.measure._evidence import Evidence
from landwatch.measure._plume import Candidate
from landwatch.measure._pyronear import load
from landwatch.measure._watch import Watch
from landwatch.past import Past, Small
from landwatch.types import Absence, Picture, Quantity, Reading, Region

QUANTITIES = (Quantity(name="smoke", unit="1", title="Smoke score", low=0.0, high=1.0),)
NEEDS = frozenset({"daylight", "healthy", "unmasked"})
VERSION = 2

HALF = 0.5
"""Evidence at which the score is one half. [min]"""

HALF_OF_MODEL = 0.82
"""The same for boxes of a model. [min] At a picture a minute none reaches 0.55 alone, however sure."""

LEAST_SIDE = 48
"""Smaller pictures show no plume. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set for a view; the defaults are for land seen from afar, with a skyline."""

    least: float = 0.02
    """Candidates that score less leave no evidence. [0-1]"""
    pace: float = 1.0
    """How many times faster than life the pictures go: more than 1 only for simulations in a hurry. [1]"""
    model: Path | None = None
    """ONNX file in Pyronear's layout that finds the candidates, in place of the built-in detector."""
    sha256: str = ""
    """Of the model's file, hexadecimal."""

    def __post_init__(self) -> None:
        if self.model is not None:
            load(self.model, self.sha256)
        elif self.sha256:
            raise ValueError("sha256 without model: name the file that it is of")
        if not 0.0 < self.least < 1.0:
            raise ValueError(f"least = {self.least} is not between 0 and 1")
        if not self.pace > 0.0:
            raise ValueError(f"pace = {self.pace} is not above 0")


@dataclass(slots=True)
class _Note:
    watch: Watch = field(default_factory=Watch)
    evidence: Evidence = field(default_factory=Evidence)


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return one smoke score, with the region of the strongest candidate [px of the original]."""
    small = past.present or past.begin(picture)
    note = past.note("measure.smoke", _Note)
    if min(small.gray.shape) < LEAST_SIDE:
        return (_reading(picture, None, "warming"),)
    found: list[Candidate] | Absence
    if settings.model is None:
        note.watch.pace = settings.pace
        found = note.watch.see(small)
    else:
        found = load(settings.model, settings.sha256).candidates(picture, small)
    if isinstance(found, str):
        note.evidence = Evidence()
        return (_reading(picture, None, found),)
    found = [candidate for candidate in found if candidate.score >= settings.least]
    shape = (small.gray.shape[0], small.gray.shape[1])
    most, at = note.evidence.add(found, small.taken, shape, settings.pace)
    half = HALF if settings.model is None else HALF_OF_MODEL
    return (_reading(picture, most / (most + half), None, _region(picture, small, at)),)


def _region(picture: Picture, small: Small, at: Candidate | None) -> Region | None:
    """Return a candidate's box in px of the original, within the picture."""
    if at is None:
        return None
    left, top, right, bottom = (side / small.scale for side in at.box)
    return (
        max(0, round(left)),
        max(0, round(top)),
        min(picture.width, round(right)),
        min(picture.height, round(bottom)),
    )


def _reading(
    picture: Picture, value: float | None, absent: Absence | None, region: Region | None = None
) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity="smoke",
        time=picture.taken,
        value=value,
        unit="1",
        method=f"smoke/{VERSION}",
        absent=absent,
        region=region,
    )
