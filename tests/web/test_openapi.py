"""The API answers as its OpenAPI document says, whatever it is asked."""

from __future__ import annotations

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
    if mode is GenerationMode.POSITIVE or operations["get"].get("parameters")
]

UNSAYABLE = [positive_data_acceptance]
"""No schema says that south is at most north, that there is no 30 February, and what a polygon is."""


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
        case.call_and_validate(excluded_checks=UNSAYABLE if path.startswith("/stac") else None)

    answers_as_documented()


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
        if method != "get" and path != "/stac/search"  # a question too long for an address
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
