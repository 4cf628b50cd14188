"""Key frames over RTSP: from good cameras, bad cameras and bad lines."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
import uvloop

from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits, Secret
from landwatch.errors import ConfigError, SourceError
from landwatch.sample import choose
from landwatch.source import frames, rtsp
from landwatch.source._auth import Login
from landwatch.source._feed import Feed
from landwatch.source._rtsp_client import NoKeyFrame
from landwatch.types import Frame, Outage
from tests.source.peers import always, answer, feed, peer, taken
from tests.source.rtsp_peer import Codec, Line, RtspPeer, Stream, encoded, picture, rtsp_peer

CODECS: tuple[Codec, ...] = ("h264", "hevc")


@cache
def stream(codec: Codec = "h264", **options: Any) -> Stream:
    return encoded(codec, **options)


def run(
    line: Line, count: int = 2, feeding: Feed | None = None, **settings: Any
) -> tuple[list[Frame], RtspPeer]:
    async def scenario() -> tuple[list[Frame], RtspPeer]:
        async with rtsp_peer(c=line) as camera:
            options = {"timeout": 4.0, "key_wait": 8.0, "stay": False, **settings}
            url = options.pop("url", "rtsp://127.0.0.1:{}/c").format(camera.port)
            made = rtsp.Settings(url=url, **options)
            return await taken(rtsp, made, count, feeding or feed()), camera

    return asyncio.run(scenario())


def fault(line: Line, **settings: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        run(line, 1, **settings)
    return caught.value


def error_of(frame: Frame, numbers: range = range(32)) -> float:
    """Return the mean difference from the picture of the stream that it is most like. [0-255]"""
    pixels = choose(frame, Limits()).uncleared
    return min(float(np.abs(picture(n, pixels.shape[:2]).astype(int) - pixels).mean()) for n in numbers)


WHOLE = 6.0
"""The test encoders differ by less from what they encoded; a damaged picture by more."""


@pytest.mark.parametrize("codec", CODECS)
def test_one_key_frame_is_grabbed_at_a_time(codec: Codec) -> None:
    found, camera = run(Line(stream(codec)))
    assert [frame.encoding for frame in found] == [codec, codec]
    assert all(error_of(frame) < WHOLE for frame in found)
    assert camera.connections == 2
    assert camera.asked[:4] == ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]


@pytest.mark.parametrize("codec", CODECS)
def test_a_followed_stream_is_opened_once(codec: Codec) -> None:
    found, camera = run(Line(stream(codec)), 3, stay=True)
    assert all(error_of(frame) < WHOLE for frame in found)
    assert camera.connections == 1


@pytest.mark.parametrize("stay", [True, False])
def test_the_key_frame_that_a_camera_begins_with_is_taken(stay: bool) -> None:
    # It comes right behind the answer to PLAY, and no other within the time-out.
    found, _ = run(Line(stream(gop=30), stall=0.1), 1, stay=stay)
    assert error_of(found[0]) < WHOLE


@pytest.mark.parametrize("codec", CODECS)
def test_a_viewer_who_comes_between_key_frames_waits_for_the_next(codec: Codec) -> None:
    found, _ = run(Line(stream(codec), key_at_once=False), 1)
    assert error_of(found[0]) < WHOLE


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("told", "sent"), [(True, False), (False, True)])
def test_parameter_sets_may_come_either_way(codec: Codec, told: bool, sent: bool) -> None:
    found, _ = run(Line(stream(codec), sets_told=told, sets_sent=sent), 1)
    assert error_of(found[0]) < WHOLE


@pytest.mark.parametrize("codec", CODECS)
def test_key_frames_without_parameter_sets_are_dropped(codec: Codec) -> None:
    told = fault(Line(stream(codec), sets_told=False, sets_sent=False), key_wait=2.0)
    assert "never sent the parameter sets" in str(told)


@pytest.mark.parametrize("codec", CODECS)
def test_no_damaged_picture_comes_through_a_lossy_line(codec: Codec) -> None:
    # About one key frame in three of 20 packets survives a loss of 5 %; each that does must be whole.
    found, _ = run(Line(stream(codec), drop=0.05, speed=8), 8, stay=True, key_wait=20.0)
    assert all(error_of(frame) < WHOLE for frame in found)


def test_a_line_that_loses_too_much_is_told() -> None:
    assert "each with packets lost" in str(fault(Line(stream(), drop=0.4, speed=4), key_wait=2.0))


def test_udp_is_taken_where_the_camera_insists() -> None:
    found, camera = run(Line(stream(), tcp=False), 1)
    assert error_of(found[0]) < WHOLE
    assert camera.asked[:4] == ["DESCRIBE", "SETUP", "SETUP", "PLAY"]


def test_a_camera_that_refuses_tcp_is_told_the_way_out() -> None:
    assert 'write transport = "udp"' in str(fault(Line(stream(), tcp=False), transport="tcp"))


def test_open_gop_pictures_are_taken_by_their_slice_type() -> None:
    opened = stream(count=80, gop=20, params="bframes=2:b-adapt=0:open-gop=1")
    line = Line(Stream("h264", opened.pictures[1:]), key_at_once=False, speed=4)
    assert not any(line.stream.is_key(number) for number in range(len(line.stream.pictures)))
    found, _ = run(line, 2)
    assert all(error_of(frame) < WHOLE for frame in found)


def test_slices_of_one_picture_belong_together() -> None:
    sliced = stream(params="bframes=0:slices=4")
    for early in (False, True):
        found, _ = run(Line(sliced, early_marker=early), 1)
        assert error_of(found[0]) < WHOLE


def test_a_stream_without_key_frames_is_decoded_until_it_is_whole() -> None:
    refreshed = stream(count=60, gop=20, params="bframes=0:intra-refresh=1")
    line = Line(Stream("h264", refreshed.pictures[3:]), speed=2)
    feeding = feed()
    with pytest.raises(NoKeyFrame, match="packets and no key frame in 1 s"):
        run(line, 1, feeding, key_wait=1.0)
    # The camera's habit is remembered, so the next start goes the other way.
    found, _ = run(line, 1, feeding, key_wait=5.0)
    assert found[0].encoding == "rgb"
    assert error_of(found[0]) < WHOLE


def test_sender_reports_tell_the_clock_and_the_age() -> None:
    # The stream's first picture is of now by our clock, and of 45 minutes ago by the camera's.
    (frame,), _ = run(Line(stream(), ntp_at=(datetime.now(UTC) - timedelta(minutes=45)).timestamp()), 1)
    assert abs(frame.age) < timedelta(seconds=20)
    assert frame.drift is not None
    assert abs(frame.drift.ahead + 45 * 60) < 20


def test_a_reply_with_a_date_tells_the_clock_where_no_report_comes() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=8)
    line = Line(stream(), dated=ahead)
    (frame,), _ = run(line, 1)
    assert frame.drift is not None
    assert abs(frame.drift.ahead - 8 * 3600) < 20


def test_reports_behind_the_date_of_replies_are_of_old_pictures_not_of_a_slow_clock() -> None:
    now = datetime.now(UTC)
    (frame,), _ = run(Line(stream(), ntp_at=(now - timedelta(minutes=45)).timestamp(), dated=now), 1)
    assert abs(frame.age - timedelta(minutes=45)) < timedelta(seconds=20)
    assert frame.drift is not None
    assert abs(frame.drift.ahead) < 20


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("TEST_PASSWORD", "geheim")
    return Secret(env="TEST_PASSWORD")


def test_digest_opens_the_camera(password: Secret) -> None:
    found, _ = run(Line(stream(), user="me", password="geheim"), 2, user="me", password=password)
    assert len(found) == 2


def test_a_wrong_password_is_told_and_not_shown(password: Secret) -> None:
    told = fault(Line(stream(), user="me", password="other"), user="me", password=password)
    assert told.kind == "auth"
    assert "refuses the user or password" in str(told)
    assert "geheim" not in str(told)


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
def test_a_camera_that_hangs_is_named_with_what_it_was_asked(method: str) -> None:
    told = fault(Line(stream(), mute=method), timeout=0.6)
    assert told.kind == "timeout"
    assert f"no answer to {method} within 0.6 s" in str(told)


def test_a_stream_that_stalls_is_a_time_out() -> None:
    told = fault(Line(stream(), stall=0.0), timeout=0.6)
    assert told.kind == "timeout"
    assert "no packet came for 0.6 s" in str(told)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_machine_that_was_held_up_blames_no_camera(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def scenario() -> list[Frame]:
        async with rtsp_peer(c=Line(stream())) as camera:
            asyncio.get_running_loop().call_later(0.2, time.sleep, 2.0)
            made = rtsp.Settings(url=f"rtsp://127.0.0.1:{camera.port}/c", timeout=1.0, stay=True)
            found: list[Frame] = await taken(rtsp, made, 3, feed(0.3))
            assert camera.connections == 1
            return found

    with asyncio.Runner(loop_factory=loop) as runner:
        assert len(runner.run(scenario())) == 3


def test_a_connection_that_ends_is_told() -> None:
    assert fault(Line(stream(), close=0.0)).kind == "ended"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("404 Not Found", "missing"), ("453 Not Enough Bandwidth", "refused"), ("500 Oops", "protocol")],
)
def test_other_answers_are_told_by_number(answer: str, kind: str) -> None:
    told = fault(Line(stream(), status={"SETUP": answer}))
    assert told.kind == kind
    assert f"it answered SETUP with {answer}" in str(told)


def test_a_redirect_elsewhere_is_not_followed() -> None:
    moved = {"DESCRIBE": "302 Moved|Location: rtsp://169.254.169.254/x\r\n"}
    assert "which is not followed" in str(fault(Line(stream(), status=moved)))


def test_a_refusing_port_is_named() -> None:
    told = fault(Line(stream()), url="rtsp://127.0.0.1:1/c")
    assert told.kind == "refused"
    assert str(told).startswith("rtsp://127.0.0.1:1/c: no connection")


def test_a_web_server_on_the_port_is_told() -> None:
    async def scenario() -> None:
        async with peer(always(answer(b"<html>", status="400 Bad"))) as port:
            await taken(rtsp, rtsp.Settings(url=f"rtsp://127.0.0.1:{port}/c", timeout=4.0), 1, feed())

    with pytest.raises(SourceError, match="it speaks no RTSP; starts 48545450"):
        asyncio.run(scenario())


def test_a_camera_that_lets_go_again_and_again_is_asked_the_other_way() -> None:
    habits = rtsp.Habits(Login("", ""))
    assert not habits.stays(60.0)
    assert habits.stays(5.0)
    for _ in range(3):
        habits.failed()
    assert habits.stays(60.0)
    for _ in range(3):
        habits.failed()
    assert not habits.stays(60.0)


def test_a_camera_that_fails_now_and_then_is_asked_as_before() -> None:
    habits = rtsp.Habits(Login("", ""))
    for _ in range(20):
        habits.failed()
        habits.worked()
        habits.worked()
    assert not habits.stays(60.0)


def test_nothing_is_learnt_of_a_camera_while_every_camera_fails() -> None:
    feeding = feed()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = rtsp.Settings(url=f"rtsp://127.0.0.1:{unused.getsockname()[1]}/c", timeout=4.0)

        def refused_thrice() -> bool:
            for _ in range(3):
                with pytest.raises(SourceError, match="no connection"):
                    asyncio.run(taken(rtsp, settings, 1, feeding))
            habits = feeding.memory["rtsp"]
            assert isinstance(habits, rtsp.Habits)
            return habits.turned

        for name in "abc":
            feeding.neighbours.failed(name, "timeout")
        assert not refused_thrice()
        feeding.neighbours.worked("a")
        assert refused_thrice()


def test_outages_say_when_every_camera_fails_at_once() -> None:
    async def scenario(url: str) -> list[Frame | Outage]:
        async def second(name: str) -> Frame | Outage:
            source = {"kind": "rtsp", "url": url, "timeout": 4.0}
            turns = frames(Camera(name=name, source=source, interval=1), SystemClock(), Limits(), seed=3)
            await anext(turns)
            await together.wait()
            outage = await anext(turns)
            # A camera that is followed no more is no neighbour.
            await together.wait()
            await turns.aclose()  # type: ignore[attr-defined]
            return outage

        together = asyncio.Barrier(3)
        return await asyncio.gather(*(second(name) for name in "abc"))

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outages = asyncio.run(scenario(f"rtsp://127.0.0.1:{unused.getsockname()[1]}/c"))
    for outage in outages:
        assert isinstance(outage, Outage)
        assert outage.message.endswith("; every camera fails: the trouble is likely on this side")


def test_addresses_hold_no_password() -> None:
    with pytest.raises(ConfigError, match='write user = "NAME"'):
        rtsp.Settings(url="rtsp://me:secret@cam/1")


def test_the_door_goes_on_after_a_fault_within_two_cadences() -> None:
    async def scenario() -> list[Frame | Outage]:
        line = Line(stream(), status={"PLAY": "500 Oops"})
        async with rtsp_peer(c=line) as camera:
            source = {"kind": "rtsp", "url": f"rtsp://127.0.0.1:{camera.port}/c", "timeout": 4.0}
            turns = frames(Camera(name="c", source=source, interval=1), SystemClock(), Limits(), seed=3)
            found = [await anext(turns)]
            line.status = {}
            found.append(await anext(turns))
            await turns.aclose()  # type: ignore[attr-defined]
            return found

    outage, frame = asyncio.run(scenario())
    assert isinstance(outage, Outage)
    assert isinstance(frame, Frame)
    assert frame.received - outage.time < timedelta(seconds=2)
