from __future__ import annotations

import json
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path

import pytest

from landwatch.i18n import LANGUAGES, choose, localise, translator

from .conftest import SIGHTS

ROOT = Path(__file__).resolve().parents[2]

PAGES = ("/", "/?q=nothing", "/cameras/ridge", "/cameras/road", "/cameras/bridge", "/events",
        "/events?show=closed", "/events/smoke-ridge-1", "/no-such-page")  # fmt: skip


@pytest.fixture(scope="module")
def messages() -> dict:
    """What the script that keeps the catalogues defines."""
    return runpy.run_path(str(ROOT / "scripts/messages.py"))


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_each_catalogue_is_complete(language, messages):
    _, missing = messages["updated"](language)
    assert missing == [], "run scripts/messages.py and translate what it names"


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_translations_keep_the_places_of_values(language, messages):
    say = translator(language)
    for text in messages["texts"]():
        if isinstance(text, tuple):
            others = {name: name for name in re.findall(r"\{(\w+)\}", text[0]) if name != "count"}
            said = say.plural(*text, 2, **others)
            assert all(value in said for value in ("2", *others)), text
        else:
            assert sorted(re.findall(r"\{\w*\}", say(text))) == sorted(re.findall(r"\{\w*\}", text)), text


class Visible(HTMLParser):
    """Collects what people read or hear, but for names and what is marked as English."""

    SPOKEN = ("alt", "title", "placeholder", "aria-label")
    VOID = ("meta", "link", "img", "input", "br")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.words = "{}"
        self._open: list[bool] = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        hushed = tag in ("script", "style", "code") or values.get("translate") == "no"
        hushed = hushed or values.get("lang", "").startswith("en") or (bool(self._open) and self._open[-1])
        if not hushed:
            self.texts += [values[name] for name in self.SPOKEN if values.get(name)]
        self.words = values.get("data-words", self.words)
        if tag not in self.VOID:
            self._open.append(hushed)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self._open.pop()

    def handle_data(self, data):
        if data.strip() and not (self._open and self._open[-1]):
            self.texts.append(data.strip())


def english_of(texts: list[str]) -> list[str]:
    names = [sight.title for sight, _ in SIGHTS] + [sight.name for sight, _ in SIGHTS]
    allowed = {"Landwatch", "API", "UTC", "JavaScript", "rule", "px", "zone"}
    found = []
    for text in texts:
        for name in names:
            text = text.replace(name, "")
        found += [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in allowed]
    return found


@pytest.mark.parametrize("path", PAGES)
def test_no_english_is_left_on_a_chinese_page(site, path):
    answer = site.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert answer.headers["content-language"] == "zh-CN"
    assert '<html lang="zh-CN">' in answer.text
    page = Visible()
    page.feed(answer.text)
    assert page.texts
    assert english_of(page.texts) == []
    spoken = [re.sub(r"\{\w+\}", "", text) for text in json.loads(page.words).values()]
    assert english_of(spoken) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_chinese_is_left_on_an_english_page(site, path):
    page = site.get(path, headers={"Accept": "text/html"}).text.replace("简体中文", "")
    assert re.findall(r"[\u3000-\u9fff\uff00-\uffef]", page) == []


def test_an_address_chooses_the_language_and_it_is_remembered(site):
    answer = site.get("/events?lang=zh-CN", headers={"Accept-Language": "en"})
    assert answer.headers["content-language"] == "zh-CN"
    assert "lang=zh-CN" in answer.headers["set-cookie"]
    again = site.get("/events", headers={"Accept-Language": "en", "Cookie": "lang=zh-CN"})
    assert again.headers["content-language"] == "zh-CN"


def test_a_change_of_language_keeps_the_filter(site):
    assert "?state=bad&amp;lang=zh-CN" in site.get("/?state=bad").text


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("zh", "zh-CN"),
        ("zh_CN.UTF-8", "zh-CN"),
        ("zh-Hans-SG", "zh-CN"),
        ("de-CH, zh;q=0.5, en;q=0.3", "zh-CN"),
        ("en-GB,zh;q=0.9", "en"),
        ("zh;q=0, en", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=much", "zh-CN"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_first_wish_that_can_be_met_is(wish, language):
    assert choose(wish) == language


@pytest.mark.parametrize(
    ("language", "wish", "tag"),
    [
        ("en", "en-GB,en;q=0.9", "en-GB"),
        ("en", "de-CH, en;q=0.5", "en-CH"),
        ("en", "fr, de-DE;q=0.7", "en-DE"),
        ("en", "zh-CN, en-ZA;q=0.5", "en-ZA"),
        ("en", "en-XX", "en"),
        ("en", "en-../../x", "en"),
        ("en", None, "en"),
        ("zh-CN", "de-DE", "zh-CN"),
    ],
)
def test_numbers_are_written_as_in_the_first_place_that_is_named(language, wish, tag):
    assert localise(language, wish) == tag


@pytest.mark.parametrize("path", PAGES)
def test_no_number_is_left_in_the_way_of_machines(site, path):
    """In Sweden decimals come behind a comma and thousands behind a space: 1 234,5."""
    answer = site.get(path, headers={"Accept": "text/html", "Accept-Language": "en-SE"})
    assert '<html lang="en-SE">' in answer.text
    page = Visible()
    page.feed(answer.text.replace('lang="en-SE"', ""))  # for what is marked as English is not collected
    assert page.texts
    assert [text for text in page.texts if re.search(r"\d\.\d|(?<![\d,])\d{4}", text)] == []


def test_sentences_of_checks_are_found_by_their_pattern():
    say = translator("zh-CN")
    assert say.sentence("12 equal pictures in a row, for 120 s") == "连续 12 张图片相同，已 120 秒"
    assert say.sentence("hidden by blur, exposure") == "受 清晰度、曝光 影响，无法判断"
    assert say.sentence("nobody has written this") == "nobody has written this"


def test_an_unknown_language_is_named():
    with pytest.raises(KeyError, match="no language 'xx'; there are: en, zh-CN"):
        translator("xx")
