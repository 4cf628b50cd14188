"""What every instrument promises, whatever instruments there are."""

from __future__ import annotations

import dataclasses
import inspect
import re
from types import SimpleNamespace

import numpy as np
import pytest

from landwatch import rooms
from landwatch.config import Camera
from landwatch.errors import ConfigError, MeasureError
from landwatch.measure import NEEDS, instruments_of, nothing_seen, quantities, read
from landwatch.measure._needs import hindrance
from landwatch.past import Past
from landwatch.testing import NOON, picture
from landwatch.types import Finding

INSTRUMENTS = rooms.modules("measure")
UCUM = re.compile(r"^(1|%|s|h|m|cm|mm|px|deg|m/h|mm/d|(m|\{px\})(/d2?)?|\[px\])$")
LEAST = {
    "greenness": {"region": [[0, 0], [40, 0], [40, 40]]},
    "motion": {"region": [[0, 0], [40, 0], [40, 40]], "metres_per_px": 0.1},
    "levels": {"region": [[0, 0], [40, 0], [40, 40]]},
    "river": {"points": [[20, 10, 0, 1], [90, 10, 1, 1], [20, 80, 0, 0], [90, 80, 1, 0]]},
    "visibility": {
        "sky": [[0, 0, 40, 8]],
        "target": [
            {"name": "near", "region": [0, 20, 9, 29], "distance": 50, "contrast": 0.8},
            {"name": "far", "region": [10, 20, 19, 29], "distance": 500, "contrast": 0.8},
        ],
    },
}
"""Settings that an instrument cannot do without."""


def camera(**measure):
    return Camera(name="test", source={"kind": "folder"}, measure=measure)


def every():
    return instruments_of(camera(**{name: LEAST.get(name, {}) for name in INSTRUMENTS}))


@pytest.fixture(params=INSTRUMENTS, ids=str)
def module(request):
    return INSTRUMENTS[request.param]


def test_an_instrument_says_what_it_is(module):
    assert module.__doc__.strip()
    assert module.measure.__doc__.strip().startswith("Return")


def test_an_instrument_has_the_one_signature(module):
    assert list(inspect.signature(module.measure).parameters) == ["picture", "past", "settings"]


def test_quantities_have_ucum_units_and_a_range(module):
    for quantity in module.QUANTITIES:
        assert UCUM.match(quantity.unit)
        assert quantity.title
        assert quantity.low is None or quantity.high is None or quantity.low < quantity.high


def test_no_two_instruments_measure_a_quantity_of_one_name():
    names = [quantity.name for module in INSTRUMENTS.values() for quantity in module.QUANTITIES]
    assert sorted(names) == sorted(quantities())


def test_needs_are_of_the_vocabulary(module):
    assert module.NEEDS <= NEEDS


def test_settings_are_frozen_dataclasses(module):
    assert dataclasses.is_dataclass(module.Settings)
    assert module.Settings.__dataclass_params__.frozen


def test_every_picture_gives_one_reading_of_each_quantity():
    random = np.random.default_rng(1)
    past, settings = Past(), every()
    for level in (0, 90, 255):
        pixels = np.clip(level + random.normal(0, 9, (96, 128, 3)), 0, 255).astype(np.uint8)
        readings = read(picture(pixels), past, (), settings)
        past.end(())
        assert sorted(r.quantity for r in readings) == sorted(quantities())
        for reading in readings:
            name, version = reading.method.split("/")
            assert int(version) == INSTRUMENTS[name].VERSION
            assert reading.unit == quantities()[reading.quantity].unit
            quantity = quantities()[reading.quantity]
            assert reading.value is None or quantity.low <= reading.value <= quantity.high


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (33, 47)])
def test_odd_shapes_give_readings_or_a_reason(shape):
    past, settings = Past(), every()
    for _ in range(3):
        for reading in read(picture(np.full((*shape, 3), 128, np.uint8)), past, (), settings):
            assert (reading.value is None) != (reading.absent is None)
        past.end(())


def test_night_is_absent_not_zero():
    for reading in read(picture(np.full((96, 128, 3), 3, np.uint8)), Past(), (), every()):
        assert (reading.value, reading.absent) == (None, "night")


def test_an_ill_camera_is_absent_not_zero():
    frozen = Finding(camera="test", check="frozen", time=NOON, state="bad", value=600.0, unit="s", since=NOON)
    grey = picture(np.full((96, 128, 3), 120, np.uint8))
    readings = {r.quantity: r for r in read(grey, Past(), (frozen,), every())}
    assert readings["smoke"].absent == "camera"


def test_a_moved_view_is_absent_not_zero():
    moved = Finding(
        camera="test", check="moved", time=NOON, state="doubtful", value=9.0, unit="px", since=NOON
    )
    grey = picture(np.full((96, 128, 3), 120, np.uint8))
    readings = {r.quantity: r for r in read(grey, Past(), (moved,), every())}
    assert readings["gcc"].absent == "moved"


def test_a_picture_mostly_removed_is_absent_not_zero():
    masked = picture(np.full((96, 128, 3), 120, np.uint8), mask=np.full((96, 128), 255, np.uint8))
    assert {r.absent for r in read(masked, Past(), (), every())} == {"masked"}


def test_a_failing_instrument_is_absent_with_the_errors_name_and_the_others_go_on(monkeypatch):
    def fail(picture, past, settings):
        raise ZeroDivisionError("a sum over nothing")

    monkeypatch.setattr(INSTRUMENTS["smoke"], "measure", fail)
    green = picture(np.full((96, 128, 3), (60, 120, 60), np.uint8))
    readings = {r.quantity: r for r in read(green, Past(), (), every())}
    assert (readings["smoke"].absent, readings["smoke"].flags) == ("failed", ("ZeroDivisionError",))
    assert readings["gcc"].value == 0.5


def test_a_withheld_picture_gives_an_absent_reading_of_each_quantity():
    readings = nothing_seen("test", NOON, every())
    assert sorted(r.quantity for r in readings) == sorted(quantities())
    assert {r.absent for r in readings} == {"withheld"}


def test_an_unknown_instrument_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"no instrument called 'smoek'; there are: .*greenness, .*smoke"):
        instruments_of(camera(smoek={}))


def test_a_strange_need_is_refused_with_the_known_ones():
    strange = SimpleNamespace(NEEDS={"daylight", "luck"})
    with pytest.raises(MeasureError, match=r"no need called luck; there are: daylight, healthy"):
        hindrance(strange.NEEDS, picture(np.full((96, 128, 3), 120, np.uint8)), Past(), ())
