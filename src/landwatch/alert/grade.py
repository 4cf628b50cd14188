"""How bad, how soon and how sure: what alerts say of each hazard, in the words of CAP.

References:
    [1] OASIS, "Common Alerting Protocol Version 1.2", 2010, 3.2.2 "info": the meanings of the words.
    [2] WMO, "Guide to Instruments and Methods of Observation" (WMO-No. 8), I-9: fog is a visibility
        below 1 km.
    [3] U.S. National Weather Service, Instruction 10-515: a dense fog advisory at a quarter of a mile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from landwatch.alert.records import LifeState, Stand

__all__ = ["HAZARDS", "SEVERITIES", "Severity", "stand"]

Severity = Literal["Unknown", "Minor", "Moderate", "Severe", "Extreme"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""CAP's, from the least on."""

DENSE_FOG = 400.0
"""Visibility below which fog stops traffic; see [3]. [m]"""

STANDS: Mapping[str, Stand] = {
    # A plume that no person has looked at: fire spreads in minutes, but most of what looks like it is none.
    "smoke": Stand(category="Fire", severity="Severe", urgency="Immediate", certainty="Possible"),
    # A level was measured against a mark, with its uncertainty; water comes within hours.
    "flood": Stand(category="Met", severity="Severe", urgency="Expected", certainty="Likely"),
    # Ground that moves more than its uncertainty may come down at any time, or never.
    "landslide": Stand(category="Geo", severity="Severe", urgency="Expected", certainty="Possible"),
    # Fog is seen where it is, and does harm to who drives.
    "fog": Stand(category="Met", severity="Minor", urgency="Immediate", certainty="Observed"),
    "snow": Stand(category="Met", severity="Minor", urgency="Immediate", certainty="Observed"),
    "ice": Stand(category="Met", severity="Minor", urgency="Immediate", certainty="Likely"),
}

HAZARDS = tuple(STANDS)
"""Of which it is known how bad they are."""

OTHER = Stand(category="Other", severity="Unknown", urgency="Unknown", certainty="Possible")
"""Of hazards that a user's rules name: nothing is known of them."""


def stand(hazard: str, state: LifeState, scores: Sequence[float]) -> Stand:
    """Return what an alert says of an event.

    Args:
        hazard: of the event.
        state: how it stands.
        scores: of the rule of each camera that sees it; for fog the visibility. [m]
    """
    found = STANDS.get(hazard, OTHER)
    if hazard == "fog" and any(score < DENSE_FOG for score in scores):
        found = replace(found, severity="Moderate")
    if state == "confirmed":
        # A person has looked: it is there, so act now.
        found = replace(found, certainty="Observed", urgency="Immediate")
    if state == "closed":
        found = replace(found, urgency="Past")
    if state == "dismissed":
        found = replace(found, urgency="Past", certainty="Unlikely")
    return found
