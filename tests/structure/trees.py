"""The syntax trees of the project's source, for tests of its structure."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "landwatch"


@cache
def trees() -> dict[Path, ast.Module]:
    """Return each source file's tree by its path below src/landwatch."""
    return {
        path.relative_to(SOURCE): ast.parse(path.read_text(encoding="utf-8"), str(path))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def room_of(path: Path) -> str:
    """Return the room a file is in: its folder, or its own stem at the top."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def imported_rooms(path: Path, tree: ast.Module) -> set[str]:
    """Return the rooms of Landwatch that a file imports, those of its type checks included."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "landwatch" else [module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "landwatch" and len(parts) > 1:
                found.add(parts[1])
    return found - {"__version__"}


def calls(tree: ast.Module, name: str) -> list[int]:
    """Return the lines on which something of that name is called, or made by dataclasses.replace."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == name)
            or (isinstance(node.func, ast.Attribute) and node.func.attr == name)
        )
    ]
