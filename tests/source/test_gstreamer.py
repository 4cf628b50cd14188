"""An independent peer: Debian's GStreamer RTSP server, over TCP, UDP and TLS."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landwatch.config import Limits, Secret
from landwatch.errors import SourceError
from landwatch.sample import choose
from landwatch.source import rtsp
from landwatch.types import Pixels
from tests.source.peers import feed, taken

PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad "
    "gstreamer1.0-plugins-ugly"
)
PYTHON = "/usr/bin/python3"
ASK = """
import sys, gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, ("x264enc", "x265enc", "jpegenc", "rtph265pay"))))
"""


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[int], str]]:
    """Give the ports of the open, Digest, Basic and TLS servers, and the certificate's SHA-256."""
    there = Path(PYTHON).exists() and shutil.which("openssl")
    if not there or subprocess.run([PYTHON, "-c", ASK], capture_output=True, check=False).returncode:
        why = f"the GStreamer RTSP server is not installed: apt-get install {PACKAGES} openssl"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("peer")
    key, certificate, both = (folder / name for name in ("key.pem", "certificate.pem", "both.pem"))
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    both.write_text(key.read_text() + certificate.read_text())
    script = Path(__file__).with_name("gst_server.py")
    with subprocess.Popen(
        [PYTHON, script, both], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        ports = [int(word) for word in process.stdout.readline().split()]
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        yield ports, hashlib.sha256(der).hexdigest()
        process.terminate()


def grab(url: str, **settings: Any) -> Pixels:
    made = rtsp.Settings(url=url, timeout=5.0, key_wait=8.0, stay=False, **settings)
    (frame,) = asyncio.run(taken(rtsp, made, 1, feed()))
    return choose(frame, Limits()).uncleared


def is_colour_bars(pixels: Pixels) -> bool:
    """Return whether white, yellow and blue stand where SMPTE's bars have them, 7 to a width of 320."""
    wanted = {23: (255, 255, 255), 68: (255, 255, 0), 297: (0, 0, 255)}
    return all(np.abs(pixels[80, x].astype(int) - colour).max() < 30 for x, colour in wanted.items())


@pytest.mark.parametrize("codec", ["h264", "h265", "jpeg"])
@pytest.mark.parametrize("protocol", ["any", "udp"])
def test_every_codec_comes_over_tcp_and_udp(peer: tuple[list[int], str], codec: str, protocol: str) -> None:
    assert is_colour_bars(grab(f"rtsp://127.0.0.1:{peer[0][0]}/{codec}-{protocol}"))


@pytest.mark.parametrize("server", [1, 2])
def test_digest_and_basic_open_it(
    peer: tuple[list[int], str], server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "secret")
    url = f"rtsp://127.0.0.1:{peer[0][server]}/h264-any"
    assert is_colour_bars(grab(url, user="me", password=Secret(env="TEST_PASSWORD")))
    monkeypatch.setenv("TEST_PASSWORD", "other")
    with pytest.raises(SourceError, match="refuses the user or password"):
        grab(url, user="me", password=Secret(env="TEST_PASSWORD"))


def test_tls_is_taken_with_the_fingerprint_of_its_certificate(peer: tuple[list[int], str]) -> None:
    url = f"rtsps://127.0.0.1:{peer[0][3]}/h264-any"
    assert is_colour_bars(grab(url, fingerprint=peer[1]))
    with pytest.raises(SourceError, match="not the one of fingerprint"):
        grab(url, fingerprint="00" * 32)
    with pytest.raises(SourceError, match="not trusted"):
        grab(url)
