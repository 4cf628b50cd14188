"""Every error as problem details (RFC 9457) that name what was wrong and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from landwatch import alert
from landwatch.errors import StoreError, UsageError
from landwatch.upkeep import Outdated
from landwatch.web.exports import Busy
from landwatch.web.models import Fault, LifeOut, Problem

__all__ = [
    "ANSWERS",
    "MEDIA_TYPE",
    "NOT_FOUND",
    "READING",
    "WRITING",
    "Missing",
    "install",
    "problem",
    "taking",
]

T = TypeVar("T")

MEDIA_TYPE = "application/problem+json"


class Missing(HTTPException):
    """There is no such thing; the message says what there is instead."""

    def __init__(self, detail: str) -> None:
        super().__init__(status_code=404, detail=detail)


def taking(part: T | None) -> T:
    """Return what takes a change.

    Raises:
        HTTPException: 503, on a server that only shows.
    """
    if part is None:
        raise HTTPException(503, "this server only shows what was kept; it takes nothing")
    return part


def _answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


ANSWERS: dict[int | str, dict[str, Any]] = {
    422: _answer("A parameter is wrong; the detail names it and what is allowed."),
    429: _answer("Too much was asked; see Retry-After."),
    503: _answer("The store cannot be read now."),
}
"""What any question may be answered with."""

READING: dict[str, dict[str, Any]] = {
    "401": _answer("Reading is closed here, and the token is missing or wrong."),
    "403": _answer("Reading is closed here, and the token has not the scope."),
    "429": ANSWERS[429],
    "503": ANSWERS[503],
}
"""What any question may be answered with at the gate: the first two where `serve.open_reading` is false."""

WRITING: dict[int | str, dict[str, Any]] = {
    400: _answer("The body is no JSON."),
    401: _answer("The token is missing or wrong."),
    403: _answer("Nobody may change anything here."),
    409: _answer("It has changed meanwhile; look at it again. For an event, `current` is how it stands now."),
}
"""What a change may be answered with besides."""

NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _answer("There is no such thing.")}


def problem(
    request: Request,
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    current: LifeOut | None = None,
    faults: Sequence[Fault] = (),
) -> JSONResponse:
    """Return problem details; `current` is how an event stands that has changed meanwhile."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        errors=tuple(faults),
    ).model_dump(exclude=None if faults else {"errors"})
    if current is not None:
        told["current"] = current.model_dump(mode="json")
    return JSONResponse(told, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI, page: Callable[[Request, int, str], Response] | None = None) -> None:
    """Make `app` answer its errors so; `page` makes a page of those that people meet."""

    async def _http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if page and not request.url.path.startswith("/api/") and _is_person(request):
            return page(request, error.status_code, error.detail)
        headers = dict(error.headers) if error.headers else None
        # The router names the methods of one route alone; what is refused by our own says all itself.
        if error.status_code == 405 and type(error) is HTTPException:
            headers = {"Allow": ", ".join(_allowed(request))}
        return problem(request, error.status_code, error.detail, headers)

    async def _wrong(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = [_explain(fault) for fault in error.errors()]
        detail = "; ".join(f"{_named(each)}: {each.detail}" for each in faults)
        return problem(request, 422, detail, faults=faults)

    async def _store(request: Request, error: Exception) -> JSONResponse:
        return problem(request, 503, "the store cannot be read now; ask again", {"Retry-After": "10"})

    async def _refused(request: Request, error: Exception) -> Response:
        status = 409 if isinstance(error, Outdated | alert.Outdated | Busy) else 422
        if page and not request.url.path.startswith("/api/") and _is_person(request):
            return page(request, status, str(error))
        current = LifeOut.model_validate(error.life) if isinstance(error, alert.Outdated) else None
        return problem(request, status, str(error), current=current)

    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(UsageError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong)
    app.add_exception_handler(StoreError, _store)


def _allowed(request: Request) -> list[str]:
    """Return the methods that an address takes."""
    return [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


def _is_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _explain(fault: dict[str, Any]) -> Fault:
    place = fault["loc"]
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "there is no such parameter here"
    return Fault(place=str(place[0]), parameter=".".join(str(part) for part in place[1:]), detail=message)


def _named(fault: Fault) -> str:
    return f"{fault.place} parameter {fault.parameter!r}" if fault.parameter else fault.place
