"""Draws the readings of a trial beside those that are kept, as SVG, one panel a quantity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from landwatch.clock import iso
from landwatch.types import Reading

__all__ = ["drawn"]

WIDTH, HEIGHT = 900.0, 200.0
"""Of a panel. [px]"""

LEFT, RIGHT, HEAD, FOOT = 70.0, 10.0, 24.0, 22.0
"""Margins of a panel. [px]"""

DRAFT, KEPT = 'stroke="#0b5f55"', 'stroke="#8a5a00" stroke-dasharray="4 3"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """Where times and values of one quantity lie."""

    top: float
    begin: float
    end: float
    low: float
    high: float

    def point(self, reading: Reading, value: float) -> str:
        """Return the place of a value as SVG writes it, within the panel."""
        x = LEFT + (reading.time.timestamp() - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)
        share = (self.high - value) / (self.high - self.low)
        y = self.top + HEAD + min(max(share, 0.0), 1.0) * (HEIGHT - HEAD - FOOT)
        return f"{x:.1f},{y:.1f}"

    def lines(self, readings: Sequence[Reading], style: str) -> Iterator[str]:
        """Yield a line for each run of readings with a value: a gap is shown as one."""
        for is_present, run in groupby(readings, lambda one: one.value is not None):
            if is_present:
                points = " ".join(self.point(one, one.value or 0.0) for one in run)
                yield f'<polyline points="{points}" fill="none" stroke-linecap="round" {style}/>'

    def bars(self, readings: Sequence[Reading]) -> Iterator[str]:
        """Yield a bar of one standard uncertainty to either side of each value."""
        for one in readings:
            if one.value is not None and one.sigma is not None:
                low, high = (self.point(one, one.value + side * one.sigma) for side in (-1, 1))
                yield f'<polyline points="{low} {high}" opacity="0.4" {DRAFT}/>'


def drawn(draft: Sequence[Reading], kept: Sequence[Reading]) -> str:
    """Return an SVG picture: a draft's readings with their uncertainty, and those kept as a dashed line."""
    times = [one.time.timestamp() for one in draft] or [0.0]
    parts: list[str] = []
    names = sorted({(one.quantity, one.unit) for one in draft})
    for row, name in enumerate(names):
        mine, theirs = ([one for one in many if (one.quantity, one.unit) == name] for many in (draft, kept))
        parts += _panel(name, mine, theirs, row * HEIGHT, (min(times), max(times)))
    foot = len(names) * HEIGHT + 14
    span = f"{iso(draft[0].time)} – {iso(draft[-1].time)} · " if draft else ""
    parts.append(_text(LEFT, foot, f"{span}line: draft, dashes: kept"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {foot + 10:g}" font-size="12" '
        'font-family="sans-serif"><rect width="100%" height="100%" fill="#ffffff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _panel(
    name: tuple[str, str],
    mine: Sequence[Reading],
    theirs: Sequence[Reading],
    top: float,
    span: tuple[float, float],
) -> Iterator[str]:
    yield _text(LEFT, top + 16, f"{name[0]} [{name[1]}]")
    values = [one.value for one in (*mine, *theirs) if one.value is not None]
    if not values:
        yield _text(LEFT, top + HEIGHT / 2, "no value")
        return
    room = (max(values) - min(values)) * 0.1 or abs(values[0]) * 0.05 or 0.5
    panel = _Panel(
        top=top,
        begin=span[0],
        end=max(span[1], span[0] + 1.0),
        low=min(values) - room,
        high=max(values) + room,
    )
    yield _text(4, top + HEAD + 10, f"{panel.high:.4g}")
    yield _text(4, top + HEIGHT - FOOT, f"{panel.low:.4g}")
    frame = f'width="{WIDTH - LEFT - RIGHT:g}" height="{HEIGHT - HEAD - FOOT:g}"'
    yield f'<rect x="{LEFT:g}" y="{top + HEAD:g}" {frame} fill="none" stroke="#b9c4be"/>'
    yield from panel.lines(theirs, KEPT)
    yield from panel.bars(mine)
    yield from panel.lines(mine, DRAFT)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:g}" y="{y:g}">{escape(words)}</text>'
