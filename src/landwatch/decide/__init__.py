"""Opens, updates and closes hazard events from readings: one `Judge` a camera.

A rule has a way in (k of the last m readings) and a way out (`clear` readings in a row). A reading that is
absent neither opens nor closes: unseen is not over. Events are never deleted; each change is a new state.
"""

from __future__ import annotations

from landwatch.decide._defaults import DEFAULTS, default_rules
from landwatch.decide._judge import Judge

__all__ = ["DEFAULTS", "Judge", "default_rules"]
