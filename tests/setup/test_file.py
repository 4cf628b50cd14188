"""Writing cameras and secrets into a configuration."""

from __future__ import annotations

import stat

import pytest
from pydantic import SecretStr

from landwatch.config import Place, Secret, load
from landwatch.errors import ConfigError, StoreError, UsageError
from landwatch.setup import Entry, add, begin
from landwatch.setup.file import keep_secret

PASS = Entry(name="pass", kind="snapshot", url="http://192.0.2.1/x.jpg")


def test_all_that_was_said_of_a_camera_is_read_back(tmp_path):
    file = tmp_path / "landwatch.toml"
    where = Place(latitude=46.5, longitude=9.9)
    entry = Entry(
        name="pass",
        kind="rtsp",
        url='rtsp://192.0.2.1/s?a="b"',
        title="Flüela 🏔",
        interval=30.0,
        user="viewer",
        password=Secret(env="PASS_PASSWORD"),
        onvif=8080,
        place=where,
        measure=("drift", "smoke"),
    )
    added = add(file, entry)
    (read,) = load(file).camera
    assert added == read
    assert (read.title, read.interval, read.place) == ("Flüela 🏔", 30.0, where)
    assert read.measure == {"drift": {}, "smoke": {}}
    assert read.source == {
        "kind": "rtsp",
        "url": 'rtsp://192.0.2.1/s?a="b"',
        "user": "viewer",
        "password": {"env": "PASS_PASSWORD"},
        "onvif": 8080,
    }


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (PASS, UsageError),
        (Entry(name="two", kind="carrier-pigeon", url="x"), ConfigError),
        (Entry(name="two", kind="snapshot", url="http://u:p@192.0.2.1/x.jpg"), ConfigError),
    ],
    ids=["taken", "kind", "credential"],
)
def test_what_cannot_be_used_leaves_the_file_as_it_was(tmp_path, entry, error):
    file = tmp_path / "landwatch.toml"
    add(file, PASS)
    before = file.read_text()
    with pytest.raises(error) as caught:
        add(file, entry)
    assert "u:p" not in str(caught.value)
    assert file.read_text() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_configuration_begins_with_a_token_that_only_its_owner_can_read(tmp_path):
    file = tmp_path / "landwatch.toml"
    token = begin(file)
    config = load(file)
    assert config.camera == ()
    assert config.serve.operator_token == Secret(file=token)
    assert len(config.serve.operator_token.reveal().get_secret_value()) >= 16
    assert token.read_text() not in file.read_text()
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700


def test_a_secret_never_replaces_another(tmp_path):
    file = tmp_path / "landwatch.toml"
    kept = keep_secret(file, "one", SecretStr("first"))
    with pytest.raises(StoreError, match="one"):
        keep_secret(file, "one", SecretStr("second"))
    assert kept.read_text() == "first"
