"""The page of the fleet: how cameras are, as tiles or as a table, and what is done with several at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from landwatch.alert import Blind
from landwatch.alert import Book as EventBook
from landwatch.errors import UsageError
from landwatch.i18n import translator
from landwatch.store import Archive, Glance
from landwatch.types import Event, FindingState
from landwatch.upkeep import Asset, Book, Desk, Opening
from landwatch.upkeep.desk import LONGEST_NOTE
from landwatch.upkeep.records import LIFECYCLES
from landwatch.web.labels import sheets
from landwatch.web.operator import Operator, pairs
from landwatch.web.pages import MOST_OPEN, desk_of, note_count, page, reader_language
from landwatch.web.problems import Missing
from landwatch.web.standing import entries, seen_by
from landwatch.web.states import STATES, Cause, causes_of, is_late, state_of
from landwatch.web.work import card

__all__ = ["Tile", "Wish", "explained", "router", "tally", "tiles_of"]

PAGE = 100
"""Cameras on one page: as many as somebody looks through; filters and counts are of all. [1]"""

MOST_CHOSEN = 1000
"""Cameras with which something is done at once. [1]"""

KINDS = (*STATES, "hazard", "blind", "order")
"""What the chips of the page choose by."""

ACTS = ("order", "maintenance", "active", "labels")
"""What may be done with several cameras."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One camera in the grid, or one row of the table."""

    camera: Glance
    state: FindingState
    events: tuple[Event, ...]
    """Open ones."""
    blind: tuple[Blind, ...]
    """To which hazards."""
    orders: int
    """Work orders on it that stand. [1]"""
    late: bool
    """Whether the picture that is shown is late."""
    why: tuple[Cause, ...] = ()
    """What explains the state; only of a tile that is `explained`."""

    @property
    def title(self) -> str:
        """What people call the camera."""
        return self.camera.title or self.camera.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which cameras the page shows, in which order, and how. All of it is in the address."""

    state: str
    """One of `KINDS`, or "" for all."""
    words: str
    site: str
    maintainer: str
    """Names; "" for all."""
    sort: str
    """"name" or "state"."""
    view: str
    """"table", or "" for tiles."""
    number: int
    """Of the page, from 1."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wish:
        """Return what the address asks for; what it cannot mean is left out."""
        state, number = query.get("state", ""), query.get("page", "")
        return cls(
            state=state if state in KINDS else "",
            words=query.get("q", "").strip()[:100],
            site=query.get("site", "")[:64],
            maintainer=query.get("maintainer", "")[:64],
            sort="state" if query.get("sort") == "state" else "name",
            view="table" if query.get("view") == "table" else "",
            number=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1,
        )

    def fits(self, tile: Tile, assets: Mapping[str, Asset]) -> bool:
        """True for a camera that is to be shown."""
        chosen: Mapping[str, bool] = {
            "hazard": bool(tile.events),
            "blind": bool(tile.blind),
            "order": bool(tile.orders),
        }
        if self.state and not chosen.get(self.state, tile.state == self.state):
            return False
        asset = assets.get(tile.camera.name)
        if self.site and (asset is None or asset.site != self.site):
            return False
        if self.maintainer and (asset is None or asset.maintained_by != self.maintainer):
            return False
        text = f"{tile.camera.name} {tile.camera.title}".casefold()
        return all(word in text for word in self.words.casefold().split())

    @property
    def any(self) -> bool:
        """True when some cameras may be left out."""
        return bool(self.state or self.words or self.site or self.maintainer)

    def address(self, number: int) -> str:
        """Return the address of another page of the same wish."""
        query = {
            "state": self.state,
            "q": self.words,
            "site": self.site,
            "maintainer": self.maintainer,
            "sort": self.sort if self.sort != "name" else "",
            "view": self.view,
            "page": str(number) if number > 1 else "",
        }
        return "/?" + urlencode({key: value for key, value in query.items() if value})


@router.get("/")
def fleet(request: Request) -> Response:
    """All cameras at a glance."""
    done = request.query_params.get("done", "")
    return page(
        request,
        "fleet.html",
        **_fleet(request),
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 6 else None,
        longest=LONGEST_NOTE,
        here="fleet",
    )


@router.get("/parts/fleet")
def fleet_part(request: Request) -> Response:
    """The grid or the table, fetched again when there is something new."""
    return page(request, "parts/fleet.html", **_fleet(request), again=True)


@router.post("/fleet")
async def act(request: Request) -> Response:
    """Do something with several cameras."""
    operator: Operator = request.app.state.operator
    given = await pairs(request, most=MOST_CHOSEN)
    fields = dict(given)
    operator.check_form(request, fields)
    desk = desk_of(request)
    cameras = list(dict.fromkeys(value for key, value in given if key == "camera"))
    if not cameras:
        raise UsageError("no camera is chosen; tick some, then say what is to be done with them")
    known = request.app.state.archive.titles().keys() | {one.camera for one in desk.book.assets()}
    for name in cameras:
        if name not in known:
            raise Missing(f"no camera is called {name!r}")
    wanted, note = fields.get("act", ""), fields.get("note", "")
    if wanted == "labels":
        return await run_in_threadpool(_labels, request, cameras)
    if wanted == "order":
        await run_in_threadpool(_open, request, desk, cameras, fields.get("cause", "").strip(), note)
    else:
        lifecycle = next((one for one in LIFECYCLES if one == wanted and one in ACTS), None)
        if lifecycle is None:
            raise UsageError(f"nothing is called {wanted!r}; possible are: {', '.join(ACTS)}")
        await run_in_threadpool(desk.set_lifecycle, cameras, lifecycle, note)
    request.app.state.news.publish()
    back = [(key, value) for key, value in parse_qsl(fields.get("back", "")) if key != "done"]
    return RedirectResponse("/?" + urlencode([*back, ("done", len(cameras))]), 303)


def _open(request: Request, desk: Desk, cameras: Sequence[str], cause: str, note: str) -> None:
    """Open a work order on each camera; where one on the cause stands, the note is added to it."""
    now = request.app.state.clock.now()
    for name in cameras:
        opening = Opening(scope="camera", subject=name, cause=cause, origin="hand", since=now, detail=note)
        desk.open_order(opening, "manager", now, note=note)


def _labels(request: Request, cameras: Sequence[str]) -> Response:
    cards = [card(request, name) for name in cameras]
    content = sheets(cards, request.app.state.call, translator(reader_language(request)))
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="labels.pdf"', "Cache-Control": "no-store"},
    )


def tiles_of(request: Request, cameras: Sequence[Glance]) -> tuple[list[Tile], list[Event]]:
    """Return those of the cameras that are followed, and all open events, the latest first."""
    book: Book = request.app.state.book
    now = request.app.state.clock.now()
    events, open_now = _events(request.app.state.archive, request.app.state.events)
    blind: dict[str, list[Blind]] = defaultdict(list)
    for one in request.app.state.events.blind():
        blind[one.camera].append(one)
    standing = book.standing()
    tiles = [
        Tile(
            camera=camera,
            state=state_of(camera, now),
            events=tuple(events.get(camera.name, ())),
            blind=tuple(blind.get(camera.name, ())),
            orders=standing["camera", camera.name],
            late=is_late(camera.shown, camera.interval, now),
        )
        for camera in cameras
        if camera.followed
    ]
    return tiles, open_now


def explained(request: Request, tiles: Sequence[Tile]) -> list[Tile]:
    """Return tiles with what explains their states now."""
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    troubles = archive.troubles([tile.camera.name for tile in tiles])
    causes = [causes_of(tile.camera, troubles.get(tile.camera.name, ()), now) for tile in tiles]
    return [
        replace(tile, why=tuple(cause for cause in told if cause.state == tile.state))
        for tile, told in zip(tiles, causes, strict=True)
    ]


def tally(tiles: Sequence[Tile]) -> dict[str, int]:
    """Return how many cameras the chips of a filter choose."""
    counts: Counter[str] = Counter(tile.state for tile in tiles)
    counts["hazard"] = sum(bool(tile.events) for tile in tiles)
    counts["blind"] = sum(bool(tile.blind) for tile in tiles)
    counts["order"] = sum(bool(tile.orders) for tile in tiles)
    return {kind: counts[kind] for kind in KINDS}


def _fleet(request: Request) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    book: Book = request.app.state.book
    now = request.app.state.clock.now()
    cameras = archive.glances()
    tiles, open_now = tiles_of(request, cameras)
    wish = Wish.of(request.query_params)
    needs_assets = wish.site or wish.maintainer or wish.view
    assets = {one.camera: one for one in book.assets()} if needs_assets else {}
    fitting = [tile for tile in tiles if wish.fits(tile, assets)]
    if wish.sort == "state":
        fitting.sort(key=lambda tile: (not tile.events, STATES.index(tile.state), tile.camera.name))
    pages = max(1, -(-len(fitting) // PAGE))
    number = min(wish.number, pages)
    shown = fitting[(number - 1) * PAGE : number * PAGE]
    lately = request.app.state.lately
    return {
        "tiles": explained(request, shown),
        "pictures": {} if wish.view else archive.newest_shown([tile.camera.name for tile in shown]),
        "fitting": len(fitting),
        "number": number,
        "pages": pages,
        "total": len(tiles),
        "counts": tally(tiles),
        "wish": wish,
        "assets": assets,
        "sites": {one.name: one.title or one.name for one in book.sites()},
        "organisations": {one.name: one.title or one.name for one in book.organisations()},
        "open_events": open_now,
        "open_orders": book.standing().total(),
        "lately": lately.survey(now).total,
        "lately_of": lambda camera: lately.of(camera, now),
        "titles": {record.name: record.title or record.name for record in cameras},
        "left": [record for record in cameras if not record.followed],
        "density": _density(len(shown)),
    }


def _events(archive: Archive, book: EventBook) -> tuple[dict[str, list[Event]], list[Event]]:
    """Return the open events by each camera that sees them, and in order."""
    open_now = [one.event for one in entries(archive, book, stands=True, limit=MOST_OPEN)]
    cameras = seen_by(book, open_now)
    by_camera: dict[str, list[Event]] = defaultdict(list)
    for event in open_now:
        for name in cameras[event.id]:
            by_camera[name].append(event)
    return by_camera, open_now


def _density(count: int) -> str:
    """Return how large tiles are, so that as many as can be fit on a screen."""
    return "few" if count <= 6 else "some" if count <= 15 else "many" if count <= 24 else "most"
