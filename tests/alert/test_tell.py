"""Who is told of an event, when, and what: once each, to the end, and drills never as real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Alerts, Config, Notice, Outlet
from landwatch.errors import ConfigError
from landwatch.store import Store
from tests.alert.made import NOON, event, keep, told

RIDGE = "smoke-ridge-0"
AROUND_RIDGE = ((46.4, 9.8), (46.4, 10.0), (46.51, 10.0), (46.51, 9.8))

DeskOf = Callable[..., Duty]


def noticed(store: Store, outlet: str = "desk") -> list[tuple[Any, ...]]:
    """Return kind, act and how many alerts each message refers to."""
    return [(body["type"], body["act"], len(body["references"])) for body in told(store, outlet)]


def test_each_alert_refers_to_those_before_it(store: Store, desk_of: DeskOf) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")])
    keep(store, event(), event(state="updated", at=30))
    duty.act(RIDGE, "acknowledge", "duty")
    duty.act(RIDGE, "confirm", "duty")
    duty.act(RIDGE, "close", "duty")
    assert noticed(store) == [
        ("Alert", "open", 0),
        ("Update", "acknowledge", 1),
        ("Update", "confirm", 2),
        ("Update", "close", 3),
    ]
    bodies = told(store, "desk")
    assert bodies[3]["references"] == [[one["sender"], one["identifier"], one["sent"]] for one in bodies[:3]]


def test_a_dismissed_event_is_cancelled_and_begins_anew_when_it_is_reopened(
    store: Store, desk_of: DeskOf
) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")])
    keep(store, event())
    duty.act(RIDGE, "dismiss", "duty", cause="cloud")
    duty.act(RIDGE, "reopen", "duty", note="it grows")
    assert noticed(store) == [("Alert", "open", 0), ("Cancel", "dismiss", 1), ("Alert", "reopen", 0)]


def test_what_began_and_ended_unheard_is_not_told(store: Store, desk_of: DeskOf) -> None:
    keep(store, event(), event(state="closed", at=90))
    desk_of(notice=[Notice(outlet="desk")]).follow()
    assert noticed(store) == []


@pytest.mark.parametrize(
    ("notice", "count"),
    [
        ({"hazard": ("smoke",)}, 1),
        ({"hazard": ("flood",)}, 0),
        ({"area": AROUND_RIDGE}, 1),
        ({"area": tuple((north - 1, east) for north, east in AROUND_RIDGE)}, 0),
        ({"severity": "Severe"}, 1),
        ({"severity": "Extreme"}, 0),
        ({"confirmed": True}, 0),
        ({"hours": "wed 08:00-17:00"}, 1),
        ({"hours": "mon-tue 08:00-17:00"}, 0),
        ({"hours": "wed 20:00-24:00", "zone": "Asia/Shanghai"}, 1),
        ({"after": 1.0}, 0),
    ],
)
def test_a_notice_chooses_what_its_outlet_is_told(
    store: Store, desk_of: DeskOf, notice: dict[str, Any], count: int
) -> None:
    keep(store, event())
    desk_of(notice=[Notice(outlet="desk", **notice)]).follow()
    assert len(noticed(store)) == count


def test_fog_is_worse_where_nobody_can_drive(store: Store, desk_of: DeskOf) -> None:
    duty = desk_of(notice=[Notice(outlet="desk", severity="Moderate")])
    keep(store, event(hazard="fog", score=900.0))
    duty.follow()
    assert noticed(store) == []
    keep(store, event(hazard="fog", state="updated", at=60, score=399.0))
    duty.follow()
    assert noticed(store) == [("Alert", "update", 0)]


def test_nobody_is_told_twice_by_two_notices(store: Store, desk_of: DeskOf) -> None:
    keep(store, event())
    desk_of(notice=[Notice(outlet="desk"), Notice(outlet="desk", hazard=("smoke",))]).follow()
    assert len(noticed(store)) == 1


def test_who_was_told_hears_the_end_outside_of_hours_too(
    store: Store, desk_of: DeskOf, clock: SetClock
) -> None:
    duty = desk_of(notice=[Notice(outlet="desk", hours="wed 08:00-12:30")])
    keep(store, event())
    duty.follow()
    clock.set(NOON + timedelta(hours=1))
    duty.act(RIDGE, "close", "duty")
    assert [kind for kind, _, _ in noticed(store)] == ["Alert", "Update"]


def test_what_opens_at_night_is_told_in_the_morning_if_it_stands(
    store: Store, desk_of: DeskOf, clock: SetClock
) -> None:
    duty = desk_of(notice=[Notice(outlet="desk", hours="thu 08:00-17:00")])
    keep(store, event())
    duty.tick()
    clock.set(NOON + timedelta(hours=19, minutes=59))
    duty.tick()
    assert noticed(store) == []
    clock.set(NOON + timedelta(hours=20))
    duty.tick()
    assert noticed(store) == [("Alert", "open", 0)]


def test_it_escalates_until_somebody_acknowledges(store: Store, desk_of: DeskOf, clock: SetClock) -> None:
    duty = desk_of(notice=[Notice(outlet="desk", repeat=120), Notice(outlet="chief", after=300)])
    keep(store, event())
    for minute in range(7):
        clock.set(NOON + timedelta(minutes=minute))
        duty.tick()
    assert [act for _, act, _ in noticed(store)] == ["open", "repeat", "repeat", "repeat"]
    assert noticed(store, "chief") == [("Alert", "escalate", 0)]
    duty.act(RIDGE, "acknowledge", "duty")
    clock.set(NOON + timedelta(minutes=20))
    duty.tick()
    assert [act for _, act, _ in noticed(store)][4:] == ["acknowledge"]
    assert noticed(store, "chief")[1:] == [("Update", "acknowledge", 1)]


def test_who_acknowledges_in_time_spares_the_chief(store: Store, desk_of: DeskOf, clock: SetClock) -> None:
    duty = desk_of(notice=[Notice(outlet="chief", after=300)])
    keep(store, event())
    duty.act(RIDGE, "acknowledge", "duty")
    clock.set(NOON + timedelta(minutes=10))
    duty.tick()
    assert noticed(store, "chief") == []


def test_an_alert_is_renewed_before_it_lapses(store: Store, desk_of: DeskOf, clock: SetClock) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")], alert=Alerts(lasting=3600))
    keep(store, event())
    for minute in (0, 29, 30, 31):
        clock.set(NOON + timedelta(minutes=minute))
        duty.tick()
    first, second = told(store, "desk")
    assert (second["act"], second["type"]) == ("renew", "Update")
    assert second["sent"] < first["expires"]


def test_a_merged_event_is_told_with_the_area_of_both_and_its_own_alert_is_taken_back(
    store: Store, desk_of: DeskOf
) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")])
    keep(store, event(), event("far", at=60, opened=60))
    duty.act("smoke-far-60", "merge", "expert", into=RIDGE)
    *_, cancel, update = told(store, "desk")
    assert (cancel["event"], cancel["type"], cancel["into"]) == ("smoke-far-60", "Cancel", RIDGE)
    assert (update["event"], update["type"]) == (RIDGE, "Update")
    assert [camera["name"] for camera in update["cameras"]] == ["ridge", "far"]


def test_a_camera_near_by_adds_its_area_to_the_alert_and_opens_none(store: Store, desk_of: DeskOf) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")])
    keep(store, event())
    duty.follow()
    keep(store, event("valley", at=60, opened=60))
    duty.follow()
    assert noticed(store) == [("Alert", "open", 0), ("Update", "update", 1)]
    assert [camera["area"] for camera in told(store, "desk")[1]["cameras"]] == [
        [46.50, 9.90, 15.0],
        [46.52, 9.90, 15.0],
    ]


@pytest.mark.parametrize("status", ["Test", "Actual"])
def test_a_drill_is_an_exercise_whatever_the_settings_say(store: Store, desk_of: DeskOf, status: str) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")], alert=Alerts(status=status))
    drill = duty.open_event("ridge", "smoke", "duty", drill=True)
    duty.act(drill.event, "confirm", "duty")
    duty.act(drill.event, "close", "duty")
    keep(store, event("far", drill=True))
    duty.follow()
    assert [body["status"] for body in told(store, "desk")] == ["Exercise"] * 4


def test_alerts_are_tests_until_somebody_says_actual(store: Store, desk_of: DeskOf) -> None:
    keep(store, event())
    desk_of(notice=[Notice(outlet="desk")]).follow()
    assert [body["status"] for body in told(store, "desk")] == ["Test"]


def test_what_no_person_has_confirmed_is_never_public(store: Store, desk_of: DeskOf) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")], alert=Alerts(scope="Public"))
    keep(store, event())
    duty.act(RIDGE, "acknowledge", "duty")
    duty.act(RIDGE, "confirm", "duty")
    assert [body["scope"] for body in told(store, "desk")] == ["Restricted", "Restricted", "Public"]


def test_who_confirms_makes_it_observed(store: Store, desk_of: DeskOf) -> None:
    duty = desk_of(notice=[Notice(outlet="desk")])
    keep(store, event())
    duty.act(RIDGE, "confirm", "duty")
    duty.act(RIDGE, "close", "duty")
    assert [(one["certainty"], one["urgency"]) for one in told(store, "desk")] == [
        ("Possible", "Immediate"),
        ("Observed", "Immediate"),
        ("Possible", "Past"),
    ]


def test_an_outlet_of_a_notice_carries_no_single_changes() -> None:
    outlets = (Outlet(name="a", kind="jsonl", path="x"), Outlet(name="b", kind="jsonl", path="y"))
    assert Config(outlet=outlets, notice=(Notice(outlet="a"),)).event_outlets == ("b",)


def test_a_notice_that_cannot_be_kept_stops_the_start(desk_of: DeskOf) -> None:
    with pytest.raises(ConfigError, match=r"notice\[0\]: .*hours"):
        desk_of(notice=[Notice(outlet="desk", hours="noon")])
    with pytest.raises(ValueError, match="a notice names the outlet 'pager'; there are: none"):
        Config(notice=(Notice(outlet="pager"),))
