"""What happens in a simulated valley, and when: weather, hazards, traffic and faults of the lens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from landwatch.clock import aware

__all__ = ["FAULTS", "KINDS", "Episode", "Kind", "Schedule"]

Kind = Literal[
    "fog", "overcast", "rain", "snowfall", "snow", "river", "smoke", "slide", "walkers", "cars",
    "blur", "dirt", "drops", "cover", "spray", "stripes", "cast", "infrared", "moved", "frozen",
    "noise", "over", "under", "glass_fog", "black",
]  # fmt: skip
"""The kinds of episodes.

    kind       strength
    fog        meteorological optical range, in m, when it is thickest
    overcast   share of the sky under cloud
    rain       0 to 1, 1 is a downpour
    snowfall   0 to 1, 1 is heavy snow
    snow       share of the land that lies under snow
    river      rise of the river above its usual level, in m
    smoke      size of the fire; 1 gives a column that is tens of metres wide after a minute
    slide      displacement of the loose slope, in m, at the end of its ramp (view "slope")
    walkers    how many are in the view at a time (view "road")
    cars       how many are in the view at a time (view "road")
    moved      shift of the view to the right, in px of a picture 1000 px wide
    others     0 to 1, 1 is a lens or sensor that shows nothing useful
"""

KINDS: tuple[Kind, ...] = get_args(Kind)

FAULTS: tuple[Kind, ...] = (
    "blur", "dirt", "drops", "cover", "spray", "stripes", "cast", "infrared", "moved", "frozen",
    "noise", "over", "under", "glass_fog", "black",
)  # fmt: skip
"""The kinds that are faults of the camera and not of the land."""

LASTING = frozenset[Kind]({"smoke", "slide", "frozen"})
"""Kinds that begin and do not fade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One thing that happens between two times."""

    kind: Kind
    start: datetime
    end: datetime

    strength: float = 1.0
    """See `Kind` for the unit."""

    ramp: timedelta = timedelta(0)
    """Time to grow to full strength after the start, and to fade before the end; a smoke, a slide
    and a frozen picture only begin."""

    at: tuple[float, float] | None = None
    """Where smoke rises, as shares of the picture's width and height; None: where the view has
    open land."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no episode kind {self.kind!r}; there are: {', '.join(KINDS)}")
        object.__setattr__(self, "start", aware(self.start))
        object.__setattr__(self, "end", aware(self.end))
        if self.end <= self.start:
            raise ValueError(f"episode {self.kind!r} ends at {self.end}, not after its start {self.start}")

    def share(self, moment: datetime) -> float:
        """Return how far the episode has grown at `moment`, 0 (not at all) to 1."""
        if not self.start <= moment < self.end:
            return 0.0
        if self.ramp <= timedelta(0):
            return 1.0
        grown = min(1.0, (moment - self.start) / self.ramp)
        return grown if self.kind in LASTING else min(grown, (self.end - moment) / self.ramp)

    def amount(self, moment: datetime) -> float:
        """Return share times strength."""
        return self.share(moment) * self.strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Everything that happens before one camera, and the place it stands at."""

    episodes: tuple[Episode, ...] = ()

    latitude: float = 46.5
    """[degree north]"""

    longitude: float = 9.9
    """[degree east]"""

    clouds: float = 0.35
    """Share of the sky under cloud when no episode says otherwise. [1]"""

    visibility: float = 55_000.0
    """Meteorological optical range when no episode says otherwise. [m]"""

    wind: float = 3.0
    """Speed, to the right of the picture; negative is to the left. [m/s]"""

    level: float = 0.8
    """Usual level of the river above the zero of its gauge. [m]"""

    _kinds: frozenset[Kind] = field(init=False, repr=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_kinds", frozenset(episode.kind for episode in self.episodes))

    def of(self, kind: Kind, moment: datetime) -> tuple[Episode, ...]:
        """Return the episodes of `kind` that go on at `moment`."""
        if kind not in self._kinds:
            return ()
        return tuple(e for e in self.episodes if e.kind == kind and e.start <= moment < e.end)

    def amount(self, kind: Kind, moment: datetime) -> float:
        """Return the greatest amount (by size) of `kind` at `moment`, 0 when there is none."""
        return max((e.amount(moment) for e in self.of(kind, moment)), key=abs, default=0.0)
