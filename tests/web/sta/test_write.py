"""What clients own: created, changed and deleted; what Landwatch measures: refused."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.sta.conftest import GREENNESS, LEVEL, RIDGE, TOKEN, Service

UNIT = {"name": "millimetre", "symbol": "mm", "definition": "https://ucum.org/ucum"}

GAUGE: dict[str, Any] = {
    "name": "gauge",
    "description": "rain beside the camera",
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "unitOfMeasurement": UNIT,
    "Sensor": {
        "name": "tipping bucket",
        "description": "0.2 mm",
        "encodingType": "text/plain",
        "metadata": "none",
    },
    "ObservedProperty": {"name": "rain", "definition": "https://example.org/rain", "description": "rain"},
}
"""A rain gauge, without the thing that it belongs to."""


def test_the_gauge_of_the_manual_is_created_and_takes_what_the_manual_sends(service: Service) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/sensorthings.md").read_text(encoding="utf-8")
    [gauge] = re.findall(r"```json\n(.*?)```", page, re.S)
    [seen] = re.findall(r"-d '(.*)'", page)
    assert service.made(f"Things({RIDGE})/Datastreams", json.loads(gauge)) == 4
    number = service.made("Datastreams(4)/Observations", json.loads(seen))
    assert service.told(f"Observations({number})")["result"] == 1.4


def test_a_gauge_beside_a_camera_is_a_stream_of_the_camera(service: Service) -> None:
    stream = service.made(f"Things({RIDGE})/Datastreams", GAUGE)
    seen = service.made(
        f"Datastreams({stream})/Observations",
        {
            "phenomenonTime": "2026-07-01T12:00:00Z/2026-07-01T12:10:00Z",
            "result": 1.4,
            "resultQuality": {"uncertainty": 0.2},
            "parameters": {"tips": 7},
        },
    )
    assert service.numbers(f"Things({RIDGE})/Datastreams") == [stream, GREENNESS, LEVEL]
    told = service.told(f"Observations({seen})", expand="FeatureOfInterest")
    assert told["phenomenonTime"] == "2026-07-01T12:00:00.000Z/2026-07-01T12:10:00.000Z"
    assert (told["result"], told["parameters"]) == (1.4, {"tips": 7})
    assert told["FeatureOfInterest"]["@iot.id"] == RIDGE
    assert service.told(f"Datastreams({stream})")["phenomenonTime"] == told["phenomenonTime"]
    both = service.numbers("Observations", orderby="result desc", top="3", filter="result gt 0.85")
    assert both == [4 * 11 + 1, seen, 4 * 10 + 1]


def test_results_keep_their_kind(service: Service) -> None:
    stream = service.made(f"Things({RIDGE})/Datastreams", GAUGE)
    for result in (3, 2.5, "wet", True, None, {"a": 1}, [1, 2]):
        seen = service.made(f"Datastreams({stream})/Observations", {"result": result})
        assert service.told(f"Observations({seen})")["result"] == result
    assert service.told("Observations", filter="result eq 'wet'")["value"][0]["result"] == "wet"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"Things({RIDGE})"),
        ("DELETE", f"Things({RIDGE})"),
        ("PATCH", f"Locations({RIDGE})"),
        ("DELETE", f"Datastreams({GREENNESS})"),
        ("DELETE", "Sensors(5)"),
        ("DELETE", "ObservedProperties(5)"),
        ("PUT", "Observations(5)"),
        ("DELETE", f"FeaturesOfInterest({RIDGE})"),
        ("POST", f"Datastreams({GREENNESS})/Observations"),
        ("POST", f"Things({RIDGE})/HistoricalLocations"),
    ],
)
def test_what_landwatch_measures_is_refused(service: Service, method: str, path: str) -> None:
    body = {"result": 1, "time": "2026-07-01T12:00:00Z"} if method == "POST" else {"name": "mine"}
    if method == "POST":
        body.pop("time" if path.endswith("Observations") else "result")
    if method == "PUT":
        body = {"result": 5}
    before = service.told(path.partition("/")[0])
    answer = service.send(method, path, body)
    assert answer.status_code == 403, answer.text
    assert "is Landwatch's own" in answer.json()["detail"]
    assert service.told(path.partition("/")[0]) == before


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", f"Things({RIDGE})", "GET, PUT, PATCH, DELETE"),
        ("DELETE", "Things", "GET, POST"),
        ("PATCH", f"Datastreams({GREENNESS})/ObservedProperty", "GET"),
        ("GET", "CreateObservations", "POST"),
    ],
)
def test_an_address_names_what_it_takes(service: Service, method: str, path: str, allowed: str) -> None:
    answer = service.send(method, path, {"name": "mine"})
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_nothing_is_written_without_the_token(service: Service) -> None:
    thing = {"name": "a", "description": "b"}
    assert service.ask("POST", "Things", json=thing).status_code == 401
    wrong = service.ask("POST", "Things", json=thing, headers={"Authorization": "Bearer no"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (401, "application/problem+json")
    shown = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    basic = service.ask("POST", "Things", json=thing, headers={"Authorization": f"Basic {shown}"})
    assert basic.status_code == 201


def test_ten_wrong_tokens_close_the_door_for_a_while(service: Service) -> None:
    for _ in range(10):
        wrong = service.ask("DELETE", "Things(4)", headers={"Authorization": "Bearer no"})
        assert wrong.status_code == 401
    answer = service.send("DELETE", "Things(4)")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_without_a_token_in_the_configuration_nothing_is_written(site: Any) -> None:
    answer = site.ask("POST", "/v1.1/Things", json={}, headers={"Authorization": "Bearer "})
    assert answer.status_code == 403
    assert "serve.sensor_token is not set" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("Things", {"name": "a"}, "Thing: description is missing"),
        ("Things", {"name": "a", "description": "b", "nam": 1}, "no property 'nam'; there are: "),
        ("Things", [], "a Thing is a JSON object"),
        ("Things", {"name": 5, "description": "b"}, "name: a text of at most 2000 characters"),
        ("Datastreams", {**GAUGE}, "Thing: say which"),
        ("Datastreams", {**GAUGE, "Thing": {"@iot.id": 4000}}, "no Thing has the number 4000"),
        ("Observations", {"result": 1}, "Datastream: say which"),
        (
            "Locations",
            {
                "name": "a",
                "description": "b",
                "encodingType": "application/geo+json",
                "location": {"type": "X"},
            },
            "no GeoJSON geometry",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_kept(
    service: Service, path: str, body: Any, named: str
) -> None:
    answer = service.send("POST", path, body)
    assert answer.status_code == 400, answer.text
    assert named in answer.json()["detail"]
    assert service.told("Sensors", filter="name eq 'tipping bucket'")["value"] == []


def test_a_picture_is_no_result(service: Service) -> None:
    stream = service.made(f"Things({RIDGE})/Datastreams", GAUGE)
    answer = service.send("POST", f"Datastreams({stream})/Observations", {"result": "A" * 2000})
    assert answer.status_code == 400
    assert "at most 1000 characters" in answer.json()["detail"]


def test_many_observations_are_created_from_arrays(service: Service) -> None:
    stream = service.made(f"Things({RIDGE})/Datastreams", GAUGE)
    rows = [[f"2026-07-01T12:{minute:02}:00Z", minute / 10] for minute in range(3)]
    group = {
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "result"],
        "dataArray": rows,
    }
    answer = service.send("POST", "CreateObservations", [group])
    assert (answer.status_code, len(answer.json())) == (201, 3)
    found = service.told(f"Datastreams({stream})/Observations")["value"]
    assert [each["result"] for each in found] == [0.0, 0.1, 0.2]


def test_pages_are_stable_while_others_write(service: Service) -> None:
    stream = service.made(f"Things({RIDGE})/Datastreams", GAUGE)
    path = f"Datastreams({stream})/Observations"

    def put(minute: int) -> int:
        told = {"phenomenonTime": f"2026-07-01T12:{minute:02}:00Z", "result": minute}
        return service.made(path, told)

    numbers = [put(minute) for minute in range(10, 16)]
    page = service.told(path, top="3", orderby="phenomenonTime desc")
    assert [each["result"] for each in page["value"]] == [15, 14, 13]
    put(20)  # before all pages: by $skip, 13 would come again
    service.send("DELETE", f"Observations({numbers[5]})")
    service.send("DELETE", f"Observations({numbers[4]})")  # of the first page: by $skip, 11 would be left out
    rest = service.told(page["@iot.nextLink"])
    assert [each["result"] for each in rest["value"]] == [12, 11, 10]
    assert "@iot.nextLink" not in rest


def test_numbers_of_the_deleted_are_not_used_again(service: Service) -> None:
    thing = {"name": "a", "description": "b"}
    first = service.made("Things", thing)
    assert service.send("DELETE", f"Things({first})").status_code == 200
    assert service.made("Things", thing) > first
