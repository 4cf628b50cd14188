"""A fleet around the simulated valley, for pages that are looked at. Nobody walks or drives there."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from landwatch.types import Pixels, Region
from landwatch.valley.demo import demo_cameras
from landwatch.valley.scene import Valley

from .scenes import INTERVAL, NOW, Sight, well

TITLES = {
    "ridge-north": ("Fire lookout, north ridge", "北岭瞭望"),
    "river-gauge": ("River gauge at the bridge", "桥头水位"),
    "road-pass": ("Pass road, kilometre 14", "山口公路 14 公里"),
    "slope-east": ("Loose slope above the village", "村后松动山坡"),
    "forest-tower": ("Forest phenology tower", "森林物候塔"),
    "airfield-fog": ("Fog over the valley floor", "谷底雾情"),
    "pass-snow": ("Snow on the upper road", "上段公路积雪"),
    "forest-night": ("Forest edge by night", "林缘夜间"),
    "river-frozen": ("Upper river", "上游河段"),
    "ridge-blurred": ("South ridge", "南岭"),
    "slope-white": ("West slope", "西坡"),
    "quarry-late": ("Quarry", "采石场"),
    "bridge-down": ("Old bridge", "旧桥"),
}
"""What each camera is called in English and in Chinese."""

ILL: dict[str, dict] = {
    "ridge-north": {"smoke": True, "quantity": "smoke"},
    "river-gauge": {"quantity": "river_level"},
    "forest-tower": {"quantity": "gcc"},
    "quarry-late": {"age": 2700.0},
    "road-pass": {"withheld": True},
    "ridge-blurred": {
        "states": well(
            blur=("bad", 4.1, "1", "4.1 times less sharp than it was: out of focus, or glass misted")
        )
    },
    "slope-white": {
        "states": well(exposure=("doubtful", 31.0, "%", "over-exposed: 31 % of the picture is too bright"))
    },
    "river-frozen": {"states": well(frozen=("bad", 120.0, "s", "12 equal pictures in a row, for 120 s"))},
    "forest-night": {
        "states": well(blur=("unknown", None, "1", "night"), exposure=("unknown", None, "%", "night"))
    },
    "bridge-down": {"states": {}, "refused": True},
}
"""What is the matter with some of them; the others are well."""

PICTURES = 7
"""Of each camera. [1]"""


def valley_fleet(size: tuple[int, int]) -> list[tuple[Sight, list[Pixels]]]:
    """Return thirteen cameras and their pictures of `size` (height, width) [px], oldest first."""
    fleet = []
    for camera in demo_cameras(1, NOW - timedelta(minutes=4)):
        about = {"states": well(), **ILL.get(camera.name, {})}
        pictures, regions = ([], ()) if about.get("refused") else _pictures(camera, size)
        sight = Sight(name=camera.name, title=TITLES[camera.name][0], regions=regions, **about)
        fleet.append((sight, pictures))
    return fleet


def in_chinese(fleet: list[tuple[Sight, list[Pixels]]]) -> list[tuple[Sight, list[Pixels]]]:
    """Return the fleet with the names that a Chinese owner would give."""
    return [(dataclasses.replace(sight, title=TITLES[sight.name][1]), pictures) for sight, pictures in fleet]


def forty(fleet: list[tuple[Sight, list[Pixels]]]) -> list[tuple[Sight, list[Pixels]]]:
    """Return forty cameras: those of the fleet, and well ones that look like them."""
    whole = list(fleet)
    seen = [(sight, pictures) for sight, pictures in fleet if pictures]
    for number in range(40 - len(fleet)):
        sight, pictures = seen[number % len(seen)]
        name = f"z{number:02d}-{sight.name}"
        whole.append((Sight(name=name, title=f"{sight.title} {number + 2}", states=well()), pictures))
    return whole


def _pictures(camera, size: tuple[int, int]) -> tuple[list[Pixels], tuple[Region | None, ...]]:
    episodes = tuple(one for one in camera.schedule.episodes if one.kind not in ("walkers", "cars"))
    schedule = dataclasses.replace(camera.schedule, episodes=episodes)
    valley = Valley(seed=camera.seed, size=size, view=camera.view)
    newest = NOW - timedelta(seconds=4)
    step = timedelta(seconds=INTERVAL)
    moments = [newest - step * back for back in reversed(range(PICTURES))]
    return (
        [valley.render(moment, schedule) for moment in moments],
        tuple(valley.truth(moment, schedule).smoke for moment in moments),
    )
