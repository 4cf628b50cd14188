"""Cameras whose clocks are wrong, or jump: what is told of them, and that nothing is stored out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.clock import SystemClock
from landwatch.source import mjpeg, snapshot
from landwatch.source._told import CaptureTimes, Told, by_date
from landwatch.store import Archive, Store
from landwatch.types import Drift, Frame, Outcome
from tests.source.peers import JPEG, Talk, answer, feed, peer, request, taken
from tests.store import made

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_a_date_is_meant_at_the_middle_of_its_second_and_of_the_round_trip() -> None:
    told = by_date("Wed, 01 Jul 2026 12:00:10 GMT", 100.0, 100.4)
    assert told is not None
    # At 100.2 s of the loop the camera's clock showed 12:00:10.5; ours shows 12:00:00 at 100.7 s.
    drift = told.drift(NOON, 100.7)
    assert drift.ahead == pytest.approx(11.0)
    assert drift.within == pytest.approx(0.7)
    assert by_date("yesterday", 0, 1) is None


def test_the_age_is_taken_from_our_clock() -> None:
    behind = Drift(ahead=-3600.0, within=0.5)
    stated = NOON - HOUR - 5 * SECOND
    assert CaptureTimes().settle(stated, NOON, behind) == NOON - 5 * SECOND


def test_a_time_from_the_future_is_that_of_arrival() -> None:
    assert CaptureTimes().settle(NOON + SECOND, NOON, Drift(ahead=0.0, within=0.5)) == NOON


def test_a_bare_time_is_believed_for_a_minute() -> None:
    assert CaptureTimes().settle(NOON - 59 * SECOND, NOON, None) == NOON - 59 * SECOND
    assert CaptureTimes().settle(NOON - 61 * SECOND, NOON, None) == NOON


def test_a_picture_of_hours_ago_is_seen_to_be_old_where_the_clock_is_known() -> None:
    right = Drift(ahead=0.0, within=0.5)
    assert CaptureTimes().settle(NOON - 2 * HOUR, NOON, right) == NOON - 2 * HOUR
    assert CaptureTimes().settle(NOON - 25 * HOUR, NOON, right) == NOON


@given(st.lists(st.tuples(st.integers(-100_000, 100_000), st.none() | st.integers(-100_000, 100_000))))
def test_whatever_a_camera_states_its_pictures_stay_in_order(said: list[tuple[int, int | None]]) -> None:
    times = CaptureTimes()
    found = []
    for turn, (stated, ahead) in enumerate(said):
        received = NOON + turn * SECOND
        drift = None if ahead is None else Drift(ahead=ahead, within=0.5)
        found.append(times.settle(received + stated * SECOND, received, drift))
        assert found[-1] <= received
    assert found == sorted(found)


def test_a_step_of_our_own_clock_is_not_held_against_the_camera() -> None:
    times = CaptureTimes()
    times.settle(None, NOON, None)
    assert times.settle(None, NOON - HOUR, None) == NOON - HOUR


def jumping(headers: Callable[[datetime], tuple[str, ...]], body: Callable[[datetime], bytes]) -> Talk:
    """Return a camera whose clock is right for two pictures, then an hour behind."""
    turn = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        while True:
            await request(reader)
            now = datetime.now(UTC) - (HOUR if turn >= 2 else timedelta(0))
            turn += 1
            kind = "multipart/x-mixed-replace; boundary=b" if body(now) != JPEG else "image/jpeg"
            writer.write(answer(body(now), *headers(now), kind=kind))
            await writer.drain()

    return talk


def part(now: datetime) -> bytes:
    head = f"--b\r\nContent-Length: {len(JPEG)}\r\nX-Timestamp: {now.timestamp():.3f}\r\n\r\n"
    return head.encode() + JPEG + b"\r\n--b--\r\n"


def dated(name: str) -> Callable[[datetime], str]:
    return lambda now: f"{name}: {format_datetime(now.replace(microsecond=0), usegmt=True)}"


JUMPS: dict[str, tuple[Any, dict[str, Any], Talk]] = {
    "Date and Last-Modified": (
        snapshot,
        {},
        jumping(lambda now: (dated("Date")(now), dated("Last-Modified")(now)), lambda now: JPEG),
    ),
    "Last-Modified": (snapshot, {}, jumping(lambda now: (dated("Last-Modified")(now),), lambda now: JPEG)),
    "X-Timestamp": (mjpeg, {"stay": False}, jumping(lambda now: (), part)),
}


@pytest.mark.parametrize("told", JUMPS)
def test_a_clock_that_jumps_back_an_hour_reorders_nothing_that_is_stored(tmp_path: Path, told: str) -> None:
    module, settings, talk = JUMPS[told]

    async def scenario() -> list[Frame]:
        async with peer(talk) as port:
            url = f"http://127.0.0.1:{port}/pic"
            found: list[Frame] = await taken(
                module, module.Settings(url=url, timeout=3.0, **settings), 5, feed()
            )
            return found

    found = asyncio.run(scenario())
    store = Store.open(tmp_path, SystemClock())
    store.enroll([made.camera("c")])
    for frame in found:
        store.keep(_outcome(frame))
    with Archive(tmp_path) as archive:
        newest_first = [one.name for one in archive.pictures("c")]
    store.close()
    assert newest_first == [frame.name for frame in reversed(found)]
    assert all(abs(frame.age) < timedelta(seconds=30) for frame in found)
    aheads = [frame.drift.ahead for frame in found if frame.drift is not None]
    assert aheads[:2] == pytest.approx([0.0, 0.0], abs=30.0)
    assert aheads[2:] == pytest.approx([-3600.0] * 3, abs=30.0)


def _outcome(frame: Frame) -> Outcome:
    return Outcome(
        camera=frame.camera,
        name=frame.name,
        taken=frame.taken,
        time_from=frame.time_from,
        received=frame.received,
        status="forgotten",
        reason="a test",
        masked=None,
        model=None,
        still=None,
    )


def test_a_time_out_of_a_cache_tells_nothing_of_the_clock() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(answer(JPEG, dated("Date")(datetime.now(UTC) - HOUR), "Age: 3600"))
        await writer.drain()

    async def scenario() -> Any:
        async with peer(talk) as port:
            return await taken(snapshot, snapshot.Settings(url=f"http://127.0.0.1:{port}/"), 1, feed())

    (frame,) = asyncio.run(scenario())
    assert frame.drift is None


def test_what_was_told_is_of_the_moment_when_it_was_told() -> None:
    # The camera's clock showed noon when ours did, a minute ago.
    assert Told(NOON, 40.0, 0.1).drift(NOON + 60 * SECOND, 100.0) == Drift(ahead=0.0, within=0.1)
