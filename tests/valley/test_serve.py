"""Simulated cameras answer over HTTP and RTSP as real ones do, with the troubles that they are given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiohttp
import av
import numpy as np
import pytest
import simplejpeg

from landwatch.clock import SetClock
from landwatch.valley import Schedule, SimulatedCamera, Trouble, TroubleKind, Valley, ValleyServer
from tests.valley.noons import NOON, lasting

SIZE = (144, 256)
CAMERA = SimulatedCamera(name="north", seed=3, size=SIZE, schedule=Schedule(clouds=0.0))
DIRECT = Valley(seed=3, size=SIZE, view="ridge").render(NOON, Schedule(clouds=0.0))

CODED = 4
"""What JPEG may change of a noisy picture, on average. [0-255]"""

PATIENCE = 60.0
"""A test that hangs fails after this. [s]"""

Answer = TypeVar("Answer")


def asked(camera: SimulatedCamera, ask: Callable[[str, aiohttp.ClientSession], Awaitable[Answer]]) -> Answer:
    """Return what `ask` gets from a served camera at its address."""

    async def run() -> Answer:
        async with (
            asyncio.timeout(PATIENCE),
            ValleyServer([camera], now=SetClock(NOON).now) as server,
            aiohttp.ClientSession() as session,
        ):
            return await ask(server.url(camera.name), session)

    return asyncio.run(run())


def troubled(kind: TroubleKind, **changes: object) -> SimulatedCamera:
    return replace(CAMERA, troubles=(Trouble(kind=kind),), **changes)  # type: ignore[arg-type]


async def snapshot(url: str, session: aiohttp.ClientSession) -> tuple[int, dict[str, str], bytes]:
    async with session.get(url) as response:
        return response.status, dict(response.headers), await response.read()


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def watched(url: str, count: int = 2) -> list[tuple[bool, np.ndarray]]:
    """Return the first pictures of a stream and whether each is a key frame."""
    options = {"rtsp_transport": "tcp", "analyzeduration": "0", "probesize": "32"}
    seen: list[tuple[bool, np.ndarray]] = []
    with av.open(url, options=options, timeout=PATIENCE) as container:
        for frame in container.decode(video=0):
            seen.append((bool(frame.key_frame), frame.to_ndarray(format="rgb24")))
            if len(seen) == count:
                break
    return seen


async def watch(url: str, session: aiohttp.ClientSession) -> list[tuple[bool, np.ndarray]]:
    return await asyncio.to_thread(watched, url)


def test_a_snapshot_is_the_picture_of_now_with_its_time() -> None:
    status, headers, body = asked(CAMERA, snapshot)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert parsedate_to_datetime(headers["Last-Modified"]) == NOON
    assert parsedate_to_datetime(headers["Date"]) == NOON
    assert difference(simplejpeg.decode_jpeg(body), DIRECT) < CODED


def test_a_late_camera_says_honestly_how_old_its_picture_is() -> None:
    late = replace(CAMERA, troubles=(Trouble(kind="late", delay=timedelta(minutes=30)),))
    _, headers, _ = asked(late, snapshot)
    age = parsedate_to_datetime(headers["Date"]) - parsedate_to_datetime(headers["Last-Modified"])
    assert age == timedelta(minutes=30)


def test_mjpeg_sends_one_picture_after_another() -> None:
    async def two(url: str, session: aiohttp.ClientSession) -> list[bytes]:
        async with session.get(url) as response:
            reader = aiohttp.MultipartReader.from_response(response)
            parts = []
            for _ in range(2):
                part = await reader.next()
                assert isinstance(part, aiohttp.BodyPartReader)
                assert float(part.headers["X-Timestamp"]) == NOON.timestamp()
                parts.append(bytes(await part.read()))
            response.close()
            return parts

    fast = replace(CAMERA, protocol="mjpeg", interval=timedelta(milliseconds=50))
    for body in asked(fast, two):
        assert difference(simplejpeg.decode_jpeg(body), DIRECT) < CODED


def test_rtsp_begins_with_a_key_frame_and_shows_the_picture() -> None:
    frames = asked(replace(CAMERA, protocol="rtsp"), watch)
    assert frames[0][0]
    for _, picture in frames:
        assert picture.shape == (*SIZE, 3)
        assert difference(picture, DIRECT) < 8


def test_rtsp_sends_key_frames_as_often_as_the_camera_says() -> None:
    async def many(url: str, session: aiohttp.ClientSession) -> list[bool]:
        return [is_key for is_key, _ in await asyncio.to_thread(watched, url, 9)]

    keys = asked(replace(CAMERA, protocol="rtsp", key_every=4, interval=timedelta(milliseconds=60)), many)
    assert keys[0]
    assert 1 <= sum(keys[1:]) <= 4


def test_rtsp_without_parameter_sets_in_the_description_sends_them_in_band() -> None:
    camera = troubled("no_parameter_sets", protocol="rtsp")

    async def describe(url: str, session: aiohttp.ClientSession) -> tuple[str, list[tuple[bool, np.ndarray]]]:
        return await _describe(url), await watch(url, session)

    text, frames = asked(camera, describe)
    assert "sprop-parameter-sets" not in text
    assert difference(frames[0][1], DIRECT) < 8
    text, _ = asked(replace(CAMERA, protocol="rtsp"), describe)
    assert "sprop-parameter-sets=" in text


async def _describe(url: str, *more: str) -> str:
    """Return the answer to a DESCRIBE, spoken by hand."""
    host, _, port = url.split("/")[2].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    fields = "".join(f"{line}\r\n" for line in more)
    writer.write(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 7\r\n{fields}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("Content-Length")), 0)
    body = (await reader.readexactly(length)).decode()
    writer.close()
    return head + body


def test_rtsp_answers_what_it_does_not_know_with_a_status() -> None:
    async def both(url: str, session: aiohttp.ClientSession) -> tuple[str, str]:
        return await _describe(url), await _describe(url.replace("north", "south"))

    known, unknown = asked(replace(CAMERA, protocol="rtsp"), both)
    assert known.startswith("RTSP/1.0 200 OK\r\nCSeq: 7\r\n")
    assert unknown.startswith("RTSP/1.0 404")


@pytest.mark.parametrize("protocol", ["http", "rtsp"])
def test_a_camera_with_a_password_lets_in_who_knows_it(protocol: str) -> None:
    camera = replace(CAMERA, protocol=protocol, user="ranger", password="pine")

    async def over_http(url: str, session: aiohttp.ClientSession) -> list[int]:
        found = []
        for password in (None, "oak", "pine"):
            digest = aiohttp.DigestAuthMiddleware("ranger", password) if password else None
            async with session.get(url, middlewares=(digest,) if digest else ()) as response:
                found.append(response.status)
        return found

    async def over_rtsp(url: str, session: aiohttp.ClientSession) -> list[int]:
        found = []
        for given in ("", "ranger:oak@", "ranger:pine@"):
            try:
                await asyncio.to_thread(watched, url.replace("rtsp://", f"rtsp://{given}"), 1)
                found.append(200)
            except av.error.HTTPUnauthorizedError:
                found.append(401)
        return found

    assert asked(camera, over_http if protocol == "http" else over_rtsp) == [401, 401, 200]
    assert "pine" not in repr(camera)


def test_a_truncated_picture_is_the_first_half_of_a_jpeg() -> None:
    _, _, whole = asked(CAMERA, snapshot)
    _, headers, half = asked(troubled("truncate"), snapshot)
    assert half == whole[: len(whole) // 2]
    assert headers["Content-Type"] == "image/jpeg"


def test_a_log_in_page_comes_in_place_of_a_picture() -> None:
    for protocol in ("http", "mjpeg"):
        status, headers, body = asked(troubled("html", protocol=protocol), snapshot)
        assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/html")
        assert body.startswith(b"<!DOCTYPE html>")


def test_a_closing_camera_ends_in_the_middle() -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        asked(troubled("close"), snapshot)


@pytest.mark.parametrize("kind", ["stall", "slow"])
def test_a_hanging_camera_gives_no_whole_picture_and_lets_the_server_close(kind: TroubleKind) -> None:
    async def wait(url: str, session: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(0.3):
            await snapshot(url, session)

    with pytest.raises(TimeoutError):
        asked(troubled(kind), wait)


@pytest.mark.parametrize("protocol", ["http", "rtsp"])
def test_a_refusing_camera_refuses(protocol: str) -> None:
    async def connect(url: str, session: aiohttp.ClientSession) -> None:
        host, _, port = url.split("/")[2].rpartition(":")
        await asyncio.open_connection(host, int(port))

    with pytest.raises(ConnectionRefusedError):
        asked(troubled("refuse", protocol=protocol), connect)


def test_a_trouble_goes_on_between_its_times_only() -> None:
    hour = timedelta(hours=1)
    trouble = Trouble(kind="html", start=NOON, end=NOON + hour)
    camera = replace(CAMERA, troubles=(trouble,))
    moments = [NOON - hour, NOON, NOON + hour]
    assert [camera.trouble("html", moment) for moment in moments] == [None, trouble, None]


def test_the_picture_follows_the_clock_it_is_given() -> None:
    clock = SetClock(NOON)
    fire = Schedule(episodes=(lasting("smoke", 2.0, since=NOON),), clouds=0.0)
    camera = replace(CAMERA, schedule=fire, interval=timedelta(microseconds=1))

    async def run() -> list[bytes]:
        async with (
            asyncio.timeout(PATIENCE),
            ValleyServer([camera], now=clock.now) as server,
            aiohttp.ClientSession() as session,
        ):
            before = await snapshot(server.url("north"), session)
            clock.set(NOON + timedelta(minutes=2))
            return [before[2], (await snapshot(server.url("north"), session))[2]]

    before, after = (simplejpeg.decode_jpeg(body) for body in asyncio.run(run()))
    assert difference(before, DIRECT) < CODED
    assert np.abs(after.astype(int) - before).max() > 60


def test_nothing_is_left_running_after_close() -> None:
    threads = set(threading.enumerate())

    async def run() -> set[asyncio.Task[object]]:
        cameras = [replace(CAMERA, name=f"c{n}", protocol=p) for n, p in enumerate(("rtsp", "mjpeg", "http"))]
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            async with ValleyServer(cameras, now=SetClock(NOON).now) as server:
                await watch(server.url("c0"), session)
                async with session.get(server.url("c1")) as response:
                    await response.content.readexactly(2000)
            return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[return-value, arg-type]

    assert asyncio.run(run()) == set()
    assert not [t for t in set(threading.enumerate()) - threads if t.name.startswith("valley")]


def test_cameras_are_checked_before_they_are_served() -> None:
    with pytest.raises(ValueError, match="the same name"):
        ValleyServer([CAMERA, CAMERA])
    with pytest.raises(ValueError, match="camera name 'a/b'"):
        SimulatedCamera(name="a/b")
    with pytest.raises(ValueError, match="no view 'sea'"):
        SimulatedCamera(name="a", view="sea")
    with pytest.raises(ValueError, match="no trouble 'flood'"):
        Trouble(kind="flood")  # type: ignore[arg-type]


def test_last_modified_is_in_the_form_of_http() -> None:
    _, headers, _ = asked(CAMERA, snapshot)
    assert headers["Last-Modified"] == "Wed, 01 Jul 2026 11:20:00 GMT"
