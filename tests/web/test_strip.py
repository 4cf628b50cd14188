"""The past of a camera in few pictures, or why there is none."""

from __future__ import annotations

from datetime import timedelta

from landwatch.web.strip import compared, stretches

from .scenes import NOW

HOUR = (NOW - timedelta(hours=1), NOW)


def test_each_stretch_is_a_twenty_fourth_of_the_span(archive):
    found = stretches(archive, "ridge", *HOUR)
    assert len(found) == 24
    assert {one.end - one.start for one in found[:-1]} == {timedelta(minutes=2.5)}
    assert found[-1].picture.still is not None


def test_a_frame_that_was_not_kept_says_why(archive):
    half = stretches(archive, "ridge", *HOUR)[12]  # readings began half an hour ago, pictures a minute ago
    assert (half.picture.status, half.picture.reason) == ("withheld", "night")


def test_where_no_frame_came_the_outage_is_told_or_nothing_is_known(archive):
    found = stretches(archive, "bridge", *HOUR)
    assert found[-1].picture is None
    assert found[-1].outage.kind == "refused"
    assert (found[0].picture, found[0].outage) == (None, None)


def test_checks_are_compared_with_what_they_had_said_then(archive):
    record = archive.camera("quarry")
    (blur,) = [one for one in compared(archive, record, NOW) if one.check == "blur"]
    assert blur.then.state == blur.now.state == "bad"
    assert all(one.then is None for one in compared(archive, record, NOW - timedelta(days=1)))
