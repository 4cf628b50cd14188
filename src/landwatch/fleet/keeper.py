"""The keeper: the one process that writes the store, delivers messages and serves the page.

Everything that workers say goes through one queue to one writer thread, in groups, so that the store has
one writer and a group costs one sync of the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import structlog

from landwatch.alert import Duty, Lookout, Quiet
from landwatch.clock import Clock
from landwatch.config import Config
from landwatch.errors import StoreError
from landwatch.fleet.supervisor import Item, Look
from landwatch.fleet.worker import Alarm
from landwatch.publish import keep_delivering, outlets, release
from landwatch.store import Store
from landwatch.types import Event, Outage, Outcome
from landwatch.upkeep import Watch
from landwatch.web.news import News

__all__ = ["Keeper"]

log = structlog.get_logger()

GROUP = 64
"""Most outcomes kept in one transaction."""

WAITING = 256
"""Most outcomes in memory; beyond it workers wait, and cameras are asked less often."""

PRUNE_EVERY = timedelta(hours=1)

LOOK_EVERY_S = 15.0
"""How often the watch over the cameras acts: a silent camera is found by it alone. [s]"""

T = TypeVar("T")


class Keeper:
    """Keeps what workers say until it is stopped."""

    def __init__(
        self,
        config: Config,
        store: Store,
        news: News,
        clock: Clock,
        watch: Watch | None = None,
        duty: Duty | None = None,
        lookout: Lookout | None = None,
        quiet: Quiet | None = None,
    ) -> None:
        self.config = config
        self.inbox: asyncio.Queue[Item] = asyncio.Queue(WAITING)
        self._outlets = config.event_outlets
        self._watch = watch
        self._duty = duty
        self._lookout = lookout
        self._quiet = quiet
        self._store = store
        self._news = news
        self._clock = clock
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def write(self, call: Callable[[], T]) -> T:
        """Run one call on the store in its only writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)

    def standing(self, cameras: Iterable[str]) -> dict[str, tuple[Event, ...]]:
        """Return the open events of cameras."""
        return {name: self._store.standing_events(name) for name in cameras}

    async def keep(self) -> None:
        """Keep what arrives, until cancelled.

        Raises:
            StoreError: if the store cannot keep; nothing more is taken then.
        """
        pruned = self._clock.now() - PRUNE_EVERY
        while True:
            items = [await self.inbox.get()]
            while len(items) < GROUP and not self.inbox.empty():
                items.append(self.inbox.get_nowait())
            await self._keep_all(items)
            if self._clock.now() - pruned >= PRUNE_EVERY:
                pruned = self._clock.now()
                await self.write(self._store.prune)

    async def look(self) -> None:
        """Ask for a look after the cameras from time to time, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.inbox.put(Look())

    async def deliver(self) -> None:
        """Carry what waits in the outbox to the outlets, until cancelled."""
        await keep_delivering(self._store, outlets(self.config.outlet), self._clock)

    async def drain(self) -> None:
        """Keep what has arrived already."""
        items = [self.inbox.get_nowait() for _ in range(self.inbox.qsize())]
        if items:
            await self._keep_all(items)

    async def _keep_all(self, items: list[Item]) -> None:
        outcomes = [item for item in items if isinstance(item, Outcome)]
        outages = [item for item in items if isinstance(item, Outage)]
        for item in items:
            if isinstance(item, Alarm):
                self._news.alarm(item.message)
                log.critical("a shard has stopped", cameras=item.cameras, message=item.message)
        is_time = any(isinstance(item, Look) for item in items)
        try:
            await self.write(lambda: self._keep_now(outcomes, outages, look=is_time))
        except StoreError as error:
            self._news.alarm(str(error))
            log.critical("the store cannot keep; Landwatch stops", error=str(error))
            raise
        if outcomes or outages:
            self._news.publish(*outcomes, *outages)

    def _keep_now(self, outcomes: list[Outcome], outages: list[Outage], *, look: bool) -> None:
        if outcomes:
            messages = [message for one in outcomes for message in release(one, self._outlets)]
            self._store.keep_all(outcomes, messages)
        for outage in outages:
            self._store.keep_outage(outage)
        if self._duty is not None and any(outcome.events for outcome in outcomes):
            self._duty.follow()
        if self._watch is not None:
            self._watch.hear(outcomes, outages)
        if self._lookout is not None:
            self._lookout.hear(outcomes)
        if self._quiet is not None:
            self._quiet.hear(outcomes)
        if look:
            self._look_now()

    def _look_now(self) -> None:
        now = self._clock.now()
        if self._watch is not None:
            self._watch.tick(now)
        if self._lookout is not None:
            self._lookout.tick(now)
        if self._duty is not None:
            self._duty.tick()
        if self._quiet is not None:
            self._quiet.tick(now)

    def close(self) -> None:
        """Wait for the writer thread and close the store."""
        self._writer.shutdown()
        self._store.close()
