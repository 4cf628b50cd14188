"""What stands in for a detector that could not be loaded: every picture is withheld, with the reason."""

from __future__ import annotations

from landwatch.errors import RedactError
from landwatch.redact.detector import Boxes, Deadline, Detector
from landwatch.types import Pixels

__all__ = ["Closed", "load_detector"]


class Closed:
    """A detector that looks at nothing."""

    model = ""

    def __init__(self, error: RedactError) -> None:
        self._message = str(error)
        self._reason = error.reason

    def look(self, tile: Pixels, deadline: Deadline) -> Boxes:
        """Raise the error with which loading failed.

        Raises:
            RedactError: always.
        """
        raise RedactError(self._message, reason=self._reason)


def load_detector() -> Detector | Closed:
    """Return the detector, or one that withholds everything; cameras are followed all the same."""
    try:
        return Detector()
    except RedactError as error:
        return Closed(error)
