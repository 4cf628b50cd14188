"""What is kept is found again as it was."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from landwatch.store._schema import metadata
from landwatch.types import ABSENCES, BANDS, Event, Finding, Outcome, Reading
from tests.store import made

words = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
times = st.datetimes(made.NOON.replace(tzinfo=None) - timedelta(days=40_000)).map(
    lambda naive: naive.replace(tzinfo=made.NOON.tzinfo)
)
regions = st.none() | st.tuples(*[st.integers(0, 10_000)] * 4)


COLUMNS = ("camera", "name", "taken", "time_from", "received", "status", "reason", "masked", "model")


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    value = draw(st.none() | numbers)
    return Reading(
        camera="ridge",
        quantity=draw(words),
        time=draw(times),
        value=value,
        unit=draw(words),
        method=draw(words),
        sigma=draw(st.none() | numbers),
        absent=draw(st.sampled_from(ABSENCES)) if value is None else None,
        flags=tuple(draw(st.lists(words, max_size=3))),
        region=draw(regions),
    )


findings = st.builds(
    Finding,
    camera=st.just("ridge"),
    check=words,
    time=times,
    state=st.sampled_from(["good", "doubtful", "bad", "unknown"]),
    value=st.none() | numbers,
    unit=words,
    since=times,
    detail=words,
)
events = st.builds(
    Event,
    id=words,
    hazard=words,
    camera=st.just("ridge"),
    state=st.sampled_from(["opened", "updated", "closed"]),
    opened=times,
    time=times,
    score=numbers,
    region=regions,
    file=words,
    still=st.none() | st.binary().map(lambda content: hashlib.sha256(content).hexdigest()),
)
outcomes = st.builds(
    Outcome,
    camera=st.just("ridge"),
    name=words,
    taken=times,
    time_from=st.sampled_from(["exif", "name", "given", "clock"]),
    received=times,
    status=st.just("cleared"),
    reason=st.none() | words,
    masked=st.none() | st.sampled_from(BANDS),
    model=st.none() | words,
    still=st.none() | st.binary().map(made.still),
    findings=st.lists(findings, max_size=3).map(tuple),
    readings=st.lists(readings(), max_size=3).map(tuple),
    events=st.lists(events, max_size=2, unique_by=lambda event: event.id).map(tuple),
)


count = itertools.count()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(outcomes)
def test_an_outcome_comes_back_as_it_was(store: Store, archive: Archive, outcome: Outcome) -> None:
    name = f"camera{next(count)}"  # each example has a camera of its own
    outcome = renamed(outcome, name)
    store.enroll([made.camera(name)])
    store.keep(outcome)
    (picture,) = archive.pictures(name)
    for column in COLUMNS:
        assert getattr(picture, column) == getattr(outcome, column)
    assert sorted(archive.readings(name), key=repr) == sorted(outcome.readings, key=repr)
    assert sorted(archive.stream_readings(name), key=repr) == sorted(outcome.readings, key=repr)
    assert sorted(archive.findings(name), key=repr) == sorted(outcome.findings, key=repr)
    assert sorted(archive.events(name), key=repr) == sorted(outcome.events, key=repr)
    still = outcome.still
    if still is not None:
        path = archive.still(still.sha256)
        assert path is not None
        assert path.read_bytes() == still.content
        shown = (picture.still, picture.width, picture.height, picture.bytes)
        assert shown == (still.sha256, 64, 48, len(still.content))


def renamed(outcome: Outcome, camera: str) -> Outcome:
    def of(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dataclasses.replace(one, camera=camera) for one in things)

    return dataclasses.replace(
        outcome,
        camera=camera,
        findings=of(outcome.findings),
        readings=of(outcome.readings),
        events=of(outcome.events),
    )


def test_pictures_lie_in_a_dated_tree(store: Store, archive: Archive) -> None:
    store.keep(made.outcome())
    name = hashlib.sha256(b"cleared").hexdigest() + ".jpg"
    assert archive.still(made.still(b"cleared").sha256) == store.folder / "pictures/2026/07/01/ridge" / name


def test_the_same_picture_twice_is_one_file(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0))
    store.keep(made.outcome(86_400))
    assert len(made.files(store.folder)) == 1
    assert [record.still for record in archive.pictures("ridge")] == [made.still(b"cleared").sha256] * 2


def test_a_file_that_somebody_deleted_is_written_again(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0))
    made.files(store.folder)[0].unlink()
    store.keep(made.outcome(10))
    assert archive.still(made.still(b"cleared").sha256) is not None


def test_a_number_that_is_none_is_absent_and_flagged(store: Store, archive: Archive) -> None:
    odd = dataclasses.replace(made.reading(value=math.nan), sigma=math.inf)
    store.keep(made.outcome(readings=(odd,)))
    (kept,) = archive.readings()
    assert (kept.value, kept.absent, kept.sigma) == (None, "failed", None)
    assert kept.flags == ("not-finite", "sigma-not-finite")


def test_a_name_that_is_no_utf8_is_escaped(store: Store, archive: Archive) -> None:
    store.keep(dataclasses.replace(made.outcome(), name="caf\udce9\x00.jpg"))
    assert archive.pictures("ridge")[0].name == "caf\\udce9\\x00.jpg"


def test_a_withheld_frame_keeps_its_reason_and_no_file(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(content=None))
    (record,) = archive.pictures("ridge", status="withheld")
    assert (record.reason, record.still, record.masked) == ("model", None, None)
    assert made.files(store.folder) == []


def test_a_still_of_a_withheld_frame_is_refused(store: Store, archive: Archive) -> None:
    wrong = dataclasses.replace(made.outcome(), status="withheld")
    with pytest.raises(StoreError, match="only_cleared_has_still"):
        store.keep(wrong)
    assert archive.pictures("ridge") == []
    assert made.files(store.folder) == []


def test_a_share_that_is_no_band_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="masked_is_a_band"):
        store.keep(dataclasses.replace(made.outcome(), masked=0.0123))


def test_a_still_whose_hash_is_wrong_is_refused(store: Store) -> None:
    liar = dataclasses.replace(made.still(b"one"), sha256=hashlib.sha256(b"two").hexdigest())
    with pytest.raises(StoreError, match="does not have the hash"):
        store.keep(dataclasses.replace(made.outcome(), still=liar))
    assert made.files(store.folder) == []


def test_a_camera_that_was_not_enrolled_is_refused(store: Store, archive: Archive) -> None:
    with pytest.raises(StoreError, match="no camera called 'valley' is enrolled"):
        store.keep_all([made.outcome(), made.outcome(camera="valley", content=b"other")])
    assert archive.pictures("ridge") == []
    assert made.files(store.folder) == []
    store.keep(made.outcome(readings=(made.reading(),)))
    assert len(archive.readings("ridge")) == 1


def test_a_series_new_in_a_failed_transaction_is_made_again(store: Store, archive: Archive) -> None:
    with pytest.raises(StoreError):
        store.keep(
            made.outcome(
                readings=(made.reading(),), events=(dataclasses.replace(made.event(), score=math.nan),)
            )
        )
    store.keep(made.outcome(readings=(made.reading(),)))
    assert archive.readings("ridge") == [made.reading()]


def test_an_enrolled_camera_shows_no_address(store: Store, archive: Archive) -> None:
    record = archive.camera("ridge")
    assert record is not None
    assert (record.title, record.interval, record.kind) == ("山脊 · Ridge", 10.0, "snapshot")
    assert record.place == made.camera().place
    with archive.reading() as connection:
        rows = [str(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    assert len(rows) == 3, "a camera, how often it gives a picture, and the store's name"
    assert not any("secret" in row or "user" in row for row in rows)


def test_a_camera_that_left_the_configuration_is_followed_no_more(store: Store, archive: Archive) -> None:
    store.enroll([made.camera("valley")])
    assert [(record.name, record.followed) for record in archive.cameras()] == [
        ("ridge", False),
        ("valley", True),
    ]


def test_a_camera_record_has_the_newest_of_all(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0, b"a", findings=(made.finding(0),)))
    store.keep(made.outcome(10, b"b", findings=(made.finding(10, "bad"),)))
    store.keep(made.outcome(20, None))
    store.keep_outage(made.outage(25))
    store.keep_outage(made.outage(30))
    record = archive.camera("ridge")
    assert record is not None
    assert record.newest is not None
    assert record.newest_shown is not None
    assert (record.newest.taken, record.newest_shown.taken) == (made.at(20), made.at(10))
    assert record.findings == (made.finding(10, "bad"),)
    assert record.last_outage == made.outage(30)
    assert archive.camera("nobody") is None


def test_a_span_has_its_start_and_not_its_end(store: Store, archive: Archive) -> None:
    for seconds in (0, 10, 20):
        store.keep(
            made.outcome(seconds, readings=(made.reading(seconds),), findings=(made.finding(seconds),))
        )
    span = {"since": made.at(0), "until": made.at(20)}
    assert [one.time for one in archive.readings("ridge", **span)] == [made.at(0), made.at(10)]
    assert [one.time for one in archive.readings(**span)] == [made.at(0), made.at(10)]
    assert [one.time for one in archive.stream_readings(**span)] == [made.at(0), made.at(10)]
    assert [one.time for one in archive.findings("ridge", **span)] == [made.at(0), made.at(10)]
    assert [one.taken for one in archive.pictures("ridge", **span)] == [made.at(10), made.at(0)]


def test_a_limit_takes_the_newest(store: Store, archive: Archive) -> None:
    for seconds in range(5):
        quantity = "greenness" if seconds % 2 else "smoke"
        store.keep(made.outcome(seconds, readings=(made.reading(seconds, quantity=quantity),)))
    newest = [made.at(3), made.at(4)]
    assert [one.time for one in archive.readings("ridge", limit=2)] == newest
    assert [one.time for one in archive.readings(limit=2)] == newest
    assert [one.time for one in archive.readings("ridge", "greenness", limit=2)] == [made.at(1), made.at(3)]
    assert [one.taken for one in archive.pictures("ridge", limit=2)] == newest[::-1]


def test_a_stream_goes_over_its_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch, archive: Archive
) -> None:
    monkeypatch.setattr("landwatch.store._archive.PAGE", 2)
    same_time = tuple(made.reading(0, value) for value in (1.0, 2.0, 3.0))
    store.keep(made.outcome(0, readings=same_time))
    store.keep(made.outcome(1, readings=(made.reading(1, 4.0), made.reading(1, 5.0))))
    assert [one.value for one in archive.stream_readings()] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_changes_of_findings_leave_out_what_lasts(store: Store, archive: Archive) -> None:
    states = [(0, "good", 0), (10, "good", 0), (20, "bad", 20), (30, "bad", 20)]
    for seconds, state, since in states:
        store.keep(made.outcome(seconds, findings=(made.finding(seconds, state, since),)))
    assert [one.time for one in archive.findings("ridge", changes=True)] == [made.at(0), made.at(20)]


def test_an_event_lives_in_rows_and_stands_until_closed(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0, events=(made.event(0), made.event(0, name="e2"))))
    store.keep(made.outcome(10, events=(made.event(10, "updated"),)))
    assert store.standing_events("ridge") == (made.event(0, name="e2"), made.event(10, "updated"))
    store.keep(made.outcome(20, events=(made.event(20, "closed"),)))
    assert store.standing_events("ridge") == (made.event(0, name="e2"),)
    assert [one.state for one in archive.event("e1")] == ["opened", "updated", "closed"]
    assert archive.events() == [made.event(20, "closed"), made.event(0, name="e2")]
    assert archive.events(state="opened") == [made.event(0, name="e2")]
    assert archive.events(hazard="flood") == []
    assert len(list(archive.stream_events("ridge", "smoke"))) == 4


def test_readers_see_whole_outcomes_while_the_writer_writes(store: Store, archive: Archive) -> None:
    done = threading.Event()

    def write() -> None:
        for seconds in range(60):
            three = tuple(made.reading(seconds, value) for value in (1.0, 2.0, 3.0))
            store.keep(made.outcome(seconds, b"%d" % seconds, readings=three))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = [0]
    while not done.is_set():
        rows = archive.size().rows
        assert rows["readings"] == 3 * rows["pictures"]
        assert rows["stills"] == rows["pictures"]
        seen.append(rows["pictures"])
        for record in archive.pictures("ridge", limit=3):
            assert record.still is not None
            path = archive.still(record.still)
            assert path is not None
            assert hashlib.sha256(path.read_bytes()).hexdigest() == record.still
    thread.join()
    assert seen == sorted(seen)
    assert archive.size().rows["pictures"] == 60


def test_an_archive_cannot_write(store: Store, archive: Archive) -> None:
    with pytest.raises(StoreError, match=r"readonly|read-only"), archive.reading() as connection:
        connection.exec_driver_sql("DELETE FROM cameras")
