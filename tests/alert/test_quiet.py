"""What quiet hours teach: a threshold that keeps the budget, and places where more is asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from landwatch.alert import LEAST_HOURS, Cause, Duty, Known, Quiet
from landwatch.alert.budget import Tail, tail_of
from landwatch.alert.quiet import HALF_LIFE
from landwatch.clock import SetClock
from landwatch.config import Rule
from landwatch.decide import Judge, default_rules
from landwatch.lesson import HIGHEST, LOWEST, Lesson, Place, cell_region, odds, spot_of
from landwatch.measure._evidence import FADE
from landwatch.measure.smoke import HALF
from landwatch.store import Beside, Store
from landwatch.types import Event, Outcome, Reading, Region
from tests.alert.made import NOON, cameras, keep, outcome

(RULE,) = default_rules((), ("smoke",))
SIZE = (64, 48)
"""Of the stills of `made`. [px]"""
CHIMNEY, MEADOW = 100, 20
"""Cells of the grid of 16 by 12, each 4 px a side."""
HOUR_S, DAY_S = 3600.0, 86_400.0


def heard(at: float, value: float, cell: int | None = None, side: int = 0) -> Outcome:
    """Return what is kept of a picture with a score at a place, whose box is wider by `side` px each way."""
    region: Region | None = None
    if cell is not None:
        left, top, right, bottom = cell_region(cell, SIZE)
        region = (left - side, top - 2 * side, right + side, bottom)
    reading = Reading(
        camera="ridge",
        quantity="smoke",
        time=NOON + timedelta(seconds=at),
        value=value,
        unit="1",
        method="smoke/1",
        region=region,
    )
    return outcome("ridge", at, content=b"land", readings=(reading,))


@pytest.fixture
def quiet_of(store: Store, duty: Duty) -> Callable[..., Quiet]:
    """Makes what learns for the camera `ridge`."""
    return lambda rule=RULE: Quiet(duty._beside, {"ridge": (rule,)})


def teach(quiet: Quiet, hours: int, value: float = 0.0, cell: int | None = None) -> None:
    """Let hours from noon on show one score, in three pictures each; write them when all is settled."""
    for hour in range(hours):
        quiet.hear([heard(hour * HOUR_S + picture, value, cell) for picture in range(3)])
    quiet.tick(NOON + timedelta(hours=hours))


def known(quiet: Quiet, hours: float) -> Known:
    """Return what is known so many hours after noon."""
    (one,) = quiet.known("ridge", NOON + timedelta(hours=hours))
    return one


def test_until_enough_hours_are_known_the_rules_threshold_holds(quiet_of: Callable[..., Quiet]) -> None:
    quiet = quiet_of()
    teach(quiet, LEAST_HOURS - 1)
    before = known(quiet, LEAST_HOURS + 10)
    assert (before.enter, before.why, before.hours, before.expected) == (0.55, "rule", LEAST_HOURS - 1, None)
    teach(quiet, LEAST_HOURS)
    after = known(quiet, LEAST_HOURS + 10)
    assert (after.enter, after.why, after.hours) == (LOWEST, "lowest", LEAST_HOURS)


def test_the_newest_hours_tell_nothing_for_they_may_become_smoke(quiet_of: Callable[..., Quiet]) -> None:
    quiet = quiet_of()
    teach(quiet, LEAST_HOURS, 0.4, CHIMNEY)
    assert known(quiet, LEAST_HOURS).hours == LEAST_HOURS - 6
    assert known(quiet, LEAST_HOURS + 6).hours == LEAST_HOURS


def test_the_level_of_an_hour_is_where_two_of_three_scores_would_have_opened_an_event(
    quiet_of: Callable[..., Quiet],
) -> None:
    """Of .2, .7, .1, .6 the best pair within three pictures that ends with its newest is .6 with .7."""
    quiet = quiet_of()
    quiet.hear([heard(at, value, MEADOW) for at, value in enumerate((0.2, 0.7, 0.1, 0.6))])
    quiet.tick(NOON)
    with quiet._beside.transaction("read") as connection:
        rows = connection.exec_driver_sql("SELECT hour, cell, readings, level FROM quiet").all()
    (row,) = rows
    assert (row.cell, row.readings, row.level) == (MEADOW, 4, 0.6)


def test_no_threshold_leaves_its_bounds_however_bad_the_camera_is(quiet_of: Callable[..., Quiet]) -> None:
    quiet = quiet_of()
    for hour in range(200):
        everywhere = heard(hour * HOUR_S, 0.85, hour % 192)
        quiet.hear([everywhere, everywhere])
    quiet.tick(NOON)
    noisy = known(quiet, 210)
    assert (noisy.enter, noisy.why) == (HIGHEST, "highest")
    assert noisy.expected is not None
    assert noisy.expected > RULE.budget


def test_sure_smoke_reaches_the_highest_threshold_in_two_minutes() -> None:
    """Evidence of a sure minute is 1, of the one after it 1 + 0.75; asked is 3 x 0.5."""
    assert 1.0 < odds(HIGHEST) * HALF <= 1.0 + FADE


def test_hours_of_an_event_that_stands_or_was_confirmed_are_left_out_and_dismissed_ones_are_not(
    store: Store, duty: Duty, quiet_of: Callable[..., Quiet]
) -> None:
    quiet = quiet_of()
    teach(quiet, 60, 0.6, CHIMNEY)
    began, over = opened(10 * HOUR_S), closed(10 * HOUR_S, 12 * HOUR_S)
    keep(store, began, over)
    duty.follow()
    assert known(quiet, 70).hours == 60, "it closed, and nobody has confirmed it"
    duty.act(began.id, "reopen", "duty", note="look again")
    assert known(quiet, 70).hours == 57, "it stands: hours 10, 11 and 12"
    duty.act(began.id, "confirm", "duty")
    duty.act(began.id, "close", "duty")
    assert known(quiet, 70).hours == 57, "it was real"
    duty.act(began.id, "reopen", "duty", note="it was none")
    duty.act(began.id, "dismiss", "duty", cause="steam")
    assert known(quiet, 70).hours == 60


@pytest.mark.parametrize(("cause", "hours"), [("chimney", 60), ("permitted_fire", 57)])
def test_a_fire_that_was_permitted_is_no_quiet_hour(
    store: Store, duty: Duty, quiet_of: Callable[..., Quiet], cause: Cause, hours: int
) -> None:
    quiet = quiet_of()
    teach(quiet, 60, 0.1)
    keep(store, opened(10 * HOUR_S), closed(10 * HOUR_S, 12 * HOUR_S))
    duty.follow()
    event = opened(10 * HOUR_S).id
    duty.act(event, "reopen", "duty", note="what was it?")
    duty.act(event, "dismiss", "duty", cause=cause)
    assert known(quiet, 70).hours == hours


def opened(at: float) -> Event:
    return Event(
        id=f"smoke-ridge-{at:g}",
        hazard="smoke",
        camera="ridge",
        state="opened",
        opened=NOON + timedelta(seconds=at),
        time=NOON + timedelta(seconds=at),
        score=0.6,
    )


def closed(at: float, end: float) -> Event:
    return dataclasses.replace(opened(at), state="closed", time=NOON + timedelta(seconds=end))


def test_a_place_that_cries_wolf_is_told_and_more_is_asked_there(
    store: Store, duty: Duty, quiet_of: Callable[..., Quiet]
) -> None:
    """Three hours and a dismissal, which counts for three, less one by chance: 1 + 5 / 4 times the odds."""
    quiet = quiet_of()
    for hour in range(4):
        quiet.hear([heard(hour * HOUR_S + picture, 0.4, CHIMNEY) for picture in range(3)])
    quiet.tick(NOON)
    keep(store, opened(2 * HOUR_S), closed(2 * HOUR_S, 2.5 * HOUR_S))
    duty.follow()
    duty.act(opened(2 * HOUR_S).id, "reopen", "duty", note="what was it?")
    duty.act(opened(2 * HOUR_S).id, "dismiss", "duty", cause="chimney")
    now = known(quiet, 11)
    (place,) = now.places
    assert (place.cell, place.hours, place.dismissed, place.causes) == (CHIMNEY, 4, 1, ("chimney",))
    assert odds(place.asked) == pytest.approx(2.25 * odds(0.55), rel=0.01)
    assert now.enter == 0.55


def test_a_place_is_forgiven_by_half_in_two_weeks(quiet_of: Callable[..., Quiet]) -> None:
    quiet = quiet_of()
    teach(quiet, 5, 0.4, CHIMNEY)
    days = HALF_LIFE / timedelta(days=1)
    cries = [known(quiet, 11 + 24 * weeks * days).lesson.places[CHIMNEY].cries for weeks in (0, 1)]
    assert cries[1] == pytest.approx(cries[0] / 2)
    assert known(quiet, 10 + 24 * 4 * days).places == ()


def test_what_cries_at_one_place_raises_no_threshold_elsewhere(quiet_of: Callable[..., Quiet]) -> None:
    """A chimney that smokes each hour: once it is known, its hours no longer speak against the camera."""
    one, every = quiet_of(), quiet_of()
    teach(one, 400, 0.6, CHIMNEY)
    alone = known(one, 410)
    for hour in range(400):
        every.hear([heard(hour * HOUR_S + picture, 0.6, hour % 192) for picture in range(3)])
    every.tick(NOON)
    assert alone.places[0].asked > 0.6
    assert alone.enter < 0.6 <= known(every, 410).enter


def test_places_ask_no_more_of_what_outgrows_what_cried_there() -> None:
    lesson = Lesson(hazard="smoke", enter=0.5, places={CHIMNEY: Place(cries=1000.0, area=16 / 3072)})
    steam, plume = (heard(0, 0.6, CHIMNEY, side).readings[0].region for side in (0, 1))
    assert lesson.asked(spot_of(steam, SIZE)) == HIGHEST
    assert lesson.asked(spot_of(plume, SIZE)) == 0.5
    assert lesson.asked(spot_of(heard(0, 0.6, MEADOW).readings[0].region, SIZE)) == 0.5


def test_a_strong_growing_plume_opens_an_event_where_wolf_was_cried_a_thousand_times() -> None:
    """Candidates that score .6 each minute: asked are 1.5 minutes of evidence, which the fourth has."""
    lesson = Lesson(hazard="smoke", enter=HIGHEST, places={CHIMNEY: Place(cries=1000.0, area=1.0)})
    judge, evidence, opened_at = Judge("ridge", (RULE,)), 0.0, []
    judge.heed([lesson])
    for minute in range(8):
        evidence = FADE * evidence + 0.6
        picture = heard(minute * 60, evidence / (evidence + HALF), CHIMNEY, side=minute // 2)
        opened_at += [minute for event in judge.judge(picture.readings, size=SIZE) if event.state == "opened"]
    assert opened_at == [4]


def test_rules_without_a_budget_heed_nothing() -> None:
    written = Rule(hazard="smoke", quantity="smoke", enter=0.5, leave=0.25, k=1, m=1)
    judge = Judge("ridge", (written,))
    judge.heed([Lesson(hazard="smoke", enter=HIGHEST)])
    (event,) = judge.judge(heard(0, 0.6, MEADOW).readings, size=SIZE)
    assert event.state == "opened"


def test_a_tail_of_known_peaks_is_a_sum() -> None:
    """Peaks of 1 to 11 over 5 weeks: ten exceed 1, by 55 in all; eleven reach it."""
    tail = tail_of([(float(n), 1.0) for n in range(1, 12)], 5.0)
    assert (tail.base, tail.count, tail.total, tail.weeks) == (1.0, 10.0, 55.0, 5.0)
    assert tail.rate(1.0) == pytest.approx(11.5 / 5)
    assert tail.rate(1.0 + 55.5) == pytest.approx(10.5 / 5 / 2**11)
    assert tail.threshold(12.0 / 5) == 1.0
    assert tail.threshold(3.0 / 5) == pytest.approx(9.0, rel=1e-5), "which 10 and 11 reach: 2.5 in 5 weeks"
    assert tail.rate(tail.threshold(0.1)) == pytest.approx(0.1)


def test_the_interval_of_a_rate_holds_the_truth_in_95_of_100_cameras() -> None:
    """Exponential peaks with a scale of 0.3 in 300 hours: exp(-x / 0.3) of them exceed x."""
    random, inside = np.random.default_rng(5), 0
    for _ in range(400):
        tail: Tail = tail_of([(float(peak), 1.0) for peak in random.exponential(0.3, 300)], 2.0)
        low, high = tail.interval(1.5)
        inside += low <= 150 * np.exp(-1.5 / 0.3) <= high
    assert 0.90 <= inside / 400 <= 1.0


def noise(random: np.random.Generator, weeks: int) -> Iterator[Outcome]:
    """Yield pictures of a camera, one a minute for ten hours a day, with false candidates.

    One comes in three hours on average, at any place, scores 0.05 to 0.5, stays three minutes on average.
    """
    for day in range(7 * weeks):
        evidence, left, cell, score = 0.0, 0, 0, 0.0
        for minute in range(600):
            if left == 0 and random.random() < 1 / 180:
                left, cell, score = (
                    int(random.geometric(1 / 3)),
                    int(random.integers(192)),
                    random.uniform(0.05, 0.5),
                )
                evidence = 0.0
            evidence = FADE * evidence + score if left else 0.0
            yield heard(day * DAY_S + minute * 60, evidence / (evidence + HALF), cell if left else None)
            left = max(0, left - 1)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Beside]:
    """A store in SQLite."""
    clock = SetClock(NOON)
    with Store.open(tmp_path, clock) as store:
        store.enroll(cameras())
    with Beside(tmp_path, clock) as beside:
        yield beside


def alarms(pictures: Sequence[Outcome], lessons: Sequence[Lesson]) -> int:
    judge = Judge("ridge", (RULE,))
    judge.heed(lessons)
    return sum(event.state == "opened" for one in pictures for event in judge.judge(one.readings, size=SIZE))


def test_the_alarms_that_come_keep_the_budget(alone: Beside) -> None:
    """Four weeks teach; in six others that nobody has seen, alarms at three cameras keep to what was told."""
    came, without, budget = [], [], 3.0
    for name in ("ridge", "valley", "far"):
        random = np.random.default_rng(len(name))
        quiet = Quiet(alone, {name: (RULE.model_copy(update={"budget": budget}),)})
        quiet.hear(dataclasses.replace(one, camera=name) for one in noise(random, 4))
        quiet.tick(NOON)
        (learnt,) = quiet.known(name, NOON + timedelta(days=28))
        assert learnt.why == "history"
        assert 0.75 * budget <= learnt.expected <= budget
        later = list(noise(random, 6))
        came.append(alarms(later, [learnt.lesson]) / 6)
        without.append(alarms(later, []) / 6)
    assert 0.5 * budget <= sum(came) / 3 <= 1.25 * budget
    assert sum(without) / 3 >= 2 * budget
