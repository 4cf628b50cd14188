"""Does one thing at a time in a process of its own, and remembers what it has said of it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import secrets
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from landwatch.errors import LandwatchError, UsageError

__all__ = ["Apart", "Errand", "Tell"]

SPAWN = multiprocessing.get_context("spawn")

REMEMBERED = 8
"""Errands that are remembered; the larger ones say some 0.2 MB each. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """How far something has come."""

    id: str = ""
    error: str = ""
    """Why it failed."""
    is_over: bool = False


E = TypeVar("E", bound=Errand)

Tell = Callable[[dict[str, Any]], None]
"""Tells which fields of an errand have changed, and to what."""


class Apart(Generic[E]):
    """Runs errands, one at a time. May be used from several threads."""

    def __init__(self, longest: float, nice: int = 0) -> None:
        """Take what holds for each errand.

        Args:
            longest: how long it may take; beyond it its process is killed. [s]
            nice: by how much it yields to the workers that take pictures. [1]
        """
        self._longest = longest
        self._nice = nice
        self._errands: OrderedDict[str, E] = OrderedDict()
        self._running: Any = None
        self._changed = threading.Condition()

    def begin(self, errand: E, work: Callable[..., None], *given: Any) -> str:
        """Begin an errand and return its id.

        Args:
            errand: as it is before anything was said.
            work: a function of a module, called in the new process with `given` and what tells (`Tell`). A
                `LandwatchError` or an `OSError` of it becomes the errand's error.
            given: can be pickled.

        Raises:
            UsageError: if another one runs: each takes a processor.
        """
        errand = replace(errand, id=secrets.token_hex(8))
        with self._changed:
            if self._running is not None:
                raise UsageError("another trial is running; wait until it is over")
            receiver, sender = SPAWN.Pipe(duplex=False)
            process = SPAWN.Process(target=_run, args=(work, given, self._nice, sender), daemon=True)
            self._errands[errand.id] = errand
            while len(self._errands) > REMEMBERED:
                self._errands.popitem(last=False)
            self._running = process
            process.start()
            sender.close()
        threading.Thread(target=self._hear, args=(errand.id, process, receiver), daemon=True).start()
        return errand.id

    def find(self, id: str) -> E | None:
        """Return an errand as it is now; None where it is not, or no longer, remembered."""
        with self._changed:
            return self._errands.get(id)

    def wait(self, id: str, longest: float) -> bool:
        """Wait until a remembered errand is over, so long at most, and return whether it is. [s]"""
        with self._changed:
            return self._changed.wait_for(lambda: self._errands[id].is_over, longest)

    def forget(self, id: str) -> None:
        """Remember an errand no longer."""
        with self._changed:
            self._errands.pop(id, None)

    def close(self) -> None:
        """End the errand that runs."""
        with self._changed:
            if self._running is not None:
                self._running.kill()

    def _hear(self, id: str, process: Any, link: Connection) -> None:
        """Note what an errand's process says until it ends."""
        deadline = time.monotonic() + self._longest
        last: dict[str, Any] = {"error": "its process has ended"}
        with link:
            while True:
                if not link.poll(max(0.0, deadline - time.monotonic())):
                    last = {"error": f"it took longer than {self._longest:g} s"}
                    break
                try:
                    said: dict[str, Any] = link.recv()
                except (EOFError, OSError):
                    break
                if said.get("is_over"):
                    last = said
                    break
                self._note(id, said)
        process.kill()
        process.join()
        with self._changed:
            self._running = None
        self._note(id, {**last, "is_over": True})

    def _note(self, id: str, changes: dict[str, Any]) -> None:
        with self._changed:
            if id in self._errands:
                self._errands[id] = replace(self._errands[id], **changes)
                self._changed.notify_all()


def _run(work: Callable[..., None], given: tuple[Any, ...], nice: int, link: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(nice)
    try:
        work(*given, link.send)
    except (LandwatchError, OSError) as error:
        link.send({"error": str(error), "is_over": True})
    else:
        link.send({"is_over": True})
