"""Answers questions: lists by pages, entities with what they are expanded by, counts.

A page ends with a link to the next that says after which entity it goes on, not after how many: what is
written or deleted meanwhile makes no entity come twice or be left out.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select, text, true
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from landwatch.web.problems import Missing
from landwatch.web.sta.faults import Wrong
from landwatch.web.sta.model import ENTITIES, RELATIONS, Source, number_of, take
from landwatch.web.sta.question import Question
from landwatch.web.sta.search import Key, Search
from landwatch.web.sta.sources import joined, outer_sources

__all__ = ["LONGEST_S", "Near", "Reader"]

LONGEST_S = 10.0
"""What one answer may take of the database. [s]"""

STEPS = 20_000
"""Steps of SQLite's machine between looks at the clock: a millisecond or so. [1]"""

MOST_LISTS = 2_000
"""Lists within one answer, by `$expand`; each is a question to the database. [1]"""

MOST_ENTITIES = 30_000
"""Within one answer, by `$expand`. [1]"""

BATCH = 500
"""Entities that one question names by their numbers. [1]"""

Near = tuple[str, int, str]
"""Set and number of an entity, and the relation by which to go on."""


@dataclass(slots=True)
class _Item:
    number: int
    told: dict[str, Any]
    sorted_by: list[Any]
    links: dict[str, int]


class Reader:
    """Answers one request from one snapshot."""

    def __init__(self, connection: Connection, root: str, now: datetime) -> None:
        """Take where to read, the address of the service's root, and what now() is."""
        self._connection = connection
        self._root = root
        self._search = Search(connection, now)
        self._lists = 0
        self._entities = 0

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Stop questions that take too long, and say so."""
        driver: Any = self._connection.connection.driver_connection
        is_sqlite = self._connection.dialect.name == "sqlite"
        if is_sqlite:
            until = time.monotonic() + LONGEST_S
            driver.set_progress_handler(lambda: int(time.monotonic() > until), STEPS)
        else:
            self._connection.execute(text(f"SET LOCAL statement_timeout = {int(LONGEST_S * 1000)}"))
        try:
            yield
        except DataError:
            raise Wrong("$filter: it asks for numbers, texts or times that cannot be made") from None
        except OperationalError as error:
            if not _is_stopped(error):
                raise
            raise Wrong(
                f"this takes more than {LONGEST_S:g} s: ask for less, such as one Datastream and a span of "
                "phenomenonTime, and without $count"
            ) from None
        finally:
            if is_sqlite:
                driver.set_progress_handler(None, 0)

    def link(self, entity: str, number: int) -> str:
        """Return the address of an entity."""
        return f"{self._root}/{entity}({number})"

    def related(self, near: Near) -> int | None:
        """Return the number of the one entity that a relation leads to, or None."""
        entity, number, nav = near
        items = self._by_numbers(Question(entity, select=()), [number], links=(nav,))
        return items[number].links.get(nav) if number in items else None

    def is_there(self, entity: str, number: int, near: Near | None = None) -> bool:
        """True when there is an entity, and among what `near` leads to."""
        kind, row = take(number)
        for source in outer_sources(entity):
            on = self._near(near, source)
            if source.kind == kind and on is not None:
                wanted = select(1).select_from(source.table).where(source.row == row, *source.only, *on)
                return self._connection.execute(wanted).first() is not None
        return False

    def one(self, question: Question, number: int) -> dict[str, Any]:
        """Return one entity as JSON.

        Raises:
            Missing: if there is none of that number.
        """
        items = self._by_numbers(question, [number])
        if number not in items:
            raise Missing(f"no {ENTITIES[question.entity]} has the number {number}")
        self._expand(question, [items[number]])
        return items[number].told

    def place(self, number: int) -> dict[str, Any]:
        """Return what a FeatureOfInterest can be made of from a Location."""
        return self.one(
            Question("Locations", select=("name", "description", "encodingType", "location")), number
        )

    def many(self, question: Question, near: Near | None, path: str) -> dict[str, Any]:
        """Return a page of a list as JSON.

        Args:
            question: what is asked.
            near: the entity that the list belongs to, or None for a whole set.
            path: address of the list, for the link to its next page.
        """
        answer: dict[str, Any] = {}
        if question.count:
            answer["@iot.count"] = self._count(question, near)
        items, has_more = self._page(question, near)
        if has_more:
            answer["@iot.nextLink"] = _next(question, path, items[-1] if items else None)
        self._expand(question, items)
        answer["value"] = self._array(question, items) if question.is_array else [item.told for item in items]
        return answer

    def _near(self, near: Near | None, source: Source) -> tuple[ColumnElement[bool], ...] | None:
        if near is None:
            return ()
        entity, number, nav = near
        kind, row = take(number)
        on = joined((entity, kind, row), nav, source, None)
        return None if on is None else (on,)

    def _wheres(
        self, question: Question, near: Near | None
    ) -> Iterator[tuple[Source, list[ColumnElement[bool]]]]:
        for source in outer_sources(question.entity):
            on = self._near(near, source)
            if on is not None:
                where = [*source.only, *on]
                if question.filter is not None:
                    where.append(self._search.condition(question.filter, source))
                yield source, where

    def _count(self, question: Question, near: Near | None) -> int:
        total = 0
        for source, where in self._wheres(question, near):
            counted = select(func.count()).select_from(source.table).where(*where)
            total += self._connection.execute(counted).scalar_one()
        return total

    def _page(self, question: Question, near: Near | None) -> tuple[list[_Item], bool]:
        """Return the items of one page in their order, and whether there are more."""
        self._spend(lists=1)
        wanted = question.top + question.skip + 1
        found: list[_Item] = []
        directions: list[bool] = []
        longest = 0
        for source, where in self._wheres(question, near):
            keys = self._keys(question, source)
            if question.token is not None:
                where.append(_after(keys, source, question.token))
            order = [_sorted(key) for key in keys]
            # The number breaks ties; its row does so within a source, by the same direction as the index.
            order.append(source.row.desc() if keys and keys[0].is_descending else source.row.asc())
            links = ("Datastream",) if question.is_array else ()
            some = self._items(question, source, where, keys, order, wanted, links)
            found += some
            longest = max(longest, len(some))
            directions = [key.is_descending for key in keys]
        if len(found) > longest:  # one source is in its order already
            # The last key first: sorting is stable.
            is_down = bool(directions) and directions[0]
            found.sort(key=lambda item: item.number, reverse=is_down)
            for at in range(len(directions) - 1, -1, -1):
                found.sort(key=lambda item, at=at: _comparable(item.sorted_by[at]), reverse=directions[at])  # type: ignore[misc]
        page = found[question.skip : question.skip + question.top]
        self._spend(entities=len(page))
        return page, len(found) > question.skip + question.top

    def _keys(self, question: Question, source: Source) -> list[Key]:
        keys: list[Key] = []
        for node, is_descending in question.orderby:
            # A property that has several parts in one source has as many in all, so that they compare.
            keys += self._search.keys(node, source, is_descending=is_descending)[:1]
        return keys

    def _items(
        self,
        question: Question,
        source: Source,
        where: Sequence[ColumnElement[bool]],
        keys: Sequence[Key],
        order: Sequence[Any],
        limit: int,
        links: Sequence[str] = (),
    ) -> list[_Item]:
        entity, wanted = question.entity, question.select
        shown = {
            name: each
            for name, each in source.properties.items()
            if wanted is None or any(path.partition("/")[0] == name for path in wanted)
        }
        navs = [nav for nav in RELATIONS[entity] if wanted is None or nav in wanted]
        followed = {
            nav: source.links[nav]
            for nav in {*links, *(nav for nav in question.expand if not RELATIONS[entity][nav].is_many)}
        }
        columns: list[ColumnElement[Any]] = [source.row, *(key.sql for key in keys)]
        first = len(columns)
        for each in shown.values():
            columns += each.columns
        columns += (link.column for link in followed.values())
        named = [column.label(f"c{at}") for at, column in enumerate(columns)]
        statement = select(*named).select_from(source.table).where(*where).order_by(*order).limit(limit)
        has_id = wanted is None or "@iot.id" in wanted or "id" in wanted
        has_self = wanted is None or "@iot.selfLink" in wanted
        items = []
        # Rows are many: what is the same for all of them is looked up before.
        parts = []
        at = first
        for name, each in shown.items():
            parts.append((name, each.show, slice(at, at + len(each.columns)), each.is_optional))
            at += len(each.columns)
        led = [(nav, link.kind, at + place) for place, (nav, link) in enumerate(followed.items())]
        linked = () if question.is_array else navs
        for row in self._connection.execute(statement).all():
            number = number_of(source.kind, row[0])
            told: dict[str, Any] = {"@iot.id": number} if has_id else {}
            here = f"{self._root}/{entity}({number})" if has_self or linked else ""
            if has_self:
                told["@iot.selfLink"] = here
            for name, show, where_it_is, is_optional in parts:
                value = show(*row[where_it_is])
                if value is not None or not is_optional:
                    told[name] = value
            for nav in linked:
                told[f"{nav}@iot.navigationLink"] = f"{here}/{nav}"
            leads = {
                nav: row[place] if kind is None else number_of(kind, row[place])
                for nav, kind, place in led
                if row[place] is not None
            }
            items.append(_Item(number, told, list(row[1:first]), leads))
        return items

    def _by_numbers(
        self, question: Question, numbers: Sequence[int], links: Sequence[str] = ()
    ) -> dict[int, _Item]:
        found: dict[int, _Item] = {}
        for source in outer_sources(question.entity):
            rows = sorted({row for kind, row in map(take, numbers) if kind == source.kind})
            for start in range(0, len(rows), BATCH):
                few = rows[start : start + BATCH]
                where = [source.row.in_(few), *source.only]
                if question.filter is not None:
                    where.append(self._search.condition(question.filter, source))
                for item in self._items(question, source, where, (), (), len(few), links):
                    found[item.number] = item
        self._spend(entities=len(found))
        return found

    def _expand(self, question: Question, items: Sequence[_Item]) -> None:
        for nav, inner in question.expand.items():
            relation = RELATIONS[question.entity][nav]
            if relation.is_many:
                for item in items:
                    path = f"{self.link(question.entity, item.number)}/{nav}"
                    answer = self.many(inner, (question.entity, item.number, nav), path)
                    for name in ("@iot.count", "@iot.nextLink"):
                        if name in answer:
                            item.told[f"{nav}{name}"] = answer[name]
                    item.told[nav] = answer["value"]
                    item.told.pop(f"{nav}@iot.navigationLink", None)
            else:
                wanted = sorted({item.links[nav] for item in items if nav in item.links})
                ones = self._by_numbers(inner, wanted)
                self._expand(inner, list(ones.values()))
                for item in items:
                    one = ones.get(item.links.get(nav, -1))
                    item.told[nav] = None if one is None else one.told
                    item.told.pop(f"{nav}@iot.navigationLink", None)

    def _array(self, question: Question, items: Sequence[_Item]) -> list[dict[str, Any]]:
        """Return observations as arrays of values, one group for each datastream."""
        asked = question.select
        # The link to itself is the one thing that takes as much space as all the others together.
        names = [
            "@iot.id",
            "phenomenonTime",
            "result",
            "resultTime",
            "resultQuality",
            "validTime",
            "parameters",
        ]
        names = [name for name in names if asked is None or name in asked]
        groups: dict[int, list[list[Any]]] = {}
        for item in items:
            groups.setdefault(item.links["Datastream"], []).append([item.told.get(name) for name in names])
        return [
            {
                "Datastream@iot.navigationLink": self.link("Datastreams", number),
                "components": names,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for number, rows in groups.items()
        ]

    def _spend(self, *, lists: int = 0, entities: int = 0) -> None:
        self._lists += lists
        self._entities += entities
        if self._lists > MOST_LISTS or self._entities > MOST_ENTITIES:
            raise Wrong(
                f"$expand: an answer has at most {MOST_LISTS} lists and {MOST_ENTITIES} entities; ask for a "
                "smaller $top, here or within the brackets"
            )


def _is_stopped(error: DBAPIError) -> bool:
    return "interrupted" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "57014"


def _sorted(key: Key) -> Any:
    if not key.is_nullable:
        return key.sql.desc() if key.is_descending else key.sql.asc()
    # What has no value is the least, in both databases.
    return key.sql.desc().nulls_last() if key.is_descending else key.sql.asc().nulls_first()


def _comparable(value: Any) -> tuple[bool, bool, Any]:
    return (value is not None, isinstance(value, str), value)


def _next(question: Question, path: str, last: _Item | None) -> str:
    raw = {name: value for name, value in question.raw.items() if name not in ("$skip", "$skiptoken")}
    if last is None:
        raw["$skip"] = str(question.skip)  # $top=0 goes nowhere
    else:
        told = json.dumps([*last.sorted_by, last.number]).encode()
        raw["$skiptoken"] = base64.urlsafe_b64encode(told).decode().rstrip("=")
    return f"{path}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in raw.items())


def _after(keys: Sequence[Key], source: Source, token: str) -> ColumnElement[bool]:
    """Return the condition that an entity comes after the one that a token names."""
    *values, number = _read_token(keys, token)
    is_down = bool(keys) and keys[0].is_descending
    later = _row_after(source, number, is_down=is_down)
    for key, value in zip(reversed(keys), reversed(values), strict=True):
        beyond = _beyond(key, value)
        same: ColumnElement[bool] = false()
        if value is None or _is_alike(key, value):
            same = key.sql.is_(None) if value is None else key.sql == value
        later = or_(beyond, and_(same, later))
    if keys and not keys[0].is_nullable and _is_alike(keys[0], values[0]):
        # Says nothing new, but lets the index find where to start.
        later = and_(keys[0].sql <= values[0] if is_down else keys[0].sql >= values[0], later)
    return later


def _row_after(source: Source, number: int, *, is_down: bool) -> ColumnElement[bool]:
    if is_down:
        return source.row < -((source.kind - number) // 4)
    return source.row > (number - source.kind) // 4


def _beyond(key: Key, value: Any) -> ColumnElement[bool]:
    if value is None or not _is_alike(key, value):
        # Nothing comes first, then numbers, then texts.
        is_before = value is not None and key.kind != "text"
        if key.is_descending:
            return true() if is_before else key.sql.is_(None) if value is not None else false()
        return false() if is_before else key.sql.is_not(None)
    further: ColumnElement[bool] = key.sql < value if key.is_descending else key.sql > value
    return or_(further, key.sql.is_(None)) if key.is_descending and key.is_nullable else further


def _is_alike(key: Key, value: Any) -> bool:
    return isinstance(value, str) == (key.kind == "text")


def _read_token(keys: Sequence[Key], token: str) -> list[Any]:
    wrong = Wrong("$skiptoken: take it from @iot.nextLink, with the other options as they are there")
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise wrong from None
    if not isinstance(values, list) or len(values) != len(keys) + 1:
        raise wrong
    *before, number = values
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= 2**62:
        raise wrong
    for value in before:
        if not isinstance(value, str | int | float | None) or (
            isinstance(value, int) and abs(value) >= 2**62
        ):
            raise wrong
    return values
