from __future__ import annotations

from datetime import date, timedelta

import pytest

from landwatch.i18n import translator
from landwatch.types import Reading
from landwatch.web.plots import thin
from landwatch.web.words import Words

from .scenes import NOW

ENGLISH = Words(translator("en"), NOW)
CHINESE = Words(translator("zh-CN"), NOW)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-3, "0 s", "0 秒"),
        (59.9, "59 s", "59 秒"),
        (60, "1 min", "1 分钟"),
        (3599, "59 min", "59 分钟"),
        (3600, "1 h", "1 小时"),
        (7500, "2 h 5 min", "2 小时 5 分"),
        (86_400, "1 d", "1 天"),
    ],
)
def test_lengths_of_time_are_said_in_their_largest_units(seconds, english, chinese):
    assert ENGLISH.span(timedelta(seconds=seconds)) == english
    assert CHINESE.span(timedelta(seconds=seconds)) == chinese


@pytest.mark.parametrize(
    ("value", "sigma", "unit", "said"),
    [
        (1.23456, 0.021, "m", "1.235 ± 0.021 m"),
        (1.23456, 0.5, "m", "1.23 ± 0.50 m"),
        (123.4, 12.0, "m", "123 ± 12 m"),
        (0.38214, None, "1", "0.3821"),
        (0.8, None, "s", "0.8 s"),
        (31.0, None, "%", "31%"),
        (-4.5, None, "Cel", "-4.5 °C"),
        (12345.6, None, "m", "12,346 m"),
        (0.0, None, "1", "0"),
        (2.0, 0.0, "m", "2 m"),
    ],
)
def test_values_are_said_as_far_as_they_are_known(value, sigma, unit, said):
    assert ENGLISH.measured(value, sigma, unit) == said


@pytest.mark.parametrize(
    ("tag", "count", "percent", "reading", "place", "day"),
    [
        ("en", "12,345,678", "99.93%", "-1,234.5 ± 1.2 m", "46.5000°", "May 27, 2025"),
        ("en-DE", "12.345.678", "99,93\xa0%", "-1.234,5 ± 1,2 m", "46,5000°", "27 May 2025"),
        ("en-IN", "1,23,45,678", "99.93%", "-1,234.5 ± 1.2 m", "46.5000°", "27 May 2025"),
        ("zh-CN", "12,345,678", "99.93%", "-1,234.5 ± 1.2 m", "46.5000°", "2025年5月27日"),
    ],
)
def test_numbers_and_days_are_written_as_where_the_reader_is(tag, count, percent, reading, place, day):
    words = Words(translator(tag if tag == "zh-CN" else "en"), NOW, tag)
    assert words.count(12_345_678) == count
    assert words.percent(0.99934) == percent
    assert words.measured(-1234.5, 1.2, "m") == reading
    assert words.degrees(46.5) == place
    assert words.day(date(2025, 5, 27)) == day


def test_counts_within_sentences_are_written_so_too_and_names_are_not():
    german = Words(translator("en"), NOW, "en-DE")
    assert german.plural("{count} camera", "{count} cameras", 20_000) == "20.000 cameras"
    assert german.text("Page {number} of {pages}", number=1, pages=1200) == "Page 1 of 1.200"
    assert german.text("Work order {number}", number="1200") == "Work order 1200"


def test_a_time_has_no_more_of_its_day_than_is_needed():
    told = [str(ENGLISH.moment(NOW - timedelta(days=days))) for days in (0, 1, 365)]
    assert [text.split(">")[1].split("<")[0] for text in told] == [
        "12:00:00 UTC",
        "Jun 30 12:00:00 UTC",
        "Jul 1, 2025 12:00:00 UTC",
    ]


def test_a_quantity_has_the_title_that_its_instrument_gives():
    assert ENGLISH.quantity("gcc") == "Green chromatic coordinate"
    assert CHINESE.quantity("gcc") == "绿色色度坐标"
    assert ENGLISH.quantity("ground_motion") == "Ground motion"


def test_what_has_no_translation_is_marked_as_english():
    assert CHINESE.detail("a <new> sentence") == '<span lang="en">a &lt;new&gt; sentence</span>'
    assert ENGLISH.detail("a <new> sentence") == "a &lt;new&gt; sentence"


def readings(values: list[float | None]) -> list[Reading]:
    return [
        Reading(
            camera="c",
            quantity="q",
            time=NOW + timedelta(seconds=10 * index),
            value=value,
            unit="1",
            method="q/1",
            absent="night" if value is None else None,
        )
        for index, value in enumerate(values)
    ]


def test_a_short_series_is_shown_whole():
    series = readings([1.0, 2.0, None])
    assert thin(series, slices=10) == series


def test_thinning_keeps_the_highest_and_the_lowest_reading():
    series = readings([5.0] * 500 + [9.0] + [5.0] * 300 + [1.0] + [5.0] * 500)
    thinned = thin(series, slices=50)
    assert len(thinned) <= 110
    assert {9.0, 1.0} <= {reading.value for reading in thinned}
    assert set(map(id, thinned)) <= set(map(id, series))


def test_thinning_keeps_absence_absent():
    series = readings([5.0] * 300 + [None] * 300 + [5.0] * 300)
    thinned = thin(series, slices=30)
    absent = [reading for reading in thinned if reading.value is None]
    assert absent[0] is series[300]
    assert absent[-1] is series[599]
