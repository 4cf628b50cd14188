"""The command that finds anew where a camera looks, and the table of a view for landwatch.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from landwatch.cli._calibrate import place_of, read_points, toml_of
from landwatch.cli._output import DONE, complain, say
from landwatch.config import Config, load
from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.types import Pixels
from landwatch.where import Terrain, skyline, turn_to_landmarks, turn_to_skyline, view_of

__all__ = ["turn_view"]


def turn_view(
    name: Annotated[str, typer.Argument(help="A camera of the configuration that has a view.")],
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="POINTS.csv",
            help="Two landmarks or more, as for calibrate. Without it, the newest cleared picture's "
            "skyline is laid on the terrain's.",
        ),
    ] = None,
    within: Annotated[
        float,
        typer.Option(min=5.0, max=180.0, help="How far the azimuth may be wrong to either side, in deg."),
    ] = 180.0,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The landwatch.toml.")] = Path(
        "landwatch.toml"
    ),
) -> int:
    """Find anew where a camera looks whose lens is known, and print its [camera.view]."""
    settings = load(config)
    place = place_of(name, config)
    camera = next(camera for camera in settings.camera if camera.name == name)
    if camera.view is None:
        raise UsageError(
            f"camera {name} has no [camera.view] in {config}; make one with landwatch cameras calibrate"
        )
    view = view_of(camera.view)
    if points is not None:
        found = turn_to_landmarks(view, read_points(points, place))
    else:
        if settings.terrain is None:
            raise UsageError(f"{config} has no terrain; set it to a GeoTIFF, or give landmarks by --points")
        picture = _newest(settings, name)
        if picture.shape[1::-1] != view.size:
            shown, known = (f"{size[0]} x {size[1]} px" for size in (picture.shape[1::-1], view.size))
            raise UsageError(
                f"the newest picture of {name} is {shown} and its view {known}; calibrate it again"
            )
        found = turn_to_skyline(view, skyline(picture), Terrain.read(settings.terrain), place, within)
    assert found.view.covariance is not None
    doubt = float(np.sqrt(found.view.covariance[0, 0]))
    turned = (found.view.azimuth - view.azimuth + 180) % 360 - 180
    complain(f"{name}: turned by {turned:+.2f} ± {doubt:.2f} deg in azimuth, residuals {found.rms:.1f} px")
    say(toml_of(found.view))
    return DONE


def _newest(settings: Config, name: str) -> Pixels:
    """Return the newest cleared picture of a camera that is kept."""
    with Archive(settings.store.folder, url=settings.store.address()) as archive:
        record = archive.camera(name)
        shown = record.newest_shown if record else None
        file = archive.still(shown.still) if shown and shown.still else None
    pixels = None if file is None else cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise UsageError(f"no cleared picture of {name} is kept; run landwatch first, or give --points")
    return np.asarray(pixels, np.uint8)
