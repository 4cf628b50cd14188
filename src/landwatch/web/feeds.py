"""Feeds for whoever asks from time to time: events as Atom, and an index of the signed CAP alerts.

An alert is signed anew when it is fetched, from the words that its outlet carries: what it says is the same
each time. An exercise says so in its title, and its alert has the status Exercise.

References:
    [1] RFC 4287, "The Atom Syndication Format".
    [2] OASIS, "Common Alerting Protocol Version 1.2", 2010; alert hubs read an index of them as Atom.
    [3] OGC 17-002r1, "GeoRSS".
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Header, Path, Query, Request, Response
from lxml import etree
from lxml.builder import ElementMaker
from pydantic import Field

from landwatch.alert import Book, LifeState
from landwatch.clock import iso
from landwatch.errors import PublishError
from landwatch.i18n import translator
from landwatch.store import Archive
from landwatch.web.asked import CAMERA, WORD, Nothing, Question
from landwatch.web.ogc import documented, root
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.web.words import Words

__all__ = ["Signer", "router"]

ATOM = "application/atom+xml"
CAP = "application/cap+xml"

SPACES = {None: "http://www.w3.org/2005/Atom", "georss": "http://www.georss.org/georss"}
MAKE = ElementMaker(namespace=SPACES[None], nsmap=SPACES)
POINT = ElementMaker(namespace=SPACES["georss"]).point

MOST = 100
"""Entries of a feed. [1]"""

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$"

router = APIRouter(prefix="/feeds", tags=["events"], responses=ANSWERS)

Match = Annotated[str | None, Header(alias="if-none-match", description="ETag of what is at hand.")]


class Signer(Protocol):
    """Makes the alerts of one outlet."""

    @property
    def outlet(self) -> str:
        """Its name."""
        ...

    @property
    def sign(self) -> Callable[[str], bytes]:
        """Return the CAP message of a body; raises `PublishError` if it cannot be signed."""
        ...


class AskFeed(Question):
    lang: Literal["en", "zh-CN"] = Field(default="en", description="Language of the titles.")


class AskEventFeed(AskFeed):
    hazard: str | None = Field(default=None, pattern=WORD, description="Only of this hazard.")
    camera: str | None = Field(default=None, pattern=CAMERA, description="Only of this camera.")
    state: LifeState | None = Field(default=None, description="Only events that stand so.")
    drill: bool | None = Field(default=None, description="Only exercises, or only what is none.")


def _xml(description: str, media_type: str) -> dict[int | str, dict[str, Any]]:
    return {
        **documented({"type": "string"}, description, media_type),
        304: {"description": "It is still what `If-None-Match` names."},
    }


@router.get("/events.atom", response_class=Response, responses=_xml("The newest events.", ATOM))
def get_events(request: Request, ask: Annotated[AskEventFeed, Query()], match: Match = None) -> Response:
    """Events as Atom, those that opened last first."""
    book: Book = request.app.state.events
    archive: Archive = request.app.state.archive
    here, words = root(request), _words(request, ask)
    cameras = archive.stations()
    page = book.page(
        states=None if ask.state is None else [ask.state],
        cameras=None if ask.camera is None else [ask.camera],
        hazard=ask.hazard,
        drill=ask.drill,
        limit=MOST,
    )
    feed, newest = _feed(f"{here}/feeds/events.atom", words.say("Events")), None
    for _, life in page:
        camera = cameras[life.camera]
        newest = max(life.changed, newest or life.changed)
        entry = _entry(
            name=f"{here}/events/{life.event}",
            title=_title(words, [camera.title], life.hazard, life.state, drill=life.drill),
            updated=life.changed,
            published=life.opened,
            link=(f"{here}/events/{life.event}", "text/html"),
            terms=[life.hazard, life.state, *(["drill"] if life.drill else [])],
        )
        if camera.place is not None:
            entry.append(POINT(f"{camera.place.latitude:.6f} {camera.place.longitude:.6f}"))
        feed.append(entry)
    return _answer(request, feed, newest, match)


@router.get("/cap.atom", response_class=Response, responses=_xml("The newest alerts.", ATOM))
def get_alerts(request: Request, ask: Annotated[AskFeed, Query()], match: Match = None) -> Response:
    """The signed CAP alerts that hold, those sent last first; empty where no outlet signs any."""
    book: Book = request.app.state.events
    signer: Signer | None = request.app.state.signer
    here, words, now = root(request), _words(request, ask), request.app.state.clock.now()
    feed, newest = _feed(f"{here}/feeds/cap.atom", words.say("Alerts")), None
    for text in book.newest_alerts(signer.outlet, MOST) if signer is not None else ():
        body = json.loads(text)
        sent = datetime.fromisoformat(body["sent"])
        if datetime.fromisoformat(body["expires"]) <= now:
            continue
        newest = newest or sent
        status = "Exercise" if body["drill"] else body["status"]
        titles = [camera["title"] for camera in body["cameras"]]
        title = _title(words, titles, body["hazard"], body["state"], drill=body["drill"])
        address = f"{here}/feeds/cap/{body['identifier']}.xml"
        feed.append(
            _entry(
                name=address,
                title=title if status != "Test" else f"{words.say('TEST, not real')}: {title}",
                updated=sent,
                published=sent,
                link=(address, CAP),
                terms=[status, body["type"], body["hazard"]],
            )
        )
    return _answer(request, feed, newest, match)


@router.get(
    "/cap/{identifier}.xml",
    response_class=Response,
    responses={**NOT_FOUND, **documented({"type": "string"}, "An alert, signed.", CAP)},
)
def get_alert(
    request: Request,
    identifier: Annotated[str, Path(pattern=IDENTIFIER, description="The alert's identifier.")],
    ask: Nothing,
) -> Response:
    """One alert as CAP 1.2, signed with XML-DSig."""
    book: Book = request.app.state.events
    signer: Signer | None = request.app.state.signer
    body = None if signer is None else book.alert(signer.outlet, identifier)
    if signer is None or body is None:
        raise Missing(f"no alert has the identifier {identifier!r}; /feeds/cap.atom lists them")
    try:
        return Response(signer.sign(body), media_type=CAP)
    except PublishError as error:
        raise Missing(f"the alert {identifier!r} cannot be signed now: {error}") from None


def _words(request: Request, ask: AskFeed) -> Words:
    return Words(translator(ask.lang), request.app.state.clock.now())


def _title(words: Words, cameras: Iterable[str], hazard: str, state: str, *, drill: bool) -> str:
    title = f"{words.name(hazard)}: {words.say(', ').join(cameras)} ({words.life(state)})"
    return f"{words.say('Drill, not real')}: {title}" if drill else title


def _feed(address: str, title: str) -> etree._Element:
    return MAKE.feed(
        MAKE.id(address),
        MAKE.title(f"Landwatch: {title}"),
        MAKE.link(rel="self", href=address, type=ATOM),
        MAKE.author(MAKE.name("Landwatch")),
    )


def _entry(
    *,
    name: str,
    title: str,
    updated: datetime,
    published: datetime,
    link: tuple[str, str],
    terms: Iterable[str],
) -> etree._Element:
    # What XML cannot hold may be in a title that a user gave.
    shown = "".join(one for one in title if one.isprintable())
    return MAKE.entry(
        MAKE.id(uuid.uuid5(uuid.NAMESPACE_URL, name).urn),
        MAKE.title(shown),
        MAKE.updated(iso(updated)),
        MAKE.published(iso(published)),
        MAKE.link(rel="alternate", href=link[0], type=link[1]),
        *(MAKE.category(term=term) for term in terms),
        MAKE.summary(shown),
    )


def _answer(request: Request, feed: etree._Element, newest: datetime | None, match: str | None) -> Response:
    # A feed must say when it changed; one without entries never has.
    feed.append(MAKE.updated("1970-01-01T00:00:00Z" if newest is None else iso(newest)))
    content: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if match is not None and tag in (part.strip() for part in match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=ATOM, headers=headers)
