"""Puts the API, the pages and what watches them together."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, Response
from starlette.types import Scope

from landwatch import __version__
from landwatch.alert import Book as EventBook
from landwatch.alert import Duty, Quiet
from landwatch.clock import Clock
from landwatch.config import Map, Rule, Serve
from landwatch.setup import Desk as Newcomers
from landwatch.store import Archive, Beside
from landwatch.store.tokens import Tokens
from landwatch.upkeep import Book, Desk
from landwatch.views import Book as ViewBook
from landwatch.views import Desk as Drafts
from landwatch.web import (
    api,
    camera_features,
    courses,
    duty_api,
    exports_api,
    features,
    feeds,
    fleet,
    inspections,
    learnt,
    map,
    measure,
    pages,
    problems,
    public,
    rates,
    setup,
    sta,
    stac,
    stream,
    triage,
    views,
    watch,
    where,
    work,
    work_api,
)
from landwatch.web import duty as duty_pages
from landwatch.web.access import Access, Gate
from landwatch.web.exports import Exports
from landwatch.web.guard import Guard
from landwatch.web.lately import Lately
from landwatch.web.news import News
from landwatch.web.openapi import complete
from landwatch.web.operator import Operator
from landwatch.web.stills import Stills
from landwatch.where import Locator

__all__ = ["create_app", "document"]

DESCRIPTION = """\
What a fleet of fixed cameras sees of the land, and how the cameras are. Read-only but for work orders,
acts on events and exports, which take a token of their scope as `Authorization: Bearer`.

People and vehicles are removed from every picture before it is kept; nothing here tells of them. Times are
RFC 3339 in UTC, units are UCUM. What was not seen has the value null and a reason in `absent`; it is never
zero. Errors are problem details (RFC 9457). The same
readings are at /v1.1 as OGC SensorThings.
"""


def create_app(
    archive: Archive,
    news: News,
    clock: Clock,
    *,
    demo: bool = False,
    hosts: Sequence[str] = (),
    desk: Desk | None = None,
    duty: Duty | None = None,
    serve: Serve | None = None,
    locator: Locator | None = None,
    beside: Beside | None = None,
    drafts: Drafts | None = None,
    rules: Mapping[str, Sequence[Rule]] = MappingProxyType({}),
    exports: Exports | None = None,
    quiet: Quiet | None = None,
    land: Map | None = None,
    signer: feeds.Signer | None = None,
    disclosed: public.Disclosed | None = None,
    newcomers: Newcomers | None = None,
) -> FastAPI:
    """Return the application that serves the pages and the API.

    Args:
        archive: what is shown.
        news: says when there is something new; its owner calls `stop` before the server is to end.
        clock: what ages are counted by.
        demo: says on each page that the cameras are simulated.
        hosts: names under which the server may be called; any if empty. Name them when the port can be
            reached from a browser that also shows other people's pages.
        desk: where work orders are followed; without it everything is only shown.
        duty: where events are followed; without it they are only shown.
        serve: the configuration's tokens and address; without a token everything is only shown.
        locator: knows where the cameras stand and look; without it no event has a place.
        beside: where what external sensors measure is written; without it that is only shown.
        drafts: where views are drawn, tried and saved; without it their versions are only shown.
        rules: when readings open events, by the camera's name: their thresholds are told beside courses.
        exports: makes exports that take their time; without it there are none.
        quiet: knows what cameras have learnt from quiet hours; without it nothing is told of that.
        land: what the map shows beneath the cameras, besides what is shipped.
        signer: makes the alerts of an outlet; without it the index of alerts is empty.
        disclosed: what everybody may read; without it there is no public page.
        newcomers: tries cameras and adds them; without it none can be added by the page.

    Raises:
        ConfigError: if a token is not where the configuration says, or too short.
    """
    app = _bare()
    app.state.archive = archive
    app.state.news = news
    app.state.clock = clock
    app.state.stills = Stills(archive)
    app.state.registry = watch.registry(archive, news, clock)
    app.state.streams = 0
    app.state.book = Book(archive.reading)
    app.state.lately = Lately(archive.reading)
    app.state.desk = desk
    app.state.events = EventBook(archive.reading)
    app.state.duty = duty
    app.state.limits = work.Limits()
    app.state.serve = serve or Serve()
    app.state.address = app.state.serve.address
    app.state.call = app.state.serve.call
    secret = serve.operator_token if serve else None
    app.state.operator = Operator(secret.reveal() if secret else None)
    shown = serve.sensor_token if serve else None
    app.state.access = Access(
        Tokens(archive.reading),
        app.state.operator,
        shown.reveal() if shown else None,
        is_open=serve.open_reading if serve else True,
        pace=serve.requests_per_minute if serve else Serve().requests_per_minute,
    )
    app.state.beside = beside
    app.state.views = ViewBook(archive.reading)
    app.state.drafts = drafts
    app.state.rules = rules
    app.state.exports = exports
    app.state.quiet = quiet
    app.state.signer = signer
    app.state.demo = demo
    app.state.locator = locator or Locator()
    app.state.disclosed = disclosed
    app.state.setup = newcomers
    app.state.atlas = map.Atlas(land or Map())
    app.include_router(stream.router)
    for version in sta.VERSIONS:
        app.include_router(sta.router, prefix=f"/{version}")
    app.include_router(fleet.router)
    app.include_router(work.router)
    app.include_router(duty_pages.router)
    app.include_router(triage.router)
    app.include_router(measure.router)
    app.include_router(rates.router)
    app.include_router(inspections.router)
    app.include_router(map.router)
    app.include_router(public.router)
    app.include_router(views.router)
    app.include_router(setup.router)
    app.include_router(courses.router)
    app.include_router(pages.router)
    problems.install(app, pages.error_page)
    app.mount("/static", _Assets(directory=str(files("landwatch.web") / "static")), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(Gate)
    if serve and serve.allow_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(serve.allow_origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Retry-After", "Landwatch-Taken", "Landwatch-Age", "Landwatch-Late"],
        )
    app.add_middleware(Guard)
    return app


def document() -> dict[str, Any]:
    """Return the OpenAPI document, which depends on no archive."""
    return _bare().openapi()


def _bare() -> FastAPI:
    # The pages of FastAPI that show the document fetch their scripts from elsewhere, so they are left out.
    app = FastAPI(
        title="Landwatch",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        openapi_tags=[
            {"name": "cameras", "description": "Cameras, their states, checks and outages."},
            {"name": "pictures", "description": "Cleared pictures, and why there is none."},
            {"name": "readings", "description": "What is measured of the land."},
            {
                "name": "sensorthings",
                "description": "The same readings as OGC SensorThings 1.1, and sensors of others.",
            },
            {"name": "events", "description": "Hazards, from their opening to their end."},
            {"name": "upkeep", "description": "Who mends which camera, and by when."},
            {"name": "watch", "description": "Whether Landwatch itself is well."},
        ],
    )
    app.include_router(api.router)
    app.include_router(work_api.router)
    app.include_router(where.router)
    app.include_router(duty_api.router)
    app.include_router(learnt.router)
    app.include_router(exports_api.router)
    app.include_router(rates.api)
    app.include_router(inspections.api)
    app.include_router(courses.api)
    app.include_router(stac.router)
    app.include_router(camera_features.router)
    app.include_router(features.router)
    app.include_router(feeds.router)
    app.include_router(watch.router)
    problems.install(app)
    plain = app.openapi

    @lru_cache(maxsize=1)
    def described() -> dict[str, Any]:
        return complete(plain())

    app.openapi = described  # type: ignore[method-assign]
    return app


class _Assets(StaticFiles):
    """Files that never change under one address: pages name them with a sum of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, to be kept for long if it was asked for by its sum; packed once for all who ask."""
        response = await super().get_response(path, scope)
        packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if packs and isinstance(response, FileResponse) and response.status_code == 200:
            tag = response.headers["etag"]
            packed = await run_in_threadpool(_packed, str(response.path), tag)
            kind = response.media_type
            response = Response(packed, media_type=kind)
            response.headers.update(
                {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "ETag": f"W/{tag}"}
            )
        named = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = api.IMMUTABLE if named else "no-cache"
        return response


@lru_cache(maxsize=64)
def _packed(path: str, tag: str) -> bytes:
    """Return a shipped file as gzip; another `tag` is another content."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
