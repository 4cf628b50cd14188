"""The last room: encodes what is kept, and tells outlets which events changed.

`encode` makes the one form in which pixels leave memory, a `Still` of a cleared picture. `release` writes a
message for each outlet and changed event; the keeper hands them to the store with the outcome, so that the
event and its messages are kept together or not at all. `deliver_pending` and `keep_delivering` carry them
from the store's outbox: at least once, in order for each outlet, tried again until the outlet takes them.

An outlet is a module of this room with frozen `Settings` and
`async def deliver(message, settings) -> None`, which raises `PublishError`.
"""

from landwatch.publish._deliver import (
    Delivered,
    Outbox,
    Outlet,
    deliver_pending,
    keep_delivering,
    outlets,
    wait_for,
)
from landwatch.publish._encode import encode
from landwatch.publish._release import release

__all__ = [
    "Delivered",
    "Outbox",
    "Outlet",
    "deliver_pending",
    "encode",
    "keep_delivering",
    "outlets",
    "release",
    "wait_for",
]
