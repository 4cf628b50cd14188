"""A county's service with every part of it: cameras of the simulated valley, registers, work orders, events,
exports and sensors of others, and a token that may do everything. Nobody is in its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from landwatch.alert import Blind, Duty, Quiet
from landwatch.clock import Clock, SetClock
from landwatch.config import Camera, Config, Outlet, Place, Pose, Rule, Secret, Serve
from landwatch.decide import default_rules
from landwatch.publish import cap
from landwatch.store import Archive, Beside, Store, schema
from landwatch.types import Event, Pixels
from landwatch.upkeep import Asset, Condition, Desk, Level, Opening, Organisation, Site
from landwatch.upkeep.inspections import Item, mark, start
from landwatch.valley import SimulatedCamera, demo_cameras
from landwatch.web import News, create_app
from landwatch.web.exports import Exports
from landwatch.where import Locator
from tests.publish.test_cap import identify

from .conftest import Asker
from .scenes import INTERVAL, NOW, Sight, fill, flat, outcome, still, well
from .valley_fleet import ILL, TITLES

__all__ = ["SENSED", "TOKEN", "county"]

TOKEN = "a token that may do everything"

SIZE = (160, 90)
"""Of the pictures, which are plain: width, height. [px]"""

OFTEN = 10**9
"""Requests a minute, for a clock that stands still. [1]"""

HOUR = timedelta(hours=1)

MORNING = NOW.replace(hour=10)
"""The valley lies where it is forenoon then: at 12 deg east."""

FLOOD = Rule(hazard="flood", quantity="river_level", enter=1.6, leave=1.0)


POINT = {"type": "Point", "coordinates": [12.0, 46.5]}
SENSED: dict[str, dict[str, Any]] = {
    "Things": {"name": "rain gauge", "description": "beside the camera at the bridge"},
    "Locations": {
        "name": "bridge",
        "description": "left bank",
        "encodingType": "application/geo+json",
        "location": POINT,
    },
    "HistoricalLocations": {"time": "2026-06-01T08:00:00Z"},
    "Sensors": {
        "name": "tipping bucket",
        "description": "0.2 mm a tip",
        "encodingType": "text/plain",
        "metadata": "calibrated in May",
    },
    "ObservedProperties": {
        "name": "rain",
        "definition": "http://qudt.org/vocab/quantitykind/PrecipitationAmount",
        "description": "depth of water that fell",
    },
    "Datastreams": {
        "name": "rain at the bridge",
        "description": "sums of ten minutes",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "millimetre", "symbol": "mm", "definition": "https://ucum.org/ucum#mm"},
    },
    "Observations": {"phenomenonTime": "2026-07-01T11:40:00Z/2026-07-01T11:50:00Z", "result": 1.4},
    "FeaturesOfInterest": {
        "name": "gorge",
        "description": "the land above the bridge",
        "encodingType": "application/geo+json",
        "feature": POINT,
    },
}
"""What a client says of its rain gauge: of each set one, the first of them all that clients own."""

STEAM = Event(
    id="smoke-forest-tower-1",
    hazard="smoke",
    camera="forest-tower",
    state="opened",
    opened=NOW - HOUR,
    time=NOW - HOUR,
    score=0.55,
    region=(20, 20, 40, 40),
)


@contextmanager
def county(folder: Path, clock: Clock | None = None) -> Iterator[FastAPI]:
    """Fill a folder with all that a county has, and give the app that serves it, by a clock or at `NOW`."""
    clock = clock or SetClock(NOW)
    (folder / "token").write_text(TOKEN)
    config = _config(folder)
    fill(folder, [_sight(camera.name) for camera in config.camera])
    with Store.open(folder, clock) as store:
        store.enroll(config.camera)
        store.keep(outcome("forest-tower", NOW - HOUR, still(flat(80)), events=(STEAM,)))
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(folder))
        desk = stack.enter_context(Desk.open(folder, clock))
        duty = stack.enter_context(Duty.open(folder, clock, config))
        beside = stack.enter_context(Beside(folder, clock))
        exports = Exports(folder, clock)
        stack.callback(exports.close)
        _register(desk)
        _watch(duty)
        _learn(beside)
        news = News(clock)
        app = create_app(
            archive,
            news,
            clock,
            desk=desk,
            duty=duty,
            serve=config.serve,
            locator=Locator(config.camera),
            beside=beside,
            rules={"river-gauge": (FLOOD,)},
            exports=exports,
            quiet=Quiet(beside, {"ridge-north": default_rules((), ("smoke",))}),
            signer=cap.signer(config.outlet),
        )
        _sense(app)
        yield app


def _config(folder: Path) -> Config:
    identity = identify(folder, ec.generate_private_key(ec.SECP256R1()))
    outlet = Outlet(
        name="cap",
        kind="cap",
        folder=folder / "alerts",
        key={"file": identity / "key.pem"},
        certificate=identity / "certificate.pem",
    )
    return Config(
        camera=[_camera(one) for one in demo_cameras(1, MORNING)],
        outlet=(outlet,),
        notice=({"outlet": "cap"},),
        alert={"status": "Actual"},
        serve=Serve(operator_token=Secret(file=folder / "token"), requests_per_minute=OFTEN),
    )


def _camera(one: SimulatedCamera) -> Camera:
    """Return a camera of the configuration that stands where the simulated one does; each looks north."""
    place = one.schedule
    return Camera(
        name=one.name,
        title=TITLES[one.name][0],
        source={"kind": "rtsp", "url": "rtsp://never-shown.invalid/secret"},
        interval=INTERVAL,
        place=Place(latitude=place.latitude, longitude=place.longitude, elevation=620),
        view=Pose(
            size=SIZE, azimuth=0.0, elevation=0.0, focal=160.0, sigma={"azimuth": 0.5, "elevation": 0.5}
        ),
    )


def _sight(name: str) -> tuple[Sight, list[Pixels]]:
    about: dict[str, Any] = {"states": well(), **ILL.get(name, {})}
    pictures = [] if about.get("refused") else [flat(level, *SIZE) for level in range(40, 110, 10)]
    return Sight(name=name, title=TITLES[name][0], **about), pictures


def _register(desk: Desk) -> None:
    """Write registers, a work order and an inspection."""
    desk.keep_organisations([Organisation(name="mender", title="Mender")])
    desk.keep_levels([Level(name="gold", target=98.0, response=4.0, repair=24.0)])
    desk.keep_sites([Site(name="bridge", title="The old bridge", latitude=46.5, longitude=9.9)])
    desk.keep_assets(
        [
            Asset(camera=name, site="bridge", maintained_by="mender", managed_by="mender", level="gold")
            for name in ("river-gauge", "ridge-blurred")
        ]
    )
    blurred = Condition(
        camera="ridge-blurred", since=NOW - HOUR, noted=NOW, state="bad", cause="blur", detail="out of focus"
    )
    desk.keep_conditions([blurred])
    desk.open_order(
        Opening(scope="camera", subject="ridge-blurred", cause="blur", origin="pictures", since=NOW - HOUR),
        "pictures",
    )
    bracket = Item(name="bracket", words="Is the bracket firm?")
    start(desk, "spring", inspector="mender", items=(bracket,), share=1, now=NOW, title="Spring")
    mark(desk, "spring", "river-gauge", "bracket", "fail", "loose", NOW)


def _watch(duty: Duty) -> None:
    """Follow the events of the pictures; an exercise, a false alarm, and a camera that is blind by night."""
    duty.follow()
    duty.open_event("slope-east", "landslide", "duty", drill=True)
    duty.act(STEAM.id, "dismiss", "duty", version=1, cause="steam")
    dark = NOW - HOUR
    duty.keep_blind(
        [Blind(camera="forest-night", hazard="smoke", why="night", began=dark, since=dark, until=None)], []
    )


def _learn(beside: Beside) -> None:
    """Keep three quiet days of the ridge, with a place that cries wolf."""
    with beside.transaction("write") as connection:
        camera = connection.exec_driver_sql("SELECT id FROM cameras WHERE name = 'ridge-north'").scalar_one()
        for age in range(10, 82):
            cry = {"cell": 77, "level": 0.3} if age < 15 else {"cell": -1, "level": 0.0}
            row = {"camera_id": camera, "hazard": "smoke", "readings": 60, "area": 0.5, **cry}
            hour = int((NOW - age * HOUR).timestamp()) // 3600
            connection.execute(schema.quiet.insert().values(**row, hour=hour))


def _sense(app: FastAPI) -> None:
    """Create the rain gauge, by SensorThings."""
    seen = {**SENSED["Observations"], "FeatureOfInterest": SENSED["FeaturesOfInterest"]}
    stream = {
        **SENSED["Datastreams"],
        "Sensor": SENSED["Sensors"],
        "ObservedProperty": SENSED["ObservedProperties"],
        "Observations": [seen],
    }
    thing = {**SENSED["Things"], "Locations": [SENSED["Locations"]], "Datastreams": [stream]}
    answer = Asker(app).ask("POST", "/v1.1/Things", json=thing, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 201, answer.text
