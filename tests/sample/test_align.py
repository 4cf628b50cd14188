"""Laying pictures on their view's reference: how true, how sure, and when refused."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from landwatch import patches
from landwatch.errors import ConfigError
from landwatch.past import Past
from landwatch.sample._fit import fitted
from landwatch.sample.align import Aligner
from landwatch.testing import NOON as MIDDAY
from landwatch.testing import Valley, picture

MARGIN = 80
SPOTS = np.array([[320.0, 240.0], [100.0, 100.0], [540.0, 400.0]])


@cache
def land() -> np.ndarray:
    """Return rendered land, larger than the pictures that are cut from it."""
    return Valley(size=(960, 1280), view="slope").render(MIDDAY)[160:800, 240:1040].astype(np.float32)


def turned(right=0.0, down=0.0, turn=0.0, stretch=1.0, seed=0, noise=2.0, mask=None):
    """Return a 640x480 picture of the land that was moved, and the true matrix."""
    matrix = cv2.getRotationMatrix2D((400, 320), turn, stretch)
    matrix[:, 2] += (right, down)
    warped = cv2.warpAffine(land(), matrix, (800, 640), flags=cv2.INTER_LANCZOS4)
    pixels = warped[MARGIN:-MARGIN, MARGIN:-MARGIN]
    pixels = pixels + np.random.default_rng(seed).normal(0, noise, pixels.shape)
    corner = np.array([[1, 0, MARGIN], [0, 1, MARGIN], [0, 0, 1.0]])
    true = np.linalg.inv(corner) @ np.vstack([matrix, [0, 0, 1]]) @ corner
    return picture(np.clip(pixels, 0, 255).astype(np.uint8), mask=mask), true


def laid(aligner, what):
    past = Past()
    past.begin(what)
    return aligner.align(what, past)


def placed(matrix, spots=SPOTS):
    lifted = np.c_[spots, np.ones(len(spots))] @ matrix.T
    return lifted[:, :2] / lifted[:, 2:]


@pytest.fixture
def aligner():
    made = Aligner()
    assert laid(made, turned()[0]).patches >= 16
    return made


def test_shifts_are_found_without_bias_to_a_tenth_of_a_px_and_intervals_hold(aligner):
    random, errors, scores = np.random.default_rng(5), [], []
    for seed in range(30):
        shift = random.uniform(-3, 3, 2)
        found = laid(aligner, turned(*shift, seed=seed + 1)[0])
        errors.append(found.place(SPOTS) - SPOTS - shift)
        scores.append(errors[-1] / np.sqrt(np.diagonal(found.spread(SPOTS), axis1=1, axis2=2)))
    assert np.abs(np.mean(errors, axis=(0, 1))).max() < 0.01
    assert np.std(errors, axis=(0, 1)).max() < 0.1
    assert (np.abs(scores) < 1.96).mean() >= 0.9


@pytest.mark.parametrize(
    ("right", "down", "turn", "stretch", "model"),
    [
        (0.0, 0.0, 0.3, 1.0, "similarity"),
        (4.0, -2.0, 1.0, 1.01, "similarity"),
        (10.0, 5.0, 5.0, 1.0, "similarity"),
        (60.0, 40.0, 0.0, 1.0, "translation"),
        (20.0, 20.0, 12.0, 1.1, "similarity"),
    ],
)
def test_large_moves_and_turns_are_found_to_a_tenth_of_a_px(aligner, right, down, turn, stretch, model):
    moved, true = turned(right, down, turn, stretch, seed=3)
    found = laid(aligner, moved)
    assert found.model == model
    assert np.abs(found.place(SPOTS) - placed(true)).max() < 0.1


def test_patches_whose_motion_no_model_explains_are_no_alignment():
    places = np.array([[x, y] for x in (100.0, 300.0, 500.0) for y in (80.0, 240.0, 400.0)])
    away = (places - 300.0) / 200.0
    seen = places + np.stack([8 * away[:, 1] ** 2 * away[:, 0], -8 * away[:, 0] ** 2], axis=1)
    found = np.ones(len(places), bool)
    assert fitted(places, places + 2.0, np.full(9, 0.05), found, (480, 640))[0].rms < 1e-6
    assert fitted(places, seen, np.full(9, 0.05), found, (480, 640)) is None


@pytest.mark.parametrize("name", ["river", "ridge"])
def test_a_turned_view_is_never_a_shift(name):
    still = Valley(size=(480, 640), view=name).render(MIDDAY)
    aligner = Aligner()
    laid(aligner, picture(still))
    for turn in (3.0, 5.0, 8.0):
        matrix = cv2.getRotationMatrix2D((320, 240), turn, 1.0)
        matrix[:, 2] += (10, 5)
        turned_view = cv2.warpAffine(still, matrix, (640, 480), flags=cv2.INTER_LANCZOS4)
        found = laid(aligner, picture(np.asarray(turned_view)))
        if found.refused is None:
            assert np.abs(found.place(SPOTS) - placed(np.vstack([matrix, [0, 0, 1]]))).max() < 0.2


def test_a_tilted_view_needs_a_homography(aligner):
    still, _ = turned(seed=4)
    tilt = np.array([[1.0, 0.002, -2.0], [0.001, 1.003, 1.0], [6e-6, -9e-6, 1.0]])
    pixels = cv2.warpPerspective(still.pixels, tilt, (640, 480), flags=cv2.INTER_LANCZOS4)
    found = laid(aligner, picture(np.asarray(pixels)))
    assert found.model == "homography"
    assert np.abs(found.place(SPOTS) - placed(tilt)).max() < 0.15


def test_another_light_does_not_move_the_land(aligner):
    dim = np.clip(40 + 0.5 * turned(1.3, -0.7, seed=6)[0].pixels.astype(float), 0, 255).astype(np.uint8)
    found = laid(aligner, picture(dim))
    assert np.abs(found.place(SPOTS) - SPOTS - (1.3, -0.7)).max() < 0.1


def test_a_part_that_moves_by_itself_does_not_move_the_view(aligner):
    pixels = turned(seed=7)[0].pixels.copy()
    pixels[200:480, :260] = np.roll(pixels[200:480, :260], 9, axis=0)
    found = laid(aligner, picture(pixels))
    assert np.abs(found.place(SPOTS) - SPOTS).max() < 0.1
    assert found.patches < 20


def test_what_was_removed_is_not_asked(aligner):
    mask = np.zeros((480, 640), np.uint8)
    mask[:, :320] = 255
    moved, _ = turned(1.5, 0.5, seed=8, mask=mask)
    pixels = moved.pixels.copy()
    pixels[:, :320] = turned(seed=9)[0].pixels[:, :320]  # filled with the land of the reference
    found = laid(aligner, picture(pixels, mask=mask))
    assert np.abs(found.place(SPOTS) - SPOTS - (1.5, 0.5)).max() < 0.1


@pytest.mark.parametrize(
    ("pixels", "mask", "reason"),
    [
        (np.full((480, 640, 3), 4, np.uint8), None, "night"),
        (np.full((480, 640, 3), 190, np.uint8), None, "fog"),
        (np.full((480, 640, 3), 120, np.uint8), np.full((480, 640), 255, np.uint8), "masked"),
        (np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8), None, "moved"),
        (np.full((240, 320, 3), 120, np.uint8), None, "night"),
    ],
    ids=["black", "white", "removed", "other land", "other size, too dark a first picture"],
)
def test_what_cannot_be_laid_is_refused_with_the_reason(aligner, pixels, mask, reason):
    if pixels.shape[0] == 240:
        pixels = np.full_like(pixels, 4)
    found = laid(aligner, picture(pixels, mask=mask))
    assert (found.refused, found.model) == (reason, "none")
    assert found.detail


def test_land_without_structure_is_no_reference():
    assert laid(Aligner(), picture(np.full((480, 640, 3), 120, np.uint8))).refused == "bare"


def test_a_given_reference_outlives_the_process(tmp_path):
    path = tmp_path / "view.png"
    cv2.imwrite(str(path), turned()[0].pixels[..., ::-1])
    found = laid(Aligner(path), turned(2.0, 1.0, seed=2)[0])
    assert np.abs(found.place(SPOTS) - SPOTS - (2.0, 1.0)).max() < 0.1


def test_a_reference_that_is_no_picture_stops_the_start(tmp_path):
    path = tmp_path / "view.png"
    path.write_text("no picture")
    with pytest.raises(ConfigError, match=r"view.png'?: no picture"):
        Aligner(path)


def test_patches_of_noise_do_not_fit():
    random = np.random.default_rng(2)
    places = np.array([[x, y] for x in range(40, 280, 40) for y in range(40, 200, 40)])
    one, two = (random.integers(0, 255, (240, 320), np.uint8) for _ in range(2))
    known = patches.remember(one, places, 48)
    assert patches.find(known, two, places.astype(float)).fits.max() < 0.25
    assert patches.find(known, one, places.astype(float)).fits.min() > 0.99
