"""The room's door: what comes out is cleared, and whatever fails lets no pixel out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from landwatch.errors import RedactError
from landwatch.redact import Detector, Remover, health
from landwatch.redact.closed import load_detector
from landwatch.redact.detector import MODEL, SHA256, TILE, Boxes, Deadline
from landwatch.redact.hits import chosen
from landwatch.redact.selftest import probe
from landwatch.redact.tiles import Tile
from landwatch.runtime import onnxruntime
from landwatch.types import Picture, Pixels, Sample
from tests.redact.made import Fake, boxes, camera, land, nothing, one, sample


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def withheld(remover: Remover, given: Sample) -> str:
    """Return the reason for which a sample was withheld, having seen that nothing of it is left."""
    with pytest.raises(RedactError) as caught:
        remover.clear(given)
    assert not given.uncleared.any()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value.reason


def test_drawn_figures_are_removed(detector: Detector) -> None:
    picture = Remover(camera(), detector).clear(sample(probe(TILE)))
    assert (picture.removal.mask[122:318, 75:125] == 255).mean() > 0.98
    assert (picture.removal.mask[182:258, 180:200] == 255).mean() > 0.98
    assert picture.removal.share == (picture.removal.mask == 255).mean()
    assert not picture.pixels.flags.writeable


def test_what_was_removed_is_flat() -> None:
    pixels = land()
    picture = Remover(camera(), one(100, 100, 140, 180, 0.9)).clear(sample(pixels))
    inside = picture.removal.mask == 255
    assert inside[100:180, 100:140].all()
    assert np.ptp(picture.pixels[100:180, 100:140].reshape(-1, 3), axis=0).tolist() == [0, 0, 0]
    assert (picture.pixels[~inside] == pixels[~inside]).all()


def test_the_detector_never_sees_a_static_polygon() -> None:
    seen: list[Pixels] = []

    def answer(tile: Pixels, deadline: Deadline) -> Boxes:
        seen.append(tile.copy())
        return nothing(tile, deadline)

    yard = ((0, 0), (99, 0), (99, 49), (0, 49))
    picture = Remover(camera(never=[yard]), Fake(answer)).clear(sample(land()))
    assert np.ptp(seen[1][:50, :100]) == 0  # the second look is at the tile as it is
    assert (picture.removal.mask[:50, :100] == 255).all()
    assert np.ptp(picture.pixels[:50, :100]) == 0


def test_a_doubtful_box_taller_than_the_camera_can_show_is_not_removed() -> None:
    doubtful = one(100, 100, 200, 300, 0.25)
    low = Remover(camera(tallest=150), doubtful).clear(sample(land()))
    high = Remover(camera(tallest=250), doubtful).clear(sample(land()))
    assert not low.removal.mask.any()
    assert high.removal.mask.any()


@pytest.mark.parametrize("shape", [(32, 32), (100, 60), (417, 300), (1080, 1920)])
def test_every_size_is_cleared(shape: tuple[int, int]) -> None:
    picture: Picture = Remover(camera(), Fake(nothing)).clear(sample(land(*shape)))
    assert (picture.height, picture.width) == shape
    assert picture.removal.share == 0.0


def test_a_small_picture_is_enlarged_for_the_detector(detector: Detector) -> None:
    small = np.ascontiguousarray(probe(TILE)[::2, ::2])
    picture = Remover(camera(), detector).clear(sample(small))
    assert (picture.removal.mask[61:159, 40:60] == 255).mean() > 0.98


def test_a_large_doubtful_box_is_removed_if_half_the_size_shows_it_too() -> None:
    # The whole picture of 600 px is shown at 416, and at 208 for the second look.
    def answer(tile: Pixels, _deadline: Deadline) -> Boxes:
        is_half = not np.ptp(tile[300:, 300:])
        corners = (50.0, 50.0, 150.0, 150.0) if is_half else (100.0, 100.0, 300.0, 300.0)
        return boxes(corners, score=0.21)

    seen = Remover(camera(), Fake(answer)).clear(sample(land(600, 600)))
    missed = Remover(camera(), one(100, 100, 300, 300, 0.21)).clear(sample(land(600, 600)))
    assert (seen.removal.mask[145:432, 145:432] == 255).all()
    assert not missed.removal.mask.any()


def test_a_wide_box_reaches_as_far_as_weaker_ones_that_say_the_same() -> None:
    # Of the first, sure box the second is 80 / 100, the third 80 / 140: another thing.
    wide = np.array([[100, 100, 180, 140], [100, 100, 200, 140], [100, 100, 240, 140]], np.float32)
    scores = np.array([0.5, 0.2, 0.2], np.float32)
    seen = Boxes(wide, scores, scores), Boxes(wide[:, [1, 0, 3, 2]], scores, scores)
    lorry, person = (chosen(one, Tile(0, 0, TILE), (TILE, TILE), tallest=200) for one in seen)
    assert lorry.corners.tolist() == [[100, 100, 200, 140]]
    assert person.corners.tolist() == [[100, 100, 140, 180]]


def test_a_missing_model_stops_the_detector(tmp_path: Path) -> None:
    with pytest.raises(RedactError) as caught:
        Detector(tmp_path / "none.onnx")
    assert caught.value.reason == "model"
    assert health(tmp_path / "none.onnx").state == "bad"


def test_a_changed_model_stops_the_detector(tmp_path: Path) -> None:
    body = bytearray(MODEL.read_bytes())
    body[-1000] ^= 1
    (tmp_path / "changed.onnx").write_bytes(body)
    with pytest.raises(RedactError, match=SHA256) as caught:
        Detector(tmp_path / "changed.onnx")
    assert caught.value.reason == "model"


def test_a_detector_that_answers_otherwise_fails_its_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landwatch.redact.detector.expected", lambda: {"0/1428/0": 0.1})
    with pytest.raises(RedactError) as caught:
        Detector()
    assert caught.value.reason == "self-test"


def test_an_exception_withholds() -> None:
    def answer(_tile: Pixels, _deadline: Deadline) -> Boxes:
        raise KeyError("surprise")

    assert withheld(Remover(camera(), Fake(answer)), sample(land())) == "failed"


def test_memory_that_ran_out_withholds() -> None:
    def answer(_tile: Pixels, _deadline: Deadline) -> Boxes:
        raise MemoryError

    assert withheld(Remover(camera(), Fake(answer)), sample(land())) == "memory"


def test_a_removal_that_takes_too_long_withholds() -> None:
    ticks = iter([0.0, 61.0, 61.0])
    assert withheld(Remover(camera(), Fake(nothing), clock=lambda: next(ticks)), sample(land())) == "time-out"


def test_too_much_removed_withholds() -> None:
    most = one(0, 0, 416, 200, 0.9)
    assert withheld(Remover(camera(), most), sample(land(600, 600))) == "share"


def test_a_sample_is_forgotten_when_it_was_cleared() -> None:
    given = sample(land())
    Remover(camera(), Fake(nothing)).clear(given)
    assert not given.uncleared.any()


class Session:
    """A runtime that answers what a test wants."""

    def __init__(self, real: object, change: Callable[[list[np.ndarray]], list[np.ndarray]]) -> None:
        self._real = real
        self._change = change

    def run(self, *given: object) -> list[np.ndarray]:
        return self._change(self._real.run(*given))  # type: ignore[attr-defined]


def _spoil(outputs: list[np.ndarray]) -> list[np.ndarray]:
    outputs[3][0, 0, 0] = np.nan
    return outputs


@pytest.mark.parametrize("change", [_spoil, lambda outputs: outputs[:5], lambda outputs: outputs[::-1]])
def test_outputs_that_are_no_boxes_withhold(change: Callable[[list[np.ndarray]], list[np.ndarray]]) -> None:
    broken = Detector()
    broken._session = Session(broken._session, change)
    assert withheld(Remover(camera(), broken), sample(land())) == "failed"


class Hanging:
    """A runtime that returns only when it is told to."""

    def run(self, _names: object, _inputs: object, options: onnxruntime.RunOptions) -> list[np.ndarray]:
        while not options.terminate:
            os.sched_yield()
        raise RuntimeError("terminated")


def test_a_runtime_that_hangs_is_broken_off() -> None:
    hanging = Detector()
    hanging._session = Hanging()
    ticks = iter([0.0, 0.0, 0.999, 2.0])
    with pytest.raises(RedactError) as caught:
        hanging.look(probe(TILE), Deadline(1.0, lambda: next(ticks)))
    assert caught.value.reason == "time-out"


def test_night_withholds() -> None:
    assert withheld(Remover(camera(), Fake(nothing)), sample((land() * 0.1).astype(np.uint8))) == "night"


def lit(level: int, dark: int) -> Pixels:
    """Return land without colour at a level, its left half at another. [0-255]"""
    gray = np.clip(land()[:, :, :1].astype(int) // 8 + level - 16, 0, 255)
    gray[:, :208] = dark
    return np.repeat(gray.astype(np.uint8), 3, axis=2)


def test_what_infra_red_lamps_do_not_reach_is_filled() -> None:
    # 208 px are six and a half blocks of 32: the seventh, half of it lit, is at (31 + 120) / 2 and shown.
    picture = Remover(camera(), Fake(nothing)).clear(sample(lit(120, 31)))
    assert (picture.removal.mask[:, :192] == 255).all()
    assert not picture.pixels[:, :192].any()
    assert not picture.removal.mask[:, 208:].any()


def test_what_infra_red_lamps_reach_is_shown() -> None:
    assert not Remover(camera(), Fake(nothing)).clear(sample(lit(120, 33))).removal.mask.any()


def test_shadows_by_day_are_shown() -> None:
    scene = land()
    scene[:, :208] = 10
    assert not Remover(camera(), Fake(nothing)).clear(sample(scene)).removal.mask.any()


def test_noise_is_withheld_sooner_where_colour_is_gone() -> None:
    noise = np.random.default_rng(0).normal(0, 6, (416, 416, 1))
    night = np.clip(lit(120, 120) + noise, 0, 255).astype(np.uint8)
    day = np.clip(land() + noise, 0, 255).astype(np.uint8)
    assert withheld(Remover(camera(), Fake(nothing)), sample(night)) == "noise"
    assert not Remover(camera(), Fake(nothing)).clear(sample(day)).removal.mask.any()


def test_noise_beyond_the_measured_withholds() -> None:
    noisy = np.clip(land() + np.random.default_rng(0).normal(0, 30, (416, 416, 1)), 0, 255).astype(np.uint8)
    assert withheld(Remover(camera(), Fake(nothing)), sample(noisy)) == "noise"


def test_a_detector_that_could_not_be_loaded_withholds_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landwatch.redact.closed.Detector", lambda: Detector(Path("none.onnx")))
    closed = load_detector()
    assert withheld(Remover(camera(), closed), sample(land())) == "model"
