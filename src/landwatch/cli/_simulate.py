"""The cameras of `landwatch demo`, served from a process of their own over loopback."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from landwatch.clock import SystemClock
from landwatch.config import Camera, Place
from landwatch.errors import SourceError
from landwatch.valley import SimulatedCamera, ValleyServer, demo_cameras

__all__ = ["simulated"]

START_S = 60.0
"""Time that the simulated cameras may take to listen. [s]"""

STOP_S = 5.0
"""Time that they may take to end. [s]"""

INTERVAL_S = 5.0
"""Between pictures of the demo, so that a visitor sees it move. [s]"""

FIRE_INTERVAL_S = 2.0
"""Between pictures of the camera that will see smoke: the instrument wants a dozen before it speaks. [s]"""

MINUTE_S = 60.0
"""The cadence for which the smoke instrument is made; the demo's clock is that much faster. [s]"""

KINDS = {"http": "snapshot", "mjpeg": "mjpeg", "rtsp": "rtsp"}
"""Which source asks for which protocol."""

PARENT_CHECK_S = 1.0


@contextmanager
def simulated(seed: int) -> Iterator[tuple[Camera, ...]]:
    """Serve the demo's cameras while the context lasts, and yield how to follow them.

    Raises:
        SourceError: if they do not listen in time.
    """
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(seed, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(START_S):
            raise SourceError(f"the simulated cameras did not listen within {START_S:g} s", kind="timeout")
        try:
            yield tuple(Camera(**entry) for entry in receiver.recv())
        except EOFError:
            raise SourceError("the simulated cameras could not start", kind="ended") from None
    finally:
        process.terminate()
        process.join(STOP_S)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(seed: int, sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A viewer that hangs up in the middle of a picture is no news.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    # The cameras are not what is measured or shown first: the page goes before them.
    os.nice(5)
    asyncio.run(_run(seed, sender))


async def _run(seed: int, sender: Connection) -> None:
    cameras = demo_cameras(seed, SystemClock().now())
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with ValleyServer(cameras) as server:
        # The first land takes a second or two; a visitor should not see it time out.
        await server.ready(cameras[0].name)
        sender.send([_entry(camera, server.url(camera.name)) for camera in cameras])
        parent = os.getppid()
        while not told.is_set() and os.getppid() == parent:
            try:
                await asyncio.wait_for(told.wait(), PARENT_CHECK_S)
            except TimeoutError:
                continue


def _entry(camera: SimulatedCamera, url: str) -> dict[str, Any]:
    """Return the settings with which Landwatch follows a simulated camera."""
    burns = any(episode.kind == "smoke" for episode in camera.schedule.episodes)
    interval = FIRE_INTERVAL_S if burns else INTERVAL_S
    measure: dict[str, dict[str, Any]] = {"smoke": {"pace": MINUTE_S / interval}}
    if camera.view == "forest":
        height, width = camera.size
        measure["greenness"] = {
            "region": ((0, height // 2), (width, height // 2), (width, height), (0, height))
        }
    return {
        "name": camera.name,
        "title": camera.title,
        "source": {"kind": KINDS[camera.protocol], "url": url},
        "interval": interval,
        "place": Place(latitude=camera.schedule.latitude, longitude=camera.schedule.longitude),
        "measure": measure,
    }
