"""Snapshot and MJPEG cameras, well and ill."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits, Secret
from landwatch.errors import ConfigError, SourceError
from landwatch.sample import choose
from landwatch.source import frames, mjpeg, snapshot
from landwatch.source._auth import Login
from landwatch.source._multipart import Parts, TooLong, boundary_of
from landwatch.types import Outage
from tests.source.peers import JPEG, Talk, always, answer, feed, peer, request, taken


def run(
    talk: Talk, count: int = 1, module: Any = snapshot, feeding: Any = None, **settings: Any
) -> list[Any]:
    async def scenario() -> list[Any]:
        async with peer(talk) as port:
            options = {"url": f"http://127.0.0.1:{port}/pic?size=1", "timeout": 3.0, **settings}
            return await taken(module, module.Settings(**options), count, feeding or feed())

    return asyncio.run(scenario())


def fault(talk: Talk, module: Any = snapshot, **settings: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        run(talk, 1, module, **settings)
    return caught.value


def test_a_snapshot_is_taken_and_its_connection_kept() -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await always(answer(JPEG))(reader, writer)

    found = run(talk, 3)
    assert connections == 1
    assert len({frame.name for frame in found}) == 3
    assert all(choose(frame, Limits()).uncleared.shape == (48, 64, 3) for frame in found)


def test_the_age_that_the_camera_states_is_taken_from_arrival() -> None:
    # Its clock is three hours slow, which does not matter.
    made = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    date = format_datetime(made + timedelta(seconds=5), usegmt=True)
    stated = f"Last-Modified: {format_datetime(made, usegmt=True)}"
    (frame,) = run(always(answer(JPEG, f"Date: {date}", stated)))
    assert abs(frame.age - timedelta(seconds=5)) < timedelta(seconds=3)
    assert frame.drift is not None
    assert abs(frame.drift.ahead + 3 * 3600 - 5) < 3
    assert frame.time_from == "clock"


def test_last_modified_alone_is_the_capture_time() -> None:
    made = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
    (frame,) = run(always(answer(JPEG, f"Last-Modified: {format_datetime(made, usegmt=True)}")))
    assert frame.taken == made + timedelta(seconds=0.5)


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    (frame,) = run(always(answer(JPEG, "Last-Modified: Thu, 01 Jan 1970 00:00:09 GMT")))
    assert frame.taken == frame.received


def test_a_server_that_hangs_is_a_time_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    told = fault(talk, timeout=0.1)
    assert told.kind == "timeout"
    assert "nothing came for 0.1 s" in str(told)


def test_a_refusing_port_is_named_without_the_query() -> None:
    async def scenario() -> None:
        async with peer(always(b"")) as port:
            pass
        settings = snapshot.Settings(url=f"http://127.0.0.1:{port}/pic?size=1")
        with pytest.raises(SourceError, match=rf"^http://127\.0\.0\.1:{port}/pic: no connection") as caught:
            await taken(snapshot, settings, 1, feed())
        assert caught.value.kind == "refused"

    asyncio.run(scenario())


def test_an_html_answer_is_named_by_its_title() -> None:
    page = b"<!DOCTYPE html><html><head><title>Web Client</title></head></html>"
    told = fault(always(answer(page, kind="text/html")))
    assert "an HTML page titled 'Web Client', not a picture" in str(told)


def test_something_else_is_named_by_its_first_bytes() -> None:
    assert "4 bytes of 'image/gif', not a JPEG; starts 47494638" in str(
        fault(always(answer(b"GIF8", kind="image/gif")))
    )


def test_a_body_cut_short_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(answer(JPEG)[:-20])

    assert "cut short" in str(fault(talk))


def test_an_endless_body_ends_at_the_limit() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff")
        while True:
            writer.write(bytes(100_000))
            await writer.drain()

    for module in (snapshot, mjpeg):
        told = fault(talk, module, feeding=feed(megabytes=1))
        assert "a picture beyond 1 MB (limits.megabytes)" in str(told)


def test_a_slow_drip_ends_though_bytes_keep_coming() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff")
        while True:
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(0.02)

    told = fault(talk, timeout=0.4)
    assert told.kind == "timeout"
    assert "one picture took more than 1.2 s" in str(told)


@pytest.mark.parametrize(
    ("status", "kind"), [("404 Not Found", "missing"), ("403 Forbidden", "auth"), ("500 Oops", "protocol")]
)
def test_other_answers_are_told_by_number(status: str, kind: str) -> None:
    told = fault(always(answer(b"no", status=status)))
    assert told.kind == kind
    assert status[:3] in str(told)


def digest_camera(user: str, password: str, algorithm: str = "MD5") -> Callable[..., Any]:
    """Return a camera that checks Digest as RFC 7616 says, with its own sums."""

    def sha(text: str) -> str:
        return hashlib.new(algorithm.lower().replace("-", ""), text.encode()).hexdigest()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            line, headers = await request(reader)
            given = dict(re.findall(r'(\w+)="?([^",]+)"?', headers.get("authorization", "")))
            first, second = sha(f"{user}:cam:{password}"), sha(f"GET:{line.split()[1]}")
            middle = f"n1:{given.get('nc')}:{given.get('cnonce')}:auth"
            if given.get("response") == sha(f"{first}:{middle}:{second}"):
                writer.write(answer(JPEG))
            else:
                asks = f'Digest realm="cam", nonce="n1", qop="auth", algorithm={algorithm}, opaque="x"'
                basic = 'WWW-Authenticate: Basic realm="cam"'
                writer.write(answer(b"", basic, f"WWW-Authenticate: {asks}", status="401 No"))
            await writer.drain()

    return talk


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("TEST_PASSWORD", "grün:pass,word")
    return Secret(env="TEST_PASSWORD")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_digest_opens_the_camera(password: Secret, algorithm: str) -> None:
    talk = digest_camera("me", "grün:pass,word", algorithm)
    assert len(run(talk, 3, user="me", password=password)) == 3


def test_basic_opens_a_camera_that_knows_nothing_better(password: Secret) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, headers = await request(reader)
            good = headers.get("authorization") == "Basic bWU6Z3LDvG46cGFzcyx3b3Jk"
            asks = 'WWW-Authenticate: Basic realm="cam"'
            writer.write(answer(JPEG) if good else answer(b"", asks, status="401 No"))
            await writer.drain()

    assert len(run(talk, 2, user="me", password=password)) == 2


def test_a_wrong_password_is_told_and_not_shown(password: Secret) -> None:
    told = fault(digest_camera("me", "other"), user="me", password=password)
    assert told.kind == "auth"
    assert "refuses the user or password" in str(told)
    assert "grün" not in str(told)


def test_a_missing_password_is_told() -> None:
    assert "wants a user and a password" in str(fault(digest_camera("me", "other")))


def test_a_camera_that_spoke_digest_gets_no_bare_password() -> None:
    login = Login("me", "secret")
    assert login.asked(['Digest realm="a", nonce="1"'])
    assert not login.asked(['Basic realm="a"'])
    answered = login.answer("GET", "/")
    assert answered is not None
    assert answered.startswith("Digest ")


def test_the_example_of_rfc_2069_holds_without_qop() -> None:
    login = Login("Mufasa", "CircleOfLife")
    login.asked(
        ['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"']
    )
    answered = login.answer("GET", "/dir/index.html")
    # RFC 2069 section 2.4 with the erratum's value.
    assert answered is not None
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answered


def test_a_new_nonce_is_answered_again() -> None:
    login = Login("me", "secret")
    assert login.asked(['Digest realm="a", nonce="1"'])
    login.answer("GET", "/")
    assert login.asked(['Digest realm="a", nonce="2", stale=true'])
    login.answer("GET", "/")
    assert not login.asked(['Digest realm="a", nonce="3"'])


@given(st.lists(st.text(max_size=200), max_size=3))
def test_no_challenge_breaks_the_login(challenges: list[str]) -> None:
    login = Login("me", "secret")
    login.asked(challenges)
    login.answer("GET", "/")


def test_a_redirect_on_the_same_host_is_followed() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            line, _ = await request(reader)
            moved = answer(b"", "Location: /new?a=1", status="302 Moved")
            writer.write(answer(JPEG) if "/new?a=1" in line else moved)
            await writer.drain()

    assert len(run(talk)) == 1


@pytest.mark.parametrize(
    "there", ["http://169.254.169.254/latest", "http://127.0.0.1:1/x", "file:///etc/passwd"]
)
def test_a_redirect_elsewhere_is_not_followed(there: str) -> None:
    told = fault(always(answer(b"", f"Location: {there}", status="302 Moved")))
    assert "which is not followed" in str(told)


def test_a_redirect_in_circles_ends() -> None:
    told = fault(always(answer(b"", "Location: /pic", status="302 Moved")))
    assert "more than 3 redirects" in str(told)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://me:secret@cam/pic", 'write user = "NAME"'),
        ("http://cam/pic?user=me&pwd=secret", "write pwd={password} there"),
        ("ftp://cam/pic", "begins with 'ftp'; it may begin with http, https"),
        ("http:///pic", "names no host"),
        ("http://cam:99999/pic", "no URL"),
        ("http://cam/a b", "a space"),
    ],
)
def test_addresses_are_checked_at_the_start_and_never_shown_whole(url: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        snapshot.Settings(url=url)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value).replace("has a secret in", "")


def test_a_query_takes_the_password_where_a_camera_knows_no_other_way(password: Secret) -> None:
    lines: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await request(reader))[0])
        writer.write(answer(JPEG))

    async def scenario() -> None:
        async with peer(talk) as port:
            url = f"http://127.0.0.1:{port}/pic?u={{user}}&pwd={{password}}"
            await taken(snapshot, snapshot.Settings(url=url, user="me", password=password), 1, feed())

    asyncio.run(scenario())
    assert lines == ["GET /pic?u=me&pwd=gr%C3%BCn%3Apass%2Cword HTTP/1.1"]


def test_metadata_addresses_are_not_asked() -> None:
    settings = snapshot.Settings(url="http://169.254.169.254/latest/meta-data")
    with pytest.raises(SourceError, match="link-local or metadata"):
        asyncio.run(taken(snapshot, settings, 1, feed()))


def stream(*parts: bytes, boundary: str = "--b", lengths: bool = True) -> bytes:
    out = b""
    for part in parts:
        length = f"Content-Length: {len(part)}\r\n" if lengths else ""
        out += f"{boundary}\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + part + b"\r\n"
    return out


def mjpeg_camera(*sent: bytes, stay: bool = True) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n")
        for piece in sent:
            writer.write(piece)
        await writer.drain()
        if stay:
            await reader.read()

    return talk


@pytest.mark.parametrize("stay", [True, False])
def test_mjpeg_gives_a_picture_each_turn(stay: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n")
        while True:
            writer.write(stream(JPEG))
            await writer.drain()
            await asyncio.sleep(0.005)

    found = run(talk, 3, mjpeg, stay=stay)
    assert all(choose(frame, Limits()).uncleared.shape == (48, 64, 3) for frame in found)


def test_a_stream_that_ends_is_told() -> None:
    told = fault(mjpeg_camera(stay=False), mjpeg)
    assert told.kind == "ended"


def test_a_stream_that_stalls_is_a_time_out() -> None:
    told = fault(mjpeg_camera(stream(JPEG)[:40]), mjpeg, timeout=0.4)
    assert told.kind == "timeout"


@pytest.mark.parametrize("boundary", ["b", "--b", '"b"'])
def test_boundaries_may_stray(boundary: str) -> None:
    assert boundary_of(f"multipart/x-mixed-replace;boundary={boundary}") == b"--b"
    assert boundary_of("image/jpeg") is None


@given(
    st.lists(
        st.binary(max_size=300).map(lambda b: b"\xff\xd8" + b.replace(b"-", b"") + b"\xff\xd9"), max_size=5
    ),
    st.booleans(),
    st.lists(st.integers(1, 90), min_size=1),
)
def test_parts_come_out_as_they_went_in(parts: list[bytes], lengths: bool, cuts: list[int]) -> None:
    whole = stream(*parts, lengths=lengths) + b"--b\r\n"
    cutter = Parts(b"--b", 10_000)
    found: list[bytes] = []
    at = turn = 0
    while at < len(whole):
        step = cuts[turn % len(cuts)]
        found += [bytes(part) for _, part in cutter.feed(whole[at : at + step])]
        at, turn = at + step, turn + 1
    assert found == parts


@given(st.lists(st.binary(max_size=5000), max_size=10))
def test_no_bytes_break_the_cutter_or_grow_it(chunks: list[bytes]) -> None:
    cutter = Parts(b"--b", 10_000)
    with contextlib.suppress(TooLong):
        for chunk in chunks:
            cutter.feed(chunk)
            assert len(cutter._rest) <= 15_000


def test_a_part_beyond_the_limit_is_refused_by_its_head() -> None:
    with pytest.raises(ValueError, match="a part of 20000 bytes"):
        Parts(b"--b", 10_000).feed(b"--b\r\nContent-Length: 20000\r\n\r\n")


def test_the_door_tells_an_outage_and_goes_on() -> None:
    turns = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turns
        turns += 1
        await request(reader)
        writer.write(answer(b"busy", status="503 Busy") if turns == 1 else answer(JPEG))

    async def scenario() -> list[Any]:
        async with peer(talk) as port:
            source = {"kind": "snapshot", "url": f"http://127.0.0.1:{port}/"}
            camera = Camera(name="c", source=source, interval=1)
            stream = frames(camera, SystemClock(), Limits(), seed=3)
            found = [await anext(stream), await anext(stream)]
            await stream.aclose()  # type: ignore[attr-defined]
            return found

    outage, frame = asyncio.run(scenario())
    assert isinstance(outage, Outage)
    assert "it answered 503" in outage.message
    assert frame.encoding == "jpeg"


def test_a_part_tells_its_own_time() -> None:
    made = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
    head = f"--b\r\nContent-Length: {len(JPEG)}\r\nX-Timestamp: {made.timestamp():.3f}\r\n\r\n".encode()
    (frame,) = run(mjpeg_camera(head + JPEG + b"\r\n"), 1, mjpeg)
    assert frame.taken == made


def test_a_password_that_is_not_there_costs_its_camera_alone() -> None:
    async def scenario() -> Any:
        source = {"kind": "snapshot", "url": "http://127.0.0.1:1/", "password": {"env": "NOWHERE_TO_BE_SEEN"}}
        stream = frames(Camera(name="c", source=source), SystemClock(), Limits())
        turn = await anext(stream)
        await stream.aclose()
        return turn

    outage = asyncio.run(scenario())
    assert (outage.kind, outage.message) == (
        "auth",
        "the environment variable NOWHERE_TO_BE_SEEN is not set",
    )
