"""Asks each operation of a county's service once, and writes what it answers as the examples of OpenAPI.

python -m tests.web.examples
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from landwatch.web.openapi import operations
from landwatch.web.sta.model import ENTITIES, RELATIONS
from tests.web.conftest import Asker
from tests.web.county import SENSED, TOKEN, county

__all__ = ["FILE", "record"]

FILE = Path(__file__).resolve().parents[2] / "src/landwatch/web/examples.json"

ADDRESS = "http://127.0.0.1:8000"
"""Of the demo, which the pages for users name too."""

ROWS = 2
"""Of each list in an answer. [1]"""

LETTERS = 700
"""Of an answer that is plain text. [1]"""

CAMERA = "river-gauge"
EVENT = "smoke-ridge-north-1"

PARAMETERS: dict[str, Any] = {
    "after": "1782907200000000.1",
    "bbox": [11.5, 46.2, 12.5, 46.8],
    "by": "settlement",
    "camera": CAMERA,
    "changes": True,
    "check": "blur",
    "collections": [CAMERA],
    "datetime": "2026-07-01T11:00:00Z/..",
    "days": 7,
    "drill": False,
    "end": "2026-07-02",
    "hazard": "smoke",
    "idempotency-key": "4f9c2e8a-77d1",
    "if-none-match": '"2d1f"',
    "intersects": json.dumps({"type": "Point", "coordinates": [12.0, 46.5]}),
    "lang": "en",
    "limit": ROWS,
    "name": CAMERA,
    "number": 1,
    "organisation": "mender",
    "quantity": "river_level",
    "scope": "camera",
    "severity": "Moderate",
    "since": "2026-07-01T11:30:00Z",
    "standing": True,
    "state": "open",
    "status": "cleared",
    "step": "day",
    "subject": "ridge-blurred",
    "token": "1782907200000000.1",
    "until": "2026-07-01T12:00:00Z",
    "width": "480",
}
"""By the name of the parameter."""

OWN: dict[str, dict[str, Any]] = {
    "get /api/v1/cameras": {"state": "good"},
    "get /api/v1/events": {"state": "opened"},
    "get /api/v1/cameras/{name}/learnt": {"name": "ridge-north"},
    "get /api/v1/inspections/{name}": {"name": "spring"},
    "get /features/collections/cameras/items": {"state": "good", "after": "forest-night"},
}
"""Where a parameter of that name is another one."""

BODIES: dict[str, Any] = {
    "post /api/v1/events": {"camera": "river-gauge", "hazard": "flood", "role": "duty", "drill": True},
    "post /api/v1/events/{id}/acts": {"act": "confirm", "role": "duty", "version": 0, "note": "flames seen"},
    "post /api/v1/orders": {"camera": "quarry-late", "cause": "lateness", "note": "its clock is slow"},
    "post /api/v1/orders/{number}/steps": {"act": "acknowledge", "role": "maintainer", "version": 0},
    "post /api/v1/exports": {"form": "csv", "camera": CAMERA, "until": "2026-07-01T12:00:00Z"},
    "post /stac/search": {"collections": [CAMERA], "datetime": "2026-07-01T11:00:00Z/..", "limit": 1},
    "post /v1.1/CreateObservations": [
        {
            "Datastream": {"@iot.id": 4},
            "components": ["phenomenonTime", "result"],
            "dataArray": [["2026-07-01T11:50:00Z", 0.2], ["2026-07-01T12:00:00Z", 0.0]],
        }
    ],
}
"""What is sent; for SensorThings see `_sensed`."""

LINKS = {
    "Datastreams": {"Thing": {"@iot.id": 5}, "Sensor": {"@iot.id": 4}, "ObservedProperty": {"@iot.id": 4}},
    "Observations": {"Datastream": {"@iot.id": 4}},
    "HistoricalLocations": {"Thing": {"@iot.id": 4}, "Locations": [{"@iot.id": 4}]},
}
"""What a new entity belongs to: a stream to the camera on the ridge, the others to the rain gauge."""

LAST = ("Observations", "Datastreams", "HistoricalLocations", "FeaturesOfInterest", "Locations")
"""Sets whose entities go before what they belong to."""


def record() -> dict[str, Any]:
    """Return parameters, and of each operation what is asked and what is answered."""
    with tempfile.TemporaryDirectory() as place, county(Path(place)) as app:
        return _Recorder(Asker(app)).record()


class _Recorder:
    def __init__(self, site: Asker) -> None:
        self._site = site
        self._told: dict[str, dict[str, Any]] = {}
        self._document = site.app.openapi()

    def record(self) -> dict[str, Any]:
        known = {f"{method} {path}": operation for path, method, operation in operations(self._document)}
        own = {**OWN, **self._made()}
        bodies = {**BODIES, **dict(_sensed())}
        for key in sorted(known, key=_rank):
            self._one(key, known[key], own.get(key, {}), bodies.get(key))
        return {"parameters": PARAMETERS, "operations": dict(sorted(self._told.items()))}

    def _made(self) -> dict[str, dict[str, Any]]:
        """Return the parameters that only an answer tells; an export is written first."""
        newest = self._get(f"/api/v1/cameras/{CAMERA}")["newest"]
        (item,) = self._get(f"/stac/collections/{CAMERA}/items?limit=1")["features"]
        feed = self._site.get("/feeds/cap.atom").text
        identifier = feed.partition("/feeds/cap/")[2].partition(".xml")[0]
        body = BODIES["post /api/v1/exports"]
        export = self._ask("post", "/api/v1/exports", json=body).json()["id"]
        pause = threading.Event()
        while not (files := self._get(f"/api/v1/exports/{export}")["files"]):
            pause.wait(0.5)
        told: dict[str, dict[str, Any]] = {
            "get /api/v1/stills/{sha256}.jpg": {"sha256": newest["still"]},
            "get /stac/collections/{camera}/items": {"token": PARAMETERS["token"]},
            "get /stac/collections/{camera}/items/{item}": {"item": item["id"]},
            "get /stac/search": {"ids": [item["id"]]},
            "get /feeds/cap/{identifier}.xml": {"identifier": identifier},
            "get /api/v1/exports/{id}": {"id": export},
            "delete /api/v1/exports/{id}": {"id": export},
            "get /api/v1/exports/{id}/data/{name}": {"id": export, "name": Path(files[0]["name"]).name},
        }
        for path, method, _ in operations(self._document):
            if "/events/" in path and "{id}" in path:
                told[f"{method} {path}"] = {"id": EVENT}
            elif path.startswith("/v1.1/") and "{id}" in path:
                is_own = method != "get" or "Historical" in path
                told[f"{method} {path}"] = {"id": 4 if is_own else 5}
        return told

    def _one(self, key: str, operation: dict[str, Any], own: dict[str, Any], body: Any) -> None:
        method, _, path = key.partition(" ")
        values = {**PARAMETERS, **own}
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", str(value))
        named = {each["name"] for each in operation.get("parameters", ())}
        needed = {each["name"] for each in operation.get("parameters", ()) if each.get("required")}
        asked = {name: values[name] for name in named & ({"limit"} | needed) if f"{{{name}}}" not in key}
        if path.startswith("/v1.1") and "$top" in named:
            asked["$top"] = ROWS
        if isinstance(body, dict) and "version" in body:
            body = {**body, "version": self._version(path)}
        options = {} if body is None else {"json": body}
        answer = self._ask(method, path, params=asked or None, **options)
        assert answer.is_success, (key, answer.status_code, answer.text)
        told: dict[str, Any] = {"parameters": own} if own else {}
        if body is not None:
            told["body"] = body
        shown = _shown(answer)
        if shown is not None:
            told["answer"] = shown
        if told:
            self._told[key] = told

    def _version(self, path: str) -> int:
        told = self._get(path.rpartition("/")[0])
        version: int = (told.get("life") or told["order"])["version"]
        return version

    def _get(self, path: str) -> Any:
        return self._ask("get", path).json()

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        return self._site.ask(
            method.upper(),
            path,
            headers={"Authorization": f"Bearer {TOKEN}"},
            follow_redirects=True,
            **options,
        )


def _sensed() -> Iterator[tuple[str, Any]]:
    """Yield what is sent to create and change entities of SensorThings."""
    for name in ENTITIES:
        whole = {**SENSED[name], **LINKS.get(name, {})}
        first = next(iter(SENSED[name]))
        yield f"post /v1.1/{name}", whole
        yield f"put /v1.1/{name}({{id}})", SENSED[name]
        yield f"patch /v1.1/{name}({{id}})", {first: SENSED[name][first]}
        for nav, relation in RELATIONS[name].items():
            inverse = relation.inverse
            body = {**SENSED[relation.entity], **LINKS.get(relation.entity, {})}
            body.pop(inverse, None)
            if relation.is_many:
                yield f"post /v1.1/{name}({{id}})/{nav}", body


def _rank(key: str) -> tuple[int, int, str]:
    """Return where an operation comes: what is deleted has been read and changed before."""
    method, _, path = key.partition(" ")
    late = next((at for at, name in enumerate(LAST) if path.startswith(f"/v1.1/{name}")), len(LAST))
    return ("get", "post", "put", "patch", "delete").index(method), late, path


def _shown(answer: Any) -> Any:
    """Return an answer as an example: short lists, the demo's address; None where it is no text."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not answer.content or not (kind.startswith("text/") or kind.endswith(("json", "xml"))):
        return None
    text = answer.text.replace("http://landwatch.test", ADDRESS)
    if kind.endswith("json"):
        return _short(json.loads(text))
    return text if kind.endswith("xml") else "\n".join(text[:LETTERS].split("\n")[:-1]) + "\n"


def _short(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _short(value) for name, value in told.items()}
    if isinstance(told, list) and all(isinstance(one, dict) for one in told):
        return [_short(one) for one in told[:ROWS]]
    return told


def main() -> int:
    """Write the file."""
    FILE.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
