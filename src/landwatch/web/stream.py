"""Server-sent events: tells open pages which cameras have something new, and no more.

What is new a page fetches itself, so that an event is some bytes and needs no rights.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import StreamingResponse

from landwatch.clock import Clock, iso
from landwatch.web.news import News

__all__ = ["HEARTBEAT_S", "MOST_STREAMS", "PACE_S", "router", "tell"]

HEARTBEAT_S = 15.0
"""An event so often keeps proxies from closing the stream, and shows a page that its server is there. [s]"""

PACE_S = 1.0
"""Least time between two events of one stream: forty cameras make one event, not forty. [s]"""

MOST_STREAMS = 200
"""Streams at once; more pages than that have to ask again. [1]"""

router = APIRouter()


async def tell(
    news: News,
    clock: Clock,
    after: int | None = None,
    *,
    pace: float = PACE_S,
    heartbeat: float = HEARTBEAT_S,
) -> AsyncIterator[str]:
    """Yield `news` for each batch of news, and `here` at first and in silence, until the keeper stops.

    Args:
        news: what is told.
        clock: what time it is, for pages whose own clock is wrong.
        after: the count that the page was made at, so that nothing is lost before the stream opens.
        pace: least time between two events. [s]
        heartbeat: longest silence. [s]
    """
    seen = news.count if after is None else after
    if seen > news.count:  # counted by a server that has started anew since
        seen = news.count
        yield _event("news", seen, clock, None)
    yield _event("here", seen, clock, [])
    while not news.stopped:
        try:
            count = await asyncio.wait_for(news.wait(seen), heartbeat)
        except TimeoutError:
            yield _event("here", seen, clock, [])
            continue
        if count > seen:
            changed = news.changed(seen)
            seen = count
            yield _event("news", seen, clock, changed)
            if pace > 0:
                await asyncio.sleep(pace)


def _event(kind: str, count: int, clock: Clock, cameras: list[str] | None) -> str:
    body = json.dumps({"count": count, "now": iso(clock.now()), "cameras": cameras})
    return f"event: {kind}\nid: {count}\ndata: {body}\n\n"


@router.get("/stream", include_in_schema=False)
async def stream(
    request: Request,
    after: Annotated[int | None, Query(ge=0)] = None,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    """News as server-sent events since the count `after`; `cameras` is null when all have changed."""
    state = request.app.state
    if state.news.stopped:
        raise HTTPException(503, "Landwatch is stopping", {"Retry-After": "10"})
    if state.streams >= MOST_STREAMS:
        raise HTTPException(503, "too many pages are open at once; try again", {"Retry-After": "30"})
    state.streams += 1

    async def body() -> AsyncIterator[str]:
        try:
            async for event in tell(
                state.news, state.clock, after if last_event_id is None else last_event_id
            ):
                yield event
        finally:
            state.streams -= 1

    # X-Accel-Buffering asks proxies to pass each event on at once.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)
