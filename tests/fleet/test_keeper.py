"""What the keeper does with what workers say."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Config
from landwatch.errors import StoreError
from landwatch.fleet.keeper import Keeper
from landwatch.fleet.worker import Alarm
from landwatch.store import Archive, Store
from landwatch.testing import NOON
from landwatch.types import Outage, Outcome
from landwatch.web.news import News

CAMERA = Camera(name="a", source={"kind": "folder"})


def outcome(second, camera="a"):
    return Outcome(
        camera=camera,
        name=str(second),
        taken=NOON + timedelta(seconds=second),
        time_from="clock",
        received=NOON + timedelta(seconds=second),
        status="withheld",
        reason="model",
        masked=None,
        model=None,
        still=None,
    )


def kept(folder, *items):
    """Give items to a keeper until it has none left; return what it told and the archive."""
    clock = SetClock(NOON)
    news = News(clock)
    store = Store.open(folder, clock)
    store.enroll([CAMERA])
    keeper = Keeper(Config(camera=(CAMERA,)), store, news, clock)

    async def run():
        for item in items:
            await keeper.inbox.put(item)
        await keeper.drain()

    try:
        asyncio.run(run())
    finally:
        keeper.close()
    return news, Archive(folder)


def test_outcomes_and_outages_are_kept_and_told(tmp_path):
    outage = Outage(camera="a", time=NOON, kind="timeout", message="nothing came")
    news, archive = kept(tmp_path, outcome(0), outage, outcome(10))
    assert [picture.name for picture in archive.pictures("a")] == ["10", "0"]
    assert archive.outages("a") == [outage]
    assert (news.frames["withheld"], news.outages["timeout"]) == (2, 1)


def test_an_alarm_of_a_shard_is_told_to_operators_and_the_rest_is_kept(tmp_path):
    news, archive = kept(tmp_path, Alarm(cameras=("a",), message="two events stand"), outcome(0))
    assert news.alarms == ("two events stand",)
    assert len(archive.pictures("a")) == 1


def test_a_store_that_cannot_keep_stops_the_keeper_and_is_told(tmp_path):
    clock = SetClock(NOON)
    news = News(clock)
    store = Store.open(tmp_path, clock)
    store.enroll([CAMERA])
    keeper = Keeper(Config(camera=(CAMERA,)), store, news, clock)

    async def run():
        await keeper.inbox.put(outcome(0, camera="stranger"))
        await keeper.keep()

    try:
        with pytest.raises(StoreError, match="stranger"):
            asyncio.run(run())
    finally:
        keeper.close()
    assert "stranger" in news.alarms[0]
