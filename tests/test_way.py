"""What a failure on the way costs: exactly what the agreement says."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import cv2
import numpy as np
import pytest
import simplejpeg

from landwatch import rooms
from landwatch.config import Camera, Config, Rule
from landwatch.errors import ConfigError, DecideError, RedactError
from landwatch.redact import Boxes, Closed
from landwatch.testing import NOON
from landwatch.types import Event, Frame, Quantity, Reading
from landwatch.way import Way

LAND = ((np.add.outer(np.arange(240) // 4, np.arange(320) // 4)[..., None] + 60) * (0.75, 1.0, 0.75)).astype(
    np.uint8
)
"""(240, 320, 3): green that brightens to the lower right, from 60 to 198; two fifths of it are green."""


class Nothing:
    """A detector that sees nobody: the array shows nobody."""

    model = "0" * 64

    def look(self, tile, deadline):
        return Boxes(np.zeros((0, 4), np.float32), *(np.zeros(0, np.float32),) * 2)


@dataclass(frozen=True)
class Empty:
    """Settings of nothing."""


def frame(content=None, name="a.jpg"):
    return Frame(
        camera="a",
        name=name,
        taken=NOON,
        time_from="given",
        received=NOON,
        encoding="jpeg",
        uncleared=simplejpeg.encode_jpeg(LAND) if content is None else content,
    )


def camera(**more):
    region = [[0, 0], [320, 0], [320, 240], [0, 240]]
    return Camera(
        **{"name": "a", "source": {"kind": "folder"}, "measure": {"greenness": {"region": region}}} | more
    )


@pytest.fixture
def plug(monkeypatch):
    """Put a module into a room for one test."""

    def put(room, name, **content):
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(rooms.modules(room), name, module)

    return put


def test_a_good_frame_is_cleared_examined_and_read():
    outcome = Way(camera(), Nothing(), Config()).through(frame())
    assert (outcome.status, outcome.reason, outcome.masked) == ("cleared", None, 0.0)
    assert outcome.still is not None
    assert (outcome.still.width, outcome.still.height) == (320, 240)
    assert {finding.check for finding in outcome.findings} >= {"exposure", "blur", "frozen", "lateness"}
    gcc = next(reading for reading in outcome.readings if reading.quantity == "gcc")
    assert gcc.value == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xd8\xff\xe0 cut"])
def test_a_bad_frame_costs_itself_and_the_next_is_cleared(content):
    way = Way(camera(), Nothing(), Config())
    bad, good = way.through(frame(content)), way.through(frame())
    assert (bad.status, bad.still, bad.masked, bad.findings) == ("forgotten", None, None, ())
    assert "a.jpg" in bad.reason
    assert {reading.absent for reading in bad.readings} == {"camera"}
    assert good.status == "cleared"


def test_removal_that_cannot_run_keeps_no_pixel_and_says_why():
    closed = Closed(RedactError("no model", reason="model"))
    outcome = Way(camera(), closed, Config()).through(frame())
    assert (outcome.status, outcome.reason, outcome.still, outcome.masked) == (
        "withheld",
        "model",
        None,
        None,
    )
    assert {(reading.value, reading.absent) for reading in outcome.readings} == {(None, "withheld")}


def fails(*_):
    raise ZeroDivisionError("of an instrument")


def test_a_failing_instrument_costs_its_own_reading(plug):
    quantity = Quantity(name="broken", unit="1", title="Broken")
    plug(
        "measure",
        "broken",
        QUANTITIES=(quantity,),
        NEEDS=frozenset(),
        VERSION=1,
        Settings=Empty,
        measure=fails,
    )
    more = camera().measure | {"broken": {}}
    outcome = Way(camera(measure=more), Nothing(), Config()).through(frame())
    found = {reading.quantity: reading for reading in outcome.readings}
    assert (found["broken"].value, found["broken"].absent) == (None, "failed")
    assert found["broken"].flags == ("ZeroDivisionError",)
    assert found["gcc"].value is not None


def test_a_failing_check_is_unknown_and_the_others_go_on(plug):
    plug("diagnose", "broken", UNIT="1", Settings=Empty, look=fails)
    outcome = Way(camera(), Nothing(), Config()).through(frame())
    found = {finding.check: finding for finding in outcome.findings}
    assert found["broken"].state == "unknown"
    assert "ZeroDivisionError" in found["broken"].detail
    assert found["exposure"].state != "unknown"


def test_events_that_contradict_each_other_stop_the_start():
    event = Event(id="x", hazard="smoke", camera="other", state="opened", opened=NOON, time=NOON, score=1.0)
    with pytest.raises(DecideError, match="does not stand at a"):
        Way(camera(), Nothing(), Config(), standing=(event,))


def test_a_rule_turns_readings_into_an_event_of_the_frame(plug):
    def high(picture, past, settings):
        return (
            Reading(
                camera=picture.camera,
                quantity="level",
                time=picture.taken,
                value=2.0,
                unit="m",
                method="high/1",
                region=(1, 2, 3, 4),
            ),
        )

    quantity = Quantity(name="level", unit="m", title="Level")
    plug(
        "measure", "high", QUANTITIES=(quantity,), NEEDS=frozenset(), VERSION=1, Settings=Empty, measure=high
    )
    rule = Rule(hazard="flood", quantity="level", enter=1.5, leave=1.0, k=1, m=1)
    way = Way(camera(measure={"high": {}}), Nothing(), Config(rule=(rule,)))
    (event,) = way.through(frame(name="7.jpg")).events
    assert (event.hazard, event.state, event.file, event.region) == ("flood", "opened", "7.jpg", (1, 2, 3, 4))
    assert event.still is not None


def test_standing_alone_forgets_the_past():
    way = Way(camera(), Nothing(), Config())
    way.through(frame())
    assert len(way.past.small) == 1
    way.forget()
    assert len(way.past.small) == 0


def test_a_picture_is_laid_on_the_reference_only_for_instruments_that_ask():
    random = np.random.default_rng(3)
    wide = cv2.GaussianBlur(random.integers(0, 255, (260, 340, 3), np.uint8), (0, 0), 1.5)
    wide = cv2.normalize(wide, None, 40, 200, cv2.NORM_MINMAX)
    way = Way(camera(measure={"drift": {}}), Nothing(), Config())
    for left, top in ((8, 8), (5, 9)):  # cut 3 px further left and 1 px further down
        cut = np.ascontiguousarray(wide[top : top + 240, left : left + 320])
        outcome = way.through(frame(simplejpeg.encode_jpeg(cut, quality=95)))
    shift = {reading.quantity: reading.value for reading in outcome.readings}
    assert shift["view_shift_x"] == pytest.approx(3.0, abs=0.05)
    assert shift["view_shift_y"] == pytest.approx(-1.0, abs=0.05)
    assert Way(camera(), Nothing(), Config())._aligner is None


def test_readings_name_the_version_of_the_view():
    way = Way(camera(), Nothing(), Config(), version=3)
    assert {reading.method for reading in way.through(frame()).readings} == {"greenness/1@3"}
    assert {reading.method for reading in way.through(frame(b"")).readings} == {"greenness/1@3"}


def test_a_way_goes_on_with_another_version_of_the_view():
    way = Way(camera(), Nothing(), Config(), version=1)
    way.through(frame())
    remembered = len(way.past.small)
    left = [[0, 0], [40, 0], [40, 60], [0, 60]]
    way.turn_to(camera(measure={"greenness": {"region": left}}), 2)
    reading = next(one for one in way.through(frame()).readings if one.quantity == "green_mean")
    assert (reading.region, reading.method) == ((0, 0, 41, 61), "greenness/1@2")
    assert len(way.past.small) == remembered + 1


def test_a_version_that_cannot_be_used_changes_nothing():
    way = Way(camera(), Nothing(), Config(), version=1)
    with pytest.raises(ConfigError):
        way.turn_to(camera(measure={"greenness": {"region": [[0, 0]]}}), 2)
    assert {reading.method for reading in way.through(frame()).readings} == {"greenness/1@1"}


def test_an_event_stands_when_the_view_is_changed():
    rule = Rule(hazard="spring", quantity="gcc", enter=0.39, leave=0.2, k=1, m=1)
    way = Way(camera(), Nothing(), Config(rule=(rule,)))
    assert [event.state for event in way.through(frame()).events] == ["opened"]
    half = [[0, 0], [160, 0], [160, 240], [0, 240]]
    way.turn_to(camera(measure={"greenness": {"region": half}}), 2)
    assert way.through(frame()).events == ()
