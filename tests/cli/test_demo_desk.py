"""The desk of the demo: alerts that nobody could take for real, and a token to act with."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lxml import etree

from landwatch.alert import Duty
from landwatch.cli._demo_desk import ALERTS, with_desk
from landwatch.clock import SetClock
from landwatch.config import Config
from landwatch.config import Store as Folder
from landwatch.publish import outlets
from landwatch.store import Store
from tests.alert.made import NOON, cameras, event, keep

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def test_alerts_of_the_demo_are_tests_and_those_of_a_drill_exercises_until_it_is_over(tmp_path: Path) -> None:
    wanted = Config(camera=cameras(), store=Folder(folder=tmp_path / "store"))
    config, clock = with_desk(wanted, tmp_path), SetClock(NOON)
    (outlet,) = outlets(config.outlet)
    with Store.open(config.store.folder, clock) as store:
        store.enroll(cameras())
        keep(store, event("ridge"))
        with Duty.open(config.store.folder, clock, config) as duty:
            duty.follow()
            drill = duty.open_event("far", "smoke", "duty", drill=True)
            duty.act(drill.event, "confirm", "expert")
            duty.act(drill.event, "close", "duty")
        for message in store.pending(outlet.name):
            asyncio.run(outlet.deliver(message))
    written = [etree.parse(file).getroot() for file in (config.store.folder / ALERTS).iterdir()]
    told = {
        (one.findtext(f"{CAP}incidents"), one.findtext(f"{CAP}status"), one.findtext(f"{CAP}msgType"))
        for one in written
    }
    assert told == {
        (event("ridge").id, "Test", "Alert"),
        (drill.event, "Exercise", "Alert"),
        (drill.event, "Exercise", "Update"),
    }
    assert len(written) == 4
    headlines = [one.findtext(f"{CAP}info/{CAP}headline") for one in written]
    assert all("not real" in str(line) for line in headlines)


def test_two_runs_of_the_demo_have_different_tokens(tmp_path: Path) -> None:
    tokens = set()
    for run in ("one", "other"):
        folder = tmp_path / run
        folder.mkdir()
        made = with_desk(Config(store=Folder(folder=folder / "store")), folder).serve.operator_token
        assert made is not None
        tokens.add(made.reveal().get_secret_value())
    assert len(tokens) == 2
    assert all(len(token) == 24 for token in tokens)
