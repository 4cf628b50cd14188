"""Blind is not clear: since when a camera cannot see a hazard, and why."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from landwatch.alert import Blind, Duty, Lookout
from landwatch.store import Store
from landwatch.types import Absence, Finding, Reading
from tests.alert.made import NOON, cameras, outcome

WATCHED = {"ridge": (("smoke", "smoke"),)}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seen(lookout: Lookout, seconds: float, absent: Absence | None, bad: str = "", **other: str) -> None:
    """Let the camera say one reading of smoke, absent for a reason or present."""
    reading = Reading(
        camera="ridge",
        quantity="smoke",
        time=at(seconds),
        value=None if absent else 0.0,
        unit="1",
        method="smoke/1",
        absent=absent,
    )
    finding = Finding(
        camera="ridge", check=bad, time=at(seconds), state="bad", value=None, unit="1", since=at(seconds)
    )
    heard = outcome("ridge", seconds, content=b"%d" % seconds, readings=(reading,), **other)
    lookout.hear([dataclasses.replace(heard, findings=(finding,) if bad else ())])
    lookout.tick(at(seconds))


def now(duty: Duty) -> list[tuple[str, float, float]]:
    """Return why, and how many seconds after noon it began and for this reason."""
    return [
        (one.why, (one.began - NOON).total_seconds(), (one.since - NOON).total_seconds())
        for one in duty.book.blind()
    ]


def lookout_of(duty: Duty, seconds: float = 0.0, **other: datetime) -> Lookout:
    return Lookout(duty, cameras(), WATCHED, at(seconds), last=other)


def test_a_camera_that_has_not_seen_for_a_minute_is_blind_since_it_last_could(
    store: Store, duty: Duty
) -> None:
    lookout = lookout_of(duty)
    for seconds in range(0, 60, 10):
        seen(lookout, seconds, "fog")
    assert now(duty) == []
    seen(lookout, 60, "fog")
    assert now(duty) == [("fog", 0, 0)]


def test_it_sees_again_at_once(store: Store, duty: Duty) -> None:
    lookout = lookout_of(duty)
    for seconds in range(0, 70, 10):
        seen(lookout, seconds, "night")
    seen(lookout, 70, None)
    assert now(duty) == []
    (was,) = duty.book.blind_times("ridge")
    assert was == Blind(camera="ridge", hazard="smoke", why="night", began=at(0), since=at(0), until=at(70))


def test_another_reason_goes_on_from_when_it_went_blind(store: Store, duty: Duty) -> None:
    lookout = lookout_of(duty)
    for seconds in range(0, 140, 10):
        seen(lookout, seconds, "night" if seconds < 70 else "fog")
    assert now(duty) == [("fog", 0, 70)]


def test_a_covered_camera_is_blind_though_its_instrument_reads_zero(store: Store, duty: Duty) -> None:
    lookout = lookout_of(duty)
    for seconds in range(0, 70, 10):
        seen(lookout, seconds, None, bad="covered")
    assert now(duty) == [("covered", 0, 0)]


def test_a_camera_of_which_nothing_comes_is_blind_since_its_last_picture(store: Store, duty: Duty) -> None:
    lookout = lookout_of(duty)
    seen(lookout, 30, None)
    lookout.tick(at(90))
    assert now(duty) == []
    lookout.tick(at(91))
    assert now(duty) == [("stale", 30, 30)]


def test_while_nobody_was_looking_a_camera_was_blind(store: Store, duty: Duty) -> None:
    lookout_of(duty, 3600, ridge=at(0)).tick(at(3600))
    assert now(duty) == [("stale", 0, 0)]


def test_a_restart_goes_on_with_the_same_blindness(store: Store, duty: Duty) -> None:
    lookout = lookout_of(duty)
    for seconds in range(0, 70, 10):
        seen(lookout, seconds, "night")
    again = lookout_of(duty, 65, ridge=at(60))
    seen(again, 70, "night")
    assert now(duty) == [("night", 0, 0)]
    seen(again, 80, None)
    assert now(duty) == []
