"""Grow the trees of `landwatch/measure/_trees.npz` from simulated plumes over simulated land.

    python scripts/smoke_trees.py --lands 60 --out src/landwatch/measure/_trees.npz

Each land is rendered once, quiet, with its own weather, light and camera; then plumes of many sizes, shades
and winds are laid over it, and noise, trembling, vignetting and JPEG as cameras add them. Nothing of a real
picture goes in. It takes some 20 s of one core a land, and needs `pip install landwatch[trees]`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from landwatch.measure import _plume
from landwatch.measure._watch import Watch
from landwatch.past import Small
from landwatch.testing import Episode, Schedule, Valley

MINUTES = 44
"""Pictures a sequence, one a minute: 19 of quiet land at least before a fire."""

PLUMES = 4
"""Fires laid over each land, beside its quiet sequence."""

SMOKE = 0.05
"""Opacity from which a pixel is smoke. [1]"""

SURELY, SURELY_NOT = 0.4, 0.05
"""Shares of a candidate that are smoke: from the first an example for it, up to the second against. [1]"""

BALANCE = 0.3
"""Weight of all examples for smoke, against all others. [1]"""

WEATHERS = (("fog", 800.0, 8000.0, 0.08), ("overcast", 0.3, 1.0, 0.15), ("rain", 0.2, 0.7, 0.04))
"""Kind, least and greatest strength as `Episode` has it, and the share of lands that have it."""

MINUTE = timedelta(minutes=1)

RISING = ("area", "strange", "strangest", "was_there", "was_there_before", "billows", "billows_for_contrast",
          "thin", "growth", "brighter")  # fmt: skip
FALLING = ("likeness", "share", "restless")
"""Features that may only speak for smoke, or only against it, the more there is of them: so the trees cannot
learn a quirk of the simulation from them."""


class Land:
    """One simulated view with the quirks of its camera."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        view = str(rng.choice(["ridge", "ridge", "forest", "slope", "river", "road"]))
        self.valley = Valley(seed=int(rng.integers(1, 10**6)), size=(480, 640), view=view)
        day = datetime(2026, int(rng.integers(1, 13)), int(rng.integers(1, 28)), tzinfo=UTC)
        self.start = day + timedelta(hours=float(rng.uniform(7, 15.5)))
        self.air = {
            "clouds": float(rng.uniform(0, 0.9)) if rng.random() < 0.75 else 0.0,
            "visibility": float(np.exp(rng.uniform(np.log(6e3), np.log(8e4)))),
        }
        weather = [
            self._weather(kind, low, high) for kind, low, high, share in WEATHERS if rng.random() < share
        ]
        quiet = Schedule(episodes=tuple(weather), wind=float(rng.uniform(-9, 9)), **self.air)
        self.pictures = [self.valley.render(self.start + i * MINUTE, quiet) for i in range(MINUTES)]
        rows, columns = np.mgrid[0:480, 0:640]
        corner = np.clip(np.hypot((columns - 320) / 400, (rows - 240) / 400) - 0.5, 0, 1)
        self.vignette = (1 - rng.uniform(0, 0.5) * corner)[..., None].astype(np.float32)
        self.trembling = float(rng.choice([0, 0.1, 0.3, 0.6]))
        self.flicker = float(rng.choice([0, 0.005, 0.02]))
        self.noise = float(rng.uniform(0.5, 3.5))
        self.quality = int(rng.integers(40, 95))

    def _weather(self, kind: str, low: float, high: float) -> Episode:
        start = self.start + timedelta(minutes=float(self.rng.uniform(-30, 40)))
        return Episode(
            kind=kind,
            start=start,
            end=start + timedelta(minutes=float(self.rng.uniform(15, 60))),
            strength=float(self.rng.uniform(low, high)),
            ramp=timedelta(minutes=float(self.rng.uniform(4, 15))),
        )

    def sequence(self, *, fire: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (height, width, 3) [0-255] and the opacity of smoke (height, width) [0-1] of each minute."""
        rng = self.rng
        since = int(rng.integers(19, 26))
        schedule = self._fire(since) if fire else None
        thick, shade = float(np.exp(rng.uniform(np.log(0.2), 0))), float(rng.uniform(0.35, 1.05))
        tint = 1 + np.array([rng.normal(0, 0.02), 0, rng.normal(0.01, 0.03)], np.float32)
        slow = float(rng.uniform(1, 10))
        for minute, picture in enumerate(self.pictures):
            opacity = np.zeros((480, 640), np.float32)
            if schedule is not None and minute >= since:
                veil = self.valley.opacity(self.start + minute * MINUTE, schedule)
                opacity = veil * thick * min(1.0, (minute - since + 1) / slow)
            air = shade * float(np.percentile(picture.mean(axis=2), 92)) * tint
            yield self._seen(picture * (1 - opacity[..., None]) + opacity[..., None] * air), opacity

    def _fire(self, since: int) -> Schedule | None:
        for _ in range(20):
            fire = Episode(
                kind="smoke",
                start=self.start + since * MINUTE,
                end=self.start + timedelta(hours=5),
                strength=float(np.exp(self.rng.uniform(np.log(0.08), np.log(2.0)))),
                at=(float(self.rng.uniform(0.08, 0.92)), float(self.rng.uniform(0.2, 0.75))),
            )
            schedule = Schedule(episodes=(fire,), wind=float(self.rng.uniform(-9, 9)), **self.air)
            try:
                self.valley.opacity(self.start + (since + 1) * MINUTE, schedule)
            except ValueError:  # no land there
                continue
            return schedule
        return None

    def _seen(self, light: np.ndarray) -> np.ndarray:
        rng = self.rng
        if self.trembling:
            right, down = rng.normal(0, self.trembling, 2)
            shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
            light = cv2.warpAffine(light, shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        light = light * (1 + self.flicker * rng.normal()) * self.vignette + rng.normal(
            0, self.noise, light.shape
        )
        pixels = np.clip(light, 0, 255).astype(np.uint8)
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def examples(seed: int) -> Iterator[tuple[list[float], float]]:
    """Yield the features of each candidate of one land, and the share of its pixels that are smoke."""
    land = Land(seed)
    for fire in (False,) + (True,) * PLUMES:
        watch = Watch()
        for minute, (pixels, opacity) in enumerate(land.sequence(fire=fire)):
            small = shrunk(pixels, land.start + minute * MINUTE)
            found = watch.see(small)
            if isinstance(found, str) or not found:
                continue
            smoke = cv2.resize(opacity, small.gray.shape[::-1], interpolation=cv2.INTER_AREA) > SMOKE
            for candidate in found:
                left, top, right, bottom = candidate.box
                inside = watch.looks[-1][1].mask[top:bottom, left:right] > 0
                share = float(smoke[top:bottom, left:right][inside].mean())
                yield [candidate.reasons[name] for name in _plume.FEATURES], share


def shrunk(pixels: np.ndarray, taken: datetime) -> Small:
    """Return the small copy of a simulated picture, from which nobody was removed."""
    small = cv2.resize(pixels, (320, 240), interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return Small(taken=taken, pixels=small, gray=gray, removed=np.zeros_like(gray), scale=0.5)


def table(features: np.ndarray, shares: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of `landwatch.measure._trees.Trees`, grown on the examples."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    sure = (shares > SURELY) | (shares < SURELY_NOT)
    features, smoke = features[sure], shares[sure] > SURELY
    weights = np.where(smoke, BALANCE * (~smoke).sum() / smoke.sum(), 1.0)
    bent = [(name in RISING) - (name in FALLING) for name in _plume.FEATURES]
    model = HistGradientBoostingClassifier(
        max_iter=150, max_depth=4, learning_rate=0.06, l2_regularization=5.0, min_samples_leaf=30,
        monotonic_cst=bent, random_state=0,
    ).fit(features, smoke, sample_weight=weights)  # fmt: skip
    grown = [predictor.nodes for (predictor,) in model._predictors]
    nodes = max(len(tree) for tree in grown)

    def column(name: str, kind: type, *, leaf: bool = False) -> np.ndarray:
        whole = np.zeros((len(grown), nodes), kind)
        for row, tree in enumerate(grown):
            ends = tree["is_leaf"].astype(bool)
            own = np.arange(len(tree)) if name in ("left", "right") else 0
            whole[row, : len(tree)] = (
                np.where(ends, own, tree[name]) if not leaf else np.where(ends, tree[name], 0)
            )
        return whole

    return {
        "feature": column("feature_idx", np.int16),
        "threshold": column("num_threshold", np.float32),
        "left": column("left", np.int16),
        "right": column("right", np.int16),
        "value": column("value", np.float32, leaf=True),
        "start": np.float64(model._baseline_prediction[0, 0]),
        "depth": np.int64(max(int(tree["depth"].max()) for tree in grown)),
    }


def main() -> int:
    """Grow and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lands", type=int, default=60)
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    features, shares = [], []
    for seed in range(args.seed, args.seed + args.lands):
        for row, share in examples(seed):
            features.append(row)
            shares.append(share)
        sys.stderr.write(f"land {seed}: {len(shares)} candidates so far\n")
    np.savez_compressed(args.out, **table(np.array(features), np.array(shares)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
