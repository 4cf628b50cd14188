"""Exports by the API: asked for once, fetched by their sums, gone on with after a stop."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from landwatch.clock import SetClock
from landwatch.config import Secret, Serve
from landwatch.errors import UsageError
from landwatch.store import Archive, bag
from landwatch.web import News, create_app
from landwatch.web.exports import Exports, Job

from .conftest import Asker
from .scenes import NOW

TOKEN = "sixteen characters and more"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ASKED = {"form": "parquet", "camera": "ridge", "quantity": "smoke"}
QUESTION = bag.Question(form="csv", until=NOW)


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so, a minute at most."""
    pause = threading.Event()
    for _ in range(1200):
        if done():
            return
        pause.wait(0.05)
    pytest.fail("it was not so within a minute")


@pytest.fixture
def exports(filled: Path, clock: SetClock) -> Iterator[Exports]:
    opened = Exports(filled, clock)
    yield opened
    opened.close()
    for job in opened.jobs():
        opened.delete(job.id)


@pytest.fixture
def writable(
    archive: Archive, news: News, clock: SetClock, exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> Asker:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
    return Asker(create_app(archive, news, clock, serve=serve, exports=exports))


def test_an_export_is_asked_for_and_fetched(writable, archive):
    asked = writable.ask("POST", "/api/v1/exports", json=ASKED, headers=BEARER)
    assert asked.status_code == 202
    place = asked.headers["Location"]
    until(lambda: writable.get(place).json()["state"] == "done")
    job = writable.get(place).json()
    assert job["question"]["until"] == "2026-07-01T12:00:00Z"
    assert (job["done"], job["months"], job["why"]) == (1, 1, "")
    [file] = job["files"]
    fetched = writable.get(file["url"])
    assert hashlib.sha256(fetched.content).hexdigest() == file["sha256"]
    assert fetched.headers["ETag"] == f'"{file["sha256"]}"'
    rows = pq.read_table(io.BytesIO(fetched.content)).to_pylist()
    kept = list(archive.stream_readings("ridge", "smoke"))
    assert [row["time"] for row in rows] == [one.time for one in kept]
    assert file["rows"] == len(kept) > 100


def test_a_part_of_a_file_is_fetched_by_its_range(writable, exports):
    job = exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")
    url = writable.get(f"/api/v1/exports/{job.id}").json()["files"][0]["url"]
    whole = writable.get(url).content
    part = writable.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])


def test_the_same_question_is_answered_once(exports):
    assert exports.ask(QUESTION).id == exports.ask(QUESTION).id
    assert len(exports.jobs()) == 1


def test_an_export_that_was_stopped_goes_on_at_the_next_start(filled, clock):
    first = Exports(filled, clock)
    first.close()
    stopped = first.ask(QUESTION)
    assert stopped.state == "waiting"
    second = Exports(filled, clock)
    try:
        until(lambda: second.job(stopped.id).state == "done")
    finally:
        second.close()
        second.delete(stopped.id)


def test_why_an_export_failed_is_told_and_asking_again_tries_again(exports, filled):
    (filled / "exports").mkdir(exist_ok=True)
    job = exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")
    (filled / "exports" / job.id / "failed.txt").write_text("cannot write: No space left on device")
    failed = exports.job(job.id)
    assert (failed.state, failed.why) == ("failed", "cannot write: No space left on device")
    exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")


def test_exports_are_forgotten_after_a_week(exports, clock):
    job = exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")
    clock.set(NOW + timedelta(days=8))
    other = exports.ask(bag.Question(form="csv", until=NOW + timedelta(days=8)))
    assert [one.id for one in exports.jobs()] == [other.id]
    until(lambda: exports.job(other.id).state == "done")


def test_more_than_twenty_are_refused(filled, clock):
    stopped = Exports(filled, clock)
    stopped.close()
    asked: list[Job] = []
    try:
        for day in range(20):
            asked.append(stopped.ask(bag.Question(form="csv", until=NOW - timedelta(days=day))))
        with pytest.raises(UsageError, match="20 exports already"):
            stopped.ask(bag.Question(form="csv", until=datetime.max.replace(tzinfo=NOW.tzinfo)))
    finally:
        for job in asked:
            stopped.delete(job.id)


def test_nobody_exports_without_the_token(writable):
    assert writable.ask("POST", "/api/v1/exports", json=ASKED).status_code == 401


def test_a_span_that_ends_before_it_begins_is_refused(writable):
    turned = {"since": "2026-07-02T00:00:00Z", "until": "2026-07-01T00:00:00Z"}
    answer = writable.ask("POST", "/api/v1/exports", json=turned, headers=BEARER)
    assert answer.status_code == 422
    assert "is not before until" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["none.csv", "..%2Fasked.json", "bagit.txt"])
def test_only_files_of_the_export_are_given(writable, exports, name):
    job = exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")
    assert writable.get(f"/api/v1/exports/{job.id}/data/{name}").status_code == 404


def test_an_export_can_be_deleted(writable, exports):
    job = exports.ask(QUESTION)
    until(lambda: exports.job(job.id).state == "done")
    assert writable.ask("DELETE", f"/api/v1/exports/{job.id}", headers=BEARER).status_code == 204
    assert writable.get(f"/api/v1/exports/{job.id}").status_code == 404
