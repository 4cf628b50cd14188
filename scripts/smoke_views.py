"""Say how much of what the built-in smoke detector finds hangs on the very pictures that it was tried on.

    python scripts/smoke_views.py LABELS.csv --pictures DIR

First the labelled sequences are changed in many ways, as other cameras and cadences would show them. Then
each sequence is judged by a threshold, and by rules of what is no smoke, that were chosen on sequences of
other views and other days alone, changed ones among them; the choice of rules begins with none. Detector,
evidence and rule are the shipped ones, without removal: pictures are looked at in memory, and none is kept.
It takes some 20 s of one core a change and 1000 pictures.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from landwatch.config import Rule
from landwatch.decide import Judge, default_rules
from landwatch.measure._evidence import Evidence
from landwatch.measure._plume import FEATURES, RULES, Candidate
from landwatch.measure._trees import trees
from landwatch.measure._watch import Watch
from landwatch.measure.smoke import HALF, Settings
from landwatch.past import shrink
from landwatch.score.smoke import Corners, Labelled, Verdict, count_interval, read_labels, verdict
from landwatch.testing import picture
from landwatch.types import Event, Pixels, Reading

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
"""Only minutes of the day are known of the pictures."""

CHOICES = tuple(step / 100 for step in range(35, 75, 5))
"""Thresholds to choose from. [0-1]"""

LEAST = Settings().least

(RULE,) = default_rules((), ("smoke",))

Look = Callable[[Pixels, np.random.Generator], Pixels]
Move = Callable[[float, float], tuple[float, float]]
"""Takes a place, in widths and heights of the picture, to where it is in the changed one."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way in which another camera would have shown the same."""

    look: Look = lambda pixels, random: pixels
    move: Move = lambda right, down: (right, down)
    step: int = 1
    """Each so-many-th picture is taken. [1]"""
    between: int = 0
    """Pictures mixed in between two, with noise of their own. [1]"""


def _toned(tone: Callable[[np.ndarray], np.ndarray]) -> Look:
    levels = np.clip(255 * tone(np.arange(256) / 255), 0, 255).astype(np.uint8)
    return lambda pixels, random: np.asarray(cv2.LUT(pixels, levels), np.uint8)


def _sized(factor: float) -> Look:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return lambda pixels, random: np.asarray(
        cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how), np.uint8
    )


def _noisy(pixels: Pixels, random: np.random.Generator, sigma: float = 6.0) -> Pixels:
    return np.clip(pixels + random.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8)


def _shaken(pixels: Pixels, random: np.random.Generator) -> Pixels:
    right, down = random.normal(0, 0.6, 2)
    shift, size = np.array([[1, 0, right], [0, 1, down]], np.float32), (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.warpAffine(pixels, shift, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _turned(pixels: Pixels, random: np.random.Generator) -> Pixels:
    hues = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hues[..., 0] = (hues[..., 0].astype(np.int16) + 8) % 180
    return np.asarray(cv2.cvtColor(hues, cv2.COLOR_HSV2RGB), np.uint8)


def _squeezed(pixels: Pixels, random: np.random.Generator) -> Pixels:
    _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def _middle(pixels: Pixels, random: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(
        pixels[height // 10 : height - height // 10, width // 10 : width - width // 10]
    )


CHANGES: Mapping[str, Change] = {
    "as they are": Change(),
    "flipped": Change(
        look=lambda pixels, random: np.ascontiguousarray(pixels[:, ::-1]),
        move=lambda right, down: (1 - right, down),
    ),
    "gamma 0.6": Change(look=_toned(lambda level: level**0.6)),
    "gamma 1.6": Change(look=_toned(lambda level: level**1.6)),
    "gain 0.7": Change(look=_toned(lambda level: 0.7 * level)),
    "gain 1.3": Change(look=_toned(lambda level: 1.3 * level)),
    "warm": Change(look=lambda pixels, random: np.clip(pixels * (1.12, 1, 0.88), 0, 255).astype(np.uint8)),
    "hue +16 deg": Change(look=_turned),
    "gray": Change(
        look=lambda pixels, random: np.repeat(pixels.mean(axis=2, keepdims=True), 3, 2).astype("u1")
    ),
    "half size": Change(look=_sized(0.5)),
    "double size": Change(look=_sized(2.0)),
    "middle 80 %": Change(look=_middle, move=lambda right, down: ((right - 0.1) / 0.8, (down - 0.1) / 0.8)),
    "blur of 1.5 px": Change(
        look=lambda pixels, random: np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.5), "u1")
    ),
    "noise of 6 levels": Change(look=_noisy),
    "trembling 0.6 px": Change(look=_shaken),
    "JPEG 30": Change(look=_squeezed),
    "every second picture": Change(step=2),
    "two a minute": Change(between=1),
}

Place = tuple[tuple[int, int, int, int], Mapping[str, float], float]
"""Box in the small copy [px], features, and what the trees say of them [0-1]."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found in one picture, before any rule."""

    row: Labelled
    taken: datetime
    scale: float
    shape: tuple[int, int]
    places: Sequence[Place] | None
    """None where nothing can be said yet."""


def shown(folder: Path, rows: Sequence[Labelled], change: Change) -> Iterator[tuple[Labelled, Pixels]]:
    """Yield the pictures of a sequence as another camera would show them, with their labels."""
    random, last = np.random.default_rng(1), None
    for row in rows[:: change.step]:
        original = simplejpeg.decode_jpeg((folder / row.file).read_bytes())
        height, width = original.shape[:2]
        pixels = change.look(original, random)
        size = (width, height, pixels.shape[1], pixels.shape[0])
        boxes = (_moved(box, change.move, size) for box in row.boxes)
        row = dataclasses.replace(row, boxes=tuple(box for box in boxes if box is not None))
        if last is not None and row.minute - last[0].minute <= 2:
            for part in range(1, change.between + 1):
                share = part / (change.between + 1)
                mixed = np.asarray(cv2.addWeighted(last[1], 1 - share, pixels, share, 0), np.uint8)
                yield _mean(last[0], row, share), _noisy(mixed, random, 2.0)
        yield row, pixels
        last = row, pixels


def _moved(box: Corners, move: Move, size: tuple[int, int, int, int]) -> Corners | None:
    """Return where a box is in a changed picture; None where it is out of it."""
    width, height, wide, high = size
    ends = [move(box[0] / width, box[1] / height), move(box[2] / width, box[3] / height)]
    sides = (sorted(min(1.0, max(0.0, one)) for one in side) for side in zip(*ends, strict=True))
    (left, right), (top, bottom) = sides
    return (left * wide, top * high, right * wide, bottom * high) if left < right and top < bottom else None


def _mean(one: Labelled, other: Labelled, share: float) -> Labelled:
    near = one if share < 0.5 else other
    minute = one.minute + share * (other.minute - one.minute)
    offset = one.offset + share * (other.offset - one.offset)
    return dataclasses.replace(near, file=f"{near.file} {share:.2f}", minute=minute, offset=offset)


def seen(folder: Path, rows: Sequence[Labelled], change: Change) -> list[Seen]:
    """Return what the detector finds in each picture of a sequence."""
    watch, found = Watch(), []
    for row, pixels in shown(folder, rows, change):
        taken = MIDNIGHT + timedelta(minutes=row.minute)
        small = shrink(picture(pixels, taken=taken))
        said = watch.see(small)
        places = None if isinstance(said, str) else _voted(said)
        shape = (small.gray.shape[0], small.gray.shape[1])
        found.append(Seen(row=row, taken=taken, scale=small.scale, shape=shape, places=places))
    return found


def _voted(said: Sequence[Candidate]) -> list[Place]:
    features = [[one.reasons[name] for name in FEATURES] for one in said]
    votes = trees().vote(np.array(features)) if said else np.zeros(0)
    return [(one.box, one.reasons, float(vote)) for one, vote in zip(said, votes, strict=True)]


def readings(series: Sequence[Seen], rules: Sequence[str]) -> list[Reading]:
    """Return the smoke readings of a sequence, as the instrument makes them with some of its rules."""
    evidence, made = Evidence(), []
    for one in series:
        value, region = None, None
        if one.places is None:
            evidence = Evidence()
        else:
            scored = [
                Candidate(box=box, score=vote * math.prod(RULES[rule](features) for rule in rules))
                for box, features, vote in one.places
            ]
            most, at = evidence.add([c for c in scored if c.score >= LEAST], one.taken, one.shape)
            value = most / (most + HALF)
            if at is not None:
                left, top, right, bottom = (round(side / one.scale) for side in at.box)
                region = (left, top, right, bottom)
        made.append(
            Reading(
                camera="one", quantity="smoke", time=one.taken, value=value, unit="1", method="smoke",
                absent="warming" if value is None else None, region=region,
            )
        )  # fmt: skip
    return made


class Trial:
    """All sequences in all ways, judged by any threshold and rules."""

    def __init__(self, found: Mapping[tuple[str, str], Sequence[Seen]]) -> None:
        """Take what was found, by change and sequence."""
        self._found = found
        self.changes = list(dict.fromkeys(change for change, _ in found))
        self.sequences = list(dict.fromkeys(name for _, name in found))
        self._readings = cache(lambda change, name, rules: readings(self._found[change, name], rules))
        self.verdict = cache(self._verdict)

    def _verdict(self, change: str, name: str, rules: tuple[str, ...], threshold: float) -> Verdict:
        way_in = {"enter": threshold, "leave": threshold * RULE.leave / RULE.enter}
        rows = [one.row for one in self._found[change, name]]
        events = judged(self._readings(change, name, rules), rows, RULE.model_copy(update=way_in))
        return verdict(name, rows, events)

    def merit(self, names: Sequence[str], rules: tuple[str, ...], threshold: float) -> tuple[float, ...]:
        """Return how good a choice is: finds less false alarms, then fewer of these, then sooner."""
        said = [self.verdict(change, name, rules, threshold) for change in self.changes for name in names]
        alarms = sum(len(one.alarms) for one in said)
        delays = [_delay(one) for one in said if one.found]
        return len(delays) - alarms, -alarms, -statistics.mean(delays) if delays else -math.inf

    def best(self, names: Sequence[str], rules: tuple[str, ...]) -> tuple[tuple[float, ...], float]:
        """Return the merit of the best threshold, and that threshold."""
        return max((self.merit(names, rules, threshold), threshold) for threshold in CHOICES)

    def choose(self, names: Sequence[str]) -> tuple[tuple[str, ...], float]:
        """Return rules and threshold, beginning with no rule, and changing the one that helps most."""
        rules: tuple[str, ...] = ()
        best = self.best(names, rules)
        while True:
            others = [tuple(sorted({*rules} ^ {name})) for name in RULES]
            merit, other = max((self.best(names, one), one) for one in others)
            if merit[0] <= best[0]:
                return rules, best[1]
            best, rules = merit, other


def judged(made: Sequence[Reading], rows: Sequence[Labelled], rule: Rule) -> list[Event]:
    """Return the events of a sequence."""
    judge = Judge("one", (rule,))
    return [e for row, one in zip(rows, made, strict=True) for e in judge.judge([one], row.file)]


def _delay(said: Verdict) -> int:
    assert said.first is not None
    return min(place for place, _ in said.found) - said.first


def told(said: Sequence[Verdict], minutes: float) -> str:
    """Return found, early, false alarms and median delay of sequences, a picture each `minutes`, as cells."""
    smoky = [one for one in said if one.first is not None]
    delays = [_delay(one) * minutes for one in smoky if one.found]
    early = sum(one.missed and bool(one.between) for one in smoky)
    alarms = sum(len(one.alarms) for one in said)
    delay = f"{statistics.median(delays):g}" if delays else "none"
    return f"{len(delays)} of {len(smoky)} | {early} | {alarms} | {delay}"


def apart(name: str, other: str) -> bool:
    """Return whether two sequences, as 20190803_c7_1417_nobox, are of different days and different views."""
    return not {*name.split("_")[:2]} & {*other.split("_")[:2]}


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument(
        "--only", nargs="+", choices=CHANGES, default=list(CHANGES), help="changes to look at"
    )
    args = parser.parse_args()
    cv2.setNumThreads(1)
    labels = read_labels(args.labels)
    found = {}
    for key in args.only:
        sys.stderr.write(f"{key}\n")
        for name, rows in labels.items():
            found[key, name] = seen(args.pictures / name, rows, CHANGES[key])
    trial, every = Trial(found), tuple(RULES)
    print("| changed | found | early | false alarms | delay |\n| --- | --- | --- | --- | --- |")
    for key in args.only:
        change = CHANGES[key]
        said = [trial.verdict(key, name, every, RULE.enter) for name in trial.sequences]
        print(f"| {key} | {told(said, change.step / (change.between + 1))} |")
    print(
        "\n| chosen on other views and days | found | early | false alarms | delay | chosen |\n|"
        + " --- |" * 6
    )
    plain, days = trial.changes[0], 0.0
    for what in ("threshold", "threshold and rules"):
        said, chosen, days = [], [], 0.0
        for name in trial.sequences:
            others = [other for other in trial.sequences if apart(name, other)]
            rules, threshold = (
                (every, trial.best(others, every)[1]) if what == "threshold" else trial.choose(others)
            )
            said.append(trial.verdict(plain, name, rules, threshold))
            chosen.append((threshold, len(rules)))
            days += said[-1].start / 1440
        kinds = ", ".join(f"{at} with {n} rules" for at, n in sorted(set(chosen)))
        print(f"| {what} | {told(said, 1.0)} | {kinds} |")
        low, high = (side / days for side in count_interval(sum(len(one.alarms) for one in said)))
        print(f"  false alarms a day, 95 %: {low:.1f} to {high:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
