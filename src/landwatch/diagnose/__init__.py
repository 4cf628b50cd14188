"""Says whether the camera is well, from the cleared picture and its past: one file a check.

Each check is a module with `UNIT` (UCUM), a frozen dataclass `Settings`, and
`look(picture, past, settings) -> Look`. A module may name in `GIVES_WAY_TO` the checks whose fault explains
what it sees: a black picture is not also blurred, so `blur` is then unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from landwatch import rooms
from landwatch.config import Camera, settings_of
from landwatch.diagnose._look import Look
from landwatch.past import Past
from landwatch.types import Finding, Picture

__all__ = ["Look", "checks_of", "examine"]


def checks_of(camera: Camera) -> dict[str, Any]:
    """Return the settings of every check by its name, with what the camera's `check` tables say.

    Raises:
        ConfigError: for a check that does not exist, an unknown key, or a value out of range.
    """
    for name in camera.check:
        rooms.find("diagnose", name, "check")
    return {
        name: settings_of(module.Settings, camera.check.get(name, {}), f"camera {camera.name}, check.{name}")
        for name, module in rooms.modules("diagnose").items()
    }


def examine(picture: Picture, past: Past, settings: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return one finding of each check in `settings`; a check that fails is unknown and the others go on.

    The small copy of the picture is made if the past has none yet. The caller ends the past's turn.
    """
    if past.present is None:
        past.begin(picture)
    known = rooms.modules("diagnose")
    looks = {name: _look(known[name], picture, past, wanted) for name, wanted in settings.items()}
    ill = {name for name, seen in looks.items() if seen.state in ("doubtful", "bad")}
    findings = []
    for name, seen in looks.items():
        causes = ill & getattr(known[name], "GIVES_WAY_TO", frozenset())
        if causes:
            seen = Look(value=seen.value, state="unknown", detail=f"hidden by {', '.join(sorted(causes))}")
        findings.append(
            Finding(
                camera=picture.camera,
                check=name,
                time=picture.taken,
                state=seen.state,
                value=seen.value,
                unit=known[name].UNIT,
                since=_since(past, name, seen, picture.taken),
                detail=seen.detail,
            )
        )
    return tuple(findings)


def _look(module: ModuleType, picture: Picture, past: Past, settings: Any) -> Look:
    try:
        seen: Look = module.look(picture, past, settings)
    except Exception as error:  # noqa: BLE001 a check, ours or another package's, costs one finding and no more
        return Look(value=None, state="unknown", detail=f"the check failed: {type(error).__name__}: {error}")
    return seen


def _since(past: Past, name: str, seen: Look, now: datetime) -> datetime:
    before = past.findings.get(name)
    return before.since if before is not None and before.state == seen.state else now
