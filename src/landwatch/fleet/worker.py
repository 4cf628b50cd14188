"""One worker process: takes, clears, checks and measures the pictures of its share of the cameras.

A frame that may show people never leaves this process. What crosses to the keeper is an `Outcome`, an
`Outage` or an `Alarm`; what crosses from it is a `Joining`, a `Renewal` or a `Teaching`. The process may be
killed at any time: the supervisor starts another.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import structlog
import uvloop

from landwatch.clock import SystemClock
from landwatch.config import Camera, Config
from landwatch.errors import ConfigError, DecideError, RedactError, StoreError
from landwatch.lesson import Lesson
from landwatch.log import set_up_log
from landwatch.redact import load_detector
from landwatch.source import frames
from landwatch.store import Archive
from landwatch.types import Event, Frame, Outage, Outcome
from landwatch.views import recalled
from landwatch.way import Way

__all__ = ["IDLE", "Alarm", "Joining", "News", "Renewal", "Share", "Teaching", "work"]

log = structlog.get_logger()

IDLE = -1
"""The turn of a worker that has no picture in work."""

PARENT_CHECK_S = 1.0
"""How often a worker looks whether its keeper still lives. [s]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A shard has stopped, and operators must be told."""

    cameras: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Another camera of the share, to be followed from now on."""

    camera: Camera
    version: int
    standing: tuple[Event, ...]
    """Its open events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Another version of a camera's view is in force."""

    camera: Camera
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """What a camera has learnt from its quiet hours by now."""

    camera: str
    lessons: tuple[Lesson, ...]


News = Joining | Renewal | Teaching
"""What a worker is told while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one worker follows."""

    cameras: tuple[Camera, ...]
    config: Config
    folder: Path | None
    """Where relative paths in the cameras' settings start."""
    standing: Mapping[str, tuple[Event, ...]]
    """Open events of each camera."""
    versions: Mapping[str, int] = field(default_factory=dict)
    """Of each camera's view, where they are kept."""


def work(share: Share, link: Connection, turn: Synchronized[int], since: Synchronized[float]) -> None:
    """Follow the cameras of a share until the keeper closes the link or dies.

    Args:
        share: cameras and settings.
        link: where outcomes go, and news comes from.
        turn: index of the camera whose picture is in work, or `IDLE`; read by the supervisor.
        since: monotonic time at which that turn began. [s]
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_log(share.config.log)
    try:
        # Measured: a picture is taken with a fifth less CPU than on asyncio's own loop (docs/ingest.md).
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_Worker(share, link, turn, since).run())
    except* (BrokenPipeError, ConnectionResetError):
        log.info("the keeper has gone; the worker ends")
    except* DecideError as errors:
        log.critical("the shard stops", error=str(errors.exceptions[0]))


class _Worker:
    def __init__(
        self, share: Share, link: Connection, turn: Synchronized[int], since: Synchronized[float]
    ) -> None:
        self._share = share
        self._link = link
        self._turn = turn
        self._since = since
        self._ways: dict[str, Way] = {}
        self._joined = len(share.cameras) - 1
        """Index of the camera that joined last."""
        self._steps = ThreadPoolExecutor(1, thread_name_prefix="way")
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="link")

    async def run(self) -> None:
        """Follow every camera of the share at once, and those that join it."""
        loop = asyncio.get_running_loop()
        share = self._share
        self._detector = await loop.run_in_executor(self._steps, load_detector)
        async with asyncio.TaskGroup() as tasks:
            for index, camera in enumerate(share.cameras):
                way = self._prepare(
                    camera, share.versions.get(camera.name, 0), share.standing.get(camera.name, ())
                )
                tasks.create_task(self._follow(index, way), name=camera.name)
            loop.add_reader(self._link.fileno(), self._hear, tasks)
            tasks.create_task(self._watch_parent())

    def _prepare(self, camera: Camera, version: int, standing: tuple[Event, ...]) -> Way:
        way = self._ways[camera.name] = Way(
            camera,
            self._detector,
            self._share.config,
            standing=standing,
            interval=camera.interval,
            folder=self._share.folder,
            version=version,
        )
        return way

    def _hear(self, tasks: asyncio.TaskGroup) -> None:
        try:
            news: News = self._link.recv()
        except (EOFError, OSError):  # the keeper has gone, which `_watch_parent` tells of
            asyncio.get_running_loop().remove_reader(self._link.fileno())
            return
        # In the thread of the steps: no way is changed while a picture is on it, or before it is there.
        match news:
            case Joining():
                index = self._joined = self._joined + 1
                prepared = self._steps.submit(self._prepare, news.camera, news.version, news.standing)
                tasks.create_task(self._join(index, news.camera.name, prepared), name=news.camera.name)
            case Renewal():
                self._steps.submit(self._renew, news)
            case Teaching():
                self._steps.submit(self._heed, news)

    async def _join(self, index: int, name: str, prepared: Future[Way]) -> None:
        try:
            way = await asyncio.wrap_future(prepared)
        except ConfigError as error:
            log.error("a camera cannot be followed", camera=name, error=str(error))
            return
        log.info("another camera is followed", camera=name)
        await self._follow(index, way)

    def _heed(self, teaching: Teaching) -> None:
        if teaching.camera in self._ways:
            self._ways[teaching.camera].heed(teaching.lessons)

    def _renew(self, renewal: Renewal) -> None:
        camera, version = renewal.camera, renewal.version
        if camera.name not in self._ways:
            return
        try:
            self._ways[camera.name].turn_to(camera, version)
        except ConfigError as error:
            log.error("a view cannot be used", camera=camera.name, version=version, error=str(error))
        else:
            log.info("another view is in force", camera=camera.name, version=version)

    async def _follow(self, index: int, way: Way) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._steps, self._recollect, index, way)
        async for item in frames(way.camera, SystemClock(), self._share.config.limits):
            if isinstance(item, Outage):
                await self._send(item)
                continue
            try:
                outcome = await loop.run_in_executor(self._steps, self._through, index, way, item)
            except DecideError as error:
                await self._send(Alarm(cameras=tuple(self._ways), message=str(error)))
                raise
            await self._send(outcome)

    def _recollect(self, index: int, way: Way) -> None:
        """Have a way go on from what was kept of its camera, as far as that can be read."""
        name, store = way.camera.name, self._share.config.store
        try:
            with self._turn_of(index), Archive(store.folder, url=store.address()) as archive:
                memory = archive.memory(name, way.version)
                reference = None if memory.reference is None else recalled(archive, memory.reference)
                newest = (recalled(archive, one) for one in memory.newest)
                way.recollect(reference, (picture for picture in newest if picture is not None))
        except (StoreError, RedactError) as error:
            log.warning("a camera begins anew", camera=name, error=str(error))

    def _through(self, index: int, way: Way, frame: Frame) -> Outcome:
        with self._turn_of(index):
            return way.through(frame)

    @contextmanager
    def _turn_of(self, index: int) -> Iterator[None]:
        """Tell the supervisor whose pictures are in work."""
        self._since.value = time.monotonic()
        self._turn.value = index
        try:
            yield
        finally:
            self._turn.value = IDLE

    async def _send(self, item: Outcome | Outage | Alarm) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._sender, self._link.send, item)

    async def _watch_parent(self) -> None:
        parent = os.getppid()
        while os.getppid() == parent:
            await asyncio.sleep(PARENT_CHECK_S)
        raise BrokenPipeError("the keeper has died")
