"""Follows cameras, keeps what they say and serves the page, until it is told to stop."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from landwatch import source
from landwatch.alert import Duty, Learns, Lookout, Quiet, Watched, check_notices
from landwatch.clock import Clock, SystemClock
from landwatch.config import Camera, Config, Rule
from landwatch.errors import RedactError, StoreError
from landwatch.fleet.crew import Crew
from landwatch.fleet.keeper import Keeper
from landwatch.fleet.newcomers import welcome
from landwatch.fleet.server import PageServer, listen
from landwatch.lesson import Lesson
from landwatch.publish import cap, outlets
from landwatch.redact import Closed
from landwatch.setup import Desk as Newcomers
from landwatch.store import Archive, Beside, Store
from landwatch.upkeep import Desk, Watch
from landwatch.views import Book, adopt
from landwatch.views import Desk as Drafts
from landwatch.way import Way
from landwatch.web import create_app
from landwatch.web.exports import Exports
from landwatch.web.news import News
from landwatch.web.public import Disclosed
from landwatch.where import Locator, Terrain

__all__ = ["follow", "prove"]

log = structlog.get_logger()

PROOF = Closed(RedactError("settings are only being checked", reason="model"))

LEARN_S = 900.0
"""How often thresholds are learnt anew. [s] They change by the hour."""

RENEW_S = 5.0
"""How often it is looked whether a view was saved. [s]"""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What follows from settings that can be used."""

    watched: Watched
    """What each camera watches for."""
    learns: Learns
    """Its rules whose thresholds are learnt."""
    rules: dict[str, tuple[Rule, ...]]
    """All of its rules, by the camera's name."""


async def follow(
    config: Config,
    *,
    folder: Path | None = None,
    file: Path | None = None,
    seconds: float | None = None,
    demo: bool = False,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Follow the cameras of a configuration and serve their page until SIGINT, SIGTERM or the time is over.

    Args:
        config: what to follow.
        folder: where relative paths in the cameras' settings start.
        file: where the configuration is from: cameras that come into it later are followed as well.
        seconds: stop after so long; None for never. [s]
        demo: whether the page says that its cameras are simulated.
        on_ready: is told the page's address once it is served.

    Raises:
        ConfigError: for a camera, an outlet or a terrain that cannot be used as configured, before anything
            starts, or if the page cannot be served where the configuration says.
        StoreError: if the store cannot be opened, or cannot keep what arrives.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prove(config, folder)
    terrain = Terrain.read(config.terrain) if config.terrain else None
    clock = SystemClock()
    with listen(config.serve) as listener, ExitStack() as stack:
        keep = timedelta(days=config.store.keep_pictures_days)
        address = config.store.address()
        store = Store.open(config.store.folder, clock, keep_pictures=keep, url=address)
        stack.callback(store.close)
        store.enroll(config.camera)
        beside = Beside(config.store.folder, clock, url=address)
        stack.callback(beside.close)
        views = adopt(beside, config.camera, folder, clock.now())
        config = config.model_copy(update={"camera": tuple(camera for camera, _ in views.values())})
        proven = prove(config, folder)
        news = News(clock)
        archive = Archive(config.store.folder, url=address)
        exports = Exports(config.store.folder, clock, url=address)
        stack.callback(exports.close)
        drafts = Drafts(config, folder, beside, Book(archive.reading), clock)
        stack.callback(drafts.close)
        desk = Desk(beside, clock, config.outlet)
        duty = Duty.open(config.store.folder, clock, config)
        stack.callback(duty.close)
        last = {one.name: one.received for one in archive.glances() if one.received is not None}
        watch = Watch(desk, config.camera, config.upkeep, clock.now(), last=last)
        lookout = Lookout(duty, config.camera, proven.watched, clock.now(), last=last)
        quiet = Quiet(beside, proven.learns)
        keeper = Keeper(config, store, news, clock, watch, duty, lookout, quiet)
        news.queued = keeper.inbox.qsize
        lessons: dict[str, tuple[Lesson, ...]] = {}
        newcomers = None if file is None else Newcomers(file, config)
        if newcomers is not None:
            stack.callback(newcomers.close)
        disclosed = Disclosed.of(config) if config.public.on else None
        try:
            app = create_app(
                archive,
                news,
                clock,
                demo=demo,
                desk=desk,
                duty=duty,
                serve=config.serve,
                locator=Locator(config.camera, terrain),
                beside=beside,
                drafts=drafts,
                rules=proven.rules,
                exports=exports,
                quiet=quiet,
                land=config.map,
                signer=cap.signer(config.outlet),
                disclosed=disclosed,
                newcomers=newcomers,
            )
            server = PageServer(app)
            page = asyncio.create_task(server.serve([listener]))
            keeping = asyncio.create_task(keeper.keep())
            crew = Crew(config, folder, keeper.inbox, keeper.standing, views, lessons)

            async def join(camera: Camera) -> None:
                """Follow one more camera."""
                told = prove(config.model_copy(update={"camera": (camera,)}), folder)
                now = clock.now()

                def enlist() -> tuple[Camera, int]:
                    store.enroll([*(one for one, _ in views.values()), camera])
                    watch.join(camera, now)
                    lookout.join(camera, told.watched[camera.name], now)
                    quiet.join(camera.name, told.learns[camera.name])
                    return adopt(beside, [camera], folder, now)[camera.name]

                camera, version = await keeper.write(enlist)
                views[camera.name] = camera, version
                proven.rules[camera.name] = told.rules[camera.name]
                drafts.join(camera)
                if disclosed is not None:
                    disclosed.cameras[camera.name] = camera
                crew.join(camera, version)

            helpers = [
                asyncio.create_task(keeper.deliver()),
                asyncio.create_task(keeper.look()),
                asyncio.create_task(_renew(drafts.book, views)),
                asyncio.create_task(_learn(quiet, views, clock, lessons)),
            ]
            if file is not None:
                helpers.append(asyncio.create_task(welcome(file, views, join)))
            try:
                on_ready(_address(listener.getsockname()))
                await _until_told(keeping, seconds)
            finally:
                # First what could still make a worker join, then the workers.
                await _end(*helpers)
                await _end(*crew.tasks, keeping)
                news.stop()
                server.should_exit = True
                await page
            await keeper.drain()
        finally:
            keeper.close()


def prove(config: Config, folder: Path | None) -> Proven:
    """Check all settings of cameras, their sources, checks and instruments, of outlets and of notices.

    Raises:
        ConfigError: for the first that cannot be used.
    """
    watched, learns, rules = {}, {}, {}
    for camera in config.camera:
        source.check(camera)
        way = Way(camera, PROOF, config, folder=folder)
        watched[camera.name], learns[camera.name], rules[camera.name] = way.watched, way.learns, way.rules
    outlets(config.outlet)
    check_notices(config)
    return Proven(watched=watched, learns=learns, rules=rules)


async def _renew(book: Book, views: dict[str, tuple[Camera, int]]) -> None:
    """Take what pages and commands save into `views`, until cancelled."""
    while True:
        await asyncio.sleep(RENEW_S)
        try:
            newest = await asyncio.to_thread(book.newest)
        except StoreError as error:
            log.warning("views cannot be read now", error=str(error))
            continue
        for name, (camera, number) in list(views.items()):
            if newest[name].number != number:
                views[name] = (newest[name].of(camera), newest[name].number)


async def _learn(
    quiet: Quiet, cameras: Iterable[str], clock: Clock, lessons: dict[str, tuple[Lesson, ...]]
) -> None:
    """Take what quiet hours teach into `lessons`, until cancelled."""
    while True:
        for name in tuple(cameras):
            try:
                lessons[name] = await asyncio.to_thread(quiet.lessons, name, clock.now())
            except StoreError as error:
                log.warning("quiet hours cannot be read now", camera=name, error=str(error))
        await asyncio.sleep(LEARN_S)


async def _until_told(keeping: asyncio.Task[None], seconds: float | None) -> None:
    """Return at a stop signal or after the time; raise the keeper's error if it ends before."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([waiting, keeping], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
    finally:
        waiting.cancel()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _address(name: tuple[str, int, object, object] | tuple[str, int]) -> str:
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}/"
