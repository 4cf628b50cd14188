"""A keeper to be killed: `python -m tests.alert.dying FOLDER ROUND` keeps events and follows them."""

from __future__ import annotations

import sys
from pathlib import Path

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Notice
from landwatch.store import Store
from tests.alert.made import NOON, cameras, config, event, keep


def main(folder: Path, round_: int) -> None:
    """Keep the opening and a change of one event after the other until somebody kills the process."""
    clock = SetClock(NOON)
    settings = config(notice=[Notice(outlet="desk")])
    with Store.open(folder, clock) as store, Duty.open(folder, clock, settings) as duty:
        store.enroll(cameras())
        n = round_ * 100_000
        while True:
            n += 2000  # further apart than what is merged
            keep(store, event("far", at=n, opened=n))
            duty.follow()
            keep(store, event("far", "updated", at=n + 1, opened=n))
            duty.follow()
            sys.stdout.write(f"{n}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
