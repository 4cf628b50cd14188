"""What may show people cannot leave memory; what holds a mask cannot either."""

from __future__ import annotations

import copy
import dataclasses
import io
import pickle
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.testing import NOON, picture, sample
from landwatch.types import BANDS, Frame, Outcome, Reading, band

GREY = np.full((8, 8, 3), 77, np.uint8)


def frame():
    return Frame(
        camera="a",
        name="a.jpg",
        taken=NOON,
        time_from="given",
        received=NOON + timedelta(seconds=3),
        encoding="jpeg",
        uncleared=b"secret bytes",
    )


SEALED = [frame, lambda: sample(GREY), lambda: picture(GREY), lambda: picture(GREY).removal]
IDS = ["Frame", "Sample", "Picture", "Removal"]


@pytest.mark.parametrize("make", SEALED, ids=IDS)
@pytest.mark.parametrize(
    "way_out",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        bytes,
        list,
        np.asarray,
        lambda value: np.save(io.BytesIO(), value),
        lambda value: value.__getstate__(),
        lambda value: value.__reduce_ex__(5),
    ],
    ids=["pickle", "copy", "deepcopy", "bytes", "list", "asarray", "save", "getstate", "reduce"],
)
def test_no_way_out_of_memory_is_open(make, way_out):
    with pytest.raises(TypeError, match="cannot be copied, pickled or exported"):
        way_out(make())


@pytest.mark.parametrize("make", SEALED, ids=IDS)
@pytest.mark.parametrize("way_out", [dataclasses.asdict, dataclasses.astuple, dataclasses.replace, vars])
def test_its_fields_cannot_be_taken_as_a_whole(make, way_out):
    with pytest.raises(TypeError):
        way_out(make())


@pytest.mark.parametrize("make", SEALED, ids=IDS)
def test_repr_and_str_show_no_pixel(make):
    for text in (repr(make()), str(make()), f"{make()}"):
        assert "77" not in text
        assert "secret" not in text
        assert "array" not in text


@pytest.mark.parametrize("make", SEALED, ids=IDS)
def test_fields_cannot_be_set(make):
    with pytest.raises((AttributeError, TypeError)):
        make().camera = "b"


def test_a_forgotten_sample_holds_zeros_alone():
    kept = sample(GREY)
    kept.forget()
    assert not kept.uncleared.any()


def test_age_is_the_time_from_capture_to_arrival():
    assert frame().age == timedelta(seconds=3)


@given(st.floats(0, 1))
def test_a_band_is_the_least_upper_end(share):
    upper = band(share)
    assert share <= upper
    assert all(other >= upper for other in BANDS if other >= share)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_has_no_band(share):
    with pytest.raises(ValueError, match="not within 0 to 1"):
        band(share)


@pytest.mark.parametrize(("value", "absent"), [(None, None), (0.5, "night")])
def test_a_reading_has_either_a_value_or_a_reason(value, absent):
    with pytest.raises(ValueError, match="either a value or a reason"):
        Reading(camera="a", quantity="gcc", time=NOON, value=value, unit="1", method="t/1", absent=absent)


def test_an_outcome_can_be_sent_since_it_shows_nobody():
    outcome = Outcome(
        camera="a",
        name="a.jpg",
        taken=NOON,
        time_from="given",
        received=NOON,
        status="withheld",
        reason="model",
        masked=None,
        model=None,
        still=None,
    )
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301
