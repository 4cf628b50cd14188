"""Follows how cameras are, and turns faults that last into work orders and mended ones into verified work.

A check that finds a fault begins a trouble; one that finds the camera good for long enough ends it; one that
cannot tell does neither, since what is not seen is not mended. A trouble that is over before it has settled
is noted nowhere. Lateness is a trouble too, of the cause `no_picture`, which the clock finds rather than a
check, and a frame that is no picture is one of the cause `unusable`. That removal withholds a picture says
nothing of the camera.

All of it is in memory, some hundred bytes a camera and trouble; the tables are written when a state changes
and read once a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from landwatch.config import Camera, Upkeep
from landwatch.types import FindingState, Outage, Outcome
from landwatch.upkeep.desk import Desk, Outdated
from landwatch.upkeep.records import Asset, Condition, Opening, Order, Scope

__all__ = ["NO_PICTURE", "UNUSABLE", "Watch"]

NO_PICTURE = "no_picture"
UNUSABLE = "unusable"

LATE_INTERVALS = 3.0
"""A camera is late after so many of its intervals: one picture may be lost, two are a fault. [1]"""

REFRESH = timedelta(seconds=60)
"""How often lifecycles, sites and standing orders are read: pages and commands change them as well."""

WORST: tuple[FindingState, ...] = ("bad", "doubtful")

GOOD: tuple[FindingState, str] = ("good", "")
"""State and cause of a camera without trouble."""

NEVER = datetime.max.replace(tzinfo=UTC)

STALL = "stall"
"""Cause of the one order for many cameras without pictures."""


@dataclass(slots=True)
class _Trouble:
    """One fault of one camera."""

    since: datetime
    seen: datetime
    """When it was seen last."""
    state: FindingState
    """Doubtful or bad, as seen last."""
    bad_since: datetime | None = None
    """Since when it was seen as bad without being seen as less."""
    over: datetime | None = None
    """Since when the camera has been good in this."""
    detail: str = ""
    before: str | None = None
    after: str | None = None
    spared: datetime | None = None
    """Until when it opens no other order; None where no order on it was closed."""

    def lasted(self) -> timedelta:
        """Return for how long it has been seen."""
        return self.seen - self.since

    def is_work(self, settings: Upkeep) -> bool:
        """True when it has lasted long enough for a work order."""
        if self.over is not None:
            return False
        if self.bad_since is not None and self.seen - self.bad_since >= _seconds(settings.order_after):
            return True
        return self.lasted() >= _seconds(settings.doubtful_after)


@dataclass(slots=True)
class _Camera:
    """What is remembered of one camera."""

    interval: float
    heard: datetime
    """When a frame came last, or when the watch began."""
    troubles: dict[str, _Trouble] = field(default_factory=dict)
    good: datetime | None = None
    """When a check called it good last."""
    well: datetime | None = None
    """Since when it has had no trouble and was called good."""
    still: str | None = None
    """The newest cleared picture."""
    last_well: str | None = None
    """The newest cleared picture without any trouble."""
    told: tuple[FindingState, str] | None = None
    """State and cause as they were written last."""
    told_since: datetime | None = None
    wanted: dict[str, datetime | None] = field(default_factory=dict)
    """Causes of standing orders, and since when each has been good."""


Group = tuple[Scope, str]
"""A site with its name, the fleet, or one camera."""

FLEET: Group = ("fleet", "")


@dataclass(slots=True)
class _Census:
    """How many active cameras there are in each group, and how many of them are silent."""

    total: Counter[Group] = field(default_factory=Counter)
    silent: Counter[Group] = field(default_factory=Counter)


class Watch:
    """Hears what is kept of cameras, and acts when it has lasted. For one thread."""

    def __init__(
        self,
        desk: Desk,
        cameras: Iterable[Camera],
        settings: Upkeep,
        now: datetime,
        *,
        last: Mapping[str, datetime] | None = None,
        live: bool = True,
    ) -> None:
        """Go on from the states that were written last.

        Args:
            desk: where states and work orders are written.
            cameras: that are followed; they must have been enrolled.
            settings: how long things last.
            now: the present, aware UTC.
            last: when a frame of each camera was kept last, before the process started. Of the time between
                then and now nobody knows how the cameras were.
            live: whether cameras that are silent are late, and times are those of arrival; False for an
                archive, whose time is that of its pictures.
        """
        self._desk = desk
        self._settings = settings
        self._settle = _seconds(settings.settle)
        self._live = live
        self._cameras = {camera.name: _Camera(camera.interval, now) for camera in cameras}
        self._assets: Mapping[str, Asset] = {}
        self._standing: dict[tuple[Scope, str, str], Order] = {}
        self._calm: dict[Group, datetime] = {}
        """Since when fewer cameras are silent than a standing order for many of them says."""
        self._refreshed: datetime | None = None
        for condition in desk.book.conditions():
            known = self._cameras.get(condition.camera)
            if known is not None:
                _resume(known, condition)
        if live:
            desk.keep_conditions(self._unwatched(last or {}, now))

    def join(self, camera: Camera, now: datetime) -> None:
        """Listen to one more camera from now on; it has been enrolled."""
        self._cameras[camera.name] = _Camera(camera.interval, now)

    def hear(self, outcomes: Iterable[Outcome], outages: Iterable[Outage] = ()) -> None:
        """Take what was kept of cameras. In memory alone: `tick` acts on it."""
        for outcome in outcomes:
            camera = self._cameras.get(outcome.camera)
            if camera is not None:
                self._hear(camera, outcome)
        for outage in outages:
            camera = self._cameras.get(outage.camera)
            if camera is not None and NO_PICTURE in camera.troubles:
                camera.troubles[NO_PICTURE].detail = outage.kind

    def tick(self, now: datetime) -> None:
        """Write the states that have changed, and open, verify and escalate work orders.

        Raises:
            StoreError: if the tables cannot be read or written.
        """
        if self._refreshed is None or not timedelta() <= now - self._refreshed < REFRESH:
            self._refresh(now)
        conditions = []
        for name, camera in self._cameras.items():
            if self._live:
                self._listen(camera, now)
            if camera.troubles or camera.told != GOOD or not self._fresh(camera, now):
                condition = self._condition(name, camera, now)
                if condition is not None:
                    conditions.append(condition)
        self._desk.keep_conditions(conditions)
        self._open(now)
        self._close(now)

    def _hear(self, camera: _Camera, outcome: Outcome) -> None:
        time = outcome.received if self._live else outcome.taken
        camera.heard = max(camera.heard, time) if self._live else time
        self._say(camera, NO_PICTURE, "good", time, "")
        if outcome.status == "forgotten":
            self._say(camera, UNUSABLE, "bad", time, outcome.reason or "")
        if outcome.still is None:
            return
        camera.still = outcome.still.sha256
        self._say(camera, UNUSABLE, "good", time, "")
        for finding in outcome.findings:
            self._say(camera, finding.check, finding.state, time, finding.detail)
        if any(finding.state == "good" for finding in outcome.findings):
            camera.good = time
            if not camera.troubles:
                camera.well = camera.well or time
                camera.last_well = camera.still

    def _say(self, camera: _Camera, cause: str, state: FindingState, time: datetime, detail: str) -> None:
        trouble = camera.troubles.get(cause)
        if state == "good":
            if trouble is not None:
                if trouble.over is None:
                    trouble.over = time
                elif time - trouble.over >= self._settle:
                    del camera.troubles[cause]
                    camera.well = None if camera.troubles else trouble.over
            if cause in camera.wanted:
                camera.wanted[cause] = camera.wanted[cause] or time
        elif state in WORST:
            if trouble is None:
                trouble = _Trouble(since=time, seen=time, state=state, before=camera.last_well)
                camera.troubles[cause] = trouble
                camera.well = None
            trouble.seen, trouble.state, trouble.over = time, state, None
            trouble.bad_since = (trouble.bad_since or time) if state == "bad" else None
            trouble.detail = detail
            if cause != NO_PICTURE and camera.still is not None:
                trouble.after = camera.still
            if cause in camera.wanted:
                camera.wanted[cause] = None

    def _listen(self, camera: _Camera, now: datetime) -> None:
        """Find that a camera is late."""
        silent = now - camera.heard
        if silent <= _seconds(LATE_INTERVALS * camera.interval):
            return
        trouble = camera.troubles.get(NO_PICTURE)
        self._say(camera, NO_PICTURE, "bad", now, trouble.detail if trouble else "")
        if trouble is None:
            camera.troubles[NO_PICTURE].since = camera.heard
            camera.troubles[NO_PICTURE].bad_since = camera.heard

    def _unwatched(self, last: Mapping[str, datetime], now: datetime) -> list[Condition]:
        """Return that cameras which were good are unknown since they were heard, where that is long ago."""
        gaps = []
        for name, camera in self._cameras.items():
            heard = last.get(name)
            if camera.told != GOOD or heard is None or now - heard <= self._patience(camera):
                continue
            since = max(heard, camera.told_since or heard)
            camera.told, camera.told_since = ("unknown", ""), since
            gaps.append(Condition(camera=name, since=since, noted=now, state="unknown", cause=""))
        return gaps

    def _fresh(self, camera: _Camera, now: datetime) -> bool:
        """True while the last word of a check that the camera is good still counts."""
        return camera.good is not None and now - camera.good <= self._patience(camera)

    def _patience(self, camera: _Camera) -> timedelta:
        """Return for how long what was said last of a camera counts."""
        return max(self._settle, _seconds(LATE_INTERVALS * camera.interval))

    def _condition(self, name: str, camera: _Camera, now: datetime) -> Condition | None:
        """Return the state to write, or None where it is what was written last."""
        settled = [
            (WORST.index(trouble.state), trouble.since, cause, trouble)
            for cause, trouble in camera.troubles.items()
            if trouble.lasted() >= self._settle
        ]
        before, after = camera.last_well, camera.still
        state: FindingState
        if settled:
            _, since, cause, trouble = min(settled, key=lambda entry: entry[:3])
            state, detail, before, after = trouble.state, trouble.detail, trouble.before, trouble.after
        elif camera.troubles:
            return None
        elif self._fresh(camera, now):
            state, since, cause, detail = "good", camera.well or now, "", ""
            before = None
        elif now - (camera.good or camera.heard) > self._patience(camera) or camera.told is None:
            state, since, cause, detail = "unknown", camera.good or now, "", ""
            camera.well = None
        else:
            return None
        if camera.told == (state, cause):
            return None
        # Histories are in order of time: what was believed late begins at the earliest with what was before.
        since = max(since, camera.told_since) if camera.told_since else since
        camera.told, camera.told_since = (state, cause), since
        return Condition(
            camera=name,
            since=since,
            noted=now,
            state=state,
            cause=cause,
            detail=detail,
            before=before,
            after=after,
        )

    def _refresh(self, now: datetime) -> None:
        self._refreshed = now
        self._assets = {asset.camera: asset for asset in self._desk.book.assets()}
        self._standing = {}
        wanted: dict[str, set[str]] = {}
        for order in self._desk.book.orders(standing=True, limit=1_000_000):
            self._standing[order.scope, order.subject, order.cause] = order
            if order.scope == "camera":
                wanted.setdefault(order.subject, set()).add(order.cause)
        for name, camera in self._cameras.items():
            if camera.wanted or name in wanted:
                camera.wanted = {cause: camera.wanted.get(cause) for cause in wanted.get(name, ())}
        self._desk.escalate(now)

    def _open(self, now: datetime) -> None:
        work = [
            (name, cause, trouble)
            for name, camera in self._cameras.items()
            for cause, trouble in camera.troubles.items()
            if trouble.is_work(self._settings) and self._is_active(name)
        ]
        if not work:
            return
        census = self._census()
        for name, cause, trouble in work:
            if cause == NO_PICTURE:
                scope, subject = self._stalled(name, census)
                if scope != "camera":
                    self._open_one(scope, subject, STALL, trouble, now)
                    continue
            self._open_one("camera", name, cause, trouble, now)
            order = self._standing.get(("camera", name, cause))
            if order is not None and order.state == "done" and order.done is not None:
                self._reopen(order, trouble, now)

    def _open_one(self, scope: Scope, subject: str, cause: str, trouble: _Trouble, now: datetime) -> None:
        if (scope, subject, cause) in self._standing or self._is_spared(scope, subject, cause, trouble):
            return
        opening = Opening(
            scope=scope,
            subject=subject,
            cause=cause,
            origin="pictures",
            since=trouble.since,
            detail=trouble.detail,
            before=trouble.before if scope == "camera" else None,
            after=trouble.after if scope == "camera" else None,
        )
        try:
            order, _ = self._desk.open_order(opening, "pictures", now)
        except Outdated:
            return  # the order that stood was closed at this moment: the next tick sees whether to open one
        trouble.spared = None
        self._standing[scope, subject, cause] = order
        if scope == "camera":
            self._cameras[subject].wanted.setdefault(cause, None)

    def _is_spared(self, scope: Scope, subject: str, cause: str, trouble: _Trouble) -> bool:
        """True where an order on this very trouble was cancelled, or verified a short time ago."""
        if trouble.spared is None:
            closed = self._desk.book.orders(standing=False, scope=scope, subject=subject, limit=20)
            mine = [order for order in closed if order.cause == cause and order.opened >= trouble.since]
            if not mine:
                return False
            again = (mine[0].closed or mine[0].opened) + _seconds(self._settings.order_after)
            trouble.spared = NEVER if mine[0].state == "cancelled" else again
        return trouble.seen < trouble.spared

    def _reopen(self, order: Order, trouble: _Trouble, now: datetime) -> None:
        """Take back that an order is done where the fault has been seen since, for long enough."""
        if order.done is None or trouble.seen - order.done < _seconds(self._settings.order_after):
            return
        self._act(order, "reopen", now, note="the pictures still show it")

    def _close(self, now: datetime) -> None:
        enough = _seconds(self._settings.verify_after)
        census: _Census | None = None
        for (scope, subject, cause), order in list(self._standing.items()):
            if scope == "camera":
                camera = self._cameras.get(subject)
                since = camera.wanted.get(cause) if camera else None
                if camera is not None and since is not None and cause not in camera.troubles:
                    newest = camera.heard if cause in (NO_PICTURE, UNUSABLE) else camera.good
                    if newest is not None and newest - since >= enough:
                        self._act(order, "verify", now, mended=camera.still)
            elif cause == STALL:
                census = census or self._census()
                if self._is_many((scope, subject), census):
                    self._calm.pop((scope, subject), None)
                elif now - self._calm.setdefault((scope, subject), now) >= enough:
                    self._act(order, "verify", now)

    def _act(
        self,
        order: Order,
        act: Literal["verify", "reopen"],
        now: datetime,
        *,
        note: str = "",
        mended: str | None = None,
    ) -> None:
        key = (order.scope, order.subject, order.cause)
        try:
            after = self._desk.act(
                order.id, act, "pictures", version=order.version, note=note, mended=mended, now=now
            )
        except Outdated:
            self._refreshed = None  # somebody acted on it since: look at it again at the next tick
            return
        if after.closed is None:
            self._standing[key] = after
            return
        del self._standing[key]
        self._calm.pop((order.scope, order.subject), None)
        if order.scope == "camera":
            self._cameras[order.subject].wanted.pop(order.cause, None)

    def _is_active(self, name: str) -> bool:
        """True for a camera that is meant to work; one of which nothing is known as property is."""
        asset = self._assets.get(name)
        return asset is None or asset.lifecycle == "active"

    def _site(self, name: str) -> str | None:
        asset = self._assets.get(name)
        return asset.site if asset else None

    def _census(self) -> _Census:
        """Count active cameras, and those of them that give no picture, of the fleet and of each site."""
        census = _Census()
        for name, camera in self._cameras.items():
            if not self._is_active(name):
                continue
            trouble = camera.troubles.get(NO_PICTURE)
            silent = trouble is not None and trouble.over is None
            for group in (FLEET, ("site", self._site(name) or "")):
                census.total[group] += 1
                census.silent[group] += silent
        return census

    def _is_many(self, group: Group, census: _Census) -> bool:
        """True when so many cameras of a site or of the fleet are silent that it is one fault."""
        count = census.silent[group]
        return count >= self._settings.stall_least and count >= self._settings.stall * census.total[group]

    def _stalled(self, name: str, census: _Census) -> Group:
        """Return what is silent as one: the fleet, the camera's site, or the camera alone."""
        site = self._site(name)
        is_one_site = site is not None and census.total["site", site] == census.total[FLEET]
        if not is_one_site and self._is_many(FLEET, census):
            return FLEET
        if site is not None and self._is_many(("site", site), census):
            return ("site", site)
        return ("camera", name)


def _resume(camera: _Camera, condition: Condition) -> None:
    """Go on from the state that was written last, before the process started."""
    camera.told, camera.told_since = (condition.state, condition.cause), condition.since
    if condition.state in WORST:
        camera.troubles[condition.cause] = _Trouble(
            since=condition.since,
            seen=condition.noted,
            state=condition.state,
            bad_since=condition.since if condition.state == "bad" else None,
            detail=condition.detail,
            before=condition.before,
            after=condition.after,
        )


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
