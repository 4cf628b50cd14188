"""Tells one camera's trouble from this machine's: when every camera fails at once, the trouble is here.

Nothing is learnt about a camera from such a turn, and its outage says so.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

__all__ = ["Neighbours", "of_this_loop"]

FEWEST = 3
"""Cameras that must fail together before this machine is suspected. Two may share a switch."""

UNREACHABLE = frozenset({"timeout", "refused", "ended"})
"""Kinds of outages that a broken line on this side would cause."""


class Neighbours:
    """How each camera of one event loop fared last."""

    def __init__(self) -> None:
        """Begin with none."""
        self._fails: dict[str, bool] = {}

    def worked(self, camera: str) -> None:
        """Note that a camera gave a picture."""
        self._fails[camera] = False

    def failed(self, camera: str, kind: str) -> None:
        """Note that a camera gave none."""
        # A camera that answers, if only to refuse, can be reached from here.
        self._fails[camera] = kind in UNREACHABLE

    def left(self, camera: str) -> None:
        """Forget a camera that is followed no more."""
        self._fails.pop(camera, None)

    @property
    def all_fail(self) -> bool:
        """Whether every camera, and more than a few, cannot be reached."""
        return len(self._fails) >= FEWEST and all(self._fails.values())


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Neighbours] = WeakKeyDictionary()


def of_this_loop() -> Neighbours:
    """Return the neighbours of the running event loop."""
    return _loops.setdefault(asyncio.get_running_loop(), Neighbours())
