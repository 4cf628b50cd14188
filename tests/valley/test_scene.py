"""Pictures of the simulated valley are the same whenever they are asked for, and show what the truth says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from landwatch.valley import KINDS, VIEWS, Episode, Schedule, Valley
from landwatch.valley.arrays import srgb_decode
from tests.valley.noons import MIDNIGHT, NOON, SIZE, lasting, only, valley

Picture = npt.NDArray[np.uint8]


def mean_of(view: str, schedule: Schedule, count: int = 6) -> npt.NDArray[np.float64]:
    """Return the mean linear light of pictures within one minute, in which only noise differs."""
    pictures = [valley(view).render(NOON + timedelta(seconds=n), schedule) for n in range(count)]
    mean: npt.NDArray[np.float64] = np.mean([srgb_decode(picture) for picture in pictures], axis=0)
    return mean


def gray(picture: Picture) -> npt.NDArray[np.float32]:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_view_is_a_picture_of_its_size(view: str) -> None:
    picture = valley(view).render(NOON)
    assert picture.shape == (*SIZE, 3)
    assert picture.dtype == np.uint8
    assert 40 < picture.mean() < 200
    assert gray(picture).std() > 15


def test_the_same_seed_and_moment_give_the_same_bytes_in_any_order() -> None:
    busy = Schedule(episodes=(lasting("smoke"), lasting("snowfall", 0.3), lasting("stripes", 0.5)))
    moments = [NOON, NOON + timedelta(seconds=7.25), MIDNIGHT, NOON + timedelta(hours=2)]
    first, second = (Valley(seed=5, size=(120, 160), view="ridge") for _ in range(2))
    forth = [first.render(moment, busy).tobytes() for moment in moments]
    back = [second.render(moment, busy).tobytes() for moment in reversed(moments)]
    assert forth == back[::-1]


def test_another_seed_is_another_valley() -> None:
    one, other = (Valley(seed=seed, size=(120, 160), view="ridge").render(NOON, only()) for seed in (1, 2))
    assert np.abs(one.astype(int) - other).mean() > 5


def test_asking_for_the_truth_changes_no_picture() -> None:
    schedule = only(lasting("smoke"))
    before = valley("ridge").render(NOON, schedule)
    valley("ridge").truth(NOON + timedelta(minutes=3), schedule)
    assert np.array_equal(before, valley("ridge").render(NOON, schedule))


@pytest.mark.parametrize("rise", [0.5, 1.4, 2.4])
def test_the_water_stands_on_the_gauge_where_the_level_says(rise: float) -> None:
    low, high = only(), only(lasting("river", rise))
    river = valley("river")
    level = river.truth(NOON, high).river_level
    usual = river.truth(NOON, low).river_level
    assert level == pytest.approx(usual + rise)
    column, zero, scale = river.gauge()
    top = round(zero - 4.3 * scale)
    board = np.s_[top : round(zero), round(column) - 3 : round(column) + 4]
    before, after = (river.render(NOON, schedule)[board].astype(int) for schedule in (low, high))
    # The white and dark board shows in one picture, and is under water in the other below the high level.
    rows = np.flatnonzero((np.abs(after - before).max(axis=2) > 45).any(axis=1))
    assert top + rows[0] == pytest.approx(zero - level * scale, abs=2)


def test_more_land_is_under_water_as_the_river_rises() -> None:
    river = valley("river")
    before = river.render(NOON, only())
    areas = []
    for rise in (0.5, 1.5, 2.5):
        after = river.render(NOON, only(lasting("river", rise)))
        areas.append(int((np.abs(after.astype(int) - before).max(axis=2) > 25).sum()))
    assert areas == sorted(areas)
    assert areas[0] < areas[-1] / 1.5


@pytest.mark.parametrize("seconds", [40, 90, 240])
def test_smoke_is_inside_its_box_and_nowhere_else(seconds: int) -> None:
    burning = only(lasting("smoke", since=NOON - timedelta(seconds=seconds)))
    truth = valley("ridge").truth(NOON, burning)
    assert truth.smoke is not None
    assert truth.smoke_since == NOON - timedelta(seconds=seconds)
    left, top, right, bottom = truth.smoke
    clear = valley("ridge").render(NOON, only()).astype(int)
    change = np.abs(valley("ridge").render(NOON, burning) - clear).max(axis=2)
    outside = np.ones(SIZE, bool)
    outside[max(top - 12, 0) : bottom + 12, max(left - 12, 0) : right + 12] = False
    assert change[top:bottom, left:right].max() > 50
    assert change[top:bottom, left:right].mean() > 4
    # Outside it is thinner than a tenth; it differs from the land behind it by less than 130 codes.
    assert change[outside].max() <= 13


def test_smoke_grows_and_there_is_none_before_the_fire() -> None:
    start = NOON + timedelta(seconds=20)
    fire = only(lasting("smoke", since=start))
    assert valley("ridge").truth(start - timedelta(seconds=1), fire).smoke is None
    assert valley("ridge").truth(start, fire).smoke is None
    areas = []
    for seconds in (15, 60, 180):
        box = valley("ridge").truth(start + timedelta(seconds=seconds), fire).smoke
        assert box is not None
        areas.append((box[2] - box[0]) * (box[3] - box[1]))
    assert areas == sorted(areas)
    assert areas[-1] > 4 * areas[0]


def test_smoke_drifts_with_the_wind() -> None:
    for wind, sign in ((4.0, 1), (-4.0, -1)):
        fire = Schedule(episodes=(lasting("smoke", since=NOON),), clouds=0.0, wind=wind)
        early, late = (valley("ridge").truth(NOON + timedelta(seconds=s), fire).smoke for s in (10, 120))
        assert early is not None
        assert late is not None
        assert sign * ((late[0] + late[2]) - (early[0] + early[2])) > 20


def test_contrast_falls_with_distance_as_koschmieder_says() -> None:
    """Contrast in fog is C0 exp(-k d) with k = -ln(0.05) / V, so the ratio of contrasts of the same land in
    two fogs is exp(-(k1 - k2) d), whatever the land's own contrast C0 and the camera's exposure are."""
    thick, thin = 900.0, 3000.0
    schedules = [only(lasting("overcast"), lasting("fog", metres), clouds=1.0) for metres in (thick, thin)]
    seen = [valley("ridge").truth(NOON, schedule).visibility for schedule in schedules]
    assert seen == pytest.approx([thick, thin], rel=0.02)
    k1, k2 = (2.9957 / metres for metres in seen)
    first, second = (mean_of("ridge", schedule, 8)[..., 1] for schedule in schedules)
    distance = valley("ridge").distances()
    checked = 0
    for near, far in ((50, 80), (80, 130), (130, 200), (600, 700), (700, 800), (800, 950)):
        at = (distance > near) & (distance < far)
        if at.sum() < 1500:
            continue
        # The air itself is what a very far piece of land looks like.
        air = [picture[(distance > 9000) & np.isfinite(distance)].mean() for picture in (first, second)]
        contrast = [abs(p[at].mean() - a) / a for p, a in zip((first, second), air, strict=True)]
        middle = float(np.median(distance[at]))
        assert contrast[0] / contrast[1] == pytest.approx(np.exp(-(k1 - k2) * middle), rel=0.12)
        checked += 1
    assert checked >= 3


def test_fog_takes_the_far_land_and_leaves_the_near() -> None:
    clear, fog = (gray(valley("ridge").render(NOON, only(*e))) for e in ((), (lasting("fog", 400),)))
    distance = valley("ridge").distances()
    far, near = (distance > 2000) & np.isfinite(distance), distance < 130
    assert fog[far].std() < 0.15 * clear[far].std()
    assert fog[near].std() > 0.25 * clear[near].std()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.6, 1.0])
def test_snow_covers_the_share_that_the_truth_says(share: float) -> None:
    schedule = only(lasting("snow", share)) if share else only()
    truth = valley("road").truth(NOON, schedule)
    assert truth.snow_share == pytest.approx(share, abs=0.035)
    bare, snowy = (srgb_decode(valley("road").render(NOON, s)) for s in (only(), schedule))
    land = np.isfinite(valley("road").distances())
    ratio = (snowy / np.maximum(bare, 0.01)).mean(axis=2)
    lighter = float((ratio[land] > 1.25).mean())
    assert lighter == pytest.approx(share, abs=0.16)


def test_night_is_dark_gray_and_noisy() -> None:
    day, night = (valley("ridge").render(moment, only()) for moment in (NOON, MIDNIGHT))
    assert valley("ridge").truth(MIDNIGHT, only()).is_night
    assert not valley("ridge").truth(NOON, only()).is_night
    assert night.mean() < 0.35 * day.mean()
    assert np.array_equal(night[..., 0], night[..., 2])
    noise = [
        (
            gray(valley("ridge").render(m, only()))
            - gray(valley("ridge").render(m + timedelta(seconds=1), only()))
        ).std()
        for m in (NOON, MIDNIGHT)
    ]
    assert noise[1] > 2 * noise[0]


def test_leaves_are_green_in_summer_and_off_in_winter() -> None:
    def greenness(moment: datetime) -> float:
        red, green, blue = valley("forest").render(moment, only())[200:].reshape(-1, 3).mean(axis=0)
        return float(green / (red + green + blue))

    months = {month: datetime(2026, month, 5, 11, 20, tzinfo=UTC) for month in (1, 5, 7, 10)}
    values = {month: greenness(moment) for month, moment in months.items()}
    truths = {month: valley("forest").truth(moment, only()) for month, moment in months.items()}
    assert values[7] > values[1] + 0.04
    assert values[7] > values[10] + 0.04
    assert truths[1].leaf_share < 0.02 < 0.98 < truths[7].leaf_share
    assert [truths[month].greenness_trend for month in (1, 5, 7, 10)] == [0, 1, 0, -1]


def test_the_slope_moves_down_by_the_shift_of_the_truth() -> None:
    moved = only(lasting("slide", 6.0))
    truth = valley("slope").truth(NOON, moved)
    assert truth.slide is not None
    left, top, right, bottom = truth.slide
    across, down = (right - left) // 5, (bottom - top) // 5
    part = np.s_[top + 2 * down : bottom - down, left + across : right - across]
    before, after = (gray(valley("slope").render(NOON, s))[part] for s in (only(), moved))
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(before, after, window)
    assert truth.slide_shift[1] > 3
    assert (x, y) == pytest.approx(truth.slide_shift, abs=0.6)


def test_a_moved_camera_shifts_the_whole_land_by_the_shift_of_the_truth() -> None:
    moved = only(lasting("moved", 22))
    truth = valley("slope").truth(NOON, moved)
    before, after = (gray(valley("slope").render(NOON, s)) for s in (only(), moved))
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(before, after, window)
    assert truth.shift == (14, 5)  # 22 px of 1000 are 14.08 of 640, and 0.35 of that is 4.9
    assert (x, y) == pytest.approx(truth.shift, abs=0.3)
    assert truth.faults == ("moved",)


def test_a_moved_camera_moves_the_boxes_of_the_truth_too() -> None:
    fire = lasting("smoke", since=NOON - timedelta(seconds=60))
    plain, moved = (valley("ridge").truth(NOON, only(*e)) for e in ((fire,), (fire, lasting("moved", 22))))
    assert plain.smoke is not None
    assert moved.smoke is not None
    across, down = moved.shift
    left, top, right, bottom = plain.smoke
    assert moved.smoke == (left + across, top + down, right + across, bottom + down)


def test_walkers_and_cars_are_in_their_boxes_and_nowhere_else() -> None:
    road = valley("road")
    busy = only(lasting("walkers", 3), lasting("cars", 2))
    empty = road.render(NOON, only()).astype(int)
    change = np.abs(road.render(NOON, busy) - empty).max(axis=2) > 12
    boxes = road.walkers_and_cars_for_removal_tests(NOON, busy)
    assert boxes
    outside = np.ones(SIZE, bool)
    for left, top, right, bottom in boxes:
        assert change[top:bottom, left:right].mean() > 0.3
        # The shadow lies around the feet.
        reach = max(4, round(0.25 * (right - left)))
        outside[max(top - 2, 0) : bottom + reach, max(left - reach, 0) : right + reach] = False
    assert not change[outside].any()
    assert road.walkers_and_cars_for_removal_tests(NOON, only()) == ()


def test_the_truth_says_nothing_of_walkers_and_cars() -> None:
    busy = only(lasting("walkers", 3), lasting("cars", 2))
    assert valley("road").truth(NOON, busy) == valley("road").truth(NOON, only())


def test_an_episode_that_a_view_cannot_show_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'river' needs view 'river'"):
        valley("ridge").render(NOON, only(lasting("river")))


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no view called 'sea'; there are: .*ridge"):
        Valley(view="sea")
    with pytest.raises(ValueError, match="no episode kind 'meteor'"):
        Episode(kind="meteor", start=NOON, end=MIDNIGHT)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not after its start"):
        Episode(kind="fog", start=NOON, end=NOON)
    assert len(set(KINDS)) == len(KINDS)


def test_an_episode_grows_and_fades_over_its_ramp() -> None:
    ten = timedelta(minutes=10)
    fog = Episode(kind="fog", start=NOON, end=NOON + 6 * ten, strength=200, ramp=2 * ten)
    shares = [fog.share(NOON + n * ten) for n in (-1, 0, 1, 2, 4, 5, 6)]
    assert shares == [0, 0, 0.5, 1, 1, 0.5, 0]
    slide = Episode(kind="slide", start=NOON, end=NOON + 6 * ten, strength=4, ramp=2 * ten)
    assert [slide.amount(NOON + n * ten) for n in (1, 2, 5)] == [2, 4, 4]
