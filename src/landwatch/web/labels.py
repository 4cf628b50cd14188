"""Labels for the poles of cameras, as sheets of A4 to be cut: name, QR code, address, number to call.

A code leads to the page on which whoever stands at the pole reports what is broken.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import segno
from reportlab.lib.colors import grey
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepInFrame, Paragraph

from landwatch.i18n import Translator
from landwatch.web.paper import paragraph

__all__ = ["ERROR", "Card", "report_address", "sheets"]

ERROR = "m"
"""Level of error correction of the codes: 15 % of one may be scratched away. [1]"""

COLUMNS, ROWS = 2, 4

MARGIN = 10 * mm
"""Most printers reach no closer to the edge."""

CODE = 42 * mm
"""Side of a code with its quiet zone: read from two metres by a phone's camera."""

PADDING = 3 * mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One label."""

    name: str
    """Of the camera."""
    title: str
    """What people call it."""
    link: str
    """Where its code leads."""


def report_address(base: str, token: str) -> str:
    """Return where a code leads: the page for reports of the camera with this token."""
    return f"{base.rstrip('/')}/report/{token}"


def sheets(cards: Iterable[Card], call: str, say: Translator) -> bytes:
    """Return a PDF of labels in order, eight a page, each with the number to `call` where there is one."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(say("Labels"))
    canvas.setAuthor("Landwatch")
    width, height = (A4[0] - 2 * MARGIN) / COLUMNS, (A4[1] - 2 * MARGIN) / ROWS
    for index, card in enumerate(cards):
        row, column = divmod(index % (COLUMNS * ROWS), COLUMNS)
        if index and not row and not column:
            canvas.showPage()
        canvas.saveState()
        canvas.translate(MARGIN + column * width, A4[1] - MARGIN - (row + 1) * height)
        _draw(canvas, card, call, say, width, height)
        canvas.restoreState()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, card: Card, call: str, say: Translator, width: float, height: float) -> None:
    """Draw one label with its lower left corner at the origin."""
    canvas.setStrokeColor(grey)
    canvas.setLineWidth(0.3)
    canvas.setDash(2, 2)
    canvas.rect(0, 0, width, height)
    canvas.setDash()
    _draw_code(canvas, card.link, PADDING, height - PADDING - CODE)
    words = [
        paragraph(card.title, 13, 16),
        paragraph(card.name, 8, 12),
        paragraph(say("Is something broken? Scan the code and write what."), 10, 13),
    ]
    if call:
        words.append(paragraph(say("Or call {number}", number=call), 12, 18))
    left = PADDING + CODE
    _set(canvas, words, left, height - PADDING - CODE, width - left - PADDING, CODE)
    link = [paragraph(card.link, 7, 9)]
    _set(canvas, link, PADDING, PADDING, width - 2 * PADDING, height - 3 * PADDING - CODE)


def _set(
    canvas: Canvas, words: list[Paragraph], left: float, low: float, width: float, height: float
) -> None:
    """Set paragraphs into a box, smaller where they do not fit."""
    box = KeepInFrame(width, height, words, mode="shrink")
    _, needed = box.wrapOn(canvas, width, height)
    box.drawOn(canvas, left, low + height - needed)


def _draw_code(canvas: Canvas, link: str, left: float, low: float) -> None:
    """Draw a code as rectangles, one a run of dark modules, so that it is sharp at any size."""
    rows = [bytes(row) for row in segno.make(link, error=ERROR, micro=False).matrix_iter(border=4)]
    side = CODE / len(rows)
    path = canvas.beginPath()
    for number, row in enumerate(rows):
        start = 0
        while (dark := row.find(1, start)) >= 0:
            start = row.find(0, dark)
            path.rect(left + dark * side, low + CODE - (number + 1) * side, (start - dark) * side, side)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
