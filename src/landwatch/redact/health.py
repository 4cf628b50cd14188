"""Whether removal can run on this machine, for people who set it up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from landwatch.errors import RedactError
from landwatch.redact.detector import MODEL, SHA256, TILE, Deadline, Detector
from landwatch.redact.selftest import probe
from landwatch.runtime import PROVIDER, onnxruntime

__all__ = ["Health", "health"]

LOOKS = 5
"""Looks whose median time is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What `landwatch doctor` says of removal."""

    model: Path
    sha256: str
    """What the file's hash must be."""
    provider: str
    """The runtime, its version and what it computes on."""
    state: Literal["good", "bad"]
    detail: str
    """What is wrong and the way out, or a word that it is well."""
    milliseconds: float | None
    """Time for one tile on one thread; None if the detector cannot run. [ms]"""


def health(path: Path = MODEL, sha256: str = SHA256) -> Health:
    """Return whether the detector loads, is the right one and passes its self-test, and how fast it is."""
    provider = f"onnxruntime {onnxruntime.__version__}, {PROVIDER}"
    try:
        detector = Detector(path, sha256)
        scene, spent = probe(TILE), []
        for _ in range(LOOKS):
            start = time.perf_counter()
            detector.look(scene, Deadline(60.0))
            spent.append(time.perf_counter() - start)
    except RedactError as error:
        return Health(
            model=path, sha256=sha256, provider=provider, state="bad", detail=str(error), milliseconds=None
        )
    return Health(
        model=path,
        sha256=sha256,
        provider=provider,
        state="good",
        detail="hash and self-test are right",
        milliseconds=1e3 * sorted(spent)[LOOKS // 2],
    )
