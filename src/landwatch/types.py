"""The dictionary of Landwatch: each thing has one name and one type.

A picture changes type as it is made safer:

    Frame    bytes as they came                     may show people: never saved, copied or sent
    Sample   pixels, capture time settled           may show people: never saved, copied or sent
    Picture  pixels with people removed             made by `redact` alone, with a `Removal`
    Still    a Picture encoded, ready to be kept    what is stored and shown

and what it says becomes `Finding` (of the camera), `Reading` (of the land) and `Event`. An
`Outcome` holds all that is kept of one frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NoReturn, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ABSENCES",
    "BANDS",
    "ILL",
    "OF_VIEW",
    "Absence",
    "Alignment",
    "Drift",
    "Encoding",
    "Event",
    "EventState",
    "Finding",
    "FindingState",
    "Frame",
    "Glimpse",
    "Message",
    "Offset",
    "Origin",
    "Outage",
    "Outcome",
    "Picture",
    "Pixels",
    "Quantity",
    "Reading",
    "Region",
    "Removal",
    "Sample",
    "Shape",
    "Status",
    "Still",
    "TimeFrom",
    "band",
]

Pixels = NDArray[np.uint8]
"""(height, width, 3), sRGB [0-255]; or (height, width) for a mask, 255 where removed."""

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in px of the original picture; right and bottom are outside."""

TimeFrom = Literal["exif", "name", "given", "clock"]
"""Where a capture time came from: the file's EXIF, its name, the user's word, or the clock on arrival
(which for a network camera includes what the camera itself says in its protocol)."""

Encoding = Literal["jpeg", "png", "tiff", "h264", "hevc", "rgb"]
"""How a frame's content is encoded; `rgb` is (height, width, 3) sRGB, decoded already (clips)."""

Status = Literal["cleared", "withheld", "forgotten"]
"""cleared: people were removed and the picture is kept. withheld: removal could not run or be trusted.
forgotten: no usable picture arrived."""

FindingState = Literal["good", "doubtful", "bad", "unknown"]
ILL: tuple[FindingState, ...] = ("doubtful", "bad")
"""States in which a check speaks against its camera."""

OF_VIEW = ("moved", "scene")
"""Checks that, where they are ill, say that the view is another than it was."""

EventState = Literal["opened", "updated", "closed"]
Origin = Literal["pictures", "hand"]
Absence = Literal[
    "night", "moved", "masked", "fog", "dark", "warming", "bare", "failed", "withheld", "camera"
]
ABSENCES: tuple[Absence, ...] = (
    "night",
    "moved",
    "masked",
    "fog",
    "dark",
    "warming",
    "bare",
    "failed",
    "withheld",
    "camera",
)
"""Why a reading has no value: the sun is down, the view has moved, the region is masked, fog hides it,
too dark, too few earlier pictures, too little structure, the instrument failed, removal withheld the
picture, the camera is ill."""

BANDS = (0.0, 0.01, 0.05, 0.2, 1.0)
"""Upper ends of the bands in which a masked share may be told. [1]"""


def band(share: float) -> float:
    """Return the upper end of the band that a masked share [1] lies in.

    Raises:
        ValueError: if the share is not within 0 to 1.
    """
    for upper in BANDS:
        if share <= upper and share >= 0.0:
            return upper
    raise ValueError(f"a masked share of {share!r} is not within 0 to 1")


class _Sealed:
    """Refuses every way out of memory that Python offers."""

    __slots__ = ()
    _why = "it stays in memory"

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be copied, pickled or exported: {self._why}")

    __copy__ = _refuse
    __deepcopy__ = _refuse
    __reduce__ = _refuse
    __reduce_ex__ = _refuse
    __getstate__ = _refuse
    __array__ = _refuse
    __bytes__ = _refuse
    __iter__ = _refuse
    __buffer__ = _refuse


T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def _sealed(kind: type[T]) -> type[T]:
    """Make a frozen value whose fields `dataclasses.asdict` and `replace` cannot reach."""
    made = dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)(kind)
    made.__getstate__ = _Sealed._refuse  # type: ignore[method-assign,assignment]
    del made.__dataclass_fields__  # type: ignore[attr-defined]
    return made


class _MayShowPeople(_Sealed):
    __slots__ = ()
    _why = "it may show people; only redact may read it and make a Picture"


class _HoldsMask(_Sealed):
    __slots__ = ()
    _why = "its mask tells where somebody was; keep the Still that publish makes of the picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a camera's clock is from ours, as the camera told it beside a picture."""

    ahead: float
    """The camera's clock minus ours; negative where it is behind. [s]"""
    within: float
    """Greatest error of `ahead`: half the round trip and what the telling leaves out. [s]"""


@_sealed
class Frame(_MayShowPeople):
    """One picture as it came from a source. May show people."""

    camera: str
    name: str
    """What the source calls it: a file's name, or a running number. Nothing about its content."""
    taken: datetime
    """Capture time, aware UTC."""
    time_from: TimeFrom
    received: datetime
    """When the frame was in hand, aware UTC."""
    encoding: Encoding
    uncleared: bytes | bytearray | Pixels = field(repr=False)
    """The content. Read by `sample` and `redact` alone (a structure test holds this)."""
    path: str | None = None
    """The file it came from, for an archive."""
    drift: Drift | None = None
    """Of the camera's clock, where the camera tells its time."""
    fault: str = ""
    """Why the source has no content to give for it; `choose` refuses the frame with these words."""

    @property
    def age(self) -> timedelta:
        """Time from capture to arrival."""
        return self.received - self.taken

    def __repr__(self) -> str:
        return f"<Frame {self.camera} {self.name} {self.encoding}>"


@_sealed
class Sample(_MayShowPeople):
    """Decoded pixels of one frame, capture time settled. May show people."""

    camera: str
    name: str
    taken: datetime
    time_from: TimeFrom
    received: datetime
    uncleared: Pixels = field(repr=False)
    """(height, width, 3), sRGB [0-255]. Read by `redact` alone (a structure test holds this)."""
    path: str | None = None
    drift: Drift | None = None

    @property
    def age(self) -> timedelta:
        """Time from capture to arrival."""
        return self.received - self.taken

    def forget(self) -> None:
        """Overwrite the pixels, so that nothing of them stays in freed memory."""
        self.uncleared.setflags(write=True)
        self.uncleared.fill(0)

    def __repr__(self) -> str:
        return f"<Sample {self.camera} {self.name}>"


@_sealed
class Removal(_HoldsMask):
    """What was removed from one picture. Lives and dies with its picture in memory."""

    mask: Pixels
    """(height, width), 255 where pixels were replaced, else 0."""
    share: float
    """Masked share of the picture [1]. Never stored: only its `band` is."""
    model: str
    """SHA-256 of the detector's file, hexadecimal."""

    def __repr__(self) -> str:
        return f"<Removal by {self.model[:12]}>"


@_sealed
class Picture(_HoldsMask):
    """One picture with people and vehicles removed. Made by `redact` alone."""

    camera: str
    name: str
    taken: datetime
    time_from: TimeFrom
    received: datetime
    pixels: Pixels
    """(height, width, 3), sRGB [0-255], read-only."""
    removal: Removal
    path: str | None = None
    drift: Drift | None = None
    """Of the camera's clock, where the camera tells its time."""

    @property
    def height(self) -> int:
        """Rows. [px]"""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns. [px]"""
        return int(self.pixels.shape[1])

    def __repr__(self) -> str:
        return f"<Picture {self.camera} {self.name} {self.width}x{self.height}>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """How one picture lies on its view's reference: where the reference's land is in the picture."""

    model: Literal["none", "translation", "similarity", "homography"]
    """What was needed to explain the picture; none where it was refused."""
    matrix: NDArray[np.float64]
    """(3, 3), from places in the reference to places in the picture, in px: (u, v, w) = matrix (x, y, 1),
    x' = u / w, y' = v / w; [2, 2] is 1. The identity where it was refused."""
    covariance: NDArray[np.float64]
    """(8, 8), of the matrix' elements row by row without the last; 0 for what the model holds fixed."""
    rms: float
    """Of the patches' residuals. [px]"""
    patches: int
    """Patches of land that agree."""
    refused: Absence | None = None
    """Why the picture could not be laid on the reference."""
    detail: str = ""
    """The same in an English sentence."""
    is_reference: bool = False
    """Whether the picture has become the reference itself."""

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where places (n, 2) of the reference lie in the picture. [px]"""
        lifted = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return np.asarray(lifted[:, :2] / lifted[:, 2:])

    def spread(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the covariances (n, 2, 2) of what `place` returns. [px2]"""
        x, y = points[:, 0], points[:, 1]
        one, none = np.ones(len(points)), np.zeros(len(points))
        depth = points @ self.matrix[2, :2] + 1.0
        right, down = self.place(points).T
        rows = np.stack(
            [
                np.stack([x, y, one, none, none, none, -right * x, -right * y], axis=1),
                np.stack([none, none, none, x, y, one, -down * x, -down * y], axis=1),
            ],
            axis=1,
        )
        slopes = rows / depth[:, None, None]
        return np.asarray(slopes @ self.covariance @ slopes.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """How far the land of a picture lies from where earlier pictures have it."""

    right: float
    """[px]"""
    down: float
    """[px]"""
    width: int
    """Of the picture. [px]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What is told of a picture that removal withheld for its light, its view or the share that would be
    removed: numbers of the whole."""

    camera: str
    taken: datetime
    reason: str
    """Why it was withheld: night, noise, share or moved."""
    level: float = 0.0
    """For night, noise and share: luma that a tenth of the picture exceeds. [0-255]"""
    noise: float = 0.0
    """For night, noise and share: standard deviation. [0-255]"""
    stripes: float = 0.0
    """For share: rows or columns that differ from their neighbours evenly all along, of all. [%]"""
    offset: Offset | None = None
    """For moved: how far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A cleared picture encoded for keeping: the only form in which pixels are stored or sent."""

    content: bytes = field(repr=False)
    sha256: str
    """Of the content, hexadecimal: the picture's name in the store."""
    width: int
    """[px]"""
    height: int
    """[px]"""
    media_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What an instrument measures."""

    name: str
    unit: str
    """UCUM."""
    title: str
    """English, a few words; translated where it is shown."""
    low: float | None = None
    """Least possible value, in `unit`."""
    high: float | None = None
    """Greatest possible value, in `unit`."""
    standard_name: str = ""
    """Of the CF convention's table, or the name of the WMO's variable with "WMO: " before it; empty where
    neither has one for it."""
    limits: str = ""
    """What its readings cannot tell and how good they were found to be: English sentences for who signs them.
    Method and paper are in the instrument's own docstring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a person draws on a picture for an instrument, which may have a tuple of them in `SHAPES`."""

    key: str
    """Of the instrument's settings."""
    kind: Literal["polygon", "polygons", "points", "boxes"]
    """One outline, several of them, places, or boxes (left, top, right, bottom)."""
    title: str
    """English, a few words; translated where it is shown."""
    columns: str
    """What the numbers of one line are, with units; English, translated where it is shown."""
    beside: tuple[str, ...] = ()
    """Of boxes: keys of what is said of each beside its `region`, in the order of the columns."""
    usual: str = ""
    """What a new line says behind its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says of a camera at one time."""

    camera: str
    check: str
    time: datetime
    state: FindingState
    value: float | None
    unit: str
    """UCUM."""
    since: datetime
    """When the camera came into this state, aware UTC."""
    detail: str = ""
    """A short English sentence for people: what was seen and what to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of the land at one time. What was not seen has no value, and says why."""

    camera: str
    quantity: str
    time: datetime
    value: float | None
    unit: str
    """UCUM."""
    method: str
    """Instrument and version, such as `greenness/1`."""
    sigma: float | None = None
    """Standard uncertainty, in `unit`."""
    absent: Absence | None = None
    flags: tuple[str, ...] = ()
    """Names of the rules that make the value doubtful."""
    region: Region | None = None
    """Where in the original picture, for quantities that have a place. [px]"""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.absent is None):
            raise ValueError(f"{self.quantity}: a reading has either a value or a reason for its absence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One state of a hazard event. Events are never deleted: each change is a new row of the same id."""

    id: str
    hazard: str
    camera: str
    state: EventState
    opened: datetime
    time: datetime
    """When it came into this state, aware UTC."""
    score: float
    """Of the rule that holds it open. [1]"""
    region: Region | None = None
    file: str = ""
    """Name of the frame that made the change."""
    still: str | None = None
    """SHA-256 of the cleared picture that made the change."""
    origin: Origin = "pictures"
    """Who opened it: the rules, from readings of pictures, or somebody by hand."""
    drill: bool = False
    """Whether it is an exercise: shown and told as one, and never as something real."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A turn in which a camera gave no picture."""

    camera: str
    time: datetime
    kind: str
    """refused, timeout, auth, protocol, ended or missing."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one outlet is to carry. Outlet and key together name it."""

    outlet: str
    key: str
    """Idempotency key: the same at every attempt, so that a receiver can drop what came twice."""
    kind: str
    """What the body is about: event, order or alert."""
    time: datetime
    """When it was put into the outbox, aware UTC."""
    body: str
    """A JSON object."""
    attempts: int = 0
    """Failed attempts so far."""
    due: datetime | None = None
    """When it may be tried next, aware UTC; at once where None."""
    error: str = ""
    """Of the newest failed attempt."""
    lane: str = ""
    """Messages of one outlet and lane wait for each other; a lane that is blocked holds up no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that is kept of one frame."""

    camera: str
    name: str
    taken: datetime
    time_from: TimeFrom
    received: datetime
    status: Status
    reason: str | None
    masked: float | None
    """Upper end of the masked share's band [1]; None where no picture is kept."""
    model: str | None
    still: Still | None
    findings: tuple[Finding, ...] = ()
    readings: tuple[Reading, ...] = ()
    events: tuple[Event, ...] = ()
    path: str | None = None
    reference_of: int | None = None
    """Version of the view whose reference its picture has become, which a new start needs again."""
