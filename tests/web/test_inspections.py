"""Inspections by the API, on pages and as PDF."""

from __future__ import annotations

import pytest
from pypdfium2 import PdfDocument

from landwatch.clock import SetClock
from landwatch.store import Archive
from landwatch.upkeep import Asset, Desk, Organisation
from landwatch.upkeep.inspections import Item, mark, start
from landwatch.web import create_app

from .conftest import Asker
from .scenes import NOW, Sight, fill, flat, well


@pytest.fixture
def inspected(tmp_path, news):
    fill(tmp_path, [(Sight(name="ridge", title="North ridge", states=well()), [flat(100)])])
    clock = SetClock(NOW)
    with Desk.open(tmp_path, clock) as desk, Archive(tmp_path) as archive:
        desk.keep_organisations([Organisation(name="survey", title="测绘院 Survey")])
        desk.keep_assets([Asset(camera="ridge")])
        items = (Item(name="bracket", words="支架牢固吗？ Is the bracket firm?"),)
        start(desk, "spring", inspector="survey", items=items, share=1, now=NOW, title="春季检查 <1>")
        mark(desk, "spring", "ridge", "bracket", "fail", "松动 & bent", NOW)
        yield Asker(create_app(archive, news, clock, desk=desk))


def test_an_inspection_is_told_with_its_findings(inspected):
    (listed,) = inspected.get("/api/v1/inspections").json()["items"]
    assert listed == inspected.get("/api/v1/inspections/spring").json()
    assert (listed["inspector"], listed["score"]) == ("survey", 0.0)
    (finding,) = listed["findings"]
    assert finding["order"] == inspected.get("/api/v1/orders").json()["items"][0]["id"]
    assert inspected.get("/api/v1/inspections/autumn").status_code == 404


def test_the_pages_show_it_in_both_languages(inspected):
    for path, word in (("/inspections", "春季检查 &lt;1&gt;"), ("/inspections/spring", "松动 &amp; bent")):
        for language, title in (("en", "Findings"), ("zh-CN", "发现的问题")):
            answer = inspected.get(path, headers={"accept-language": language})
            assert (answer.status_code, word in answer.text, title in answer.text) == (200, True, True)
    assert inspected.get("/inspections/autumn").status_code == 404


def test_the_report_is_a_pdf_that_is_the_same_each_time(inspected):
    for language in ("en", "zh-CN"):
        asked = {"accept-language": language}
        answer = inspected.get("/inspections/spring/report.pdf", headers=asked)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-1")
        assert inspected.get("/inspections/spring/report.pdf", headers=asked).content == answer.content


def test_a_fleet_without_inspections_says_how_one_begins(site):
    assert "landwatch fleet inspections start" in site.get("/inspections").text


def test_the_words_of_a_report_can_be_copied_and_its_font_is_in_it(inspected):
    asked = {"accept-language": "zh-CN"}
    content = inspected.get("/inspections/spring/report.pdf", headers=asked).content
    assert b"/FontFile2" in content
    text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(content))
    for words in ("春季检查 <1>", "松动 & bent", "支架牢固吗？ Is the bracket firm?", "发现的问题"):
        assert words in text
