"""`landwatch fleet rates` and `fleet gaps`: how well the cameras did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from landwatch.cli._inputs import Json
from landwatch.cli._options import one_of
from landwatch.cli._output import DONE, lines, say, stdout
from landwatch.cli._store import from_store
from landwatch.clock import SystemClock, iso
from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.upkeep import Gap, Survey, gaps, survey
from landwatch.upkeep.gaps import SHARES
from landwatch.upkeep.history import STEPS, Period, history
from landwatch.upkeep.rates import DIMENSIONS, RATES, Rate, month

__all__ = ["COLUMNS", "From", "To", "compare", "days", "rate_lines", "rates"]

COLUMNS = (
    "kind",
    "by",
    "group",
    "cameras",
    "rate",
    "value",
    "unit",
    "numerator",
    "denominator",
    "counted",
    "excluded",
    "from",
    "to",
    "as_of",
)
"""Of rates as they are printed and exported."""

GAP_COLUMNS = (
    "kind",
    "by",
    "of",
    "others",
    "rate",
    "value",
    "other",
    "difference",
    "low",
    "high",
    "cameras",
    "other_cameras",
    "sites",
    "other_sites",
    "verdict",
    "from",
    "to",
    "as_of",
)

From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First day, of UTC; else 30 days back.")
]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day; else today.")]
Csv = Annotated[bool, typer.Option("--csv", help="CSV with a header on stdout.")]


@from_store
def rates(
    archive: Archive,
    by: Annotated[str, typer.Option(help=f"One of: {', '.join(DIMENSIONS)}.")] = "all",
    first: From = None,
    last: To = None,
    step: Annotated[
        str | None, typer.Option(metavar="STEP", help=f"Of all cameras over time, by {', '.join(STEPS)}.")
    ] = None,
    json_lines: Json = False,
    as_csv: Csv = False,
) -> int:
    """Show rates with what was counted: online, good, completeness, delay, orders in time, targets, repair.

    What is in maintenance, planned or retired is not counted. What is unknown never counts as good.
    """
    wanted = one_of("group", by, DIMENSIONS)
    start, end = days(first, last)
    if step is not None:
        if wanted != "all":
            raise UsageError(f"--step {step} is of all cameras; leave out --by {by}")
        periods = history(archive.reading, start, end, one_of("step", step, STEPS), now=SystemClock().now())
        _tell_periods(periods, json_lines=json_lines, as_csv=as_csv)
        return DONE
    found = survey(archive.reading, start, end, by=wanted, now=SystemClock().now())
    if json_lines or as_csv:
        lines(rate_lines(found), COLUMNS, as_csv=as_csv)
        return DONE
    say(f"{start} to {end - timedelta(days=1)}, as of {iso(found.as_of)}")
    table = Table("group", "cameras", *RATES, box=None)
    for group in (*found.groups, found.total):
        is_total = group is found.total
        cells = [_cell(group.rates[name]) for name in RATES]
        table.add_row("all" if is_total else group.name or "not known", str(group.cameras), *cells)
    stdout.print(table)
    for name in RATES:
        rate = found.total.rates[name]
        left = ", ".join(f"{key} {value:g}" for key, value in rate.excluded.items() if value)
        say(
            f"{name:<12} {rate.numerator:g} / {rate.denominator:g} {rate.counted}"
            + (f"; {left}" if left else "")
        )
    return DONE


@from_store
def compare(
    archive: Archive,
    first: From = None,
    last: To = None,
    json_lines: Json = False,
    as_csv: Csv = False,
) -> int:
    """Show where rural, poor and old cameras fall behind, with intervals that hold together with 95 %."""
    start, end = days(first, last)
    now = SystemClock().now()
    found = gaps(archive.reading, start, end, now=now)
    if json_lines or as_csv:
        period = {"from": str(start), "to": str(end - timedelta(days=1)), "as_of": iso(now)}
        lines([_gap_line(gap, period) for gap in found], GAP_COLUMNS, as_csv=as_csv)
        return DONE
    table = Table("kind", "others", "rate", "is", "others", "difference", "interval", "sites", "", box=None)
    for gap in found:
        table.add_row(
            f"{gap.by} {gap.of}",
            " ".join(gap.others),
            gap.rate,
            *(_share(value) for value in (gap.value, gap.other, gap.difference)),
            "" if gap.low is None else f"{_share(gap.low)} to {_share(gap.high)}",
            " / ".join(str(count) for count in gap.sites),
            gap.verdict,
        )
    stdout.print(table)
    return DONE


def _tell_periods(periods: Sequence[Period], *, json_lines: bool, as_csv: bool) -> None:
    names = tuple(SHARES)
    if json_lines or as_csv:
        told = (
            {"kind": "period", "from": str(one.start), "to": str(one.end - timedelta(days=1))}
            | {name: one.value(name) for name in names}
            for one in periods
        )
        lines(told, ("kind", "from", "to", *names), as_csv=as_csv)
        return
    table = Table("from", "to", *names, box=None)
    for one in periods:
        last = str(one.end - timedelta(days=1))
        table.add_row(str(one.start), last, *(_share(one.value(name)) or "-" for name in names))
    stdout.print(table)


def days(first: str | None, last: str | None) -> tuple[date, date]:
    """Return the first day and the day after the last one; thirty days up to today where nothing is said."""
    start, end = month(SystemClock().now())
    try:
        if last is not None:
            end = date.fromisoformat(last) + timedelta(days=1)
            start = end - timedelta(days=30)
        if first is not None:
            start = date.fromisoformat(first)
    except (ValueError, OverflowError):
        raise UsageError(f"--from {first} --to {last}: write dates such as 2026-07-01") from None
    return start, end


def rate_lines(found: Survey) -> Iterator[dict[str, Any]]:
    """Yield a line for each rate of each group, the total last."""
    for group in (*found.groups, found.total):
        for rate in group.rates.values():
            yield {
                "kind": "rate",
                "by": "all" if group is found.total else found.by,
                "group": group.name,
                "cameras": group.cameras,
                "rate": rate.name,
                "value": rate.value,
                "unit": rate.unit,
                "numerator": rate.numerator,
                "denominator": rate.denominator,
                "counted": rate.counted,
                "excluded": dict(rate.excluded),
                "from": str(found.start),
                "to": str(found.end - timedelta(days=1)),
                "as_of": iso(found.as_of),
            }


def _gap_line(gap: Gap, period: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": "gap",
        "by": gap.by,
        "of": gap.of,
        "others": " ".join(gap.others),
        "rate": gap.rate,
        "value": gap.value,
        "other": gap.other,
        "difference": gap.difference,
        "low": gap.low,
        "high": gap.high,
        "cameras": gap.cameras[0],
        "other_cameras": gap.cameras[1],
        "sites": gap.sites[0],
        "other_sites": gap.sites[1],
        "verdict": gap.verdict,
        **period,
    }


def _cell(rate: Rate) -> str:
    if rate.value is None:
        return "-"
    return _share(rate.value) if rate.unit == "1" else f"{rate.value:.3g} {rate.unit}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"
