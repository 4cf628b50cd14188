"""Brings the catalogues up to date with the texts of the code and the templates.

Run it after changing a text, then translate what it says is missing in `src/landwatch/i18n/*.po`. With
`--check` it changes nothing and exits 1 if a catalogue is not up to date or not complete.

Texts come from calls of `say`, `N_`, `plural` and `_` in code and templates; names of checks,
quantities and hazards from what the rooms hold; and sentences of findings from the checks' own source, where
each value that a sentence holds is written {}.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from landwatch import rooms
from landwatch.decide._defaults import DEFAULTS
from landwatch.i18n import ENGLISH, HOLE, LANGUAGES

SOURCE = Path(__file__).resolve().parents[1] / "src/landwatch"
FOLDER = SOURCE / "i18n"

HAZARDS = ("smoke", "flood", "landslide", "fog", "snow", "ice")
"""Hazards that rules name; others are shown by their own names."""

SPEAKING = {"detail", "words"}
"""Names under which checks put their sentences."""

HEAD = """\
msgid ""
msgstr ""
"Project-Id-Version: Landwatch\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def texts() -> Iterator[str | tuple[str, ...]]:
    """Yield every msgid, and for counts the pair of singular and plural."""
    found = extract_from_dir(
        SOURCE,
        method_map=[("**/templates/**.html", "jinja2"), ("**.py", "python")],
        keywords={"_": None, "N_": None, "say": None, "plural": (1, 2)},
        options_map={"**/templates/**.html": {"encoding": "utf-8"}},
    )
    for _, _, message, _, _ in found:
        yield message
    yield from names()
    yield from sentences()
    yield ", "


def names() -> Iterator[str]:
    """Yield what checks, quantities and hazards are called in English."""
    for module in rooms.modules("measure").values():
        yield from (quantity.title for quantity in module.QUANTITIES)
        for shape in getattr(module, "SHAPES", ()):
            yield from (shape.title, shape.columns)
    hazards = {*HAZARDS, *(rule.hazard for rule in DEFAULTS)}
    for name in (*rooms.modules("diagnose"), *hazards):
        yield name.replace("_", " ").replace("-", " ")


def sentences() -> Iterator[str]:
    """Yield the sentences that checks say, from their source."""
    for path in sorted((SOURCE / "diagnose").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for said in _said(node):
                yield from _patterns(said)


def _said(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Name) and to.id in SPEAKING for to in node.targets
    ):
        yield node.value
    if isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg in SPEAKING)
        if isinstance(node.func, ast.Name) and node.func.id == "unknown":
            yield from node.args[:1]


def _patterns(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.IfExp):
        yield from _patterns(said.body)
        yield from _patterns(said.orelse)
    elif isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value:
        yield said.value
    elif isinstance(said, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in said.values)
        for part in said.values:
            if isinstance(part, ast.FormattedValue):
                yield from _words(part.value)


def _words(value: ast.expr) -> Iterator[str]:
    """Yield the words that a sentence chooses from, such as "up" and "down"."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def updated(language: str) -> tuple[str, list[str]]:
    """Return the text of a catalogue as it should be, and the msgids that it does not translate."""
    path = FOLDER / f"{language.replace('-', '_')}.po"
    locale = language.replace("-", "_")
    old = (
        read_po(io.StringIO(path.read_text(encoding="utf-8")), locale=locale)
        if path.exists()
        else Catalog(locale)
    )
    new = Catalog(locale=locale)
    missing = []
    for text in sorted({text for text in texts() if text}, key=str):
        known = old.get(text[0] if isinstance(text, tuple) else text)
        done = known is not None and bool(_filled(known))
        new.add(text, string=known.string if known is not None and done else None)
        if not done:
            missing.append(str(text))
    out = io.BytesIO()
    write_po(out, new, width=100, omit_header=True, sort_output=True, no_location=True)
    return HEAD.format(language=locale) + out.getvalue().decode("utf-8").lstrip(), missing


def _filled(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def main() -> int:
    """Bring the catalogues up to date, or with --check only say whether they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something is to do")
    only_check = parser.parse_args().check
    to_do = False
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        path = FOLDER / f"{language.replace('-', '_')}.po"
        text, missing = updated(language)
        for message in missing:
            print(f"{path.name}: not translated: {message}")
        stale = path.read_text(encoding="utf-8") != text
        if stale and only_check:
            print(f"{path.name}: not up to date; run scripts/messages.py")
        elif stale:
            path.write_text(text, encoding="utf-8")
        to_do = to_do or bool(missing) or (stale and only_check)
    return 1 if to_do else 0


if __name__ == "__main__":
    sys.exit(main())
