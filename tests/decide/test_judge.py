"""How readings open, change and close events."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.config import Rule
from landwatch.decide import Judge, default_rules
from landwatch.errors import DecideError
from landwatch.testing import NOON
from landwatch.types import Reading

SMOKE = Rule(hazard="smoke", quantity="smoke", enter=0.5, leave=0.25, k=2, m=3, clear=3)
FOG = Rule(hazard="fog", quantity="visibility", enter=200, leave=500, k=1, m=1, clear=2)


def reading(value, minute, quantity="smoke", region=None):
    return Reading(
        camera="ridge",
        quantity=quantity,
        time=NOON + timedelta(minutes=minute),
        value=value,
        unit="1",
        method="test/1",
        absent="night" if value is None else None,
        region=region,
    )


def states(judge, values, quantity="smoke", start=0):
    """Return the states that a series of values leads to, "" where nothing changes."""
    told = []
    for minute, value in enumerate(values, start):
        events = judge.judge([reading(value, minute, quantity)], file=f"{minute}.jpg")
        told.append(events[0].state if events else "")
    return told


def test_two_of_three_open():
    assert states(Judge("ridge", [SMOKE]), [0.9, 0.1, 0.9]) == ["", "", "opened"]


def test_two_of_four_do_not_open():
    assert states(Judge("ridge", [SMOKE]), [0.9, 0.1, 0.1, 0.9]) == ["", "", "", ""]


def test_three_in_a_row_below_the_way_out_close():
    judge = Judge("ridge", [SMOKE])
    assert states(judge, [0.6, 0.6, 0.1, 0.1, 0.1]) == ["", "opened", "", "", "closed"]


def test_a_value_between_the_ways_neither_opens_nor_closes():
    judge = Judge("ridge", [SMOKE])
    assert states(judge, [0.4] * 9) == [""] * 9
    assert states(judge, [0.6, 0.6, 0.1, 0.1, 0.3, 0.1, 0.1], start=9)[2:] == [""] * 5


def test_an_absent_reading_neither_opens_nor_closes():
    judge = Judge("ridge", [SMOKE])
    assert states(judge, [0.6, None, 0.6]) == ["", "", "opened"]
    assert states(judge, [0.1, None, None, None, None, 0.1, 0.1], start=3) == [""] * 6 + ["closed"]


def test_a_closed_event_is_not_opened_again_but_followed_by_a_new_one():
    judge = Judge("ridge", [SMOKE])
    ids = [
        event.id
        for minute, value in enumerate([0.6, 0.6, 0.1, 0.1, 0.1, 0.6, 0.6])
        for event in judge.judge([reading(value, minute)])
    ]
    assert ids[0] == ids[1] != ids[2]


def test_after_a_close_the_way_in_starts_anew():
    judge = Judge("ridge", [SMOKE.model_copy(update={"clear": 1})])
    assert states(judge, [0.6, 0.6, 0.1, 0.6, 0.6]) == ["", "opened", "closed", "", "opened"]


def test_falling_values_can_be_the_hazard():
    judge = Judge("ridge", [FOG])
    assert states(judge, [900, 180, 300, 600, 600], "visibility") == ["", "opened", "", "", "closed"]


def test_an_event_is_told_anew_when_it_worsens_or_grows():
    judge = Judge("ridge", [SMOKE])
    small, large = (100, 100, 110, 110), (100, 90, 120, 110)
    told = [
        [(e.state, e.region, e.score) for e in judge.judge([reading(value, minute, region=region)])]
        for minute, (value, region) in enumerate(
            [(0.6, small), (0.6, small), (0.6, small), (0.6, large), (0.75, large)]
        )
    ]
    # 0.75 is 0.15 above what was told last: more than half the span of 0.25 between the two thresholds.
    assert told == [[], [("opened", small, 0.6)], [], [("updated", large, 0.6)], [("updated", large, 0.75)]]


def test_the_region_of_an_event_only_grows():
    judge = Judge("ridge", [SMOKE])
    for minute, region in enumerate([(0, 0, 10, 10), (0, 0, 10, 10), (50, 50, 60, 60)]):
        events = judge.judge([reading(0.9, minute, region=region)])
    assert events[0].region == (0, 0, 60, 60)


def test_the_same_pictures_give_the_same_id():
    first, second = Judge("ridge", [SMOKE]), Judge("ridge", [SMOKE])
    for minute in range(2):
        one = first.judge([reading(0.9, minute)])
        other = second.judge([reading(0.9, minute)])
    assert one[0].id == other[0].id
    assert one[0].id.startswith("smoke-ridge-20260701T120100Z-")


def test_a_standing_event_is_taken_up_after_a_restart():
    before = Judge("ridge", [SMOKE])
    states(before, [0.6, 0.6])
    after = Judge("ridge", [SMOKE], before.standing)
    closed = [event for minute in range(2, 6) for event in after.judge([reading(0.1, minute)])]
    assert [(event.id, event.state) for event in closed] == [(before.standing[0].id, "closed")]
    assert closed[0].opened == before.standing[0].opened
    assert after.standing == ()


def test_a_standing_event_is_not_opened_twice():
    before = Judge("ridge", [SMOKE])
    states(before, [0.6, 0.6])
    after = Judge("ridge", [SMOKE], before.standing)
    assert "opened" not in states(after, [0.6] * 6, start=2)


def test_two_rules_of_one_hazard_hold_one_event_until_both_let_go():
    rise = Rule(hazard="flood", quantity="rate_of_rise", enter=0.2, leave=0.1, k=1, m=1, clear=2)
    level = Rule(hazard="flood", quantity="river_level", enter=3.0, leave=2.5, k=1, m=1, clear=2)
    judge = Judge("ridge", [rise, level])
    told = [
        [
            event.state
            for event in judge.judge([reading(r, minute, "rate_of_rise"), reading(h, minute, "river_level")])
        ]
        for minute, (r, h) in enumerate([(0.3, 1.0), (0.0, 3.1), (0.0, 2.0), (0.0, 2.0)])
    ]
    assert told == [["opened"], ["updated"], [], ["closed"]]


def test_standing_events_that_contradict_the_rules_stop_the_start():
    judge = Judge("ridge", [SMOKE])
    states(judge, [0.6, 0.6])
    standing = judge.standing[0]
    with pytest.raises(DecideError, match="two smoke events stand at ridge"):
        Judge("ridge", [SMOKE], [standing, dataclasses.replace(standing, id="other")])
    with pytest.raises(DecideError, match="does not stand at valley"):
        Judge("valley", [SMOKE], [standing])
    with pytest.raises(DecideError, match="closed"):
        Judge("ridge", [SMOKE], [dataclasses.replace(standing, state="closed")])


def test_written_rules_take_the_place_of_the_default_of_their_hazard():
    strict = SMOKE.model_copy(update={"enter": 0.9})
    assert default_rules([strict], {"smoke"}) == (strict,)
    assert [rule.hazard for rule in default_rules([], {"smoke"})] == ["smoke"]
    assert default_rules([], {"gcc"}) == ()


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=60))
def test_every_event_opens_once_changes_in_order_and_closes_once(values):
    judge = Judge("ridge", [SMOKE])
    lives: dict[str, list[str]] = {}
    for minute, value in enumerate(values):
        for event in judge.judge([reading(value, minute)]):
            lives.setdefault(event.id, []).append(event.state)
    for life in lives.values():
        assert life[0] == "opened"
        assert life.count("opened") == 1
        assert "closed" not in life[:-1]
    assert len(judge.standing) == sum(life[-1] != "closed" for life in lives.values())
