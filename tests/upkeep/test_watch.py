"""Faults that last become work, work is verified by the pictures, and blips make no noise."""

from __future__ import annotations

import dataclasses

import pytest

from landwatch.config import Upkeep
from landwatch.upkeep import Watch
from tests.upkeep.made import NOON, at, enrolled, outcome, still

SETTINGS = Upkeep(settle=60, order_after=300, doubtful_after=900, verify_after=120, stall=0.6, stall_least=3)


@pytest.fixture
def url():
    """These tests are about time: one database will do."""
    return


class Valley:
    """Cameras that send a picture every ten seconds, and a watch that looks after each."""

    def __init__(self, desk, count=4, **options):
        self.desk = desk
        self.names = [f"c{n}" for n in range(count)]
        self.watch = Watch(desk, enrolled(count), SETTINGS, NOON, **options)
        self.now = 0

    def go(self, until, *, silent=(), **blur):
        """Go on to `until`; cameras named in `blur` show that state of the check blur, others are good."""
        while self.now < until:
            self.now += 10
            self.watch.hear(
                outcome(self.now, name, **({"blur": blur[name]} if name in blur else {}))
                for name in self.names
                if name not in silent
            )
            self.watch.tick(at(self.now))

    def states(self, name="c0"):
        return [
            (one.state, one.cause, (one.since - NOON).total_seconds())
            for one in reversed(self.desk.book.conditions(name))
        ]

    def orders(self, standing=True):
        return [(o.scope, o.subject, o.cause, o.state) for o in self.desk.book.orders(standing=standing)][
            ::-1
        ]


@pytest.fixture
def valley(desk):
    return Valley(desk)


def test_a_camera_that_is_well_is_noted_once(valley):
    valley.go(600)
    assert valley.states() == [("good", "", 10)]
    assert valley.orders() == []


def test_a_blip_is_noted_nowhere(valley):
    valley.go(100)
    valley.go(140, c0="bad")
    valley.go(600)
    assert valley.states() == [("good", "", 10)]


def test_a_fault_that_settles_is_noted_from_its_beginning_with_pictures_of_then_and_now(valley):
    valley.go(100)
    valley.go(200, c0="bad")
    assert valley.states() == [("good", "", 10), ("bad", "blur", 110)]
    newest = valley.desk.book.conditions("c0")[0]
    assert newest.before == still("c0 100").sha256
    assert newest.after == still("c0 170").sha256  # seen from 110 on, believed at 170
    assert newest.noted == at(170)
    assert newest.detail == "blur is bad"
    valley.go(400)
    assert valley.states()[-1] == ("good", "", 210)


def test_night_neither_mends_a_fault_nor_makes_it_work(valley):
    valley.go(100)
    valley.go(250, c0="bad")
    valley.go(2000, c0="unknown")
    assert valley.states()[-1] == ("bad", "blur", 110)
    assert valley.orders() == []
    valley.go(2010, c0="bad")  # seen again: it has lasted since 110
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]


def test_a_camera_whose_pictures_are_withheld_is_unknown_and_not_good(valley):
    valley.go(100)
    valley.go(1000, c0=None)
    assert valley.states() == [("good", "", 10), ("unknown", "", 100)]
    valley.go(1100)
    assert valley.states()[-1] == ("good", "", 1010)
    assert valley.orders() == []


def test_a_fault_that_lasts_opens_one_order_and_the_pictures_verify_it(valley):
    valley.go(100)
    valley.go(400, c0="bad")
    assert valley.orders() == []
    valley.go(900, c0="bad")
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]
    order = valley.desk.book.orders()[0]
    assert (order.since, order.opened) == (at(110), at(410))
    assert order.before == still("c0 100").sha256
    assert order.after == still("c0 410").sha256
    valley.go(1000)
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]
    valley.go(1100)
    assert valley.orders() == []
    order = valley.desk.book.orders()[0]
    assert (order.state, order.closed) == ("verified", at(1030))  # good since 910, for 120 s
    assert order.mended == still("c0 1030").sha256
    assert valley.desk.book.steps(order.id)[-1].role == "pictures"


def test_a_doubtful_finding_becomes_work_only_after_long(valley):
    valley.go(1000, c0="doubtful")
    assert valley.states() == [("doubtful", "blur", 10)]
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]
    assert valley.desk.book.orders()[0].opened == at(910)


def test_a_camera_that_is_silent_is_found_by_the_clock(valley):
    valley.go(100)
    valley.go(500, silent=("c0",))
    assert valley.states()[-1] == ("bad", "no_picture", 100)
    assert valley.orders() == [("camera", "c0", "no_picture", "assigned")]
    assert valley.desk.book.orders()[0].since == at(100)
    valley.go(1000)
    assert valley.orders() == []
    assert valley.states()[-1] == ("good", "", 510)


def test_a_site_that_stalls_is_one_order(valley):
    valley.go(100)
    valley.go(300, silent=("c0",))
    valley.go(1000, silent=("c0", "c1", "c2"))
    # c0 was silent alone for 300 s only after its neighbours had gone as well.
    assert valley.orders() == [("fleet", "", "stall", "assigned")]


def test_most_cameras_of_a_site_are_one_order_of_the_site(desk):
    desk.keep_assets(dataclasses.replace(asset, site="ridge") for asset in desk.book.assets())
    valley = Valley(desk)
    valley.go(100)
    valley.go(1000, silent=("c0", "c1", "c2"))
    assert valley.orders() == [("site", "ridge", "stall", "assigned")]
    valley.go(1020, silent=("c0",))
    valley.go(1300, silent=("c0",))
    # The others are back, so the stall is over; what is silent still is work of its own.
    assert valley.orders() == [("camera", "c0", "no_picture", "assigned")]
    assert valley.orders(standing=False) == [("site", "ridge", "stall", "verified")]


def test_a_camera_in_maintenance_makes_no_work(valley):
    valley.desk.set_lifecycle(["c0"], "maintenance")
    valley.go(2000, c0="bad")
    assert valley.orders() == []
    assert valley.states() == [("bad", "blur", 10)]
    valley.desk.set_lifecycle(["c0"], "active")
    valley.go(2070, c0="bad")
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]


def test_an_order_that_was_cancelled_is_not_opened_again_for_the_same_trouble(valley):
    valley.go(400, c0="bad")
    order = valley.desk.book.orders()[0]
    valley.desk.act(order.id, "cancel", "manager", note="the lens is to be so", now=at(400))
    valley.go(2000, c0="bad")
    assert valley.orders() == []
    valley.go(2200)
    valley.go(2600, c0="bad")
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]


def test_an_order_that_is_said_to_be_done_is_reopened_while_the_pictures_show_the_fault(valley):
    valley.go(400, c0="bad")
    order = valley.desk.book.orders()[0]
    valley.desk.act(order.id, "done", "maintainer", now=at(400))
    valley.go(690, c0="bad")
    assert valley.orders() == [("camera", "c0", "blur", "done")]
    valley.go(760, c0="bad")
    assert valley.orders() == [("camera", "c0", "blur", "assigned")]
    assert valley.desk.book.steps(order.id)[-1].note == "the pictures still show it"


def test_a_new_process_goes_on_where_the_last_one_was(desk):
    first = Valley(desk)
    first.go(200, c0="bad")
    second = Valley(desk)
    second.now = 200
    second.go(320, c0="bad")
    assert second.states() == [("bad", "blur", 10)]
    assert second.orders() == [("camera", "c0", "blur", "assigned")]
    third = Valley(desk)
    third.now = 320
    third.go(600)
    assert third.orders() == []
    assert third.states()[-1] == ("good", "", 330)


def test_time_in_which_nobody_watched_is_unknown(desk):
    first = Valley(desk)
    first.go(100)
    Watch(desk, enrolled(4), SETTINGS, at(5000), last={"c0": at(100), "c1": at(4990)})
    assert first.states("c0")[-1] == ("unknown", "", 100)
    assert first.states("c1")[-1] == ("good", "", 10)


def test_an_archive_is_watched_at_its_own_time(desk):
    watch = Watch(desk, enrolled(1), SETTINGS, NOON, live=False)
    for seconds in (*range(0, 100, 10), *range(86_400, 87_000, 10)):
        state = "bad" if seconds >= 86_400 else "good"
        watch.hear([dataclasses.replace(outcome(seconds, blur=state), received=at(10**7))])
        watch.tick(at(seconds))
    (order,) = desk.book.orders()
    assert (order.cause, order.opened) == ("blur", at(86_700))
    assert "no_picture" not in {one.cause for one in desk.book.conditions("c0")}


def test_a_stall_of_a_thousand_cameras_is_one_order(desk, store):
    store.enroll(enrolled(1000))
    watch = Watch(desk, enrolled(1000), SETTINGS, NOON)
    watch.tick(at(100))
    watch.tick(at(400))
    assert [(order.scope, order.cause) for order in desk.book.orders()] == [("fleet", "stall")]
