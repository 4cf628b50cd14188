"""A dozen cameras around a valley, with something to see at each, for `landwatch demo`."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians

from landwatch.clock import aware
from landwatch.valley.cameras import SimulatedCamera, Trouble
from landwatch.valley.schedule import Episode, Kind, Schedule

__all__ = ["demo_cameras"]

LASTS = timedelta(days=2)
"""The demo's episodes end after this long."""

FORENOON = 10.8
"""Solar time in the valley when the demo starts. [h]"""

DEGREE_KM = 111.2
"""A degree of latitude. [km]"""

FIRE_AFTER = timedelta(seconds=8)
"""From the demo's start to the fire: the first pictures show the land without smoke."""


def demo_cameras(seed: int, start: datetime) -> tuple[SimulatedCamera, ...]:
    """Return the demo's cameras, in the order in which they should be shown.

    Whatever the hour and season at `start`, it is summer or spring forenoon in the valley, which lies at the
    longitude where it is; one camera stands on the other side of the world, where it is night.
    """
    start = aware(start)

    def happens(
        kind: Kind,
        strength: float = 1.0,
        *,
        after: timedelta = timedelta(hours=-1),
        ramp: timedelta = timedelta(0),
        at: tuple[float, float] | None = None,
    ) -> Episode:
        return Episode(kind=kind, start=start + after, end=start + LASTS, strength=strength, ramp=ramp, at=at)

    def where(
        east: float,
        north: float,
        *episodes: Episode,
        hour: float = FORENOON,
        clouds: float = 0.4,
        wind: float = 3.0,
    ) -> Schedule:
        """Return the schedule of a camera that stands so far from the valley's middle [km]."""
        utc = start.hour + start.minute / 60
        middle = 46.5 if 4 <= start.month <= 9 else -46.5
        longitude = (hour - utc) * 15 + east / (DEGREE_KM * cos(radians(middle)))
        return Schedule(
            episodes=episodes,
            latitude=round(middle + north / DEGREE_KM, 5),
            longitude=round((longitude + 180) % 360 - 180, 5),
            clouds=clouds,
            wind=wind,
        )

    quick = timedelta(minutes=4)
    return (
        SimulatedCamera(
            name="ridge-north",
            title="Fire lookout, north ridge",
            view="ridge",
            protocol="rtsp",
            seed=seed,
            size=(540, 960),
            schedule=where(2.0, -3.0, happens("smoke", 3.0, after=FIRE_AFTER)),
        ),
        SimulatedCamera(
            name="river-gauge",
            title="River gauge at the bridge",
            view="river",
            protocol="rtsp",
            seed=seed,
            size=(540, 960),
            schedule=where(0.0, 0.0, happens("river", 2.2, after=timedelta(0), ramp=quick)),
        ),
        SimulatedCamera(
            name="road-pass",
            title="Pass road, kilometre 14",
            view="road",
            protocol="rtsp",
            seed=seed,
            size=(720, 1280),
            key_every=4,
            schedule=where(-4.5, 2.5, happens("walkers", 2), happens("cars", 1.2), clouds=0.3),
        ),
        SimulatedCamera(
            name="slope-east",
            title="Loose slope above the village",
            view="slope",
            protocol="http",
            seed=seed,
            size=(540, 960),
            schedule=where(
                -1.5, 1.5, happens("slide", 9, after=timedelta(seconds=30), ramp=timedelta(minutes=8))
            ),
        ),
        SimulatedCamera(
            name="forest-tower",
            title="Forest phenology tower",
            view="forest",
            protocol="http",
            seed=seed,
            schedule=where(3.5, 1.0, clouds=0.25),
        ),
        SimulatedCamera(
            name="airfield-fog",
            title="Fog over the valley floor",
            view="ridge",
            protocol="mjpeg",
            seed=seed + 1,
            schedule=where(1.0, -4.0, happens("fog", 420, after=timedelta(seconds=10), ramp=quick)),
        ),
        SimulatedCamera(
            name="pass-snow",
            title="Snow on the upper road",
            view="road",
            protocol="http",
            seed=seed + 1,
            schedule=where(
                -5.0,
                3.2,
                happens("snow", 0.75, after=timedelta(seconds=-90), ramp=quick),
                happens("snowfall", 0.5),
            ),
        ),
        SimulatedCamera(
            name="forest-night",
            title="Forest edge by night",
            view="forest",
            protocol="mjpeg",
            seed=seed + 1,
            schedule=where(0.0, 0.0, hour=23.5),
        ),
        SimulatedCamera(
            name="river-frozen",
            title="Upper river; its picture stands still",
            view="river",
            protocol="http",
            seed=seed + 1,
            schedule=where(0.8, 4.5, happens("frozen", after=timedelta(minutes=-2))),
        ),
        SimulatedCamera(
            name="ridge-blurred",
            title="South ridge; out of focus",
            view="ridge",
            protocol="http",
            seed=seed + 2,
            schedule=where(3.0, -5.5, happens("blur", 0.8)),
        ),
        SimulatedCamera(
            name="slope-white",
            title="West slope; over-exposed",
            view="slope",
            protocol="mjpeg",
            seed=seed + 1,
            schedule=where(-3.0, -1.5, happens("over", 0.75)),
        ),
        SimulatedCamera(
            name="quarry-late",
            title="Quarry; sends old pictures",
            view="slope",
            protocol="http",
            seed=seed + 2,
            schedule=where(4.8, 3.6),
            troubles=(Trouble(kind="late"),),
        ),
        SimulatedCamera(
            name="bridge-down",
            title="Old bridge; refuses connections",
            view="river",
            protocol="rtsp",
            seed=seed + 2,
            schedule=where(-0.4, -1.2),
            troubles=(Trouble(kind="refuse"),),
        ),
    )
