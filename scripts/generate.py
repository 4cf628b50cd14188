"""Writes the pages that are made from the code, or with --check says which are not as the code is.

docs/commands.md        from the command line's own help
docs/quantities.md      from the instruments
docs/checks.md          from the camera checks
docs/configuration.md   from the settings
docs/api/openapi.json   from the API
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
import typer.main
from pydantic import BaseModel

from landwatch import config, measure, rooms
from landwatch.cli import app
from landwatch.web import document

DOCS = Path(__file__).resolve().parents[1] / "docs"
NOTE = "<!-- Made by scripts/generate.py from the code; `make docs` writes it anew. -->\n"


def commands() -> str:
    """Return the reference of the command line."""
    lines = [NOTE, "# Commands\n"]
    root = typer.main.get_command(app)
    for path, command in _commands(root, ("landwatch",)):
        context = typer.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        lines.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(lines)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


def quantities() -> str:
    """Return the table of quantities."""
    rows = [
        NOTE,
        "# Quantities\n",
        "Method, paper and settings of each instrument stand below the table. A standard name is one of",
        "the CF convention, or of the WMO where it says so.\n",
        "| quantity | what it is | standard name | unit (UCUM) | least | greatest | instrument | needs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, module in rooms.modules("measure").items():
        for quantity in measure.quantities({name}).values():
            least = "" if quantity.low is None else f"{quantity.low:g}"
            most = "" if quantity.high is None else f"{quantity.high:g}"
            needs = ", ".join(sorted(module.NEEDS))
            rows.append(
                f"| {quantity.name} | {quantity.title} | {quantity.standard_name} | `{quantity.unit}` "
                f"| {least} | {most} | {name}/{module.VERSION} | {needs} |"
            )
    for name, module in rooms.modules("measure").items():
        rows.append(f"\n## {name}\n\n{_method(module)}\n\n{_settings(module)}")
        limits = [f"- {q.name}: {q.limits}" for q in measure.quantities({name}).values() if q.limits]
        if limits:
            rows.append("\nLimits:\n\n" + "\n".join(limits))
    return "\n".join(rows) + "\n"


def checks() -> str:
    """Return the page of camera checks."""
    rows = [NOTE, "# Camera checks\n", "| check | unit (UCUM) | what it looks for |", "| --- | --- | --- |"]
    known = rooms.modules("diagnose")
    for name, module in known.items():
        rows.append(f"| {name} | `{module.UNIT}` | {_summary(module).split('. ')[0].rstrip('.')} |")
    for name, module in known.items():
        rows.append(f"\n## {name}\n\n{_summary(module)}\n\n{_settings(module)}")
    return "\n".join(rows) + "\n"


def _summary(module: ModuleType) -> str:
    doc = inspect.getdoc(module) or ""
    return doc.split("\nReferences:")[0].split("\n\n")[0].replace("\n", " ").strip()


def _method(module: ModuleType) -> str:
    """Return the whole docstring of an instrument, its papers as a list."""
    method, _, papers = (inspect.getdoc(module) or "").partition("\nReferences:\n")
    listed = re.sub(r"^ +\[(\d+)\] ", r"- [\1] ", papers, flags=re.M)
    return method.strip() + (f"\n\nPapers:\n\n{inspect.cleandoc(listed)}" if papers else "")


def _settings(module: ModuleType) -> str:
    fields = dataclasses.fields(module.Settings)
    if not fields:
        return "No settings."
    docs = _field_docs(module.Settings)
    rows = ["| key | default | what it sets |", "| --- | --- | --- |"]
    for entry in fields:
        default = "required" if entry.default is dataclasses.MISSING else f"`{entry.default!r}`"
        rows.append(f"| `{entry.name}` | {default} | {docs.get(entry.name, '')} |")
    return "\n".join(rows)


def configuration() -> str:
    """Return the reference of landwatch.toml."""
    rows = [NOTE, "# Configuration\n", "Every key of `landwatch.toml`. Unknown keys are refused.\n"]
    for title, kind in (
        ("top of the file", config.Config),
        ("[[camera]]", config.Camera),
        ("[camera.place]", config.Place),
        ("[camera.view]", config.Pose),
        ("[[rule]]", config.Rule),
        ("[[outlet]]", config.Outlet),
        ("[store]", config.Store),
        ("[serve]", config.Serve),
        ("[map]", config.Map),
        ("[public]", config.Public),
        ("[limits]", config.Limits),
        ("[upkeep]", config.Upkeep),
    ):
        rows += [
            f"## {title}\n",
            f"{inspect.getdoc(kind)}\n",
            "| key | default | what it sets |",
            "| --- | --- | --- |",
        ]
        rows += _model_rows(kind)
        rows.append("")
    rows.append("## camera.source\n")
    rows.append("`kind` chooses the source; the other keys are that source's.\n")
    for name, module in rooms.modules("source").items():
        rows.append(f'### kind = "{name}"\n\n{_summary(module)}\n\n{_settings(module)}\n')
    return "\n".join(rows)


def _model_rows(kind: type[BaseModel]) -> Iterator[str]:
    docs = _field_docs(kind)
    for name, entry in kind.model_fields.items():
        default = entry.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            shown = "see below"
        else:
            shown = "required" if entry.is_required() else f"`{str(default)!s}`" if default != "" else "empty"
        yield f"| `{name}` | {shown} | {docs.get(name, '')} |"


def _field_docs(kind: type) -> dict[str, str]:
    """Return the text below each field of a class."""
    source = inspect.getsource(kind)
    found = re.findall(
        r'^    (\w+): [^\n]*(?:\n(?:    [)\]}]|        )[^\n]*)*?\n\n?    """(.+?)"""', source, re.M | re.S
    )
    return {name: " ".join(text.split()) for name, text in found}


PAGES = {
    "commands.md": commands,
    "quantities.md": quantities,
    "checks.md": checks,
    "configuration.md": configuration,
    "api/openapi.json": lambda: json.dumps(document(), indent=1, ensure_ascii=False) + "\n",
}


def main() -> int:
    """Write the pages, or check them."""
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        print(f"not as the code is: {', '.join(stale)}; run make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
