"""Adding what an ONVIF camera offers."""

from __future__ import annotations

from landwatch.config import load
from tests.source.test_onvif import PASSWORD, camera

__all__ = ["camera"]


def test_the_cheapest_offer_that_works_is_written(landwatch, camera, tmp_path, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", PASSWORD)
    config = tmp_path / "landwatch.toml"
    ran = landwatch(
        "cameras", "add", "found", f"onvif://127.0.0.1:{camera}", "--user", "me",
        "--password-env", "A_PASSWORD", "--config", config,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (added,) = load(config).camera
    assert added.source["kind"] == "snapshot"
    assert added.source["url"].startswith("http://127.0.0.1:")
    assert added.source["onvif"] == camera
    assert "640 x 360" in ran.out
    assert added.source["url"] in ran.out
    assert PASSWORD not in ran.err + ran.out + config.read_text()


def test_a_camera_that_does_not_answer_is_named_and_nothing_is_written(landwatch, tmp_path):
    config = tmp_path / "landwatch.toml"
    ran = landwatch("cameras", "add", "found", "onvif://127.0.0.1:9", "--config", config)
    assert ran.code == 1
    assert "127.0.0.1" in ran.err
    assert not config.exists()


def test_an_interface_that_is_not_there_names_those_that_are(landwatch):
    ran = landwatch("cameras", "discover", "--interface", "nosuch0")
    assert ran.code == 2
    assert "lo" in ran.err


def test_an_address_is_tested_and_the_cheapest_that_serves_is_proposed(landwatch, camera, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", PASSWORD)
    ran = landwatch(
        "cameras", "test", f"onvif://127.0.0.1:{camera}", "--user", "me",
        "--password-env", "A_PASSWORD", "--for", "greenness", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    *offers, proposal = ran.lines
    assert [(line["kind"], line["fault"]) for line in offers] == [("offer", "")] * 3
    assert {(line["width"], line["height"]) for line in offers} >= {(640, 360), (320, 180)}
    assert all(min(line["seconds"], line["cpu"], line["bytes"]) > 0 for line in offers)
    enough = {line["url"]: line["cpu"] for line in offers if line["width"] == 640}
    assert (proposal["kind"], proposal["hazard"], proposal["least_width"]) == ("proposal", "greenness", 640)
    assert proposal["serves"] is True
    assert proposal["url"] == min(enough, key=enough.get)
    assert PASSWORD not in ran.err + ran.out


def test_a_hazard_that_is_not_known_names_those_that_are(landwatch):
    ran = landwatch("cameras", "test", "http://127.0.0.1:9/a.jpg", "--for", "dragons")
    assert ran.code == 2
    assert "greenness" in ran.err
