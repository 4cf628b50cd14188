"""What a configuration may say, and what it is told when it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from landwatch import source
from landwatch.config import Config, Secret, load
from landwatch.errors import ConfigError

CAMERA = '[[camera]]\nname = "a"\nsource = { kind = "snapshot", url = "http://192.0.2.1/a.jpg" }\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "landwatch.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CAMERA + "intervall = 5\n",
            r"camera\[0\].*'intervall'; did you mean 'interval'\? Allowed: .*interval",
        ),
        ("[stor]\nfolder = 'x'\n", r"unknown key 'stor'; did you mean 'store'\?"),
        (CAMERA + "interval = 0.5\n", r"camera\[0\].interval = 0.5: .*greater than or equal to 1"),
        (CAMERA + CAMERA, "two cameras are called 'a'"),
        ("[[camera]]\nname = 'A b'\nsource = { kind = 'x' }\n", r"camera\[0\].name = 'A b'"),
        (CAMERA + "never = [[[0, 0], [1, 1]]]\n", "at least 3 corners, not 2"),
        ("workers = 0\n", "workers = 0"),
        ("[[rule]]\nhazard='s'\nquantity='s'\nenter=1\nleave=1\n", "enter and leave are equal"),
        (
            "[[rule]]\nhazard='s'\nquantity='s'\nenter=1\nleave=0\nk=4\nm=3\n",
            "k = 4 of m = 3 can never be met",
        ),
        ("camera = 3\n", "camera = 3"),
        ("not toml\n", "is not TOML"),
        ("[[camera]]\nsource = { kind = 'x' }\n", r"camera\[0\].name: Field required"),
    ],
)
def test_a_mistake_names_the_file_the_key_the_value_and_what_is_allowed(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        load(tmp_path / "none.toml")


def test_a_binary_file_is_no_configuration(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigError, match="is not TOML"):
        load(path)


def test_relative_store_starts_at_the_file(tmp_path):
    path = written(tmp_path, "[store]\nfolder = 'kept'\n")
    assert load(path).store.folder == tmp_path / "kept"


def test_settings_are_frozen(tmp_path):
    with pytest.raises(ValueError, match="frozen"):
        load(written(tmp_path, CAMERA)).workers = 3


def test_the_example_is_a_configuration_and_its_sources_are_known():
    config = load(Path(__file__).parents[1] / "landwatch.example.toml")
    assert [camera.name for camera in config.camera] == ["ridge-north", "forest-tower"]
    for camera in config.camera:
        source.check(camera)


def test_a_secret_is_read_from_the_environment_and_never_printed(monkeypatch):
    monkeypatch.setenv("A_SECRET", "hunter2")
    secret = Secret(env="A_SECRET")
    assert secret.reveal().get_secret_value() == "hunter2"
    assert "hunter2" not in f"{secret!r} {secret} {secret.reveal()!r}"


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path):
    (tmp_path / "s").write_text("hunter2\n")
    assert Secret(file=tmp_path / "s").reveal().get_secret_value() == "hunter2"


@pytest.mark.parametrize("table", [{}, {"env": "A", "file": "b"}])
def test_a_secret_has_one_place(table):
    with pytest.raises(ValueError, match="either"):
        Secret(**table)


def test_a_secret_that_is_not_there_names_its_place(monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(ConfigError, match="NOT_SET is not set"):
        Secret(env="NOT_SET").reveal()


def test_an_address_is_not_shown_in_a_complaint(tmp_path):
    path = written(tmp_path, CAMERA.replace('kind = "snapshot"', "kind = 3"))
    config = load(path)
    with pytest.raises(ConfigError, match="kind is missing") as caught:
        source.check(config.camera[0])
    assert "192.0.2.1" not in str(caught.value)


def test_nothing_is_needed_to_make_a_configuration():
    assert Config().camera == ()
