"""The service in the words of OpenAPI: each set, each entity, and what lies behind each relation of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING
from landwatch.web.sta.model import ENTITIES, LARGEST, RELATIONS, Relation
from landwatch.web.sta.question import MOST_SKIP, most
from landwatch.web.sta.write import FIELDS, LINKS, LONGEST_RESULT, LONGEST_TEXT

__all__ = ["paths", "schemas"]

TEXT = {"type": "string", "maxLength": LONGEST_TEXT}
TIME = {"type": "string", "examples": ["2026-07-01T12:00:00Z"]}
TOLD: Mapping[str, dict[str, Any]] = {
    "name": {**TEXT, "examples": ["Rain gauge"]},
    "description": {**TEXT, "examples": ["beside the camera at the bridge"]},
    "properties": {"type": ["object", "null"], "description": "Whatever else its owner says of it."},
    "encodingType": {**TEXT, "examples": ["application/geo+json"]},
    "location": {"type": ["object", "string"], "description": "GeoJSON, or words."},
    "feature": {"type": ["object", "string"], "description": "GeoJSON, or words."},
    "time": {**TIME, "description": "Since when the thing has been there."},
    "observationType": {
        **TEXT,
        "examples": ["http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"],
    },
    "unitOfMeasurement": {
        "type": "object",
        "required": ["name", "symbol", "definition"],
        "properties": {"name": {}, "symbol": {}, "definition": {}},
        "description": "Each is null where there is no unit.",
    },
    "observedArea": {"type": ["object", "string", "null"], "description": "GeoJSON."},
    "metadata": {"description": "What describes the sensor, as encodingType says."},
    "definition": {**TEXT, "examples": ["http://qudt.org/vocab/quantitykind/Height"]},
    "result": {
        "description": f"A number below 1e300, or JSON of at most {LONGEST_RESULT} characters; no picture. "
        "null is what was not seen."
    },
    "phenomenonTime": {
        "type": ["string", "null"],
        "description": "When it was so: a time, or two with / between them.",
        "examples": ["2026-07-01T11:50:00Z/2026-07-01T12:00:00Z"],
    },
    "resultTime": {**TIME, "type": ["string", "null"], "description": "When it was measured."},
    "resultQuality": {"description": "Of a reading: its uncertainty, absent and flags."},
    "validTime": {"type": ["string", "null"], "description": "A time, or two with / between them."},
    "parameters": {"type": ["object", "null"], "description": "How it was measured."},
}
"""Each property; what it is called means the same in each set."""

LINK = {
    "type": "object",
    "description": "One that is there.",
    "required": ["@iot.id"],
    "properties": {"@iot.id": {"type": "integer", "minimum": 1, "maximum": LARGEST, "examples": [5]}},
    "additionalProperties": False,
}

WRONG: dict[int | str, dict[str, Any]] = {
    400: {**ANSWERS[422], "description": "The question or the body is not understood."}
}
REFUSED: dict[int | str, dict[str, Any]] = {
    405: {**WRONG[400], "description": "The address is of no entity, or of no list; see Allow."},
    413: {**WRONG[400], "description": "The body is too large."},
    415: {**WRONG[400], "description": "The body is no JSON."},
}

DESCRIPTION = {
    "get": "Numbers never change; what was not seen has the result null.",
    "post": "What is named within it is linked, what is described within it is created too.",
    "patch": "What is not said of it stays as it is. What Landwatch measures itself is refused.",
    "put": "What is not said of it loses its value. What Landwatch measures itself is refused.",
    "delete": "What cannot be without it goes with it. What Landwatch measures itself is refused.",
}


def schemas() -> dict[str, Any]:
    """Return the schemas that `paths` refers to: each entity as it is told, and as it is sent."""
    told: dict[str, Any] = {"EntityLink": LINK}
    for name, entity in ENTITIES.items():
        fields = {field: TOLD[field] for field in FIELDS[name]}
        more = {f"{nav}@iot.navigationLink": {"type": "string"} for nav in RELATIONS[name]}
        own = {"@iot.id": {"type": "integer"}, "@iot.selfLink": {"type": "string"}}
        told[entity] = {"type": "object", "properties": own | {field: {} for field in fields} | more}
        related = {nav: _related(relation) for nav, relation in RELATIONS[name].items()}
        told[f"{entity}In"] = {
            "type": "object",
            "required": _required(name),
            "properties": fields | related,
            "patternProperties": {"@iot\\.": {"description": "Left out."}},
            "additionalProperties": False,
        }
    return told


def _related(relation: Relation) -> dict[str, Any]:
    """Return the schema of what an entity is sent with: no deeper, for what goes round is read slowly."""
    name = ENTITIES[relation.entity]
    if relation.is_many:
        return {
            "type": "array",
            "items": {"type": "object"},
            "description": f"Each an EntityLink, or {name}In for a new one.",
        }
    fields = {field: TOLD[field] for field in FIELDS[relation.entity]}
    new = {
        "type": "object",
        "required": _required(relation.entity),
        "properties": fields,
        "additionalProperties": False,
    }
    return {"anyOf": [_ref("EntityLink"), new]}


def paths(root: str) -> dict[str, Any]:
    """Return the paths of the service whose root is at an address such as /v1.1."""
    sets = _operation(
        "get", "list_sets", "The sets of entities.", {200: _json("Their addresses.", _object("value"))}
    )
    told: dict[str, Any] = {root: {"get": sets}, f"{root}/CreateObservations": {"post": _arrays()}}
    for name, entity in ENTITIES.items():
        told[f"{root}/{name}"] = {
            "get": _listing(f"list_{name}", f"{name}, by pages.", name),
            "post": _creating(f"create_{entity}", name, _needed(name)),
        }
        one = f"{root}/{name}({{id}})"
        told[one] = {"parameters": [_number(entity)], **_single(name)}
        for nav, relation in RELATIONS[name].items():
            within = f"{entity}_{nav}"
            if relation.is_many:
                inverse = RELATIONS[relation.entity][relation.inverse]
                needs = _needed(relation.entity, "" if inverse.is_many else relation.inverse)
                operations = {
                    "get": _listing(f"list_{within}", f"{nav} of a {entity}, by pages.", relation.entity),
                    "post": _creating(f"create_{within}", relation.entity, needs),
                }
                operations["get"]["responses"]["404"] = NOT_FOUND[404]
            else:
                operations = {"get": _showing(f"get_{within}", f"{nav} of a {entity}.", relation.entity)}
            told[f"{one}/{nav}"] = {"parameters": [_number(entity)], **operations}
    return told


def _single(name: str) -> dict[str, Any]:
    """Return the operations on one entity."""
    entity = ENTITIES[name]
    shown = {200: _json(f"The {entity}.", _ref(entity)), **NOT_FOUND}
    gone = {200: {"description": "It is gone."}, **NOT_FOUND}
    part = schemas()[f"{entity}In"] | {"required": []}
    return {
        "get": _showing(f"get_{entity}", f"One {entity}.", name),
        "patch": _writing("patch", f"change_{entity}", f"Change a {entity}.", shown, part),
        "put": _writing("put", f"replace_{entity}", f"Replace a {entity}.", shown, _ref(f"{entity}In")),
        "delete": _writing("delete", f"delete_{entity}", f"Delete a {entity}.", gone, None),
    }


def _listing(key: str, summary: str, name: str) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {"type": "array", "items": _ref(ENTITIES[name])},
            "@iot.count": {"type": "integer"},
            "@iot.nextLink": {"type": "string"},
        },
    }
    return _operation("get", key, summary, {200: _json("A page.", page), **WRONG}, _options(name))


def _showing(key: str, summary: str, name: str) -> dict[str, Any]:
    shown = {200: _json(f"The {ENTITIES[name]}.", _ref(ENTITIES[name])), **WRONG, **NOT_FOUND}
    of_one = [option for option in _options(name) if option["name"] in ("$expand", "$select")]
    return _operation("get", key, summary, shown, of_one)


def _creating(key: str, name: str, needs: list[str]) -> dict[str, Any]:
    entity = ENTITIES[name]
    made = _json(f"The {entity}.", _ref(entity))
    made["headers"] = {"Location": {"description": "Its address.", "schema": {"type": "string"}}}
    number = {"id": "$response.body#/@iot.id"}
    verbs = [f"{verb}_{entity}" for verb in ("get", "change", "replace", "delete")]
    within = [f"create_{entity}_{nav}" for nav, relation in RELATIONS[name].items() if relation.is_many]
    made["links"] = {key: {"operationId": key, "parameters": number} for key in (*verbs, *within)}
    body = schemas()[f"{entity}In"] | {"required": needs}
    return _writing("post", key, f"Create a {entity}.", {201: made, **NOT_FOUND}, body)


def _arrays() -> dict[str, Any]:
    group = {
        "type": "object",
        "required": ["Datastream", "components", "dataArray"],
        "properties": {
            "Datastream": _ref("EntityLink"),
            "components": {"type": "array", "items": {"type": "string"}},
            "dataArray": {"type": "array", "items": {"type": "array", "items": {}}},
        },
    }
    addresses = {"type": "array", "items": {"type": "string"}}
    return _writing(
        "post",
        "create_Observations_arrays",
        "Create many Observations from arrays of values.",
        {201: _json("Their addresses.", addresses)},
        {"type": "array", "items": group},
    ) | {"description": "`components` names the values of each row of `dataArray`."}


def _required(name: str) -> list[str]:
    return [field for field, each in FIELDS[name].items() if each.is_required]


def _needed(name: str, known: str = "") -> list[str]:
    """Return what a new entity must say, but for the relation that the address tells."""
    told = (known, "FeatureOfInterest")
    return _required(name) + [nav for nav in LINKS.get(name, ()) if nav not in told]


def _operation(
    method: str, key: str, summary: str, answers: dict[Any, Any], parameters: list[Any] | None = None
) -> dict[str, Any]:
    every = {503: ANSWERS[503], 429: ANSWERS[429], **answers}
    return {
        "summary": summary,
        "description": DESCRIPTION[method],
        "operationId": key,
        "tags": ["sensorthings"],
        "parameters": parameters or [],
        "responses": {str(status): answer for status, answer in sorted(every.items())},
    }


def _writing(
    method: str, key: str, summary: str, answers: dict[Any, Any], body: dict[str, Any] | None
) -> dict[str, Any]:
    told = _operation(method, key, summary, {**WRITING, **WRONG, **REFUSED, **answers})
    if body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return told


def _options(name: str) -> list[dict[str, Any]]:
    """Return the options of a list of entities."""
    related, text = next(iter(RELATIONS[name])), {"type": "string"}
    whole = {"type": "integer", "minimum": 0}
    told: dict[str, tuple[str, dict[str, Any], Any]] = {
        "$filter": ("Only those of which it is true.", text, "id gt 4"),
        "$expand": ("Related entities to show within, with options of their own in brackets.", text, related),
        "$select": ("Properties to show, with commas between them.", text, "@iot.id"),
        "$orderby": ("What to sort by, and `desc` where the greatest comes first.", text, "id desc"),
        "$top": (f"At most so many, and {most(name)} if there are more.", whole, 2),
        "$skip": ("So many are left out first; a next link costs less.", whole | {"maximum": MOST_SKIP}, 0),
        "$count": ("Whether `@iot.count` is told.", {"type": "boolean"}, True),
    }
    if name == "Observations":
        told["$resultFormat"] = ("As arrays of values.", {"const": "dataArray"}, "dataArray")
    return [
        {"name": option, "in": "query", "description": words, "schema": schema, "example": example}
        for option, (words, schema, example) in told.items()
    ]


def _number(entity: str) -> dict[str, Any]:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"Number of a {entity}.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST},
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _object(*required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
