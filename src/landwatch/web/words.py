"""Says states, names, numbers, units and times for people, in one language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import (
    NumberPattern,
    format_percent,
    get_decimal_symbol,
    get_minus_sign_symbol,
    parse_pattern,
)
from markupsafe import Markup, escape

from landwatch import rooms
from landwatch.alert import WolfPlace
from landwatch.clock import iso
from landwatch.i18n import ENGLISH, Translator
from landwatch.upkeep.rates import RateName
from landwatch.web.states import Cause

__all__ = ["N_", "RATE_TITLES", "SPANS", "Words"]


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


UNITS: Mapping[str, str] = {
    "1": "",
    "Cel": "°C",
    "deg": "°",
    "%": "%",
    "m3/s": "m³/s",
    "m2": "m²",
    "km2": "km²",
    "um": "µm",
    "{px}": "px",
    "mm/d": "mm/d",
    "deg/s": "°/s",
}
"""UCUM codes that people write otherwise; others are shown as they are, without UCUM's braces.

Symbols of the SI are the same in every language, so none is translated; what is a word is (`SPANS`)."""

SPANS: Mapping[str, str] = {
    "s": N_("{n} s"),
    "min": N_("{n} min"),
    "h": N_("{n} h"),
    "h_min": N_("{n} h {m} min"),
    "d": N_("{n} d"),
}
"""Lengths of time; the page's script has them too and keeps ages up to date with them."""

ABSENT: Mapping[str, str] = {
    "night": N_("night"),
    "moved": N_("the view has moved"),
    "masked": N_("the region is masked"),
    "fog": N_("fog"),
    "dark": N_("too dark"),
    "warming": N_("too few earlier pictures"),
    "bare": N_("too little structure to tell"),
    "failed": N_("the instrument failed"),
    "withheld": N_("the picture was withheld"),
    "camera": N_("the camera is not well"),
}

OUTAGES: Mapping[str, str] = {
    "refused": N_("the camera refuses connections"),
    "timeout": N_("the camera does not answer in time"),
    "auth": N_("the camera does not accept the password"),
    "protocol": N_("the camera answers what cannot be understood"),
    "ended": N_("the camera ended the stream"),
    "missing": N_("there is nothing at the camera's address"),
}

REASONS: Mapping[str, str] = {
    "model": N_("the detector is missing or not the right one"),
    "self-test": N_("the detector failed its self-test"),
    "failed": N_("removal failed"),
    "time-out": N_("removal took too long"),
    "night": N_("too dark for removal to be trusted"),
    "share": N_("too much of the picture would have to be removed"),
}

STATE: Mapping[str, str] = {
    "good": N_("good"),
    "doubtful": N_("doubtful"),
    "bad": N_("bad"),
    "unknown": N_("unknown"),
}

EVENT: Mapping[str, str] = {"opened": N_("opened"), "updated": N_("updated"), "closed": N_("closed")}

LIFE: Mapping[str, str] = {
    "open": N_("open"),
    "acknowledged": N_("is being looked at"),
    "confirmed": N_("confirmed"),
    "dismissed": N_("false alarm"),
    "closed": N_("closed"),
    "merged": N_("part of another event"),
}
"""How events stand."""

DEEDS: Mapping[str, str] = {
    "open": N_("opened"),
    "update": N_("updated"),
    "over": N_("no longer seen"),
    "acknowledge": N_("look at it"),
    "confirm": N_("confirm"),
    "dismiss": N_("dismiss as false alarm"),
    "close": N_("close"),
    "reopen": N_("open again"),
    "merge": N_("join with another event"),
    "split": N_("part from the other event"),
    "hand_over": N_("hand over"),
    "note": N_("add a note"),
}

ROLES: Mapping[str, str] = {
    "duty": N_("desk on duty"),
    "expert": N_("expert"),
    "authority": N_("authority"),
    "pictures": N_("the pictures"),
    "clock": N_("Landwatch"),
}

CAUSES: Mapping[str, str] = {
    "cloud": N_("cloud"),
    "fog": N_("fog"),
    "dust": N_("dust"),
    "steam": N_("steam"),
    "chimney": N_("chimney"),
    "glint": N_("glint"),
    "lights": N_("lights"),
    "rain": N_("rain"),
    "shadow": N_("shadow"),
    "insects": N_("insects"),
    "permitted_fire": N_("permitted fire"),
    "waves": N_("waves"),
    "plants": N_("plants"),
    "camera": N_("camera"),
    "test": N_("test"),
    "other": N_("other"),
}
"""Why what was seen is not the hazard."""

BLIND: Mapping[str, str] = {**ABSENT, "stale": N_("no picture comes")}
"""Why a camera cannot see a hazard; a check that is bad goes by its own name."""

STATUS: Mapping[str, str] = {
    "cleared": N_("cleared"),
    "withheld": N_("withheld"),
    "forgotten": N_("no usable picture"),
}

BRIEF: Mapping[str, str] = {
    "never": N_("nothing yet"),
    "late": N_("late"),
    "withheld": N_("withheld"),
    "forgotten": N_("unusable"),
    "outage": N_("no connection"),
}

RATE_TITLES: Mapping[RateName, str] = {
    "online": N_("online"),
    "good": N_("in good condition"),
    "completeness": N_("pictures that came"),
    "delay": N_("delay"),
    "in_time": N_("mended in time"),
    "on_target": N_("on target"),
    "repair": N_("time to repair"),
}

SHOWN: tuple[RateName, ...] = ("online", "good", "completeness")
"""Rates that fit into a line; the page of rates has the others."""

WORK: Mapping[str, str] = {
    "open": N_("open"),
    "assigned": N_("given to somebody"),
    "acknowledged": N_("acknowledged"),
    "on_hold": N_("on hold"),
    "done": N_("said to be done"),
    "verified": N_("verified"),
    "cancelled": N_("cancelled"),
    "assign": N_("give to"),
    "acknowledge": N_("acknowledge"),
    "hold": N_("put on hold"),
    "resume": N_("go on"),
    "verify": N_("verify"),
    "reopen": N_("open again"),
    "cancel": N_("cancel"),
    "note": N_("add a note"),
    "escalate": N_("overdue"),
    "maintainer": N_("maintainer"),
    "manager": N_("manager"),
    "inspector": N_("inspector"),
    "visitor": N_("somebody at the pole"),
    "pictures": N_("the pictures"),
    "clock": N_("Landwatch"),
    "urban": N_("urban"),
    "rural": N_("rural"),
    "unknown": N_("unknown"),
    "no_picture": N_("no picture"),
    "unusable": N_("unusable"),
    "stall": N_("many cameras without pictures"),
    "report": N_("reported from the pole"),
    "planned": N_("planned"),
    "active": N_("active"),
    "maintenance": N_("in maintenance"),
    "retired": N_("retired"),
}
"""States, acts, roles and causes of work orders, and what registers say of sites and cameras."""

TIME_FROM: Mapping[str, str] = {
    "exif": N_("time from the picture's file"),
    "name": N_("time from the file's name"),
    "given": N_("time as given"),
    "clock": N_("time of arrival"),
}


class Words:
    """What templates call to say things at the time `now`, with numbers and dates as `tag` writes them.

    A number that is to be read by people comes from here; what machines read is written as it is.
    """

    def __init__(self, translator: Translator, now: datetime, tag: str = "") -> None:
        self.say = translator
        self.language = translator.language
        self.tag = tag or translator.language
        self.now = now
        self._locale, self._signs = _writing(self.tag)

    def text(self, message: str, /, **values: object) -> Markup:
        """Return `message` in this language for a page: it and its values are escaped but for markup."""
        return Markup(escape(self.say(message))).format(**self._written(values))

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Return `one` or `many` for a count, in this language."""
        return self.say.plural(one, many, count, **self._written({"count": count, **values}))

    def _written(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values of a sentence, counts among them as they are written."""
        return {key: self.count(value) if type(value) is int else value for key, value in values.items()}

    def span(self, length: timedelta) -> str:
        """Return a length of time in its one or two largest units, such as 2 h 5 min."""
        seconds = max(0, int(length.total_seconds()))
        if seconds < 60:
            return self._length("s", n=seconds)
        if seconds < 3600:
            return self._length("min", n=seconds // 60)
        if seconds < 86_400:
            hours, minutes = seconds // 3600, seconds % 3600 // 60
            return self._length("h_min" if minutes else "h", n=hours, m=minutes)
        return self._length("d", n=seconds // 86_400)

    def _length(self, form: str, **values: int) -> str:
        return self.say(SPANS[form], **self._written(values))

    def age(self, moment: datetime) -> Markup:
        """Return how long ago a time was, as an element that the page keeps up to date."""
        text = escape(self.span(self.now - moment))
        return Markup('<time class="span" datetime="{}">{}</time>').format(iso(moment), text)

    def moment(self, moment: datetime) -> Markup:
        """Return a time in UTC, as an element that the page shows in the reader's zone."""
        day = "" if moment.date() == self.now.date() else f"{self.day(moment)} "
        # Twenty-four hours everywhere: on a desk at night, 1:30 is not to be taken for 13:30.
        return Markup('<time class="moment" datetime="{}">{}{} UTC</time>').format(
            iso(moment), day, moment.strftime("%H:%M:%S")
        )

    def day(self, day: date) -> str:
        """Return a day, without its year if that is this year."""
        form = "MMMd" if day.year == self.now.year else "yMMMd"
        return str(format_skeleton(form, day, locale=self._locale))

    def state(self, state: str) -> str:
        """Return the word for a state of a camera."""
        return self.say(STATE[state])

    def event_state(self, state: str) -> str:
        """Return the word for a state of an event."""
        return self.say(EVENT[state])

    def life(self, state: str) -> str:
        """Return the word for how an event stands."""
        return self.say(LIFE[state])

    def deed(self, act: str) -> str:
        """Return the words for an act in the life of an event."""
        return self.say(DEEDS[act])

    def role(self, role: str) -> str:
        """Return the words for who acts, or the name of a desk."""
        return self.say(ROLES[role]) if role in ROLES else role

    def work(self, word: str) -> str:
        """Return what a state, act, role or cause of a work order is called, or a word of a register."""
        return self.say(WORK[word]) if word in WORK else self.name(word)

    def lately(self) -> list[tuple[RateName, str]]:
        """Return the rates that fit into a line, with their titles."""
        return [(name, self.say(RATE_TITLES[name])) for name in SHOWN]

    def why_not(self, cause: str) -> str:
        """Return what was taken for a hazard."""
        return self.say(CAUSES[cause])

    def place(self, place: WolfPlace) -> str:
        """Return how often a place of the picture has cried wolf, and why."""
        hours = self.plural("{count} hour", "{count} hours", place.hours)
        if not place.dismissed:
            return hours
        causes = ", ".join(self.why_not(cause) for cause in place.causes)
        times = self.plural("dismissed {count} time", "dismissed {count} times", place.dismissed)
        return f"{hours}; {times} ({causes})"

    def blind(self, why: str) -> str:
        """Return why a camera cannot see a hazard."""
        return self.say(BLIND[why]) if why in BLIND else self.name(why)

    def status(self, status: str) -> str:
        """Return the word for what became of a frame."""
        return self.say(STATUS[status])

    def time_from(self, origin: str) -> str:
        """Return where a capture time came from."""
        return self.say(TIME_FROM[origin])

    def quantity(self, name: str) -> str:
        """Return the title that an instrument gives its quantity."""
        title = _titles().get(name)
        return self.say(title) if title else self.name(name)

    def name(self, name: str) -> str:
        """Return what a check, hazard or flag is called: `river_level` is River level."""
        words = self.say(name.replace("_", " ").replace("-", " "))
        return words[:1].upper() + words[1:]

    def absent(self, absence: str) -> str:
        """Return why there is no value."""
        return self.say(ABSENT.get(absence, absence))

    def reason(self, reason: str | None) -> Markup:
        """Return why a picture was withheld or forgotten."""
        return self.detail(REASONS.get(reason or "", reason or ""))

    def outage(self, kind: str) -> str:
        """Return what an outage is, in plain words."""
        return self.say(OUTAGES.get(kind, kind))

    def detail(self, text: str) -> Markup:
        """Return a sentence of another room; marked as English where it has no translation."""
        said = self.say.sentence(text)
        if said == text and self.language != ENGLISH and text.isascii():
            return Markup('<span lang="en">{}</span>').format(text)
        return escape(said)

    def unit(self, unit: str) -> str:
        """Return a UCUM unit as people write it."""
        return UNITS.get(unit, unit.strip("{}[]"))

    def number(self, value: float, sigma: float | None = None) -> str:
        """Return a number to the place that its uncertainty bears out, or to four digits without one."""
        if sigma is not None and 0 < sigma < math.inf:
            places = max(0, 1 - math.floor(math.log10(sigma)))
            return self.fixed(value, min(places, 8))
        return self.fixed(value, 0) if 1000 <= abs(value) < 1e7 else f"{value:.4g}".translate(self._signs)

    def fixed(self, value: float, places: int) -> str:
        """Return a number with so many decimal places."""
        if abs(value) < 999:
            # Most readings: they have no groups, and plots have thousands of them.
            return f"{value:z.{places}f}".translate(self._signs)
        return str(_pattern(self._locale, places, places).apply(value, self._locale))

    def count(self, value: float) -> str:
        """Return a count, or a sum of what was counted, in full but for more than three decimal places."""
        return str(_pattern(self._locale, 0, 3).apply(value, self._locale))

    def percent(self, ratio: float, places: int = 2) -> str:
        """Return a ratio as a percentage."""
        pattern = self._locale.percent_formats[None]
        shape = pattern.pattern.replace("0", f"0.{'0' * places}" if places else "0", 1)
        return str(format_percent(ratio, shape, locale=self._locale))

    def measured(self, value: float, sigma: float | None, unit: str) -> str:
        """Return a value with its uncertainty and unit, such as 1.20 ± 0.05 m."""
        spread = f" ± {self.number(sigma, sigma)}" if sigma else ""
        shown = self.unit(unit)
        gap = "" if shown in ("", "%", "°") else " "
        return f"{self.number(value, sigma)}{spread}{gap}{shown}"

    def degrees(self, angle: float, places: int = 4) -> str:
        """Return a latitude or longitude, to ten metres if not told otherwise."""
        return f"{self.fixed(angle, places)}°"

    def brief(self, cause: Cause) -> str:
        """Return one reason for a camera's state in a word or two, for a small tile."""
        return self.name(cause.word) if cause.kind == "check" else self.say(BRIEF[cause.kind])

    def cause(self, cause: Cause) -> str:
        """Return one reason for a camera's state, in a few words."""
        if cause.kind == "never":
            return self.say("no picture has come yet")
        if cause.kind == "late" and cause.since is not None:
            return self.say("no picture for {span}", span=self.span(self.now - cause.since))
        if cause.kind == "withheld":
            return self.say("the newest picture was withheld")
        if cause.kind == "forgotten":
            return self.say("the newest frame was no usable picture")
        if cause.kind == "outage":
            return self.outage(cause.word)
        return self.name(cause.word)


@cache
def _writing(tag: str) -> tuple[Locale, dict[int, str]]:
    """Return how a place writes, and what takes the place of the signs in a number of Python."""
    locale = Locale.parse(tag, sep="-")
    signs = {".": get_decimal_symbol(locale), "-": get_minus_sign_symbol(locale)}
    return locale, str.maketrans(signs)


@cache
def _pattern(locale: Locale, least: int, most: int) -> NumberPattern:
    """Return a place's pattern of numbers, with so many decimal places at least and at most."""
    whole = locale.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(f"{whole}.{'0' * least}{'#' * (most - least)}")


@cache
def _titles() -> Mapping[str, str]:
    """Return the English titles of quantities by their names, as their instruments give them."""
    return {name: quantity.title for name, quantity in rooms.quantities().items()}
