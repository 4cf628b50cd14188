"""Says whether the camera is well, from the cleared picture and its past: one file a check.

Each check is a module with `UNIT` (UCUM), a frozen dataclass `Settings`, and
`look(picture, past, settings) -> Look`. A module that can tell something of pictures that removal withheld
has `glimpse(seen, past, settings) -> Look` too, and names in `GLIMPSED` the reasons for which they were. A
module may name in `GIVES_WAY_TO` the checks whose fault explains what it sees: a black picture is not also
blurred, so `blur` is then unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from landwatch import rooms
from landwatch.config import Camera, settings_of
from landwatch.diagnose._look import Look
from landwatch.past import Past
from landwatch.types import ILL, Finding, Glimpse, Picture

__all__ = ["Look", "checks_of", "examine", "glimpse"]


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
    looks = {name: _look(known[name].look, picture, past, wanted) for name, wanted in settings.items()}
    return _findings(looks, picture.camera, picture.taken, past)


def glimpse(seen: Glimpse, past: Past, settings: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return one finding of each check that can tell something of a picture which removal withheld.

    The others are not asked, so that what they said of the picture before stands.
    """
    known = rooms.modules("diagnose")
    looks = {
        name: _look(known[name].glimpse, seen, past, wanted)
        for name, wanted in settings.items()
        if seen.reason in getattr(known[name], "GLIMPSED", ())
    }
    return _findings(looks, seen.camera, seen.taken, past)


def _findings(looks: Mapping[str, Look], camera: str, taken: datetime, past: Past) -> tuple[Finding, ...]:
    """Return the findings of what the checks saw; a symptom gives way to its cause."""
    known = rooms.modules("diagnose")
    ill = {name for name, seen in looks.items() if seen.state in ILL}
    findings = []
    for name, seen in looks.items():
        causes = ill & getattr(known[name], "GIVES_WAY_TO", frozenset())
        if causes:
            seen = Look(value=seen.value, state="unknown", detail=f"hidden by {', '.join(sorted(causes))}")
        findings.append(
            Finding(
                camera=camera,
                check=name,
                time=taken,
                state=seen.state,
                value=seen.value,
                unit=known[name].UNIT,
                since=_since(past, name, seen, taken),
                detail=seen.detail,
            )
        )
    return tuple(findings)


def _look(check: Callable[..., Look], what: Picture | Glimpse, past: Past, settings: Any) -> Look:
    try:
        seen = check(what, past, settings)
    except Exception as error:  # noqa: BLE001 a check, ours or another package's, costs one finding and no more
        return Look(value=None, state="unknown", detail=f"the check failed: {type(error).__name__}: {error}")
    return seen


def _since(past: Past, name: str, seen: Look, now: datetime) -> datetime:
    before = past.findings.get(name)
    return before.since if before is not None and before.state == seen.state else now
