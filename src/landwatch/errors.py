"""The errors of Landwatch, and how far each may spread.

    LandwatchError
    ├── UsageError        the call: exit 2                        wrong arguments of a command
    ├── ConfigError       stops before starting: exit 2           file, key, value, allowed values
    ├── SourceError       this camera, this turn                  recorded as an outage
    ├── BadFrame          this frame; nothing of it is kept       recorded as forgotten, with reason
    ├── RedactError       this frame; nothing of it is kept       recorded as withheld, with reason
    ├── MeasureError      this one reading or finding             recorded as absent="failed"
    ├── DecideError       stops that shard                        operators are told
    ├── StoreError        stops that shard                        operators are told
    ├── PublishError      this outlet                             retried from the store's outbox
    └── AnswerError       the caller of a client                  raised with what the server said

Errors of other libraries are translated at the door of the room that calls them and go no
further. Messages name the thing, the value and the way out, and never a credential.
"""

from __future__ import annotations

from landwatch.types import Offset

__all__ = [
    "AnswerError",
    "BadFrame",
    "ConfigError",
    "DecideError",
    "LandwatchError",
    "MeasureError",
    "PublishError",
    "RedactError",
    "SourceError",
    "StoreError",
    "UsageError",
]


class LandwatchError(Exception):
    """Any error that Landwatch raises on purpose."""


class UsageError(LandwatchError):
    """A command was called wrongly; exit code 2."""


class ConfigError(LandwatchError):
    """A configuration that cannot be started with; exit code 2."""


class SourceError(LandwatchError):
    """A camera gave no picture this turn; the others go on.

    `kind` is a short word for the outage record: refused, timeout, auth, protocol, ended, missing.
    """

    def __init__(self, message: str, *, kind: str = "protocol") -> None:
        super().__init__(message)
        self.kind = kind


class BadFrame(LandwatchError):
    """Bytes that are no usable picture; this frame is forgotten and the source goes on."""


class RedactError(LandwatchError):
    """Removal could not run or cannot be trusted; no pixel of this frame is kept.

    `reason` is a short word for the record: model, self-test, failed, time-out, night, share, and so on.
    `light`, for night, noise and share, is the level that a tenth of the picture exceeds and the deviation
    of its noise [0-255]: enough to tell a camera that is blind by day. `stripes`, for share, is the share of
    rows or columns that are stripes [%], in which large false boxes are found. `offset`, for moved, is how
    far the land lies from where it was, if that explains the picture.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        light: tuple[float, float] | None = None,
        stripes: float = 0.0,
        offset: Offset | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.light = light
        self.stripes = stripes
        self.offset = offset


class MeasureError(LandwatchError):
    """An instrument or a check could not give its value; the others go on."""


class DecideError(LandwatchError):
    """Rules and standing events disagree; the shard stops rather than lose an event."""


class StoreError(LandwatchError):
    """The store cannot keep or find what it must; the shard stops rather than lose a reading."""


class PublishError(LandwatchError):
    """An outlet could not be reached; what it was to carry waits in the outbox."""


class AnswerError(LandwatchError):
    """A Landwatch that a client asked refused, or did not answer.

    `status` is the HTTP status of the answer; 0 where there was none.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
