"""What every check promises, whatever checks there are."""

from __future__ import annotations

import dataclasses
import inspect
import re

import numpy as np
import pytest

from landwatch import rooms
from landwatch.config import Camera
from landwatch.diagnose import checks_of, examine
from landwatch.errors import ConfigError
from landwatch.past import Past
from landwatch.testing import picture

from .scenes import Watch, land, noisy

CHECKS = rooms.modules("diagnose")
UCUM = re.compile(r"^(1|%|s|px|deg|\[px\]|\{[a-z]+\}|1/min|min|h)$")


@pytest.fixture(params=CHECKS, ids=str)
def module(request):
    return CHECKS[request.param]


def test_a_check_says_what_it_is(module):
    assert module.__doc__.strip()
    assert module.look.__doc__.strip().startswith("Return")


def test_a_check_has_the_one_signature(module):
    assert list(inspect.signature(module.look).parameters) == ["picture", "past", "settings"]


def test_a_unit_is_ucum(module):
    assert UCUM.match(module.UNIT)


def test_settings_are_frozen_and_have_defaults(module):
    settings = module.Settings()
    for field in dataclasses.fields(settings):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, 1)


def test_a_check_gives_way_only_to_checks_that_exist(module):
    assert getattr(module, "GIVES_WAY_TO", frozenset()) <= set(CHECKS)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (33, 47), (2160, 31)])
def test_pictures_of_odd_shapes_are_examined(shape):
    watch = Watch()
    for level in (0, 128, 255):
        pixels = np.full((*shape, 3), level, np.uint8)
        for finding in watch.see(pixels).values():
            assert "failed" not in finding.detail


def test_a_picture_removed_throughout_is_unknown_or_good_never_bad():
    watch = Watch()
    watch.live(land())
    findings = watch.see(noisy(land(), 5), mask=np.full((480, 640), 255, np.uint8))
    assert {name for name, f in findings.items() if f.state in ("doubtful", "bad")} == set()
    assert not [f for f in findings.values() if "failed" in f.detail]


def test_ordinary_pictures_are_good():
    findings = Watch()
    for number in range(12):
        seen = findings.see(noisy(land(), number))
        assert {name for name, f in seen.items() if f.state in ("doubtful", "bad")} == set()


def test_since_is_when_the_state_began():
    watch = Watch()
    watch.live(land())
    began = watch.time
    black = np.zeros((480, 640, 3), np.uint8)
    white = np.full((480, 640, 3), 255, np.uint8)
    first = watch.see(white)["exposure"]
    second = watch.see(white)["exposure"]
    assert (first.state, first.since) == ("bad", began)
    assert (second.state, second.since, second.time > began) == ("bad", began, True)
    assert watch.see(black)["exposure"].since > began


def test_a_failing_check_is_unknown_with_the_errors_name_and_the_others_go_on():
    class Broken:
        pass

    settings = checks_of(Camera(name="test", source={"kind": "folder"}))
    settings["exposure"] = Broken()
    white = picture(np.full((60, 80, 3), 255, np.uint8))
    findings = {f.check: f for f in examine(white, Past(), settings)}
    assert findings["exposure"].state == "unknown"
    assert "AttributeError" in findings["exposure"].detail
    assert findings["lateness"].state == "good"


def test_an_unknown_check_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"no check called 'blurr'; there are: .*blur"):
        checks_of(Camera(name="test", source={"kind": "folder"}, check={"blurr": {}}))


def test_an_unknown_setting_is_refused_with_the_allowed_ones():
    with pytest.raises(ConfigError, match=r"camera test, check\.blur: unknown key 'bat'.*bad.*doubtful"):
        checks_of(Camera(name="test", source={"kind": "folder"}, check={"blur": {"bat": 3}}))
