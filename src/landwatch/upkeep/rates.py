"""Rates of the fleet over whole days, each with what was counted, out of what, and what was left out.

    online        slots of five minutes in which the camera was heard / slots in which it was meant to work
    good          time in state good / time in which it was meant to work
    completeness  pictures that came / pictures that were expected, at most one each
    delay         time from capture to arrival / pictures with a capture time of their own
    in_time       work orders mended by their deadline / work orders whose deadline is over
    on_target     cameras whose good rate reaches their service level's target / cameras with a service level
    repair        time from opening to mending / work orders mended and verified

Time in which a camera was planned, in maintenance or retired is no part of any denominator. Time in which
nobody knows how it was is: what is unknown never counts as good. Days are days of UTC. A camera belongs to
the site, the organisations and the make that the registers name now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, or_, select

from landwatch.clock import aware
from landwatch.errors import UsageError
from landwatch.store import DAY, micros, schema
from landwatch.upkeep._sums import Sums, sums_of
from landwatch.upkeep.book import Book, Reading
from landwatch.upkeep.records import Asset, Site

__all__ = [
    "DIMENSIONS",
    "LONGEST_D",
    "OLD",
    "RATES",
    "Dimension",
    "Group",
    "Rate",
    "RateName",
    "Survey",
    "days_of",
    "key_of",
    "month",
    "survey",
]

Dimension = Literal[
    "all",
    "camera",
    "site",
    "area",
    "settlement",
    "income",
    "make",
    "age",
    "built_by",
    "managed_by",
    "maintained_by",
]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

RateName = Literal["online", "good", "completeness", "delay", "in_time", "on_target", "repair"]
RATES: tuple[RateName, ...] = get_args(RateName)

UNITS: Mapping[RateName, str] = {"delay": "s", "repair": "h"}
"""UCUM; 1 where it is not said."""

AGES: tuple[tuple[float, str], ...] = ((2, "0-2"), (5, "2-5"), (8, "5-8"))
"""Upper ends of the bands of age [a]: within warranty, within and beyond what is usually written off."""

OLD = "8+"
"""Group of the cameras that are older."""

YEAR_D = 365.25
"""[d]"""

LONGEST_D = 3660
"""More than ten years at once is a mistake. [d]"""

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate of one group."""

    name: RateName
    numerator: float
    denominator: float
    unit: str
    """UCUM, of `value`."""
    counted: str
    """What numerator and denominator count, such as `pictures` or `s/orders`."""
    excluded: Mapping[str, float]
    """What is in neither, or, as `unknown_s` of good, in the denominator alone; by reason."""

    @property
    def value(self) -> float | None:
        """The rate; None where there is nothing to count."""
        if not self.denominator:
            return None
        return self.numerator / self.denominator / (3600.0 if self.unit == "h" else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cameras that are counted together."""

    name: str
    """Empty where it is not known."""
    cameras: int
    """That were meant to work at some time."""
    rates: Mapping[RateName, Rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Rates of the groups of a fleet."""

    by: Dimension
    start: date
    end: date
    """The day after the last one."""
    as_of: datetime
    """When it was made; what is known later, such as late pictures, may change it."""
    total: Group
    groups: tuple[Group, ...]
    """In order of name; none where `by` is all."""
    left_out: int
    """Cameras that are neither registered nor followed any longer. [1]"""


def month(now: datetime) -> tuple[date, date]:
    """Return the 30 days that end with today."""
    end = aware(now).date() + timedelta(days=1)
    return end - timedelta(days=30), end


def survey(reading: Reading, start: date, end: date, *, by: Dimension = "all", now: datetime) -> Survey:
    """Return the rates from the day `start` to the day before `end`.

    Raises:
        UsageError: if there is no day in between, or too many.
    """
    first, last = days_of(start, end)
    with reading() as connection:
        sums, left_out = sums_of(connection, first, last, micros(now))
        span = (first * DAY, min(last * DAY, micros(now)))
        orders = _orders(connection, span)
        book = Book(lambda: nullcontext(connection))  # the same snapshot
        sites = {site.name: site for site in book.sites()}
        targets = {level.name: level.target for level in book.levels()}
    keys = {one.asset.camera: key_of(one.asset, sites, by, end) for one in sums}
    subjects = _subjects(sums)
    by_key: dict[str, tuple[list[Sums], list[Any]]] = {}
    for one in sums:
        by_key.setdefault(keys[one.asset.camera], ([], []))[0].append(one)
    apart = 0
    for order in orders:
        found = {keys[name] for name in subjects.get((order.scope, order.subject), ())}
        if len(found) == 1:
            by_key[found.pop()][1].append(order)
        else:
            apart += 1
    groups = () if by == "all" else tuple(
        _group(name, members, theirs, targets, span, 0)
        for name, (members, theirs) in sorted(by_key.items())
    )  # fmt: skip
    total = _group("", sums, orders, targets, span, 0 if by == "all" else apart)
    return Survey(by=by, start=start, end=end, as_of=now, total=total, groups=groups, left_out=left_out)


def days_of(start: date, end: date) -> tuple[int, int]:
    """Return two dates as days since 1970.

    Raises:
        UsageError: if there is no day in between, or too many.
    """
    days = (end - start).days
    if not 0 < days <= LONGEST_D:
        raise UsageError(f"from {start} to {end} are {days} days; allowed are 1 to {LONGEST_D}")
    return (start - EPOCH).days, (end - EPOCH).days


def key_of(asset: Asset, sites: Mapping[str, Site], by: Dimension, end: date) -> str:
    """Return the name of the group that a camera belongs to; empty where it is not known."""
    site = sites.get(asset.site or "")
    if by == "age":
        if asset.installed is None:
            return ""
        years = (end - asset.installed).days / YEAR_D
        return next((name for most, name in AGES if years < most), OLD)
    if by in ("area", "settlement", "income"):
        found = getattr(site, by) if site else ""
        return "" if found == "unknown" else found
    return "" if by == "all" else getattr(asset, by) or ""


def _orders(connection: Connection, span: tuple[int, int]) -> Sequence[Any]:
    """Return the work orders whose deadline, or whose end, lies in a span [us]."""
    orders = schema.orders
    wanted = ("scope", "subject", "state", "opened", "repair_by", "done", "closed")
    return connection.execute(
        select(*(orders.c[name] for name in wanted)).where(
            or_(
                orders.c.repair_by.between(span[0], span[1] - 1),
                orders.c.closed.between(span[0], span[1] - 1),
                orders.c.state == "on_hold",
            )
        )
    ).all()


def _subjects(sums: Iterable[Sums]) -> Mapping[tuple[str, str], list[str]]:
    """Return the cameras that an order on a camera, a site or the fleet is about."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in sums:
        name = one.asset.camera
        found[("camera", name)] = [name]
        found.setdefault(("fleet", ""), []).append(name)
        if one.asset.site:
            found.setdefault(("site", one.asset.site), []).append(name)
    return found


def _group(
    name: str,
    sums: Sequence[Sums],
    orders: Sequence[Any],
    targets: Mapping[str, float],
    span: tuple[int, int],
    apart: int,
) -> Group:
    def total(key: str) -> int:
        return sum(getattr(one, key) for one in sums)

    def rate(
        name: RateName, numerator: float, denominator: float, counted: str, excluded: Mapping[str, float]
    ) -> Rate:
        return Rate(
            name=name,
            numerator=numerator,
            denominator=denominator,
            unit=UNITS.get(name, "1"),
            counted=counted,
            excluded=excluded,
        )

    meant = total("meant")
    spared = {"not_active_s": total("spared") / 1e6}
    unknown = meant - sum(total(state) for state in ("good", "doubtful", "bad"))
    levelled = [one for one in sums if one.meant and one.asset.level in targets]
    met = sum(100 * one.good >= targets[one.asset.level or ""] * one.meant for one in levelled)
    rates = [
        rate("online", total("online"), total("slots"), "slots", spared),
        rate("good", total("good") / 1e6, meant / 1e6, "s", {**spared, "unknown_s": unknown / 1e6}),
        rate("completeness", total("complete"), total("expected"), "pictures", spared),
        rate(
            "delay",
            total("delay") / 1e6,
            total("timed"),
            "s/pictures",
            {"without_capture_time": total("pictures") - total("timed")},
        ),
        _in_time(orders, span, apart, rate),
        rate(
            "on_target",
            met,
            len(levelled),
            "cameras",
            {"without_level": sum(1 for one in sums if one.meant) - len(levelled)},
        ),
        _repair(orders, span, apart, rate),
    ]
    return Group(
        name=name,
        cameras=sum(1 for one in sums if one.meant),
        rates={one.name: one for one in rates},
    )


def _in_time(orders: Sequence[Any], span: tuple[int, int], apart: int, rate: Callable[..., Rate]) -> Rate:
    due = [one for one in orders if one.repair_by is not None and span[0] <= one.repair_by < span[1]]
    cancelled = sum(one.state == "cancelled" for one in due)
    # Somebody says that it is mended, and nothing has shown it yet: neither met nor missed.
    unproved = sum(one.state == "done" and one.done <= one.repair_by for one in due)
    met = sum(one.state == "verified" and _mended(one) <= one.repair_by for one in due)
    excluded = {
        "cancelled": cancelled,
        "not_verified_yet": unproved,
        "on_hold": sum(one.state == "on_hold" for one in orders),
        "of_several_groups": apart,
    }
    return rate("in_time", met, len(due) - cancelled - unproved, "orders", excluded)


def _repair(orders: Sequence[Any], span: tuple[int, int], apart: int, rate: Callable[..., Rate]) -> Rate:
    closed = [one for one in orders if one.closed is not None and span[0] <= one.closed < span[1]]
    mended = [one for one in closed if one.state == "verified"]
    taken = sum(_mended(one) - one.opened for one in mended)
    excluded = {"cancelled": len(closed) - len(mended), "of_several_groups": apart}
    return rate("repair", taken / 1e6, len(mended), "s/orders", excluded)


def _mended(order: Any) -> int:
    """Return when a verified order was mended: as was said, or where nobody said it as was seen. [us]"""
    return int(order.closed if order.done is None else order.done)
