"""Late pictures and gaps."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from .scenes import Watch

PIXELS = np.full((48, 64, 3), 120, np.uint8)


def test_the_value_is_the_age_at_arrival_in_seconds():
    found = Watch().see(PIXELS, delay=42)["lateness"]
    assert (found.value, found.unit, found.state) == (42, "s", "good")


def test_four_intervals_late_is_doubtful_and_twelve_is_bad():
    watch = Watch(interval=60)
    assert watch.see(PIXELS, delay=241)["lateness"].state == "doubtful"
    assert watch.see(PIXELS, delay=721)["lateness"].state == "bad"


def test_a_gap_counts_less_the_interval():
    watch = Watch(interval=60)
    watch.see(PIXELS)
    found = watch.see(PIXELS, taken=watch.time + timedelta(seconds=540))["lateness"]
    assert (found.value, found.state) == (540, "doubtful")


def test_the_cadence_of_an_archive_is_learnt_from_its_own_gaps():
    watch = Watch(interval=None)
    for _ in range(5):
        watch.see(PIXELS, taken=watch.time + timedelta(seconds=1740))
    assert watch.see(PIXELS, taken=watch.time + timedelta(seconds=1740))["lateness"].state == "good"


def test_a_picture_from_the_future_is_doubtful():
    found = Watch().see(PIXELS, delay=-300)["lateness"]
    assert found.state == "doubtful"
    assert "clock is ahead" in found.detail


def test_a_picture_older_than_the_one_before_is_doubtful():
    watch = Watch()
    watch.see(PIXELS)
    found = watch.see(PIXELS, taken=watch.time - timedelta(seconds=160))["lateness"]
    assert found.state == "doubtful"
    assert "100 s before" in found.detail
