"""The service at /v1.1 and /v1.0: what an address means, and what it answers.

The two versions differ in nothing that a client of the older one could meet.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from landwatch.store import Archive, Beside
from landwatch.web.problems import Missing
from landwatch.web.sta.faults import Refused, Wrong
from landwatch.web.sta.model import ENTITIES, LARGEST, RELATIONS, Relation
from landwatch.web.sta.pages import Near, Reader
from landwatch.web.sta.question import Question, read
from landwatch.web.sta.sources import outer_sources
from landwatch.web.sta.write import Writer

__all__ = ["VERSIONS", "router"]

LARGEST_BODY = 1_000_000
"""Of what is sent: thousands of observations at once. [byte]"""

MOST_STEPS = 8
"""From entity to entity, in one address. [1]"""

MOST_OPTIONS = 20
"""Of one address. [1]"""

CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/iot_sensing/1.1/req/{name}"
    for name in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "create-update-delete",
        "data-array",
    )
)

SEGMENT = re.compile(r"([A-Za-z]+)(?:\((\d{1,16})\))?")

VERSIONS = ("v1.1", "v1.0")

ONE, MANY = ("GET", "PUT", "PATCH", "DELETE"), ("GET", "POST")
"""Methods that an address of one entity takes, and one of a list."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """What an address leads to."""

    entity: str
    near: Near | None = None
    number: int | None = None
    """None for a list."""
    rest: tuple[str, ...] = ()
    """A property and what of it; $ref; or nothing."""


@router.get("")
def root(request: Request) -> Response:
    """List the entity sets."""
    here = _root(request)
    told: dict[str, Any] = {"value": [{"name": name, "url": f"{here}/{name}"} for name in ENTITIES]}
    if here.endswith("/v1.1"):
        told["serverSettings"] = {"conformance": CONFORMANCE}
    return _json(told)


@router.get("/{path:path}")
def show(request: Request, path: str) -> Response:
    """Answer a question."""
    if not path.strip("/"):
        return root(request)
    _take(request, path)
    archive: Archive = request.app.state.archive
    with archive.reading() as connection:
        reader = _reader(request, connection)
        with reader.bounded():
            return _shown(request, path, reader)


def _shown(request: Request, path: str, reader: Reader) -> Response:
    place = _find(path, reader)
    question = read(place.entity, _options(request), _properties(place.entity))
    if place.rest == ("$ref",):
        question = replace(question, select=("@iot.selfLink",), expand={}, is_array=False)
    if place.number is None:
        return _json(reader.many(question, place.near, f"{_root(request)}/{path.strip('/')}"))
    if place.rest and place.rest != ("$ref",):
        question = Question(place.entity, select=(place.rest[0],))
        told = reader.one(question, place.number).get(place.rest[0])
        if place.rest[1:] == ("$value",):
            return _value(told)
        for step in place.rest[1:]:
            told = told.get(step) if isinstance(told, dict) else None
        return Response(status_code=204) if told is None else _json({place.rest[-1]: told})
    return _json(reader.one(question, place.number))


@router.post("/CreateObservations")
async def create_observations(request: Request) -> Response:
    """Create many observations from arrays of values."""
    return await _written(request, _arrays)


@router.post("/{path:path}")
async def create(request: Request, path: str) -> Response:
    """Create an entity."""
    _take(request, path)

    def work(writer: Writer, reader: Reader, body: Any) -> Response:
        place = _find(path, reader)
        number = writer.create(place.entity, body, place.near)
        told = reader.one(Question(place.entity), number)
        return _json(told, 201, {"Location": reader.link(place.entity, number)})

    return await _written(request, work)


@router.patch("/{path:path}")
@router.put("/{path:path}")
async def change(request: Request, path: str) -> Response:
    """Change an entity."""
    _take(request, path)

    def work(writer: Writer, reader: Reader, body: Any) -> Response:
        entity, number = _one(path, reader)
        writer.change(entity, number, body, is_whole=request.method == "PUT")
        return _json(reader.one(Question(entity), number))

    return await _written(request, work)


@router.delete("/{path:path}")
async def delete(request: Request, path: str) -> Response:
    """Delete an entity."""
    _take(request, path)

    def work(writer: Writer, reader: Reader, body: Any) -> Response:
        entity, number = _one(path, reader)
        writer.delete(entity, number)
        return Response(status_code=200)

    return await _written(request, work)


@router.api_route("/{path:path}", methods=["OPTIONS", "TRACE"])
def refuse(request: Request, path: str) -> None:
    """Say what an address takes."""
    _take(request, path)


def _take(request: Request, path: str) -> None:
    """Refuse a method that an address does not take by its form.

    Raises:
        HTTPException: 405.
    """
    allowed = _methods(path)
    if request.method not in allowed:
        raise HTTPException(
            405,
            "entities are created in lists, such as Things; one is changed or deleted, such as Things(4)",
            {"Allow": ", ".join(allowed)},
        )


def _methods(path: str) -> tuple[str, ...]:
    """Return what an address takes by its form, whatever there is."""
    if path.strip("/") == "CreateObservations":
        return ("POST",)
    relations = {name: Relation(name, True, "") for name in ENTITIES}
    takes: tuple[str, ...] = MANY
    for part in filter(None, path.split("/")):
        found = SEGMENT.fullmatch(part)
        if found is None or found[1] not in relations:
            return ("GET",)
        relation = relations[found[1]]
        takes = ONE if found[2] is not None else MANY if relation.is_many else ("GET",)
        relations = {} if takes == MANY else RELATIONS[relation.entity]
    return takes


async def _written(request: Request, work: Any) -> Response:
    """Do some work in one transaction, for a client that has shown the token."""
    request.app.state.access.demand(request, "write:observations")
    beside: Beside | None = request.app.state.beside
    if beside is None:
        raise Refused("this service only shows; nothing is written here")
    body = None if request.method == "DELETE" else await _body(request)

    def do() -> Response:
        with beside.transaction("write external sensors to") as connection:
            reader = _reader(request, connection)
            writer = Writer(connection, reader, request.app.state.clock.now())
            with reader.bounded():
                answer: Response = work(writer, reader, body)
                return answer

    return await run_in_threadpool(do)


def _arrays(writer: Writer, reader: Reader, body: Any) -> Response:
    if not isinstance(body, list):
        raise Wrong("CreateObservations takes a list of objects with Datastream, components and dataArray")
    made: list[str] = []
    for group in body:
        if not isinstance(group, dict) or not isinstance(group.get("dataArray"), list):
            raise Wrong("dataArray: a list of lists of values, in the order of components")
        names = group.get("components")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Wrong("components: names of properties of Observations")
        for row in group["dataArray"]:
            if not isinstance(row, list) or len(row) != len(names):
                raise Wrong(f"dataArray: each row has {len(names)} values, one for each of components")
            told = {"Datastream": group.get("Datastream"), **dict(zip(names, row, strict=True))}
            feature = told.pop("FeatureOfInterest/id", None)
            if feature is not None:
                told["FeatureOfInterest"] = {"@iot.id": feature}
            made.append(reader.link("Observations", writer.create("Observations", told)))
    return _json(made, 201)


def _find(path: str, reader: Reader) -> _Place:
    """Return what an address leads to.

    Raises:
        Missing: if there is no such thing.
        Wrong: if the address is not understood.
    """
    parts = [part for part in path.split("/") if part]
    if len(parts) > 2 * MOST_STEPS:
        raise Wrong(f"an address leads over at most {MOST_STEPS} entities")
    place: _Place | None = None
    for at, part in enumerate(parts):
        found = SEGMENT.fullmatch(part)
        name, digits = (found[1], found[2]) if found else (part, None)
        if place is not None and (place.number is None or name not in RELATIONS[place.entity]):
            return _rest(place, tuple(parts[at:]))
        near: Near | None = None
        entity, is_many = name, True
        if place is None:
            if name not in ENTITIES:
                raise Missing(f"no entity set {name!r}; there are: {', '.join(ENTITIES)}")
        else:
            assert place.number is not None
            relation = RELATIONS[place.entity][name]
            near, entity, is_many = (place.entity, place.number, name), relation.entity, relation.is_many
        number = int(digits) if digits else None
        if near is not None and not is_many:
            number = reader.related(near)
            if number is None:
                raise Missing(f"{ENTITIES[near[0]]} {near[1]} has no {name}")
        elif number is not None and (number > LARGEST or not reader.is_there(entity, number, near)):
            raise Missing(f"no {ENTITIES[entity]} has the number {number}" + (" there" if near else ""))
        place = _Place(entity, near, number)
    assert place is not None
    return place


def _rest(place: _Place, rest: tuple[str, ...]) -> _Place:
    if rest == ("$ref",):
        return replace(place, rest=rest)
    known = _properties(place.entity) | {"@iot.id", "id"}
    if place.number is None or rest[0] not in known or ("$value" in rest and rest[-1:] != ("$value",)):
        allowed = sorted(known | set(RELATIONS[place.entity])) if place.number is not None else ["$ref"]
        raise Missing(f"nothing called {'/'.join(rest)!r} there; there are: {', '.join(allowed)}")
    return replace(place, rest=rest)


def _one(path: str, reader: Reader) -> tuple[str, int]:
    place = _find(path, reader)
    assert place.number is not None
    return place.entity, place.number


def _properties(entity: str) -> frozenset[str]:
    return frozenset(name for source in outer_sources(entity) for name in source.properties)


def _options(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=MOST_OPTIONS)
    except ValueError:
        raise Wrong(f"at most {MOST_OPTIONS} options; each is said once") from None


def _reader(request: Request, connection: Connection) -> Reader:
    return Reader(connection, _root(request), request.app.state.clock.now())


def _root(request: Request) -> str:
    address: str = request.app.state.address or str(request.base_url)
    return f"{address.rstrip('/')}/{request.url.path.split('/')[1]}"


def _json(told: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(content, status, headers, "application/json")


def _value(told: Any) -> Response:
    if told is None:
        return Response(status_code=204)
    plain = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    return Response(plain, media_type="text/plain; charset=utf-8")


async def _body(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send JSON as application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"at most {LARGEST_BODY} bytes at once")
    try:
        told = json.loads(body)
        # What could not be kept: numbers that are none, halves of letters, and a NUL, in either database.
        if "\\u0000" in json.dumps(told, allow_nan=False):
            raise ValueError("a text holds a NUL")
        json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Wrong(f"the body is not JSON that can be kept: {error}") from None
    return told
