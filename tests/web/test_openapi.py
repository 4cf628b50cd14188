"""The API answers as its OpenAPI document says, whatever it is asked."""

from __future__ import annotations

import json
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from landwatch.web import document
from landwatch.web.openapi import operations
from tests.web.examples import FILE, record
from tests.web.fuzz import fuzz

DOCUMENT = document()

OPERATIONS = {f"{method} {path}": operation for path, method, operation in operations(DOCUMENT)}

QUESTIONS = [
    (path, mode)
    for path, item in sorted(DOCUMENT["paths"].items())
    for mode in GenerationMode
    # Where there is no parameter, there is no wrong one.
    if "get" in item
    # The sets of SensorThings are described alike.
    if not path.startswith("/v1.1/") or path.startswith("/v1.1/Observations")
    if mode is GenerationMode.POSITIVE or item["get"].get("parameters")
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


def test_whoever_may_do_everything_finds_no_error_and_nothing_undocumented(tmp_path):
    """Twenty minutes of the same, and more, are `python -m tests.web.fuzz`."""
    said = fuzz(tmp_path, "--phases=examples,stateful", "--max-examples=1", "--seed=1", "--max-time=20")
    assert said.returncode == 0, said.stdout
    assert re.search(r"(\d{2,}) generated", said.stdout)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_an_operation_is_described_with_all_answers_and_examples(operation):
    assert {"summary", "description", "operationId", "tags", "responses"} <= operation.keys()
    for parameter in operation.get("parameters", ()):
        assert {"description", "example"} <= parameter.keys(), parameter["name"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert "example" in content
    for status, answer in operation["responses"].items():
        assert answer["description"], status
        for kind, content in answer.get("content", {}).items():
            if kind not in ("image/jpeg", "application/octet-stream"):
                assert "example" in content, (status, kind)


def test_no_two_operations_have_one_name():
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


def test_examples_are_as_their_schemas_say():
    count = 0
    for key, operation in OPERATIONS.items():
        bodies = operation.get("requestBody", {}).get("content", {}).values()
        answers = [
            each for one in operation["responses"].values() for each in one.get("content", {}).values()
        ]
        for told in [*operation.get("parameters", ()), *bodies, *answers]:
            if "example" in told:
                schema = {**told["schema"], "components": DOCUMENT["components"]}
                found = Draft202012Validator(schema).iter_errors(told["example"])
                assert [one.message for one in found] == [], key
                count += 1
    assert count > 5 * len(OPERATIONS)


def test_examples_are_what_the_service_answers():
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    assert keys(record()) == keys(recorded), "python -m tests.web.examples writes them anew"


def keys(told):
    """Return the names within JSON, whatever stands there."""
    if isinstance(told, dict):
        return {name: keys(value) for name, value in told.items()}
    return [keys(told[0])] if isinstance(told, list) and told else None


def test_nothing_is_written_without_a_token(site):
    for path, method, operation in operations(DOCUMENT):
        if method != "get" and path != "/stac/search":
            answer = site.ask(method.upper(), re.sub(r"\{\w+\}", "1", path), json={})
            assert answer.status_code == 403, (method, path)
            assert "403" in operation["responses"], (method, path)


def test_sensorthings_is_described_and_answers_so(site):
    paths = DOCUMENT["paths"]
    assert {path for path in paths if path.startswith("/v1.1")} >= {
        "/v1.1",
        "/v1.1/Things",
        "/v1.1/Things({id})",
    }
    things = site.get("/v1.1/Things?$top=1&$count=true").json()
    listed = paths["/v1.1/Things"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(listed["required"]) <= set(things) <= set(listed["properties"])


def test_every_reference_of_the_document_leads_somewhere():
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert named <= set(DOCUMENT["components"]["schemas"])


def test_every_question_documents_its_problems():
    for path, _, operation in operations(DOCUMENT):
        if path.startswith("/api/"):
            problem = operation["responses"]["422"]["content"]
            assert list(problem) == ["application/problem+json"], path


def test_only_work_orders_events_and_exports_are_written():
    writing = {
        (method, path)
        for path, method, _ in operations(DOCUMENT)
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
    schemas = DOCUMENT["components"]["schemas"].values()
    properties = {name for schema in schemas for name in schema.get("properties", {})}
    assert {"still", "taken", "value"} <= properties
    assert not properties & {"masked", "mask", "share", "boxes", "people", "persons", "vehicles", "count"}
