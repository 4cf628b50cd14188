"""What a replay keeps beside the pictures: events are followed as the fleet does, and nobody is told."""

from __future__ import annotations

from landwatch.alert import Duty
from landwatch.cli._replayed import replayed
from landwatch.clock import SystemClock
from landwatch.errors import RedactError
from landwatch.redact import Closed
from landwatch.store import Archive
from landwatch.way import Way
from tests.alert.made import NOON, cameras, config, event, outcome


def test_a_replay_follows_events_at_archive_time_and_tells_nobody(tmp_path):
    """An event that opens after a minute and closes after two, with a picture every half minute."""
    ridge, *_ = cameras()
    said = {60: (event(opened=60, at=60),), 120: (event(state="closed", opened=60, at=120),)}
    outcomes = [outcome("ridge", at, *said.get(at, ()), content=b"%d" % at) for at in range(0, 180, 30)]
    way = Way(ridge, Closed(RedactError("no picture is cleared", reason="model")), config())
    with replayed(tmp_path, config(), [ridge]) as keep:
        assert list(keep.keep(ridge, way, outcomes)) == outcomes
    with Duty.open(tmp_path, SystemClock()) as duty, Archive(tmp_path) as archive:
        (life,) = duty.book.lives()
        assert (life.state, (life.opened - NOON).seconds, (life.ended - NOON).seconds) == ("closed", 60, 120)
        assert [one.act for one in duty.book.deeds(life.event)] == ["open", "over"]
        assert [(one.taken - NOON).seconds for one in duty.book.strip(life.event)] == [0, 30, 60, 90, 120]
        assert archive.undelivered() == []


def test_without_a_folder_nothing_is_kept():
    with replayed(None, config(), cameras()) as keep:
        assert keep is None
