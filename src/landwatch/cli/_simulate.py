"""The cameras of `landwatch demo`, served from processes of their own over loopback."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from math import atan, degrees
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from landwatch.clock import SystemClock
from landwatch.config import Camera, Place, Pose
from landwatch.errors import SourceError
from landwatch.valley import VIEWS, SimulatedCamera, Valley, ValleyServer, demo_cameras

__all__ = ["COUNT", "simulated"]

COUNT = len(demo_cameras(1, SystemClock().now()))
"""Cameras of the demo."""

PROCESSES = 2
"""Processes that share the cameras: working the lands out takes some 16 s of processor time."""

START_S = 120.0
"""Time that one more camera may take to be ready, on a busy machine. [s]"""

STOP_S = 5.0
"""Time that the processes may take to end. [s]"""

INTERVAL_S = 10.0
"""Between pictures of each camera: as it would be on a mountain. [s]"""

FIRE_INTERVAL_S = 2.0
"""Between pictures of the camera that will see smoke: the instrument wants a dozen before it speaks. [s]"""

MINUTE_S = 60.0
"""The cadence for which the smoke instrument is made; the demo's clock is that much faster. [s]"""

KINDS = {"http": "snapshot", "mjpeg": "mjpeg", "rtsp": "rtsp"}
"""Which source asks for which protocol."""

POSE_SIGMA = 0.5
"""Standard uncertainty of a simulated camera's azimuth and elevation. [deg]"""

PARENT_CHECK_S = 1.0
"""How often the processes look whether the demo still lives. [s]"""


@contextmanager
def simulated(seed: int, on_land: Callable[[], None]) -> Iterator[tuple[Camera, ...]]:
    """Serve the demo's cameras while the context lasts, and yield how to follow them.

    Args:
        seed: another seed, another valley.
        on_land: is called when the land of one more camera is worked out.

    Raises:
        SourceError: if they are not ready in time.
    """
    spawn = multiprocessing.get_context("spawn")
    processes: list[BaseProcess] = []
    links: list[Connection] = []
    try:
        for place in range(PROCESSES):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_serve, args=(seed, place, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            links.append(ours)
        _lands(links, on_land)
        start = SystemClock().now()
        for link in links:
            link.send(start)
        entries = {entry["name"]: entry for link in links for entry in _told(link)}
        names = [camera.name for camera in demo_cameras(seed, start)]
        yield tuple(Camera(**entries[name]) for name in names)
    finally:
        _stop(processes)


def _lands(links: list[Connection], on_land: Callable[[], None]) -> None:
    """Wait until each camera's land is worked out."""
    left = COUNT
    while left:
        ready = wait(links, START_S)
        if not ready:
            raise SourceError(f"{left} simulated cameras were not ready within {START_S:g} s", kind="timeout")
        for link in links:
            if link in ready:
                _told(link)
                left -= 1
                on_land()


def _told(link: Connection) -> Any:
    try:
        return link.recv()
    except EOFError:
        raise SourceError("the simulated cameras could not start", kind="ended") from None


def _stop(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(STOP_S)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(seed: int, place: int, link: Connection) -> None:
    """Work out the lands of one share of the cameras, then serve them until told or orphaned."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A viewer that hangs up in the middle of a picture is no news.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    lands = {}
    for camera in _share(seed, place, SystemClock().now()):
        lands[camera.name] = Valley(seed=camera.seed, size=camera.size, view=camera.view)
        link.send(camera.name)
    start = link.recv()
    # The page and the pictures' way come first from here on.
    os.nice(5)
    asyncio.run(_run(_share(seed, place, start), lands, link))


def _share(seed: int, place: int, start: datetime) -> tuple[SimulatedCamera, ...]:
    return demo_cameras(seed, start)[place::PROCESSES]


async def _run(cameras: tuple[SimulatedCamera, ...], lands: dict[str, Valley], link: Connection) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with ValleyServer(cameras, lands=lands) as server:
        link.send([_entry(camera, server.url(camera.name)) for camera in cameras])
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
        "view": _pose(camera),
    }


def _pose(camera: SimulatedCamera) -> Pose:
    """Return where a simulated camera looks, as a calibration would find it.

    Its picture plane stands upright, and the horizon off the middle: near the middle that is like a tilt.
    """
    view = VIEWS[camera.view]
    height, width = camera.size
    focal = view.focal * width
    return Pose(
        size=(width, height),
        azimuth=view.azimuth % 360,
        elevation=degrees(atan((view.horizon - 0.5) * height / focal)),
        focal=focal,
        sigma={"azimuth": POSE_SIGMA, "elevation": POSE_SIGMA},
    )
