"""An RTSP server for simulated cameras: H.264 over RTP, interleaved in the RTSP connection.

References:
    [1] RFC 2326, "Real Time Streaming Protocol (RTSP)", 1998; section 10.12 for interleaved data.
    [2] RFC 6184, "RTP Payload Format for H.264 Video", 2011; section 5.8 for fragments (FU-A).
    [3] RFC 3550, "RTP: A Transport Protocol for Real-Time Applications", 2003; section 6.4.1 for
        sender reports, which tie RTP time to the time of capture.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fractions
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import format_datetime
from typing import cast
from urllib.parse import urlsplit

import av
from av.video.frame import PictureType

from landwatch.clock import Now
from landwatch.valley.access import Gate
from landwatch.valley.arrays import Pixels
from landwatch.valley.cameras import SimulatedCamera
from landwatch.valley.studio import Shot, Studio

__all__ = ["RtspServer"]

CLOCK = 90_000
"""RTP time of video. [1/s]"""

PAYLOAD = 1400
"""Greatest RTP payload. [byte]"""

PAYLOAD_TYPE = 96
"""The first dynamic one."""

SOURCE = 0x1A4D3A7C
"""RTP's synchronisation source."""

BACKLOG = 4 << 20
"""A viewer who has not taken this much is let go. [byte]"""

REPEAT = 0.25
"""Between frames; those between two pictures repeat the last one, which costs next to nothing, so that
a viewer who measures a stream before showing it need not wait long. [s]"""

IDLE = 75.0
"""A connection that says nothing for so long is closed. [s]"""

NTP_EPOCH = 2_208_988_800
"""From 1900 to 1970. [s]"""

SPS, PPS, DELIMITER, FU_A = 7, 8, 9, 28
"""Types of H.264's units."""


class Encoder:
    """H.264 of one camera, without delay: a frame in, a packet out."""

    def __init__(self, camera: SimulatedCamera) -> None:
        context = av.CodecContext.create("libx264", "w")
        context.height, context.width = camera.size
        context.pix_fmt = "yuv420p"
        context.time_base = fractions.Fraction(1, CLOCK)
        context.framerate = fractions.Fraction(
            max(round(1 / min(REPEAT, camera.interval.total_seconds())), 1), 1
        )
        context.thread_count = 1
        context.gop_size = 10_000  # key frames are asked for one by one
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "crf": "23",
            "x264-params": "scenecut=0:repeat-headers=1:annexb=1",
        }
        self._context = context

    def encode(self, pixels: Pixels, at: int, key: bool) -> list[bytes]:
        """Return the units of a frame at RTP time `at`, without start codes and delimiters."""
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts = at
        frame.time_base = fractions.Fraction(1, CLOCK)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        packets = self._context.encode(frame)
        return [unit for packet in packets for unit in _units(bytes(packet)) if unit[0] & 31 != DELIMITER]


def _units(stream: bytes) -> Iterator[bytes]:
    """Yield the units between the start codes of Annex B."""
    start = stream.find(b"\0\0\1")
    while start >= 0:
        end = stream.find(b"\0\0\1", start + 3)
        unit = stream[start + 3 : end if end >= 0 else len(stream)]
        if unit := (unit.rstrip(b"\0") if end >= 0 else unit):
            yield unit
        start = end


def _payloads(units: list[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Yield the payloads of a frame, each with whether it is the frame's last [2]."""
    for number, unit in enumerate(units):
        is_last = number == len(units) - 1
        if len(unit) <= PAYLOAD:
            yield is_last, unit
            continue
        indicator, kind, body = unit[0] & 0xE0 | FU_A, unit[0] & 31, unit[1:]
        room = PAYLOAD - 2
        for start in range(0, len(body), room):
            ends = start + room >= len(body)
            header = bytes((indicator, (start == 0) << 7 | ends << 6 | kind))
            yield is_last and ends, header + body[start : start + room]


class _Viewer:
    """One connection that plays."""

    def __init__(self, writer: asyncio.StreamWriter, channel: int) -> None:
        self.writer = writer
        self.waits_for_key = True
        self._channel = channel
        self._sequence = 0
        self._packets = self._octets = 0

    def send(self, units: list[bytes], at: int, taken: datetime) -> None:
        """Send one frame, with a report that says when it was taken."""
        out = [self._report(at, taken)]
        for is_last, payload in _payloads(units):
            header = struct.pack(
                ">BBHII", 0x80, is_last << 7 | PAYLOAD_TYPE, self._sequence, at & 0xFFFFFFFF, SOURCE
            )
            out.append(
                struct.pack(">BBH", 0x24, self._channel, len(header) + len(payload)) + header + payload
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._packets += 1
            self._octets += len(payload)
        self.writer.write(b"".join(out))
        if self.writer.transport.get_write_buffer_size() > BACKLOG:
            self.writer.close()

    def _report(self, at: int, taken: datetime) -> bytes:
        seconds = taken.timestamp() + NTP_EPOCH
        whole = int(seconds)
        report = struct.pack(
            ">BBHIIIIII", 0x80, 200, 6, SOURCE, whole & 0xFFFFFFFF, int((seconds - whole) * 2**32),
            at & 0xFFFFFFFF, self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF,
        )  # fmt: skip
        return struct.pack(">BBH", 0x24, self._channel + 1, len(report)) + report


class _Stream:
    """What one camera sends to all its viewers; it works only while there are any."""

    def __init__(self, studio: Studio, workers: ThreadPoolExecutor) -> None:
        self.studio = studio
        self._workers = workers
        self._encoder = Encoder(studio.camera)
        self._viewers: set[_Viewer] = set()
        self._task: asyncio.Task[None] | None = None
        self._newcomer = asyncio.Event()
        self._began = time.monotonic()
        self._frames = 0
        self._sets: tuple[bytes, bytes] | None = None

    async def parameter_sets(self) -> tuple[bytes, bytes]:
        """Return the sequence's and the picture's parameter set."""
        if self._sets is None:
            units, _, _ = await self._encode(await self.studio.shot(), key=True)
            by_type = {unit[0] & 31: unit for unit in units}
            self._sets = by_type[SPS], by_type[PPS]
        return self._sets

    async def _encode(self, shot: Shot, *, key: bool) -> tuple[list[bytes], int, datetime]:
        """Return the units of a frame, its RTP time and when its picture was taken."""
        at = max(int((time.monotonic() - self._began) * CLOCK), self._frames)
        self._frames = at + 1
        loop = asyncio.get_running_loop()
        units = await loop.run_in_executor(self._workers, self._encoder.encode, shot.pixels, at, key)
        return units, at, shot.moment

    def join(self, viewer: _Viewer) -> None:
        """Send to this viewer too, from a key frame at once on."""
        self._viewers.add(viewer)
        self._newcomer.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())

    def leave(self, viewer: _Viewer) -> None:
        """Send to this viewer no more."""
        self._viewers.discard(viewer)

    async def close(self) -> None:
        """End the sending."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _send(self) -> None:
        camera, pictures, last = self.studio.camera, 0, None
        while self._viewers:
            self._newcomer.clear()
            is_new = (shot := await self.studio.shot()) is not last
            key = any(viewer.waits_for_key for viewer in self._viewers)
            if is_new:
                key, pictures, last = key or pictures % camera.key_every == 0, pictures + 1, shot
            units, at, taken = await self._encode(shot, key=key)
            for viewer in list(self._viewers):
                if viewer.writer.is_closing():
                    self.leave(viewer)
                elif camera.trouble("close", taken):
                    viewer.writer.close()
                elif not camera.trouble("stall", taken) and (key or not viewer.waits_for_key):
                    viewer.send(units, at, taken)
                    viewer.waits_for_key = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(REPEAT, camera.interval.total_seconds())):
                    await self._newcomer.wait()


class RtspServer:
    """Serves the RTSP cameras of a valley on one port of the loopback."""

    def __init__(self, studios: dict[str, Studio], workers: ThreadPoolExecutor, now: Now) -> None:
        self.now = now
        self._streams = {name: _Stream(studio, workers) for name, studio in studios.items()}
        self._gates = {
            name: Gate(studio.camera.user, studio.camera.password or "")
            for name, studio in studios.items()
            if studio.camera.user is not None
        }
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port."""
        self._server = await asyncio.start_server(self._accept, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """End all connections and tasks."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        for stream in self._streams.values():
            await stream.close()
        if self._server is not None:
            await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._talks.add(task)
        talk = _Talk(self, reader, writer)
        try:
            await talk.run()
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            TimeoutError,
            ValueError,
        ):
            pass  # the viewer went away, or speaks something else: there is nobody to answer
        except asyncio.CancelledError:
            pass  # the server closes; the task ends here by itself
        finally:
            talk.end()
            self._talks.discard(task)

    def stream(self, name: str) -> _Stream | None:
        """Return the stream of a camera, or None."""
        return self._streams.get(name)

    def admits(self, name: str, authorization: str, method: str) -> bool:
        """Return whether the camera lets this request in."""
        gate = self._gates.get(name)
        return gate is None or gate.admits(authorization, method)

    def challenge(self, name: str) -> str:
        """Return what the camera asks for."""
        return self._gates[name].challenge()


class _Talk:
    """One connection's requests and answers."""

    def __init__(
        self, server: RtspServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._stream: _Stream | None = None
        self._viewer: _Viewer | None = None
        self._channel = 0

    def end(self) -> None:
        """Leave the stream and close the connection."""
        if self._stream is not None and self._viewer is not None:
            self._stream.leave(self._viewer)
        self._writer.close()

    async def run(self) -> None:
        """Answer requests until the viewer leaves."""
        while True:
            async with asyncio.timeout(IDLE):
                head = await self._request()
            method, url, fields = _parse(head)
            if int(fields.get("content-length", "0") or "0"):
                await self._reader.readexactly(int(fields["content-length"]))
            status, extra, body = await self._answer(method, url, fields)
            if body:
                extra = f"{extra}Content-Length: {len(body)}\r\n"
            dated = format_datetime(self._server.now(), usegmt=True)
            common = f"CSeq: {fields.get('cseq', '0')}\r\nDate: {dated}\r\n"
            self._writer.write(f"RTSP/1.0 {status}\r\n{common}{extra}\r\n{body}".encode())
            await self._writer.drain()
            if method == "TEARDOWN":
                return
            if method == "PLAY" and status.startswith("200") and self._viewer is None:
                assert self._stream is not None
                self._viewer = _Viewer(self._writer, self._channel)
                self._stream.join(self._viewer)

    async def _request(self) -> bytes:
        """Return the next request's head; a viewer's reports in between are skipped."""
        while (first := await self._reader.readexactly(1)) == b"$":
            _, length = struct.unpack(">BH", await self._reader.readexactly(3))
            await self._reader.readexactly(length)
        return first + await self._reader.readuntil(b"\r\n\r\n")

    async def _answer(self, method: str, url: str, fields: dict[str, str]) -> tuple[str, str, str]:
        """Return status, header lines and body."""
        name = urlsplit(url).path.strip("/").split("/")[0]
        stream = self._server.stream(name)
        if method == "OPTIONS":
            return "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n", ""
        if stream is None:
            return "404 Not Found", "", ""
        if not self._server.admits(name, fields.get("authorization", ""), method):
            return "401 Unauthorized", f"WWW-Authenticate: {self._server.challenge(name)}\r\n", ""
        if method == "DESCRIBE":
            sets = await stream.parameter_sets()
            return (
                "200 OK",
                f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n",
                _describe(stream, sets),
            )
        if method == "SETUP":
            transport = fields.get("transport", "")
            if "TCP" not in transport:
                return "461 Unsupported transport", "", ""
            if "interleaved=" in transport:
                self._channel = int(transport.split("interleaved=")[1].split("-")[0].split(";")[0])
            self._stream = stream
            agreed = f"RTP/AVP/TCP;unicast;interleaved={self._channel}-{self._channel + 1}"
            return "200 OK", f"Transport: {agreed}\r\nSession: 1;timeout=60\r\n", ""
        if method == "PLAY" and self._stream is None:
            return "455 Method Not Valid in This State", "", ""
        if method in ("PLAY", "PAUSE", "GET_PARAMETER", "SET_PARAMETER", "TEARDOWN"):
            return "200 OK", "Session: 1\r\n" + ("Range: npt=0-\r\n" if method == "PLAY" else ""), ""
        return "501 Not Implemented", "", ""


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Return method, address and header fields of a request.

    Raises:
        ConnectionError: if it is no RTSP request.
    """
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/"):
        raise ConnectionError(f"not an RTSP request: {lines[0][:60]!r}")
    pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
    return words[0], words[1], {key.strip().lower(): value.strip() for key, value in pairs}


def _describe(stream: _Stream, sets: tuple[bytes, bytes]) -> str:
    """Return the session's description (SDP)."""
    camera = stream.studio.camera
    form = f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1"
    if not any(trouble.kind == "no_parameter_sets" for trouble in camera.troubles):
        coded = ",".join(base64.b64encode(one).decode() for one in sets)
        form += f";profile-level-id={sets[0][1:4].hex()};sprop-parameter-sets={coded}"
    return (
        f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns={camera.name}\r\nt=0 0\r\nm=video 0 RTP/AVP {PAYLOAD_TYPE}\r\n"
        f"c=IN IP4 0.0.0.0\r\na=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK}\r\n{form}\r\na=control:track1\r\n"
    )
