"""What everything on paper shares: the font, and how text is set in it.

Noto Sans SC is embedded, of which a PDF holds the letters that it uses: it looks the same everywhere, and its
words can be searched and copied. The font has the letters of GB 2312 and of Latin; a rarer one is set in a
font of Adobe's collections that readers of PDF bring along [1].

References:
    [1] ReportLab, "User Guide", 3.6 "Asian Font Support": UnicodeCIDFont.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

__all__ = ["paragraph"]

FONT, FILE = "NotoSansSC", "NotoSansSC-GB2312.ttf"
RARE = "STSong-Light"


def paragraph(text: str, size: float, leading: float, **more: float) -> Paragraph:
    """Return a plain text as a paragraph; `size` and `leading` in points."""
    known = _font().face.charToGlyph
    runs = groupby(text, key=lambda sign: ord(sign) in known or sign.isspace())
    words = (
        escape("".join(signs)) if is_known else f'<font name="{RARE}">{escape("".join(signs))}</font>'
        for is_known, signs in runs
    )
    style = ParagraphStyle("plain", fontName=FONT, fontSize=size, leading=leading, wordWrap="CJK", **more)
    return Paragraph("".join(words), style)


@cache
def _font() -> TTFont:
    """Return the font, which is then known to ReportLab."""
    with as_file(files("landwatch.web") / "fonts" / FILE) as path:
        font = TTFont(FONT, str(path))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(UnicodeCIDFont(RARE))
    return font
