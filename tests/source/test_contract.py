"""What every source promises, whatever is in the room."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from landwatch import rooms, source
from landwatch.config import Camera
from landwatch.errors import ConfigError

SOURCES = rooms.modules("source")

ADDRESSED = sorted(
    name
    for name, module in SOURCES.items()
    if "url" in {field.name for field in dataclasses.fields(module.Settings)}
)


def test_the_promised_sources_are_there():
    assert {"folder", "mjpeg", "rtsp", "simulator", "snapshot", "upload"} <= set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_settings_are_a_frozen_dataclass_of_keywords(name):
    settings = SOURCES[name].Settings
    assert dataclasses.is_dataclass(settings)
    assert settings.__dataclass_params__.frozen
    assert all(
        parameter.kind is inspect.Parameter.KEYWORD_ONLY
        for parameter in inspect.signature(settings).parameters.values()
    )


@pytest.mark.parametrize("name", SOURCES)
def test_frames_is_an_async_generator_of_camera_settings_and_feed(name):
    frames = SOURCES[name].frames
    assert inspect.isasyncgenfunction(frames)
    assert list(inspect.signature(frames).parameters) == ["camera", "settings", "feed"]
    assert inspect.getdoc(frames)
    assert inspect.getdoc(SOURCES[name])


@pytest.mark.parametrize("name", SOURCES)
def test_an_unknown_key_is_refused_with_the_allowed_ones(name):
    with pytest.raises(ConfigError, match=r"unknown key 'carrier'.*Allowed: "):
        source.check(Camera(name="a", source={"kind": name, "carrier": "pigeon"}))


@pytest.mark.parametrize("name", ADDRESSED)
def test_an_address_with_a_password_is_refused_without_being_shown(name):
    scheme = "rtsp" if name == "rtsp" else "http"
    url = f"{scheme}://viewer:hunter2@192.0.2.1/x"
    with pytest.raises(ConfigError, match="password") as caught:
        source.check(Camera(name="a", source={"kind": name, "url": url}))
    assert "hunter2" not in str(caught.value)
