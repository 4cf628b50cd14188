"""Faults of the simulated lens do what they say, and the truth names them."""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np
import pytest

from landwatch.valley import FAULTS, Kind
from tests.valley.noons import NOON, lasting, only, valley


def sharpness(kind: Kind | None, strength: float = 1.0) -> float:
    """Return the variance of the Laplacian of a picture with a fault."""
    episodes = (lasting(kind, strength),) if kind else ()
    picture = valley("ridge").render(NOON, only(*episodes))
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind not in ("moved", "frozen")])
def test_a_fault_is_seen_and_named(kind: Kind) -> None:
    sound, faulty = only(), only(lasting(kind, 0.8))
    change = np.abs(valley("ridge").render(NOON, faulty).astype(int) - valley("ridge").render(NOON, sound))
    assert change.mean() > 1
    assert valley("ridge").truth(NOON, faulty).faults == (kind,)
    assert valley("ridge").truth(NOON, sound).faults == ()


def test_a_fault_is_over_when_its_episode_is() -> None:
    ended = only(lasting("black", since=NOON - timedelta(days=9)))
    assert np.array_equal(valley("ridge").render(NOON, ended), valley("ridge").render(NOON, only()))


def test_blur_takes_detail_the_more_the_stronger() -> None:
    values = [sharpness(None), sharpness("blur", 0.3), sharpness("blur", 1.0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] / 10


def test_mist_on_the_glass_takes_detail() -> None:
    assert sharpness("glass_fog") < sharpness(None) / 4


def test_noise_adds_it() -> None:
    assert sharpness("noise", 0.5) > 2 * sharpness(None)


def test_a_frozen_camera_repeats_the_bytes_of_the_moment_it_froze() -> None:
    frozen = only(lasting("frozen", since=NOON), clouds=0.5)
    moving = only(clouds=0.5)
    later = NOON + timedelta(hours=3)
    assert np.array_equal(valley("ridge").render(later, frozen), valley("ridge").render(NOON, moving))
    assert not np.array_equal(valley("ridge").render(later, moving), valley("ridge").render(NOON, moving))
    truth = valley("ridge").truth(later, frozen)
    assert truth.time == NOON
    assert truth.faults == ("frozen",)


def test_over_exposure_is_white_and_under_exposure_dark() -> None:
    over, under, black = (
        valley("ridge").render(NOON, only(lasting(kind))) for kind in ("over", "under", "black")
    )
    assert (over == 255).mean() > 0.5
    assert under.mean() < 20
    assert black.mean() < 3


def test_a_cover_takes_its_share_of_the_picture() -> None:
    bare, half = (valley("ridge").render(NOON, only(*e)) for e in ((), (lasting("cover", 0.5),)))
    dark = (half.max(axis=2) < 55) & (bare.max(axis=2) >= 55)
    assert 0.2 < dark.mean() < 0.8


def test_a_stuck_infra_red_filter_takes_the_green() -> None:
    bare, stuck = (valley("forest").render(NOON, only(*e)) for e in ((), (lasting("infrared"),)))
    share = [picture[..., 1].sum() / picture.sum() for picture in (bare, stuck)]
    assert share[0] > 0.37
    assert share[1] < 0.32


def test_spray_is_of_one_colour() -> None:
    spray = valley("ridge").render(NOON, only(lasting("spray", 0.6)))
    red, green, blue = (spray[..., c].astype(int) for c in range(3))
    assert ((blue > red + 35) & (blue > green + 35) & (red < 60)).mean() > 0.25
