"""Reads the options of a request: `$filter`, `$expand` with options of its own, `$select` and the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from landwatch.web.sta.faults import Wrong
from landwatch.web.sta.model import RELATIONS
from landwatch.web.sta.tree import Node, parse

__all__ = ["OPTIONS", "Question", "most", "read"]

OPTIONS = (
    "$filter", "$expand", "$select", "$orderby", "$top", "$skip", "$count", "$resultFormat", "$skiptoken",
)  # fmt: skip
"""All that may be asked."""

PAGE = 100
"""Entities of one answer, where no number is asked for. [1]"""

MOST = 1000
"""Entities of one answer. [1]"""

MOST_OBSERVATIONS = 10_000
"""Observations of one answer: a day of one series at 10 s. [1]"""

MOST_DEPTH = 4
"""Of expansions within expansions. [1]"""

MOST_SKIP = 1_000_000
"""Rows that are read only to be left out; following @iot.nextLink costs nothing. [1]"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one list, or of one entity."""

    entity: str
    filter: Node | None = None
    orderby: tuple[tuple[Node, bool], ...] = ()
    """What to sort by, and whether from the greatest down."""
    select: tuple[str, ...] | None = None
    expand: Mapping[str, Question] = field(default_factory=dict)
    top: int = PAGE
    skip: int = 0
    count: bool = False
    is_array: bool = False
    token: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict)
    """The options as they came, for the link to the next page."""


def most(entity: str) -> int:
    """Return how many entities one answer holds at most."""
    return MOST_OBSERVATIONS if entity == "Observations" else MOST


def read(entity: str, options: Iterable[tuple[str, str]], properties: frozenset[str]) -> Question:
    """Return the question that the options of an address ask of an entity set.

    Args:
        entity: the set.
        options: names and values, decoded.
        properties: what `$select` may name at the outermost list.

    Raises:
        Wrong: naming the option and what is allowed.
    """
    question = _read(entity, options, depth=0)
    for name in question.select or ():
        if name.partition("/")[0] not in properties | set(RELATIONS[entity]) | {
            "@iot.id",
            "id",
            "@iot.selfLink",
        }:
            allowed = ", ".join(sorted(properties | set(RELATIONS[entity]) | {"@iot.id"}))
            raise Wrong(f"$select: no property {name!r}; there are: {allowed}")
    return question


def _read(entity: str, options: Iterable[tuple[str, str]], depth: int) -> Question:
    question = Question(entity)
    raw: dict[str, str] = {}
    for name, value in options:
        if name not in OPTIONS:
            raise Wrong(f"no option called {name!r}; there are: {', '.join(OPTIONS)}")
        if name in raw:
            raise Wrong(f"{name} is there twice; say it once")
        raw[name] = value
        question = _with(question, name, value.strip(), depth)
    return replace(question, raw=raw)


def _with(question: Question, name: str, value: str, depth: int) -> Question:
    entity = question.entity
    if name == "$filter":
        return replace(question, filter=parse(value, name))
    if name == "$orderby":
        return replace(question, orderby=tuple(_sorting(item) for item in _split(value, ",")))
    if name == "$select":
        named = tuple(part.strip() for part in value.split(","))
        if not all(named):
            raise Wrong("$select: names of properties, with commas between them")
        return replace(question, select=named)
    if name == "$expand":
        return replace(question, expand=_expansions(entity, value, depth))
    if name == "$top":
        return replace(question, top=min(_whole(name, value, 2**53), most(entity)))
    if name == "$skip":
        return replace(question, skip=_whole(name, value, MOST_SKIP))
    if name == "$count":
        if value not in ("true", "false"):
            raise Wrong(f"$count is true or false, not {value!r}")
        return replace(question, count=value == "true")
    if name == "$resultFormat":
        if value != "dataArray" or entity != "Observations" or depth:
            raise Wrong("$resultFormat: there is dataArray alone, for lists of Observations")
        return replace(question, is_array=True)
    return replace(question, token=value)


def _whole(name: str, value: str, greatest: int) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 16 or int(value) > greatest:
        raise Wrong(f"{name} is a whole number from 0 to {greatest}, not {value[:20]!r}")
    return int(value)


def _sorting(item: str) -> tuple[Node, bool]:
    words, _, direction = item.strip().rpartition(" ")
    if direction.lower() in ("asc", "desc") and words:
        return parse(words, "$orderby"), direction.lower() == "desc"
    return parse(item, "$orderby"), False


def _expansions(entity: str, value: str, depth: int) -> dict[str, Question]:
    if depth >= MOST_DEPTH:
        raise Wrong(f"$expand: at most {MOST_DEPTH} within one another; ask in parts")
    asked: dict[str, list[tuple[str, str]]] = {}
    for item in _split(value, ","):
        path, _, rest = item.strip().partition("(")
        if rest and not rest.endswith(")"):
            raise Wrong(f"$expand: no ')' at the end of {item.strip()[:40]!r}")
        options = [_option(part) for part in _split(rest[:-1], ";")] if rest[:-1].strip() else []
        nav, _, further = path.strip().partition("/")
        if nav not in RELATIONS[entity]:
            raise Wrong(f"$expand: nothing called {nav!r} there; there are: {', '.join(RELATIONS[entity])}")
        if further:
            inner = f"{further}({rest}" if rest else further
            options = [("$expand", inner)]
        known = asked.setdefault(nav, [])
        for name, words in options:
            before = next((at for at, (other, _) in enumerate(known) if other == name == "$expand"), None)
            if before is None:
                known.append((name, words))
            else:
                known[before] = (name, f"{known[before][1]},{words}")
    return {nav: _read(RELATIONS[entity][nav].entity, options, depth + 1) for nav, options in asked.items()}


def _option(part: str) -> tuple[str, str]:
    name, mark, value = part.partition("=")
    if not mark:
        raise Wrong(f"$expand: {part[:40]!r} is no option, such as $top=1; they stand with ; between them")
    return name.strip(), value


def _split(words: str, mark: str) -> Iterator[str]:
    """Yield what stands between marks that are neither in brackets nor in a text."""
    start = depth = 0
    is_text = False
    for at, letter in enumerate(words):
        if letter == "'":
            is_text = not is_text
        elif is_text:
            continue
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and depth == 0:
            yield words[start:at]
            start = at + 1
    yield words[start:]
