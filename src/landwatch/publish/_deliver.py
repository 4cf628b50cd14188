"""Carries messages from the outbox to the outlets.

At least once: a message leaves the outbox after its outlet took it, so that a crash between the two sends
it again, with the same key; exactly once is not possible over a network. In order for each outlet and lane: a
message waits until the one before it was taken, and one that is always refused holds up its lane, visibly
(`error`), until somebody mends it. Events go in one lane; each desk has its own. Nothing is dropped. Each
outlet has its own task: one that hangs delays no other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from landwatch import config
from landwatch.clock import Clock
from landwatch.config import settings_of
from landwatch.errors import PublishError
from landwatch.rooms import find
from landwatch.types import Message

__all__ = [
    "Delivered",
    "Outbox",
    "Outlet",
    "deliver_pending",
    "keep_delivering",
    "outlets",
    "wait_for",
]

FIRST_WAIT_S = 2.0
"""Wait after the first failure, doubled after each further one. [s]"""

LONGEST_WAIT_S = 300.0
"""An outlet that was down for days is found well within five minutes. [s]"""

AT_ONCE = 50
"""Messages read from the outbox at a time."""


class Outbox(Protocol):
    """What waits to be carried; the store's `Store` is one."""

    def pending(self, outlet: str, limit: int = ..., without: Collection[str] = ...) -> Sequence[Message]:
        """Return what waits for an outlet, in order, but for the lanes `without`."""
        ...

    def delivered(self, message: Message, at: datetime) -> None:
        """Note that an outlet has carried a message."""
        ...

    def failed(self, message: Message, error: str, due: datetime) -> None:
        """Note that an outlet could not carry a message, and when to try next."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet with its settings."""

    name: str
    deliver: Callable[[Message], Awaitable[None]]
    """Raises `PublishError` when the outlet did not take the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round carried."""

    taken: int
    failed: int
    next_due: datetime | None
    """When the earliest of what waits may be tried again; None where nothing waits."""


def outlets(entries: Iterable[config.Outlet]) -> tuple[Outlet, ...]:
    """Return the outlets of a configuration.

    Raises:
        ConfigError: for a kind that there is not, or settings that its module refuses.
    """
    return tuple(_outlet(entry) for entry in entries)


def _outlet(entry: config.Outlet) -> Outlet:
    module = find("publish", entry.kind, "kind of outlet")
    settings = settings_of(module.Settings, entry.table, f"outlet {entry.name}")

    async def deliver(message: Message) -> None:
        await module.deliver(message, settings)

    return Outlet(name=entry.name, deliver=deliver)


def wait_for(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts, with jitter of half of it."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 32))
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))


async def deliver_pending(outbox: Outbox, outlets: Sequence[Outlet], clock: Clock) -> Delivered:
    """Carry what is due to each outlet, all outlets at the same time, and return what came of it."""
    rounds = await asyncio.gather(*(_round(outbox, outlet, clock) for outlet in outlets))
    due = [one.next_due for one in rounds if one.next_due is not None]
    return Delivered(
        taken=sum(one.taken for one in rounds),
        failed=sum(one.failed for one in rounds),
        next_due=min(due, default=None),
    )


async def keep_delivering(
    outbox: Outbox,
    outlets: Sequence[Outlet],
    clock: Clock,
    *,
    every: float = 1.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Deliver until cancelled, each outlet in a task of its own.

    Args:
        outbox: where messages wait.
        outlets: who carries them.
        clock: tells what is due.
        every: how often the outbox is looked into while nothing is due. [s]
        sleep: waits.
    """

    async def follow(outlet: Outlet) -> None:
        while True:
            await _round(outbox, outlet, clock)
            await sleep(every)

    async with asyncio.TaskGroup() as tasks:
        for outlet in outlets:
            tasks.create_task(follow(outlet), name=f"outlet {outlet.name}")


async def _round(outbox: Outbox, outlet: Outlet, clock: Clock) -> Delivered:
    """Carry what is due to one outlet, in order, until each lane is empty or its first message must wait."""
    taken = failed = 0
    blocked: dict[str, datetime] = {}
    while True:
        waiting = await asyncio.to_thread(outbox.pending, outlet.name, AT_ONCE, tuple(blocked))
        for message in waiting:
            if message.lane in blocked:
                continue
            if message.due is not None and message.due > clock.now():
                blocked[message.lane] = message.due
                continue
            error = await _attempt(outlet, message)
            if error is not None:
                failed += 1
                blocked[message.lane] = clock.now() + wait_for(message.attempts + 1)
                await asyncio.to_thread(outbox.failed, message, error, blocked[message.lane])
                continue
            await asyncio.to_thread(outbox.delivered, message, clock.now())
            taken += 1
        if not waiting:
            return Delivered(taken=taken, failed=failed, next_due=min(blocked.values(), default=None))


async def _attempt(outlet: Outlet, message: Message) -> str | None:
    """Return why the outlet did not take a message, or None.

    An outlet may be other people's code: whatever it raises costs this outlet this turn, and no more.
    """
    (came_of_it,) = await asyncio.gather(outlet.deliver(message), return_exceptions=True)
    if isinstance(came_of_it, PublishError):
        return str(came_of_it)
    if isinstance(came_of_it, Exception):
        return f"{type(came_of_it).__name__} in the outlet {outlet.name}: {came_of_it}"
    if came_of_it is not None:
        raise came_of_it
    return None
