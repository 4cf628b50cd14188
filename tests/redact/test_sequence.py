"""A fixed camera's series: what moved or was hit is removed, and comes back when it is seen empty."""

from __future__ import annotations

import numpy as np
import pytest

from landwatch.errors import RedactError
from landwatch.redact import Remover
from landwatch.redact.plate import LENGTH, median_of_nine
from landwatch.types import Picture, Pixels
from tests.redact.made import COAT, Fake, boxes, camera, land, nothing, put, sample, sees_coats

HERE = (slice(200, 260), slice(100, 120))
"""Rows and columns of a person of 20 x 60 px."""


def follow(
    remover: Remover, pictures: list[Pixels], start: float = 0.0, every: float = 10.0
) -> list[Picture]:
    """Clear pictures that were taken at even distances [s]."""
    return [remover.clear(sample(pixels, start + every * k)) for k, pixels in enumerate(pictures)]


def person(pixels: Pixels, colour: tuple[int, int, int] = COAT) -> Pixels:
    """Return the land with a person in it."""
    return put(pixels, 100, 200, 20, 60, colour)


def removed(picture: Picture) -> float:
    """Return the removed share of the place of the person."""
    return float((picture.removal.mask[HERE] == 255).mean())


def test_the_median_network_is_the_median() -> None:
    rng = np.random.default_rng(1)
    ring = [rng.integers(0, 256, (130, 40, 3), dtype=np.uint8) for _ in range(9)]
    out = np.empty_like(ring[0])
    median_of_nine(ring, out)
    assert (out == np.median(np.stack(ring), axis=0)).all()


def test_empty_land_is_not_looked_at_again() -> None:
    detector = Fake(nothing)
    remover = Remover(camera(), detector, sequence=True)
    follow(remover, [land()])
    first = detector.looks
    follow(remover, [land()] * 20, start=10)
    assert first == detector.looks == 1 + 1 + 9  # the whole picture, one tile, 3 x 3 enlarged


def test_only_changed_tiles_are_looked_at() -> None:
    detector = Fake(sees_coats)
    remover = Remover(camera(), detector, sequence=True)
    wide = land(416, 1600)
    follow(remover, [wide] * 12)
    before = detector.looks
    follow(remover, [put(wide, 1560, 300, 20, 60, COAT)], start=120)
    assert 0 < detector.looks - before <= 5


def test_a_person_whom_the_detector_misses_is_removed_by_motion() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land()] * LENGTH)
    assert removed(follow(remover, [person(land())], start=90)[0]) == 1.0


def test_motion_alone_leaves_no_more_than_three_blocks_of_a_person() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land()] * LENGTH)
    shown = follow(remover, [person(land())], start=90)[0].pixels[HERE]
    assert len(np.unique(shown[:, 10].reshape(-1, 3), axis=0)) <= 5  # 3 blocks a height of 60 px + margins


def test_large_foreground_is_left_to_the_detector() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land()] * LENGTH)
    smoke = put(land(), 100, 100, 150, 150, (200, 200, 200))
    assert follow(remover, [smoke], start=90)[0].removal.share < 0.02


def test_who_stands_still_never_enters_the_plate() -> None:
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    follow(remover, [land()] * LENGTH)
    for picture in follow(remover, [person(land())] * 30, start=90):
        assert removed(picture) == 1.0


def test_who_stands_still_unseen_by_the_detector_stays_removed_for_the_patience() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land()] * LENGTH)
    for picture in follow(remover, [person(land())] * 9, start=90):
        assert removed(picture) == 1.0


def test_who_was_there_from_the_start_is_removed_until_seen_empty_twice() -> None:
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    follow(remover, [person(land())] * 3)
    gone = follow(remover, [land()] * 3, start=30)
    assert [removed(picture) > 0 for picture in gone] == [True, False, False]


def test_a_person_is_filled_with_the_land() -> None:
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    follow(remover, [land()] * (LENGTH + 2))
    shown = follow(remover, [person(land())], start=110)[0].pixels[HERE]
    assert np.abs(shown.astype(int) - land()[HERE]).mean() < 3.0


def test_a_person_is_filled_with_the_land_in_the_present_light() -> None:
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    follow(remover, [land()] * (LENGTH + 2))
    dim = (land() * 0.8).astype(np.uint8)
    shown = follow(remover, [put(dim, 100, 200, 20, 60, COAT)], start=110)[0].pixels[HERE]
    assert np.abs(shown.astype(int) - dim[HERE]).mean() < 5.0


def test_a_cloud_is_no_motion() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land()] * LENGTH)
    dim = (land() * 0.8).astype(np.uint8)
    assert follow(remover, [dim], start=90)[0].removal.share == 0.0


def test_a_clip_does_not_make_its_plate_of_one_glance() -> None:
    """At 25 pictures a second nine of them are a third of a second: a walker would be the land."""
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    for picture in follow(remover, [person(land())] * 40, every=0.04):
        assert removed(picture) == 1.0


def test_another_view_is_withheld_and_learnt_anew() -> None:
    detector = Fake(sees_coats)
    remover = Remover(camera(), detector, sequence=True)
    follow(remover, [land(seed=1)] * LENGTH)
    edges = np.kron(np.indices((26, 26)).sum(axis=0) % 2, np.ones((16, 16)))[:, :, None] * 60
    here, there = land() + edges.astype(np.uint8), land() + np.roll(edges, 8, axis=1).astype(np.uint8)
    remover = Remover(camera(), detector, sequence=True)
    follow(remover, [here] * LENGTH)
    with pytest.raises(RedactError) as caught:
        remover.clear(sample(there, 90))
    assert caught.value.reason == "moved"
    before = detector.looks
    assert removed(remover.clear(sample(person(there), 100))) == 1.0
    assert detector.looks - before == 11


def test_after_a_long_gap_everything_is_looked_at() -> None:
    detector = Fake(nothing)
    remover = Remover(camera(), detector, sequence=True)
    follow(remover, [land()] * LENGTH)
    before = detector.looks
    follow(remover, [land()], start=3600)
    assert detector.looks - before == 11


def test_pictures_out_of_order_start_anew() -> None:
    detector = Fake(nothing)
    remover = Remover(camera(), detector, sequence=True)
    follow(remover, [land()] * 2, start=100)
    before = detector.looks
    follow(remover, [land()], start=50)
    assert detector.looks - before == 11


def test_a_static_polygon_is_never_learnt() -> None:
    yard = ((90, 190), (130, 190), (130, 270), (90, 270))
    remover = Remover(camera(never=[yard]), Fake(nothing), sequence=True)
    for picture in follow(remover, [person(land())] * 12):
        assert removed(picture) == 1.0
    assert remover._view is not None
    for held in (remover._view._land, *remover._view._plate._ring):
        assert not (np.abs(held.astype(int) - COAT).max(axis=2) < 10).any()


def test_memory_of_a_full_hd_camera_is_within_60_mb() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    follow(remover, [land(1080, 1920)] * 10)
    assert remover.bytes_held < 60e6


def test_a_hit_on_unchanged_land_is_given_up_after_two_empty_looks() -> None:
    answers = [boxes((100, 200, 120, 260))] + [boxes()] * 40
    detector = Fake(lambda _tile, _deadline: answers.pop(0))
    remover = Remover(camera(), detector, sequence=True)
    shares = [picture.removal.share > 0 for picture in follow(remover, [land()] * 18)]
    # 120 s after the hit: one look that finds nothing, one more in the next picture, then seen empty once.
    assert shares == [True] * 15 + [False] * 3
