"""`landwatch cameras calibrate` on files of points."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
from typer.testing import CliRunner

from landwatch.cli import app
from landwatch.config import Place, load
from landwatch.errors import UsageError
from landwatch.view import View
from landwatch.where import Terrain, view_of
from tests.web.scenes import Sight, fill, well

VIEW = View(lens="rectilinear", size=(640, 480), azimuth=45.0, elevation=-2.0, roll=0.0, focal=600.0)
SPOTS = np.array([[50.0, 60.0], [600.0, 80.0], [320.0, 400.0], [100.0, 300.0], [500.0, 200.0]])


def run(*words):
    return CliRunner().invoke(app, ["cameras", "calibrate", *map(str, words)])


@pytest.fixture
def points(tmp_path):
    rows = [
        f"{x},{y},{azimuth:.6f},{elevation:.6f}"
        for (x, y), (azimuth, elevation) in zip(SPOTS, VIEW.directions(SPOTS), strict=True)
    ]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(["x,y,azimuth,elevation", *rows]))
    return path


def test_json_gives_a_line_a_point_and_one_of_the_view(points):
    result = run(points, "--size", "640x480", "--json")
    *spots, view = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(spots) == 5
    assert all(abs(spot["right"]) < 0.01 and not spot["doubtful"] for spot in spots)
    assert view["azimuth"] == pytest.approx(45.0, abs=1e-3)
    assert view["focal"] == pytest.approx(600.0, rel=1e-4)
    assert np.shape(view["covariance"]) == (4, 4)


def test_people_see_residuals_and_values_with_their_uncertainty(points):
    result = run(points, "--size", "640x480")
    assert "azimuth 45 ± " in result.stdout
    assert "residuals 0.00 px" in result.stdout


def test_places_are_seen_from_the_cameras_place(tmp_path):
    config = tmp_path / "landwatch.toml"
    config.write_text(
        '[[camera]]\nname = "a"\nsource = { kind = "folder", path = "." }\n'
        "place = { latitude = 47.0, longitude = 8.0, elevation = 500.0 }\n"
    )
    path = tmp_path / "points.csv"
    # North of the camera and at its height, near enough: azimuth 0 at the middle of the picture.
    path.write_text(
        "x,y,longitude,latitude,height\n320,240,8.0,47.01,500\n420,240,8.00244,47.01,500\n320,140,8.0,47.01,685\n"
    )
    result = run(path, "--size", "640x480", "--camera", "a", "--config", config, "--json")
    view = json.loads(result.stdout.splitlines()[-1])
    assert (view["azimuth"] + 1) % 360 == pytest.approx(1.0, abs=0.1)
    # 0.00244 deg of longitude are 185.4 m at 1111.8 m: 100 px at a focal length of 600 px.
    assert view["focal"] == pytest.approx(600.0, rel=0.01)


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        ("x,y\n1,2\n", "640x480", "needed are x, y, azimuth, elevation"),
        ("x,y,azimuth,elevation\n1,2,,4\n", "640x480", "line 2: azimuth is empty"),
        ("x,y,azimuth,elevation\n1,2,a,4\n", "640x480", "line 2: could not convert"),
        ("x,y,azimuth,elevation\n1,2,3,4\n", "640", "is not WIDTHxHEIGHT"),
        ("x,y,longitude,latitude,height\n1,2,3,4,5\n", "640x480", "say with --camera"),
    ],
)
def test_wrong_use_says_what_is_wrong(tmp_path, text, size, message):
    path = tmp_path / "points.csv"
    path.write_text(text)
    result = run(path, "--size", size)
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)


def test_the_table_that_is_printed_is_read_again_as_the_view(points, tmp_path):
    printed = run(points, "--size", "640x480", "--toml").stdout
    config = tmp_path / "landwatch.toml"
    config.write_text(
        '[[camera]]\nname = "ridge"\nsource = { kind = "folder", path = "." }\n'
        "place = { latitude = 50.0, longitude = 8.0, elevation = 600 }\n" + printed
    )
    found = view_of(load(config).camera[0].view)
    assert found.size == (640, 480)
    assert found.azimuth == pytest.approx(45.0, abs=1e-3)
    assert found.free == ("azimuth", "elevation", "roll", "focal")
    assert found.covariance.shape == (4, 4)
    # The camera was turned by 3 degrees since: the same spots show what lies 3 degrees farther right.
    moved = tmp_path / "moved.csv"
    head, *rows = points.read_text().splitlines()
    turned = [row.split(",") for row in rows[:2]]
    moved.write_text("\n".join([head, *(f"{x},{y},{float(a) + 3},{e}" for x, y, a, e in turned)]))
    result = CliRunner().invoke(
        app, ["cameras", "turn", "ridge", "--points", str(moved), "--config", str(config)]
    )
    assert "azimuth = 48.0" in result.stdout or "azimuth = 47.99" in result.stdout
    assert "turned by +3.00" in result.stderr


def test_a_camera_without_a_terrain_is_turned_by_landmarks(points, tmp_path):
    config = tmp_path / "landwatch.toml"
    config.write_text(
        '[[camera]]\nname = "ridge"\nsource = { kind = "folder", path = "." }\n'
        "place = { latitude = 50.0, longitude = 8.0, elevation = 600 }\n"
        + run(points, "--size", "640x480", "--toml").stdout
    )
    result = CliRunner().invoke(app, ["cameras", "turn", "ridge", "--config", str(config)])
    assert isinstance(result.exception, UsageError)
    assert "has no terrain; set it to a GeoTIFF, or give landmarks by --points" in str(result.exception)


def test_a_view_is_turned_by_the_skyline_of_the_newest_cleared_picture(tmp_path):
    """A ridge that runs north, 2 to 4 km to the east, 300 m above the camera: it sinks from right to left."""
    terrain = tmp_path / "land.asc"
    row = " ".join("1300" if 53 <= column <= 57 else "900" for column in range(101))
    rows = [row] * 101
    head = "ncols 101\nnrows 101\nxllcenter 7.5\nyllcenter 50.0\ncellsize 0.01\n"
    terrain.write_text(head + "\n".join(rows))
    true = View(lens="rectilinear", size=(640, 480), azimuth=20.0, elevation=2.0, roll=0.0, focal=600.0)
    here = Place(latitude=50.2, longitude=8.0, elevation=1000.0)
    around = np.arange(-20.0, 60.0, 0.1)
    heights = Terrain.read(terrain).horizon(here, around % 360)
    places = true.pixels(np.stack([around % 360, heights], axis=1))
    line = np.interp(np.arange(640) + 0.5, *places.T)
    land = np.arange(480)[:, None] + 0.5 > line
    picture = np.repeat(np.where(land, 60, 200).astype(np.uint8)[:, :, None], 3, axis=2)
    fill(tmp_path / "store", [(Sight(name="ridge", title="", states=well()), [picture])])
    config = tmp_path / "landwatch.toml"
    config.write_text(
        'terrain = "land.asc"\nstore = { folder = "store" }\n'
        '[[camera]]\nname = "ridge"\nsource = { kind = "folder", path = "." }\n'
        "place = { latitude = 50.2, longitude = 8.0, elevation = 1000 }\n"
        "[camera.view]\nsize = [640, 480]\nazimuth = 30.0\nelevation = 0.0\nfocal = 600.0\n"
        "sigma = { azimuth = 1.0, elevation = 1.0 }\n"
    )
    result = CliRunner().invoke(app, ["cameras", "turn", "ridge", "--within", "25", "--config", str(config)])
    assert result.exit_code == 0, result.exception
    turned = tomllib.loads(result.stdout)["camera"]["view"]
    assert abs(turned["azimuth"] - 20.0) < 3 * turned["sigma"]["azimuth"] < 1.5
    assert turned["elevation"] == pytest.approx(2.0, abs=0.2)
