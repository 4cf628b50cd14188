"""The land of one view, worked out once: for each pixel how far, how high, which way it faces, of what.

Each column of the picture is a ray along the ground. The slope from the eye to the ground, made
monotone by a running maximum, is what is seen; the distance at which it first reaches a row's
slope is that pixel's distance. Light, season, snow and fog are then arithmetic on these layers.

References:
    [1] T. Saito and T. Takahashi, "Comprehensible rendering of 3-D shapes", SIGGRAPH 1990,
        10.1145/97879.97901 (shading from layers of geometry).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from landwatch.valley.arrays import Floats, blur, single, smoothstep
from landwatch.valley.noise import Tiles, tiles
from landwatch.valley.plants import scaled, trees
from landwatch.valley.views import RIVER_HALF_WIDTH, VIEWS, View, ground, river_axis, road_ahead, woods

__all__ = ["FAR", "Camera", "Land", "Layers", "build"]

MARGIN = 0.04
"""Drawn beyond each side of the picture, in widths and heights, so that a moved view still shows land. [1]"""

NEAR, FAR = 3.0, 30_000.0
"""The nearest and farthest ground. [m]"""

STEPS = 1100
"""Samples of each ray, evenly in the logarithm of distance: 0.84 % apart."""

CANOPY = 8.0
"""Height of closed forest that is drawn as a surface and not as single trees. [m]"""

CONIFER = (0.028, 0.047, 0.021)
ROCK = (0.165, 0.155, 0.140)
SOIL = (0.130, 0.092, 0.060)
GRAVEL = (0.135, 0.126, 0.112)
ASPHALT = (0.088, 0.088, 0.092)
PAINT = (0.55, 0.55, 0.52)
"""Albedos, linear red, green, blue. [1]"""


@dataclass(frozen=True)
class Camera:
    """The geometry of a picture: canvas px to directions."""

    view: View
    size: tuple[int, int]
    """Height and width of the picture. [px]"""

    scale: float = 1.0
    """Canvas px per picture px."""

    @cached_property
    def margin(self) -> tuple[int, int]:
        """Rows and columns around the picture. [canvas px]"""
        return round(self.size[0] * MARGIN * self.scale), round(self.size[1] * MARGIN * self.scale)

    @cached_property
    def canvas(self) -> tuple[int, int]:
        """Height and width of the picture with its margin. [canvas px]"""
        return (
            round(self.size[0] * self.scale) + 2 * self.margin[0],
            round(self.size[1] * self.scale) + 2 * self.margin[1],
        )

    @cached_property
    def focal(self) -> float:
        """Focal length. [canvas px]"""
        return self.view.focal * self.size[1] * self.scale

    @cached_property
    def horizon(self) -> float:
        """Row of the horizon. [canvas px]"""
        return self.view.horizon * self.size[0] * self.scale + self.margin[0]

    @cached_property
    def right(self) -> Floats:
        """(width,): metres to the right per metre ahead of each column."""
        columns = np.arange(self.canvas[1], dtype=np.float32) + 0.5
        return ((columns - self.canvas[1] / 2) / self.focal).astype(np.float32)

    @cached_property
    def up(self) -> Floats:
        """(height,): metres up per metre ahead of each row."""
        rows = np.arange(self.canvas[0], dtype=np.float32) + 0.5
        return ((self.horizon - rows) / self.focal).astype(np.float32)

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Return column and row of a point, in canvas px."""
        return self.canvas[1] / 2 + self.focal * x / y, self.horizon - self.focal * (z - self.view.eye) / y


@dataclass(frozen=True, slots=True)
class Layers:
    """What each canvas pixel shows; all (height, width) float32 unless said otherwise."""

    cover: Floats
    """Share of land, 0 is sky. [1]"""

    distance: Floats
    """From the eye; sky is at `FAR`. [m]"""

    x: Floats
    y: Floats
    z: Floats
    """The place. [m]"""

    normal: Floats
    """(height, width, 3): unit vector the surface faces; x right, y ahead, z up."""

    albedo: Floats
    """(height, width, 3): linear red, green, blue of all that has no season. [1]"""

    leaf: Floats
    """Share of deciduous foliage. [1]"""

    grass: Floats
    """Share of meadow. [1]"""

    tone: Floats
    """Brightness of foliage and grass around 1: texture. [1]"""

    turn: Floats
    """How late this tree turns in autumn, 0..1. [1]"""

    ambient: Floats
    """Share of sky light that gets here. [1]"""

    rank: Floats
    """Share of the land that lies under snow before this pixel does, 0..1. [1]"""


@dataclass(frozen=True)
class Land:
    """The land of one view."""

    camera: Camera
    noise: Tiles
    layers: Layers

    def height(self, x: float, y: float) -> float:
        """Return the ground's height at a place. [m]"""
        one = np.full((1, 1), x, np.float32), np.full((1, 1), y, np.float32)
        return float(ground(self.camera.view, self.noise, *one)[0, 0])

    @cached_property
    def map(self) -> tuple[Floats, Floats, Floats]:
        """x, y and z of a coarse map, each (256, 256), for the shadows of mountains. [m]"""
        x, y = np.meshgrid(
            np.linspace(-9000, 9000, 256, dtype=np.float32), np.linspace(-3000, 15000, 256, dtype=np.float32)
        )
        return x, y, blur(ground(self.camera.view, self.noise, x, y), 0.7)

    def sunlit(self, sun: tuple[float, float, float]) -> Floats:
        """Return the share of the sun's disc over the mountains at each pixel, 0..1, (height, width)."""
        z = self.map[2]
        flat = max(float(np.hypot(sun[0], sun[1])), 1e-3)
        climb = sun[2] / flat
        excess = np.full_like(z, -1e4)
        for reach in np.geomspace(110, 5200, 26):
            shift = np.array(
                [[1, 0, sun[0] / flat * reach * 256 / 18000], [0, 1, sun[1] / flat * reach * 256 / 18000]],
                np.float32,
            )
            there = cv2.warpAffine(
                z,
                shift,
                (256, 256),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            excess = np.maximum(excess, there - z - np.float32(climb * reach))
        lit = 1 - smoothstep(excess, -25, 25)
        column = (self.layers.x + 9000) * np.float32(255 / 18000)
        row = (self.layers.y + 3000) * np.float32(255 / 18000)
        return cast(Floats, cv2.remap(lit, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def build(view_name: str, size: tuple[int, int], seed: int) -> Land:
    """Return the land of a view; a picture up to 800 px wide is worked out at twice its size."""
    view = VIEWS[view_name]
    camera = Camera(view, size)
    fine = Camera(view, size, 2.0) if size[1] <= 800 else camera
    noise = tiles(seed)
    rng = np.random.default_rng([seed, sorted(VIEWS).index(view_name)])
    layers = _paint(fine, noise, *_cast(fine, noise))
    layers = _plant(fine, noise, layers, rng)
    if fine is not camera:
        layers = _shrink(layers, camera.canvas)
    return Land(camera, noise, _rank(view, noise, layers))


def _surface(view: View, t: Tiles, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return height of what is seen, share of forest and height within the crowns 0..1."""
    z = ground(view, t, x, y)
    forest = woods(view, t, x, y, z)
    # Near the camera forest is drawn tree by tree, so the closed surface fades in behind it.
    near = (400, 650) if view.name == "slope" else (140, 330)
    forest = forest * smoothstep(y, *near)
    crown = t.crown.at(x, y, 560)
    return z + np.float32(CANOPY) * smoothstep(forest, 0.35, 0.65) * crown, forest, crown


def _cast(camera: Camera, t: Tiles) -> tuple[Floats, Floats]:
    """Return the distance ahead (y) of each pixel, and the share of land in it."""
    ahead = np.geomspace(NEAR, FAR, STEPS).astype(np.float32)
    y = np.repeat(ahead[:, None], camera.canvas[1], axis=1)
    x = y * camera.right[None, :]
    z, _, _ = _surface(camera.view, t, x, y)
    slope = np.maximum.accumulate((z - np.float32(camera.view.eye)) / y, axis=0)
    logs = np.log(ahead)
    depth = np.empty(camera.canvas, np.float32)
    rising = camera.up[::-1]
    for column in range(camera.canvas[1]):
        depth[::-1, column] = np.interp(rising, slope[:, column], logs)
    skyline = camera.horizon - camera.focal * slope[-1]
    rows = np.arange(camera.canvas[0], dtype=np.float32)[:, None]
    cover = np.clip(rows + 1 - skyline[None, :], 0, 1).astype(np.float32)
    return np.exp(depth), cover


def _normal(view: View, t: Tiles, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return the unit normals at the pixels' places, (height, width, 3)."""
    step = np.clip(y * 0.0016, 0.10, 9).astype(np.float32)
    east = (_surface(view, t, x + step, y)[0] - z) / step
    north = (_surface(view, t, x, y + step)[0] - z) / step
    length = np.sqrt(1 + np.square(east) + np.square(north))
    return cast(Floats, np.dstack([-east / length, -north / length, 1 / length]).astype(np.float32))


def _colour(colour: tuple[float, float, float]) -> Floats:
    return np.array(colour, np.float32)


def _mix(under: Floats, over: Floats, share: Floats) -> Floats:
    return under + (over - under) * share[..., None]


def _paint(camera: Camera, t: Tiles, y: Floats, cover: Floats) -> Layers:
    """Return the layers of ground and closed forest."""
    view = camera.view
    x = y * camera.right[None, :]
    z, forest, crown = _surface(view, t, x, y)
    normal = _normal(view, t, x, y, z)
    steep = np.sqrt(np.clip(1 - np.square(normal[..., 2]), 0, 1)) / np.maximum(normal[..., 2], 0.05)
    # The sides of crowns are steep too, and no rock.
    steep = steep * (1 - smoothstep(forest, 0, 0.2))
    texture = 0.55 * t.fractal.at(x, y, 700) + 0.45 * t.fractal.at(y, x, 83)
    close = smoothstep(-y, -160, -8)
    texture = texture + close * (0.5 * t.fractal.at(x, y, 17) + 0.4 * t.fractal.at(y, x, 3.7))
    # Blades and pebbles: what a lens makes of the ground at its feet.
    texture = texture + smoothstep(-y, -60, -10) * (
        0.55 * t.grain.at(x, y, 9) + 0.45 * t.fractal.at(x, y, 1.1)
    )
    texture = single(texture)
    rock = smoothstep(steep + 0.10 * texture, 0.74, 0.98)
    rock = np.maximum(rock, smoothstep(z + 90 * texture, 960, 1250)) * (1 - forest)
    tint = t.crown_tint.at(x, y, 560)
    needle = smoothstep(t.fractal.at(x, y + 300, 1300) * 0.5 + 1.8 * (tint - 0.5) + z / 900, -0.4, 0.2)
    needle = np.maximum(needle, np.float32(view.conifers > 0.6))
    leaf = forest * (1 - needle)
    grass = (1 - forest) * (1 - rock)
    albedo = np.zeros((*y.shape, 3), np.float32)
    albedo = _mix(albedo, single(_colour(ROCK) * (1 + 0.26 * texture)[..., None]), rock)
    in_crown = (0.55 + 0.55 * crown + 0.30 * (tint - 0.5)) * (1 + 0.10 * texture)
    albedo += _colour(CONIFER) * (forest * needle * in_crown)[..., None]
    bare = smoothstep(texture, 1.25, 2.1) * 0.65 * grass
    if view.name == "slope":
        bare = np.maximum(bare, grass * smoothstep(texture + 1.5 * steep, 1.35, 2.2) * 0.8)
    grass = grass - bare
    albedo += _colour(SOIL) * (bare * (1 + 0.2 * texture))[..., None]
    albedo, grass = _works(camera, t, x, y, texture, albedo, grass)
    tone = np.where(grass > leaf, 1 + 0.24 * texture, in_crown).astype(np.float32)
    ambient = 1 - forest * (1 - (0.38 + 0.62 * crown))
    distance = y * np.sqrt(1 + np.square(camera.right[None, :]) + np.square(camera.up[:, None]))
    return Layers(
        cover, distance, x, y, z, normal, np.clip(albedo, 0.004, 1), leaf, grass, np.clip(tone, 0.2, 2), tint,
        ambient.astype(np.float32), z,
    )  # fmt: skip


def _works(
    camera: Camera, t: Tiles, x: Floats, y: Floats, texture: Floats, albedo: Floats, grass: Floats
) -> tuple[Floats, Floats]:
    """Return albedo and grass with the river's bed or the road laid on."""
    if camera.view.name == "river":
        beside = np.abs(x - river_axis(y)) + 1.1 * texture
        bed = smoothstep(-beside, -RIVER_HALF_WIDTH - 3.2, -RIVER_HALF_WIDTH - 0.6)
        stones = 1 + 0.30 * texture + 0.25 * t.fractal.at(x, y, 6) * smoothstep(-y, -90, -10)
        return _mix(albedo, _colour(GRAVEL) * stones[..., None], bed), grass * (1 - bed)
    if camera.view.name == "road":
        off = y - road_ahead(x)
        soft = np.clip(y * y / (camera.view.eye * camera.focal), 0.02, 2)
        lane = np.clip((3.4 - np.abs(off)) / soft, 0, 1).astype(np.float32)
        path = np.clip((1.1 - np.abs(off + 5.4)) / soft, 0, 1).astype(np.float32)
        shoulder = smoothstep(-np.abs(off) + 0.25 * texture, -4.6, -3.6)
        albedo = _mix(albedo, _colour(GRAVEL) * (0.8 + 0.2 * texture)[..., None], np.maximum(shoulder, path))
        worn = 1 + 0.06 * texture + 0.10 * np.cos(off * 3.7)
        albedo = _mix(albedo, _colour(ASPHALT) * worn[..., None], lane)
        dash = (np.mod(x, 9) < 3.5) & (np.abs(off) < 0.08)
        edge = np.abs(np.abs(off) - 3.05) < 0.06
        line = blur((dash | edge).astype(np.float32), 0.6)
        albedo = _mix(albedo, np.broadcast_to(_colour(PAINT), albedo.shape), line * lane * 0.85)
        return albedo, grass * (1 - np.maximum(np.maximum(lane, shoulder), path))
    return albedo, grass


def _sites(camera: Camera, t: Tiles, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return x, y, z, height and shape number of single trees, farthest first, (n, 5)."""
    view = camera.view
    count = view.trees
    near = {"forest": 32.0, "slope": 150.0, "ridge": 60.0}.get(view.name, 24.0)
    y = np.exp(rng.uniform(np.log(near), np.log(1500 if view.name == "forest" else 900), count))
    x = y * rng.uniform(camera.right[0] * 1.1, camera.right[-1] * 1.1, count)
    at = x.astype(np.float32)[None], y.astype(np.float32)[None]
    z = ground(view, t, *at)
    forest = woods(view, t, *at, z)
    keep = np.where(forest > 0.3, 0.75, 0.16)
    if view.name == "forest":
        keep = np.full_like(keep, 0.97)
    if view.name == "ridge":
        keep = keep * np.where(y < 170, 0.25, 1)
    if view.name == "river":
        beside = np.abs(at[0] - river_axis(at[1]))
        keep = np.where(beside < 17, 0, np.where(beside < 40, 0.45, keep))
    if view.name == "road":
        # The strip before and along the road stays open, so that what moves there is seen.
        off = at[1] - road_ahead(at[0])
        keep = np.where(off < 9, 0, np.where(off < 40, 0.10, np.maximum(keep, 0.4)))
    conifer = rng.random(count) < view.conifers
    height = np.where(conifer, rng.uniform(9, 21, count), rng.uniform(8, 16, count))
    shape = np.where(conifer, rng.integers(0, 5, count), rng.integers(5, 10, count))
    chosen = rng.random(count) < keep[0]
    table = np.column_stack([x, y, z[0], height, shape])[chosen]
    return cast("npt.NDArray[np.float64]", table[np.argsort(-table[:, 1])])


def _plant(camera: Camera, t: Tiles, land: Layers, rng: np.random.Generator) -> Layers:
    """Return the layers with single trees drawn over them, far to near."""
    ground_y = land.y.copy()
    land = replace(land, **{field.name: getattr(land, field.name).copy() for field in fields(land)})
    for x, y, z, tall, number in _sites(camera, t, rng):
        _draw(camera, land, int(number), (x, y, z - 0.03 * tall, tall), ground_y, rng)
    return land


def _draw(
    camera: Camera,
    land: Layers,
    number: int,
    site: tuple[float, float, float, float],
    ground_y: Floats,
    rng: np.random.Generator,
) -> None:
    """Draw one tree into the layers (which the caller owns)."""
    x, y, z, tall = site
    variation, late = rng.uniform(0.78, 1.2), rng.random()
    flip = rng.random() < 0.5
    height = max(round(camera.focal * tall / y), 3)
    shape = trees()[number]
    width = max(round(height * shape.alpha.shape[1] / shape.alpha.shape[0]), 2)
    column, foot = camera.project(x, y, z)
    left, top = round(column - width / 2), round(foot) - height
    _shade_foot(land, ground_y, (column, foot), width, y)
    rows = slice(max(top, 0), min(top + height, camera.canvas[0]))
    columns = slice(max(left, 0), min(left + width, camera.canvas[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    inside = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
    look, normal = scaled(number, height, width)
    if flip:
        look, normal = look[:, ::-1], normal[:, ::-1] * np.array((-1, 1, 1), np.float32)
    look, normal = look[inside], normal[inside]
    at = (rows, columns)
    open_ = (ground_y[at] > 0.93 * y) | (land.cover[at] < 0.5)
    a = np.clip(look[..., 0] * open_, 0, 1).astype(np.float32)
    tone = look[..., 1] * np.float32(variation)
    needle = np.float32(shape.is_conifer)
    own = _colour(CONIFER) * 1.15 * needle * tone[..., None]
    land.albedo[at] = _mix(land.albedo[at], own, a)
    land.normal[at] = _mix(land.normal[at], normal, a)
    down = np.linspace(1.0, 0.45, height, dtype=np.float32)[inside[0], None]
    for layer, value in (
        (land.leaf, np.full_like(a, 1 - needle)),
        (land.grass, np.zeros_like(a)),
        (land.tone, tone),
        (land.turn, np.full_like(a, late)),
        (land.ambient, (0.55 + 0.45 * down) * np.clip(tone, 0.3, 1.1)),
    ):
        layer[at] = layer[at] + (value - layer[at]) * a
    solid = a > 0.4
    up = z + (foot - (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5)) * (y / camera.focal)
    for layer, place in ((land.distance, y), (land.x, x), (land.y, y)):
        layer[at] = np.where(solid, np.float32(place), layer[at])
    land.z[at] = np.where(solid, up[:, None].astype(np.float32), land.z[at])
    land.cover[at] = np.maximum(land.cover[at], a)


def _shade_foot(land: Layers, ground_y: Floats, foot: tuple[float, float], width: int, y: float) -> None:
    """Take light from the ground under a tree, in the layers (which the caller owns)."""
    across, down = max(width * 0.62, 1.5), max(width * 0.16, 1.0)
    rows = slice(max(int(foot[1] - 1.2 * down), 0), min(int(foot[1] + 1.5 * down) + 1, land.ambient.shape[0]))
    columns = slice(max(int(foot[0] - across), 0), min(int(foot[0] + across) + 1, land.ambient.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    row = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(foot[1])) / np.float32(
        down
    )
    column = (np.arange(columns.start, columns.stop, dtype=np.float32) - np.float32(foot[0])) / np.float32(
        across
    )
    shade = np.clip(1.15 - np.square(row * 0.8) - np.square(column), 0, 1) * np.float32(0.6)
    shade = shade * (np.abs(ground_y[rows, columns] - y) < 0.35 * y)
    land.ambient[rows, columns] *= 1 - shade


def _shrink(land: Layers, size: tuple[int, int]) -> Layers:
    """Return the layers at `size`; places and distances are those of one pixel, not means across edges."""

    def mean(array: Floats) -> Floats:
        return cast(Floats, cv2.resize(array, (size[1], size[0]), interpolation=cv2.INTER_AREA))

    def one(array: Floats) -> Floats:
        return cast(Floats, cv2.resize(array, (size[1], size[0]), interpolation=cv2.INTER_NEAREST))

    points = {"distance", "x", "y", "z"}
    return Layers(
        **{
            field.name: (one if field.name in points else mean)(getattr(land, field.name))
            for field in fields(land)
        }
    )


def _rank(view: View, t: Tiles, land: Layers) -> Layers:
    """Return the layers with the order in which snow covers the land, flattened to shares of the land."""
    order = -land.z / 400 + 0.5 * t.fractal.at(land.x, land.y, 400) - 0.7 * land.normal[..., 2]
    order = order + 0.25 * t.fractal.at(land.x, land.y, 23) + 1.2 * (1 - land.ambient)
    # Snow lies on the upper side of branches first, and on trees later than on grass.
    tree = np.clip(land.leaf + (land.albedo[..., 1] > land.albedo[..., 0] * 1.25), 0, 1)
    order = order + tree * (0.6 + 1.9 * (0.6 - land.normal[..., 2]) + 0.5 * (1 - land.tone))
    if view.name == "road":
        order = order + 1.0 * (np.abs(land.y - road_ahead(land.x)) < 3.4)
    is_land = land.cover > 0.5
    steps = np.sort(order[is_land][::7])
    rank = np.searchsorted(steps, order).astype(np.float32) / max(len(steps), 1)
    return replace(
        land,
        rank=np.where(is_land, rank, 2).astype(np.float32),
        distance=np.where(land.cover > 0, land.distance, FAR).astype(np.float32),
    )
