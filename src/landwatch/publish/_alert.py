"""What an alert says to people, in one language: the same words by mail, in chat and in CAP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landwatch.i18n import Translator

__all__ = ["hazard", "headline", "sentences"]


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


STATES: Mapping[str, str] = {
    "open": N_("{hazard} at {camera}, not yet looked at"),
    "acknowledged": N_("{hazard} at {camera}, is being looked at"),
    "confirmed": N_("{hazard} at {camera}, confirmed"),
    "dismissed": N_("False alarm: {hazard} at {camera}"),
    "closed": N_("Over: {hazard} at {camera}"),
    "merged": N_("{hazard} at {camera} is followed as another event"),
}

ACTS: Mapping[str, str] = {
    "escalate": N_("Nobody has acknowledged this yet."),
    "repeat": N_("Nobody has acknowledged this yet."),
    "renew": N_("Nothing has changed; this only renews the alert."),
    "reopen": N_("It was put aside and is open again."),
}

STATUS: Mapping[str, str] = {"Exercise": N_("EXERCISE, not real"), "Test": N_("TEST, not real")}
"""How what is not actual begins."""

SURE: Mapping[str, str] = {
    "Observed": N_("Observed."),
    "Likely": N_("Measured from pictures; likely."),
    "Possible": N_("Seen in pictures by a program; possible, and to be looked at by a person."),
    "Unlikely": N_("A person has looked: it is not so."),
}


def hazard(body: Mapping[str, Any], say: Translator) -> str:
    """Return what the hazard is called."""
    word = say(str(body["hazard"]).replace("_", " "))
    return word[:1].upper() + word[1:]


def headline(body: Mapping[str, Any], say: Translator) -> str:
    """Return one line that says what is where and how it stands; what is not actual says so first."""
    cameras = say(", ").join(str(camera["title"]) for camera in body["cameras"])
    form = STATES[body["state"]]
    words = say(form, hazard=hazard(body, say), camera=cameras)
    status = STATUS.get(body["status"])
    return f"{say(status)}: {words}" if status else words


def sentences(body: Mapping[str, Any], say: Translator) -> list[str]:
    """Return what more there is to say, a sentence each."""
    told = [say("Since: {time}", time=body["opened"])]
    for words in (ACTS.get(body["act"]), SURE.get(body["certainty"])):
        if words is not None:
            told.append(say(words))
    if body["cause"]:
        told.append(say("It was: {cause}", cause=say(str(body["cause"]).replace("_", " "))))
    if body["into"]:
        told.append(say("Followed as: {event}", event=body["into"]))
    if body["note"]:
        told.append(say("Note: {note}", note=body["note"]))
    return told
