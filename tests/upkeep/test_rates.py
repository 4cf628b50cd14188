"""Rates: sums that a reader can redo, and random lives of cameras counted again the long way."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from landwatch.clock import SetClock
from landwatch.config import Camera
from landwatch.errors import UsageError
from landwatch.store import DAY, SLOT, Archive, Store, micros
from landwatch.store._database import Database, migrate
from landwatch.types import Outcome
from landwatch.upkeep import Asset, Condition, Desk, Level, Opening, Site
from landwatch.upkeep._sums import sums_of
from landwatch.upkeep.rates import survey
from tests.upkeep.made import NOON, enrolled, still

MIDNIGHT = NOON.replace(hour=0)
TODAY = MIDNIGHT.date()
EPOCH = date(1970, 1, 1)


@pytest.fixture
def archive(store, url):
    with Archive(store.folder, url=url) as opened:
        yield opened


def frame(camera, received, *, delay=timedelta(), status="withheld", time_from="clock"):
    return Outcome(
        camera=camera,
        name=f"{received:%d%H%M%S}",
        taken=received - delay,
        time_from=time_from,
        received=received,
        status=status,
        reason="night",
        masked=None,
        model=None,
        still=still(f"{camera} {received}") if status == "cleared" else None,
    )


def condition(camera, since, state, noted=None):
    return Condition(
        camera=camera, since=since, noted=noted or since, state=state, cause="" if state == "good" else "blur"
    )


def told(group):
    return {name: (rate.numerator, rate.denominator) for name, rate in group.rates.items()}


def day_of(archive, days=1, now=MIDNIGHT + timedelta(days=1), by="all"):
    return survey(archive.reading, TODAY, TODAY + timedelta(days=days), by=by, now=now)


@pytest.fixture
def hourly(tmp_path, url, clock):
    """A store with one camera that gives a picture an hour, followed since midnight and 30 minutes."""
    clock.set(MIDNIGHT + timedelta(minutes=30))
    with Store.open(tmp_path / "hourly", clock, url=url) as opened:
        opened.enroll([Camera(name="c0", source={"kind": "folder"}, interval=3600)])
        yield opened


@pytest.fixture
def own(hourly, url, clock):
    """Its desk, where nothing is registered."""
    with Desk.open(hourly.folder, clock, url=url) as opened:
        yield opened


@pytest.fixture
def kept(hourly, url):
    with Archive(hourly.folder, url=url) as opened:
        yield opened


def test_a_day_of_a_camera_is_a_sum_that_can_be_redone(hourly, kept):
    for hour in (1, 2, 3, 10):
        hourly.keep(frame("c0", MIDNIGHT + timedelta(hours=hour), status="cleared"))
    found = told(day_of(kept).total)
    # From 00:30: 282 slots. Heard from 01:00 until three hours after 03:00, and from 10:00 until 13:00.
    assert found["online"] == (12 * 5 + 12 * 3, 288 - 6)
    assert found["completeness"] == (4, 23)  # 23.5 hours
    assert found["good"] == (0, 23.5 * 3600)
    assert found["delay"] == (0, 0)


def test_unknown_never_counts_as_good(own, kept):
    own.keep_conditions(
        [
            condition("c0", MIDNIGHT + timedelta(hours=1), "good"),
            condition("c0", MIDNIGHT + timedelta(hours=4), "unknown"),
            condition("c0", MIDNIGHT + timedelta(hours=20), "bad"),
        ]
    )
    good = day_of(kept).total.rates["good"]
    assert (good.numerator, good.denominator) == (3 * 3600, 23.5 * 3600)
    assert good.excluded["unknown_s"] == 16.5 * 3600  # half an hour before the first word, then 16 h
    assert good.value == 3 / 23.5


def test_maintenance_leaves_every_denominator(hourly, own, kept, clock):
    own.keep_conditions([condition("c0", MIDNIGHT + timedelta(hours=1), "good")])
    for hour in range(1, 24):
        hourly.keep(frame("c0", MIDNIGHT + timedelta(hours=hour)))
    for hour, state in ((6, "maintenance"), (12, "active")):
        clock.set(MIDNIGHT + timedelta(hours=hour))
        own.set_lifecycle(["c0"], state)
    group = day_of(kept).total
    assert told(group) == {
        # 00:30 to 06:00 and from 12:00: 5.5 + 12 h.
        "online": (17 * 12, 17.5 * 12),
        "good": (17 * 3600, 17.5 * 3600),
        "completeness": (5 + 12, 17),
        "delay": (0, 0),
        "in_time": (0, 0),
        "on_target": (0, 0),
        "repair": (0, 0),
    }
    assert group.rates["online"].excluded == {"not_active_s": 6 * 3600}


def test_late_pictures_make_their_day_complete_and_show_in_the_delay(hourly, kept):
    for hour, late in ((1, 0), (2, 4), (3, 26)):
        taken = MIDNIGHT + timedelta(hours=hour)
        delay = timedelta(hours=late)
        hourly.keep(frame("c0", taken + delay, delay=delay, time_from="exif"))
    found = day_of(kept, now=MIDNIGHT + timedelta(days=3))
    assert told(found.total)["completeness"] == (3, 23)
    assert found.total.rates["delay"].value == 10 * 3600


def test_more_pictures_than_expected_do_not_make_up_for_those_of_others(hourly, kept, clock):
    clock.set(MIDNIGHT)
    hourly.enroll([Camera(name=n, source={"kind": "folder"}, interval=3600) for n in ("many", "none")])
    hourly.keep_all([frame("many", MIDNIGHT + timedelta(minutes=20 * n)) for n in range(72)])
    assert told(day_of(kept).total)["completeness"] == (24, 48)


def test_a_camera_that_is_neither_registered_nor_followed_is_left_out(hourly, kept):
    hourly.enroll(enrolled(0))
    found = day_of(kept)
    assert (found.total.cameras, found.left_out) == (0, 1)
    assert found.total.rates["online"].value is None


def test_groups_follow_the_registers(desk, archive, clock):
    desk.keep_sites([Site(name="river", settlement="rural", income="low", area="Lower county")])
    now = MIDNIGHT + timedelta(days=1)
    for by, names in {
        "site": {"ridge": 3, "river": 1},
        "area": {"Upper county": 3, "Lower county": 1},
        "settlement": {"": 3, "rural": 1},
        "income": {"": 3, "low": 1},
        "make": {"Acme": 4},
        "maintained_by": {"mender": 4},
        "age": {"5-8": 4},  # installed in January 2020, and it is July 2026
    }.items():
        found = day_of(archive, by=by, now=now)
        assert {group.name: group.cameras for group in found.groups} == names
        assert found.total.cameras == 4
    # Followed from noon of the first day on.
    assert told(day_of(archive, by="site", now=now).groups[0])["good"] == (0, 3 * 12 * 3600)


def test_orders_count_by_deadline_and_by_end(desk, archive, clock):
    made = [
        desk.open_order(
            Opening(scope="camera", subject=f"c{n}", cause="blur", origin="hand", since=NOON), "manager"
        )[0].id
        for n in range(4)
    ]
    stall, _ = desk.open_order(
        Opening(scope="fleet", subject="", cause="stall", origin="pictures", since=NOON), "pictures"
    )
    clock.set(NOON + timedelta(hours=3))
    desk.act(made[0], "done", "maintainer")
    desk.act(stall.id, "verify", "manager")
    clock.set(NOON + timedelta(hours=5))
    desk.act(made[0], "verify", "inspector")  # mended after 3 h, seen after 5
    desk.act(made[1], "cancel", "manager", note="nothing there")
    desk.act(made[2], "done", "maintainer")
    later = NOON + timedelta(days=3)
    found = day_of(archive, days=4, now=later)
    # Deadlines of 12 hours of service are over on Thursday at 15:00; c3 is not mended.
    assert told(found.total)["in_time"] == (2, 3)
    assert found.total.rates["in_time"].excluded == {
        "cancelled": 1, "not_verified_yet": 1, "on_hold": 0, "of_several_groups": 0,
    }  # fmt: skip
    assert found.total.rates["repair"].value == 3.0
    by_site = day_of(archive, days=4, now=later, by="site")
    ridge, river = by_site.groups
    assert (told(ridge)["in_time"], told(river)["in_time"]) == ((1, 1), (0, 1))
    assert by_site.total.rates["repair"].excluded["of_several_groups"] == 1


def test_a_target_is_met_by_time_in_state_good(hourly, own, kept, clock):
    clock.set(MIDNIGHT)
    hourly.enroll(enrolled(2))
    own.keep_levels([Level(name="half", target=50, response=1, repair=1)])
    own.keep_assets([Asset(camera=name, level="half") for name in ("c0", "c1")])
    for name, hours in (("c0", 12), ("c1", 11)):
        own.keep_conditions([condition(name, MIDNIGHT, "good")])
        own.keep_conditions([condition(name, MIDNIGHT + timedelta(hours=hours), "bad")])
    assert told(day_of(kept).total)["on_target"] == (1, 2)


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_a_span_without_days_is_refused(archive, days):
    with pytest.raises(UsageError, match=f"are {days} days; allowed are 1 to 3660"):
        day_of(archive, days=days)


# What follows counts random lives of cameras a second time, slot by slot and picture by picture.

MINUTES = st.integers(1, 700)
ACTS = st.one_of(
    st.tuples(
        st.just("frame"), st.sampled_from([0, 0, 7, 90, 3000]),
        st.sampled_from(["withheld", "forgotten", "cleared"]), st.sampled_from(["clock", "exif"]),
    ),
    st.tuples(st.just("state"), st.integers(0, 900), st.sampled_from(["good", "doubtful", "bad", "unknown"])),
    st.tuples(st.just("life"), st.sampled_from(["active", "maintenance", "retired"])),
    st.tuples(st.just("pace"), st.sampled_from([10.0, 600.0, 3600.0, 20_000.0])),
    st.tuples(st.just("restart")),
    st.tuples(st.just("prune")),
)  # fmt: skip
LIVES = st.lists(st.tuples(MINUTES, ACTS), min_size=1, max_size=30)


class Life:
    """What happens to one camera, as a list of plain facts. [us]"""

    def __init__(self, name, begin):
        self.name, self.begin = name, begin
        self.frames, self.states, self.lives, self.paces = [], [], [], []

    def count(self, first, end, now):
        """Return what `sums_of` is to say, counted the long way."""
        begin = min([self.begin, *(taken for taken, *_ in self.frames)])
        low, high = first * DAY, max(first * DAY, min(end * DAY, now))
        # Between two edges nothing changes.
        edges = {low, high, begin, *range(low, high, SLOT)}
        edges |= {time for time, _ in (*self.lives, *self.paces, *self.states)}
        edges = sorted(edge for edge in edges if low <= edge <= high)
        sums = dict.fromkeys(("meant", "good", "doubtful", "bad"), 0)
        expected, slots = 0.0, set()
        for start, stop in pairwise(edges):
            if start < begin or not self.is_active(start):
                continue
            sums["meant"] += stop - start
            state = next((state for since, state in reversed(self.states) if since <= start), "unknown")
            if state != "unknown":
                sums[state] += stop - start
            pace = next((one for since, one in reversed(self.paces) if since <= start), self.paces[0][1])
            expected += (stop - start) / (pace * 1e6)
            slots.add(start // SLOT)
        heard = set()
        for _, received, _, _, pace in self.frames:
            heard.add(received // SLOT)
            heard |= {
                slot for slot in range(received // SLOT, received // SLOT + 400)
                if (slot + 1) * SLOT <= received + 3 * pace * 1e6
            }  # fmt: skip
        shown = [
            one for one in self.frames
            if low <= one[0] < end * DAY and one[2] != "forgotten" and self.is_active(one[0])
        ]  # fmt: skip
        timed = [received - taken for taken, received, _, time_from, _ in shown if time_from != "clock"]
        return {
            **sums,
            "slots": len(slots),
            "online": len(slots & heard),
            "expected": int(expected + 1e-6),
            "pictures": len(shown),
            "complete": min(len(shown), int(expected + 1e-6)),
            "timed": len(timed),
            "delay": sum(timed),
        }

    def is_active(self, time):
        return next((is_on for since, is_on in reversed(self.lives) if since <= time), True)


class Lasting:
    """A store for all examples: to make one anew takes longer than what is tested."""

    def __init__(self, folder, clock, url):
        self.folder, self.clock, self.url, self.store, self.lives = folder, clock, url, None, 0
        self.open()
        self.desk = Desk.open(folder, clock, url=url)

    def open(self):
        self.close()
        self.store = Store.open(self.folder, self.clock, url=self.url, keep_pictures=timedelta(hours=1))

    def close(self):
        if self.store is not None:
            self.store.close()


@pytest.fixture
def lasting(tmp_path, clock, url):
    opened = Lasting(tmp_path, clock, url)
    yield opened
    opened.desk.close()
    opened.close()


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(lives=LIVES, window=st.tuples(st.integers(-2, 3), st.integers(1, 6)))
def test_sums_are_those_of_a_naive_count(lasting, url, clock, lives, window):
    clock.set(NOON)
    lasting.lives += 1
    life = Life(f"n{lasting.lives}", micros(NOON))
    desk = lasting.desk

    def pace(seconds):
        lasting.store.enroll([Camera(name=life.name, source={"kind": "folder"}, interval=seconds)])
        if not life.paces or life.paces[-1][1] != seconds:
            life.paces.append((micros(clock.now()), seconds))

    pace(600.0)
    for minutes, (kind, *how) in lives:
        clock.set(clock.now() + timedelta(minutes=minutes, seconds=7))
        now = clock.now()
        if kind == "frame":
            delay, status, time_from = how
            one = frame(life.name, now, delay=timedelta(minutes=delay), status=status, time_from=time_from)
            lasting.store.keep(one)
            life.frames.append((micros(one.taken), micros(now), status, time_from, life.paces[-1][1]))
        elif kind == "state":
            back, state = how
            since = max(
                [micros(now - timedelta(minutes=back)), micros(NOON), *(one for one, _ in life.states)]
            )
            life.states.append((since, state))
            moment = NOON + timedelta(microseconds=since - micros(NOON))
            desk.keep_conditions([condition(life.name, moment, state, now)])
        elif kind == "life":
            desk.set_lifecycle([life.name], how[0])
            life.lives.append((micros(now), how[0] == "active"))
        elif kind == "pace":
            pace(how[0])
        elif kind == "restart":
            lasting.open()
        else:
            lasting.store.prune()
    first = (TODAY - EPOCH).days + window[0]
    now = micros(clock.now())
    with Archive(lasting.folder, url=url) as archive, archive.reading() as connection:
        found, _ = sums_of(connection, first, first + window[1], now)
    (mine,) = (one for one in found if one.asset.camera == life.name)
    expected = life.count(first, first + window[1], now)
    assert {key: getattr(mine, key) for key in expected} == expected


def test_what_an_older_store_holds_is_summed_up(tmp_path, url):
    older = Database(tmp_path, url).writer()
    migrate(older, "0003")
    at = micros(MIDNIGHT)
    with older.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO cameras (id, name, title, interval, kind, followed) "
                "VALUES (1, 'c0', '', 3600, 'folder', true)"
            )
        )
        for hour in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO pictures (camera_id, name, taken, time_from, received, status) "
                    "VALUES (1, 'x', :taken, 'exif', :received, 'withheld')"
                ),
                {"taken": at + hour * 3_600_000_000, "received": at + hour * 3_600_000_000 + 5_000_000},
            )
        for hour, state in ((1, "good"), (7, "bad")):
            connection.execute(
                text(
                    "INSERT INTO conditions (camera_id, since, noted, state, cause, detail) "
                    "VALUES (1, :since, :since, :state, '', '')"
                ),
                {"since": at + hour * 3_600_000_000, "state": state},
            )
    older.dispose()
    Store.open(tmp_path, SetClock(NOON), url=url).close()
    with Archive(tmp_path, url=url) as archive:
        found = told(day_of(archive).total)
    # Meant from 01:00 on; heard until 05:00:05, and the slot that this begins is not yet heard through.
    assert found["online"] == (4 * 12, 23 * 12)
    assert found["good"] == (6 * 3600, 23 * 3600)
    assert found["completeness"] == (2, 23)
    assert found["delay"] == (10, 2)
