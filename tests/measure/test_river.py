"""River level on drawn boards, on the simulator's gauge, and on the shared pictures."""

from __future__ import annotations

import csv
import json
import statistics
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from landwatch.config import Camera
from landwatch.errors import ConfigError
from landwatch.measure import instruments_of, read
from landwatch.measure.river import CLIMB
from landwatch.past import Past
from landwatch.testing import NOON, Episode, Schedule, Valley, picture
from landwatch.types import Finding

from . import boards

WHOLE_BOARD = {"points": boards.points()}


def prepared(table):
    camera = Camera(name="test", source={"kind": "folder"}, measure={"river": table})
    return instruments_of(camera)


def river(pixels, table=None, *, past=None, taken=NOON, mask=None):
    past = past or Past()
    made = picture(pixels, taken=taken, mask=mask)
    readings = read(made, past, (), prepared(table or WHOLE_BOARD))
    past.begin(made)
    past.end(())
    return {reading.quantity: reading for reading in readings}


def seen(pixels, table=None, **more):
    """Return the level at which the edge is seen. [cm]"""
    reading = river(pixels, table, **more)["river_level"]
    assert reading.absent is None, reading.absent
    return 100 * (reading.value + CLIMB)


@settings(max_examples=12, deadline=None)
@given(st.floats(16.0, 92.0))
def test_the_level_of_a_drawn_board_is_found_to_a_millimetre(level):
    # The drawing itself is exact to an eighth of a px, 0.03 cm.
    assert seen(boards.board(level)) == pytest.approx(level, abs=0.1)


def test_water_climbs_a_wall_and_the_climb_is_taken_off():
    reading = river(boards.board(55.0))["river_level"]
    assert reading.value == pytest.approx(0.55 - 0.002, abs=1e-3)
    assert (reading.unit, reading.method) == ("m", "river/1")


def test_the_offset_moves_the_level_to_the_datum():
    higher = WHOLE_BOARD | {"offset": 12.5}
    assert river(boards.board(55.0), higher)["river_level"].value == pytest.approx(13.048, abs=1e-3)


@pytest.mark.parametrize(
    "look",
    [
        {"dry": 60, "ink": 20, "back": 8, "own": 2},
        {"dry": 250, "ink": 120, "back": 20, "mirror": 0.7, "own": 0},
        {"dry": 120, "ink": 40, "own": 170, "mirror": 0.2},
        {"dry": 40, "ink": 200, "own": 70},
    ],
    ids=["dusk", "infra-red", "water brighter than the board", "white marks on black"],
)
def test_light_and_the_sign_of_the_edge_do_not_matter(look):
    assert seen(boards.board(47.0, **look)) == pytest.approx(47.0, abs=0.1)


@settings(max_examples=8, deadline=None)
@given(st.floats(-12, 12), st.floats(-12, 12), st.floats(-1, 1))
def test_a_camera_that_is_nudged_does_not_read_as_a_flood(right, down, turn):
    matrix = cv2.getRotationMatrix2D((320, 240), turn, 1.0)
    matrix[:, 2] += (right, down)
    nudged = cv2.warpAffine(boards.board(47.0), matrix, (640, 480), flags=cv2.INTER_CUBIC)
    assert seen(nudged) == pytest.approx(47.0, abs=0.12)


def test_a_reflected_mark_where_a_drowned_one_was_does_not_mislead():
    # The mark at 70 cm is mirrored by water at 55.5 cm to 41 cm, 4 px from where the mark at 40 cm was.
    assert seen(boards.board(55.5, mirror=0.9, own=5)) == pytest.approx(55.5, abs=0.1)


def test_the_corners_of_an_octagon_are_marks_too():
    table = {"points": boards.points(boards.octagon()), "marks": "outline", "levels": [0.05, 1.0]}
    nudged = np.roll(boards.board(30.0, marks="octagon"), (5, -3), axis=(0, 1))
    assert seen(nudged, table) == pytest.approx(30.0, abs=0.15)


def test_without_marks_the_points_stay_as_calibrated():
    plain = WHOLE_BOARD | {"marks": "none"}
    assert seen(boards.board(47.0, marks="none"), plain) == pytest.approx(47.0, abs=0.1)


def test_without_marks_a_moved_view_is_absent():
    past = Past()
    past.end(
        (Finding(camera="test", check="moved", time=NOON, state="bad", value=9.0, unit="[px]", since=NOON),)
    )
    found = river(boards.board(47.0), WHOLE_BOARD | {"marks": "none"}, past=past)
    assert {reading.absent for reading in found.values()} == {"moved"}


@pytest.mark.parametrize("level", [12.0, 33.3, 60.0, 81.0])
def test_a_staff_is_read_between_two_points(level):
    ends = [[boards.column(30.0), boards.row(at), at / 100] for at in (0.0, 100.0)]
    found = seen(boards.staff(level), {"points": ends, "marks": "none"})
    assert found == pytest.approx(level, abs=0.25)  # 1 px


def test_the_uncertainty_holds_what_is_known_of_the_climb():
    reading = river(boards.board(47.0))["river_level"]
    assert 0.001 <= reading.sigma < 0.002


def test_the_region_is_where_the_line_is():
    left, top, right, bottom = river(boards.board(47.0))["river_level"].region
    assert top <= boards.row(47.0) <= bottom <= top + 4
    assert (left, right) == (pytest.approx(240, abs=2), pytest.approx(400, abs=2))


def test_a_level_below_the_lowest_point_is_flagged():
    assert river(boards.board(3.0))["river_level"].flags == ("beyond-points",)


def test_columns_that_were_removed_are_left_out():
    pixels, mask = boards.board(47.0), np.zeros((480, 640), np.uint8)
    mask[230:280, 250:320] = 255
    pixels[mask > 0] = 128
    assert seen(pixels, mask=mask) == pytest.approx(47.0, abs=0.1)


def test_a_line_that_was_removed_is_masked():
    pixels, mask = boards.board(47.0), np.zeros((480, 640), np.uint8)
    mask[180:, 230:410] = 255
    pixels[mask > 0] = 128
    found = river(pixels, mask=mask)
    assert {reading.absent for reading in found.values()} == {"masked"}


def test_a_target_out_of_reach_is_moved():
    found = river(np.roll(boards.board(47.0), 90, axis=1))
    assert {reading.absent for reading in found.values()} == {"moved"}


def test_a_target_in_fog_is_absent_as_fog():
    grey = np.random.default_rng(1).normal(170, 2, (480, 640))
    found = river(np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2))
    assert {reading.absent for reading in found.values()} == {"fog"}


def test_a_night_without_infra_red_is_night():
    found = river((boards.board(47.0) * 0.01).astype(np.uint8))
    assert {reading.absent for reading in found.values()} == {"night"}


def test_a_board_without_a_line_says_so():
    # Water of the board's own luma shows no edge; the marks above it are still found.
    found = river(boards.board(60.0, dry=150, mirror=0.0, own=150, back=150))
    assert {(reading.absent, reading.flags) for reading in found.values()} == {("failed", ("no-line",))}


def test_the_rate_of_rise_is_that_of_the_levels():
    # 1 cm in 6 min is 0.1 m/h.
    past = Past()
    for number in range(10):
        taken = NOON + timedelta(minutes=6 * number)
        found = river(boards.board(30.0 + number), past=past, taken=taken)
    assert found["river_rise"].value == pytest.approx(0.1, abs=3 * found["river_rise"].sigma)
    assert found["river_rise"].sigma < 0.12
    assert found["river_level_filtered"].value == pytest.approx(0.39 - CLIMB, abs=0.003)


def test_the_first_picture_has_no_rate():
    assert river(boards.board(30.0))["river_rise"].absent == "warming"


@pytest.mark.parametrize("lit", ["day", "infra-red"])
def test_the_simulators_gauge_is_read_to_a_px(lit):
    start = NOON if lit == "day" else NOON + timedelta(hours=11)
    episodes = [
        Episode(
            kind="river", start=start, end=start + timedelta(hours=4), strength=2.5, ramp=timedelta(hours=2)
        )
    ]
    if lit == "infra-red":
        episodes.append(Episode(kind="infrared", start=start, end=start + timedelta(hours=4)))
    valley, schedule = Valley(seed=1, size=(540, 960), view="river"), Schedule(episodes=tuple(episodes))
    across, zero, scale = valley.gauge()
    table = {
        "points": [[across, zero, 0.0], [across, zero - 4 * scale, 4.0]],
        "marks": "none",
        "width": 14,
    }
    errors = []
    for minutes in (10, 55, 110):
        moment = start + timedelta(minutes=minutes)
        pixels = np.ascontiguousarray(valley.render(moment, schedule))
        truth = valley.truth(moment, schedule).river_level
        errors.append(abs(river(pixels, table, taken=moment)["river_level"].value - truth))
    # 48 px are a metre, and the simulator cuts the staff at whole px.
    assert statistics.median(errors) < 1.5 / 48
    assert max(errors) < 3.0 / 48


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "write either calibration"),
        ({"calibration": "nowhere.json"}, "cannot read the calibration nowhere.json"),
        ({"points": [[0, 0, 0, 0]]}, "a plane needs four points"),
        ({"points": [[0, 0, 0, 0], [1, 1, 1]]}, "all of one form"),
        ({"points": [[i, i, i, i] for i in range(4)]}, "the calibration's points lie on a line"),
        ({"points": [[0, 0, 0], [0, 9, 1]]}, 'write marks = "none"'),
        ({"points": [[0, 0, 1], [0, 9, 1]], "marks": "none"}, "of one level"),
        (WHOLE_BOARD | {"columns": [9, 3]}, "write the lower end first"),
        (WHOLE_BOARD | {"width": 2}, "too narrow"),
        (WHOLE_BOARD | {"reach": 0}, "not within 0 to 200"),
        (WHOLE_BOARD | {"mark": "none"}, "did you mean 'marks'"),
    ],
)
def test_wrong_settings_stop_the_start(table, message):
    with pytest.raises(ConfigError, match=message):
        prepared(table)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ('{"width_px": 9}', 'has no list "points"'),
        ('{"points": [7]}', "point 0 of .* is no object"),
        ('{"points": [{"x_px": 1, "x_cm": 1, "y_cm": 1}]}', "point 0 of .* lacks y_px"),
        ('{"points": [{"x_px": 1, "y_px": 1, "x_cm": 1}]}', "lacks y_cm"),
    ],
)
def test_a_calibration_that_cannot_be_used_is_named(tmp_path, content, message):
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        prepared({"calibration": str(path)})


def test_a_calibration_file_says_cm_or_m(tmp_path):
    rows = boards.points()
    for unit, factor in (("cm", 100.0), ("m", 1.0)):
        entries = [
            {"x_px": a, "y_px": b, f"x_{unit}": c * factor, f"y_{unit}": d * factor} for a, b, c, d in rows
        ]
        path = tmp_path / f"{unit}.json"
        path.write_text(json.dumps({"points": entries}))
        assert seen(boards.board(47.0), {"calibration": str(path)}) == pytest.approx(47.0, abs=0.1)


BY_EYE_CM = {
    "18-00": 84.2, "18-45": 87.4, "19-30": 86.7, "20-15": 83.7, "20-45": 81.0, "21-15": 76.4,
    "21-45": 67.3, "22-00": 60.8, "22-30": 49.1, "22-45": 44.7, "23-00": 40.9, "23-45": 32.6,
}  # fmt: skip
"""The shared pictures' own staff, read by eye before the instrument was written (docs/river.md)."""


@pytest.fixture(scope="module")
def creek(shared):
    """Level, filtered level and reference of the shared pictures, by time of day. [cm]"""
    folder = shared / "data/instruments/river_level"
    table = prepared({"calibration": str(folder / "calibration.json")})
    past, found = Past(), {}
    with (folder / "reference.csv").open() as file:
        for row in csv.DictReader(file):
            with Image.open(folder / row["file"]) as image:
                pixels = np.asarray(image.convert("RGB"))
            taken = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
            made = picture(pixels, taken=taken)
            past.begin(made)
            readings = {reading.quantity: reading for reading in read(made, past, (), table)}
            past.end(())
            found[f"{taken:%H-%M}"] = (readings, float(row["level_cm"]))
    assert len(found) == 24
    return found


def level_cm(readings):
    return 100 * readings["river_level"].value


def test_every_shared_picture_is_read_day_dusk_and_infra_red(creek):
    assert {readings["river_level"].absent for readings, _ in creek.values()} == {None}


def test_all_shared_pictures_are_within_3_mm_of_the_reference_after_its_datum(creek):
    # docs/river.md says why the reference, which another tool read, lies 4.1 mm lower.
    errors = [level_cm(readings) - 0.41 - reference for readings, reference in creek.values()]
    assert max(abs(error) for error in errors) < 0.3


def test_the_staff_read_by_eye_agrees_without_any_offset(creek):
    errors = [level_cm(creek[time][0]) - eye for time, eye in BY_EYE_CM.items()]
    assert abs(statistics.mean(errors)) < 0.15
    assert max(abs(error) for error in errors) < 0.45


def test_the_raw_levels_jitter_by_less_than_1_5_mm(creek):
    levels = [level_cm(readings) for readings, _ in creek.values()]
    residuals = []
    for middle in range(2, len(levels) - 2):
        steps = np.array([-2, -1, 1, 2])
        fit = np.polyfit(steps, [levels[middle + step] for step in steps], 2)
        residuals.append(levels[middle] - fit[2])
    assert np.sqrt(np.mean(np.square(residuals))) < 0.15


def test_the_filter_follows_the_tide_within_its_uncertainty(creek):
    for readings, _ in creek.values():
        filtered = readings["river_level_filtered"]
        assert filtered.flags == ()
        assert abs(filtered.value - readings["river_level"].value) < 2 * filtered.sigma
