"""The rules that docs/river.md shows, on rivers."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.config import Rule
from landwatch.decide import Judge
from landwatch.testing import NOON
from landwatch.types import Reading

MANUAL = Path(__file__).resolve().parents[2] / "docs/river.md"


@pytest.fixture
def judge():
    blocks = re.findall(r"```toml\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.S)
    rules = [rule for block in blocks for rule in tomllib.loads(block).get("rule", [])]
    assert [rule["quantity"] for rule in rules] == ["river_level_filtered", "river_rise"]
    return Judge("creek", [Rule(**rule) for rule in rules])


def hear(judge, series, *, absent="fog"):
    """Return the changes that a series of (level, rise), or None for an absent turn, leads to."""
    told = []
    for minute, pair in enumerate(series):
        values = pair or (None, None)
        readings = [
            Reading(
                camera="creek",
                quantity=quantity,
                time=NOON + timedelta(minutes=minute),
                value=value,
                unit=unit,
                method="river/1",
                absent=absent if value is None else None,
            )
            for quantity, unit, value in zip(
                ("river_level_filtered", "river_rise"), ("m", "m/h"), values, strict=True
            )
        ]
        told += [(minute, event.state) for event in judge.judge(readings)]
    return told


def test_a_fast_rise_opens_a_flood_before_the_level_is_high(judge):
    assert hear(judge, [(0.5, 0.0), (0.6, 0.6), (0.7, 0.6)])[0] == (2, "opened")


def test_a_slow_rise_opens_a_flood_at_the_level(judge):
    assert hear(judge, [(1.19, 0.2), (1.2, 0.2), (1.21, 0.2)]) == [(2, "opened")]


def test_a_tide_of_half_a_metre_an_hour_below_the_level_opens_nothing(judge):
    assert hear(judge, [(0.5 + 0.008 * minute, 0.48) for minute in range(60)]) == []


def test_a_level_that_hovers_between_the_thresholds_keeps_the_flood_open(judge):
    assert hear(judge, [(1.3, 0.0)] * 2 + [(1.1, 0.0)] * 30) == [(1, "opened")]


def test_a_flood_that_cannot_be_seen_is_not_over(judge):
    series = [(1.3, 0.0)] * 2 + [None] * 100 + [(0.9, -0.2)] * 4
    assert hear(judge, series) == [(1, "opened")]


def test_it_closes_after_five_readings_that_are_clearly_lower(judge):
    series = [(1.3, 0.0)] * 2 + [(0.9, -0.2)] * 5
    assert hear(judge, series) == [(1, "opened"), (6, "closed")]
