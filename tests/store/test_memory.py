"""What a camera goes on from: its view's reference, and the newest pictures in which nothing was wrong."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert, select

from landwatch.store import Archive, Memory, Store, micros, schema
from landwatch.types import FindingState, Outcome
from tests.store import made

DAY = 86_400.0


def good(minutes: float, version: int | None = None) -> Outcome:
    return replace(made.outcome(60 * minutes, b"%g" % minutes), reference_of=version)


def ill(minutes: float, state: FindingState = "bad", check: str = "blur") -> Outcome:
    said = replace(made.finding(60 * minutes, state), check=check)
    return made.outcome(60 * minutes, b"%g" % minutes, findings=(said,))


def names(memory: Memory) -> list[str]:
    return [record.name for record in memory.newest]


def add_version(store: Store, minutes: float, number: int) -> None:
    with store._transaction("add a version") as connection:
        camera = connection.scalar(select(schema.cameras.c.id))
        row = {"number": number, "since": micros(made.at(60 * minutes)), "origin": "page", "note": ""}
        connection.execute(insert(schema.views), row | {"camera_id": camera, "content": "{}"})


def test_a_camera_without_pictures_begins_with_nothing(archive: Archive) -> None:
    assert archive.memory("ridge", 0) == Memory(reference=None, newest=())


def test_each_version_of_a_view_has_a_reference_of_its_own(store: Store, archive: Archive) -> None:
    store.keep_all([good(0, 1), good(1), good(2, 2)])
    found = [archive.memory("ridge", version).reference for version in (1, 2, 3)]
    assert [one and one.name for one in found] == ["0.jpg", "120.jpg", None]


def test_of_a_reference_that_was_taken_anew_the_newer_counts(store: Store, archive: Archive) -> None:
    store.keep_all([good(0, 1), good(5, 1)])
    reference = archive.memory("ridge", 1).reference
    assert reference is not None
    assert reference.name == "300.jpg"


def test_a_reference_is_kept_when_the_time_of_pictures_is_over(store: Store, archive: Archive) -> None:
    store.keep_all([good(0, 1), good(1)])
    assert store.prune(made.at(40 * DAY)).stills == 1
    reference = archive.memory("ridge", 1).reference
    assert reference is not None
    assert reference.still == made.still(b"0").sha256


def test_the_newest_are_a_minute_apart_and_the_oldest_comes_first(store: Store, archive: Archive) -> None:
    store.keep_all([good(n / 6) for n in range(6 * 20)])
    # From the last, 1190 s, back in steps of 50 s.
    assert names(archive.memory("ridge", 0)) == [f"{1190 - 50 * n}.jpg" for n in reversed(range(12))]


def test_pictures_in_which_a_check_saw_a_fault_are_left_out(store: Store, archive: Archive) -> None:
    store.keep_all([good(0), ill(1, "doubtful"), ill(2, "bad"), ill(3, "unknown"), ill(4, check="lateness")])
    assert names(archive.memory("ridge", 0)) == ["0.jpg", "180.jpg", "240.jpg"]


def test_a_camera_that_is_ill_for_more_than_a_week_begins_anew(store: Store, archive: Archive) -> None:
    store.keep_all([good(0), ill(8 * 24 * 60)])
    assert names(archive.memory("ridge", 0)) == []


def test_who_saves_a_version_of_a_moved_view_accepts_where_it_is(store: Store, archive: Archive) -> None:
    store.keep_all([good(0), ill(1, "bad", "moved")])
    add_version(store, 2, 1)
    store.keep_all([good(3)])
    assert names(archive.memory("ridge", 1)) == ["180.jpg"]


def test_who_saves_a_version_of_a_view_that_is_in_place_changes_nothing(
    store: Store, archive: Archive
) -> None:
    store.keep_all([good(0), ill(1, "good", "moved")])
    add_version(store, 2, 1)
    assert names(archive.memory("ridge", 1)) == ["0.jpg", "60.jpg"]
