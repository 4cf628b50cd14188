"""Reads the expressions of `$filter` and `$orderby` into trees.

A parser of our own: the kept OData parsers know neither the `st_` functions of SensorThings nor paths with
`@iot.id`, and read no options within `$expand`.

References:
    [1] OGC 18-088, "OGC SensorThings API Part 1: Sensing Version 1.1", 9.3.3.5 (tables 24 and 25).
    [2] OASIS, "OData Version 4.01. Part 2: URL Conventions", 5.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from landwatch.web.sta.faults import Wrong

__all__ = ["FUNCTIONS", "Call", "Literal", "Node", "Operation", "Path", "instant", "parse"]

MOST_WORDS = 300
"""Of one expression. Beyond it the database's planner, not the search, takes the time. [1]"""

MOST_DEPTH = 20
"""Of brackets within brackets. Nobody writes more by hand. [1]"""

FUNCTIONS: dict[str, tuple[int, ...]] = {
    "substringof": (2,),
    "endswith": (2,),
    "startswith": (2,),
    "length": (1,),
    "indexof": (2,),
    "substring": (2, 3),
    "tolower": (1,),
    "toupper": (1,),
    "trim": (1,),
    "concat": (2,),
    "year": (1,),
    "month": (1,),
    "day": (1,),
    "hour": (1,),
    "minute": (1,),
    "second": (1,),
    "fractionalseconds": (1,),
    "date": (1,),
    "time": (1,),
    "totaloffsetminutes": (1,),
    "now": (0,),
    "mindatetime": (0,),
    "maxdatetime": (0,),
    "round": (1,),
    "floor": (1,),
    "ceiling": (1,),
    "geo.distance": (2,),
    "geo.length": (1,),
    "geo.intersects": (2,),
    "st_equals": (2,),
    "st_disjoint": (2,),
    "st_touches": (2,),
    "st_within": (2,),
    "st_overlaps": (2,),
    "st_crosses": (2,),
    "st_intersects": (2,),
    "st_contains": (2,),
    "st_relate": (3,),
}
"""Every function and how many arguments it takes."""

LEVELS = (("or",), ("and",), ("eq", "ne", "gt", "ge", "lt", "le"), ("add", "sub"), ("mul", "div", "mod"))
"""Operators, those that bind least first."""

TOKEN = re.compile(
    r"""\s*(?:
    (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)
    |(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<special>(?:geography|geometry|duration)'(?:[^']|'')*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>@?[A-Za-z_][\w.]*(?:/@?[A-Za-z_][\w.]*|/\$?\w[\w.]*)*)
    |(?P<mark>[(),-])
    )""",
    re.VERBOSE,
)

DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was written."""

    kind: str
    """number, text, bool, null, time, date, clock, duration or geometry."""
    value: float | int | str | bool | datetime | timedelta | None


@dataclass(frozen=True, slots=True)
class Path:
    """A property, perhaps of a related entity."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with one or two operands."""

    name: str
    operands: tuple[Node, ...]


Node = Literal | Path | Call | Operation


def instant(words: str) -> datetime:
    """Return the aware UTC time of ISO 8601 text.

    Raises:
        ValueError: if it is none, or has no time zone.
    """
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None:
        raise ValueError(f"{words} has no time zone; end it with Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{words} is beyond the years 1 to 9999") from None


def parse(words: str, option: str) -> Node:
    """Return the tree of an expression.

    Raises:
        Wrong: if it is none; the message names `option`, the place and what may stand there.
    """
    reader = _Reader(words, option)
    node = reader.level(0)
    reader.end()
    return node


class _Reader:
    """Reads one expression by operator precedence."""

    def __init__(self, words: str, option: str) -> None:
        self._option = option
        self._tokens = list(self._split(words))
        self._at = 0
        self._depth = 0

    def level(self, depth: int) -> Node:
        """Return what operators of this level and those that bind more make."""
        if depth == len(LEVELS):
            return self._unary()
        left = self.level(depth + 1)
        while self._peek()[1] in LEVELS[depth] and self._peek()[0] == "name":
            name = self._take()[1]
            left = Operation(name, (left, self.level(depth + 1)))
        return left

    def end(self) -> None:
        """Refuse what is left over."""
        if self._peek()[0] != "end":
            raise self._wrong(
                "an operator (and, or, eq, ne, gt, ge, lt, le, add, sub, mul, div, mod) or the end"
            )

    def _split(self, words: str) -> Iterator[tuple[str, str]]:
        at = 0
        words = words.rstrip()
        count = 0
        while at < len(words):
            found = TOKEN.match(words, at)
            if found is None or found.lastgroup is None:
                raise Wrong(f"{self._option}: cannot read {words[at : at + 20]!r}; texts stand in '...'")
            yield found.lastgroup, found[found.lastgroup]
            at = found.end()
            count += 1
            if count > MOST_WORDS:
                raise Wrong(f"{self._option}: longer than {MOST_WORDS} words; ask in parts")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _wrong(self, allowed: str) -> Wrong:
        found = self._peek()[1] or "the end"
        return Wrong(f"{self._option}: found {found!r} where {allowed} may stand")

    def _expect(self, mark: str) -> None:
        if self._peek()[1] != mark:
            raise self._wrong(repr(mark))
        self._at += 1

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Wrong(f"{self._option}: more than {MOST_DEPTH} parts within one another; ask in parts")
        node = self._prefixed()
        self._depth -= 1
        return node

    def _prefixed(self) -> Node:
        kind, words = self._peek()
        if (kind, words) == ("name", "not"):
            self._at += 1
            return Operation("not", (self._unary(),))
        if (kind, words) == ("mark", "-"):
            self._at += 1
            return Operation("negate", (self._unary(),))
        if (kind, words) == ("mark", "("):
            self._at += 1
            inner = self.level(0)
            self._expect(")")
            return inner
        return self._operand()

    def _operand(self) -> Node:
        kind, words = self._peek()
        if kind == "name":
            self._at += 1
            if self._peek()[1] == "(":
                return self._call(words)
            if words in ("true", "false"):
                return Literal("bool", words == "true")
            return Literal("null", None) if words == "null" else Path(tuple(words.split("/")))
        try:
            literal = _literal(kind, words)
        except ValueError as error:
            raise Wrong(f"{self._option}: {error}") from None
        if literal is None:
            raise self._wrong("a property, a value, a function or '('")
        self._at += 1
        return literal

    def _call(self, name: str) -> Call:
        if name not in FUNCTIONS:
            raise Wrong(f"{self._option}: no function called {name!r}; there are: {', '.join(FUNCTIONS)}")
        self._expect("(")
        arguments: list[Node] = []
        while self._peek()[1] != ")":
            if arguments:
                self._expect(",")
            arguments.append(self.level(0))
        self._expect(")")
        if len(arguments) not in FUNCTIONS[name]:
            wanted = " or ".join(str(count) for count in FUNCTIONS[name])
            raise Wrong(f"{self._option}: {name} takes {wanted} arguments, not {len(arguments)}")
        return Call(name, tuple(arguments))


def _literal(kind: str, words: str) -> Literal | None:
    if kind == "number":
        is_whole = words.lstrip("-").isdigit()
        number = int(words) if is_whole else float(words)
        if not -(2**63) < number < 2**63:
            raise ValueError(f"{words} is beyond the numbers that are kept")
        return Literal("number", number)
    if kind == "text":
        return Literal("text", words[1:-1].replace("''", "'"))
    if kind == "time":
        return Literal("time", instant(words))
    if kind in ("date", "clock"):
        return Literal(kind, words)
    if kind == "special":
        name, _, inner = words[:-1].partition("'")
        return Literal("duration", _duration(inner)) if name == "duration" else Literal("geometry", inner)
    return None


def _duration(words: str) -> timedelta:
    found = DURATION.fullmatch(words)
    if found is None or words.endswith(("P", "T")):
        raise ValueError(f"{words!r} is no duration, such as P1DT2H or PT30M")
    sign, days, hours, minutes, seconds = found.groups()
    try:
        span = timedelta(
            days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=float(seconds or 0)
        )
    except OverflowError:
        raise ValueError(f"{words!r} is too long") from None
    return -span if sign else span
