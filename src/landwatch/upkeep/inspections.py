"""Inspections: a third party looks at a sample of cameras with a checklist, and what it finds is mended.

A campaign has an inspecting organisation, a checklist with weights, and a sample: from each stratum (such as
each area) the same share of its active cameras, at least one, drawn by a seed, so that anybody can draw it
again. Each item of each camera is marked pass, fail or inapplicable. A camera's score is the weight of what
passed over the weight of what applies; an item without a mark is not passed, so a score is only final when
all are marked. A failed item opens a work order, due after the campaign's time to rectify, which is closed
as any other: verified by somebody else than who mended it. Where an order on the same word stands already,
it keeps its deadline. Marks are added, never changed; the newest counts.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, func, select

from landwatch.errors import UsageError
from landwatch.store import micros, moment, schema, text
from landwatch.upkeep.book import Book, Reading
from landwatch.upkeep.desk import LONGEST_NOTE, Desk
from landwatch.upkeep.rates import Dimension, key_of
from landwatch.upkeep.records import Opening, Order

__all__ = [
    "MARKS",
    "Campaign",
    "Item",
    "Mark",
    "Marking",
    "Visit",
    "campaign",
    "campaigns",
    "close",
    "mark",
    "start",
]

Mark = Literal["pass", "fail", "inapplicable"]
MARKS: tuple[Mark, ...] = get_args(Mark)

MOST_ITEMS = 100
"""Of a checklist. [1]"""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a checklist."""

    name: str
    """One word; the cause of the work order that a fail opens."""
    words: str
    """What is looked at, about things and not about people."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What was found of one item at one camera."""

    time: datetime
    item: str
    mark: Mark
    note: str
    order: Order | None
    """That was opened for it, as it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One camera of a sample."""

    camera: str
    stratum: str
    marks: Mapping[str, Marking]
    """The newest of each item."""
    score: float
    """Weight of what passed over that of what applies. [1]"""
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """An inspection as it is now."""

    name: str
    title: str
    inspector: str
    """The organisation."""
    items: tuple[Item, ...]
    strata: Dimension
    seed: int
    rectify: float
    """Time to mend what was found. [d]"""
    opened: datetime
    closed: datetime | None
    visits: tuple[Visit, ...]

    @property
    def score(self) -> float | None:
        """Mean score of the cameras that are complete; None where none is. [1]"""
        scores = [visit.score for visit in self.visits if visit.is_complete]
        return sum(scores) / len(scores) if scores else None

    @property
    def findings(self) -> tuple[tuple[Visit, Marking], ...]:
        """What failed, in order of camera and item."""
        return tuple(
            (visit, found)
            for visit in self.visits
            for _, found in sorted(visit.marks.items())
            if found.mark == "fail"
        )


def start(
    desk: Desk,
    name: str,
    *,
    inspector: str,
    items: Sequence[Item],
    share: float,
    now: datetime,
    strata: Dimension = "all",
    seed: int = 0,
    rectify: float = 14.0,
    title: str = "",
) -> Campaign:
    """Draw a sample and return the new campaign.

    Args:
        desk: where it is kept.
        name: lower case letters, digits, dash, underscore.
        inspector: organisation that inspects.
        items: of the checklist.
        share: of the active cameras of each stratum [1]; at least one of each.
        now: the present.
        strata: by what the cameras are divided before the draw.
        seed: of the draw.
        rectify: time to mend what is found. [d]
        title: what people call it.

    Raises:
        UsageError: naming what is wrong.
    """
    _check(name, items, share, rectify)
    with desk.transaction("write") as connection:
        if (
            connection.scalar(select(schema.campaigns.c.id).where(schema.campaigns.c.name == name))
            is not None
        ):
            raise UsageError(f"there is a campaign {name} already; choose another name")
        table = schema.organisations
        inspector_id = connection.scalar(select(table.c.id).where(table.c.name == inspector))
        if inspector_id is None:
            raise UsageError(
                f"no organisation is called {inspector!r}; see landwatch fleet organisations import"
            )
        drawn = _draw(Book(lambda: nullcontext(connection)), share, strata, seed, now)
        if not drawn:
            raise UsageError("no camera is registered as active; see landwatch fleet cameras import")
        number = connection.scalar(
            schema.campaigns.insert()
            .values(
                name=name,
                title=text(title),
                inspector_id=inspector_id,
                checklist=json.dumps([asdict(item) for item in items], ensure_ascii=False),
                strata=strata,
                seed=seed,
                rectify=rectify,
                opened=micros(now),
            )
            .returning(schema.campaigns.c.id)
        )
        connection.execute(
            schema.visits.insert(),
            [{"campaign_id": number, "camera": camera, "stratum": stratum} for camera, stratum in drawn],
        )
        return _campaign(connection, name)


def _check(name: str, items: Sequence[Item], share: float, rectify: float) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(f"campaign {name!r}: lower case letters, digits, dash and underscore, at most 32")
    if not 0 < len(items) <= MOST_ITEMS:
        raise UsageError(f"a checklist has 1 to {MOST_ITEMS} items, not {len(items)}")
    if len({item.name for item in items}) != len(items):
        raise UsageError("two items of the checklist have the same name")
    for item in items:
        if not NAME.fullmatch(item.name):
            raise UsageError(f"item {item.name!r}: one word in lower case, such as bracket")
        if not 0 < item.weight <= 1000 or len(item.words) > LONGEST_NOTE:
            raise UsageError(
                f"item {item.name}: weights go from above 0 to 1000, words to {LONGEST_NOTE} letters"
            )
    if not 0 < share <= 1 or not 0 < rectify <= 3650:
        raise UsageError(f"share = {share:g} is above 0 to 1; rectify = {rectify:g} is above 0 to 3650 days")


def _draw(book: Book, share: float, strata: Dimension, seed: int, now: datetime) -> list[tuple[str, str]]:
    """Return cameras and strata, in order of camera."""
    sites = {site.name: site for site in book.sites()}
    groups: dict[str, list[str]] = {}
    for asset in book.assets():
        if asset.lifecycle == "active":
            groups.setdefault(key_of(asset, sites, strata, now.date()), []).append(asset.camera)
    chance = random.Random(seed)
    return sorted(
        (camera, stratum)
        for stratum, cameras in sorted(groups.items())
        for camera in chance.sample(sorted(cameras), math.ceil(share * len(cameras)))
    )


def mark(desk: Desk, name: str, camera: str, item: str, found: Mark, note: str, now: datetime) -> Campaign:
    """Write down what was found, open a work order where it failed, and return the campaign.

    Raises:
        UsageError: if the campaign is closed, or has no such camera or item, or a fail says nothing.
    """
    before = campaign(desk.book.reading, name)
    if before.closed is not None:
        raise UsageError(f"campaign {name} is closed")
    if all(visit.camera != camera for visit in before.visits):
        raise UsageError(f"camera {camera!r} is not in the sample of {name}")
    if all(one.name != item for one in before.items):
        raise UsageError(f"{name} has no item {item!r}; there are: {', '.join(i.name for i in before.items)}")
    if found == "fail" and not note.strip():
        raise UsageError(f"{item}: a fail needs a note that says what was found")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters, not {len(note)}")
    number: int | None = None
    if found == "fail":
        opening = Opening(
            scope="camera",
            subject=camera,
            cause=item,
            origin="hand",
            since=now,
            detail=note,
            repair_by=now + timedelta(days=before.rectify),
        )
        order, _ = desk.open_order(
            opening, "inspector", now, note=f"inspection {name}: {note}"[:LONGEST_NOTE]
        )
        number = order.id
    visits, owners = schema.visits, schema.campaigns
    with desk.transaction("write") as connection:
        visit = connection.scalar(
            select(visits.c.id).join(owners).where(owners.c.name == name, visits.c.camera == camera)
        )
        connection.execute(
            schema.marks.insert(),
            {
                "visit_id": visit,
                "time": micros(now),
                "item": item,
                "mark": found,
                "note": text(note),
                "order_id": number,
            },
        )
        return _campaign(connection, name)


def close(desk: Desk, name: str, now: datetime) -> Campaign:
    """End a campaign and return it.

    Raises:
        UsageError: if items are not marked yet.
    """
    found = campaign(desk.book.reading, name)
    open_ = [visit.camera for visit in found.visits if not visit.is_complete]
    if open_:
        raise UsageError(f"{name}: items are not marked yet at {len(open_)} cameras, such as {open_[0]}")
    with desk.transaction("write") as connection:
        table = schema.campaigns
        same = (table.c.name == name, table.c.closed.is_(None))
        connection.execute(table.update().where(*same).values(closed=micros(now)))
        return _campaign(connection, name)


def campaigns(reading: Reading) -> list[Campaign]:
    """Return all campaigns, the newest first."""
    with reading() as connection:
        names = connection.scalars(
            select(schema.campaigns.c.name).order_by(schema.campaigns.c.opened.desc(), schema.campaigns.c.id)
        ).all()
        return [_campaign(connection, name) for name in names]


def campaign(reading: Reading, name: str) -> Campaign:
    """Return one campaign.

    Raises:
        UsageError: if there is none of that name.
    """
    with reading() as connection:
        return _campaign(connection, name)


def _campaign(connection: Connection, name: str) -> Campaign:
    table, visits, marks = schema.campaigns, schema.visits, schema.marks
    row = connection.execute(
        select(table, schema.organisations.c.name.label("inspector"))
        .join(schema.organisations)
        .where(table.c.name == name)
    ).one_or_none()
    if row is None:
        known = connection.scalars(select(table.c.name).order_by(table.c.name)).all()
        raise UsageError(f"no campaign is called {name!r}; there are: {', '.join(known) or 'none'}")
    items = tuple(Item(**one) for one in json.loads(row.checklist))
    newest = select(func.max(marks.c.id)).group_by(marks.c.visit_id, marks.c.item)
    found: dict[int, dict[str, Marking]] = {}
    book = Book(lambda: nullcontext(connection))
    for one in connection.execute(
        select(marks).join(visits).where(visits.c.campaign_id == row.id, marks.c.id.in_(newest))
    ).all():
        found.setdefault(one.visit_id, {})[one.item] = Marking(
            time=moment(one.time),
            item=one.item,
            mark=one.mark,
            note=one.note,
            order=book.order(one.order_id) if one.order_id is not None else None,
        )
    listed = connection.execute(
        select(visits).where(visits.c.campaign_id == row.id).order_by(visits.c.camera)
    ).all()
    return Campaign(
        name=row.name,
        title=row.title,
        inspector=row.inspector,
        items=items,
        strata=row.strata,
        seed=row.seed,
        rectify=row.rectify,
        opened=moment(row.opened),
        closed=moment(row.closed) if row.closed is not None else None,
        visits=tuple(_visit(one, items, found.get(one.id, {})) for one in listed),
    )


def _visit(row: Any, items: Sequence[Item], marks: Mapping[str, Marking]) -> Visit:
    applies = [item for item in items if item.name not in marks or marks[item.name].mark != "inapplicable"]
    passed = sum(item.weight for item in applies if item.name in marks and marks[item.name].mark == "pass")
    total = sum(item.weight for item in applies)
    return Visit(
        camera=row.camera,
        stratum=row.stratum,
        marks=marks,
        score=passed / total if total else 1.0,
        is_complete=len(marks) == len(items),
    )
