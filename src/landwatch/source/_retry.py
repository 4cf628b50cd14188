"""How long to wait before a camera that failed is asked again.

The wait doubles from failure to failure and is jittered, so that a hundred cameras behind one broken
switch do not come back in the same instant (M. Brooker, "Exponential Backoff and Jitter", 2015).
"""

from __future__ import annotations

import random

__all__ = ["Backoff"]

FIRST_S = 1.0
"""Wait after the first failure. [s]"""

CAP_CADENCES = 1.5
"""Longest wait, in cadences of the camera: it is back within two cadences once it answers again. [1]"""

CAP_AUTH_S = 300.0
"""Longest wait while a camera refuses the password: many lock an account that keeps trying. [s]"""


class Backoff:
    """The waits of one camera."""

    def __init__(self, interval: float, seed: int) -> None:
        """Set the camera's cadence [s] and the seed of the jitter."""
        self._interval = interval
        self._random = random.Random(seed)
        self._failures = 0

    def failed(self, kind: str) -> float:
        """Count one failure of a kind and return the wait before the next try. [s]"""
        cap = CAP_AUTH_S if kind == "auth" else max(FIRST_S, CAP_CADENCES * self._interval)
        longest = min(cap, FIRST_S * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return longest * self._random.uniform(0.5, 1.0)

    def worked(self) -> None:
        """Forget earlier failures."""
        self._failures = 0
