"""What is asked for the page costs as much after years as on the first day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from landwatch.store import Archive, Store
from tests.store import made

LONG = r"(pictures|findings|readings|outages|events|stills|messages)(_\d+)?"
"""Tables that grow with time."""

ASKED: dict[str, Callable[[Archive], Any]] = {
    "cameras": lambda archive: archive.cameras(),
    "camera": lambda archive: archive.camera("ridge"),
    "pictures": lambda archive: archive.pictures("ridge", since=made.at(0), status="cleared"),
    "readings of a camera": lambda archive: archive.readings("ridge", "greenness", since=made.at(0)),
    "readings of all": lambda archive: archive.readings(since=made.at(0)),
    "findings": lambda archive: archive.findings("ridge", "blur"),
    "events of a camera": lambda archive: archive.events("ridge"),
    "event": lambda archive: archive.event("e1"),
    "outages of a camera": lambda archive: archive.outages("ridge"),
    "outages of all": lambda archive: archive.outages(),
    "still": lambda archive: archive.still("0" * 64),
    "stream of a camera": lambda archive: list(archive.stream_readings("ridge")),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_no_history_is_read_through_or_sorted(store: Store, archive: Archive, asked: str) -> None:
    everything = made.outcome(
        0, readings=(made.reading(),), findings=(made.finding(),), events=(made.event(),)
    )
    store.keep(everything)
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        other = cursor.connection.cursor()
        plans.extend(row[3] for row in other.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(archive._engine, "before_cursor_execute", explain)
    ASKED[asked](archive)
    assert plans
    through = [line for line in plans if re.match(rf"SCAN {LONG}( USING (?!INDEX ix_\w+_time)|$)", line)]
    assert through == []


def test_findings_of_each_camera_stay_its_own(store: Store, archive: Archive) -> None:
    store.enroll([made.camera("ridge"), made.camera("valley")])
    store.keep(made.outcome(0, b"a", findings=(made.finding(0),)))
    store.keep_outage(made.outage(5))
    records = {record.name: record for record in archive.cameras()}
    assert records["ridge"].findings == (made.finding(0),)
    assert records["valley"].findings == ()
    assert (records["valley"].newest, records["valley"].last_outage) == (None, None)


def test_a_stream_of_a_camera_is_in_order_of_time_over_its_series(
    store: Store, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landwatch.store._archive.PAGE", 2)
    for seconds in range(6):
        quantity = "greenness" if seconds % 3 else "smoke"
        store.keep(made.outcome(seconds, readings=(made.reading(seconds, quantity=quantity),)))
    found = list(archive.stream_readings("ridge"))
    assert [one.time for one in found] == [made.at(seconds) for seconds in range(6)]
    assert [one.quantity for one in found] == ["smoke", "greenness", "greenness"] * 2
