"""A district that uses all that Landwatch has, and the table of its pages, for tests that go through all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from landwatch.alert import Duty, Quiet
from landwatch.clock import SetClock
from landwatch.config import Alerts, Camera, Config, Place, Public, Rule, Secret, Serve
from landwatch.config import Store as StoreConfig
from landwatch.decide import default_rules
from landwatch.lesson import spot_of
from landwatch.setup import Asked
from landwatch.setup import Desk as Newcomers
from landwatch.store import Archive, Beside, Store, micros, schema
from landwatch.types import Pixels
from landwatch.upkeep import Asset, Desk, Level, Opening, Organisation
from landwatch.upkeep import Site as Location
from landwatch.upkeep.inspections import Item, mark, start
from landwatch.views import Book, adopt
from landwatch.views import Desk as Drafts
from landwatch.web.public import Disclosed
from landwatch.where import Locator

from .browsing import Site, served
from .scenes import NOW, Sight, fill, flat, still, well
from .test_triage import SIGHTS, TOKEN, cameras

__all__ = ["PAGES", "TOKEN", "District", "district", "registered"]

PAGES: Mapping[str, tuple[str, ...]] = {
    "camera": ("/cameras/ridge", "/cameras/gauge", "/cameras/away"),
    "draw": ("/cameras/ridge/draw?instrument=greenness", "/cameras/ridge/draw?instrument=visibility"),
    "error": ("/no-such-page",),
    "event": ("/events/smoke-ridge-1",),
    "events": ("/events", "/events?show=closed"),
    "fleet": ("/", "/?view=table", "/?q=nothing"),
    "gaps": ("/gaps",),
    "inspection": ("/inspections/spring",),
    "inspections": ("/inspections",),
    "label": ("/cameras/ridge/label",),
    "map": ("/map", "/map?day=2026-07-01&minute=719"),
    "measure": (
        "/measure",
        "/measure?series=gauge:river_level&series=ridge:smoke&from=2026-07-01&to=2026-07-01&every=hour",
    ),
    "operator": ("/operator",),
    "order": ("/orders/1",),
    "orders": ("/orders",),
    "public": ("/public",),
    "rates": ("/rates", "/rates?by=settlement"),
    "report": ("/report/{report}",),
    "setup": ("/setup",),
    "setup_added": ("/setup/cameras/gauge",),
    "setup_trial": ("/setup/trials/{newcomer}",),
    "sites": ("/sites",),
    "triage": ("/triage",),
    "trial": ("/cameras/ridge/trials/{trial}",),
    "views": ("/cameras/ridge/views",),
}
"""Addresses of the pages that each template makes. What is in braces is known once the district is there."""

REGION = {"region": [[20, 20], [300, 20], [300, 170], [20, 170]]}


@dataclass(frozen=True, slots=True)
class District:
    """The district, served."""

    site: Site
    desk: Desk
    duty: Duty
    drafts: Drafts
    trial: str
    """Of a draft, which is over before long."""
    newcomer: str
    """Of a camera that nobody has: nothing answers at its address."""

    def address(self, path: str) -> str:
        """Return the whole address of a page of `PAGES`."""
        known = {"report": self.desk.book.token("ridge"), "trial": self.trial, "newcomer": self.newcomer}
        return self.site.address + path.format_map(known)


def followed() -> tuple[Camera, ...]:
    """Return the cameras of the triage desk's tests, and one that reads a river's level."""
    first, *others = cameras()
    gauge = Camera(
        name="gauge",
        title="River gauge",
        source={"kind": "folder"},
        place=Place(latitude=46.45, longitude=9.95, elevation=1234.5),
    )
    return (first.model_copy(update={"measure": {"greenness": REGION}}), *others, gauge)


def registered(desk: Desk, pictures: list[Pixels]) -> None:
    """Enter into a register who owns and mends the camera `ridge`; it has an order, and was inspected."""
    desk.keep_organisations(
        [Organisation(name="district", title="District"), Organisation(name="mender", title="Mender Ltd")]
    )
    desk.keep_sites([Location(name="hill", title="Hill", area="Upper district", settlement="rural")])
    desk.keep_levels([Level(name="fast", target=98, response=4, repair=24)])
    desk.keep_assets(
        [
            Asset(
                camera="ridge",
                site="hill",
                make="Acme",
                maintained_by="mender",
                managed_by="district",
                level="fast",
            )
        ]
    )
    before, after = (still(picture).sha256 for picture in pictures)
    desk.open_order(
        Opening(
            scope="camera",
            subject="ridge",
            cause="blur",
            origin="pictures",
            since=NOW,
            detail="4.1 times less sharp than it was: out of focus, or glass misted",
            before=before,
            after=after,
        ),
        "pictures",
    )
    items = (Item(name="bracket", words="Is the bracket firm?"), Item(name="glass", words="Is it clean?"))
    start(desk, "spring", inspector="district", items=items, share=1, now=NOW, title="Spring")
    mark(desk, "spring", "ridge", "glass", "fail", "misted", NOW)


@contextmanager
def district(folder: Path) -> Iterator[District]:
    """Serve the district; `LANDWATCH_TOKEN` must be `TOKEN`."""
    (ridge, pictures), *others = SIGHTS
    smoky = dataclasses.replace(ridge, quantity="smoke")
    gauge = Sight(name="gauge", title="River gauge", states=well(), quantity="river_level")
    fill(folder, [(smoky, pictures), *others, (gauge, [flat(120)] * 7)])
    clock = SetClock(NOW)
    followed_ones = followed()
    with Store.open(folder, clock) as store:
        store.enroll(followed_ones)
    config = Config(
        camera=followed_ones,
        store=StoreConfig(folder=folder),
        alert=Alerts(desks=("District forest desk",), merge_km=0),
        public=Public(on=True, owner="District of Test", contact="cameras@district.example"),
    )
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(folder))
        beside = stack.enter_context(Beside(folder, clock))
        desk = stack.enter_context(Desk.open(folder, clock))
        duty = stack.enter_context(Duty.open(folder, clock, config))
        duty.follow()
        registered(desk, [flat(20), flat(80)])
        adopt(beside, followed_ones, None, NOW)
        _cry_wolf(archive, beside)
        drafts = Drafts(config, None, beside, Book(archive.reading), clock)
        stack.callback(drafts.close)
        newcomers = Newcomers(folder / "landwatch.toml", config)
        stack.callback(newcomers.close)
        newcomer = newcomers.begin(Asked(url="http://127.0.0.1:1/still.jpg", hazard="smoke"))
        trial = drafts.begin(drafts.draft("ridge", {"greenness": REGION}, 1, "page"))
        (smoke,) = default_rules((), ("smoke",))
        flood = Rule(hazard="flood", quantity="river_level", enter=1.6, leave=1.0)
        site = stack.enter_context(
            served(
                folder,
                desk=desk,
                duty=duty,
                drafts=drafts,
                newcomers=newcomers,
                beside=beside,
                serve=Serve(operator_token=Secret(env="LANDWATCH_TOKEN"), call="0800 555 111"),
                locator=Locator(followed_ones[:3]),
                disclosed=Disclosed.of(config),
                rules={"gauge": (flood,)},
                quiet=Quiet(beside, {"ridge": (smoke,)}),
            )
        )
        yield District(site, desk, duty, drafts, trial, newcomer)


def _cry_wolf(archive: Archive, beside: Beside) -> None:
    """Let the ridge have watched for three days, and cried for five hours where its event is."""
    event = archive.event("smoke-ridge-1")[0]
    hour = micros(NOW) // 3_600_000_000
    assert event.region is not None
    with beside.transaction("write") as connection:
        camera = connection.exec_driver_sql("SELECT id FROM cameras WHERE name = 'ridge'").scalar_one()
        for age in range(10, 82):
            cries = {"cell": spot_of(event.region, (320, 180)).cell, "level": 0.3}
            connection.execute(
                schema.quiet.insert().values(
                    camera_id=camera,
                    hazard="smoke",
                    readings=60,
                    area=0.5,
                    hour=hour - age,
                    **(cries if age < 15 else {"cell": -1, "level": 0.0}),
                )
            )
