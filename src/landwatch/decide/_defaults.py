"""Rules for the instruments that ship, for cameras whose owner wrote none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from landwatch.config import Rule

__all__ = ["DEFAULTS", "default_rules"]

DEFAULTS = (
    Rule(hazard="smoke", quantity="smoke", enter=0.55, leave=0.25, k=2, m=3, clear=10, budget=1.0),
    Rule(hazard="fog", quantity="visibility", enter=1000.0, leave=1500.0, k=2, m=3, clear=5),
)
"""Smoke's score is evidence gathered over minutes; two of three readings open it, so no picture does alone.
Its threshold was chosen by `scripts/smoke_views.py`: below it changed pictures of quiet land open events.
One alarm a week at each of a hundred cameras is one in a hundred minutes: what a desk can look at.
Fog is a visibility below 1 km (WMO); it drifts past in banks, so two of three readings open it too."""


def default_rules(
    written: Sequence[Rule],
    quantities: Collection[str],
    asked: Sequence[Rule] = (),
    budget: float | None = None,
) -> tuple[Rule, ...]:
    """Return the written rules, and for hazards that none of them names those asked for and the defaults.

    Args:
        written: the configuration's rules.
        quantities: names of the quantities that the camera reads; rules for others are left out.
        asked: rules that the settings of the camera's instruments ask for, such as an alarm.
        budget: of the camera, for the rules that have one. [1/wk]
    """
    named = {rule.hazard for rule in written}
    whole = (*written, *(rule for rule in (*asked, *DEFAULTS) if rule.hazard not in named))
    return tuple(
        rule.model_copy(update={"budget": budget}) if budget and rule.budget else rule
        for rule in whole
        if rule.quantity in quantities
    )
