"""The valley: pictures of a moment, and the truth about them.

A picture is a pure function of seed, size, view, schedule and moment: the same bytes in any order of
calls and on any day, so that a test or an archive can be made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import cv2
import numpy as np

from landwatch.clock import aware
from landwatch.sun import position
from landwatch.valley.arrays import Floats, Pixels
from landwatch.valley.hazards import Slide, Smoke, Veil, visible_box
from landwatch.valley.lens import Lens
from landwatch.valley.plants import leaf_share
from landwatch.valley.river import HIGHEST, River
from landwatch.valley.schedule import FAULTS, Episode, Kind, Schedule
from landwatch.valley.shade import Plates, Shader, northern_day
from landwatch.valley.sky import INFRARED_BELOW, Light, Sky, cloud_shadow, light
from landwatch.valley.terrain import build
from landwatch.valley.traffic import Daylight, Traffic
from landwatch.valley.views import VIEWS
from landwatch.valley.weather import Particles, Weather, extinction, weather

__all__ = ["Truth", "Valley"]

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are outside. [px]"""

STEP = timedelta(seconds=60)
"""Light and shadows of the land are kept this long."""

FOG_DEPTH = 260.0
"""How deep fog lies, so that the sky is seen through it. [m]"""

CIVIL_TWILIGHT = -6.0
"""Sun elevation below which it is night. [degree]"""

ONLY_IN: dict[Kind, str] = {"river": "river", "slide": "slope", "walkers": "road", "cars": "road"}
"""Kinds that only one view has."""

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is so in the picture of a moment."""

    time: datetime
    """That the picture shows; for a frozen picture the time at which it froze."""

    river_level: float | None
    """Above the zero of the gauge; None where the view has no river. [m]"""

    visibility: float
    """Meteorological optical range. [m]"""

    snow_share: float
    """Share of the land's pixels under snow. [1]"""

    snowfall: float
    rain: float
    """0 to 1."""

    clouds: float
    """Share of the sky under cloud. [1]"""

    leaf_share: float
    """Share of the deciduous leaves that are out. [1]"""

    greenness_trend: int
    """1 in green-up, -1 in leaf fall, else 0."""

    smoke: Box | None
    """Around the smoke that can be seen. [px]"""

    smoke_since: datetime | None
    """Start of the earliest fire that still burns, seen or not."""

    slide: Box | None
    """Around the part of the slope that moves; None where the view has none. [px]"""

    slide_shift: tuple[float, float]
    """How far the slope has moved to the right and down. [px]"""

    faults: tuple[Kind, ...]
    """Faults of the camera, in the order of `FAULTS`."""

    shift: tuple[int, int]
    """How far the land has moved to the right and down in the picture because the camera moved. [px]"""

    is_night: bool
    """The sun stands below civil twilight."""

    is_infrared: bool
    """The picture is a gray one by infra-red lamps."""

    sun_elevation: float
    """[degree]"""


class Valley:
    """One view of a simulated valley, which pictures can be taken of at any moment.

    The first picture takes some seconds, in which the land is worked out; the following ones a few
    milliseconds. A `Valley` keeps only what it can work out again; it is not for several threads at once.
    """

    def __init__(self, *, seed: int = 1, size: tuple[int, int] = (1080, 1920), view: str = "ridge") -> None:
        if view not in VIEWS:
            raise ValueError(f"no view called {view!r}; there are: {', '.join(VIEWS)}")
        if not (72 <= size[0] <= 2400 and 96 <= size[1] <= 4000):
            raise ValueError(f"size {size!r} is (height, width) from (72, 96) to (2400, 4000) px")
        self.seed, self.size, self.view = seed, size, view
        self._land = build(view, size, seed)
        layers, camera = self._land.layers, self._land.camera
        self._camera = camera
        self._shader = Shader(self._land)
        is_sky = np.flatnonzero((layers.cover < 1).any(axis=1))
        self._sky = Sky(camera, self._land.noise, int(is_sky[-1]) + 1 if len(is_sky) else 2)
        self._sky_share = np.ascontiguousarray(1 - layers.cover[: self._sky.rows])
        self._coarse = (
            np.ascontiguousarray(layers.x[::8, ::8]),
            np.ascontiguousarray(layers.y[::8, ::8]),
        )
        self._lens = Lens(size, self._land.noise, seed)
        self._river = River(self._land) if view == "river" else None
        self._slide = Slide(self._land) if view == "slope" else None
        self._traffic = Traffic(self._land, seed) if view == "road" else None
        self._particles: Particles | None = None
        self._smokes: dict[Episode, Smoke] = {}
        self._plates: tuple[tuple[object, ...], Plates] | None = None

    def render(self, moment: datetime, schedule: Schedule | None = None) -> Pixels:
        """Return the picture at `moment`: (height, width, 3), sRGB [0-255].

        Raises:
            ValueError: if an episode of the schedule needs another view than this one.
        """
        schedule = schedule or Schedule()
        self._check(schedule)
        shown = _thawed(aware(moment), schedule)
        now, weather_now = self._conditions(shown, schedule)
        canvas = self._land_and_sky(shown, schedule, now, weather_now)
        if self._traffic is not None:
            self._traffic.draw(canvas, shown, schedule, self._daylight(now, weather_now))
        picture = self._crop(canvas, schedule, shown)
        return self._through_lens(picture, shown, schedule, now, weather_now)

    def truth(self, moment: datetime, schedule: Schedule | None = None) -> Truth:
        """Return what is so in the picture that `render` returns for the same arguments."""
        schedule = schedule or Schedule()
        self._check(schedule)
        moment = aware(moment)
        shown = _thawed(moment, schedule)
        _, now = self._conditions(shown, schedule)
        where = position(shown, schedule.latitude, schedule.longitude)
        shift = self._shift(schedule, shown)
        boxes = [visible_box(veil) for veil in self._veils(shown, schedule)]
        fires = schedule.of("smoke", shown)
        day = northern_day(shown, schedule.latitude)
        trend = leaf_share(day + 1) - leaf_share(day - 1)
        down = self._slide.shift(self._slid(schedule, shown)) / self._camera.scale if self._slide else 0.0
        land = self._land.layers.cover > 0.5
        return Truth(
            time=shown,
            river_level=self._level(now) if self._river else None,
            visibility=now.visibility,
            snow_share=float(self._shader.snow_share(now.snow)[land].mean()),
            snowfall=now.snowfall,
            rain=now.rain,
            clouds=now.clouds,
            leaf_share=leaf_share(day),
            greenness_trend=0 if abs(trend) < 0.004 else (1 if trend > 0 else -1),
            smoke=self._picture_box(_union([box for box in boxes if box]), shift),
            smoke_since=min((fire.start for fire in fires), default=None),
            slide=self._picture_box(self._slide.box, shift) if self._slide else None,
            slide_shift=(0.0, down),
            faults=tuple(kind for kind in FAULTS if schedule.amount(kind, moment) != 0),
            shift=shift,
            is_night=where.elevation < CIVIL_TWILIGHT,
            is_infrared=where.elevation < INFRARED_BELOW,
            sun_elevation=where.elevation,
        )

    def gauge(self) -> tuple[float, float, float]:
        """Return the column of the staff gauge, the row of its zero and its px per metre; unmoved picture.

        Raises:
            ValueError: if the view has no river.
        """
        if self._river is None:
            raise ValueError(f"view {self.view!r} has no gauge; view 'river' has")
        column, row, scale = self._river.gauge()
        return column - self._camera.margin[1], row - self._camera.margin[0], scale

    def distances(self) -> Floats:
        """Return the distance of what each px of an unmoved picture shows, the sky inf. [m]"""
        layers = self._land.layers
        whole = np.where(layers.cover > 0.5, layers.distance, np.inf).astype(np.float32)
        return cast(Floats, self._window(whole, (0, 0)))

    def opacity(self, moment: datetime, schedule: Schedule) -> Floats:
        """Return how opaque the smoke of each pixel is, (height, width) [0-1].

        Raises:
            ValueError: if a fire of the schedule has no open land to burn on.
        """
        canvas = np.zeros(self._camera.canvas, np.float32)
        for veil in self._veils(moment, schedule):
            part = canvas[veil.rows, veil.columns]
            np.maximum(part, veil.opacity, out=part)
        return np.ascontiguousarray(self._window(canvas, self._shift(schedule, moment)))

    def walkers_and_cars_for_removal_tests(self, moment: datetime, schedule: Schedule) -> tuple[Box, ...]:
        """Return the boxes of all that `redact` must remove [px]. For tests of removal only: no server,
        reading or record may ever hold them."""
        if self._traffic is None:
            return ()
        shown = _thawed(aware(moment), schedule)
        shift = self._shift(schedule, shown)
        boxes = (self._picture_box(box, shift) for box in self._traffic.boxes(shown, schedule))
        return tuple(box for box in boxes if box is not None)

    def _check(self, schedule: Schedule) -> None:
        for episode in schedule.episodes:
            needed = ONLY_IN.get(episode.kind)
            if needed is not None and needed != self.view:
                raise ValueError(f"an episode {episode.kind!r} needs view {needed!r}, this is {self.view!r}")

    def _conditions(self, moment: datetime, schedule: Schedule) -> tuple[Light, Weather]:
        now = weather(schedule, moment)
        stepped = EPOCH + (moment - EPOCH) // STEP * STEP
        azimuth = self._camera.view.azimuth
        seen = light(
            stepped, schedule.latitude, schedule.longitude, azimuth,
            overcast=now.overcast, murk=now.murk, snow=round(now.snow * 50) / 50,
        )  # fmt: skip
        return seen, now

    def _level(self, now: Weather) -> float:
        return min(now.level, HIGHEST - 0.4)

    def _slid(self, schedule: Schedule, moment: datetime) -> float:
        """Return how far the slope has moved. [m]"""
        return schedule.amount("slide", moment)

    def _veils(self, moment: datetime, schedule: Schedule) -> list[Veil]:
        veils = []
        for episode in schedule.of("smoke", moment):
            if episode not in self._smokes:
                self._smokes[episode] = Smoke(self._land, episode, self.seed)
            veil = self._smokes[episode].veil(moment, schedule.wind)
            if veil is not None:
                veils.append(veil)
        return veils

    def _land_and_sky(self, moment: datetime, schedule: Schedule, now: Light, weather_now: Weather) -> Pixels:
        """Return the canvas with land, sky, water, slide and smoke."""
        seconds = (moment - EPOCH).total_seconds()
        plates = self._lit(moment, schedule, now, weather_now)
        beta = extinction(weather_now.visibility)
        if now.is_infrared or weather_now.overcast >= 0.98:
            canvas = plates.shaded.copy()
        else:
            part = cloud_shadow(
                self._land.noise, *self._coarse, seconds, schedule.wind, weather_now.clouds, now
            )
            canvas = self._clouded(plates, part)
        top = self._sky_codes(seconds, schedule, now, weather_now, beta)
        rows = slice(0, self._sky.rows)
        canvas[rows] = cv2.blendLinear(
            top, np.ascontiguousarray(canvas[rows]), self._sky_share, 1 - self._sky_share
        )
        if self._slide is not None and (metres := self._slid(schedule, moment)) > 0:
            canvas = self._slide.move(
                canvas, metres, self._lit_code((0.21, 0.15, 0.10), now, self._slide.distance, beta)
            )
        for veil in self._veils(moment, schedule):
            self._smoke(canvas, veil, now, beta)
        if self._river is not None:
            canvas = self._river.pour(
                canvas, self._level(weather_now), schedule.level, seconds, now, self._water(now), beta
            )
        return canvas

    def _lit(self, moment: datetime, schedule: Schedule, now: Light, weather_now: Weather) -> Plates:
        day = float(int(northern_day(moment, schedule.latitude)))
        wet = round(min(1.0, weather_now.rain * 2) * 4) / 4
        snow = round(weather_now.snow * 200) / 200
        key = (now.sun, now.exposure, weather_now.overcast, weather_now.visibility, snow, day, wet)
        if self._plates is None or self._plates[0] != key:
            self._plates = key, self._shader.plates(now, weather_now, day, wet)
        return self._plates[1]

    def _clouded(self, plates: Plates, part: Floats) -> Pixels:
        height, width = self._camera.canvas
        share = cast(Floats, cv2.resize(cv2.GaussianBlur(part, (0, 0), 1.2), (width, height)))
        return cast(Pixels, cv2.blendLinear(plates.sunny, plates.shaded, share, 1 - share))

    def _sky_codes(
        self, seconds: float, schedule: Schedule, now: Light, weather_now: Weather, beta: float
    ) -> Pixels:
        if now.is_infrared:
            return np.full(
                (self._sky.rows, self._camera.canvas[1], 3), 7 + (weather_now.overcast > 0) * 6, np.uint8
            )
        radiance = self._sky.clear(now)
        if weather_now.clouds > 0.02:
            opaque, colour = self._sky.clouds(seconds, schedule.wind, weather_now.clouds, now)
            radiance = (radiance + (colour - radiance) * opaque[..., None]).astype(np.float32)
        layer = FOG_DEPTH if weather_now.visibility < 9000 else 0.0
        radiance = self._sky.through(radiance, beta, layer, now)
        large = self._sky.enlarge((radiance * np.float32(now.exposure)).astype(np.float32))
        return self._shader.code(large)

    def _lit_code(
        self, albedo: tuple[float, float, float], now: Light, distance: float, beta: float
    ) -> tuple[int, int, int]:
        """Return the code of a level surface of `albedo` at `distance` [m]."""
        if now.is_infrared:
            gray = round(
                255 * min(float(np.mean(albedo)) * min((24 / max(distance, 1)) ** 2, 1.0), 1.0) ** 0.45
            )
            return gray, gray, gray
        level = now.ambient * 0.9 + now.direct * np.float32(0.40 * max(now.sun[2], 0.05))
        kept = float(np.exp(-beta * distance))
        radiance = np.array(albedo, np.float32) * level * kept + now.horizon * np.float32(1 - kept)
        code = self._shader.code((radiance * np.float32(now.exposure)).astype(np.float32)[None, None])[0, 0]
        return int(code[0]), int(code[1]), int(code[2])

    def _daylight(self, now: Light, weather_now: Weather) -> Daylight:
        level = (now.ambient * 0.95 + now.direct * np.float32(0.42)) * np.float32(now.exposure)
        air = now.horizon * np.float32(now.exposure)
        if now.is_infrared:
            level, air = np.full(3, 0.28, np.float32), np.full(3, 0.02, np.float32)
        beta = extinction(weather_now.visibility)
        return Daylight(level, air, beta, self._shader.code, 0.65 - 0.3 * weather_now.overcast)

    def _water(self, now: Light) -> Pixels:
        """Return the codes of clear and of brown water, and of the air."""
        clear = self._lit_code((0.050, 0.064, 0.046), now, 1, 0.0)
        brown = self._lit_code((0.175, 0.130, 0.082), now, 1, 0.0)
        air = self._lit_code((0.0, 0.0, 0.0), now, 1e6, 1.0)
        return np.array([[clear], [brown], [air]], np.uint8)

    def _smoke(self, canvas: Pixels, veil: Veil, now: Light, beta: float) -> None:
        """Draw smoke into the canvas (which the caller owns)."""
        at = (veil.rows, veil.columns)
        young = np.array(self._lit_code((0.40, 0.38, 0.36), now, veil.distance, beta), np.float32)
        old = np.array(self._lit_code((0.66, 0.67, 0.70), now, veil.distance, beta), np.float32)
        colour = old + (young - old) * (veil.heat * np.float32(0.8))[..., None]
        layer = cv2.resize(np.clip(colour, 0, 255).astype(np.uint8), veil.opacity.shape[::-1])
        part = np.ascontiguousarray(canvas[at])
        canvas[at] = cv2.blendLinear(layer, part, veil.opacity, 1 - veil.opacity)

    def _shift(self, schedule: Schedule, moment: datetime) -> tuple[int, int]:
        amount = schedule.amount("moved", moment)
        across = round(amount * self.size[1] / 1000)
        margin = self._camera.margin
        across = max(-margin[1], min(margin[1], across))
        down = max(-margin[0], min(margin[0], round(across * 0.35)))
        return across, down

    def _window(self, canvas: Pixels | Floats, shift: tuple[int, int]) -> Pixels | Floats:
        top, left = self._camera.margin[0] - shift[1], self._camera.margin[1] - shift[0]
        return canvas[top : top + self.size[0], left : left + self.size[1]]

    def _crop(self, canvas: Pixels, schedule: Schedule, moment: datetime) -> Pixels:
        return cast(Pixels, np.ascontiguousarray(self._window(canvas, self._shift(schedule, moment))))

    def _picture_box(self, box: Box | None, shift: tuple[int, int]) -> Box | None:
        """Return a box of canvas px in picture px, cut to the picture; None when nothing is left."""
        if box is None:
            return None
        across, down = shift[0] - self._camera.margin[1], shift[1] - self._camera.margin[0]
        left, right = (min(max(side + across, 0), self.size[1]) for side in (box[0], box[2]))
        top, bottom = (min(max(side + down, 0), self.size[0]) for side in (box[1], box[3]))
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _through_lens(
        self, picture: Pixels, moment: datetime, schedule: Schedule, now: Light, weather_now: Weather
    ) -> Pixels:
        micros = (moment - EPOCH) // timedelta(microseconds=1)
        rng = np.random.default_rng([self.seed, micros & 0xFFFFFFFF, (micros >> 32) & 0xFFFFFFFF])
        if weather_now.snowfall > 0 or weather_now.rain > 0:
            if self._particles is None:
                self._particles = Particles(self.size, self.seed)
            bright = 215.0 if now.is_infrared else float(self._lit_code((0.75, 0.76, 0.78), now, 3, 0.0)[1])
            picture = self._particles.fall(picture, weather_now, rng, bright)
        amounts = [(kind, schedule.amount(kind, moment)) for kind in FAULTS]
        before = {"blur", "dirt", "drops", "cover", "spray", "glass_fog"}
        for kind, amount in amounts:
            if amount and kind in before:
                picture = self._lens.spoil(picture, kind, amount, rng)
        gain = 1.0 if now.is_infrared else min(max((now.exposure - 2.0) / 40.0, 0.0), 1.0) ** 0.5
        picture = self._lens.sense(picture, gain, rng)
        if now.is_infrared:
            picture = cast(
                Pixels, cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            )
        for kind, amount in amounts:
            if amount and kind not in before:
                picture = self._lens.spoil(picture, kind, amount, rng)
        return picture


def _thawed(moment: datetime, schedule: Schedule) -> datetime:
    """Return the time that is shown: a frozen camera shows when it froze."""
    frozen = schedule.of("frozen", moment)
    return min((episode.start for episode in frozen), default=moment)


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
