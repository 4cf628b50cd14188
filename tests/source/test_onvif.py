"""ONVIF: a virtual camera of another maker, a search on the loopback, and answers that lie."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from landwatch.clock import SystemClock
from landwatch.config import Secret
from landwatch.errors import ConfigError, SourceError
from landwatch.source import snapshot
from landwatch.source._onvif import About, _here, address_of, ask, discover
from landwatch.types import Frame
from tests.source.peers import JPEG, always, answer, feed, peer, request, taken

PASSWORD = "secret"


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture(scope="module")
def camera() -> Iterator[int]:
    """Give the port of a virtual camera."""
    if find_spec("ipycam") is None:
        # With its dependencies it would bring an OpenCV that shadows ours.
        why = "the virtual camera is not installed: pip install --no-deps ipycam"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    onvif, rtsp = free_port(), free_port()
    script = Path(__file__).with_name("ipycam_camera.py")
    command = [sys.executable, str(script), str(onvif), str(rtsp), "me", PASSWORD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield onvif
        process.terminate()


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)
    return Secret(env="TEST_PASSWORD")


def test_a_camera_tells_who_it_is_and_what_it_offers(camera: int, password: Secret) -> None:
    about = asyncio.run(ask("127.0.0.1", SystemClock(), port=camera, user="me", password=password))
    assert (about.manufacturer, about.model) == ("Peer Works", "One")
    assert about.drift is not None
    assert abs(about.drift) < timedelta(seconds=5)
    assert {offer.kind for offer in about.offers} == {"snapshot", "rtsp"}
    assert all("@" not in offer.url and "//127.0.0.1" in offer.url for offer in about.offers)


@pytest.mark.parametrize("user", ["", "me"])
def test_a_wrong_password_is_told(camera: int, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "other")
    given = Secret(env="TEST_PASSWORD") if user else None
    with pytest.raises(SourceError, match="user") as caught:
        asyncio.run(ask("127.0.0.1", SystemClock(), port=camera, user=user, password=given))
    assert caught.value.kind == "auth"
    assert "other" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answer(b"<html>hello</html>", kind="text/html"), "ONVIF at 127.0.0.1"),
        (answer(b"", status="404 Not Found"), "ONVIF at 127.0.0.1"),
        (answer(b"<a>" * 1000, kind="application/soap+xml"), "ONVIF at 127.0.0.1"),
        (answer(bytes(2_000_000), kind="application/soap+xml"), "ONVIF at 127.0.0.1"),
    ],
)
def test_what_is_no_onvif_gives_no_offers_or_is_told(reply: bytes, told: str) -> None:
    async def scenario() -> About:
        async with peer(always(reply)) as port:
            return await ask("127.0.0.1", SystemClock(), port=port, timeout=1.0)

    try:
        about = asyncio.run(scenario())
    except SourceError as error:
        assert told in str(error)  # noqa: PT017
    else:
        assert about.offers == ()


def test_a_camera_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceError) as caught:
        asyncio.run(ask("127.0.0.1", SystemClock(), port=1))
    assert caught.value.kind == "refused"


def now_at(clock: datetime) -> bytes:
    """Return what a camera answers that is asked for its time."""
    fields = ("Hour", "Minute", "Second"), ("Year", "Month", "Day")
    time, date = ("".join(f"<{one}>{getattr(clock, one.lower())}</{one}>" for one in some) for some in fields)
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetSystemDateAndTimeResponse '
        'xmlns="http://www.onvif.org/ver10/device/wsdl"><SystemDateAndTime><UTCDateTime '
        'xmlns="http://www.onvif.org/ver10/schema">'
        f"<Time>{time}</Time><Date>{date}</Date></UTCDateTime></SystemDateAndTime>"
        "</GetSystemDateAndTimeResponse></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize("dated", [True, False])
def test_a_clock_is_asked_for_once_an_hour_where_no_picture_tells_it(dated: bool) -> None:
    asked: list[bytes] = []

    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, headers = await request(reader)
            asked.append(await reader.readexactly(int(headers["content-length"])))
            clock = datetime.now(UTC) - timedelta(hours=3)
            writer.write(answer(now_at(clock), kind="application/soap+xml"))

    date = [f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}"] if dated else []

    async def scenario() -> list[Frame]:
        async with peer(device) as onvif, peer(always(answer(JPEG, *date))) as port:
            settings = snapshot.Settings(url=f"http://127.0.0.1:{port}/", onvif=onvif)
            return await taken(snapshot, settings, 3, feed())

    found = asyncio.run(scenario())
    assert sum(b"GetSystemDateAndTime" in body for body in asked) == (0 if dated else 1)
    assert not any(b"Username" in body for body in asked)
    for frame in found:
        assert frame.drift is not None
        assert abs(frame.drift.ahead + (0 if dated else 3 * 3600)) < 60


def test_a_clock_that_cannot_be_asked_costs_no_picture() -> None:
    async def scenario() -> list[Frame]:
        async with (
            peer(always(answer(b"no", status="500 Oops"))) as onvif,
            peer(always(answer(JPEG))) as port,
        ):
            settings = snapshot.Settings(url=f"http://127.0.0.1:{port}/", onvif=onvif)
            return await taken(snapshot, settings, 2, feed())

    assert [frame.drift for frame in asyncio.run(scenario())] == [None, None]


def test_link_local_addresses_are_not_asked() -> None:
    with pytest.raises(SourceError, match="allow_link_local"):
        asyncio.run(ask("169.254.169.254", SystemClock()))


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("rtsp://10.9.8.7:8554/live?x=1", "rtsp://cam:8554/live?x=1"),
        ("http://me:secret@169.254.169.254/latest", "http://cam/latest"),
        ("http://[::1]:99999/", None),
        ("nonsense", None),
    ],
)
def test_addresses_are_turned_to_the_host_that_was_asked(stated: str, kept: str | None) -> None:
    assert _here(stated, "cam") == kept


MATCH = """<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:ProbeMatches><d:ProbeMatch>
 <a:EndpointReference><a:Address>urn:uuid:{place}</a:Address></a:EndpointReference>
 <d:Scopes>onvif://www.onvif.org/name/Gate onvif://www.onvif.org/hardware/One</d:Scopes>
 <d:XAddrs>{place}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""


@contextmanager
def answering(*places: str) -> Iterator[None]:
    """Answer one search on the loopback with these places, and with what is no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", 3702))
        group = struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton("127.0.0.1"))
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        listener.settimeout(60.0)

        def reply() -> None:
            _, sender = listener.recvfrom(65535)
            for place in places:
                listener.sendto(MATCH.format(place=place).encode(), sender)
            listener.sendto(b"\xff" * 100, sender)

        thread = threading.Thread(target=reply, daemon=True)
        thread.start()
        yield
        thread.join()


def test_a_search_finds_cameras_on_its_interface_and_leaves_what_lies() -> None:
    lies = ("http://169.254.169.254/latest", "http://camera.example/x", "rubbish")
    with answering("http://192.0.2.7:8080/onvif", *lies):
        found = asyncio.run(discover("127.0.0.1", seconds=1.0))
    assert [(one.host, one.port, one.name, one.hardware) for one in found] == [
        ("192.0.2.7", 8080, "Gate", "One")
    ]


def test_an_interface_is_taken_by_name() -> None:
    assert address_of("lo") == "127.0.0.1"
    with pytest.raises(ConfigError, match=r"no network interface 'nowhere9'.*there are: .*lo"):
        address_of("nowhere9")
