"""What an instrument may need of a picture, and what hinders it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import cv2

from landwatch.errors import MeasureError
from landwatch.past import Past
from landwatch.sun import light
from landwatch.types import ILL, OF_VIEW, Absence, Finding, Picture

__all__ = ["NEEDS", "hindrance"]

NEEDS = frozenset({"daylight", "healthy", "registered", "steady", "unmasked"})
"""daylight: the sun is up and the picture shows it. healthy: no check says that the camera is blind.
registered: the picture could be laid on its view's reference, and `past.alignment` says how. steady: the view
has not moved from its reference. unmasked: most of the picture is left after removal."""

BLINDING = frozenset({"black", "covered", "exposure", "frozen", "torn", "scene"})
"""Checks whose bad state means that the picture does not show the land as it is now."""

MOST = 0.5
"""Share of the picture that may be removed before the need "unmasked" is not met. [1]"""


def hindrance(
    needs: Collection[str], picture: Picture, past: Past, findings: Sequence[Finding]
) -> Absence | None:
    """Return why an instrument with these needs cannot read the picture; None if it can.

    Raises:
        MeasureError: for a need that is none of `NEEDS`.
    """
    strange = set(needs) - NEEDS
    if strange:
        raise MeasureError(
            f"no need called {', '.join(sorted(strange))}; there are: {', '.join(sorted(NEEDS))}"
        )
    small = past.present or past.begin(picture)
    if "daylight" in needs:
        lit = light(small, past.place)
        if lit != "day":
            return lit
    if "healthy" in needs and any(f.check in BLINDING and f.state == "bad" for f in findings):
        return "camera"
    if "steady" in needs and any(f.check in OF_VIEW and f.state in ILL for f in findings):
        return "moved"
    if "unmasked" in needs and cv2.countNonZero(small.removed) > MOST * small.removed.size:
        return "masked"
    if "registered" not in needs:
        return None
    if past.alignment is not None:
        return past.alignment.refused
    lit = light(small, past.place)
    return "warming" if lit == "day" else lit
