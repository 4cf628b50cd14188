"""Labels as sheets: how many to a page, what they say, and where their codes lead."""

from __future__ import annotations

import cv2
import numpy as np
from pypdfium2 import PdfDocument

from landwatch.i18n import translator
from landwatch.web.labels import Card, sheets

LINK = "https://cameras.example.org/report/AbCdEfGhIjKlMnOpQrStUv"


def cards(count: int) -> list[Card]:
    return [Card(name=f"c{n}", title=f"北山 {n} 号 & <ridge>", link=f"{LINK}{n}") for n in range(count)]


def test_a_page_holds_eight_labels_that_say_name_and_number():
    document = PdfDocument(sheets(cards(9), "0800 555 111", translator("zh-CN")))
    assert len(document) == 2
    texts = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    assert [text.count("或致电0800555111") for text in texts] == [8, 1]
    assert "北山8号&<ridge>" in texts[1]
    assert f"{LINK}8" in texts[1]


def test_a_letter_that_the_font_lacks_is_set_in_another_and_not_lost():
    title = "镕堃 ridge"
    (page,) = PdfDocument(sheets([Card(name="c", title=title, link=LINK)], "", translator("en")))
    text = page.get_textpage().get_text_range()
    assert title in text
    assert "Or call" not in text


def test_a_printed_code_leads_where_its_label_says():
    (page,) = PdfDocument(sheets(cards(1), "", translator("en")))
    picture = np.asarray(page.render(scale=3).to_pil().convert("L"))
    height, width = picture.shape
    found, *_ = cv2.QRCodeDetector().detectAndDecode(picture[: height // 4, : width // 2])
    assert found == f"{LINK}0"
