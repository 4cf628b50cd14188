"""Work orders and registers, in both databases, beside a keeper that holds the store open."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest

from landwatch.errors import UsageError
from landwatch.upkeep import Asset, Organisation, Outdated, Site
from tests.upkeep.made import NOON, OFFICE, at, opening


def bodies(store, outlet):
    return [json.loads(message.body) for message in store.pending(outlet)]


def test_an_order_goes_to_the_maintainer_with_deadlines_of_the_service_level(desk):
    order, is_new = desk.open_order(opening(), "manager")
    assert is_new
    assert (order.state, order.organisation, order.level) == ("assigned", "mender", "office")
    # Wednesday 12:00: 4 h are 16:00; 12 h are 5 h on Wednesday and 7 h on Thursday from 08:00.
    assert order.respond_by == NOON + timedelta(hours=4)
    assert order.repair_by == NOON.replace(day=2, hour=15)
    assert [(step.act, step.role) for step in desk.book.steps(order.id)] == [
        ("open", "manager"),
        ("assign", "clock"),
    ]


def test_one_cause_has_one_order_while_it_stands(desk):
    first, _ = desk.open_order(opening(), "manager")
    again, is_new = desk.open_order(opening(), "visitor", note="still bad")
    assert (again.id, is_new) == (first.id, False)
    assert desk.book.steps(first.id)[-1].note == "still bad"
    desk.act(first.id, "cancel", "manager", note="a mistake")
    other, is_new = desk.open_order(opening(), "manager")
    assert is_new
    assert other.id != first.id
    assert {order.id for order in desk.book.orders()} == {first.id, other.id}
    assert [order.id for order in desk.book.orders(standing=True)] == [other.id]


def test_the_life_of_an_order_is_all_kept(desk, clock):
    order, _ = desk.open_order(opening(), "manager")
    for hours, act, role, note in (
        (1, "acknowledge", "maintainer", ""),
        (2, "done", "maintainer", "lens cleaned"),
        (3, "reopen", "inspector", "not clean"),
        (4, "done", "maintainer", ""),
        (5, "verify", "inspector", ""),
    ):
        clock.set(NOON + timedelta(hours=hours))
        order = desk.act(order.id, act, role, note=note)
    assert (order.state, order.closed) == ("verified", NOON + timedelta(hours=5))
    assert order.acknowledged == NOON + timedelta(hours=1)
    assert [step.state for step in desk.book.steps(order.id)] == [
        "open",
        "assigned",
        "acknowledged",
        "done",
        "acknowledged",
        "done",
        "verified",
    ]


def test_the_clock_of_the_service_level_stands_still_while_an_order_is_on_hold(desk, clock):
    order, _ = desk.open_order(opening(), "manager")
    clock.set(NOON + timedelta(hours=2))
    held = desk.act(order.id, "hold", "maintainer", note="the road is closed")
    assert held.repair_by is None
    clock.set(NOON + timedelta(days=5))  # Monday 12:00
    # 10 h were left on Wednesday at 14:00: 5 h on Monday and 5 h on Tuesday.
    assert desk.act(order.id, "resume", "maintainer").repair_by == NOON.replace(day=7, hour=13)


def test_a_deadline_that_was_over_before_the_hold_is_over_after_it(desk, clock):
    order, _ = desk.open_order(opening(), "manager")
    clock.set(NOON.replace(day=2, hour=16))
    desk.act(order.id, "hold", "maintainer", note="no ladder")
    clock.set(NOON.replace(day=3))
    assert desk.act(order.id, "resume", "maintainer").repair_by == NOON.replace(day=3, hour=11)


@pytest.mark.parametrize(
    ("act", "role", "note", "message"),
    [
        ("resume", "maintainer", "", "is assigned, so it cannot resume; a maintainer may: acknowledge"),
        ("verify", "maintainer", "", "a maintainer may not verify"),
        ("hold", "maintainer", " ", "hold needs a note that says why"),
        ("cancel", "manager", "", "cancel needs a note"),
        ("note", "manager", "x" * 501, "at most 500 characters, not 501"),
    ],
)  # fmt: skip
def test_what_may_not_be_done_is_refused_and_leaves_no_trace(desk, act, role, note, message):
    order, _ = desk.open_order(opening(), "manager")
    with pytest.raises(UsageError, match=message):
        desk.act(order.id, act, role, note=note)
    assert desk.book.order(order.id) == order
    assert len(desk.book.steps(order.id)) == 2


def test_who_acts_on_what_has_changed_is_told(desk):
    order, _ = desk.open_order(opening(), "manager")
    desk.act(order.id, "acknowledge", "maintainer", version=order.version)
    with pytest.raises(Outdated, match="has changed meanwhile"):
        desk.act(order.id, "done", "maintainer", version=order.version)


def test_an_unknown_organisation_is_named_with_those_that_there_are(desk):
    order, _ = desk.open_order(opening(), "manager")
    with pytest.raises(
        UsageError, match="no organisation is called 'acme'; there are: builder, county, mender"
    ):
        desk.act(order.id, "assign", "manager", organisation="acme")


def test_each_step_is_told_once_to_each_outlet_and_to_the_desks_that_it_concerns(desk, store):
    order, _ = desk.open_order(opening(), "manager")
    desk.act(order.id, "acknowledge", "maintainer")
    assert [body["act"] for body in bodies(store, "hook")] == ["open", "assign", "acknowledge"]
    assert [(body["act"], body["to"]) for body in bodies(store, "desks")] == [
        ("open", "json://county.example/hook"),
        ("assign", "desk@mender.example"),
        ("acknowledge", "json://county.example/hook"),
    ]
    assert [message.lane for message in store.pending("desks")] == ["county", "mender", "county"]
    assert store.pending("fires") == ()
    assert not any("to" in body for body in bodies(store, "hook"))
    keys = [message.key for outlet in ("hook", "desks") for message in store.pending(outlet)]
    assert len(set(keys)) == len(keys)


def test_a_step_that_was_refused_is_told_to_nobody(desk, store):
    order, _ = desk.open_order(opening(), "manager")
    before = bodies(store, "hook")
    with pytest.raises(UsageError):
        desk.act(order.id, "verify", "maintainer")
    assert bodies(store, "hook") == before


def test_each_deadline_that_is_over_is_told_once_to_whom_the_service_level_names(desk, store):
    order, _ = desk.open_order(opening(), "manager")
    assert desk.escalate(at(4 * 3600 - 1)) == 0
    assert desk.escalate(at(4 * 3600 + 1)) == 1  # not acknowledged
    assert desk.escalate(at(4 * 3600 + 2)) == 0
    late = NOON.replace(day=2, hour=15, minute=1)
    assert desk.escalate(late) == 1  # not mended
    # Nine hours of service after Thursday 15:00: 2 h there, 7 h on Friday from 08:00.
    assert desk.escalate(NOON.replace(day=3, hour=14, minute=59)) == 0
    assert desk.escalate(NOON.replace(day=3, hour=15, minute=1)) == 1
    steps = [step for step in desk.book.steps(order.id) if step.act == "escalate"]
    assert [step.organisation for step in steps] == ["county", "county", "builder"]
    told = [body["to"] for body in bodies(store, "desks") if body["act"] == "escalate"]
    assert told.count("desk@builder.example") == 1


def test_an_order_that_was_acknowledged_in_time_or_is_on_hold_is_not_escalated(desk):
    order, _ = desk.open_order(opening(), "manager")
    desk.act(order.id, "acknowledge", "maintainer", now=at(60))
    assert desk.escalate(at(5 * 3600)) == 0
    desk.act(order.id, "hold", "maintainer", note="fog", now=at(5 * 3600))
    assert desk.escalate(at(30 * 86_400)) == 0


def test_texts_are_attached_once_and_pictures_never(desk):
    order, _ = desk.open_order(opening(), "manager")
    sha256 = desk.attach(order.id, "offer.txt", "text/plain", b"Drei Schrauben")
    assert desk.attach(order.id, "again.txt", "text/plain", b"Drei Schrauben") == sha256
    (kept,) = desk.book.attachments(order.id)
    assert (kept.name, kept.content, kept.sha256) == ("offer.txt", "Drei Schrauben", sha256)
    for name, kind, content, message in (
        ("a.jpg", "image/jpeg", b"\xff\xd8", "cannot be attached, since it may show people"),
        ("a.pdf", "application/pdf", b"%PDF", "cannot be attached, since it may show people"),
        ("a.txt", "text/plain", b"\xff\xd8\xff", "is no text in UTF-8"),
        ("a.txt", "text/plain", b"a\x00b", "control characters"),
        ("../a.txt", "text/plain", b"a", "is no name of a file"),
        ("a.txt", "text/plain", b"a" * 65_537, "at most 65536"),
    ):
        with pytest.raises(UsageError, match=message):
            desk.attach(order.id, name, kind, content)


def test_a_register_is_changed_as_a_whole_or_not_at_all(desk):
    with pytest.raises(UsageError, match="no site is called 'nowhere'; there are: ridge, river"):
        desk.keep_assets([Asset(camera="c9"), Asset(camera="c8", site="nowhere")])
    assert [asset.camera for asset in desk.book.assets()] == ["c0", "c1", "c2", "c3"]
    with pytest.raises(UsageError, match="a name has lower case letters"):
        desk.keep_sites([Site(name="bridge"), Site(name="Bridge 2")])
    assert [site.name for site in desk.book.sites()] == ["ridge", "river"]


def test_a_contact_that_cannot_be_one_is_refused_and_not_shown(desk):
    with pytest.raises(UsageError, match="neither an e-mail address nor an Apprise URL") as refused:
        desk.keep_organisations([Organisation(name="x", contact="hunter2")])
    assert "hunter2" not in str(refused.value)


def test_what_is_kept_is_what_was_given(desk):
    (asset,) = desk.book.assets("c1")
    assert (asset.site, asset.serial, asset.maintained_by) == ("ridge", "0001", "mender")
    assert asset.installed.isoformat() == "2020-01-02"
    assert desk.book.levels() == [OFFICE]
    assert desk.book.sites()[0].longitude == -9.9


def test_the_history_of_a_lifecycle_is_kept_and_the_label_stays_the_same(desk, clock):
    token = desk.book.token("c0")
    clock.set(at(60))
    desk.set_lifecycle(["c0"], "maintenance", "mast is painted")
    assert [(c.time, c.lifecycle, c.note) for c in desk.book.lifecycle("c0")] == [
        (NOON, "active", ""),
        (at(60), "maintenance", "mast is painted"),
    ]
    assert desk.book.token("c0") == token
    assert desk.book.camera_of(token) == "c0"
    assert len({desk.book.token(f"c{n}") for n in range(4)}) == 4
    assert len(token) >= 22  # 16 random bytes in base64
    desk.keep_assets([dataclasses.replace(desk.book.assets("c0")[0], serial="new")])
    assert len(desk.book.lifecycle("c0")) == 2


def test_an_order_needs_a_camera_that_there_is(desk):
    with pytest.raises(UsageError, match="no camera is called 'c77'"):
        desk.open_order(opening(subject="c77"), "manager")


def test_pictures_that_an_order_shows_are_kept_longer_than_others(desk, store):
    from tests.upkeep.made import outcome

    first, second = outcome(0), outcome(10)
    store.keep_all([first, second])
    desk.open_order(dataclasses.replace(opening(), before=first.still.sha256), "pictures")
    assert store.prune(NOON + timedelta(days=60)).stills == 1
