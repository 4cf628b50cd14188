"""Landwatch's own simulated cameras, over real RTSP, MJPEG and HTTP on loopback."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits
from landwatch.errors import SourceError
from landwatch.sample import choose
from landwatch.source import frames, mjpeg, rtsp, snapshot
from landwatch.types import Frame
from landwatch.valley import SimulatedCamera, Trouble, ValleyServer
from tests.source.peers import feed, taken

MODULES: dict[str, Any] = {"rtsp": rtsp, "mjpeg": mjpeg, "http": snapshot}
SIZE = (180, 320)


def grab(camera: SimulatedCamera, **settings: Any) -> Frame:
    async def scenario() -> Frame:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(ValleyServer((camera,)))
            module = MODULES[camera.protocol]
            made = module.Settings(url=server.url(camera.name), **settings)
            frame: Frame = (await taken(module, made, 1, feed()))[0]
            return frame

    return asyncio.run(scenario())


@pytest.mark.parametrize("protocol", MODULES)
def test_each_protocol_gives_a_picture_of_the_valley(protocol: Any) -> None:
    frame = grab(SimulatedCamera(name="a", protocol=protocol, size=SIZE), timeout=60.0)
    assert choose(frame, Limits()).uncleared.shape == (*SIZE, 3)
    assert frame.age < timedelta(seconds=5)


@pytest.mark.parametrize("protocol", MODULES)
def test_an_old_picture_is_seen_to_be_old(protocol: Any) -> None:
    troubles = (Trouble(kind="late", delay=timedelta(minutes=45)),)
    frame = grab(SimulatedCamera(name="a", protocol=protocol, size=SIZE, troubles=troubles), timeout=60.0)
    assert timedelta(minutes=44, seconds=55) < frame.age < timedelta(minutes=45, seconds=10)


def test_parameter_sets_in_band_are_enough() -> None:
    troubles = (Trouble(kind="no_parameter_sets"),)
    assert (
        grab(SimulatedCamera(name="a", protocol="rtsp", size=SIZE, troubles=troubles), timeout=60.0).encoding
        == "h264"
    )


@pytest.mark.parametrize("protocol", MODULES)
@pytest.mark.parametrize("kind", ["stall", "close"])
def test_troubles_are_told(protocol: Any, kind: Any) -> None:
    camera = SimulatedCamera(name="a", protocol=protocol, size=SIZE, troubles=(Trouble(kind=kind),))
    with pytest.raises(SourceError) as caught:
        grab(camera, timeout=1.0)
    assert caught.value.kind in ("timeout", "ended", "protocol")


def test_the_simulator_needs_no_network() -> None:
    async def scenario() -> Frame:
        source = {"kind": "simulator", "view": "river", "size": list(SIZE)}
        turns = frames(Camera(name="a", source=source, interval=1), SystemClock(), Limits(), seed=1)
        frame = await anext(turns)
        await turns.aclose()  # type: ignore[attr-defined]
        assert isinstance(frame, Frame)
        return frame

    assert choose(asyncio.run(scenario()), Limits()).uncleared.shape == (*SIZE, 3)
