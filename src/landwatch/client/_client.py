"""The client itself: what is asked, in pages, and what is done when the server does not answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from landwatch.client._parts import (
    Camera,
    Moment,
    News,
    PictureRecord,
    asked,
    camera,
    event,
    picture,
    reading,
    told,
)
from landwatch.client._readings import Readings
from landwatch.errors import AnswerError, UsageError
from landwatch.types import Event, Reading

try:
    import httpx
except ImportError:
    raise UsageError("landwatch.client needs httpx; pip install 'landwatch[client]'") from None

__all__ = ["Client"]

PAGE = 10_000
"""Readings in one answer: as many as the server gives. [1]"""

LISTED = 1000
"""Pictures or events in one answer. [1]"""

TICK = timedelta(milliseconds=1)
"""The server tells times to the millisecond. A page begins inside the last one of the page before, so that
readings of the same moment are not lost between two pages; what comes twice is dropped."""

ANSWER_S = 30.0
"""Longest wait for an answer. [s]"""

PATIENCE_S = 60.0
"""How long a server that is overloaded or away is asked again. [s]"""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
"""Between two tries, doubled each time, where the server does not say how long. [s]"""

SILENCE_S = 60.0
"""The server tells that it is there four times in this time; a stream that is silent longer is broken. [s]"""

BUSY = frozenset({429, 502, 503, 504})
"""Answers after which the same question may succeed."""


class Client:
    """Asks one Landwatch. Use it as a context, or call `close`."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        patience: float = PATIENCE_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Make a client; nothing is asked yet.

        Args:
            url: of the server, such as http://landwatch.example:8000.
            token: sent as `Authorization: Bearer`, where the server wants one.
            patience: how long a server that is overloaded or away is asked again. [s]
            transport: another way to the server than the network's.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._patience = patience
        self._http = httpx.Client(base_url=url, headers=headers, timeout=ANSWER_S, transport=transport)

    def cameras(self) -> list[Camera]:
        """Return all cameras with their states, in order of name."""
        found: list[Camera] = []
        while True:
            answer = self._listing("/api/v1/cameras", {"after": found[-1].name if found else None}, LISTED)
            found += map(camera, answer["items"])
            if not answer["more"]:
                return found

    def readings(
        self,
        camera: str | None = None,
        quantity: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> Readings:
        """Return all readings of a span, oldest first; without `camera` those of all cameras.

        `since` is inside the span, `until` outside. For years of a fast camera `landwatch export` is quicker.
        """
        names = [camera] if camera is not None else [one.name for one in self.cameras()]
        rows = [row for name in names for row in self._series(name, quantity, since, until)]
        return Readings(sorted(rows, key=lambda one: one.time))

    def events(
        self,
        camera: str | None = None,
        hazard: str | None = None,
        state: str | None = None,
        since: Moment | None = None,
    ) -> list[Event]:
        """Return what the pictures say last of the newest 1000 events that fit, newest first."""
        question = {"camera": camera, "hazard": hazard, "state": state, "since": asked(since)}
        return [event(row) for row in self._listing("/api/v1/events", question, LISTED)["items"]]

    def event(self, id: str) -> dict[str, Any]:
        """Return one event with every change and every act, as the API tells it."""
        told: dict[str, Any] = self._get(f"/api/v1/events/{id}").json()
        return told

    def pictures(
        self, camera: str, since: Moment | None = None, until: Moment | None = None, limit: int = LISTED
    ) -> list[PictureRecord]:
        """Return a camera's newest frames of a span and what became of them, newest first."""
        question = {"since": asked(since), "until": asked(until)}
        answer = self._listing(f"/api/v1/cameras/{camera}/pictures", question, limit)
        return [picture(row) for row in answer["items"]]

    def newest(self, camera: str, width: int | None = None) -> bytes:
        """Return the newest cleared picture of a camera, a JPEG; `width` is 240, 480, 960 or its own. [px]"""
        return self._get(f"/api/v1/cameras/{camera}/newest.jpg", {"width": width}).content

    def still(self, sha256: str, width: int | None = None) -> bytes:
        """Return a cleared picture by its content's SHA-256, a JPEG."""
        return self._get(f"/api/v1/stills/{sha256}.jpg", {"width": width}).content

    def follow(self) -> Iterator[News]:
        """Yield each time that cameras have something new, for ever; a broken stream is opened again.

        Raises:
            AnswerError: if the server was away for longer than `patience`.
        """
        seen: str | None = None
        given_up = time.monotonic() + self._patience
        pause = FIRST_PAUSE_S
        while True:
            try:
                for kind, number, body in self._stream(seen):
                    seen, pause = number, FIRST_PAUSE_S
                    given_up = time.monotonic() + self._patience
                    if kind == "news":
                        names = body["cameras"]
                        yield News(time=told(body["now"]), cameras=None if names is None else tuple(names))
            except httpx.TransportError as error:
                self._wait(pause, given_up, f"{type(error).__name__}: {error}")
            else:
                self._wait(pause, given_up, "the stream ended")
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        """Return the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def _series(
        self, camera: str, quantity: str | None, since: Moment | None, until: Moment | None
    ) -> list[Reading]:
        """Return one camera's readings, page by page from the newest backwards."""
        pages: list[list[Reading]] = []
        begin, end = asked(since), asked(until)
        known: frozenset[Reading] = frozenset()
        while True:
            question = {"camera": camera, "quantity": quantity, "since": begin, "until": end}
            answer = self._listing("/api/v1/readings", question, PAGE)
            page = [one for one in map(reading, answer["items"]) if one not in known]
            pages.append(page)
            if not answer["more"]:
                return [one for page in reversed(pages) for one in page]
            if not page:
                raise AnswerError(
                    f"{camera} has more than {PAGE} readings at {end}; ask for one quantity at a time",
                    status=200,
                )
            oldest: datetime = page[0].time
            end = asked(oldest + TICK)
            known = frozenset(one for one in page if one.time < oldest + TICK)

    def _listing(self, path: str, question: Mapping[str, Any], limit: int | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._get(path, {**question, "limit": limit}).json()
        return answer

    def _get(self, path: str, question: Mapping[str, Any] | None = None) -> httpx.Response:
        """Return a good answer.

        Raises:
            AnswerError: if the server refuses, or does not answer for longer than `patience`.
        """
        asked = {name: value for name, value in (question or {}).items() if value is not None}
        given_up = time.monotonic() + self._patience
        pause = FIRST_PAUSE_S
        while True:
            try:
                answer = self._http.get(path, params=asked)
            except httpx.TransportError as error:
                self._wait(pause, given_up, f"{type(error).__name__}: {error}")
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in BUSY:
                    raise _refusal(answer)
                self._wait(_told_pause(answer) or pause, given_up, _refusal(answer))
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _wait(self, pause: float, given_up: float, why: str | AnswerError) -> None:
        if time.monotonic() + pause > given_up:
            if isinstance(why, AnswerError):
                raise why
            raise AnswerError(f"{self._http.base_url} does not answer: {why}", status=0)
        time.sleep(pause)

    def _stream(self, seen: str | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield kind, number and body of each event of one stream."""
        headers = {"Last-Event-ID": seen} if seen is not None else {}
        patience = httpx.Timeout(ANSWER_S, read=SILENCE_S)
        with self._http.stream("GET", "/stream", headers=headers, timeout=patience) as answer:
            if not answer.is_success:
                answer.read()
                if answer.status_code not in BUSY:
                    raise _refusal(answer)
                return
            parts: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    parts[name] = value
                    continue
                if "data" in parts:
                    yield parts.get("event", "message"), parts.get("id", ""), json.loads(parts["data"])
                parts = {}


def _refusal(answer: httpx.Response) -> AnswerError:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.reason_phrase
    return AnswerError(f"{answer.status_code} from {answer.url.path}: {detail}", status=answer.status_code)


def _told_pause(answer: httpx.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else None
