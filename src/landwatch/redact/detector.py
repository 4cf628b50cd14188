"""NanoDet on the CPU, for one purpose: where people and vehicles may be, so that they are removed.

Only boxes and their scores leave this module, and they never leave the room.

References:
    [1] RangiLyu, "NanoDet-Plus: Super fast and high accuracy lightweight anchor-free object detection
        model", 2021, github.com/RangiLyu/nanodet (Apache-2.0).
    [2] X. Li et al., "Generalized Focal Loss", NeurIPS 2020, arXiv:2006.04388 (a side's distance is the
        expectation of a distribution over bins).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.errors import RedactError
from landwatch.redact.selftest import expected, probe
from landwatch.runtime import FAULTS, open_session, run
from landwatch.types import Pixels

__all__ = ["MODEL", "SHA256", "TILE", "Boxes", "Deadline", "Detector"]

MODEL = Path(str(files("landwatch.redact"))) / "nanodet-416-fp16.onnx"
"""The weights that come with the package; `scripts/model.py` made them."""

SHA256 = "b9908633475500af7fa81257f297361643162c6bfd1be7b0c6945eb83bdd43a4"
"""Of `MODEL`."""

TILE = 416
"""Side of the square that the model looks at. [px]"""

MEAN = np.array([103.53, 116.28, 123.675], np.float32)
"""Of blue, green, red, as the model was trained. [0-255]"""

DEVIATION = np.array([57.375, 57.12, 58.395], np.float32)
"""Of blue, green, red, as the model was trained. [0-255]"""

STRIDES = (8, 16, 32)
"""Distance of the cells of each output. [px]"""

BINS = 11
"""Of the distribution of a side's distance; bin k stands for k strides [2]."""

CLASSES = 80
"""COCO's."""

REMOVED = (0, 1, 2, 3, 5, 6, 7, 8)
"""Person; bicycle, car, motorcycle, bus, train, truck, boat: COCO's order, without aeroplanes (4)."""

WEIGHTS = np.array([1.0, 0.7, 0.9, 0.9, 0.9, 0.8, 0.9, 0.6], np.float32)
"""By which each class's score is weakened before one threshold serves all: a missed person is worse than
a missed car, and sheds, hedges and clouds are taken for bicycles, trains and boats. [1]"""

LEAST = 0.05
"""Boxes below this score are never of use to the remover. [1]"""

TOLERANCE = 0.02
"""Greatest difference of a self-test output from its expected value. Processors differ by less than
0.001; a changed weight or a wrong order of channels differs by more than 0.1. [1]"""

SELF_TEST_S = 60.0
"""Time that the self-test may take, on the slowest machine. [s]"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Boxes:
    """Where something that must be removed may be."""

    corners: NDArray[np.float32]
    """(n, 4): left, top, right, bottom. [px]"""
    scores: NDArray[np.float32]
    """(n,), the greatest weighted score over the removed classes. [0-1]"""
    plain: NDArray[np.float32]
    """(n,), the same without weights: what a second look may confirm. [0-1]"""


class Deadline:
    """The time until which one frame's removal must be done."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Time that is left. [s]"""
        return self._end - self._clock()

    def check(self) -> None:
        """Raise a RedactError with reason "time-out" if no time is left."""
        if self.left <= 0:
            raise RedactError(
                f"removal took more than {self._seconds:g} s; use a faster machine or fewer cameras",
                reason="time-out",
            )


def _grids() -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
    """Return columns and rows [px] of the cell centres of each stride, both (cells,)."""
    grids = []
    for stride in STRIDES:
        line = (np.arange(TILE // stride, dtype=np.float32) + np.float32(0.5)) * stride
        columns, rows = np.meshgrid(line, line)
        grids.append((columns.ravel(), rows.ravel()))
    return tuple(grids)


class Detector:
    """The model, loaded, proven by hash and self-test, and closed to everything else."""

    def __init__(self, path: Path = MODEL, sha256: str = SHA256, *, threads: int = 1) -> None:
        """Load the model.

        Args:
            path: file of the model.
            sha256: what its hash must be.
            threads: processor threads that one look may use.

        Raises:
            RedactError: with reason "model" for a missing file or a wrong hash, "self-test" if its
                outputs for a drawn scene are not those of the model that was measured.
        """
        try:
            body = path.read_bytes()
        except OSError as error:
            raise RedactError(
                f"no model at {path}: {error.strerror}; reinstall landwatch", reason="model"
            ) from None
        self.model = hashlib.sha256(body).hexdigest()
        """SHA-256 of the weights, hexadecimal."""
        if self.model != sha256:
            raise RedactError(
                f"{path} has SHA-256 {self.model}, not {sha256}; reinstall landwatch", reason="model"
            )
        try:
            self._session: Any = open_session(body, threads)
        except FAULTS as error:
            raise RedactError(f"{path} cannot be loaded: {type(error).__name__}", reason="model") from None
        self._input: str = self._session.get_inputs()[0].name
        self._grids = _grids()
        self.test()

    def test(self) -> None:
        """Look at a drawn scene and compare the raw outputs with those measured when the model was chosen.

        Raises:
            RedactError: with reason "self-test" if they differ.
        """
        try:
            values = expected()
        except (OSError, ValueError):
            raise RedactError(
                "self-test: its expected values are missing; reinstall landwatch", reason="self-test"
            ) from None
        got = self._run(probe(TILE), Deadline(SELF_TEST_S))
        for name, wanted in values.items():
            place, cell, channel = (int(part) for part in name.split("/"))
            value = float(got[place][0, cell, channel])
            if not abs(value - wanted) <= TOLERANCE:
                raise RedactError(
                    f"self-test: output {name} is {value:.4f}, not {wanted:.4f}; "
                    "this processor or runtime cannot be trusted with removal",
                    reason="self-test",
                )

    def look(self, tile: Pixels, deadline: Deadline) -> Boxes:
        """Return the boxes of one tile, in px of the tile, many for one thing (they are only united).

        Args:
            tile: (416, 416, 3), sRGB [0-255].
            deadline: checked before, and the run is broken off when it passes.

        Raises:
            RedactError: with reason "failed" for outputs that are not what they must be, "time-out".
        """
        outputs = self._run(tile, deadline)
        corners, scores, plains = [], [], []
        for place, stride in enumerate(STRIDES):
            # A box over some removed class is enough: which one it is, nobody needs to know.
            each = outputs[place][0][:, REMOVED]
            score = (each * WEIGHTS).max(axis=1)
            chosen = np.flatnonzero(score >= LEAST)
            bins = outputs[place + 3][0][chosen].reshape(-1, 4, BINS)
            weight = np.exp(bins - bins.max(axis=2, keepdims=True))
            weight /= weight.sum(axis=2, keepdims=True)
            side = (weight @ np.arange(BINS, dtype=np.float32)) * stride
            columns, rows = (grid[chosen] for grid in self._grids[place])
            corners.append(
                np.stack(
                    [columns - side[:, 0], rows - side[:, 1], columns + side[:, 2], rows + side[:, 3]], axis=1
                )
            )
            scores.append(score[chosen])
            plains.append(each[chosen].max(axis=1))
        return Boxes(np.concatenate(corners), np.concatenate(scores), np.concatenate(plains))

    def _run(self, tile: Pixels, deadline: Deadline) -> list[NDArray[np.float32]]:
        """Return the six raw outputs for one tile, checked for shape and finite values."""
        deadline.check()
        if tile.shape != (TILE, TILE, 3):
            raise RedactError(f"a tile of {tile.shape} px, not {TILE}x{TILE}", reason="failed")
        blob = np.asarray(cv2.dnn.blobFromImage(tile, mean=MEAN.tolist(), swapRB=True), np.float32)
        blob /= DEVIATION[:, None, None]
        fault = ""
        try:
            outputs = run(self._session, {self._input: blob}, deadline.left)
        except FAULTS as error:
            fault = type(error).__name__
        if fault:
            deadline.check()
            raise RedactError(f"the detector failed: {fault}", reason="failed")
        shapes = [(1, (TILE // s) ** 2, CLASSES) for s in STRIDES]
        shapes += [(1, (TILE // s) ** 2, 4 * BINS) for s in STRIDES]
        if [output.shape for output in outputs] != shapes:
            raise RedactError("the detector's outputs have other shapes than the model's", reason="failed")
        if not all(np.isfinite(output).all() for output in outputs):
            raise RedactError("the detector's outputs are not finite numbers", reason="failed")
        return outputs
