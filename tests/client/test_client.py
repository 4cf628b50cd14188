"""The client asks a real server on loopback, and one that misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from landwatch.client import AnswerError, Client, _client
from landwatch.clock import SetClock
from landwatch.errors import UsageError
from landwatch.store import Archive, Store
from landwatch.types import Reading
from landwatch.web import News, create_app
from tests.web.scenes import NOW, enrolled, flat, outcome, still
from tests.web.serving import running

STEP = timedelta(seconds=2)
COUNT, PAGE = 210, 100
"""Turns of two readings each, and readings in a page: five pages."""

SHOWN = still(flat(90))


def level(turn: int) -> Reading:
    """Return a level that rises by a millimetre a turn, and is not seen every hundredth."""
    seen = turn % 100 != 0
    return Reading(
        camera="gauge",
        quantity="river_level",
        time=NOW - (COUNT - turn) * STEP,
        value=turn / 1000 if seen else None,
        sigma=0.004 if seen else None,
        absent=None if seen else "night",
        unit="m",
        method="river/2",
    )


def greenness(turn: int) -> Reading:
    return Reading(
        camera="gauge", quantity="gcc", time=level(turn).time, value=0.4, unit="1", method="greenness/1"
    )


@pytest.fixture(scope="module")
def news() -> News:
    return News(SetClock(NOW))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, news: News) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("store")
    with Store.open(folder, SetClock(NOW)) as store:
        store.enroll(enrolled({"gauge": "Bridge", "tower": "Forest"}))
        store.keep_all(
            [
                outcome(
                    "gauge", level(turn).time, None, readings=(level(turn), greenness(turn)), reason="night"
                )
                for turn in range(COUNT)
            ]
        )
        read = replace(level(1), camera="tower", value=7.0, time=NOW)
        store.keep(outcome("tower", NOW, SHOWN, readings=(read,)))
    with Archive(folder) as archive, running(create_app(archive, news, SetClock(NOW))) as served:
        yield served


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as opened:
        yield opened


def test_a_span_longer_than_a_page_comes_whole_and_once(client, monkeypatch):
    monkeypatch.setattr(_client, "PAGE", PAGE)
    found = client.readings("gauge")
    assert list(found) == [one for turn in range(COUNT) for one in (level(turn), greenness(turn))]


def test_since_is_inside_and_until_outside(client):
    found = client.readings("gauge", "river_level", since=level(5).time, until=level(8).time)
    assert list(found) == [level(5), level(6), level(7)]


def test_without_a_camera_the_readings_of_all_come_in_order_of_time(client):
    found = client.readings(quantity="river_level", since=level(COUNT - 2).time)
    assert [one.camera for one in found] == ["gauge", "gauge", "tower"]


def test_pandas_has_a_row_a_reading_and_nan_where_nothing_was_seen(client):
    table = client.readings("gauge", "river_level", since=level(99).time, until=level(102).time).pandas()
    assert table["value"].tolist()[0::2] == [0.099, 0.101]
    assert np.isnan(table["value"].iloc[1])
    assert table["absent"].iloc[1] == "night"
    assert str(table.index.tz) == "UTC"
    assert table.attrs["units"] == {"river_level": "m"}
    assert set(table["method"]) == {"river/2"}


def test_xarray_has_cameras_by_times_with_units_and_uncertainty(client):
    data = client.readings(quantity="river_level", since=level(99).time).xarray()
    assert data.river_level.sel(camera="gauge").values[0] == 0.099
    assert data.river_level_uncertainty.sel(camera="gauge").values[0] == 0.004
    assert data.river_level_absent.sel(camera="gauge").values[1] == "night"
    assert data.river_level.sel(camera="tower").values[-1] == 7.0
    assert data.river_level.attrs["units"] == "m"
    assert data.river_level.attrs["method"] == "river/2"


def test_xarray_of_two_readings_at_one_place_and_time_is_refused(client):
    rows = client.readings("gauge", "gcc", since=level(COUNT - 1).time)
    doubled = type(rows)([rows[0], replace(rows[0], method="greenness/1@2")])
    with pytest.raises(UsageError, match="two readings of gcc"):
        doubled.xarray()


def test_no_readings_are_an_empty_table(client):
    table = client.readings("tower", until=level(0).time).pandas()
    assert len(table) == 0
    assert list(table.columns)[:3] == ["camera", "quantity", "value"]


def test_the_newest_picture_is_the_one_that_was_kept(client):
    assert client.newest("tower") == SHOWN.content
    [kept] = client.pictures("tower")
    assert client.still(kept.still) == SHOWN.content


def test_a_withheld_picture_says_why_there_is_none(client):
    [newest] = client.pictures("gauge", limit=1)
    assert (newest.status, newest.reason, newest.still) == ("withheld", "night", None)


def test_cameras_have_their_places(client):
    assert [(one.name, one.title, one.latitude) for one in client.cameras()] == [
        ("gauge", "Bridge", 46.5),
        ("tower", "Forest", 46.5),
    ]


def test_cameras_of_all_pages_are_listed(client, monkeypatch):
    monkeypatch.setattr(_client, "LISTED", 1)
    assert [one.name for one in client.cameras()] == ["gauge", "tower"]


def test_a_refusal_names_the_parameter(client):
    with pytest.raises(AnswerError, match="quantity") as refused:
        client.readings("gauge", "river level")
    assert refused.value.status == 422


def test_a_camera_that_is_not_there_is_said_to_be_missing(client):
    with pytest.raises(AnswerError, match="no camera is called 'nowhere'") as refused:
        client.pictures("nowhere")
    assert refused.value.status == 404


@pytest.mark.parametrize("moment", ["2026-07-01T12:00:00", "yesterday"])
def test_a_time_without_a_zone_is_refused_before_it_is_asked(client, moment):
    with pytest.raises(UsageError, match="2026-07-01T12:00:00Z"):
        client.readings("gauge", since=moment)


def test_follow_tells_which_cameras_have_something_new(client, news):
    told = client.follow()
    heard = threading.Event()

    def publish() -> None:
        while not heard.wait(0.02):
            news.publish("gauge")

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        assert next(told).cameras == ("gauge",)
    finally:
        heard.set()
        publisher.join()
        told.close()


class Flaky:
    """Answers as told, in turn, and then well."""

    def __init__(self, *answers: httpx.Response | type[Exception]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if not self.answers:
            return httpx.Response(200, json={"items": [], "more": False})
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer("broken")
        return answer


def ask(flaky: Flaky, patience: float = 30.0) -> list:
    with Client("http://away.test", patience=patience, transport=httpx.MockTransport(flaky)) as client:
        return client.cameras()


def test_a_server_that_is_busy_is_asked_again_when_it_says(monkeypatch):
    monkeypatch.setattr(_client, "FIRST_PAUSE_S", 0.0)
    flaky = Flaky(httpx.Response(429, headers={"Retry-After": "0"}), httpx.Response(503), httpx.ReadTimeout)
    assert ask(flaky) == []
    assert flaky.asked == 4


def test_a_server_that_is_away_is_given_up_after_the_patience():
    with pytest.raises(AnswerError, match="does not answer: ConnectError") as refused:
        ask(Flaky(httpx.ConnectError), patience=0.0)
    assert refused.value.status == 0


def test_what_is_wrong_is_not_asked_again():
    flaky = Flaky(httpx.Response(500, text="no problem details"))
    with pytest.raises(AnswerError, match="500 from /api/v1/cameras"):
        ask(flaky)
    assert flaky.asked == 1
