"""The commands about events and outlets."""

from __future__ import annotations

import pytest

from landwatch.clock import SetClock
from landwatch.store import Store
from landwatch.types import Message
from tests.alert.made import NOON, cameras, event, keep

RIDGE = "smoke-ridge-0"


@pytest.fixture
def store(tmp_path, landwatch):
    """A store with one event; returns a function that runs `landwatch GROUP ... --store`."""
    with Store.open(tmp_path / "store", SetClock(NOON)) as opened:
        opened.enroll(cameras())
        keep(opened, event())
        for n in range(2):
            opened.put_message(Message(outlet="hook", key=f"k{n}", kind="event", time=NOON, body="{}"))
    return lambda *words: landwatch(*words, "--store", tmp_path / "store")


def test_the_life_of_an_event_by_commands(store):
    (listed,) = store("events", "list", "--json").lines
    assert (listed["event"], listed["state"]) == (RIDGE, "open")
    for words, state in (
        (("acknowledge", RIDGE), "acknowledged"),
        (("dismiss", RIDGE, "--cause", "steam"), "dismissed"),
        (("reopen", RIDGE, "--note", "it grows"), "open"),
        (("confirm", RIDGE, "--as", "expert"), "confirmed"),
        (("close", RIDGE), "closed"),
    ):
        ran = store("events", *words, "--json")
        assert (ran.code, ran.lines[0]["state"]) == (0, state), ran.err
    assert store("events", "list", "--json").out == ""
    (shown,) = store("events", "show", RIDGE, "--json").lines
    assert [deed["act"] for deed in shown["deeds"]] == [
        "open", "acknowledge", "dismiss", "reopen", "confirm", "close",
    ]  # fmt: skip


def test_a_version_that_is_old_is_refused(store):
    (listed,) = store("events", "list", "--json").lines
    store("events", "confirm", RIDGE)
    ran = store("events", "dismiss", RIDGE, "--cause", "cloud", "--version", listed["version"])
    assert (ran.code, "has changed meanwhile: it is confirmed" in ran.err) == (2, True)


def test_a_drill_says_so(store):
    assert "(drill)" in store("events", "open", "ridge", "flood", "--drill").out


def test_a_message_that_is_always_refused_is_skipped_and_the_next_goes_on(store, tmp_path):
    assert [line["key"] for line in store("outlets", "list", "--json").lines] == ["k0", "k1"]
    ran = store("outlets", "skip", "hook", "k0", "--note", "the receiver knows no such event")
    assert ran.code == 0, ran.err
    assert [line["key"] for line in store("outlets", "list", "--json").lines] == ["k1"]
    with Store.open(tmp_path / "store", SetClock(NOON)) as opened:
        assert [message.key for message in opened.pending("hook")] == ["k1"]
    assert store("outlets", "skip", "hook", "k0", "--note", "again").code == 2
    assert store("outlets", "retry", "hook", "k1").code == 0
