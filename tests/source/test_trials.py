"""What is tried of a camera, and which of it is proposed."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from landwatch.clock import SystemClock
from landwatch.config import Limits
from landwatch.sample import measured
from landwatch.source._trials import Offer, Trial, best, related, tried
from tests.source.peers import JPEG, always, answer, peer
from tests.source.rtsp_peer import Line, encoded, rtsp_peer
from tests.source.test_gstreamer import peer as gstreamer

__all__ = ["gstreamer"]


def run(*offers: Offer, **options: Any) -> tuple[Trial, ...]:
    size_of = functools.partial(measured, limits=Limits())
    return asyncio.run(tried(offers, SystemClock(), Limits(), size_of, options={"timeout": 5.0, **options}))


def test_streams_of_an_independent_server_are_tried(gstreamer: tuple[list[int], str]) -> None:
    (port, *_), _ = gstreamer
    names = ("h264-any", "h265-any", "nothing-there")
    trials = run(*(Offer(kind="rtsp", url=f"rtsp://127.0.0.1:{port}/{name}") for name in names))
    assert [(trial.offer.width, trial.fault != "") for trial in trials] == [
        (320, False),
        (320, False),
        (None, True),
    ]
    assert "404" in trials[2].fault


def test_the_age_the_length_and_the_clock_are_measured() -> None:
    async def scenario() -> tuple[Trial, ...]:
        # Its clock stands in 2020; its picture is a minute old.
        made, now = (
            f"{name}: Wed, 01 Jul 2020 12:0{n}:00 GMT" for n, name in enumerate(("Last-Modified", "Date"))
        )
        async with peer(always(answer(JPEG, made, now))) as port:
            size_of = functools.partial(measured, limits=Limits())
            offer = Offer(kind="snapshot", url=f"http://127.0.0.1:{port}/")
            return await tried([offer], SystemClock(), Limits(), size_of, options={})

    (trial,) = asyncio.run(scenario())
    assert (trial.offer.width, trial.offer.height, trial.length) == (64, 48, len(JPEG))
    assert trial.age == pytest.approx(60.0, abs=5.0)
    assert trial.ahead is not None
    assert trial.ahead < -6 * 365 * 86400


def test_a_refused_password_is_not_tried_on_the_other_addresses() -> None:
    async def scenario() -> tuple[tuple[Trial, ...], int]:
        line = Line(encoded(count=10), user="me", password="right")
        async with rtsp_peer(main=line, sub=line) as there:
            offers = [
                Offer(kind="rtsp", url=f"rtsp://127.0.0.1:{there.port}/{name}") for name in ("main", "sub")
            ]
            size_of = functools.partial(measured, limits=Limits())
            return await tried(offers, SystemClock(), Limits(), size_of, options={}), there.connections

    trials, connections = asyncio.run(scenario())
    assert connections == 1
    assert len(trials) == 1
    assert "wants a user" in trials[0].fault


def offer(kind: str, width: int) -> Offer:
    return Offer(kind=kind, url=f"{kind}://cam/{width}", width=width)


def test_the_cheapest_that_is_wide_enough_is_proposed() -> None:
    costs = {
        offer("snapshot", 640): 4.0,
        offer("rtsp", 640): 3.0,
        offer("rtsp", 1280): 9.0,
        offer("rtsp", 3840): 50.0,
    }
    works = tuple(Trial(offer=one, seconds=1.0, cpu=cost) for one, cost in costs.items())
    still, small, middle, large = costs
    assert best(works) == small
    assert best(works, 1000) == middle
    assert best(works, 9000) == large
    assert best((works[0], Trial(offer=small, fault="it hangs"), *works[2:])) == still
    assert best(()) is None


@pytest.mark.parametrize(
    ("url", "beside"),
    [
        (
            "rtsp://cam:8554/Streaming/Channels/201",
            {
                "http://cam/ISAPI/Streaming/channels/201/picture",
                "rtsp://cam:8554/Streaming/Channels/202",
            },
        ),
        (
            "http://cam/cgi-bin/snapshot.cgi?channel=3",
            {
                "rtsp://cam/cam/realmonitor?channel=3&subtype=1",
                "rtsp://cam/cam/realmonitor?channel=3&subtype=0",
            },
        ),
        ("rtsp://[2001:db8::1]/h264Preview_01_main", {"rtsp://[2001:db8::1]/h264Preview_01_sub"}),
        ("rtsp://cam/live", set()),
    ],
)
def test_what_makers_have_beside_an_address_is_on_the_same_host(url: str, beside: set[str]) -> None:
    kind = "rtsp" if url.startswith("rtsp") else "snapshot"
    found = related(kind, url)
    assert found[0] == Offer(kind=kind, url=url)
    assert {one.url for one in found[1:]} == beside
    assert all((one.kind == "rtsp") == one.url.startswith("rtsp://") for one in found)
