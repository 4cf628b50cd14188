"""An inspection's report as PDF, in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Spacer, Table, TableStyle

from landwatch.clock import iso
from landwatch.upkeep.inspections import Campaign
from landwatch.web.paper import paragraph
from landwatch.web.words import Words

__all__ = ["pdf"]

LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ]
)


def pdf(found: Campaign, inspector: str, words: Words) -> bytes:
    """Return the report of a campaign, its inspector under its title."""
    say = words.say
    sample = words.text("{number} cameras, seed {seed}", number=len(found.visits), seed=str(found.seed))
    facts = [
        (say("Inspected by"), inspector),
        (say("Opened"), iso(found.opened)),
        (say("Closed"), iso(found.closed) if found.closed else say("not yet")),
        (say("Sample"), sample),
        (say("To be mended within"), words.measured(found.rectify, None, "d")),
        (say("Score"), _percent(found.score, words)),
    ]
    cameras = [(say("Camera"), say("Group"), say("Score"), say("Marked"))]
    cameras += [
        (one.camera, one.stratum, _percent(one.score, words), f"{len(one.marks)} / {len(found.items)}")
        for one in found.visits
    ]
    findings = [
        (say("Camera"), say("Item"), say("What was found"), say("Work order"), say("To be mended by"))
    ]
    for visit, one in found.findings:
        order = one.order
        due = iso(order.repair_by) if order is not None and order.repair_by else ""
        state = f"{order.id} · {order.state}" if order is not None else ""
        findings.append((visit.camera, one.item, one.note, state, due))
    checklist = [(say("Item"), say("What is looked at"), say("Weight"))]
    checklist += [(item.name, item.words, words.number(item.weight)) for item in found.items]
    parts = [paragraph(found.title or found.name, 17, 24), _table(facts, (45, 125))]
    for title, rows, widths in (
        (say("Cameras"), cameras, (60, 50, 30, 30)),
        (say("Findings"), findings, (32, 24, 56, 28, 30)),
        (say("Checklist"), checklist, (35, 110, 25)),
    ):
        parts += [
            paragraph(title, 12, 18, spaceBefore=4 * mm),
            Spacer(0, mm),
            _table(rows, widths),
        ]
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, title=found.title or found.name, author="Landwatch", invariant=1
    ).build(parts)
    return out.getvalue()


def _table(rows: Sequence[tuple[str, ...]], widths: Sequence[float]) -> Table:
    cells = [[paragraph(cell, 9, 13) for cell in row] for row in rows]
    return Table(cells, colWidths=[width * mm for width in widths], style=LINES, repeatRows=1)


def _percent(value: float | None, words: Words) -> str:
    return "–" if value is None else words.percent(value, 1)
