"""One RTSP connection to one camera: asks for its video and gives key frames.

Everything between two wanted pictures is let go unread as far as TCP allows: reading is paused for a
moment after each look, so that a stream of 25 pictures a second wakes this process ten times and not
fifty.

References:
    [1] RFC 2326, RTSP 1.0.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from landwatch.errors import SourceError
from landwatch.source._address import Address, resolved, slot
from landwatch.source._auth import Login
from landwatch.source._h26x import Units
from landwatch.source._rtp import Reports
from landwatch.source._rtp_jpeg import JpegUnits
from landwatch.source._rtsp_wire import BadWire, Reply, Wire
from landwatch.source._sdp import Codec, Described, Media
from landwatch.source._told import Told, by_date

__all__ = ["KeyFrame", "NoKeyFrame", "Session", "Terms"]

PAUSE_S = 0.2
"""Between two looks at a stream that holds nothing wanted. [s] A camera's 8 Mbit/s fill 200 kB meanwhile."""

RECEIVE = 1 << 18
"""Receive buffer, so that a key frame has room while nobody looks. [byte] The system may give less."""

SETTLE_S = 0.15
"""Silence after which the marker of a picture's last packet is believed. [s] Longer than between two
pictures of most streams; some firmwares set the marker on each slice."""

KEEP_ALIVE_S = 25.0
"""Between two signs of life; cameras end a session after 60 s without one. [s]"""

BACKLOG = 25
"""Pictures of a stream without key frames that wait to be decoded before reading is paused."""

REDIRECTS = 2

HELD_UP_S = 0.5
"""An event loop that wakes so much too late was held up, by a machine that slept or is overrun. [s] What
every camera sent meanwhile lies unread, and some loops run timers before they read: no camera is blamed."""


class NoKeyFrame(SourceError):
    """The stream flows, but brings no key frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a camera is asked."""

    address: Address
    timeout: float
    """For connecting, each answer, the first packet and between packets. [s]"""
    key_wait: float
    """Longest wait for a key frame while packets come. [s]"""
    longest: int
    """Longest key frame. [byte]"""
    allow_link_local: bool
    tls: ssl.SSLContext | None
    fingerprint: bytes
    transport: str
    """"tcp", "udp", or "auto": UDP where the camera refuses TCP."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One key frame as it came."""

    codec: Codec
    content: bytes
    stated: datetime | None
    """When the camera says that it was taken, by its own clock."""
    told: Told | None
    """What the camera told of its clock."""


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, terms: Terms, login: Login, described: Described, *, every: bool = False) -> None:
        """Prepare a connection; `every` takes each picture of a stream that has no key frames."""
        self._terms = terms
        self._login = login
        self._described = described
        self._every = every
        self._shown = terms.address.shown
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._wire = Wire()
        self._sequence = 0
        self._reply: asyncio.Future[Reply] | None = None
        self._picture: asyncio.Future[KeyFrame] | None = None
        self._backlog: deque[KeyFrame] = deque()
        self._session = ""
        self._media: Media | None = None
        self._units: Units | JpegUnits | None = None
        self._reports: Reports | None = None
        self._base = ""
        self._channel = -1
        self._heard = 0.0
        self._pausing: asyncio.TimerHandle | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._ended: SourceError | None = None
        self._dated: Told | None = None
        self._round_trip = 0.0
        self._alive_method = "GET_PARAMETER"
        self._plays = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # Not every event loop's transports are of asyncio's own class.
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        why = f": {exc.strerror}" if isinstance(exc, OSError) and exc.strerror else ""
        self._fail(SourceError(f"{self._shown}: it closed the connection{why}", kind="ended"))

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard = self._loop.time()
        try:
            replies = self._wire.feed(data)
        except BadWire as error:
            self._fail(SourceError(f"{self._shown}: {error}"))
            assert self._transport is not None
            self._transport.abort()
            return
        for reply in replies:
            if reply.get("cseq") not in ("", str(self._sequence)):
                continue
            if self._reply is not None and not self._reply.done():
                self._reply.set_result(reply)
        if self._units is not None:
            self._rest(self._units)

    def _rest(self, units: Units | JpegUnits) -> None:
        """Look away for a moment, unless a picture is in the making."""
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if units.is_pending:
            self._settling = self._loop.call_later(SETTLE_S, self._settle)
        elif self._plays and units.is_idle and not self._every and self._pausing is None and self._transport:
            self._transport.pause_reading()
            self._pausing = self._loop.call_later(PAUSE_S, self._look)

    def _look(self) -> None:
        self._pausing = None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _settle(self) -> None:
        self._settling = None
        if self._units is not None and self._units.settle():
            self._give()
            self._let_go()

    def _fail(self, error: SourceError) -> None:
        self._ended = self._ended or error
        for future in (self._reply, self._picture):
            if future is not None and not future.done():
                future.set_exception(self._ended)

    def _packet(self, data: bytes, start: int, end: int) -> None:
        units = self._units
        assert units is not None
        was_idle = units.is_idle
        if units.packet(data, start, end):
            self._give()
        if units.is_idle != was_idle:
            self._let_go()

    def _let_go(self) -> None:
        """Have the packets between two wanted pictures let go."""
        assert self._units is not None
        dull = self._units.dull
        self._wire.dull = None if dull is None else (self._channel, *dull)

    def _give(self) -> None:
        assert self._units is not None
        assert self._media is not None
        content, time = self._units.take()
        stated = self._reports.when(time) if self._reports is not None else None
        key = KeyFrame(self._media.codec, content, stated, self._told())
        self._units.wanted = self._every
        if self._picture is not None and not self._picture.done():
            self._picture.set_result(key)
            return
        # One that came with the answer to PLAY, before it was asked for; or of a stream without key frames.
        self._backlog.append(key)
        if len(self._backlog) >= BACKLOG and self._transport is not None:
            self._transport.pause_reading()

    def _told(self) -> Told | None:
        reported = self._reports.told if self._reports is not None else None
        if reported is None or self._dated is None:
            return reported or self._dated
        apart = (reported.clock - self._dated.clock).total_seconds() - (reported.at - self._dated.at)
        # A recorder that sends old pictures reports when they were taken; its replies have its clock.
        return reported if abs(apart) <= reported.within + self._dated.within + 1.0 else self._dated

    # What the source calls.

    async def start(self) -> None:
        """Connect and play.

        Raises:
            SourceError: if the camera does not let it come to that.
        """
        async with slot(self._terms.address.host):
            await self._connect()
            media = await self._describe()
            await self._set_up(media)
            self._let_go()
            self._heard = self._loop.time()
            await self._ask("PLAY", self._base, {"Range": "npt=0.000-"})
            self._plays = True

    async def _connect(self) -> None:
        address, terms = self._terms.address, self._terms
        try:
            async with asyncio.timeout(terms.timeout):
                ips = await resolved(address.host, address.port, terms.allow_link_local)
                await self._loop.create_connection(
                    lambda: self,
                    ips[0],
                    address.port,
                    ssl=terms.tls,
                    server_hostname=address.host if terms.tls is not None else None,
                )
        except TimeoutError:
            why = f"{self._shown}: no connection within {terms.timeout:g} s"
            raise SourceError(why, kind="timeout") from None
        except ssl.SSLCertVerificationError:
            why = f"{self._shown}: its certificate is not trusted; write its SHA-256 as fingerprint"
            raise SourceError(why, kind="auth") from None
        except ssl.SSLError as error:
            raise SourceError(f"{self._shown}: no TLS: {error.reason}") from None
        except OSError as error:
            why = f"{self._shown}: no connection: {error.strerror or type(error).__name__}"
            raise SourceError(why, kind="refused") from None
        if terms.fingerprint:
            assert self._transport is not None
            theirs = self._transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            if hashlib.sha256(theirs or b"").digest() != terms.fingerprint:
                why = f"{self._shown}: its certificate is not the one of fingerprint"
                raise SourceError(why, kind="auth")

    async def _describe(self) -> Media:
        url, redirects = self._terms.address.url, 0
        while True:
            reply = await self._ask("DESCRIBE", url, {"Accept": "application/sdp"}, redirectable=True)
            if reply.status == 200:
                break
            url = reply.get("location")
            redirects += 1
            if redirects > REDIRECTS or not self._terms.address.same_place(url) or not _is_plain(url):
                raise SourceError(
                    f"{self._shown}: it redirects elsewhere, which is not followed; "
                    f"write the address that it should have"
                )
        base = reply.get("content-base") or reply.get("content-location") or url
        self._base = base if _is_plain(base) and base.startswith(("rtsp://", "rtsps://")) else url
        try:
            return self._described.video(reply.body)
        except SourceError as error:
            raise SourceError(f"{self._shown}: {error}") from None

    async def _set_up(self, media: Media) -> None:
        self._media = media
        if media.codec == "jpeg":
            self._units = JpegUnits(self._terms.longest)
        else:
            self._units = Units(
                media.codec, media.sets, self._terms.longest, donl=media.donl, every=self._every
            )
        self._reports = Reports(media.rate, self._loop.time, PAUSE_S + self._round_trip / 2)
        control = self._control(media.control)
        if self._terms.transport != "udp":
            how = "RTP/AVP/TCP;unicast;interleaved=0-1"
            reply = await self._ask("SETUP", control, {"Transport": how}, allowed=(461,))
            if reply.status == 200:
                channels = re.search(r"interleaved=(\d{1,3})-(\d{1,3})", reply.get("transport"))
                first, second = (int(channels[1]), int(channels[2])) if channels else (0, 1)
                self._channel = first
                self._wire.packets = {first: self._packet, second: self._reports.packet}
                self._session = _session(reply)
                return
            if self._terms.transport == "tcp":
                raise SourceError(f'{self._shown}: it refuses TCP; write transport = "udp"')
        first = await self._open_datagrams()
        how = f"RTP/AVP;unicast;client_port={first}-{first + 1}"
        self._session = _session(await self._ask("SETUP", control, {"Transport": how}))

    def _control(self, control: str) -> str:
        if control.startswith(("rtsp://", "rtsps://")):
            return control
        if control in ("", "*"):
            return self._base
        return f"{self._base.rstrip('/')}/{control.lstrip('/')}"

    async def _open_datagrams(self) -> int:
        """Open a pair of ports for RTP and RTCP and return the first."""
        assert self._transport is not None
        assert self._reports is not None
        here, there = (
            self._transport.get_extra_info("sockname")[0],
            self._transport.get_extra_info("peername")[0],
        )
        reports = self._reports
        for _ in range(20):
            rtp = _Datagrams(there, self._from_datagram)
            first, _ = await self._loop.create_datagram_endpoint(lambda rtp=rtp: rtp, local_addr=(here, 0))  # type: ignore[misc]
            port: int = first.get_extra_info("sockname")[1]
            if port % 2 == 0:
                with suppress(OSError):
                    rtcp = _Datagrams(there, reports.packet)
                    second, _ = await self._loop.create_datagram_endpoint(
                        lambda rtcp=rtcp: rtcp,  # type: ignore[misc]
                        local_addr=(here, port + 1),
                    )
                    self._datagrams += [first, second]
                    return port
            first.close()
        raise SourceError(f"{self._shown}: no free pair of UDP ports on this machine")

    def _from_datagram(self, data: bytes, start: int, end: int) -> None:
        self._heard = self._loop.time()
        self._packet(data, start, end)
        if self._units is not None and self._units.is_pending:
            if self._settling is not None:
                self._settling.cancel()
            self._settling = self._loop.call_later(SETTLE_S, self._settle)

    async def key_frame(self) -> KeyFrame:
        """Return the next whole key frame; of a stream without them, the next picture.

        Raises:
            NoKeyFrame: if the stream brings none in time.
            SourceError: if the stream stalls or ends.
        """
        assert self._units is not None
        if self._ended is not None:
            raise self._ended
        if self._backlog:
            if len(self._backlog) == BACKLOG:
                self._look()
                self._heard = self._loop.time()
            return self._backlog.popleft()
        self._units.wanted = True
        self._let_go()
        self._picture = self._loop.create_future()
        return await self._until(self._picture, self._units)

    @property
    def damaged(self) -> int:
        """Pictures that were dropped for lost packets."""
        return self._units.damaged if self._units is not None else 0

    async def _until(self, future: asyncio.Future[KeyFrame], units: Units | JpegUnits) -> KeyFrame:
        """Wait for a picture while packets come."""
        terms = self._terms
        begun = self._loop.time()
        before = (self._seen(units), units.damaged, units.orphans)
        while not future.done():
            now = self._loop.time()
            # Whoever begins to wait takes a look first, even if nothing was heard for long.
            silent = max(self._heard + terms.timeout, begun + HELD_UP_S) - now
            waiting = begun + terms.key_wait - now
            if silent <= 0:
                what = "the stream stalled" if self._seen(units) else "no packet came"
                raise SourceError(f"{self._shown}: {what} for {terms.timeout:g} s", kind="timeout")
            if waiting <= 0:
                raise self._keyless(before)
            held_up = await _held_up(future, min(silent, waiting))
            if held_up:
                begun, self._heard = begun + held_up, self._loop.time()
        return future.result()

    def _seen(self, units: Units | JpegUnits) -> int:
        return units.seen + self._wire.let_go

    def _keyless(self, before: tuple[int, int, int]) -> SourceError:
        units = self._units
        assert units is not None
        seen, damaged, orphans = (
            self._seen(units) - before[0],
            units.damaged - before[1],
            units.orphans - before[2],
        )
        wait = f"in {self._terms.key_wait:g} s"
        if orphans:
            return SourceError(f"{self._shown}: it never sent the parameter sets of its {orphans} key frames")
        if damaged:
            return SourceError(f"{self._shown}: {damaged} key frames {wait}, each with packets lost")
        if seen:
            return NoKeyFrame(f"{self._shown}: {seen} packets and no key frame {wait}")
        return SourceError(f"{self._shown}: no packet of the video came {wait}", kind="timeout")

    async def keep_alive(self) -> None:
        """Give signs of life until cancelled."""
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            reply = await self._ask(self._alive_method, self._base, {}, allowed=tuple(range(400, 600)))
            if reply.status != 200:
                self._alive_method = "OPTIONS"

    def close(self) -> None:
        """Say good-bye and close, without waiting for an answer."""
        for timer in (self._pausing, self._settling):
            if timer is not None:
                timer.cancel()
        for future in (self._reply, self._picture):
            if future is not None:
                future.cancel()
        for datagrams in self._datagrams:
            datagrams.close()
        self._units = None
        self._wire.packets = {}
        if self._transport is None or self._transport.is_closing():
            return
        if self._session:
            self._write("TEARDOWN", self._base, {})
        self._transport.close()

    async def _ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        *,
        allowed: tuple[int, ...] = (),
        redirectable: bool = False,
    ) -> Reply:
        """Return the answer to one request, with the password where it is asked for."""
        while True:
            if self._ended is not None:
                raise self._ended
            self._reply = self._loop.create_future()
            self._write(method, url, headers)
            asked = self._loop.time()
            while await _held_up(self._reply, self._terms.timeout) and not self._reply.done():
                pass
            if not self._reply.done():
                why = f"{self._shown}: no answer to {method} within {self._terms.timeout:g} s"
                raise SourceError(why, kind="timeout")
            reply = self._reply.result()
            answered = self._loop.time()
            self._round_trip = answered - asked
            self._dated = by_date(reply.get("date"), asked, answered) or self._dated
            if reply.status == 200 or reply.status in allowed:
                return reply
            if reply.status == 401:
                if self._login.asked(reply.all("www-authenticate")):
                    continue
                why = (
                    "refuses the user or password"
                    if self._terms.address.user
                    else "wants a user and a password"
                )
                raise SourceError(f"{self._shown}: it {why} (401)", kind="auth")
            if redirectable and 300 <= reply.status < 400:
                return reply
            kind = {403: "auth", 404: "missing", 453: "refused", 503: "refused"}.get(reply.status, "protocol")
            raise SourceError(
                f"{self._shown}: it answered {method} with {reply.status} {reply.reason}", kind=kind
            )

    def _write(self, method: str, url: str, headers: dict[str, str]) -> None:
        assert self._transport is not None
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", "User-Agent: Landwatch"]
        if self._session:
            lines.append(f"Session: {self._session}")
        authorization = self._login.answer(method, url)
        if authorization:
            lines.append(f"Authorization: {authorization}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._transport.write("\r\n".join([*lines, "", ""]).encode())


class _Datagrams(asyncio.DatagramProtocol):
    """Takes datagrams of one host alone."""

    def __init__(self, host: str, take: Callable[[bytes, int, int], None]) -> None:
        self._host = host
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] == self._host:
            self._take(data, 0, len(data))


async def _held_up(future: asyncio.Future[Any], seconds: float) -> float:
    """Wait until a future is done or a time is over; return for how long this machine was held up. [s]"""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    await asyncio.wait((future,), timeout=seconds)
    late = loop.time() - due
    return late if late > HELD_UP_S else 0.0


def _is_plain(url: str) -> bool:
    """Return whether a URL that a camera sent can stand in a request line."""
    return bool(re.fullmatch(r"[!-~]{1,2048}", url))


def _session(reply: Reply) -> str:
    name = reply.get("session").partition(";")[0].strip()
    return name if re.fullmatch(r"[!-~]{1,256}", name) else ""
