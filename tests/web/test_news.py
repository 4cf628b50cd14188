from __future__ import annotations

import asyncio
import json
import threading

import pytest

from landwatch.web.stream import tell

from .scenes import NOW, flat, outcome, still


def test_the_count_goes_up_with_each_commit(news):
    assert [news.publish("a"), news.publish(), news.count] == [1, 2, 2]
    assert news.newest == NOW


def test_changes_are_told_since_a_count(news):
    news.publish("ridge")
    news.publish("road", outcome("quarry", NOW, still(flat(1))))
    assert news.changed(0) == ["quarry", "ridge", "road"]
    assert news.changed(1) == ["quarry", "road"]
    assert news.changed(2) == []


def test_without_names_all_cameras_have_changed(news):
    news.publish()
    news.publish("road")
    assert news.changed(0) is None
    assert news.changed(1) == ["road"]


def test_who_waits_is_woken_from_another_thread(news):
    async def wait() -> int:
        waiting = asyncio.create_task(news.wait(0))
        await asyncio.sleep(0)
        keeper = threading.Thread(target=news.publish, args=("ridge",))
        keeper.start()
        count = await asyncio.wait_for(waiting, 10)
        keeper.join()
        return count

    assert asyncio.run(wait()) == 1


def test_who_asks_late_does_not_wait(news):
    news.publish()
    assert asyncio.run(asyncio.wait_for(news.wait(0), 10)) == 1


def test_a_loop_that_has_ended_does_not_hinder_the_keeper(news):
    async def leave() -> None:
        waiting = asyncio.create_task(news.wait(0))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    assert news.publish() == 1


def parsed(event: str) -> tuple[str, dict]:
    lines = dict(line.split(": ", 1) for line in event.strip().splitlines())
    return lines["event"], json.loads(lines["data"])


async def told(stream, count: int) -> list[tuple[str, dict]]:
    return [parsed(await asyncio.wait_for(anext(stream), 10)) for _ in range(count)]


def test_a_stream_tells_which_cameras_have_changed(news, clock):
    async def follow() -> list[tuple[str, dict]]:
        stream = tell(news, clock, pace=0)
        first = await told(stream, 1)
        news.publish("ridge")
        news.publish("road")
        return first + await told(stream, 1)

    (here, _), (kind, body) = asyncio.run(follow())
    assert here == "here"
    assert kind == "news"
    assert body == {"count": 2, "now": "2026-07-01T12:00:00Z", "cameras": ["ridge", "road"]}


def test_what_came_before_the_stream_was_opened_is_told(news, clock):
    news.publish("ridge")
    news.publish("road")

    async def follow() -> list[tuple[str, dict]]:
        return await told(tell(news, clock, 1, pace=0), 2)

    _, (kind, body) = asyncio.run(follow())
    assert (kind, body["cameras"]) == ("news", ["road"])


def test_a_page_of_a_server_that_has_started_anew_is_told_all(news, clock):
    news.publish("ridge")

    async def follow() -> list[tuple[str, dict]]:
        return await told(tell(news, clock, 40, pace=0), 1)

    ((kind, body),) = asyncio.run(follow())
    assert (kind, body["count"], body["cameras"]) == ("news", 1, None)


def test_a_silent_stream_says_that_it_is_there(news, clock):
    async def follow() -> list[tuple[str, dict]]:
        return await told(tell(news, clock, heartbeat=0), 3)

    assert [kind for kind, _ in asyncio.run(follow())] == ["here", "here", "here"]


def test_a_stream_ends_when_the_keeper_stops(news, clock):
    async def follow() -> int:
        events = 0
        async for _ in tell(news, clock, pace=0):
            events += 1
            news.stop()
        return events

    assert asyncio.run(asyncio.wait_for(follow(), 10)) == 1


def test_the_stream_is_an_event_stream_that_nobody_keeps(site, news):
    # The transport of these tests returns an answer when it has ended, so the keeper stops at once.
    async def stop_soon() -> None:
        news.stop()

    async def both():
        import httpx

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(site.app), base_url="http://landwatch.test"
        ) as client:
            asking = asyncio.create_task(client.get("/stream"))
            while site.app.state.streams == 0:
                await asyncio.sleep(0)
            await stop_soon()
            return await asyncio.wait_for(asking, 10)

    answer = asyncio.run(both())
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert parsed(answer.text)[0] == "here"
    assert site.app.state.streams == 0


def test_a_stopped_keeper_opens_no_stream(site, news):
    news.stop()
    assert site.get("/stream").status_code == 503


@pytest.mark.parametrize("open_streams", [200])
def test_streams_are_bounded(site, open_streams):
    site.app.state.streams = open_streams
    answer = site.get("/stream")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
