"""The service in the words of OpenAPI: each set and each entity; what lies behind a relation is alike."""

from __future__ import annotations

from typing import Any

from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING
from landwatch.web.sta.model import ENTITIES, LARGEST

__all__ = ["paths"]

WRONG = {400: {**ANSWERS[422], "description": "The question or the body is not understood."}}
OPTIONS = {
    "$filter": ("Such as `phenomenonTime ge 2026-07-01T00:00:00Z`.", {"type": "string"}),
    "$expand": ("Related entities to show within, such as `Datastreams($top=5)`.", {"type": "string"}),
    "$select": ("Properties to show, with commas between them.", {"type": "string"}),
    "$orderby": ("Such as `phenomenonTime desc`.", {"type": "string"}),
    "$top": ("At most so many.", {"type": "integer", "minimum": 0, "maximum": 10_000}),
    "$skip": ("So many are left out first.", {"type": "integer", "minimum": 0, "maximum": 10_000}),
    "$count": ("Whether `@iot.count` is told.", {"type": "boolean"}),
}
EXAMPLES = {"$orderby": "id desc", "$top": 10, "$count": True}

_ENTITY = {
    "type": "object",
    "required": ["@iot.id", "@iot.selfLink"],
    "properties": {"@iot.id": {"type": "integer"}, "@iot.selfLink": {"type": "string"}},
}
_LIST = {
    "type": "object",
    "required": ["value"],
    "properties": {
        "value": {"type": "array", "items": {"type": "object"}},
        "@iot.count": {"type": "integer"},
        "@iot.nextLink": {"type": "string"},
    },
}


def paths(root: str) -> dict[str, Any]:
    """Return the paths of the service whose root is at an address such as /v1.1."""
    told: dict[str, Any] = {
        root: {
            "get": _operation("The sets of entities.", {200: _json("Their addresses.", _object("value"))}, [])
        }
    }
    gone = {"description": "It is gone."}
    for name, entity in ENTITIES.items():
        shown = _json(f"The {entity}.", _ENTITY)
        told[f"{root}/{name}"] = {
            "get": _operation(
                f"{name}, by pages.",
                {200: _json("A page.", _LIST), **WRONG},
                [_option(option) for option in OPTIONS],
            ),
            "post": _writing(f"Create a {entity}.", {201: shown}),
        }
        number = {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST},
        }
        one = {**NOT_FOUND, 405: {**WRONG[400], "description": "Not of one entity."}}
        told[f"{root}/{name}({{id}})"] = {
            "parameters": [number],
            "get": _operation(f"One {entity}.", {200: shown, **WRONG, **one}, []),
            "patch": _writing(f"Change a {entity}.", {200: shown, **one}),
            "delete": _writing(f"Delete a {entity}.", {200: gone, **one}, has_body=False),
        }
    return told


def _operation(summary: str, answers: dict[Any, Any], parameters: list[Any]) -> dict[str, Any]:
    every = {503: ANSWERS[503], 429: ANSWERS[429], **answers}
    return {
        "summary": summary,
        "tags": ["readings"],
        "parameters": parameters,
        "responses": {str(status): answer for status, answer in sorted(every.items())},
    }


def _writing(summary: str, answers: dict[Any, Any], *, has_body: bool = True) -> dict[str, Any]:
    refused = {
        413: {**WRONG[400], "description": "The body is too large."},
        415: {**WRONG[400], "description": "The body is no JSON."},
    }
    told = _operation(summary, {**WRITING, **WRONG, **NOT_FOUND, **refused, **answers}, [])
    if has_body:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    return told


def _option(name: str) -> dict[str, Any]:
    description, schema = OPTIONS[name]
    told = {"name": name, "in": "query", "description": description, "schema": schema}
    return told | ({"example": EXAMPLES[name]} if name in EXAMPLES else {})


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _object(*required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required)}
