"""Completes the OpenAPI document: what the router cannot know, and an example of each question and answer.

The examples are what a county's service over the simulated valley answered; `python -m tests.web.examples`
asks it anew and writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from landwatch.web import sta
from landwatch.web.access import is_open
from landwatch.web.models import Problem
from landwatch.web.problems import MEDIA_TYPE, READING

__all__ = ["complete", "operations"]

METHODS = ("get", "post", "put", "patch", "delete")


def complete(told: dict[str, Any]) -> dict[str, Any]:
    """Return the document with SensorThings, problems, tokens and examples."""
    schemas = told["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update({**problem.pop("$defs"), "Problem": problem, **sta.schemas()})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    told["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "See `landwatch tokens`."}
    }
    told["paths"].update(sta.paths("/v1.1"))
    for path, method, operation in operations(told):
        if method != "get" and path != "/stac/search":
            operation["security"] = [{"token": []}]
        elif not is_open(path):
            operation["responses"] = {**READING, **operation["responses"]}
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
            if "description" in parameter["schema"]:
                parameter.setdefault("description", parameter["schema"]["description"])
        _exemplify(path, method, operation, told["paths"][path].get("parameters", []))
    return told


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation of a document."""
    for path, item in told["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be left out: in an address there is no null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**choices[0], **rest}


@lru_cache(maxsize=1)
def _examples() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files("landwatch.web").joinpath("examples.json").read_text("utf-8"))
    return told


def _exemplify(path: str, method: str, operation: dict[str, Any], shared: list[dict[str, Any]]) -> None:
    known = _examples()
    own = known["operations"].get(f"{method} {path}", {})
    values = {**known["parameters"], **own.get("parameters", {})}
    for parameter in (*operation.get("parameters", ()), *shared):
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "body" in own:
            content["example"] = own["body"]
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            if kind == MEDIA_TYPE:
                content["example"] = _problem(int(status), answer["description"], path)
            elif "answer" in own and (str(status)[0] == "2" or path == "/healthz"):
                content["example"] = own["answer"]


def _problem(status: int, detail: str, path: str) -> dict[str, Any]:
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, instance=path)
    return told.model_dump(exclude={"errors"})
