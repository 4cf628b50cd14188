"""What everything on paper shares: the font, and how text is set in it.

Chinese is set in a font of Adobe's collections that readers of PDF bring along, so no font is shipped [1].

References:
    [1] ReportLab, "User Guide", 3.6 "Asian Font Support": UnicodeCIDFont.
"""

from __future__ import annotations

from functools import cache

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

__all__ = ["FONT", "style"]

FONT = "STSong-Light"
"""Has Latin and Chinese letters."""


@cache
def style(size: float, leading: float, **more: float) -> ParagraphStyle:
    """Return how paragraphs of a size are set; `size` and `leading` in points."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return ParagraphStyle(f"{size:g}", fontName=FONT, fontSize=size, leading=leading, wordWrap="CJK", **more)
