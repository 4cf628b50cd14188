"""onnxruntime, silenced: the one place that imports it.

From 1.31 on its Linux wheels keep a device number and a queue of usage events in the user's cache folder and
send them over HTTPS, from the moment of import. Nothing of Landwatch tells anyone anything, so that is
switched off before the import, whatever the environment says.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as _state

__all__ = ["FAULTS", "PROVIDER", "onnxruntime", "open_session", "run"]

PROVIDER = "CPUExecutionProvider"
"""What it computes on."""

FAULTS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    TypeError,
    *(kind for kind in vars(_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)
"""What it may raise: its own errors share no base."""


def open_session(body: bytes, threads: int = 1) -> Any:
    """Return a session of a model's file, on the processor, silent and without profile.

    Args:
        body: the whole file. Weights that it keeps in other files are not found: a hash of it covers all.
        threads: processor threads that one run may use.

    Raises:
        FAULTS: if it is no model that can be run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_profiling = False
    return onnxruntime.InferenceSession(body, options, providers=[PROVIDER])


def run(session: Any, inputs: Mapping[str, NDArray[np.float32]], limit_s: float) -> list[NDArray[np.float32]]:
    """Return the outputs of a model; the run is broken off after `limit_s` seconds.

    Raises:
        FAULTS: if it cannot be run, or was broken off.
    """
    options = onnxruntime.RunOptions()
    alarm = threading.Timer(max(limit_s, 0.0), lambda: setattr(options, "terminate", True))
    alarm.daemon = True
    alarm.start()
    try:
        outputs: list[NDArray[np.float32]] = session.run(None, dict(inputs), options)
    finally:
        alarm.cancel()
    return outputs
