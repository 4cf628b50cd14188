"""Makes conditions and sort keys of the database from the trees of `$filter` and `$orderby`.

A path to related entities becomes EXISTS over each source that they may be in, so a condition on several
related entities holds where one of them meets it. What differs between SQLite and PostgreSQL is here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)

from landwatch.store import micros
from landwatch.web.sta import geometry
from landwatch.web.sta.faults import Wrong
from landwatch.web.sta.model import ENTITIES, RELATIONS, Source, Value, take
from landwatch.web.sta.sources import joined, sources
from landwatch.web.sta.tree import Call, Literal, Node, Operation, Path

__all__ = ["Key", "Search"]

MOST_STEPS = 4
"""From one entity to another, in a path of a condition. [1]"""

SECOND = 1_000_000
"""Of a stored time. [us]"""

COMPARE: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "gt": lambda one, other: one > other,
    "ge": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "le": lambda one, other: one <= other,
}

MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}

ARITHMETIC = {"add", "sub", "mul", "div", "mod"}

CLOCK = {
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
}
"""Functions of a time that give whole numbers, and what strftime calls them."""


DAYTIME = {"clock": "time of day", "time": "time of day"}
"""What is called time as a literal or a function, and is not a moment."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a condition, in the database's words."""

    kind: str
    """number, text, bool, time, duration, null, or as in `Value`."""
    sql: Any
    other: Any = None
    source: Source | None = None
    path: tuple[str, ...] = ()
    """Within JSON."""


@dataclass(frozen=True, slots=True)
class Key:
    """What answers are sorted by."""

    sql: ColumnElement[Any]
    kind: str
    is_descending: bool
    is_nullable: bool


Scope = Mapping[tuple[str, ...], Source]


class Search:
    """Compiles the expressions of one request."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        """Take what reads geometries, and what now() is."""
        self._connection = connection
        self._is_postgresql = connection.dialect.name == "postgresql"
        self._now = now

    def condition(self, node: Node, source: Source) -> ColumnElement[bool]:
        """Return the condition of `$filter`.

        Raises:
            Wrong: if there is no such property, or kinds do not fit.
        """
        return self._truth(node, {(): source})

    def keys(self, node: Node, source: Source, *, is_descending: bool) -> list[Key]:
        """Return what an item of `$orderby` sorts by; several where a property has several parts."""
        term = self._far(node, {(): source})
        if term.kind in ("geometry", "bool"):
            raise Wrong(f"$orderby: answers are not sorted by {_said(node)}")
        is_nullable = True
        if isinstance(node, Path) and "/".join(node.parts) in source.values:
            is_nullable = source.values["/".join(node.parts)].is_nullable
        if term.kind == "id":
            return [Key(term.sql, "number", is_descending, False)]
        if term.kind == "result":
            numbers = Key(term.sql, "number", is_descending, True)
            return [numbers, Key(self._binary(term.other), "text", is_descending, True)]
        if term.kind == "json":
            # Text first, where it is text, and otherwise as it is written: an order, if not that of numbers.
            return [Key(self._binary(self._json(term, "any")), "text", is_descending, True)]
        kind = {"span": "number", "time": "number"}.get(term.kind, term.kind)
        sql = self._binary(term.sql) if kind == "text" else term.sql
        return [Key(sql, kind, is_descending, is_nullable)]

    def _far(self, node: Node, scope: Scope) -> Term:
        """Return a term, reached through relations that lead to one entity each."""
        for prefix in self._unbound(node, scope):
            parts = []
            term = Term("null", null())
            for source, on in self._reachable(prefix, scope):
                inner = self._far(node, {**scope, prefix: source})
                if inner.kind in ("result", "json", "id", "span"):
                    kind = {"json": "any", "id": "number", "span": "time", "result": "number"}[inner.kind]
                    sql = self._json(inner, "any") if inner.kind == "json" else inner.sql
                    inner = Term("text" if kind == "any" else kind, sql)
                part = select(inner.sql).select_from(source.table).where(on, *source.only).limit(1)
                parts.append(part.correlate_except(source.table).scalar_subquery())
                term = inner
            return Term(term.kind, func.coalesce(*parts) if len(parts) > 1 else parts[0]) if parts else term
        return self._term(node, scope)

    def _truth(self, node: Node, scope: Scope) -> ColumnElement[bool]:
        if isinstance(node, Operation):
            if node.name in ("and", "or"):
                both = [self._truth(operand, scope) for operand in node.operands]
                return and_(*both) if node.name == "and" else or_(*both)
            if node.name == "not":
                return ~func.coalesce(self._truth(node.operands[0], scope), false())
        return self._atom(node, scope)

    def _atom(self, node: Node, scope: Scope) -> ColumnElement[bool]:
        """Return a condition in which each related entity is the same one throughout."""
        for prefix in self._unbound(node, scope):
            found = []
            for source, on in self._reachable(prefix, scope):
                inner = self._atom(node, {**scope, prefix: source})
                one = select(1).select_from(source.table).where(on, *source.only, inner)
                found.append(exists(one.correlate_except(source.table)))
            return or_(false(), *found)
        if isinstance(node, Operation) and node.name in COMPARE:
            return self._compared(node, scope)
        if isinstance(node, Call) and node.name in geometry.PREDICATES:
            return self._placed(node, None, 0.0, scope)
        term = self._term(node, scope)
        if term.kind == "json":
            term = Term("bool", self._json(term, "bool"))
        if term.kind != "bool":
            raise Wrong(f"$filter: {_said(node)} is neither true nor false; compare it with something")
        sql: ColumnElement[bool] = term.sql
        return sql

    def _unbound(self, node: Node, scope: Scope) -> Iterator[tuple[str, ...]]:
        """Yield relations in the order in which they have to be followed."""
        if isinstance(node, Path):
            entity = scope[()].entity
            for step, name in enumerate(node.parts):
                if name not in RELATIONS[entity]:
                    break
                if step >= MOST_STEPS:
                    raise Wrong(f"{'/'.join(node.parts)} leads over more than {MOST_STEPS} entities")
                prefix = node.parts[: step + 1]
                if prefix not in scope:
                    yield prefix
                    return
                entity = scope[prefix].entity
            return
        for part in node.arguments if isinstance(node, Call) else getattr(node, "operands", ()):
            yield from self._unbound(part, scope)

    def _reachable(
        self, prefix: tuple[str, ...], scope: Scope
    ) -> Iterator[tuple[Source, ColumnElement[bool]]]:
        near = scope[prefix[:-1]]
        for source in sources(RELATIONS[near.entity][prefix[-1]].entity):
            link = near.links.get(prefix[-1])
            on = joined((near.entity, near.kind, near.row), prefix[-1], source, link)
            if on is not None:
                yield source, on

    def _compared(self, node: Operation, scope: Scope) -> ColumnElement[bool]:
        name = node.name
        left, right = node.operands
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right, name = right, left, MIRRORED[name]
        if isinstance(left, Call) and left.name in geometry.MEASURES:
            if not isinstance(right, Literal) or isinstance(right.value, bool | str | None):
                raise Wrong(f"$filter: compare {left.name} with a number of degrees")
            assert isinstance(right.value, int | float)
            return self._placed(left, name, float(right.value), scope)
        one, other = self._term(left, scope), self._term(right, scope)
        if one.kind == "id" and other.kind == "number" and isinstance(right, Literal):
            return self._numbered(name, one, right)
        if other.kind in ("json", "result", "null") and one.kind not in ("json", "result", "span", "null"):
            one, other, name = (one, other, name) if other.kind == "null" else (other, one, MIRRORED[name])
        if other.kind == "null":
            return self._is_null(name, one)
        one, other = self._fitted(one, other.kind), self._fitted(other, one.kind)
        if one.kind == "span" and other.kind == "time":
            # An interval is before a time that it ends before, and after one that it starts after.
            return COMPARE[name](one.other if name in ("lt", "le") else one.sql, other.sql)
        if one.kind == "time" and other.kind == "span":
            return COMPARE[name](one.sql, other.sql if name in ("lt", "le") else other.other)
        if one.kind == "missing" or other.kind == "missing":
            return literal(name == "ne")
        if one.kind != other.kind or one.kind == "geometry":
            raise Wrong(
                f"$filter: {_said(left)} is {one.kind}, {_said(right)} is {other.kind}; "
                "compare like with like"
            )
        if one.kind == "text" and name not in ("eq", "ne"):
            return COMPARE[name](self._binary(one.sql), other.sql)
        return COMPARE[name](one.sql, other.sql)

    def _is_null(self, name: str, term: Term) -> ColumnElement[bool]:
        if name not in ("eq", "ne"):
            raise Wrong("$filter: null is compared by eq and ne alone")
        sql = self._json(term, "any") if term.kind == "json" else term.sql
        empty = sql.is_(None)
        if term.kind == "result":
            empty = and_(empty, term.other.is_(None))
        return empty if name == "eq" else ~empty

    def _fitted(self, term: Term, wanted: str) -> Term:
        """Return a term as the kind of what it is compared with, where it may have several."""
        if term.kind == "json":
            kind = wanted if wanted in ("number", "text", "bool") else "text"
            return Term(kind, self._json(term, kind))
        if term.kind == "result":
            return Term("text", term.other) if wanted == "text" else Term("number", term.sql)
        if term.kind == "number" and wanted == "text" and term.source is not None:
            return Term("missing", null())  # a reading is a number, an external result may be text
        if term.kind == "id":
            return Term("number", term.sql)
        return term

    def _numbered(self, name: str, term: Term, literal_: Literal) -> ColumnElement[bool]:
        """Compare an entity's number by its row, for which there is an index."""
        assert term.source is not None
        assert isinstance(literal_.value, int | float)
        if int(literal_.value) != literal_.value:
            raise Wrong("$filter: @iot.id is a whole number")
        number = int(literal_.value)
        kind, row = take(number)
        if name in ("eq", "ne"):
            if kind != term.source.kind:
                return literal(name == "ne")
            return COMPARE[name](term.source.row, row)
        # 4 row' + kind' > number  <=>  row' > (number - kind') / 4, rounded down; the others likewise.
        if name in ("gt", "le"):
            return COMPARE[name](term.source.row, (number - term.source.kind) // 4)
        return COMPARE[name](term.source.row, -((term.source.kind - number) // 4))

    def _placed(self, call: Call, comparison: str | None, bound: float, scope: Scope) -> ColumnElement[bool]:
        terms = [self._term(node, scope) for node in call.arguments if isinstance(node, Path)]
        if len(terms) != 1 or terms[0].kind != "geometry":
            raise Wrong(
                f"$filter: {call.name} takes one property that is a place (location, feature, observedArea)"
            )
        source = terms[0].source
        assert source is not None
        value = Value("geometry", terms[0].sql, terms[0].other)
        rows = geometry.matching(self._connection, call, comparison, bound, source, value)
        return source.row.in_(rows)

    def _term(self, node: Node, scope: Scope) -> Term:
        if isinstance(node, Literal):
            return _constant(node)
        if isinstance(node, Path):
            return self._property(node, scope)
        if isinstance(node, Call):
            return self._called(node, [self._term(argument, scope) for argument in node.arguments])
        if node.name == "negate":
            (term,) = (self._fitted(self._term(part, scope), "number") for part in node.operands)
            return Term("number", -_need(term, "number", node))
        if node.name in ARITHMETIC:
            return self._calculated(node, [self._term(part, scope) for part in node.operands])
        return Term("bool", self._truth(node, scope))

    def _property(self, node: Path, scope: Scope) -> Term:
        steps = 0
        while node.parts[: steps + 1] in scope and steps < len(node.parts):
            steps += 1
        source, rest = scope[node.parts[:steps]], node.parts[steps:]
        if rest in (("id",), ("@iot.id",)):
            return Term("id", source.row * 4 + source.kind, source=source)
        if not rest:
            raise Wrong(f"{'/'.join(node.parts)} is an entity; name one of its properties, such as @iot.id")
        for length in range(len(rest), 0, -1):
            value = source.values.get("/".join(rest[:length]))
            if value is not None and (length == len(rest) or value.kind == "json"):
                return Term(value.kind, value.column, value.other, source, rest[length:])
        known = {name.partition("/")[0] for every in sources(source.entity) for name in every.values}
        if rest[0] not in known:
            raise Wrong(
                f"no property {rest[0]!r} of {ENTITIES[source.entity]}; there are: "
                f"{', '.join(sorted(known | {'@iot.id'} | set(RELATIONS[source.entity])))}"
            )
        return Term("missing", null())  # of a source that has no such property

    def _calculated(self, node: Operation, terms: list[Term]) -> Term:
        one, other = (self._fitted(term, "number") for term in terms)
        name = node.name
        if "missing" in (one.kind, other.kind):
            return Term("missing", null())
        if {one.kind, other.kind} <= {"time", "duration", "span"} and name in ("add", "sub"):
            if other.kind == "duration":
                sql = one.sql + other.sql if name == "add" else one.sql - other.sql
                end = (
                    None
                    if one.other is None
                    else (one.other + other.sql if name == "add" else one.other - other.sql)
                )
                return Term(one.kind, sql, end)
            if name == "sub" and one.kind == other.kind == "time":
                return Term("duration", one.sql - other.sql)
        left, right = _need(one, "number", node), _need(other, "number", node)
        if name in ("add", "sub", "mul"):
            return Term("number", {"add": left + right, "sub": left - right, "mul": left * right}[name])
        # Nothing is divided by zero: what would be has no value.
        by = func.nullif(cast(right, Float), 0.0)
        if name == "div":
            return Term("number", cast(left, Float) / by)
        whole = self._whole(cast(left, Float) / by)
        return Term("number", cast(left, Float) - by * whole)

    def _whole(self, sql: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a number without its fraction."""
        return func.trunc(sql) if self._is_postgresql else cast(cast(sql, Integer), Float)

    def _called(self, node: Call, terms: list[Term]) -> Term:
        name = node.name
        if name in ("now", "mindatetime", "maxdatetime"):
            ends = {"now": micros(self._now), "mindatetime": -(2**62), "maxdatetime": 2**62}
            return Term("time", literal(ends[name], BigInteger))
        if name in CLOCK or name in ("date", "time", "fractionalseconds", "totaloffsetminutes"):
            return self._clocked(node, terms[0])
        if name in ("round", "floor", "ceiling"):
            return Term(
                "number", self._rounded(name, _need(self._fitted(terms[0], "number"), "number", node))
            )
        if geometry.is_geometry(node):
            raise Wrong(f"$filter: {name} is compared with a number, or stands alone")
        wanted = ["text"] * len(terms)
        if name == "substring":
            wanted[1:] = ["number"] * (len(terms) - 1)
        sql = [_need(self._fitted(term, kind), kind, node) for term, kind in zip(terms, wanted, strict=True)]
        return self._worded(name, sql)

    def _worded(self, name: str, sql: list[Any]) -> Term:
        find = func.strpos if self._is_postgresql else func.instr
        if name in ("substringof", "startswith", "endswith"):
            if name == "substringof":
                return Term("bool", find(sql[1], sql[0]) > 0)
            size = func.length(sql[1])
            part = func.substr(sql[0], 1, size)
            if name == "endswith":
                # A text that is shorter than its end has no such end; counted from 1 its start would be cut.
                part = func.substr(sql[0], func.length(sql[0]) - size + 1, size)
                return Term("bool", and_(func.length(sql[0]) >= size, part == sql[1]))
            return Term("bool", part == sql[1])
        if name == "length":
            return Term("number", func.length(sql[0]))
        if name == "indexof":
            return Term("number", find(sql[0], sql[1]) - 1)
        if name == "concat":
            return Term("text", sql[0].concat(sql[1]))
        if name == "substring":
            ends = [cast(sql[1], Integer) + 1]
            if len(sql) == 3:
                ends.append(
                    func.max(cast(sql[2], Integer), 0)
                    if not self._is_postgresql
                    else func.greatest(cast(sql[2], Integer), 0)
                )
            return Term("text", func.substr(sql[0], *ends))
        function = {"tolower": func.lower, "toupper": func.upper, "trim": func.trim}[name]
        return Term("text", function(sql[0]))

    def _rounded(self, name: str, sql: ColumnElement[Any]) -> ColumnElement[Any]:
        number: ColumnElement[Any] = cast(sql, Float)
        if self._is_postgresql:
            return {
                "round": func.floor(number + 0.5),
                "floor": func.floor(number),
                "ceiling": func.ceil(number),
            }[name]
        # SQLite is often built without floor and ceil.
        if name == "round":
            number, name = number + 0.5, "floor"
        whole = self._whole(number)
        if name == "floor":
            return whole - case((whole > number, 1.0), else_=0.0)
        return whole + case((whole < number, 1.0), else_=0.0)

    def _clocked(self, node: Call, term: Term) -> Term:
        if term.kind == "missing":
            return term
        if term.kind not in ("time", "span"):
            raise Wrong(f"$filter: {node.name} takes a time, such as phenomenonTime")
        name, stamp = node.name, term.sql
        if name == "totaloffsetminutes":
            return Term("number", literal(0))  # all times are UTC
        if name == "fractionalseconds":
            fraction = ((stamp % SECOND) + SECOND) % SECOND
            return Term("number", cast(fraction, Float) / float(SECOND))
        if self._is_postgresql:
            moment = func.timezone("UTC", func.to_timestamp(func.floor(cast(stamp, Float) / float(SECOND))))
            if name in CLOCK:
                return Term("number", func.date_part(name, moment))
            form = "YYYY-MM-DD" if name == "date" else "HH24:MI:SS"
            return Term(DAYTIME.get(name, name), func.to_char(moment, form))
        seconds = (stamp - ((stamp % SECOND) + SECOND) % SECOND).op("/", precedence=8)(
            literal_column(str(SECOND))
        )
        if name in CLOCK:
            return Term("number", cast(func.strftime(CLOCK[name], seconds, "unixepoch"), Integer))
        form = "%Y-%m-%d" if name == "date" else "%H:%M:%S"
        return Term(DAYTIME.get(name, name), func.strftime(form, seconds, "unixepoch"))

    def _json(self, term: Term, kind: str) -> ColumnElement[Any]:
        """Return a value within JSON, or NULL where it is of another kind."""
        if self._is_postgresql:
            steps = [literal(part, Text) for part in term.path]
            inner = func.jsonb_extract_path(cast(term.sql, _jsonb()), *steps)
            text = inner.op("#>>")(literal_column("'{}'"))
            what = func.jsonb_typeof(inner)
            if kind == "number":
                return case((what == "number", cast(text, Float)))
            if kind == "bool":
                return case((what == "boolean", cast(text, Boolean)))
            return case((what == "string", text)) if kind == "text" else text
        path = "$" + "".join(f'."{part}"' for part in term.path)
        inner, what = func.json_extract(term.sql, path), func.json_type(term.sql, path)
        if kind == "number":
            return case((what.in_(("integer", "real")), cast(inner, Float)))
        if kind == "bool":
            return case((what.in_(("true", "false")), inner == 1))
        return case((what == "text", inner)) if kind == "text" else cast(inner, Text)

    def _binary(self, sql: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return text that is compared by code points, in both databases."""
        return sql.collate("C") if self._is_postgresql else sql.collate("BINARY")


def _jsonb() -> Any:
    from sqlalchemy.dialects.postgresql import JSONB

    return JSONB


def _constant(node: Literal) -> Term:
    value = node.value
    if isinstance(value, bool):
        return Term("bool", true() if value else false())
    if value is None:
        return Term("null", null())
    if isinstance(value, datetime):
        return Term("time", literal(micros(value), BigInteger))
    if isinstance(value, timedelta):
        return Term("duration", literal(value // timedelta(microseconds=1), BigInteger))
    if node.kind == "number":
        return Term("number", literal(value, BigInteger if isinstance(value, int) else Float))
    return Term(DAYTIME.get(node.kind, node.kind), literal(value, Text))


def _need(term: Term, kind: str, node: Node) -> Any:
    if term.kind == "missing":
        return cast(null(), Text if kind == "text" else Float)
    if term.kind != kind:
        raise Wrong(f"$filter: {_said(node)} takes {kind}, not {term.kind}")
    return term.sql


def _said(node: Node) -> str:
    """Return a node as its user wrote it, or nearly so."""
    if isinstance(node, Path):
        return "/".join(node.parts)
    if isinstance(node, Literal):
        return repr(node.value)
    return node.name
