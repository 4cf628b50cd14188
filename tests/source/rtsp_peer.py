"""An RTSP camera that replays an encoded stream, with faults on its line. Shows nobody: noise and stripes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import random
import re
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from fractions import Fraction
from typing import Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from landwatch.source._auth import Login

Codec = Literal["h264", "hevc"]

TYPES = {"h264": (lambda unit: unit[0] & 31), "hevc": (lambda unit: unit[0] >> 1 & 63)}
SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}
KEYS = {"h264": {5}, "hevc": set(range(16, 22))}


@dataclass
class Stream:
    """Encoded pictures, each a list of units without start codes."""

    codec: Codec
    pictures: list[list[bytes]]
    rate: int = 25
    sets: dict[int, bytes] = field(default_factory=dict)
    _sums: tuple[bool, list[int]] | None = None

    def __post_init__(self) -> None:
        kind = TYPES[self.codec]
        for picture in self.pictures:
            self.sets.update({kind(unit): unit for unit in picture if kind(unit) in SETS[self.codec]})

    def sent_before(self, number: int, sets_sent: bool) -> int:
        """Return how many packets come before a picture since the stream began."""
        if self._sums is None or self._sums[0] != sets_sent:
            kind = TYPES[self.codec]
            counts = [
                sum(sets_sent or kind(one) not in SETS[self.codec] for _, one in self.packets(place))
                for place in range(len(self.pictures))
            ]
            self._sums = (sets_sent, [0, *itertools.accumulate(counts)])
        loop, place = divmod(number, len(self.pictures))
        return loop * self._sums[1][-1] + self._sums[1][place]

    def is_key(self, number: int) -> bool:
        kind = TYPES[self.codec]
        return any(kind(unit) in KEYS[self.codec] for unit in self.pictures[number % len(self.pictures)])

    def packets(self, number: int, mtu: int = 1400) -> list[tuple[bool, bytes]]:
        """Return the payloads of a picture, each with its marker."""
        out: list[tuple[bool, bytes]] = []
        for unit in self.pictures[number % len(self.pictures)]:
            if len(unit) <= mtu:
                out.append((False, unit))
                continue
            if self.codec == "h264":
                head, body, kind = bytes([unit[0] & 0xE0 | 28]), unit[1:], unit[0] & 31
            else:
                head, body, kind = bytes([unit[0] & 0x81 | 49 << 1, unit[1]]), unit[2:], unit[0] >> 1 & 63
            pieces = [body[at : at + mtu - 3] for at in range(0, len(body), mtu - 3)]
            for place, piece in enumerate(pieces):
                flags = (place == 0) << 7 | (place == len(pieces) - 1) << 6
                out.append((False, head + bytes([flags | kind]) + piece))
        out[-1] = (True, out[-1][1])
        return out


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """Return a picture of a bar that moves and noise that stays: each number's is told from the others'."""
    height, width = size
    noise = np.random.default_rng(1).integers(0, 60, (height, width), np.uint8)
    columns = (np.arange(width) * 32 // width == number % 32) * 120
    gray = (noise + columns.astype(np.uint8)[None, :] + 20).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def encoded(
    codec: Codec = "h264",
    size: tuple[int, int] = (240, 320),
    count: int = 30,
    gop: int = 10,
    kbit: int = 0,
    draw: Callable[[int, tuple[int, int]], np.ndarray] | None = None,
    **options: str,
) -> Stream:
    """Return an encoded stream."""
    name = {"h264": "libx264", "hevc": "libx265"}[codec]
    context = VideoCodecContext.create(name, "w")
    context.height, context.width = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    context.framerate = Fraction(25, 1)
    context.thread_count = 1
    context.gop_size = gop
    rate = f"bitrate={kbit}:vbv-maxrate={kbit}:vbv-bufsize={kbit}:" if kbit else ""
    common = f"{rate}keyint={gop}:min-keyint={gop}:scenecut=0:repeat-headers=1:annexb=1"
    if codec == "h264":
        context.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "x264-params": f"{common}:{options.pop('params', 'bframes=0')}",
        }
    else:
        context.options = {
            "preset": "ultrafast",
            "x265-params": f"{common}:log-level=none:pools=1:bframes=0:{options.pop('params', 'open-gop=0')}",
        }
    assert not options
    pictures: list[list[bytes]] = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray((draw or picture)(number, size), format="rgb24")
        frame.pts = number
        frame.pict_type = PictureType.NONE
        pictures += [split(bytes(packet)) for packet in context.encode(frame)]
    pictures += [split(bytes(packet)) for packet in context.encode()]
    return Stream(codec, pictures)


def split(stream: bytes) -> list[bytes]:
    """Return the units between the start codes."""
    return [unit for unit in (part.rstrip(b"\0") for part in stream.split(b"\0\0\1")) if unit]


@dataclass
class Line:
    """What goes wrong on one path."""

    stream: Stream
    drop: float = 0.0
    """Share of packets that are lost."""
    stall: float = 1e9
    """Nothing more is sent after so long. [s]"""
    close: float = 1e9
    """The connection ends after so long. [s]"""
    mute: str = ""
    """A method that is never answered."""
    status: dict[str, str] = field(default_factory=dict)
    """What a method is answered with instead of 200 OK."""
    sets_told: bool = True
    """Whether the description has the parameter sets."""
    sets_sent: bool = True
    """Whether they come with each key frame, too."""
    key_at_once: bool = True
    """Whether a viewer begins at a key frame; else where the stream is."""
    speed: float = 1.0
    user: str = ""
    password: str = ""
    tcp: bool = True
    early_marker: bool = False
    """Whether each slice ends with a marker."""
    ntp_at: float | None = None
    """Unix time of the stream's first picture, told by sender reports."""
    dated: datetime | None = None
    """What its replies say the time is."""
    extra: str = ""
    """Added to the description."""


class RtspPeer:
    """The server; `lines` may change while it runs."""

    def __init__(self, lines: dict[str, Line], seed: int = 1) -> None:
        self.lines = lines
        self.random = random.Random(seed)
        self.connections = 0
        self.torn = 0
        self.asked: list[str] = []
        self.port = 0
        self._begun = asyncio.get_running_loop().time()
        self._made: dict[tuple[int, int, int], tuple[list[bytes], bytes]] = {}

    def now(self, line: Line) -> int:
        """Return the number of the picture that is being taken."""
        return int((asyncio.get_running_loop().time() - self._begun) * line.stream.rate * line.speed)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        playing: asyncio.Task[None] | None = None
        line: Line | None = None
        udp: tuple[str, int] | None = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *rest = head.decode().strip().split("\r\n")
                method, url, _ = first.split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (one.partition(":") for one in rest)}
                self.asked.append(method)
                path = re.sub(r"^rtsps?://[^/]*/", "", url).split("/")[0].split("?")[0]
                line = self.lines.get(path, line)
                status, extra, body = "200 OK", "", b""
                if line is None:
                    status = "404 Not Found"
                elif line.mute == method:
                    await asyncio.Event().wait()
                elif line.user and not self._admits(line, method, headers):
                    status = "401 Unauthorized"
                    extra = 'WWW-Authenticate: Digest realm="r", nonce="n"\r\n'
                elif method in line.status:
                    status, _, extra = line.status[method].partition("|")
                elif method == "DESCRIBE":
                    body = self._describe(line)
                    extra = f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n"
                elif method == "SETUP":
                    ports = re.search(r"client_port=(\d+)", headers["transport"])
                    if ports:
                        udp = ("127.0.0.1", int(ports[1]))
                        extra = f"Transport: {headers['transport']};server_port=5000-5001\r\n"
                    elif not line.tcp:
                        status = "461 Unsupported Transport"
                    else:
                        extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                    extra += "Session: 7;timeout=60\r\n"
                elif method == "TEARDOWN":
                    self.torn += 1
                if line is not None and line.dated is not None:
                    extra += f"Date: {format_datetime(line.dated, usegmt=True)}\r\n"
                reply = f"RTSP/1.0 {status}\r\nCSeq: {headers['cseq']}\r\n{extra}"
                writer.write(f"{reply}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                if method == "PLAY" and status == "200 OK":
                    assert line is not None
                    playing = asyncio.create_task(self._play(line, writer, udp))
                if method == "TEARDOWN":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            if playing is not None:
                playing.cancel()
            writer.close()

    def _admits(self, line: Line, method: str, headers: dict[str, str]) -> bool:
        given = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("authorization", "")))
        login = Login(line.user, line.password)
        login.asked(['Digest realm="r", nonce="n"'])
        return headers.get("authorization") == login.answer(method, given.get("uri", ""))

    def _describe(self, line: Line) -> bytes:
        told = [base64.b64encode(line.stream.sets[kind]).decode() for kind in SETS[line.stream.codec]]
        if line.stream.codec == "h264":
            name, sets = "H264", f"packetization-mode=1;sprop-parameter-sets={','.join(told)}"
        else:
            name, sets = "H265", "sprop-vps={};sprop-sps={};sprop-pps={}".format(*told)
        text = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=cam\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:audio\r\n"
        )
        text += f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\n"
        text += f"a=fmtp:96 {sets}\r\n" if line.sets_told else "a=fmtp:96 packetization-mode=1\r\n"
        return (text + line.extra + "a=control:track1\r\n").encode()

    async def _play(self, line: Line, writer: asyncio.StreamWriter, udp: tuple[str, int] | None) -> None:
        loop = asyncio.get_running_loop()
        begun, stream = loop.time(), line.stream
        number = self.now(line)
        shift = 0
        if line.key_at_once:
            while not stream.is_key(number - shift) and shift < len(stream.pictures):
                shift += 1
        sender = None
        if udp is not None:
            sender, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=udp)
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                due = self._begun + number / stream.rate / line.speed
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if loop.time() - begun > line.close:
                    writer.close()
                    break
                if loop.time() - begun < line.stall:
                    packets, wire = self._picture(line, number, shift)
                    if line.drop:
                        packets = [one for one in packets if self.random.random() >= line.drop]
                        wire = interleaved(packets)
                    if sender is not None:
                        for one in packets:
                            sender.sendto(one)
                    else:
                        if line.ntp_at is not None:
                            writer.write(self._report(line, number))
                        writer.write(wire)
                        await writer.drain()
                number += 1
        if sender is not None:
            sender.close()

    def _picture(self, line: Line, number: int, shift: int) -> tuple[list[bytes], bytes]:
        """Return the packets of picture `number - shift`, sent as `number`: made once for all viewers."""
        key = (id(line), number, shift)
        if key not in self._made:
            if len(self._made) > 200:
                self._made.clear()
            stream, kind = line.stream, TYPES[line.stream.codec]
            payloads = stream.packets(number - shift)
            if not line.sets_sent:
                payloads = [one for one in payloads if kind(one[1]) not in SETS[stream.codec]]
            # Numbered by the picture's place in the stream, so that every viewer gets the same bytes.
            first = stream.sent_before(number - shift, line.sets_sent)
            time = number * 90000 // stream.rate & 0xFFFFFFFF
            packets = []
            for place, (marker, payload) in enumerate(payloads):
                end = marker or (line.early_marker and kind(payload) in KEYS[stream.codec])
                head = struct.pack(">BBHII", 0x80, end << 7 | 96, (first + place) & 0xFFFF, time, 0x1234)
                packets.append(head + payload)
            self._made[key] = packets, interleaved(packets)
        return self._made[key]

    def _report(self, line: Line, number: int) -> bytes:
        assert line.ntp_at is not None
        wall = line.ntp_at + number / line.stream.rate + 2_208_988_800
        time = number * 90000 // line.stream.rate
        fraction = int(wall % 1 * 2**32)
        report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 1, int(wall), fraction, time & 0xFFFFFFFF, 0, 0)
        return struct.pack(">BBH", 0x24, 1, len(report)) + report


def interleaved(packets: list[bytes]) -> bytes:
    """Return packets as they go over the RTSP connection."""
    return b"".join(struct.pack(">BBH", 0x24, 0, len(one)) + one for one in packets)


@asynccontextmanager
async def rtsp_peer(port: int = 0, seed: int = 1, **lines: Line) -> AsyncIterator[RtspPeer]:
    """Give a running server of cameras, by path."""
    peer = RtspPeer(lines, seed)
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await peer.talk(reader, writer)

    server = await asyncio.start_server(one, "127.0.0.1", port)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
