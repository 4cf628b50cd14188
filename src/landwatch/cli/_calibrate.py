"""The command that fits a camera's view to points whose place is known."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, complain, emit, say, stdout
from landwatch.config import Place, load
from landwatch.errors import UsageError
from landwatch.view import LENSES, Calibration, KnownPoint, Lens, View, calibrate, direction_to

__all__ = ["calibrate_view", "place_of", "read_points", "toml_of"]

BY_DIRECTION = {"x", "y", "azimuth", "elevation"}
BY_PLACE = {"x", "y", "longitude", "latitude", "height"}


def calibrate_view(
    points: Annotated[
        Path,
        typer.Argument(
            metavar="POINTS.csv",
            help="Columns x, y [px] and azimuth, elevation [deg], or longitude, latitude [deg], height [m]; "
            "sigma [px] if you know it.",
        ),
    ],
    size: Annotated[str, typer.Option(metavar="WxH", help="Width and height of the picture, in px.")],
    lens: Annotated[str, typer.Option(help=f"{', '.join(LENSES)}.")] = "rectilinear",
    camera: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose place in the configuration counts.")
    ] = None,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The landwatch.toml.")] = Path(
        "landwatch.toml"
    ),
    json_lines: Json = False,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the table [camera.view] of landwatch.toml.")
    ] = False,
) -> int:
    """Fit a view, lens and pose, to known points, and print what is left at each."""
    wide, _, high = size.partition("x")
    if not (wide.isdigit() and high.isdigit() and int(wide) and int(high)):
        raise UsageError(f"--size {size} is not WIDTHxHEIGHT, such as 1920x1080")
    chosen = next((known for known in LENSES if known == lens), None)
    if chosen is None:
        raise UsageError(f"--lens {lens}: there are {', '.join(LENSES)}")
    here = place_of(camera, config) if camera else None
    known = read_points(points, here)
    fitted = calibrate(known, (int(wide), int(high)), chosen)
    if json_lines:
        for line in _lines(known, fitted):
            emit(line)
        return DONE
    if toml:
        say(toml_of(fitted.view))
        return DONE
    _show(known, fitted, chosen)
    return DONE


def place_of(name: str, config: Path) -> Place:
    """Return where a camera of the configuration stands."""
    cameras = {camera.name: camera for camera in load(config).camera}
    if name not in cameras:
        raise UsageError(f"{config} has no camera called {name!r}; there are: {', '.join(cameras)}")
    place = cameras[name].place
    if place is None:
        raise UsageError(f"camera {name} has no place in {config}; write place = {{ latitude = … }}")
    return place


def read_points(path: Path, here: Place | None) -> list[KnownPoint]:
    """Return the known points of a CSV file."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    columns = set(rows[0]) if rows else set()
    if not (columns >= BY_DIRECTION or columns >= BY_PLACE):
        raise UsageError(
            f"{path}: columns {', '.join(sorted(map(str, columns)))}; needed are x, y, azimuth, elevation, "
            "or x, y, longitude, latitude, height"
        )
    if not columns >= BY_DIRECTION and here is None:
        raise UsageError(f"{path} gives places; say with --camera NAME from where they are seen")
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            value = {key: float(text) for key, text in row.items() if key and text and key != "name"}
            if columns >= BY_DIRECTION:
                azimuth, elevation = value["azimuth"], value["elevation"]
            else:
                assert here is not None
                azimuth, elevation = direction_to(
                    here, value["latitude"], value["longitude"], value["height"]
                )
            sigma = value.get("sigma", 1.0)
            if sigma <= 0:
                raise ValueError(f"sigma = {sigma:g} is not above 0")
            found.append(
                KnownPoint(x=value["x"], y=value["y"], azimuth=azimuth, elevation=elevation, sigma=sigma)
            )
        except KeyError as error:
            raise UsageError(f"{path}, line {number}: {error.args[0]} is empty") from None
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from None
    return found


def toml_of(view: View) -> str:
    """Return a fitted view as the table [camera.view] of landwatch.toml."""
    assert view.covariance is not None
    doubts = np.sqrt(np.diagonal(view.covariance))
    values = ("azimuth", "elevation", "roll", "focal", "k1", "k2", "p1", "p2")
    sigma = ", ".join(f"{name} = {float(doubt):.6g}" for name, doubt in zip(view.free, doubts, strict=True))
    rows = ",\n".join("  [" + ", ".join(f"{value:.6g}" for value in row) + "]" for row in view.covariance)
    return "\n".join(
        [
            "[camera.view]",
            f'lens = "{view.lens}"',
            f"size = [{view.size[0]}, {view.size[1]}]",
            *(f"{name} = {float(getattr(view, name)):.9g}" for name in values if getattr(view, name)),
            f"sigma = {{ {sigma} }}",
            f"covariance = [\n{rows},\n]",
        ]
    )


def _lines(known: list[KnownPoint], fitted: Calibration) -> list[dict[str, Any]]:
    view = fitted.view
    assert view.covariance is not None
    doubts = np.sqrt(np.diagonal(view.covariance))
    points = [
        {
            "kind": "point",
            "x": point.x,
            "y": point.y,
            "right": float(right),
            "down": float(down),
            "doubtful": index in fitted.doubtful,
        }
        for index, (point, (right, down)) in enumerate(zip(known, fitted.residuals, strict=True))
    ]
    whole = {
        "kind": "view",
        "lens": view.lens,
        "size": list(view.size),
        **{name: float(getattr(view, name)) for name in view.free},
        "sigma": {name: float(doubt) for name, doubt in zip(view.free, doubts, strict=True)},
        "covariance": view.covariance.tolist(),
        "rms": fitted.rms,
    }
    return [*points, whole]


def _show(known: list[KnownPoint], fitted: Calibration, lens: Lens) -> None:
    table = Table("x", "y", "right", "down", "", box=None)
    for index, (point, (right, down)) in enumerate(zip(known, fitted.residuals, strict=True)):
        mark = "doubtful" if index in fitted.doubtful else ""
        table.add_row(f"{point.x:.1f}", f"{point.y:.1f}", f"{right:+.2f} px", f"{down:+.2f} px", mark)
    stdout.print(table)
    view = fitted.view
    assert view.covariance is not None
    for name, doubt in zip(view.free, np.sqrt(np.diagonal(view.covariance)), strict=True):
        unit = {"focal": " px"}.get(name, " deg" if name in {"azimuth", "elevation", "roll"} else "")
        say(f"{name} {getattr(view, name):.6g} ± {doubt:.2g}{unit}")
    say(f"{lens}, residuals {fitted.rms:.2f} px")
    if fitted.doubtful:
        complain("doubtful points: look whether the right thing was clicked, then try again")
