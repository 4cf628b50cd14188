"""Starts worker processes, watches them, and starts another when one ends or hangs.

A camera whose picture was in work when its worker died, twice, is set aside and named: its pictures
end processes, and the others must not pay for it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType

import structlog

from landwatch.clock import SystemClock
from landwatch.config import Camera, Config
from landwatch.fleet.worker import IDLE, Alarm, Joining, News, Renewal, Share, Teaching, work
from landwatch.lesson import Lesson
from landwatch.types import Event, Outage, Outcome

__all__ = ["Item", "Joined", "Lessons", "Look", "Standing", "Views", "shares_of", "supervise"]

log = structlog.get_logger()


class Look:
    """Asks the keeper to look after the cameras once what came before it is kept."""


Item = Outcome | Outage | Alarm | Look

LOOK_S = 0.25
"""How often a worker is looked at. [s]"""

HANG_S = 60.0
"""A picture in work for so long hangs in a decoder, and the worker is killed. [s]"""

SLEPT_S = 5.0
"""Between two looks, beyond which it was the machine that did not look. [s]"""

STRIKES = 2
"""Deaths with the same camera's picture in work after which it is set aside."""

PAUSE_S = (0.5, 30.0)
"""First and longest pause before a worker is started again. [s]"""

STOP_S = 5.0
"""How long a worker may take to end when asked. [s]"""

SPAWN = multiprocessing.get_context("spawn")


Standing = Callable[[Iterable[str]], Mapping[str, tuple[Event, ...]]]
"""Returns the open events of cameras."""

Lessons = Mapping[str, tuple[Lesson, ...]]
"""What cameras have learnt from quiet hours by now, by their names."""

Joined = asyncio.Queue[Joining]
"""Cameras that a share has got since it was dealt out."""

Views = Mapping[str, tuple[Camera, int]]
"""The camera with the version of its view that is in force now, and its number, by the camera's name."""


class Eye:
    """Tells a worker that hangs from a machine that slept: then every worker seems to, and none is ended."""

    def __init__(self, now: float) -> None:
        """Begin at a monotonic time. [s]"""
        self._looked = now
        self._begun: float | None = None
        self._slept = 0.0

    def hangs(self, begun: float | None, now: float) -> bool:
        """Return whether a picture is in work for too long.

        Args:
            begun: monotonic time at which its work began; None if there is none. [s]
            now: monotonic time. [s]
        """
        if begun != self._begun:
            self._begun, self._slept = begun, 0.0
        if now - self._looked > SLEPT_S:
            self._slept += now - self._looked
        self._looked = now
        return begun is not None and now - begun - self._slept > HANG_S


def shares_of(config: Config, folder: Path | None, standing: Standing) -> list[Share]:
    """Deal the cameras out to at most `config.workers` shares of nearly equal size."""
    dealt = [config.camera[n :: config.workers] for n in range(config.workers)]
    return [
        Share(cameras=mine, config=config, folder=folder, standing=standing(camera.name for camera in mine))
        for mine in dealt
        if mine
    ]


async def supervise(
    share: Share,
    inbox: asyncio.Queue[Item],
    standing: Standing,
    views: Views = MappingProxyType({}),
    lessons: Lessons = MappingProxyType({}),
    joined: Joined | None = None,
) -> None:
    """Keep one worker of a share running until cancelled; what it says goes into `inbox`.

    It is told of each view in `views` that comes into force while it runs, of what is in `lessons`, and of
    each camera that is put into `joined`.
    """
    strikes: Counter[str] = Counter()
    pause = PAUSE_S[0]
    joined = asyncio.Queue() if joined is None else joined
    while share.cameras or not joined.empty():
        began = time.monotonic()
        share = _renewed(share, views)
        share, suspect, alarmed = await _one_life(share, inbox, views, lessons, joined)
        if alarmed:
            return
        pause = PAUSE_S[0] if time.monotonic() - began > PAUSE_S[1] else min(2 * pause, PAUSE_S[1])
        if suspect is not None:
            strikes[suspect.name] += 1
            log.error("a worker ended over a picture", camera=suspect.name, times=strikes[suspect.name])
            if strikes[suspect.name] >= STRIKES:
                share = replace(share, cameras=tuple(c for c in share.cameras if c.name != suspect.name))
                await inbox.put(_set_aside(suspect))
        await asyncio.sleep(pause)
        share = replace(share, standing=standing(camera.name for camera in share.cameras))


def _set_aside(camera: Camera) -> Outage:
    return Outage(
        camera=camera.name,
        time=SystemClock().now(),
        kind="protocol",
        message=f"set aside until the next start: its pictures ended the worker {STRIKES} times",
    )


def _renewed(share: Share, views: Views) -> Share:
    """Return the share with the views that are in force now."""
    now = [views.get(camera.name, (camera, 0)) for camera in share.cameras]
    return replace(
        share,
        cameras=tuple(camera for camera, _ in now),
        versions={camera.name: number for camera, number in now},
    )


async def _one_life(
    share: Share, inbox: asyncio.Queue[Item], views: Views, lessons: Lessons, joined: Joined
) -> tuple[Share, Camera | None, bool]:
    """Run one worker to its end.

    Return the share with who has joined it, the camera whose picture was in work, and whether it alarmed.
    """
    receiver, sender = SPAWN.Pipe()
    turn = SPAWN.Value("i", IDLE)
    since = SPAWN.Value("d", 0.0)
    process = SPAWN.Process(target=work, args=(share, sender, turn, since), daemon=True)
    process.start()
    sender.close()
    reading = asyncio.create_task(_read(receiver, inbox))
    hung = False
    told = dict(share.versions)
    taught: dict[str, tuple[Lesson, ...]] = {}
    try:
        while process.is_alive():
            await asyncio.sleep(LOOK_S)
            while not joined.empty():
                news = joined.get_nowait()
                _tell(receiver, news)
                share = replace(share, cameras=(*share.cameras, news.camera))
                told[news.camera.name] = news.version
            for name in told:
                camera, number = views.get(name, (None, 0))
                if camera is not None and number != told[name]:
                    _tell(receiver, Renewal(camera=camera, version=number))
                    told[name] = number
            for name in told:
                learnt = lessons.get(name, ())
                if learnt != taught.get(name, ()):
                    _tell(receiver, Teaching(camera=name, lessons=learnt))
                    taught[name] = learnt
            if turn.value != IDLE and time.monotonic() - since.value > HANG_S:
                hung = True
                process.kill()
        alarmed = await reading
        index = turn.value
        log.warning("a worker has ended", exit_code=process.exitcode, hung=hung)
        return share, (share.cameras[index] if index != IDLE else None), alarmed
    finally:
        if process.is_alive():
            process.terminate()
            await asyncio.to_thread(process.join, STOP_S)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join, STOP_S)
        if not reading.done():
            await reading
        receiver.close()


def _tell(link: Connection, news: News) -> None:
    try:
        link.send(news)
    except OSError:
        log.info("a worker ended before it was told of something new; the next one knows")


async def _read(receiver: Connection, inbox: asyncio.Queue[Item]) -> bool:
    """Pass on what a worker says until it ends; return whether it alarmed."""
    alarmed = False
    while True:
        try:
            item: Item = await asyncio.to_thread(receiver.recv)
        except (EOFError, OSError):
            return alarmed
        alarmed |= isinstance(item, Alarm)
        await inbox.put(item)
