"""The API answers as its OpenAPI document says, whatever it is asked."""

from __future__ import annotations

import json
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from landwatch.web import document

QUESTIONS = [
    (path, mode)
    for path, operations in sorted(document()["paths"].items())
    for mode in GenerationMode
    # Where there is no parameter, there is no wrong one.
    if "get" in operations
    # The sets of SensorThings are described alike.
    if not path.startswith("/v1.1/") or "/Observations" in path
    if mode is GenerationMode.POSITIVE or operations["get"].get("parameters")
]

UNSAYABLE = [positive_data_acceptance]
"""No schema says that south is at most north, that there is no 30 February, and what a filter is."""


@pytest.mark.parametrize(("path", "mode"), QUESTIONS, ids=lambda value: getattr(value, "value", value))
def test_every_answer_is_as_documented(site, path, mode):
    operation = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app)[path]["GET"]

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_documented(case):
        case.call_and_validate(
            excluded_checks=UNSAYABLE if path.startswith(("/stac", "/features", "/v1.1")) else None
        )

    answers_as_documented()


def test_nothing_is_written_without_a_token(site):
    for path, operations in document()["paths"].items():
        for method in (
            operations.keys() & {"post", "put", "patch", "delete"} if path != "/stac/search" else ()
        ):
            answer = site.ask(method.upper(), re.sub(r"\{\w+\}", "1", path), json={})
            assert answer.status_code == 403, (method, path)
            assert str(answer.status_code) in operations[method]["responses"], (method, path)


def test_sensorthings_is_described_and_answers_so(site):
    paths = document()["paths"]
    assert {path for path in paths if path.startswith("/v1.1")} >= {
        "/v1.1",
        "/v1.1/Things",
        "/v1.1/Things({id})",
    }
    things = site.get("/v1.1/Things?$top=1&$count=true").json()
    listed = paths["/v1.1/Things"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(listed["required"]) <= set(things) <= set(listed["properties"])


def test_every_reference_of_the_document_leads_somewhere():
    told = document()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(told)))
    assert named <= set(told["components"]["schemas"])


def test_every_question_documents_its_problems():
    for path, operations in document()["paths"].items():
        for operation in operations.values() if path.startswith("/api/") else ():
            problem = operation["responses"]["422"]["content"]
            assert list(problem) == ["application/problem+json"], path


def test_only_work_orders_events_and_exports_are_written():
    writing = {
        (method, path)
        for path, operations in document()["paths"].items()
        for method in operations
        # A search may be too long for an address; SensorThings takes what others measure.
        if method != "get" and path != "/stac/search" and not path.startswith("/v1.1")
    }
    assert writing == {
        ("post", "/api/v1/orders"),
        ("post", "/api/v1/orders/{number}/steps"),
        ("post", "/api/v1/events"),
        ("post", "/api/v1/events/{id}/acts"),
        ("post", "/api/v1/exports"),
        ("delete", "/api/v1/exports/{id}"),
    }


def test_no_property_of_an_answer_is_about_people():
    schemas = document()["components"]["schemas"].values()
    properties = {name for schema in schemas for name in schema.get("properties", {})}
    assert {"still", "taken", "value"} <= properties
    assert not properties & {"masked", "mask", "share", "boxes", "people", "persons", "vehicles", "count"}
