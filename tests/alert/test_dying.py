"""A keeper may die at any moment: each change is followed and told, none of them twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Notice
from landwatch.store import Archive, Store
from tests.alert.made import NOON, config

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4


def test_no_alert_is_lost_at_a_kill_nor_written_twice(tmp_path: Path) -> None:
    for round_ in range(ROUNDS):
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.alert.dying", str(tmp_path), str(round_)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert keeper.stdout is not None
        for _ in range(1 + 2 * round_):
            keeper.stdout.readline()
        keeper.send_signal(signal.SIGKILL)
        keeper.communicate()
        assert keeper.returncode == -signal.SIGKILL
    clock = SetClock(NOON)
    settings = config(notice=[Notice(outlet="desk")])
    with Store.open(tmp_path, clock) as store, Duty.open(tmp_path, clock, settings) as duty:
        duty.follow()
        with Archive(tmp_path) as archive:
            rows = {one.id: len(archive.event(one.id)) for one in archive.events(limit=1000)}
        lives = duty.book.lives(limit=1000)
        assert {one.event: len(duty.book.deeds(one.event)) for one in lives} == rows
        pending = store.pending("desk", 1000)
        assert len({message.key for message in pending}) == len(pending)
        written = [alert.identifier for one in lives for alert in duty.book.alerts(one.event)]
        assert sorted(message.key for message in pending) == sorted(written)
        assert {one.event for one in lives} == {key.partition(".desk.")[0] for key in written}
        firsts = [key for key in written if key.endswith(".desk.1")]
        assert sorted(firsts) == sorted(f"{one}.desk.1" for one in rows)
