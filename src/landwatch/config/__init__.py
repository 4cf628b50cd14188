"""Reads `landwatch.toml` into frozen settings, and refuses what it does not know.

A mistake stops the start and names the file, the key, the value and what is allowed. Secrets come from
the environment or from a file of their own, and no settings object prints them.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    model_validator,
)

from landwatch.config._check import settings_of, validated
from landwatch.errors import ConfigError

__all__ = [
    "Alerts",
    "Camera",
    "Config",
    "Limits",
    "Map",
    "Notice",
    "Outlet",
    "Place",
    "Polygon",
    "Pose",
    "Public",
    "Purpose",
    "Rule",
    "Secret",
    "Serve",
    "Store",
    "Upkeep",
    "load",
    "settings_of",
]

CADENCE_FLOOR_S = 1.0
"""Stills, not video: no camera is asked more often. [s]"""

Polygon = tuple[tuple[float, float], ...]
"""Corners (x, y) in px of the original picture; at least three."""


def _three_corners(polygon: Polygon) -> Polygon:
    if len(polygon) < 3:
        raise ValueError(f"a polygon has at least 3 corners, not {len(polygon)}")
    return polygon


Corners = Annotated[Polygon, AfterValidator(_three_corners)]
Purpose = Literal[
    "wildfire",
    "flood",
    "landslide",
    "weather",
    "ecology",
    "works_safety",
    "road_condition",
    "upkeep",
]
"""What a camera may be for. There is no purpose about people."""

Azimuth = Annotated[float, Field(ge=0, lt=360)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Desk = Annotated[str, Field(min_length=1, max_length=40)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Secret(_Frozen):
    """Where a password is: the name of an environment variable, or a file that holds it alone."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError('write either { env = "NAME" } or { file = "PATH" }')
        return self

    def reveal(self) -> SecretStr:
        """Return the secret.

        Raises:
            ConfigError: if the variable or the file is not there.
        """
        if self.env is not None:
            value = os.environ.get(self.env)
            if value is None:
                raise ConfigError(f"the environment variable {self.env} is not set")
            return SecretStr(value)
        assert self.file is not None
        try:
            return SecretStr(self.file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise ConfigError(f"cannot read the secret file {self.file}: {error.strerror}") from None


class Place(_Frozen):
    """Where a camera stands, WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    """[deg]"""
    longitude: float = Field(ge=-180, le=180)
    """[deg]"""
    elevation: float | None = None
    """Above mean sea level. [m]"""


class Pose(_Frozen):
    """A camera's lens and where it looks, as `landwatch cameras calibrate` finds them."""

    lens: Literal["rectilinear", "fisheye", "brown"] = "rectilinear"
    """rectilinear, fisheye (equidistant) or brown (with k1 to p2)."""
    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    """Width and height of the pictures it was calibrated with. [px]"""
    azimuth: float = Field(ge=0, lt=360)
    """Of the axis, clockwise from true north. [deg]"""
    elevation: float = Field(ge=-90, le=90)
    """Of the axis above the horizon. [deg]"""
    roll: float = 0.0
    """Of the camera about its axis, clockwise as it sees. [deg]"""
    focal: float = Field(gt=0)
    """Focal length. [px]"""
    k1: float = 0.0
    """Brown's radial terms. [1]"""
    k2: float = 0.0
    """See `k1`."""
    p1: float = 0.0
    """Brown's tangential terms. [1]"""
    p2: float = 0.0
    """See `p1`."""
    sigma: dict[
        Literal["azimuth", "elevation", "roll", "focal", "k1", "k2", "p1", "p2"],
        Annotated[float, Field(ge=0)],
    ]
    """Standard uncertainty of each value that was fitted, by its name. A view without one tells no
    bearing."""
    covariance: tuple[tuple[float, ...], ...] = ()
    """Of the values in `sigma`, in its order; where empty they are taken for independent."""

    @model_validator(mode="after")
    def _fits(self) -> Pose:
        if self.sigma.get("azimuth", 0) <= 0 or self.sigma.get("elevation", 0) <= 0:
            raise ValueError("sigma: it must give azimuth and elevation, above 0")
        rows = len(self.sigma)
        if self.covariance and [len(row) for row in self.covariance] != [rows] * rows:
            raise ValueError(f"covariance: it must have {rows} rows of {rows}, as many as sigma has values")
        return self


class Limits(_Frozen):
    """What a picture may be at most; a camera is not trusted."""

    megapixels: float = Field(default=64.0, gt=0)
    """Larger pictures are forgotten unread. [1e6 px]"""
    megabytes: float = Field(default=64.0, gt=0)
    """Of one encoded picture. [1e6 byte]"""
    least_px: int = Field(default=32, ge=1)
    """Smaller pictures say nothing. [px]"""


class Rule(_Frozen):
    """When a series of readings opens and closes an event: a way in and a way out."""

    hazard: str
    """What people are warned of, such as smoke."""
    quantity: str
    """Whose readings are heard."""
    enter: float
    """A value at or above this speaks for the hazard (at or below, if `enter` < `leave`)."""
    leave: float
    """A value below this speaks against it (above, if `enter` < `leave`)."""
    k: int = Field(default=2, ge=1)
    """So many of the last `m` present readings must speak for it to open an event."""
    m: int = Field(default=3, ge=1)
    """See `k`."""
    clear: int = Field(default=5, ge=1)
    """So many readings in a row must speak against it to close the event."""
    unless: tuple[str, ...] = ()
    """A reading with one of these flags never speaks for the hazard, such as a velocity that is no trend."""
    budget: float | None = Field(default=None, gt=0)
    """Alarms that it may cost in a week at one camera. [1/wk] `enter` is then learnt from the camera's quiet
    hours, within bounds; only for scores from 0 to 1. Without it `enter` holds as written."""

    @model_validator(mode="after")
    def _possible(self) -> Rule:
        if self.k > self.m:
            raise ValueError(f"k = {self.k} of m = {self.m} can never be met; k may be at most m")
        if self.enter == self.leave:
            raise ValueError("enter and leave are equal, so an event would flicker; set them apart")
        if self.budget is not None and not 0 <= self.leave < self.enter < 1:
            raise ValueError(
                f"a budget is for scores from 0 to 1: enter = {self.enter} must be below 1 and above "
                f"leave = {self.leave}, which must be 0 at least"
            )
        return self


class Camera(_Frozen):
    """One camera: where its pictures come from and what is read from them."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    """Used in addresses and file names: lower case, digits, dot, dash, underscore."""
    title: str = ""
    """What people call it."""
    source: dict[str, Any]
    """`kind` and the keys of that source."""
    interval: float = Field(default=10.0, ge=CADENCE_FLOOR_S)
    """Between pictures; stills, not video: 1 at least. [s]"""
    place: Place | None = None
    """Where it stands; see below."""
    view: Pose | None = None
    """Lens and pose, for bearings of what it sees; see below."""
    never: tuple[Corners, ...] = ()
    """Static polygons filled before anything looks at the picture: windows, yards, roads."""
    tallest: float | None = Field(default=None, gt=0)
    """Height of the tallest person or vehicle that this view can show. [px]"""
    reference: Path | None = None
    """A cleared still of this view on which each picture is laid for instruments that ask for it; relative
    to the configuration's folder. Without it the first clear picture by day of the view's version serves,
    and is kept."""
    measure: dict[str, dict[str, Any]] = {}
    """Settings of each instrument that this camera serves, by the instrument's name."""
    check: dict[str, dict[str, Any]] = {}
    """Settings of checks, where a person wants other bounds, by the check's name."""
    outlook: tuple[Azimuth, Azimuth] | None = None
    """Azimuths of the left and the right edge of what it sees, clockwise from true north, for the areas of
    alerts; without it they are circles. [deg]"""
    drill: bool = False
    """Whether all of its events are exercises, as those of a simulated camera are."""
    budget: float | None = Field(default=None, gt=0)
    """Alarms a week that it may cost, in place of the budget of the rules that have one. [1/wk]"""
    owner: str = ""
    """Whose it is, for the public page; where empty, `public.owner`."""
    purpose: tuple[Purpose, ...] = ()
    """What it is for, for the public page."""


class Store(_Frozen):
    """Where readings, events and cleared pictures are kept."""

    folder: Path = Path("var/landwatch")
    """Relative to the configuration's folder."""
    keep_pictures_days: float = Field(default=30.0, gt=0)
    """Pictures that no event points to are deleted after so long. [d]"""
    url: str = ""
    """postgresql://USER@HOST/DATABASE for the tables; where empty they are a SQLite file in the folder."""
    password: Secret | None = None
    """Of the PostgreSQL user."""

    @model_validator(mode="after")
    def _is_postgresql(self) -> Store:
        if not self.url:
            if self.password is not None:
                raise ValueError('a password is only for url = "postgresql://USER@HOST/DATABASE"')
            return self
        parts = urlsplit(self.url)
        if parts.scheme != "postgresql" or not parts.path.strip("/"):
            raise ValueError("url: write postgresql://USER@HOST/DATABASE, or leave it out for SQLite")
        if parts.password is not None:
            raise ValueError('url: no password belongs into it; use password = { env = "NAME" }')
        if self.password is not None and parts.username is None:
            raise ValueError("url: a password needs its user, postgresql://USER@HOST/DATABASE")
        return self

    def address(self) -> SecretStr | None:
        """Return the address of the tables with its password; None for SQLite.

        Raises:
            ConfigError: if the password is not where the configuration says.
        """
        if not self.url:
            return None
        if self.password is None:
            return SecretStr(self.url)
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        word = quote(self.password.reveal().get_secret_value(), safe="")
        return SecretStr(parts._replace(netloc=f"{user}:{word}{at}{host}").geturl())


class Outlet(_Frozen):
    """Where changes of events and steps of work orders go: a name, a kind, and the keys of that kind."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    """What the outbox files its messages under: keep it when the address changes."""
    kind: str
    """webhook, jsonl, apprise, cap, or one of another package."""
    about: tuple[Literal["event", "order"], ...] = ("event", "order")
    """What it carries: changes of hazard events, steps of work orders, or both. One of the kind cap carries
    neither: alerts go where a notice says."""

    receiver: str = ""
    """What the public page calls whoever gets it; where empty it tells the kind alone."""

    @model_validator(mode="before")
    @classmethod
    def _cap_carries_alerts_alone(cls, table: Any) -> Any:
        if not isinstance(table, dict) or table.get("kind") != "cap":
            return table
        if table.get("about"):
            raise ValueError("about: an outlet of the kind cap carries alerts alone; leave it out")
        return {**table, "about": ()}

    @property
    def table(self) -> dict[str, Any]:
        """The keys of its kind, unchecked."""
        return dict(self.model_extra or {})


class Serve(_Frozen):
    """The page and the API."""

    host: str = "127.0.0.1"
    """Address to listen on; the page has no log-in, so open it to others through a proxy that has."""
    port: int = Field(default=8000, ge=0, le=65535)
    """0 for any free one."""
    address: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+)?$")
    """Under which people reach the page, such as https://cameras.example.org, for labels on poles."""
    call: str = Field(default="", max_length=40)
    """Number of the desk that takes reports by telephone, for labels on poles."""
    owner: str = ""
    """Who owns the cameras, an organisation: it is named where readings are cited."""
    licence: str = ""
    """SPDX name of the licence of readings and pictures, such as CC-BY-4.0; where empty none is granted."""
    operator_token: Secret | None = None
    """At least 16 characters. Who knows it may follow work orders on the page and by the API; without it both
    only show, and work is done by commands."""
    sensor_token: Secret | None = None
    """At least 16 characters. Who knows it may write what sensors of others measure by SensorThings."""
    open_reading: bool = True
    """Whether pages and interfaces show what they have to whoever asks; else only to signed-in operators and
    to programs with a token of the scope."""
    requests_per_minute: int = Field(default=1200, ge=1)
    """Of each token, and of each address without one; 1000 rows of an answer count as one more."""
    allow_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^\s/?#@*]+$")], ...] = ()
    """Other sites whose pages may read the interfaces in a browser, such as https://map.example.org."""


class Map(_Frozen):
    """What the map shows beneath the cameras, besides the outline of the world's land, which is shipped."""

    tiles: Path | None = None
    """A PMTiles file of pictures, or of vector tiles with Protomaps' layers; relative to the configuration's
    folder."""
    boundaries: Path | None = None
    """A GeoJSON file of lines or areas in WGS 84, drawn as lines: boundaries are the operator's own. Relative
    to the configuration's folder."""
    attribution: str = ""
    """Whom the map names for them."""


class Public(_Frozen):
    """The page at /public, for everybody: which cameras there are, and what becomes of their pictures."""

    on: bool = False
    """Whether there is such a page."""
    owner: str = ""
    """Who runs the cameras."""
    contact: str = ""
    """Where people may ask: an address, a telephone number."""


class Upkeep(_Frozen):
    """When a fault is believed, when it becomes work, and when the work has been of use."""

    settle: float = Field(default=300.0, gt=0)
    """A fault, or its end, that lasts less is noted nowhere. [s]"""
    order_after: float = Field(default=1800.0, gt=0)
    """A bad finding, or a time without pictures, that lasts so long opens a work order. [s]"""
    doubtful_after: float = Field(default=86_400.0, gt=0)
    """A doubtful finding that lasts so long opens a work order. [s]"""
    verify_after: float = Field(default=1800.0, gt=0)
    """A work order is verified when its cause has been good in the pictures for so long. [s]"""
    stall: float = Field(default=0.6, gt=0, le=1)
    """Where at least this share of a site's, or of all, cameras give no picture, it is one fault. [1]"""
    stall_least: int = Field(default=3, ge=2)
    """So many cameras must be without pictures to be called one fault."""


class Notice(_Frozen):
    """Which alerts an outlet carries. One that is named here carries those that any of its notices wants, and
    all that follows of each; no single changes of events."""

    outlet: str
    """Name of the outlet."""
    hazard: tuple[str, ...] = ()
    """Only these; any if empty."""
    area: tuple[tuple[Latitude, Longitude], ...] = ()
    """Corners, as latitude and longitude, of the land in which one of the event's cameras must stand;
    anywhere if empty. [deg]"""
    severity: Literal["Unknown", "Minor", "Moderate", "Severe", "Extreme"] = "Unknown"
    """Only what is at least so bad."""
    confirmed: bool = False
    """Only what a person has confirmed."""
    drills: bool = True
    """Exercises as well, marked as such."""
    hours: str = "mon-sun 00:00-24:00"
    """When, such as `mon-fri 08:00-17:00`; what opens outside of them is told as they begin, if it stands."""
    zone: str = "UTC"
    """Time zone of the hours, such as Asia/Shanghai."""
    after: float = Field(default=0.0, ge=0)
    """Only once nobody has acknowledged for so long: the next step of an escalation. [s]"""
    repeat: float | None = Field(default=None, ge=60)
    """Told again so often while nobody acknowledges. [s]"""

    @model_validator(mode="after")
    def _is_land(self) -> Notice:
        if 0 < len(self.area) < 3:
            raise ValueError(f"area: it has at least 3 corners, not {len(self.area)}")
        return self


class Alerts(_Frozen):
    """What all alerts say, and when events of several cameras are one."""

    sender: Annotated[str, Field(pattern=r"^[^\s,<&]+$")] = "landwatch"
    """Who sends, in CAP's sense: a name that no other sender has, such as landwatch@county.example.org."""
    status: Literal["Test", "Actual"] = "Test"
    """Of alerts about what cameras really see; of drills it is always Exercise."""
    scope: Literal["Restricted", "Private", "Public"] = "Restricted"
    """Who may read them. An event that no person has confirmed is never public."""
    lasting: float = Field(default=21_600.0, ge=600)
    """How long an alert holds; it is renewed half-way while its event stands. [s]"""
    merge_km: float = Field(default=5.0, ge=0)
    """Events of one hazard at cameras so near one another are one, unless their views are calibrated: then
    those are whose bearings meet within the hazard's reach. 0 never to merge by itself. [km]"""
    merge_within: float = Field(default=1800.0, ge=0)
    """They are one if they opened within so long. [s]"""
    desks: Annotated[tuple[Desk, ...], Field(max_length=30)] = ()
    """Names of desks, never of people, to which an event may be handed over beside the roles duty, expert and
    authority."""


class Config(_Frozen):
    """A whole `landwatch.toml`."""

    camera: tuple[Camera, ...] = ()
    """Cameras to follow."""
    rule: tuple[Rule, ...] = ()
    """Rules of hazards; those that ship serve the hazards that none is written for."""
    outlet: tuple[Outlet, ...] = ()
    """Where changes of events and steps of work orders are sent."""
    store: Store = Store()
    """What is kept, and where."""
    serve: Serve = Serve()
    """Where the page is."""
    limits: Limits = Limits()
    """What a picture may be at most."""
    upkeep: Upkeep = Upkeep()
    """When faults of cameras become work."""
    terrain: Path | None = None
    """A GeoTIFF or ESRI ASCII grid of heights above sea level, for the range of what one camera sees;
    relative to the configuration's folder."""
    map: Map = Map()
    """What the map shows beneath the cameras."""
    public: Public = Public()
    """What everybody may read."""
    alert: Alerts = Alerts()
    """What alerts say."""
    notice: tuple[Notice, ...] = ()
    """Which alerts go to which outlet, and when."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that take and clear pictures, each for its share of the cameras."""
    log: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged, to stderr."""

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        seen: set[str] = set()
        for camera in self.camera:
            if camera.name in seen:
                raise ValueError(f"two cameras are called {camera.name!r}; names must differ")
            seen.add(camera.name)
        outlets = [outlet.name for outlet in self.outlet]
        for name in outlets:
            if outlets.count(name) > 1:
                raise ValueError(f"two outlets are called {name!r}; names must differ")
        for notice in self.notice:
            if notice.outlet not in outlets:
                raise ValueError(
                    f"a notice names the outlet {notice.outlet!r}; there are: {', '.join(outlets) or 'none'}"
                )
        return self

    @property
    def event_outlets(self) -> tuple[str, ...]:
        """Names of the outlets that carry each change of an event; those of notices carry alerts instead."""
        noticed = {notice.outlet for notice in self.notice}
        return tuple(one.name for one in self.outlet if "event" in one.about and one.name not in noticed)


def load(path: Path) -> Config:
    """Return the settings of a file, with relative paths taken from the file's folder.

    Raises:
        ConfigError: naming the file, the key, the value and what is allowed.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    config = validated(TypeAdapter(Config), table, str(path))
    if config.terrain is not None:
        config = config.model_copy(update={"terrain": (path.parent / config.terrain).resolve()})
    files = {name: getattr(config.map, name) for name in ("tiles", "boundaries")}
    found = {name: (path.parent / file).resolve() for name, file in files.items() if file is not None}
    if missing := next((name for name, file in found.items() if not file.is_file()), None):
        raise ConfigError(f"{path}: map.{missing}: there is no file {found[missing]}")
    if found:
        config = config.model_copy(update={"map": config.map.model_copy(update=found)})
    if not config.store.folder.is_absolute():
        folder = (path.parent / config.store.folder).resolve()
        config = config.model_copy(update={"store": config.store.model_copy(update={"folder": folder})})
    return config
