"""The life of an event: what the pictures do, what people do, and that neither undoes the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from landwatch.alert import Duty, Outdated
from landwatch.clock import SetClock
from landwatch.errors import UsageError
from landwatch.store import Store
from tests.alert.made import NOON, event, keep, outcome, told

RIDGE, VALLEY = "smoke-ridge-0", "smoke-valley-60"


def state(duty: Duty, name: str = RIDGE) -> str:
    life = duty.book.life(name)
    assert life is not None
    return life.state


def test_what_the_pictures_say_is_followed_once(store: Store, duty: Duty) -> None:
    keep(store, event(), event(state="updated", at=30))
    assert (duty.follow(), duty.follow()) == (2, 0)
    assert [(deed.act, deed.role) for deed in duty.book.deeds(RIDGE)] == [
        ("open", "pictures"),
        ("update", "pictures"),
    ]


def test_an_event_that_nobody_looked_at_is_closed_by_the_pictures(store: Store, duty: Duty) -> None:
    keep(store, event(), event(state="closed", at=90))
    duty.follow()
    life = duty.book.life(RIDGE)
    assert life is not None
    assert (life.state, life.ended, life.version) == ("closed", NOON + timedelta(seconds=90), 2)


def test_what_a_person_confirmed_is_over_when_a_person_says_so(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.act(RIDGE, "confirm", "duty")
    keep(store, event(state="closed", at=90))
    duty.follow()
    assert state(duty) == "confirmed"
    duty.act(RIDGE, "close", "authority", note="fire brigade: out")
    assert state(duty) == "closed"


def test_a_dismissed_event_stays_dismissed_while_the_pictures_still_show_it(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.act(RIDGE, "dismiss", "duty", cause="steam")
    keep(store, event(state="updated", at=30, score=0.9))
    duty.follow()
    assert state(duty) == "dismissed"


def test_dismissing_needs_a_cause_of_the_list_and_nothing_else_has_one(store: Store, duty: Duty) -> None:
    keep(store, event())
    for act, cause in (("dismiss", ""), ("dismiss", "a walker"), ("confirm", "steam")):
        with pytest.raises(UsageError, match="only dismiss has one, one of: cloud, fog, dust"):
            duty.act(RIDGE, act, "duty", cause=cause)  # type: ignore[arg-type]
    assert state(duty) == "open"


def test_two_desks_never_undo_one_another_unknowingly(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.follow()
    seen = duty.book.life(RIDGE)
    assert seen is not None
    duty.act(RIDGE, "confirm", "expert", version=seen.version)
    with pytest.raises(Outdated, match="it is confirmed") as caught:
        duty.act(RIDGE, "dismiss", "duty", version=seen.version, cause="cloud")
    assert (caught.value.life.state, caught.value.life.version) == ("confirmed", seen.version + 1)
    assert state(duty) == "confirmed"


def test_reopening_says_why_and_forgets_the_cause(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.act(RIDGE, "dismiss", "duty", cause="cloud")
    with pytest.raises(UsageError, match="needs a note that says why"):
        duty.act(RIDGE, "reopen", "duty")
    life = duty.act(RIDGE, "reopen", "duty", note="it grows")
    assert (life.state, life.cause) == ("open", "")
    assert duty.book.dismissals() == []


def test_an_act_that_is_not_possible_names_those_that_are(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.act(RIDGE, "close", "duty")
    with pytest.raises(UsageError, match="is closed, so nobody can confirm it; possible are: reopen, note"):
        duty.act(RIDGE, "confirm", "duty")


def test_only_roles_of_people_act(store: Store, duty: Duty) -> None:
    keep(store, event())
    with pytest.raises(UsageError, match="a clock may not close; allowed are: duty, expert, authority"):
        duty.act(RIDGE, "close", "clock")


def test_smoke_that_a_camera_near_by_sees_too_is_one_event(store: Store, duty: Duty) -> None:
    keep(store, event(), event("valley", at=60, opened=60), event("far", at=60, opened=60))
    duty.follow()
    assert [life.event for life in duty.book.merged(RIDGE)] == [VALLEY]
    assert (state(duty, VALLEY), state(duty, "smoke-far-60")) == ("merged", "open")


def test_a_merged_event_is_over_when_no_camera_sees_it(store: Store, duty: Duty) -> None:
    keep(store, event(), event("valley", at=60, opened=60), event(state="closed", at=90))
    duty.follow()
    assert state(duty) == "open"
    keep(store, event("valley", "closed", at=120, opened=60))
    duty.follow()
    assert (state(duty), state(duty, VALLEY)) == ("closed", "merged")


@pytest.mark.parametrize(
    "other",
    [
        event("valley", at=60, opened=60, hazard="fog"),
        event("valley", at=60, opened=60, drill=True),
        event("valley", at=1801, opened=1801),
        event("nowhere", at=60, opened=60),
    ],
    ids=["another hazard", "a drill", "too late", "no place"],
)
def test_what_may_be_another_event_is_not_merged(store: Store, duty: Duty, other: object) -> None:
    keep(store, event(), other)  # type: ignore[arg-type]
    duty.follow()
    assert duty.book.merged(RIDGE) == []


def test_people_merge_and_split(store: Store, duty: Duty) -> None:
    keep(store, event(), event("far", at=60, opened=60))
    duty.act("smoke-far-60", "merge", "expert", into=RIDGE)
    assert state(duty, "smoke-far-60") == "merged"
    with pytest.raises(UsageError, match="cannot be merged into"):
        duty.act(RIDGE, "merge", "expert", into="smoke-far-60")
    assert duty.act("smoke-far-60", "split", "expert", note="two fires").state == "open"


def test_what_was_merged_into_an_event_moves_on_with_it(store: Store, duty: Duty) -> None:
    keep(store, event(), event("valley", at=60, opened=60), event("far", at=60, opened=60))
    duty.act(RIDGE, "merge", "duty", into="smoke-far-60")
    assert [life.event for life in duty.book.merged("smoke-far-60")] == [RIDGE, VALLEY]


def test_a_false_alarm_counts_for_each_camera_that_saw_it(store: Store, duty: Duty) -> None:
    keep(store, event(score=0.6), event(state="updated", at=10, score=0.8))
    keep(store, event("valley", at=60, opened=60, score=0.5))
    duty.act(RIDGE, "dismiss", "duty", cause="steam")
    found = {one.camera: (one.cause, one.score) for one in duty.book.dismissals(hazard="smoke")}
    assert found == {"ridge": ("steam", 0.8), "valley": ("steam", 0.5)}


def test_drills_and_what_was_opened_by_hand_teach_no_instrument(store: Store, duty: Duty) -> None:
    keep(store, event(drill=True))
    duty.act(RIDGE, "dismiss", "duty", cause="test")
    by_hand = duty.open_event("far", "smoke", "duty")
    duty.act(by_hand.event, "dismiss", "duty", cause="cloud")
    assert duty.book.dismissals() == []


def test_an_event_opened_by_hand_is_not_the_rules_to_close(store: Store, duty: Duty) -> None:
    life = duty.open_event("ridge", "flood", "authority", note="somebody called")
    assert (life.state, life.origin, life.drill) == ("open", "hand", False)
    assert store.standing_events("ridge") == ()


def test_a_drill_says_that_it_is_one_wherever_it_is_read(store: Store, duty: Duty) -> None:
    life = duty.open_event("ridge", "smoke", "duty", drill=True)
    assert life.event.startswith("drill-")
    deed = duty.book.deeds(life.event)[0]
    assert (deed.act, deed.role) == ("open", "duty")
    assert [body["drill"] for body in told(store, "log")] == [True]


def test_acts_of_people_go_to_outlets_that_carry_each_change(store: Store, duty: Duty) -> None:
    keep(store, event())
    duty.act(RIDGE, "confirm", "expert", note="flames")
    assert [(one["act"], one["state"], one["role"], one["note"]) for one in told(store, "log")] == [
        ("confirm", "confirmed", "expert", "flames")
    ]


def test_pictures_from_before_and_after_are_kept_with_the_event(
    store: Store, duty: Duty, clock: SetClock
) -> None:
    for n in range(-10, 10):
        opening = (event(),) if n == 0 else ()
        store.keep(outcome("ridge", 10.0 * n, *opening, content=b"picture %d" % n))
    duty.follow()
    names = [(strip.taken - NOON).total_seconds() for strip in duty.book.strip(RIDGE)]
    assert names == [10.0 * n for n in range(-6, 7)]
    clock.set(NOON + timedelta(days=90))
    assert store.prune().stills == 20 - 13


def test_a_store_from_before_lives_is_caught_up_with(store: Store, desk_of: Callable[..., Duty]) -> None:
    changes = [event("far", "updated" if n else "opened", at=float(n)) for n in range(1200)]
    store.keep(outcome("far", 0, *changes))
    assert desk_of().follow() == 1200
    assert state(desk_of(), "smoke-far-0") == "open"
