"""Detections, delays and false alarms of smoke events."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest

from landwatch.errors import UsageError
from landwatch.score.smoke import count_interval, read_labels, score
from landwatch.testing import NOON
from landwatch.types import Event

HEAD = "sequence,file,minute_of_day,offset_min,has_box,boxes_xyxy_px\n"


@pytest.fixture
def labels(tmp_path):
    """Ten quiet pictures, two in which smoke may be, then eight with a box at 100-140, 100-120."""
    boxes = [""] * 12 + ['"100,100,140,120"'] * 8
    rows = [
        f"fire,{minute:02d}.jpg,{600 + minute},{minute - 10},{int(bool(box))},{box}\n"
        for minute, box in enumerate(boxes)
    ]
    path = tmp_path / "labels.csv"
    path.write_text(HEAD + "".join(rows))
    return read_labels(path)


def opened(minute, region=(110, 90, 130, 110)):
    return Event(
        id=f"e{minute}",
        hazard="smoke",
        camera="fire",
        state="opened",
        opened=NOON,
        time=NOON,
        score=0.6,
        region=region,
        file=f"some/where/{minute:02d}.jpg",
    )


def test_the_delay_is_from_the_first_box(labels):
    found = score(labels, {"fire": [opened(15)]})
    assert (found.sequences, found.detected, found.delay, found.missed) == (1, 1, 3.0, ())


def test_two_pictures_early_is_still_a_detection(labels):
    assert score(labels, {"fire": [opened(10)]}).delay == -2.0


def test_an_event_before_smoke_may_be_seen_is_a_false_alarm(labels):
    found = score(labels, {"fire": [opened(4)]})
    assert (found.false_alarms, found.missed) == (("fire 04.jpg",), ("fire",))


def test_an_event_beside_the_box_is_a_false_alarm(labels):
    assert score(labels, {"fire": [opened(15, (200, 200, 210, 210))]}).false_alarms == ("fire 15.jpg",)


def test_pictures_that_may_show_smoke_count_neither_way(labels):
    found = score(labels, {"fire": [opened(11, (200, 200, 210, 210))]})
    assert found.false_alarms == ()
    assert found.missed == ("fire",)


def test_only_openings_of_smoke_count(labels):
    event = opened(15)
    others = [replace(event, state="updated"), replace(event, hazard="fog")]
    assert score(labels, {"fire": others}).missed == ("fire",)


def test_ten_quiet_pictures_are_ten_minutes(labels):
    found = score(labels, {"fire": [opened(4)]})
    assert found.days == pytest.approx(10 / 1440)
    assert found.upper == pytest.approx(count_interval(1)[1] * 144)


def test_a_quiet_picture_stands_for_one_interval(labels):
    assert score(labels, {"fire": []}, interval=30.0).days == pytest.approx(5 / 1440)


def test_the_upper_limit_of_no_count_leaves_a_fortieth():
    # exp(-mean) = 0.025
    low, high = count_interval(0)
    assert low == 0
    assert exp(-high) == pytest.approx(0.025)


def test_what_is_wrong_is_named(labels, tmp_path):
    with pytest.raises(UsageError, match="no events of the sequence fire; there are: other"):
        score(labels, {"other": []})
    with pytest.raises(UsageError, match=r"opened by '77\.jpg', which fire does not label"):
        score(labels, {"fire": [replace(opened(15), file="77.jpg")]})
    path = tmp_path / "bad.csv"
    path.write_text("sequence,file\nfire,1.jpg\n")
    with pytest.raises(UsageError, match="lacks the columns boxes_xyxy_px, minute_of_day, offset_min"):
        read_labels(path)
    path.write_text(HEAD + "fire,1.jpg,600,0,1,1 2 3\n")
    with pytest.raises(UsageError, match=r"line 2: a box has four sides, not '1 2 3'"):
        read_labels(path)
