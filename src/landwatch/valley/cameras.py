"""Simulated cameras: what each sees, how it is asked, and what is wrong with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from landwatch.clock import aware
from landwatch.valley.schedule import Schedule
from landwatch.valley.views import VIEWS

__all__ = ["Protocol", "SimulatedCamera", "Trouble", "TroubleKind"]

Protocol = Literal["rtsp", "mjpeg", "http"]
"""How a camera is asked: RTSP with H.264, multipart JPEG over HTTP, or one JPEG over HTTP."""

TroubleKind = Literal[
    "refuse", "stall", "close", "html", "truncate", "slow", "late", "no_parameter_sets",
]  # fmt: skip
"""What goes wrong between camera and viewer.

    refuse             no connection is accepted (always, whatever the times say)
    stall              a request or a stream hangs without an answer
    close              the connection ends in the middle
    html               a log-in page comes in place of a picture (http, mjpeg)
    truncate           the JPEG lacks its second half (http, mjpeg)
    slow               a few hundred bytes a second (http, mjpeg)
    late               the picture is `delay` old, and its headers say so (http, mjpeg); RTSP's
                       sender reports say so
    no_parameter_sets  the session description lacks them; they come in band only (rtsp)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong between two times."""

    kind: TroubleKind
    start: datetime | None = None
    """None: from the beginning."""

    end: datetime | None = None
    """None: for ever."""

    delay: timedelta = timedelta(minutes=45)
    """Age of a late picture."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(TroubleKind):
            raise ValueError(f"no trouble {self.kind!r}; there are: {', '.join(get_args(TroubleKind))}")

    def is_on(self, moment: datetime) -> bool:
        """Return whether it goes on at `moment`."""
        after = self.start is None or aware(self.start) <= moment
        return after and (self.end is None or moment < aware(self.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCamera:
    """One camera of a simulated valley."""

    name: str
    """Letters, digits and hyphens; part of the address."""

    view: str = "ridge"
    protocol: Protocol = "http"
    seed: int = 1

    size: tuple[int, int] = (360, 640)
    """Height and width. [px]"""

    schedule: Schedule = field(default_factory=Schedule)
    troubles: tuple[Trouble, ...] = ()

    interval: timedelta = timedelta(seconds=1)
    """Between pictures, on the clock on the wall."""

    key_every: int = 1
    """Every how many pictures RTSP sends a key frame; a new viewer gets one at once anyway."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    """Asked for by HTTP digest when a user is given."""

    title: str = ""
    """What it is for, in a few words for people."""

    def __post_init__(self) -> None:
        if not self.name or not all(letter.isalnum() or letter == "-" for letter in self.name):
            raise ValueError(f"camera name {self.name!r} is not of letters, digits and hyphens")
        if self.view not in VIEWS:
            raise ValueError(f"camera {self.name!r}: no view {self.view!r}; there are: {', '.join(VIEWS)}")
        if self.protocol not in get_args(Protocol):
            known = ", ".join(get_args(Protocol))
            raise ValueError(f"camera {self.name!r}: no protocol {self.protocol!r}; there are: {known}")
        if self.size[0] % 2 or self.size[1] % 2:
            raise ValueError(
                f"camera {self.name!r}: size {self.size!r} must be even for H.264's colour planes"
            )
        if self.key_every < 1 or self.interval <= timedelta(0):
            raise ValueError(f"camera {self.name!r}: key_every is at least 1 and interval is above 0")

    def trouble(self, kind: TroubleKind, moment: datetime) -> Trouble | None:
        """Return the trouble of `kind` that goes on at `moment`, or None."""
        return next((t for t in self.troubles if t.kind == kind and t.is_on(moment)), None)

    @property
    def refuses(self) -> bool:
        """Whether it accepts no connection."""
        return any(trouble.kind == "refuse" for trouble in self.troubles)
