"""Rules for the instruments that ship, for cameras whose owner wrote none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from landwatch.config import Rule

__all__ = ["DEFAULTS", "default_rules"]

DEFAULTS = (Rule(hazard="smoke", quantity="smoke", enter=0.5, leave=0.25, k=2, m=3, clear=10),)
"""Smoke's value already needs minutes of persistence; two of three guard against one odd picture."""


def default_rules(written: Sequence[Rule], quantities: Collection[str]) -> tuple[Rule, ...]:
    """Return the written rules, and the defaults for hazards that none of them names.

    Args:
        written: the configuration's rules.
        quantities: names of the quantities that the camera reads; rules for others are left out.
    """
    named = {rule.hazard for rule in written}
    whole = (*written, *(rule for rule in DEFAULTS if rule.hazard not in named))
    return tuple(rule for rule in whole if rule.quantity in quantities)
