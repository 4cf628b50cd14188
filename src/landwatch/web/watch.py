"""What watches Landwatch itself: `/healthz` for supervisors, `/metrics` for Prometheus.

Both say how old pictures are, so that neither can be green while hour-old pictures are served. Neither
says anything about masked shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import nlargest, nsmallest

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from landwatch import __version__
from landwatch.alert import Book
from landwatch.clock import Clock
from landwatch.store import Archive, outboxes
from landwatch.web.models import HealthOut
from landwatch.web.news import News
from landwatch.web.standing import entries
from landwatch.web.states import LATE_INTERVALS, STATES, is_late, state_of

__all__ = ["Figures", "registry", "router"]

QUIET = timedelta(minutes=5)
"""The keeper keeps something, be it an outage, at least once a minute (the longest back-off of a source) or
once an interval; so long without a commit means that it hangs."""

MOST_LABELS = 1000
"""Values of one figure, which Prometheus keeps each for itself: those that are worst. [1]"""

MOST_OPEN = 1000
"""Open events that are counted. [1]"""

router = APIRouter()


@router.get(
    "/healthz",
    tags=["watch"],
    response_model=HealthOut,
    responses={503: {"model": HealthOut, "description": "Not at work, or no camera is fresh."}},
)
def get_health(request: Request, response: Response) -> HealthOut:
    """Whether Landwatch is at work and its pictures are fresh; 503 if not."""
    told = check(request.app.state.archive, request.app.state.news, request.app.state.clock)
    response.headers["Cache-Control"] = "no-store"
    if told.status not in ("ok", "empty"):
        response.status_code = 503
    return told


def check(archive: Archive, news: News, clock: Clock) -> HealthOut:
    """Return the health of the whole."""
    now = clock.now()
    cameras = [camera for camera in archive.glances() if camera.followed]
    fresh = sum(not is_late(camera.shown, camera.interval, now) for camera in cameras)
    received = [camera.received for camera in cameras if camera.received is not None]
    newest = news.newest or max(received, default=None)
    slowest = min((camera.interval for camera in cameras), default=0.0)
    quiet = max(QUIET, timedelta(seconds=LATE_INTERVALS * slowest))
    if news.stopped:
        status = "stopped"
    elif news.alarms:
        status = "alarm"
    elif not cameras:
        status = "empty"
    elif newest is None:
        status = "starting"
    elif fresh == 0 or now - newest > quiet:
        status = "stale"
    else:
        status = "ok"
    return HealthOut.model_validate(
        {
            "status": status,
            "alarms": list(news.alarms),
            "cameras": len(cameras),
            "fresh": fresh,
            "newest_commit": newest,
            "now": now,
            "version": __version__,
        }
    )


@router.get(
    "/metrics",
    tags=["watch"],
    response_class=Response,
    responses={
        200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
def get_metrics(request: Request) -> Response:
    """The fleet and the store in figures, for Prometheus."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(request.app.state.registry), headers={"Content-Type": media_type})


class Figures(Collector):
    """Reads the figures from the archive when they are asked for."""

    def __init__(self, archive: Archive, news: News, clock: Clock) -> None:
        self._archive = archive
        self._book = Book(archive.reading)
        self._news = news
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        now = self._clock.now()
        yield InfoMetricFamily("landwatch_build", "Version of Landwatch.", {"version": __version__})
        cameras = [camera for camera in self._archive.glances() if camera.followed]
        states = Counter(state_of(camera, now) for camera in cameras)
        by_state = GaugeMetricFamily("landwatch_cameras", "Cameras by state.", labels=["state"])
        for state in STATES:
            by_state.add_metric([state], states[state])
        yield by_state
        age = GaugeMetricFamily(
            "landwatch_picture_age_seconds", "Age of the newest cleared picture.", labels=["camera"]
        )
        ages = {
            camera.name: (now - camera.shown).total_seconds()
            for camera in cameras
            if camera.shown is not None
        }
        for name in nlargest(MOST_LABELS, ages, key=lambda name: ages[name]):
            age.add_metric([name], ages[name])
        yield age
        yield from self._events()
        yield from self._blind(now)
        yield from self._outboxes(now)
        news = self._news
        yield GaugeMetricFamily(
            "landwatch_queue_items", "What workers have said that is not kept yet.", value=news.queued()
        )
        steps = SummaryMetricFamily(
            "landwatch_step_seconds",
            "What frames took: to arrive after capture, and to be cleared, read and kept after that.",
            labels=["step"],
        )
        for step, seconds in news.delays.items():
            steps.add_metric([step], count_value=sum(news.frames.values()), sum_value=seconds)
        yield steps
        yield GaugeMetricFamily("landwatch_alarms", "Parts that have stopped.", value=len(news.alarms))
        yield CounterMetricFamily("landwatch_commits", "Commits since the start.", value=news.count)
        yield _counts("landwatch_frames", "Frames since the start, by status.", "status", news.frames)
        yield _counts("landwatch_readings", "Readings since the start.", "presence", news.readings)
        yield _counts("landwatch_outages", "Turns without a picture since the start.", "kind", news.outages)

    def _events(self) -> Iterator[Metric]:
        standing = entries(self._archive, self._book, stands=True, limit=MOST_OPEN)
        # An exercise must not ring anybody's bell.
        hazards = Counter(one.event.hazard for one in standing if not one.event.drill)
        family = GaugeMetricFamily("landwatch_events_open", "Open events by hazard.", labels=["hazard"])
        for hazard, count in sorted(hazards.items()):
            family.add_metric([hazard], count)
        yield family
        waiting = GaugeMetricFamily(
            "landwatch_events_unacknowledged", "Open events that nobody has acknowledged."
        )
        waiting.add_metric([], sum(one.state == "open" and not one.event.drill for one in standing))
        yield waiting

    def _outboxes(self, now: datetime) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "landwatch_undelivered_messages", "Messages that wait for an outlet.", labels=["outlet"]
        )
        failing = GaugeMetricFamily(
            "landwatch_undelivered_failing", "Messages that were tried in vain.", labels=["outlet"]
        )
        oldest = GaugeMetricFamily(
            "landwatch_undelivered_oldest_seconds",
            "How long the first of them has waited.",
            labels=["outlet"],
        )
        with self._archive.reading() as connection:
            boxes = outboxes(connection)
        for box in boxes:
            waiting.add_metric([box.outlet], box.waiting)
            failing.add_metric([box.outlet], box.failing)
            oldest.add_metric([box.outlet], (now - box.oldest).total_seconds())
        yield from (waiting, failing, oldest)

    def _blind(self, now: datetime) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "landwatch_blind_seconds",
            "How long a camera has not been able to see a hazard.",
            labels=["camera", "hazard", "why"],
        )
        for one in nsmallest(MOST_LABELS, self._book.blind(), key=lambda one: one.began):
            family.add_metric([one.camera, one.hazard, one.why], (now - one.began).total_seconds())
        yield family


def _counts(name: str, words: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=[label])
    for key, count in sorted(dict(counts).items()):
        family.add_metric([key], count)
    return family


def registry(archive: Archive, news: News, clock: Clock) -> CollectorRegistry:
    """Return a registry of its own, so that two apps in one process do not meet."""
    own = CollectorRegistry(auto_describe=False)
    own.register(Figures(archive, news, clock))
    return own
