"""Sun, the light of the sky, and drifting clouds.

Reference:
    [1] F. Kasten and A. T. Young, "Revised optical air mass tables and approximation formula",
        Appl. Opt. 28, 4735-4738, 1989, 10.1364/AO.28.004735.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import cos, exp, radians, sin

import numpy as np

from landwatch.sun import Sun, position
from landwatch.valley.arrays import Floats, ramp, resize, single, smoothstep
from landwatch.valley.noise import Tiles
from landwatch.valley.terrain import Camera

__all__ = ["INFRARED_BELOW", "Light", "Sky", "cloud_shadow", "light", "toward"]

INFRARED_BELOW = -5.0
"""Sun elevation below which the cameras swing the infra-red filter away and light their lamps. [degree]"""

OPTICAL_DEPTH = np.array((0.075, 0.125, 0.235))
"""Of the clear air overhead, at 610, 550 and 465 nm: Rayleigh plus a little aerosol. [1]"""

CLOUD_HEIGHT = 2100.0
"""Height of the cloud base above the eye. [m]"""

CLOUD_PERIOD = 11_000.0
"""Size after which the clouds repeat. [m]"""

MOONLIGHT = 0.00035
"""Light of a night sky in units in which the sun gives 3. [1]"""


@dataclass(frozen=True)
class Light:
    """The light of one moment, linear red, green, blue in units in which full sun gives about 3."""

    sun: tuple[float, float, float]
    """Unit vector to the sun in the view's frame."""

    elevation: float
    """Of the sun. [degree]"""

    direct: Floats
    """(3,): irradiance of a surface that faces the sun, without its share under clouds."""

    ambient: Floats
    """(3,): irradiance from the sky."""

    zenith: Floats
    """(3,): radiance overhead."""

    horizon: Floats
    """(3,): radiance at the horizon, which is also the air's light between eye and land."""

    exposure: float
    """What the camera multiplies light by, so that 1 is white."""

    is_infrared: bool
    """The camera sees near infra-red from its own lamps, as gray."""


def toward(sun: Sun, bearing: float) -> tuple[float, float, float]:
    """Return the unit vector to the sun in the frame of a view that looks to `bearing` [deg]."""
    turn, up = radians(sun.azimuth - bearing), radians(sun.elevation)
    return sin(turn) * cos(up), cos(turn) * cos(up), sin(up)


def light(
    moment: datetime,
    latitude: float,
    longitude: float,
    bearing: float,
    *,
    overcast: float = 0.0,
    murk: float = 0.0,
    snow: float = 0.0,
) -> Light:
    """Return the light at a moment; `overcast`, `murk` and `snow`, all 0..1, are how closed the cloud
    cover is, how much of the picture is air, and how much of the land is white."""
    sun = position(moment, latitude, longitude)
    e = sun.elevation
    above = max(e, -1.5)
    mass = 1 / (sin(radians(max(above, 0.0))) + 0.50572 * (max(above, 0.0) + 6.07995) ** -1.6364)
    risen = ramp(e, -1.2, 1.2)
    direct = 3.0 * np.exp(-OPTICAL_DEPTH * mass) * risen
    day = ramp(e, -9, 22)
    twilight = exp(min(0.0, (e + 1.0)) / 2.6)
    strength = (0.10 + 0.90 * day) * twilight + MOONLIGHT
    low = exp(-((e / 7.5) ** 2))
    blue = np.array((0.36, 0.53, 0.86)) * (1 - 0.30 * low) + np.array((0.30, 0.26, 0.24)) * 0.45 * low
    ambient = 0.80 * blue * strength
    zenith = np.array((0.115, 0.245, 0.58)) * 0.85 * strength
    warm = np.array((0.86, 0.58, 0.40)) * low + np.array((0.62, 0.74, 0.90)) * (1 - low)
    horizon = 0.60 * warm * strength
    gray = np.array((0.60, 0.64, 0.69)) * strength
    flat = direct.mean() * max(sin(radians(max(e, 0))), 0.03)
    ambient = ambient * (1 - overcast) + overcast * (gray * 0.85 + 0.12 * flat)
    zenith = zenith * (1 - overcast) + overcast * gray * 0.62
    horizon = horizon * (1 - overcast) + overcast * ambient * 0.52
    direct = direct * (1 - 0.97 * overcast)
    # Metered as a camera does: what the land sends back and what the air sends.
    land = float((ambient + 0.75 * direct * max(sin(radians(max(e, 0))), 0.06))[1])
    level = 0.30 * land * (1 + 1.3 * snow) * (1 - 0.6 * murk) + float(horizon[1]) * (0.35 + 0.85 * murk)
    level += 0.5 * float(horizon[1]) * float(low) * risen
    infrared = e < INFRARED_BELOW
    exposure = 0.96 / max(level, 0.006)
    return Light(
        toward(sun, bearing), e, direct.astype(np.float32), ambient.astype(np.float32),
        zenith.astype(np.float32), horizon.astype(np.float32), exposure, infrared,
    )  # fmt: skip


class Sky:
    """The part of the canvas above the land, worked out at a fraction of its size."""

    def __init__(self, camera: Camera, noise: Tiles, bottom: int) -> None:
        self._noise = noise
        self.rows = max(bottom, 2)
        """Rows of the canvas that have any sky."""
        self._step = 2 if camera.canvas[1] < 900 else 4
        self._full = (self.rows, camera.canvas[1])
        self._size = (max(self.rows // self._step, 2), camera.canvas[1] // self._step)
        up = resize(camera.up[: self.rows, None], (self._size[0], 1))
        right = resize(camera.right[None, :], (1, self._size[1]))
        length = np.sqrt(1 + np.square(up) + np.square(right))
        self._x, self._y = (right / length).astype(np.float32), (1 / length).astype(np.float32)
        self._z = (up / length).astype(np.float32)
        rise = np.maximum(up, 0.012)
        self._ground_x = (CLOUD_HEIGHT * right / rise).astype(np.float32)
        self._ground_y = np.broadcast_to(CLOUD_HEIGHT / rise, self._size).astype(np.float32)
        self._clear: tuple[tuple[object, ...], Floats] | None = None
        self._haze = np.exp(-np.maximum(self._z, 0) / 0.055).astype(np.float32)

    def clear(self, now: Light) -> Floats:
        """Return the radiance of the cloudless sky at the fraction's size, linear."""
        key = (now.sun, now.exposure, float(now.horizon[1]))
        if self._clear is None or self._clear[0] != key:
            self._clear = key, self._gradient(now)
        return self._clear[1]

    def _gradient(self, now: Light) -> Floats:
        share = np.exp(-np.maximum(self._z, 0) / 0.20).astype(np.float32)[..., None]
        base = now.zenith + (now.horizon - now.zenith) * share
        cosine = self._x * now.sun[0] + self._y * now.sun[1] + self._z * now.sun[2]
        glow = 0.055 * np.exp((cosine - 1) * 5) + 0.35 * np.exp((cosine - 1) * 90) + 8 * (cosine > 0.99997)
        return single(base + glow[..., None] * now.direct)

    def clouds(self, seconds: float, wind: float, cover: float, now: Light) -> tuple[Floats, Floats]:
        """Return how opaque the clouds are (height, width) and their radiance (height, width, 3)."""
        drift = np.float32((seconds * wind * 2.2) % CLOUD_PERIOD)
        ahead = np.float32((seconds * wind * 0.6) % CLOUD_PERIOD)
        x, y = self._ground_x - drift, self._ground_y - ahead
        field = self._noise.cloud.at(x, y, CLOUD_PERIOD)
        fine = self._noise.fractal.at(x, y, 3900)
        thick = field + 0.16 * fine
        threshold = 1.75 - 3.6 * cover
        opaque = smoothstep(thick, threshold, threshold + 0.75)
        # A cloud is bright where less of it lies towards the sun.
        aside = self._noise.cloud.at(
            x + np.float32(260 * now.sun[0]), y + np.float32(260 * now.sun[1]), CLOUD_PERIOD
        )
        lit = np.clip(0.62 + 0.55 * (field - aside) - 0.22 * (thick - threshold), 0.18, 1.0)
        white = now.direct * np.float32(0.30) + now.ambient * np.float32(0.42)
        gray = now.ambient * np.float32(0.50) + now.direct * np.float32(0.05)
        colour = gray + (white - gray) * lit[..., None]
        far = (self._haze * 0.85)[..., None]
        return opaque * (1 - 0.5 * self._haze), (colour * (1 - far) + now.horizon * far).astype(np.float32)

    def through(self, radiance: Floats, extinction: float, layer: float, now: Light) -> Floats:
        """Return the radiance seen through air of `extinction` [1/m] that is `layer` [m] deep."""
        if extinction * layer < 0.01:
            return radiance
        path = layer / np.maximum(self._z, 0.004)
        kept = np.exp(-extinction * path).astype(np.float32)[..., None]
        return single(radiance * kept + now.horizon * (1 - kept))

    def enlarge(self, radiance: Floats) -> Floats:
        """Return an array of the fraction's size at the size of the canvas's sky rows."""
        return resize(radiance, self._full)


def cloud_shadow(
    noise: Tiles, x: Floats, y: Floats, seconds: float, wind: float, cover: float, now: Light
) -> Floats:
    """Return the share of sunlight that clouds let through to places (x, y) [m], 0..1."""
    if now.sun[2] < 0.05:
        return np.ones_like(x)
    reach = np.float32(CLOUD_HEIGHT / max(now.sun[2], 0.25))
    drift = np.float32((seconds * wind * 2.2) % CLOUD_PERIOD)
    ahead = np.float32((seconds * wind * 0.6) % CLOUD_PERIOD)
    field = noise.cloud.at(
        x + reach * np.float32(now.sun[0]) - drift, y + reach * np.float32(now.sun[1]) - ahead, CLOUD_PERIOD
    )
    threshold = 1.75 - 3.6 * cover
    return 1 - smoothstep(field, threshold, threshold + 0.9)
