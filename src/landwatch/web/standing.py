"""Events as pages and the API show them: what the pictures say, and how each stands with people.

The pictures' word is kept a moment before it is followed, so an event may have no life yet; it is open then
as long as the pictures show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from landwatch.alert import STANDING, Book, Life, LifeState
from landwatch.store import Archive
from landwatch.types import Event, EventState

__all__ = ["Entry", "entries", "entry", "seen_by"]

OVER: tuple[LifeState, ...] = ("dismissed", "closed", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event."""

    event: Event
    """What the pictures say of it last."""
    life: Life | None

    @property
    def state(self) -> LifeState:
        """How it stands."""
        if self.life is not None:
            return self.life.state
        return "closed" if self.event.state == "closed" else "open"

    @property
    def stands(self) -> bool:
        """True while it is somebody's business."""
        return self.state in STANDING

    @property
    def ended(self) -> datetime | None:
        """When it was over: a person's word counts before that of the pictures."""
        if self.life is None or self.state == "merged":
            return self.event.time if self.event.state == "closed" else None
        return None if self.stands else self.life.changed


def entry(book: Book, changes: Sequence[Event]) -> Entry:
    """Return an event of which all changes are known."""
    return Entry(event=changes[-1], life=book.life(changes[-1].id))


def seen_by(book: Book, events: Sequence[Event]) -> dict[str, tuple[str, ...]]:
    """Return the cameras that see each event: its own, then those of events that were merged into it."""
    found = {event.id: [event.camera] for event in events}
    for life in book.merged(*found):
        assert life.into is not None
        found[life.into].append(life.camera)
    return {event: tuple(dict.fromkeys(cameras)) for event, cameras in found.items()}


def entries(
    archive: Archive, book: Book, *, stands: bool, limit: int, camera: str | None = None
) -> list[Entry]:
    """Return events that stand, or those that do not, those that opened last first.

    Args:
        archive: what the pictures say.
        book: how events stand.
        stands: which of the two.
        limit: at most so many.
        camera: only of this camera.
    """
    lives = {
        life.event: life for life in book.lives(STANDING if stands else OVER, camera=camera, limit=limit)
    }
    found = [Entry(event=one, life=lives[one.id]) for one in archive.newest_events(list(lives))]
    states: tuple[EventState, ...] = ("opened", "updated") if stands else ("closed",)
    seen = [one for state in states for one in archive.events(camera=camera, state=state, limit=limit)]
    known = book.of([one.id for one in seen])
    found += [Entry(event=one, life=None) for one in seen if one.id not in known]
    found.sort(key=lambda one: (one.event.opened, one.event.id), reverse=True)
    return found[:limit]
