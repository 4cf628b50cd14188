"""What a replay keeps in a store, at archive time: as the live fleet does, but nobody is told of anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from landwatch.alert import Duty, Quiet
from landwatch.clock import SetClock, SystemClock
from landwatch.config import Camera, Config
from landwatch.store import Beside, Store
from landwatch.types import Event, Outcome
from landwatch.upkeep import Desk, Watch
from landwatch.way import Way

__all__ = ["Replayed", "replayed"]

LEARN_EVERY = timedelta(hours=1)
"""Of archive time."""


class Replayed:
    """A store that takes one camera after another."""

    def __init__(self, store: Store, desk: Desk, beside: Beside, config: Config) -> None:
        self._store = store
        self._desk = desk
        self._beside = beside
        self._config = config
        self._clock = SetClock(SystemClock().now())
        self._duty = Duty(beside, self._clock, config.model_copy(update={"outlet": (), "notice": ()}))

    def standing(self, camera: str) -> tuple[Event, ...]:
        """Return the open events of a camera."""
        return self._store.standing_events(camera)

    def keep(self, camera: Camera, way: Way, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Keep what comes of a camera's pictures, follow its events, learn from quiet hours; yield each."""
        watch = Watch(self._desk, [camera], self._config.upkeep, SystemClock().now(), live=False)
        quiet = Quiet(self._beside, {camera.name: way.learns})
        learnt: datetime | None = None
        for outcome in outcomes:
            self._clock.set(outcome.taken)
            self._store.keep(outcome)
            watch.hear([outcome])
            watch.tick(outcome.taken)
            if outcome.events:
                self._duty.follow()
            quiet.hear([outcome])
            if learnt is None or outcome.taken - learnt >= LEARN_EVERY:
                learnt = outcome.taken
                quiet.tick(learnt)
                way.heed(quiet.lessons(camera.name, learnt))
            yield outcome
        self._duty.tick()
        quiet.tick(self._clock.now())


@contextmanager
def replayed(folder: Path | None, config: Config, cameras: Sequence[Camera]) -> Iterator[Replayed | None]:
    """Give what keeps a replay of cameras in a folder; None where nothing is to be kept."""
    if folder is None:
        yield None
        return
    clock = SystemClock()
    with (
        Store.open(folder, clock) as store,
        Desk.open(folder, clock) as desk,
        Beside(folder, clock) as beside,
    ):
        store.enroll(cameras)
        yield Replayed(store, desk, beside, config)
