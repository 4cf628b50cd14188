"""onnxruntime, silenced: the one place that imports it.

From 1.31 on its Linux wheels keep a device number and a queue of usage events in the user's cache folder and
send them over HTTPS, from the moment of import. Nothing of Landwatch tells anyone anything, so that is
switched off before the import, whatever the environment says.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _state

__all__ = ["FAULTS", "PROVIDER", "onnxruntime"]

PROVIDER = "CPUExecutionProvider"
"""What it computes on."""

FAULTS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    TypeError,
    *(kind for kind in vars(_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)
"""What it may raise: its own errors share no base."""
