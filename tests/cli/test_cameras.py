"""Commands on the cameras of a configuration, and doctor."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import simplejpeg

from landwatch.config import load
from tests.diagnose.scenes import land


@pytest.fixture
def config(tmp_path):
    """A configuration with a comment and one camera that refuses."""
    path = tmp_path / "landwatch.toml"
    path.write_text(
        "# ours\n[[camera]]\nname = 'a'\ntitle = 'Old mill'\n"
        "source = { kind = 'snapshot', url = 'http://127.0.0.1:9/a.jpg', user = 'u', "
        "password = { env = 'A_PASSWORD' } }\n"
    )
    return path


def test_list_shows_no_address_and_no_secret(landwatch, config, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", "hunter2")
    table = landwatch("cameras", "list", "--config", config)
    lines = landwatch("cameras", "list", "--config", config, "--json")
    assert "Old mill" in table.out
    assert [line["camera"] for line in lines.lines] == ["a"]
    for text in (table.out, lines.out):
        assert "hunter2" not in text
        assert "127.0.0.1" not in text


def test_add_keeps_comments_and_what_it_writes_can_be_read(landwatch, config):
    ran = landwatch(
        "cameras", "add", "b", "rtsp://192.0.2.1/s", "--title", 'Brücke "B"', "--config", config,
        "--place", "46.5", "9.9", "--measure", "smoke", "--password-file", "b.secret",
    )  # fmt: skip
    assert ran.code == 0
    assert config.read_text().startswith("# ours\n")
    added = load(config).camera[1]
    assert (added.name, added.title, added.source["kind"]) == ("b", 'Brücke "B"', "rtsp")
    assert (added.place.latitude, added.place.longitude, added.measure) == (46.5, 9.9, {"smoke": {}})
    assert added.source["password"] == {"file": str(Path("b.secret").resolve())}


def test_a_place_that_is_none_is_refused_and_the_file_left(landwatch, config):
    before = config.read_text()
    ran = landwatch("cameras", "add", "b", "rtsp://192.0.2.1/s", "--place", "91", "9.9", "--config", config)
    assert ran.code == 2
    assert "--place: latitude = 91.0" in ran.err
    assert config.read_text() == before


def test_without_a_configuration_the_ways_in_are_named(landwatch, tmp_path):
    ran = landwatch("run", "--config", tmp_path / "landwatch.toml")
    assert ran.code == 2
    assert "`landwatch setup`" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "url", "message"),
    [
        ("a", "http://192.0.2.1/x.jpg", "has a camera called 'a' already"),
        ("B b", "http://192.0.2.1/x.jpg", "name = 'B b'"),
        ("c", "http://u:p@192.0.2.1/x.jpg", "password"),
    ],
)
def test_a_camera_that_cannot_be_added_leaves_the_file_as_it_was(landwatch, config, name, url, message):
    before = config.read_text()
    ran = landwatch("cameras", "add", name, url, "--config", config)
    assert ran.code == 2
    assert message in ran.err
    assert "u:p@" not in ran.err
    assert config.read_text() == before
    assert [path.name for path in config.parent.iterdir()] == ["landwatch.toml"]


def test_a_camera_that_refuses_is_said_to(landwatch, config, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", "hunter2")
    ran = landwatch("cameras", "test", "a", "--config", config)
    assert ran.code == 1
    assert "a: no picture" in ran.err
    assert "hunter2" not in ran.err


def test_doctor_finds_removal_well_and_shows_no_secret(landwatch, config, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", "hunter2")
    ran = landwatch("doctor", "--config", config, "--json")
    found = {line["thing"]: line for line in ran.lines}
    assert found["removal"]["state"] == "good"
    assert found["camera a"]["state"] == "good"
    assert {"swap", "core dumps", "disk", "versions"} <= set(found)
    assert "hunter2" not in ran.out


def test_doctor_says_what_is_wrong_with_a_configuration(landwatch, config):
    config.write_text(config.read_text().replace("user =", "usr ="))
    ran = landwatch("doctor", "--config", config)
    assert ran.code == 1
    assert "usr" in ran.out


def test_a_camera_that_gives_pictures_is_cleared_measured_and_its_address_proposed(landwatch, tmp_path):
    config = tmp_path / "landwatch.toml"
    with still_camera() as url:
        config.write_text(f"[[camera]]\nname = 'a'\nsource = {{ kind = 'snapshot', url = '{url}' }}\n")
        ran = landwatch("cameras", "test", "a", "--config", config, "--json")
        table = landwatch("cameras", "test", url)
    picture, tried, proposal = ran.lines
    assert (picture["kind"], picture["status"]) == ("picture", "cleared")
    assert (tried["url"], tried["width"], tried["height"]) == (url, 640, 480)
    assert (proposal["url"], proposal["serves"]) == (url, True)
    assert (ran.code, table.code) == (0, 0)
    assert "640 x 480" in table.out
    assert list(tmp_path.iterdir()) == [config]


def test_the_best_of_what_is_at_an_address_is_added(landwatch, config):
    with still_camera() as url:
        ran = landwatch("cameras", "add", "b", url, "--best", "--for", "upkeep", "--config", config)
    assert ran.code == 0, ran.err
    assert load(config).camera[1].source["url"] == url


@contextmanager
def still_camera():
    """Give the address of a camera that shows computed land, and nobody."""
    body = simplejpeg.encode_jpeg(land())

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/a.jpg"
        server.shutdown()
        thread.join()
