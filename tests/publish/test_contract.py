"""What every outlet promises, whatever is in the room."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from landwatch import rooms
from landwatch.config import Outlet
from landwatch.errors import ConfigError
from landwatch.publish import outlets

OUTLETS = rooms.modules("publish")


def test_the_promised_outlets_are_there():
    assert {"jsonl", "webhook"} <= set(OUTLETS)


@pytest.mark.parametrize("name", OUTLETS)
def test_settings_are_a_frozen_dataclass(name):
    settings = OUTLETS[name].Settings
    assert dataclasses.is_dataclass(settings)
    assert settings.__dataclass_params__.frozen


@pytest.mark.parametrize("name", OUTLETS)
def test_deliver_is_a_coroutine_of_message_and_settings(name):
    deliver = OUTLETS[name].deliver
    assert inspect.iscoroutinefunction(deliver)
    assert list(inspect.signature(deliver).parameters) == ["message", "settings"]
    assert inspect.getdoc(OUTLETS[name])


@pytest.mark.parametrize("name", OUTLETS)
def test_an_unknown_key_is_refused_with_the_allowed_ones(name):
    with pytest.raises(ConfigError, match=r"unknown key 'carrier'.*Allowed: "):
        outlets([Outlet(name="a", kind=name, carrier="pigeon")])
