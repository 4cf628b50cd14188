"""Outlet: tells desks by e-mail, chat or webhook, through Apprise.

A step of a work order goes to the desk that it names: to an e-mail address by way of the mail server in
`mail`, to an Apprise URL as it is. Changes of events, or alerts of the notices that name the outlet, go to
`url`. Apprise cannot tell a receiver that a
message came before: one that was sent as the process died is sent again.

References:
    [1] Apprise, "Universal Syntax" of its URLs, github.com/caronc/apprise/wiki.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import apprise

from landwatch.config import Secret
from landwatch.errors import ConfigError, PublishError
from landwatch.i18n import ENGLISH, LANGUAGES, Translator, translator
from landwatch.publish._alert import headline, sentences
from landwatch.types import Message

__all__ = ["Settings", "deliver"]

# Apprise says on its own log where it sends what; whom Landwatch tells is nobody else's business.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


ACTS: Mapping[str, str] = {
    "open": N_("Work order {order} was opened"),
    "assign": N_("Work order {order} is yours"),
    "acknowledge": N_("Work order {order} was acknowledged"),
    "hold": N_("Work order {order} is on hold"),
    "resume": N_("Work order {order} goes on"),
    "done": N_("Work order {order} is said to be done"),
    "verify": N_("Work order {order} is verified"),
    "reopen": N_("Work order {order} is open again"),
    "cancel": N_("Work order {order} was cancelled"),
    "note": N_("Work order {order} has a new note"),
    "escalate": N_("Work order {order} is overdue"),
}

EVENTS: Mapping[str, str] = {
    "opened": N_("An event has begun: {hazard} at {camera}"),
    "updated": N_("An event has changed: {hazard} at {camera}"),
    "closed": N_("An event is over: {hazard} at {camera}"),
}

DEEDS: Mapping[str, str] = {
    "open": N_("Somebody has opened an event: {hazard} at {camera}"),
    "acknowledge": N_("An event is being looked at: {hazard} at {camera}"),
    "confirm": N_("An event is confirmed: {hazard} at {camera}"),
    "dismiss": N_("An event was a false alarm: {hazard} at {camera}"),
    "close": N_("An event was closed: {hazard} at {camera}"),
    "reopen": N_("An event is open again: {hazard} at {camera}"),
    "merge": N_("An event is the same as another one: {hazard} at {camera}"),
    "split": N_("An event is on its own again: {hazard} at {camera}"),
    "hand_over": N_("An event was handed over: {hazard} at {camera}"),
    "note": N_("An event has a new note: {hazard} at {camera}"),
}
"""What people did about an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """By which ways desks are told."""

    mail: Secret | None = None
    """Apprise URL of a mail server, such as mailtos://USER:PASSWORD@HOST?from=ADDRESS, for desks that have an
    e-mail address."""
    url: Secret | None = None
    """Apprise URL that is told of events."""
    language: str = ENGLISH
    """Of what is written: en or zh-CN."""

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"language = {self.language!r}: allowed are {', '.join(LANGUAGES)}")
        for key in ("mail", "url"):
            secret: Secret | None = getattr(self, key)
            if secret is None:
                continue
            plugin = apprise.Apprise.instantiate(secret.reveal().get_secret_value())
            if plugin is None or (key == "mail" and plugin.secure_protocol != "mailtos"):
                raise ValueError(f"{key}: this is no Apprise URL{' of mail' if key == 'mail' else ''}")


async def deliver(message: Message, settings: Settings) -> None:
    """Tell the desk that a message names.

    Raises:
        PublishError: if it could not be told; the text names neither address nor password.
    """
    body: dict[str, Any] = json.loads(message.body)
    say = translator(settings.language)
    title, text = WRITERS[message.kind](body, say)
    desk = message.lane if message.kind == "order" else "url"
    plugin = apprise.Apprise.instantiate(_address(body, settings, desk))
    if plugin is None:
        raise PublishError(f"the contact of {desk} is no Apprise URL; correct it in its register")
    if not await asyncio.to_thread(plugin.notify, body=text, title=title):
        raise PublishError(f"{desk} could not be told by {plugin.service_name}")


def _address(body: Mapping[str, Any], settings: Settings, desk: str) -> str:
    """Return the Apprise URL for a message."""
    to = str(body.get("to", ""))
    secret = settings.url if not to else settings.mail if "://" not in to else None
    if to and "://" in to:
        return to
    if secret is None:
        key = "mail" if to else "url"
        raise PublishError(f"{desk} cannot be told: the outlet has no {key}; write {key} = {{ env = ... }}")
    try:
        url = secret.reveal().get_secret_value()
    except ConfigError as error:
        raise PublishError(str(error)) from None
    return f"{url}{'&' if '?' in url else '?'}to={quote(to, safe='')}" if to else url


def _order(body: Mapping[str, Any], say: Translator) -> tuple[str, str]:
    """Return title and text of a step of a work order."""
    head = say(ACTS.get(body["act"], ACTS["note"]), order=body["order"])
    cause = say(str(body["cause"]).replace("_", " "))
    lines = [
        say("What: {cause}", cause=cause),
        say("Where: {subject}", subject=body["subject"] or say("all cameras")),
        say("Since: {time}", time=body["opened"]),
    ]
    if body["detail"]:
        lines.append(say.sentence(body["detail"]))
    if body["respond_by"]:
        lines.append(say("To be acknowledged by: {time}", time=body["respond_by"]))
    if body["repair_by"]:
        lines.append(say("To be mended by: {time}", time=body["repair_by"]))
    if body["note"]:
        lines.append(say("Note: {note}", note=body["note"]))
    return f"{head}: {cause}", "\n".join(lines)


def _event(body: Mapping[str, Any], say: Translator) -> tuple[str, str]:
    """Return title and text of a change of an event."""
    hazard = say(str(body["hazard"]).replace("_", " "))
    words = DEEDS[body["act"]] if "act" in body else EVENTS[body["state"]]
    title = say(words, hazard=hazard, camera=body["camera"])
    if body.get("drill"):
        title = f"{say('EXERCISE, not real')}: {title}"
    return title, say("Since: {time}", time=body["opened"])


def _alert(body: Mapping[str, Any], say: Translator) -> tuple[str, str]:
    """Return title and text of an alert."""
    lines = sentences(body, say)
    return headline(body, say), "\n".join([*lines, *([body["url"]] if body["url"] else [])])


WRITERS: Mapping[str, Callable[[Mapping[str, Any], Translator], tuple[str, str]]] = {
    "order": _order,
    "event": _event,
    "alert": _alert,
}
"""Who writes what a message is about."""
