"""Versions of views and drawing by page: who may save, what is refused, and how forms are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Config, Secret, Serve
from landwatch.config import Store as StoreConfig
from landwatch.store import Archive, Beside, Store
from landwatch.views import Book, Desk, adopt
from landwatch.web import News, create_app, drafts

from .scenes import NOW, outcome, still
from .test_work import TOKEN, Office

RIGHT = "34, 2\n62, 2\n62, 44\n34, 44"
HALVES = np.full((48, 64, 3), (60, 80, 60), np.uint8)
HALVES[:, 32:] = (60, 180, 60)
"""gcc is 80 / 200 = 0.4 on the left and 180 / 300 = 0.6 on the right."""

MEADOW = Camera(
    name="meadow",
    title="Meadow",
    source={"kind": "folder", "path": "/srv/never-shown", "user": "never-shown"},
    check={"blur": {"bad": 6.5}},
    never=(((0, 0), (9, 0), (9, 9)),),
    measure={"greenness": {"region": [[2, 2], [28, 2], [28, 44]], "most_masked": 0.3}, "smoke": {}},
)


class DrawingOffice(Office):
    """A site where views are drawn."""

    drafts: Desk


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrawingOffice]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    clock = SetClock(NOW)
    with Store.open(tmp_path, clock) as store:
        store.enroll([MEADOW])
        store.keep_all(outcome("meadow", NOW - timedelta(minutes=n), still(HALVES)) for n in range(3))
    with Beside(tmp_path, clock) as beside, Archive(tmp_path) as archive:
        adopt(beside, [MEADOW], None, NOW)
        config = Config(camera=(MEADOW,), store=StoreConfig(folder=tmp_path))
        desk = Desk(config, None, beside, Book(archive.reading), clock)
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
        made = DrawingOffice(create_app(archive, News(clock), clock, serve=serve, drafts=desk))
        made.drafts = desk
        yield made
        desk.close()


PAGE = {"Accept": "text/html"}


def filled(office, browser, **more):
    fields = office.form("/cameras/meadow/draw?instrument=greenness", browser)
    return {**fields, "shape.region": RIGHT, "rest": "most_masked = 0.3", **more}


def test_the_first_version_is_that_of_the_configuration(office):
    page = office.get("/cameras/meadow/views", headers=PAGE).text
    assert "@1" in page
    assert "the configuration" in page
    assert 'href="/cameras/meadow/views"' in office.get("/cameras/meadow", headers=PAGE).text


def test_a_cameras_page_tells_its_settings_and_nothing_of_how_to_reach_it(office):
    page = office.get("/cameras/meadow", headers=PAGE).text
    for told in (
        "region = [[2, 2], [28, 2], [28, 44]]",
        "most_masked = 0.3",
        "bad = 6.5",
        "1 area",
        ">@1</a>",
    ):
        assert told in page, told
    assert "as it ships" in page, "of smoke"
    assert "never-shown" not in page


def test_numbers_of_the_newest_version_stand_in_the_form(office):
    page = office.get("/cameras/meadow/draw", headers=PAGE).text
    assert ">2, 2\n28, 2\n28, 44</textarea>" in page
    assert ">most_masked = 0.3</textarea>" in page
    assert 'points="2,2 28,2 28,44 "' in page
    assert 'name="do"' not in page, "nobody has signed in"


def test_an_operator_saves_a_new_version(office):
    browser = office.sign_in()
    fields = filled(office, browser, do="save", note="mown")
    answer = office.ask("POST", "/cameras/meadow/draw", data=fields, headers=browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cameras/meadow/views")
    newest = office.drafts.newest("meadow")
    assert (newest.number, newest.origin, newest.note) == (2, "page", "mown")
    assert newest.settings["measure"] == {
        "greenness": {"region": [[34, 2], [62, 2], [62, 44], [34, 44]], "most_masked": 0.3},
        "smoke": {},
    }
    page = office.get("/cameras/meadow/views", headers=PAGE).text
    assert "measure.greenness.region" in page
    late = office.ask("POST", "/cameras/meadow/draw", data=fields | {"note": "x"}, headers=browser)
    assert late.status_code == 422
    assert "version 2 is the newest, and this was made of 1" in late.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shape.region": "1, 2\n3, 4"}, "a region has at least 3 corners, not 2"),
        ({"shape.region": "1, north\n3, 4"}, "Region: &#39;1, north&#39;: needed are x, y [px]"),
        ({"rest": "most_masked ="}, "the other settings are not TOML"),
        ({"rest": 'mask = "/etc/hostname"'}, "files are named in the configuration or by command"),
        ({"instrument": "tide"}, "no instrument called"),
    ],
)
def test_what_cannot_be_used_is_refused_and_what_was_typed_stays(office, change, said):
    browser = office.sign_in()
    fields = filled(office, browser, do="save", note="keep these words") | change
    answer = office.ask("POST", "/cameras/meadow/draw", data=fields, headers=browser | PAGE)
    assert answer.status_code == 422
    assert said in answer.text
    if "instrument" not in change:
        assert 'value="keep these words"' in answer.text
        assert fields["shape.region"] in answer.text
    assert office.drafts.newest("meadow").number == 1


def test_a_form_of_another_page_is_refused(office):
    browser = office.sign_in()
    fields = filled(office, browser, do="save")
    for headers, data in (
        ({}, fields),
        (browser, {**fields, "proof": "0" * 64}),
        ({**browser, "Sec-Fetch-Site": "cross-site"}, fields),
    ):
        for path in ("/cameras/meadow/draw", "/cameras/meadow/trials/none"):
            assert office.ask("POST", path, data=data, headers=headers).status_code == 403
    assert office.drafts.newest("meadow").number == 1


def test_a_trial_is_shown_beside_what_is_kept_and_can_be_saved(office):
    browser = office.sign_in()
    fields = filled(office, browser, do="try")
    at = office.ask("POST", "/cameras/meadow/draw", data=fields, headers=browser).headers["location"]
    office.get(at, headers=PAGE)
    assert office.drafts.trials.wait(Path(at).name, 120.0)
    told = office.get(f"{at}/plots.json").json()
    (gcc,) = [one for one in told["series"] if one["quantity"] == "gcc"]
    assert gcc["values"] == pytest.approx([0.6] * 3, abs=0.01)
    assert gcc["beside"] == [None] * 3, "nothing was read when they were kept"
    page = office.get(at, headers=browser | PAGE).text
    assert "Green chromatic coordinate" in page
    assert "0.6" in page
    kept = office.form(at, browser) | {"note": "tried"}
    assert office.ask("POST", at, data=kept, headers=browser).status_code == 303
    assert office.drafts.newest("meadow").note == "tried"
    again = office.get(f"/cameras/meadow/draw?trial={Path(at).name}", headers=PAGE).text
    assert RIGHT in again


def test_a_trial_that_is_forgotten_says_what_to_do(office):
    answer = office.get("/cameras/meadow/trials/0000", headers=PAGE)
    assert answer.status_code == 404
    assert "try the draft again" in answer.text


def test_a_server_that_only_shows_has_versions_but_no_drawing(site):
    assert "No version is kept yet" in site.get("/cameras/ridge/views", headers=PAGE).text
    assert site.get("/cameras/ridge/draw", headers=PAGE).status_code == 503


TABLES = {
    "greenness": {"region": [[0, 0], [40, 0], [40.5, 40]], "most_masked": 0.1},
    "motion": {
        "region": [[0, 0], [40, 0], [40, 40]],
        "stable": [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]],
        "plane": [[1, 2, 0, 0], [3, 4, 1.5, 0], [5, 6, 1, 1], [7, 8, 0, 1]],
        "direction": [0.0, 1.0],
    },
    "river": {"points": [[10, 20, 1.25], [10, 80, 0.25]], "marks": "none"},
    "visibility": {
        "sky": [[0, 0, 40, 8]],
        "target": [
            {"region": [0, 20, 9, 29], "distance": 50, "contrast": 0.8, "name": "near", "group": "trees"},
            {"region": [9, 20, 19, 29], "distance": 500, "contrast": 0.6, "name": "far"},
        ],
    },
    "smoke": {"pace": 1.0},
}


@pytest.mark.parametrize("instrument", TABLES)
def test_a_table_is_the_same_after_the_form(instrument):
    table = TABLES[instrument]
    form = {f"shape.{one.shape.key}": one.lines for one in drafts.fields_of(instrument, table)}
    form["rest"] = drafts.rest_of(instrument, table)
    assert drafts.read(instrument, form) == table


def test_a_box_may_be_drawn_from_any_corner():
    form = {"shape.sky": "40, 8, 0, 0", "shape.target": "9, 29, 0, 20, 50, 0.8, near"}
    table = drafts.read("visibility", form)
    assert table["sky"] == [[0, 0, 40, 8]]
    assert table["target"] == [{"region": [0, 20, 9, 29], "distance": 50, "contrast": 0.8, "name": "near"}]


def test_every_shape_is_a_setting_of_its_instrument():
    for instrument in drafts.instruments():
        module = drafts.rooms.modules("measure")[instrument]
        keys = {shape.key for shape in drafts.shapes_of(instrument)}
        assert keys <= set(module.Settings.__dataclass_fields__), instrument


def test_pages_hold_no_script_style_or_handler_of_their_own(office):
    for path in ("/cameras/meadow/views", "/cameras/meadow/draw"):
        page = office.get(path, headers=PAGE).text
        assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|<style|<[^>]*\s(?:style|on\w+)=", page) == []
