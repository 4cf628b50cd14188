"""An inspection's report as PDF, in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Spacer, Table, TableStyle

from landwatch.clock import iso
from landwatch.i18n import Translator
from landwatch.upkeep.inspections import Campaign
from landwatch.web.paper import paragraph

__all__ = ["pdf"]

LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ]
)


def pdf(found: Campaign, inspector: str, say: Translator) -> bytes:
    """Return the report of a campaign, its inspector under its title."""
    facts = [
        (say("Inspected by"), inspector),
        (say("Opened"), iso(found.opened)),
        (say("Closed"), iso(found.closed) if found.closed else say("not yet")),
        (say("Sample"), say("{number} cameras, seed {seed}", number=len(found.visits), seed=found.seed)),
        (say("To be mended within"), f"{found.rectify:g} d"),
        (say("Score"), _percent(found.score)),
    ]
    cameras = [(say("Camera"), say("Group"), say("Score"), say("Marked"))]
    cameras += [
        (one.camera, one.stratum, _percent(one.score), f"{len(one.marks)} / {len(found.items)}")
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
    checklist += [(item.name, item.words, f"{item.weight:g}") for item in found.items]
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


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
