"""Candidates for smoke from a model that the operator brings: an ONNX file in Pyronear's layout.

Landwatch ships no such model and downloads none. What happens around it is what Pyronear's own predictor
does [1], so that a model's published figures hold here: the picture is scaled into a square and the rest
filled with grey, boxes up to a confidence of 0.05 are dropped, then each that touches a surer one, and those
wider than two fifths of the picture. Boxes that lie mostly where something was removed are dropped as well.

References:
    [1] Pyronear, "pyro-engine" with "pyro-predictor", 2022-2026, github.com/pyronear/pyro-engine
        (Apache-2.0): letterbox, confidence, suppression and widest box.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.errors import ConfigError, MeasureError
from landwatch.measure._plume import Candidate
from landwatch.past import Small
from landwatch.runtime import FAULTS, open_session, run
from landwatch.types import Picture, Pixels

__all__ = ["LEAST", "SIDE", "Model", "letterbox", "load", "suppress"]

SIDE = 1024
"""Side of the square that the model looks at. [px]"""

GREY = 114
"""Level around the picture, as in training. [0-255]"""

LEAST = 0.05
"""Boxes up to this confidence are dropped: the temporal stage weighs the others. [0-1]"""

WIDEST = 0.4
"""Share of the picture's width from which a box is dropped: those were clouds. [1]"""

MOST_REMOVED = 0.5
"""Share of a box that may have been removed: what fills it is no picture of the land. [1]"""

MOST_BOXES = 300
"""Boxes looked at, the surest first: only surer ones put a box out, so this changes nothing for them. [1]"""

MOST_BYTES = 512 * 1024 * 1024
"""Size of a model's file, which stays in memory once a process. [B] YOLO11's largest has a fifth of it."""

MOST_SECONDS = 30.0
"""Time that one look may take. [s] YOLO11s needs about one on one core."""

TINY = 2.0
"""If no side or centre of the boxes exceeds this, they are shares of the picture, not px. [px]"""

BEYOND = 1.0
"""Sides by which a centre may lie outside the square: none does that is in px. [1]"""

PROBE = 1
"""Seed of the noise that is shown to a model when it is loaded, so that it has something to say."""

Boxes = NDArray[np.float32]
"""(n, 5): left, top, right, bottom [px], confidence [0-1]."""


class Model:
    """A model that was checked: hash, layout, and the range of what it answers to noise."""

    def __init__(self, path: Path, sha256: str) -> None:
        """Load the model and check it.

        Args:
            path: of the ONNX file; all weights must be in it.
            sha256: of the file, hexadecimal.

        Raises:
            ConfigError: for a file that is not there, is not the one meant, or has another layout.
        """
        self._path = path
        self._session: Any = _opened(path, sha256)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or not _fits(inputs[0].shape):
            has = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
            raise ConfigError(f"{path} takes {has}, not one tensor(float) [1, 3, {SIDE}, {SIDE}]")
        if len(outputs) != 1:
            has = ", ".join(f"{one.name} {one.shape}" for one in outputs)
            raise ConfigError(f"{path} gives {len(outputs)} outputs ({has}), not one of (5, N)")
        self._input: str = inputs[0].name
        noise = np.random.default_rng(PROBE).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        try:
            answer = self._run(noise)
        except MeasureError as error:
            raise ConfigError(f"{error}; export it for [1, 3, {SIDE}, {SIDE}] to (5, N)") from None
        _check_range(path, answer)

    def candidates(self, picture: Picture, small: Small) -> list[Candidate]:
        """Return where the model sees smoke, the surest first: boxes in px of the small copy.

        Args:
            picture: cleared.
            small: its small copy.

        Raises:
            MeasureError: if the model fails, takes too long, or answers what is no such output.
        """
        pixels = np.asarray(picture.pixels, np.uint8)
        square, scale, (left, top) = letterbox(pixels)
        answer = self._run(square)
        if not (np.isfinite(answer).all() and ((answer[4] >= 0) & (answer[4] <= 1)).all()):
            raise MeasureError(f"{self._path} answered what is no box or no confidence")
        boxes = suppress(_corners(answer[:, answer[4] > LEAST]))
        boxes[:, [0, 2]] = np.clip((boxes[:, [0, 2]] - left) / scale, 0, picture.width)
        boxes[:, [1, 3]] = np.clip((boxes[:, [1, 3]] - top) / scale, 0, picture.height)
        boxes = boxes[boxes[:, 2] - boxes[:, 0] < WIDEST * picture.width]
        shrunk = np.floor(boxes[:, :4] * small.scale).astype(int)
        shrunk[:, 2:] = np.ceil(boxes[:, 2:4] * small.scale)
        return [
            Candidate(box=(int(box[0]), int(box[1]), int(box[2]), int(box[3])), score=float(score))
            for box, score in zip(shrunk, boxes[:, 4], strict=True)
            if box[0] < box[2] and box[1] < box[3] and _shown(small.removed, box)
        ]

    def _run(self, square: Pixels) -> NDArray[np.float32]:
        """Return the answer (5, N) to a square picture, whatever its range."""
        blob = np.asarray(cv2.dnn.blobFromImage(square, scalefactor=1.0 / 255.0), np.float32)
        fault = ""
        try:
            answer = np.asarray(run(self._session, {self._input: blob}, MOST_SECONDS)[0], np.float32)
        except FAULTS as error:
            fault = type(error).__name__
        if fault:
            raise MeasureError(f"{self._path} failed, or took more than {MOST_SECONDS:g} s: {fault}")
        whole = answer[0] if answer.ndim == 3 and answer.shape[0] == 1 else answer
        if whole.ndim != 2 or whole.shape[0] != 5:
            raise MeasureError(f"{self._path} answered {answer.shape}, not (5, N) or (1, 5, N)")
        return whole


@lru_cache(maxsize=4)
def load(path: Path, sha256: str) -> Model:
    """Return a model, loaded once a process however many cameras use it.

    Raises:
        ConfigError: as `Model`.
    """
    return Model(path, sha256)


def letterbox(pixels: Pixels) -> tuple[Pixels, float, tuple[int, int]]:
    """Return the picture in a grey square, the square's px an original px, and left and top of the picture.

    Args:
        pixels: (height, width, 3) [0-255].
    """
    height, width = pixels.shape[:2]
    scale = min(SIDE / height, SIDE / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Half a px is given to the right and the bottom, as [1] does.
    left, top = (round((SIDE - side) / 2 - 0.1) for side in size)
    square = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    square[top : top + size[1], left : left + size[0]] = cv2.resize(
        pixels, size, interpolation=cv2.INTER_LINEAR
    )
    return square, scale, (left, top)


def suppress(boxes: Boxes) -> Boxes:
    """Return the boxes that touch no surer one, the surest first.

    This is [1]'s rule: one that itself gave way to a surer box still puts out those that it touches.
    """
    ranked = boxes[np.argsort(-boxes[:, 4], kind="stable")[:MOST_BOXES]]
    corner = np.maximum(ranked[:, None, :2], ranked[None, :, :2])
    opposite = np.minimum(ranked[:, None, 2:4], ranked[None, :, 2:4])
    touches = np.tril((opposite > corner).all(axis=2), -1)
    return np.asarray(ranked[~touches.any(axis=1)], np.float32)


def _opened(path: Path, sha256: str) -> Any:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ConfigError(f"{path} has {size} bytes; a model may have {MOST_BYTES}")
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"no model at {path}: {error.strerror}") from None
    found = hashlib.sha256(body).hexdigest()
    if found != sha256.lower():
        raise ConfigError(
            f"{path} has SHA-256 {found}, not {sha256!r}; if you trust the file, write the former"
        )
    fault = ""
    try:
        return open_session(body)
    except FAULTS as error:
        fault = type(error).__name__
    raise ConfigError(f"{path} is no ONNX model that can be run: {fault}")


def _fits(shape: list[int | str | None]) -> bool:
    """Return whether an input's shape is the agreed one, or is left open where it differs."""
    wanted = (1, 3, SIDE, SIDE)
    return len(shape) == 4 and all(
        not isinstance(side, int) or side == agreed for side, agreed in zip(shape, wanted, strict=True)
    )


def _check_range(path: Path, answer: NDArray[np.float32]) -> None:
    """Raise a ConfigError unless an answer (5, N) holds boxes in px of the square and confidences."""
    if not np.isfinite(answer).all():
        raise ConfigError(f"{path} answers noise with numbers that are not finite")
    if answer.shape[1] == 0:
        return
    low, high = float(answer[4].min()), float(answer[4].max())
    if low < 0.0 or high > 1.0:
        raise ConfigError(
            f"{path} answers confidences from {low:g} to {high:g}, not 0 to 1: export it with sigmoid"
        )
    if float(answer[2:4].min()) < 0.0:
        raise ConfigError(f"{path} answers widths or heights below 0: rows must be cx, cy, w, h, confidence")
    low, high = float(answer[:2].min()), float(answer[:2].max())
    if low < -BEYOND * SIDE or high > (1.0 + BEYOND) * SIDE:
        raise ConfigError(f"{path} answers centres from {low:g} to {high:g} px, not 0 to {SIDE}")
    if float(answer[2:4].max()) > 0.0 and float(answer[:4].max()) <= TINY:
        raise ConfigError(f"{path} answers boxes as shares of the picture, not in px of {SIDE}")


def _corners(answer: NDArray[np.float32]) -> Boxes:
    centre, half = answer[:2].T, answer[2:4].T / 2
    return np.concatenate([centre - half, centre + half, answer[4:].T], axis=1)


def _shown(removed: Pixels, box: NDArray[np.int_]) -> bool:
    left, top, right, bottom = box
    inside = removed[top:bottom, left:right]
    return cv2.countNonZero(inside) <= MOST_REMOVED * inside.size if inside.size else False
