"""Pages of upkeep: work orders, an order with its pictures then and now, sites, labels, reports."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import segno
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.upkeep import Act, Book, Opening, Order, allowed
from landwatch.upkeep.desk import LONGEST_NOTE
from landwatch.upkeep.records import PEOPLE
from landwatch.web.labels import ERROR, Card, report_address
from landwatch.web.operator import COOKIE, SESSION, Limiter, Operator, form, same_site
from landwatch.web.pages import desk_of, page
from landwatch.web.problems import Missing
from landwatch.web.words import N_

__all__ = ["Limits", "card", "router"]

MOST_ORDERS = 500
"""Work orders in the list. [1]"""

BACK = ("/orders", "/setup")
"""Pages that a sign-in may lead to, the first unless another is asked for."""

router = APIRouter(include_in_schema=False)


class Limits:
    """How often people at poles may report something."""

    def __init__(self) -> None:
        self.label = Limiter(5, timedelta(minutes=10))
        """From one label."""
        self.client = Limiter(20, timedelta(hours=1))
        """From one address; behind a proxy all have the same."""
        self.all = Limiter(300, timedelta(hours=1))


@router.get("/orders")
def orders(request: Request) -> Response:
    """All work orders, those that stand first."""
    return page(request, "orders.html", **_orders(request), here="orders")


@router.get("/parts/orders")
def orders_part(request: Request) -> Response:
    """The list, fetched again when there is something new."""
    return page(request, "parts/orders.html", **_orders(request), again=True)


@router.get("/orders/{number}")
def order(request: Request, number: int) -> Response:
    """One work order, with its pictures then and now."""
    return page(request, "order.html", **_order(request, number), here="orders")


@router.post("/orders/{number}")
async def act(request: Request, number: int) -> Response:
    """Do something with a work order."""
    operator: Operator = request.app.state.operator
    fields = await form(request)
    operator.check_form(request, fields)
    desk = desk_of(request)
    found = await run_in_threadpool(desk.book.order, number)
    role = next((one for one in PEOPLE if one == fields.get("role")), None)
    if found is None or role is None:
        raise Missing(f"there is no order {number}, or no such role")
    wanted = next((one for one in allowed(found, role) if one == fields.get("act")), None)
    if wanted is None:
        raise UsageError(f"order {number} is {found.state}; a {role} may: {', '.join(allowed(found, role))}")
    version = fields.get("version", "")
    await run_in_threadpool(
        lambda: desk.act(
            number,
            wanted,
            role,
            note=fields.get("note", ""),
            organisation=fields.get("organisation") or None,
            version=int(version) if version.isascii() and version.isdigit() else -1,
        )
    )
    request.app.state.news.publish()
    return RedirectResponse(f"/orders/{number}", 303)


@router.get("/sites")
def sites(request: Request) -> Response:
    """All sites with their cameras."""
    book: Book = request.app.state.book
    assets = book.assets()
    conditions = {condition.camera: condition for condition in book.conditions()}
    by_site: dict[str | None, list[Any]] = {}
    for asset in assets:
        by_site.setdefault(asset.site, []).append(asset)
    return page(
        request,
        "sites.html",
        sites=book.sites(),
        by_site=by_site,
        conditions=conditions,
        standing=book.standing(),
        organisations={one.name: one.title or one.name for one in book.organisations()},
        titles=request.app.state.archive.titles(),
        here="sites",
    )


@router.get("/cameras/{name}/label")
def label(request: Request, name: str) -> Response:
    """The label for a camera's pole, to be printed."""
    return page(request, "label.html", card=card(request, name), call=request.app.state.call, here="sites")


@router.get("/cameras/{name}/label.svg")
def label_code(request: Request, name: str) -> Response:
    """The QR code of a camera's label."""
    out = io.BytesIO()
    code = segno.make(card(request, name).link, error=ERROR, micro=False)
    code.save(out, kind="svg", scale=8, xmldecl=False)
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.get("/report/{token}")
def report(request: Request, token: str) -> Response:
    """Where people at a pole write what is broken."""
    camera = _reported(request, token)
    return page(
        request,
        "report.html",
        title=_title(request, camera),
        token=token,
        longest=LONGEST_NOTE,
        sent=request.query_params.get("sent") == "1",
        is_open=request.app.state.desk is not None,
    )


@router.post("/report/{token}")
async def take_report(request: Request, token: str) -> Response:
    """Make a work order of what somebody at a pole wrote."""
    same_site(request)
    now = request.app.state.clock.now()
    limits: Limits = request.app.state.limits
    limits.client.check(request.client.host if request.client else "", now)
    camera = await run_in_threadpool(_reported, request, token)
    limits.label.check(token, now)
    limits.all.check("", now)
    words = (await form(request)).get("words", "").strip()
    if not words:
        raise UsageError("write what is broken")
    desk = desk_of(request)
    opening = Opening(
        scope="camera", subject=camera, cause="report", origin="report", since=now, detail=words
    )
    await run_in_threadpool(lambda: desk.open_order(opening, "visitor", note=words))
    request.app.state.news.publish()
    return RedirectResponse(f"/report/{token}?sent=1", 303)


@router.get("/operator")
def operator_page(request: Request) -> Response:
    """Where an operator shows the token."""
    back = request.query_params.get("back", "")
    return page(request, "operator.html", here="operator", back=back if back in BACK else "")


@router.post("/operator")
async def sign_in(request: Request) -> Response:
    """Begin a session for whoever shows the token."""
    same_site(request)
    operator: Operator = request.app.state.operator
    fields = await form(request)
    back = fields.get("back", "")
    answer = RedirectResponse(back if back in BACK else BACK[0], 303)
    if fields.get("act") == "leave":
        answer.delete_cookie(COOKIE)
        return answer
    if not operator.is_token(request, fields.get("token", "")):
        raise HTTPException(403, "this is not the operator token of the configuration")
    answer.set_cookie(
        COOKIE,
        operator.session(request.app.state.clock.now()),
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _orders(request: Request) -> dict[str, Any]:
    book: Book = request.app.state.book
    only = request.query_params.get("show", "")
    only = only if only in ("closed", "all") else ""
    standing = {"": True, "closed": False, "all": None}[only]
    return {
        "only": only,
        "listed": book.orders(standing=standing, limit=MOST_ORDERS),
        "titles": _titles(request),
    }


def _order(request: Request, number: int) -> dict[str, Any]:
    book: Book = request.app.state.book
    found = book.order(number)
    if found is None:
        raise Missing(f"there is no order {number}")
    return {
        "order": found,
        "steps": book.steps(number)[::-1],
        "attachments": book.attachments(number),
        "title": _titles(request).get(found.subject, found.subject),
        "then_and_now": _evidence(request, found),
        "acts": _acts(found),
        "roles": PEOPLE,
        "organisations": book.organisations(),
    }


def _acts(order: Order) -> list[Act]:
    """Return what somebody at a desk may do with an order, in one role or another."""
    found: dict[Act, None] = {}
    for role in PEOPLE:
        found.update(dict.fromkeys(allowed(order, role)))
    return list(found)


def _evidence(request: Request, order: Order) -> list[tuple[str, str, tuple[int, int]]]:
    """Return words, hash and size of the cleared pictures that speak for an order, where they are kept."""
    stills = request.app.state.stills
    entries = (
        (N_("Before"), order.before),
        (N_("With the fault"), order.after),
        (N_("Mended"), order.mended),
    )
    return [
        (words, sha256, size)
        for words, sha256 in entries
        if sha256 is not None and (size := stills.size(sha256)) is not None
    ]


def _titles(request: Request) -> dict[str, str]:
    archive: Archive = request.app.state.archive
    sites = {site.name: site.title or site.name for site in request.app.state.book.sites()}
    return sites | archive.titles()


def _title(request: Request, name: str) -> str:
    record = request.app.state.archive.camera(name)
    return (record.title if record else "") or name


def card(request: Request, name: str) -> Card:
    """Return a camera's label; only operators may see it, for its address lets anybody report something.

    Raises:
        HTTPException: 403 or 404.
    """
    operator: Operator = request.app.state.operator
    if not operator.has_session(request):
        raise HTTPException(403, "labels are for operators; sign in at /operator")
    token = request.app.state.book.token(name)
    if token is None:
        raise Missing(f"no camera is registered as {name!r}; see landwatch fleet cameras import")
    base = request.app.state.address or str(request.base_url)
    return Card(name=name, title=_title(request, name), link=report_address(base, token))


def _reported(request: Request, token: str) -> str:
    """Return the camera of a label."""
    book: Book = request.app.state.book
    camera = book.camera_of(token) if len(token) <= 64 else None
    if camera is None:
        raise Missing("no label leads here; look at the code on the pole again")
    return camera
