"""Inspections: the draw, marks and scores, findings that become work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from landwatch.errors import StoreError, UsageError
from landwatch.store import schema
from landwatch.upkeep import Asset, Site
from landwatch.upkeep.inspections import Item, campaign, campaigns, close, mark, start
from tests.upkeep.made import NOON

ITEMS = (
    Item(name="bracket", words="Is the bracket firm?", weight=3),
    Item(name="label", words="Is the label there?"),
    Item(name="solar", words="Is the panel clean?", weight=2),
)


@pytest.fixture
def begun(desk):
    start(desk, "spring", inspector="builder", items=ITEMS, share=0.5, now=NOON, strata="site", rectify=10)
    return desk


def drawn(desk, seed, name):
    found = start(desk, name, inspector="builder", items=ITEMS, share=0.5, now=NOON, strata="site", seed=seed)
    return [(visit.stratum, visit.camera) for visit in found.visits]


def test_each_group_gives_its_share_and_at_least_one(begun):
    found = campaign(begun.book.reading, "spring")
    # Of three cameras on the ridge two, of one at the river one.
    assert sorted(visit.stratum for visit in found.visits) == ["ridge", "ridge", "river"]
    assert found.inspector == "builder"
    assert found.score is None


def test_the_same_seed_draws_the_same_cameras(desk):
    desk.keep_sites([Site(name="far")])
    desk.keep_assets(Asset(camera=f"d{n}", site="far") for n in range(20))
    assert drawn(desk, 7, "a") == drawn(desk, 7, "b")
    assert drawn(desk, 8, "c") != drawn(desk, 7, "d")


def test_cameras_that_are_not_active_are_not_drawn(desk):
    for name in ("c0", "c1", "c2"):
        desk.set_lifecycle([name], "maintenance")
    assert drawn(desk, 0, "a") == [("river", "c3")]


def test_a_score_is_the_weight_of_what_passed_over_what_applies(begun):
    mark(begun, "spring", "c3", "bracket", "pass", "", NOON)
    mark(begun, "spring", "c3", "label", "fail", "torn off", NOON)
    found = mark(begun, "spring", "c3", "solar", "inapplicable", "", NOON)
    visit = found.visits[-1]
    assert (visit.camera, visit.score, visit.is_complete) == ("c3", 3 / 4, True)
    assert found.score == 3 / 4
    assert {one.score for one in found.visits[:-1]} == {0.0}, "what is not marked is not passed"


def test_a_fail_opens_a_work_order_with_the_deadline_of_the_campaign(begun):
    found = mark(begun, "spring", "c3", "bracket", "fail", "loose", NOON)
    ((visit, one),) = found.findings
    assert (visit.camera, one.order.cause, one.order.detail) == ("c3", "bracket", "loose")
    assert one.order.repair_by == NOON + timedelta(days=10)
    assert begun.book.steps(one.order.id)[0].role == "inspector"
    begun.act(one.order.id, "done", "maintainer")
    begun.act(one.order.id, "verify", "inspector")
    ((_, after),) = campaign(begun.book.reading, "spring").findings
    assert after.order.state == "verified"


def test_the_newest_mark_counts_and_the_older_stays(begun):
    mark(begun, "spring", "c3", "bracket", "fail", "loose", NOON)
    found = mark(begun, "spring", "c3", "bracket", "pass", "tightened", NOON + timedelta(days=1))
    assert found.findings == ()
    with begun.transaction("look") as connection:
        rows = connection.execute(schema.marks.select()).all()
    assert [row.mark for row in rows] == ["fail", "pass"]
    with (
        pytest.raises(StoreError, match="never changed or deleted"),
        begun.transaction("cheat") as connection,
    ):
        connection.execute(schema.marks.update().values(mark="pass"))


def test_a_campaign_closes_when_all_is_marked(begun):
    with pytest.raises(UsageError, match="not marked yet at 3 cameras"):
        close(begun, "spring", NOON)
    for visit in campaign(begun.book.reading, "spring").visits:
        for item in ITEMS:
            mark(begun, "spring", visit.camera, item.name, "pass", "", NOON)
    assert close(begun, "spring", NOON).score == 1.0
    with pytest.raises(UsageError, match="spring is closed"):
        mark(begun, "spring", "c3", "label", "pass", "", NOON)
    assert [one.closed for one in campaigns(begun.book.reading)] == [NOON]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("c9", "label", "pass", ""), "camera 'c9' is not in the sample"),
        (("c3", "paint", "pass", ""), "no item 'paint'; there are: bracket, label, solar"),
        (("c3", "label", "fail", " "), "a fail needs a note"),
        (("c3", "label", "pass", "x" * 501), "at most 500 characters"),
    ],
)
def test_what_cannot_be_marked_is_refused(begun, words, message):
    with pytest.raises(UsageError, match=message):
        mark(begun, "spring", *words, NOON)
    assert begun.book.orders() == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "spring"}, "already"),
        ({"name": "A b"}, "lower case letters"),
        ({"inspector": "nobody"}, "no organisation is called 'nobody'"),
        ({"items": ()}, "1 to 100 items, not 0"),
        ({"items": (ITEMS[0], ITEMS[0])}, "the same name"),
        ({"items": (Item(name="x", words="", weight=0),)}, "weights go from above 0"),
        ({"items": (Item(name="two words", words=""),)}, "one word in lower case"),
        ({"share": 0}, "above 0 to 1"),
        ({"rectify": 0}, "above 0 to 3650"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(begun, given, message):
    usual = {"name": "autumn", "inspector": "builder", "items": ITEMS, "share": 0.5, "now": NOON}
    options = {**usual, **given}
    with pytest.raises(UsageError, match=message):
        start(begun, options.pop("name"), **options)
    with pytest.raises(UsageError, match="there are: spring"):
        campaign(begun.book.reading, "autumn")
