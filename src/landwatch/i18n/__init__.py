"""Says Landwatch's words in the reader's language.

The msgid is the English sentence. Catalogues are gettext `.po` files in this folder, compiled in memory
when first asked for, so that no binary file is kept. Three kinds of text are translated: sentences of the
pages and commands (`translator(...)(msgid, **values)`), counts (`.plural`), and English sentences that
other rooms made with values in them, such as a finding's detail (`.sentence`), which are found again by
their pattern.

The language is not all: English is read in places that write 1,234.5 and 1.234,5. `localise` says in which
way numbers and dates are written, by the place that the reader's browser names.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from babel import localedata
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

__all__ = ["ENGLISH", "LANGUAGES", "Translator", "choose", "localise", "translator"]

ENGLISH = "en"

LANGUAGES: Mapping[str, str] = {"en": "English", "zh-CN": "简体中文"}
"""BCP 47 tag, and what the language calls itself. Each but English has a catalogue here."""

TERRITORY = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2}|[0-9]{3})(?:-|$)", re.IGNORECASE)
"""The part of a BCP 47 tag that names a place."""

HOLE = "{}"
"""Stands in a msgid for a value that another room put into its sentence."""


class Translator:
    """Text in one language."""

    def __init__(
        self, language: str, catalogue: gettext.NullTranslations, msgids: Iterable[str] = ()
    ) -> None:
        self.language = language
        self._catalogue = catalogue
        patterns = [msgid for msgid in msgids if HOLE in msgid]
        # The longest first, so that a sentence is not taken for a shorter one that holds it.
        patterns.sort(key=lambda msgid: -len(msgid))
        self._patterns = [(_pattern(msgid), catalogue.gettext(msgid)) for msgid in patterns]

    def __call__(self, message: str, /, **values: object) -> str:
        """Return `message` in this language, with `values` put into its named places."""
        text = self._catalogue.gettext(message) if message else ""
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Return `one` or `many` for a count, which is put into the place {count}, or what stands for it."""
        return self._catalogue.ngettext(one, many, count).format(**{"count": count, **values})

    def sentence(self, english: str) -> str:
        """Return an English sentence in this language, or itself where no pattern fits it."""
        if not english or self.language == ENGLISH:
            return english
        exact = self._catalogue.gettext(english)
        if exact != english:
            return exact
        for pattern, text in self._patterns:
            found = pattern.fullmatch(english)
            if found:
                return text.format(*(self._word(value) for value in found.groups()))
        return english

    def _word(self, value: str) -> str:
        """Return a value of a sentence; if it is a name or a list of names, in this language."""
        names = [self._catalogue.gettext(name) for name in value.split(", ") if name]
        return self._catalogue.gettext(", ").join(names)


def _pattern(msgid: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in msgid.split(HOLE)), re.DOTALL)


@cache
def translator(language: str) -> Translator:
    """Return the translator of a language of `LANGUAGES`.

    Raises:
        KeyError: if there is no such language; `choose` always returns one that there is.
    """
    if language not in LANGUAGES:
        raise KeyError(f"no language {language!r}; there are: {', '.join(LANGUAGES)}")
    if language == ENGLISH:
        return Translator(language, gettext.NullTranslations())
    text = files(__package__).joinpath(f"{language.replace('-', '_')}.po").read_text(encoding="utf-8")
    catalogue = read_po(io.StringIO(text), locale=language.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    msgids = [message.id for message in catalogue if isinstance(message.id, str)]
    return Translator(language, gettext.GNUTranslations(compiled), msgids)


def choose(*wishes: str | None) -> str:
    """Return the language of the first wish that names one, else English.

    Each wish is a tag ("zh", "zh-CN"), a value of the header Accept-Language, or of LANG ("zh_CN.UTF-8").
    """
    for wish in wishes:
        for tag in _ranked(wish or ""):
            for language in LANGUAGES:
                if tag.lower() == language.lower() or _primary(tag) == _primary(language):
                    return language
    return ENGLISH


def localise(language: str, wish: str | None) -> str:
    """Return the BCP 47 tag of how numbers and dates are written for who reads `language`.

    A language whose tag names a place is written as there. Otherwise the first place counts that the wish, a
    value of Accept-Language, names, if the language is written there: English as in Germany for "de-DE, en".
    """
    if "-" in language:
        return language
    for tag in _ranked(wish or ""):
        place = TERRITORY.match(tag)
        if place and localedata.exists(f"{language}_{place[1].upper()}"):
            return f"{language}-{place[1].upper()}"
    return language


def _ranked(wish: str) -> list[str]:
    tags: list[tuple[float, str]] = []
    for part in wish.split(","):
        tag, _, weight = part.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight) if weight else None
        tags.append((float(found[1]) if found else 1.0, tag.strip().partition(".")[0].replace("_", "-")))
    return [tag for quality, tag in sorted(tags, key=lambda pair: -pair[0]) if tag and quality > 0]


def _primary(tag: str) -> str:
    return tag.lower().partition("-")[0]
