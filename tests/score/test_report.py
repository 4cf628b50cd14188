"""What the report of a smoke score keeps and shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from landwatch.cli.score import _judged
from landwatch.config import Rule
from landwatch.errors import UsageError
from landwatch.score.report import FALSE, HEIGHT, NEITHER, WIDTH, Album, write
from landwatch.score.smoke import Labelled, score
from landwatch.testing import NOON
from landwatch.types import Event, Outcome, Reading, Still

BOX = (100.0, 100.0, 140.0, 120.0)


def rows(first=None, count=11):
    """Return labels of pictures a minute apart, with a box from the picture `first` on."""
    boxed = count if first is None else first
    return [
        Labelled(file=f"{k:02d}.jpg", minute=600.0 + k, offset=k - boxed, boxes=(BOX,) if k >= boxed else ())
        for k in range(count)
    ]


def outcome(place, value, opened=False, region=(300, 100, 340, 120)):
    """Return what the way made of a picture: a score, absent where None, and an event if one opened."""
    time = NOON + timedelta(minutes=place)
    file = f"folder/{place:02d}.jpg"
    event = Event(
        id=f"e{place}",
        hazard="smoke",
        camera="fire",
        state="opened",
        opened=time,
        time=time,
        score=0.6,
        region=region,
        file=file,
    )
    return Outcome(
        camera="fire",
        name=file,
        taken=time,
        time_from="given",
        received=time,
        status="cleared",
        reason=None,
        masked=0.0,
        model="0" * 64,
        still=Still(content=bytes([place]), sha256=f"{place:064x}", width=640, height=480),
        readings=(reading(place, value, region),),
        events=(event,) if opened else (),
    )


def reading(place, value, region=None):
    return Reading(
        camera="fire",
        quantity="smoke",
        time=NOON + timedelta(minutes=place),
        value=value,
        unit="1",
        method="smoke/1",
        absent="warming" if value is None else None,
        region=region,
    )


def shown(labels, values, opened=(), region=(300, 100, 340, 120)):
    album = Album("fire", labels)
    for place, value in enumerate(values):
        album.see(outcome(place, value, place in opened, region))
    return album.shown()


def test_a_false_alarm_is_shown_with_its_picture_and_its_place():
    one = shown(rows(), [0.1] * 4 + [0.7] + [0.1] * 6, opened=(4,))
    (shot,) = one.shots
    assert (shot.title, shot.still.content, shot.region) == (
        "False alarm: 04.jpg",
        b"\x04",
        (300, 100, 340, 120),
    )
    assert shot.address == "data:image/jpeg;base64,BA=="
    assert one.marks == ((0.4 * WIDTH, FALSE),)
    assert one.summary == "quiet, 1 false alarm"


def test_a_miss_is_shown_by_its_first_label_and_its_highest_score():
    one = shown(rows(first=5), [0.1] * 5 + [0.1, 0.2, 0.4, 0.3, 0.2, 0.1])
    assert [(shot.title, shot.still.content) for shot in one.shots] == [
        ("Missed; first labelled: 05.jpg", b"\x05"),
        ("Missed; highest score, 0.40: 07.jpg", b"\x07"),
    ]


def test_what_was_found_needs_no_picture():
    one = shown(rows(first=5), [0.1] * 7 + [0.7] * 4, opened=(7,), region=(110, 90, 130, 110))
    assert one.shots == ()
    assert one.summary == "found +2 min from the first label, 0 false alarms"
    assert one.smoke == (0.5 * WIDTH, WIDTH)


def test_an_event_before_the_first_label_is_told_when_it_leaves_a_miss():
    labels = [replace(row, offset=row.offset + 3) for row in rows(first=5)]
    one = shown(labels, [0.1] * 2 + [0.7] * 9, opened=(2,))
    assert one.summary == "missed, an event opened before the first label, 0 false alarms"
    assert one.marks == ((0.2 * WIDTH, NEITHER),)


def test_the_line_is_broken_where_there_was_no_score():
    one = shown(rows(), [None, None, 0.0, 1.0, None, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    step = WIDTH / 10
    assert one.lines[0] == f"{2 * step:.1f},{HEIGHT:.1f} {3 * step:.1f},0.0"
    assert len(one.lines) == 2
    assert one.blind == ((0.0, step, "warming"), (4 * step, 4 * step, "warming"))


def test_a_lower_threshold_opens_earlier_and_a_higher_one_not_at_all():
    rule = Rule(hazard="smoke", quantity="smoke", enter=0.5, leave=0.25, k=1, m=1)
    series = [(f"{place}.jpg", (reading(place, value),)) for place, value in enumerate((0.1, 0.3, 0.6))]
    opened = [
        [event.file for event in _judged("Fire", series, rule, at) if event.state == "opened"]
        for at in (0.2, 0.5, 0.7)
    ]
    assert opened == [["1.jpg"], ["2.jpg"], []]


def test_the_page_is_written_where_it_is_asked_for_or_says_why_not(tmp_path):
    found = score({"fire": rows(first=5)}, {"fire": []})
    one = shown(rows(first=5), [0.1] * 11)
    page = write(tmp_path / "new", found, {0.5: found}, [one], 0.5)
    text = page.read_text()
    assert "Found 0 of 1" in text
    assert "<td>0 of 1</td>" in text
    assert text.count("<figure>") == 2
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write .*index\.html: "):
        write(tmp_path / "file", found, {}, [], 0.5)
