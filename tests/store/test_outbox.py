"""The outbox: with the outcome or not at all, in order, and never lost."""

from __future__ import annotations

import dataclasses
import math

import pytest

from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from landwatch.types import Message
from tests.store import made


def message(n: int, outlet: str = "hook") -> Message:
    return Message(outlet=outlet, key=f"k{n}", kind="event", time=made.at(n), body=f"[{n}]")


def keys(messages: tuple[Message, ...]) -> list[str]:
    return [one.key for one in messages]


def test_messages_are_kept_with_their_outcome_or_not_at_all(store: Store) -> None:
    broken = made.outcome(events=(dataclasses.replace(made.event(), score=math.nan),))
    with pytest.raises(StoreError):
        store.keep(broken, [message(0)])
    assert store.pending("hook") == ()
    store.keep(made.outcome(events=(made.event(),)), [message(0)])
    assert keys(store.pending("hook")) == ["k0"]


def test_messages_wait_in_order_for_each_outlet(store: Store) -> None:
    for n in (3, 1, 2):
        store.put_message(message(n))
    store.put_message(message(9, "file"))
    assert keys(store.pending("hook")) == ["k3", "k1", "k2"]
    assert keys(store.pending("hook", limit=1)) == ["k3"]
    assert keys(store.pending("file")) == ["k9"]


def test_a_lane_can_be_left_out(store: Store) -> None:
    for n, lane in enumerate(("", "roads", "rivers")):
        store.put_message(dataclasses.replace(message(n), lane=lane))
    assert keys(store.pending("hook", without=("roads",))) == ["k0", "k2"]
    assert [one.lane for one in store.pending("hook")] == ["", "roads", "rivers"]


def test_the_same_key_is_put_once_even_when_it_was_delivered(store: Store) -> None:
    store.put_message(message(0))
    store.put_message(message(0))
    (waiting,) = store.pending("hook")
    store.delivered(waiting, made.at(5))
    store.put_message(message(0))
    assert store.pending("hook") == ()


def test_a_failure_is_noted_and_the_message_stays(store: Store, archive: Archive) -> None:
    store.put_message(message(0))
    for attempt in (1, 2):
        store.failed(store.pending("hook")[0], f"answer {attempt}", made.at(60 * attempt))
    (waiting,) = archive.undelivered("hook")
    assert (waiting.attempts, waiting.error, waiting.due) == (2, "answer 2", made.at(120))
    assert waiting == store.pending("hook")[0]
    assert archive.size().undelivered == 1
