"""Shows what came of trying a camera's addresses."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from landwatch.cli._output import complain, emit, stdout
from landwatch.setup import NEEDS, Found, Wanted

__all__ = ["show"]


def show(name: str, found: Found, wanted: Wanted, *, json_lines: bool) -> None:
    """Print what came of each address and which is proposed: a table, or one JSON object a line."""
    trials, chosen, hazard, least = found.trials, found.chosen, wanted.hazard, wanted.least_width
    if found.about is not None:
        about = found.about
        complain(f"{found.host}: {about.manufacturer} {about.model}, firmware {about.firmware}")
        if about.drift is not None:
            complain(f"{found.host}: its clock is {about.drift.total_seconds():+.0f} s from ours")
    if json_lines:
        _emit(name, found, wanted)
        return
    table = Table(box=None)
    for title in ("", "px", "kB", "first after", "CPU", "age", "its clock", "source", "address"):
        table.add_column(title, no_wrap=True)
    for trial in trials:
        offer = trial.offer
        mark = "->" if offer == chosen else ""
        if trial.seconds is None or trial.cpu is None:
            table.add_row(mark, "none", "", "", "", "", "", offer.kind, offer.url)
            continue
        table.add_row(
            mark,
            f"{offer.width} x {offer.height}",
            f"{trial.length / 1e3:.0f}",
            f"{trial.seconds:.1f} s",
            f"{trial.cpu * 1e3:.1f} ms",
            f"{trial.age:.1f} s",
            "" if trial.ahead is None else f"{trial.ahead:+.0f} s",
            offer.kind,
            offer.url,
        )
    # An address that is cut short cannot be copied: the table is as wide as it must be.
    wide = 80 + max((len(trial.offer.url) for trial in trials), default=0)
    Console(width=max(stdout.width, wide), highlight=False).print(table)
    for trial in trials:
        if trial.fault:
            complain(trial.fault)
    if chosen is None:
        complain(f"{name}: none of {len(trials)} addresses gave a picture")
    elif (chosen.width or 0) < least:
        complain(f"{name}: none is {least} px wide, which {hazard} needs; the widest is {chosen.url}")
    else:
        complain(f"{name}: the cheapest of {least} px for {hazard} ({NEEDS[hazard][1]}): {chosen.url}")


def _emit(name: str, found: Found, wanted: Wanted) -> None:
    chosen = found.chosen
    for trial in found.trials:
        came = trial.seconds is not None
        emit(
            {
                "kind": "offer",
                "camera": name,
                "source": trial.offer.kind,
                "url": trial.offer.url,
                "width": trial.offer.width if came else None,
                "height": trial.offer.height if came else None,
                "bytes": trial.length if came else None,
                "seconds": trial.seconds,
                "cpu": trial.cpu,
                "age": trial.age if came else None,
                "ahead": trial.ahead,
                "fault": trial.fault,
            }
        )
    emit(
        {
            "kind": "proposal",
            "camera": name,
            "hazard": wanted.hazard,
            "least_width": wanted.least_width,
            "source": chosen.kind if chosen else None,
            "url": chosen.url if chosen else None,
            "serves": chosen is not None and (chosen.width or 0) >= wanted.least_width,
        }
    )
