"""What is left of people when they are gone from the picture: not in the size of its file, not in memory."""

from __future__ import annotations

import numpy as np

from landwatch.publish import encode
from landwatch.redact import Remover
from landwatch.redact.plate import LENGTH
from landwatch.types import Pixels
from tests.redact.made import COAT, Fake, camera, land, put, sample, sees_coats

PICTURES = 40
WARM = 16
"""Pictures after which the plate and the land of the full picture are known."""


def scene(number: int) -> Pixels:
    """Return the land in light that changes by 2 %, with noise that is new in each picture."""
    rng = np.random.default_rng(number)
    light = 1 + 0.02 * np.sin(number)
    return np.clip(land() * light + rng.normal(0, 2, (416, 416, 3)), 0, 255).astype(np.uint8)


def test_the_size_of_a_file_does_not_tell_whether_somebody_was_there() -> None:
    alone, visited = (Remover(camera(), Fake(sees_coats), sequence=True) for _ in range(2))
    sizes = []
    for number in range(PICTURES):
        empty = scene(number)
        left = 20 + 37 * number % 360  # somewhere else in each picture
        somebody = put(empty, left, 200, 20, 60, COAT) if number >= WARM else empty
        pair = [alone.clear(sample(empty, 30.0 * number)), visited.clear(sample(somebody, 30.0 * number))]
        assert (pair[1].removal.share > 0) == (number >= WARM)
        if number >= WARM:
            sizes.append([len(encode(picture).content) for picture in pair])
    without, with_people = np.array(sizes).T
    assert abs((with_people - without).mean()) < without.std()


def test_nothing_of_a_static_polygon_is_in_memory_between_two_pictures() -> None:
    yard = ((90, 190), (130, 190), (130, 270), (90, 270))
    remover = Remover(camera(never=[yard]), Fake(sees_coats), sequence=True)
    for number in range(12):
        remover.clear(sample(put(land(), 100, 200, 20, 60, COAT), 30.0 * number))
    held = list(arrays(remover))
    assert len(held) == LENGTH + 3  # the ring, its median, the full land, and what was looked at
    for array in held:
        assert not (np.abs(array.astype(int) - COAT).max(axis=2) < 10).any()


def arrays(thing: object) -> list[Pixels]:
    """Return all pictures in colour that an object of the room holds."""
    if isinstance(thing, np.ndarray):
        return [thing] if thing.ndim == 3 and thing.dtype == np.uint8 else []
    if isinstance(thing, list | tuple | set | frozenset):
        return [found for part in thing for found in arrays(part)]
    if isinstance(thing, dict):
        return [found for part in thing.values() for found in arrays(part)]
    if type(thing).__module__.startswith("landwatch.redact") and hasattr(thing, "__dict__"):
        return [found for part in vars(thing).values() for found in arrays(part)]
    return []
