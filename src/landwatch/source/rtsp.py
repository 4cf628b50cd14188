"""Cameras that stream over RTSP: H.264, H.265 or JPEG, of which only pictures that decode alone are taken.

At slow cadences the stream is opened, one key frame is taken and the stream closed; at fast ones, and with
cameras that dislike being opened again and again, it stays open. A stream that has no key frames is decoded
as a whole until a picture of it is.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Literal

from landwatch.config import Secret
from landwatch.errors import ConfigError, SourceError
from landwatch.source._address import Address, checked
from landwatch.source._auth import Login
from landwatch.source._feed import GRAB_FROM_S, Feed, name_of
from landwatch.source._keyless import Healer, Whole
from landwatch.source._onvif_clock import OnvifClock
from landwatch.source._rtsp_client import KeyFrame, NoKeyFrame, Session, Terms
from landwatch.source._sdp import Described
from landwatch.types import Encoding, Frame, Pixels

__all__ = ["LIVE", "Settings", "frames"]

LIVE = True

DISLIKES = 3
"""After so many more failures than successes the other way, open for each picture or stay, is tried. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the camera is, and how to ask it."""

    url: str
    """rtsp:// or rtsps://, without credentials; `{user}` and `{password}` in its query are filled in."""
    user: str = ""
    password: Secret | None = None
    timeout: float = 10.0
    """For connecting, each answer, the first packet and between packets. [s]"""
    key_wait: float = 20.0
    """Longest wait for a key frame while packets come. [s] Saving encoders send one every 10 s or so."""
    stay: bool | None = None
    """Whether the stream stays open between pictures; by default as the cadence and the camera want it."""
    transport: Literal["auto", "tcp", "udp"] = "auto"
    """How packets come: over TCP, and over UDP where the camera insists."""
    fingerprint: str = ""
    """SHA-256 of the camera's certificate, hexadecimal: for rtsps with a certificate of its own."""
    insecure: bool = False
    """Takes any certificate: who sits between may see and change the pictures."""
    allow_link_local: bool = False
    """Allows 169.254.0.0/16 and the like, where some cameras live that never got an address."""
    onvif: int | None = None
    """Port of its ONVIF service, which is asked for its clock once an hour where its pictures come without
    any time; by default it is not asked."""

    def __post_init__(self) -> None:
        checked(self.url, ("rtsp", "rtsps"), self.user, None)
        try:
            bytes.fromhex(self.fingerprint.replace(":", ""))
        except ValueError:
            raise ConfigError(f"fingerprint = {self.fingerprint!r} is not hexadecimal") from None


@dataclass(slots=True)
class Habits:
    """What was learnt of one camera."""

    login: Login
    described: Described = field(default_factory=Described)
    dislike: float = 0.0
    """Failures of the present way above successes."""
    turned: bool = False
    """Whether the way is the other one than the cadence asks for."""
    keyless: bool = False
    """Whether the stream has no key frames."""

    def stays(self, interval: float) -> bool:
        """Return whether the stream is to stay open at a cadence. [s]"""
        return (interval < GRAB_FROM_S) != self.turned

    def worked(self) -> None:
        """Forgive a little."""
        self.dislike = max(0.0, self.dislike - 0.5)

    def failed(self) -> None:
        """Count a failure, and turn to the other way after too many."""
        self.dislike += 1
        if self.dislike >= DISLIKES:
            self.turned, self.dislike = not self.turned, 0.0


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield one key frame each turn.

    Raises:
        SourceError: if the camera gives none.
    """
    address = checked(settings.url, ("rtsp", "rtsps"), settings.user, settings.password)
    habits = feed.memory.setdefault("rtsp", Habits(Login(address.user, address.password)))
    assert isinstance(habits, Habits)
    onvif = OnvifClock.of(feed, address.host, settings.onvif, settings.allow_link_local)
    terms = _terms(address, settings, feed)
    stay = habits.stays(feed.interval) if settings.stay is None else settings.stay
    pictures = (_followed if stay and not habits.keyless else _grabbed)(terms, habits, feed)
    worked, loop = False, asyncio.get_running_loop()
    try:
        async with aclosing(pictures):
            async for key in pictures:
                worked = True
                habits.worked()
                received = feed.clock.now()
                drift = key.told.drift(received, loop.time()) if key.told else await onvif.drift(received)
                content, encoding = _content(key)
                yield Frame(
                    camera=camera,
                    name=name_of(received),
                    taken=feed.times.settle(key.stated, received, drift),
                    time_from="clock",
                    received=received,
                    encoding=encoding,
                    uncleared=content,
                    drift=drift,
                )
    except NoKeyFrame:
        habits.keyless = True
        raise
    except SourceError as error:
        # Only a camera that can be reached and then lets go dislikes the way it is asked.
        if (worked or error.kind in ("ended", "refused")) and not feed.neighbours.all_fail:
            habits.failed()
        raise


def _content(key: KeyFrame | Whole) -> tuple[bytes | Pixels, Encoding]:
    if isinstance(key, Whole):
        return key.pixels, "rgb"
    return key.content, key.codec


def _terms(address: Address, settings: Settings, feed: Feed) -> Terms:
    tls = None
    if address.scheme == "rtsps":
        tls = ssl.create_default_context()
        if settings.insecure or settings.fingerprint:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return Terms(
        address=address,
        timeout=settings.timeout,
        key_wait=settings.key_wait,
        longest=int(feed.limits.megabytes * 1e6),
        allow_link_local=settings.allow_link_local,
        tls=tls,
        fingerprint=bytes.fromhex(settings.fingerprint.replace(":", "")),
        transport=settings.transport,
    )


async def _grabbed(terms: Terms, habits: Habits, feed: Feed) -> AsyncGenerator[KeyFrame | Whole, None]:
    pace = feed.pace()
    while True:
        await pace.turn()
        session = Session(terms, habits.login, habits.described, every=habits.keyless)
        try:
            await session.start()
            if habits.keyless:
                key: KeyFrame | Whole = await _whole(session, terms, feed)
            else:
                key = await session.key_frame()
        finally:
            session.close()
        yield key


async def _whole(session: Session, terms: Terms, feed: Feed) -> Whole:
    """Decode everything until one picture is whole."""
    loop = asyncio.get_running_loop()
    healer, damaged, begun = None, 0, loop.time()
    while loop.time() - begun < terms.key_wait:
        picture = await session.key_frame()
        if picture.codec == "jpeg":
            raise SourceError(f"{terms.address.shown}: it sends JPEG now; it sent video before")
        if healer is None or session.damaged > damaged:
            # After a gap everything that follows refers to what is missing.
            healer, damaged = Healer(picture.codec, feed.limits.megapixels), session.damaged
        pixels = await asyncio.to_thread(healer.take, picture.content)
        if pixels is not None:
            return Whole(pixels, picture.stated, picture.told)
    raise SourceError(
        f"{terms.address.shown}: no key frame, and no whole picture in {terms.key_wait:g} s; "
        f"set a key-frame interval in the camera"
    )


async def _followed(terms: Terms, habits: Habits, feed: Feed) -> AsyncGenerator[KeyFrame | Whole, None]:
    pace = feed.pace()
    session = Session(terms, habits.login, habits.described)
    alive: asyncio.Task[None] | None = None
    try:
        # Opened at the first turn, not before: the picture that it begins with is then the turn's.
        await pace.turn()
        await session.start()
        alive = asyncio.create_task(session.keep_alive())
        while True:
            yield await session.key_frame()
            await pace.turn()
    finally:
        session.close()
        if alive is not None:
            alive.cancel()
            with suppress(asyncio.CancelledError, SourceError):
                await alive
