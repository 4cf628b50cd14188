"""Where drafts of a view are proven, tried and saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landwatch.apart import Apart, Errand, Tell
from landwatch.clock import Clock
from landwatch.config import Camera, Config
from landwatch.errors import ConfigError, UsageError
from landwatch.measure import files_of
from landwatch.store import Archive, Beside
from landwatch.types import Reading
from landwatch.views.book import Book, Origin, Version, save
from landwatch.views.trial import pictures_of, read_again, way_of

__all__ = ["Desk", "Draft", "Trial"]

LONGEST_S = 900.0
"""A trial that takes longer is ended: an instrument hangs. [s]"""

NICE = 10
"""A trial yields to the workers that take pictures. [1]"""

Measure = Mapping[str, Mapping[str, Any]]
"""Tables of instruments, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the instruments of a camera might be told."""

    camera: Camera
    """With the draft's settings in place of its own."""
    after: int
    """The version that was changed."""
    origin: Origin
    """Who made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Errand):
    """How far a trial has come, and what it gave."""

    draft: Draft
    done: int = 0
    """Pictures read."""
    total: int | None = None
    """Pictures to read, once that is known."""
    readings: tuple[Reading, ...] = ()
    """Once it is over, oldest first."""


class Desk:
    """Drafts of the views of a configuration's cameras. May be used from several threads."""

    def __init__(self, config: Config, folder: Path | None, beside: Beside, book: Book, clock: Clock) -> None:
        """Take what is followed.

        Args:
            config: its cameras can be drawn on.
            folder: where relative paths in their settings start.
            beside: where versions are saved.
            book: where they are found.
            clock: dates them.
        """
        self.book = book
        self._config = config
        self._folder = folder
        self._beside = beside
        self._clock = clock
        self._cameras = {camera.name: camera for camera in config.camera}
        self.trials: Apart[Trial] = Apart(LONGEST_S, NICE)

    def join(self, camera: Camera) -> None:
        """Let one more camera be drawn on."""
        self._cameras[camera.name] = camera

    def camera(self, name: str) -> Camera | None:
        """Return a camera as it is configured; None where it is not followed."""
        return self._cameras.get(name)

    def newest(self, name: str) -> Version | None:
        """Return the version in force of a camera that is followed; None of any other."""
        if name not in self._cameras:
            return None
        return next(iter(self.book.versions(name)), None)

    def draft(self, name: str, measure: Measure, after: int, origin: Origin) -> Draft:
        """Return a draft that could be used.

        Raises:
            UsageError: if the camera is not followed, if its instruments would refuse the settings, or if the
                page names a file that is not named already: a page must not tell what is on the disk.
        """
        found = self.newest(name)
        if found is None:
            raise UsageError(f"no camera called {name!r} is followed; its view cannot be changed")
        present = found.of(self._cameras[name])
        camera = present.model_copy(update={"measure": dict(measure)})
        try:
            strange = set(files_of(camera)) - set(files_of(present))
            if origin == "page" and strange:
                named = ", ".join(sorted(map(str, strange)))
                raise UsageError(f"{named}: files are named in the configuration or by command, not here")
            way_of(camera, self._config, self._folder)
        except ConfigError as error:
            raise UsageError(str(error)) from None
        return Draft(camera=camera, after=after, origin=origin)

    def save(self, draft: Draft, note: str) -> int:
        """Add a draft as the newest version and return its number.

        Raises:
            Outdated: if a newer version was saved since the draft was begun.
            UsageError: if the note is too long, or nothing has changed.
        """
        return save(
            self._beside,
            draft.camera,
            self._folder,
            after=draft.after,
            origin=draft.origin,
            note=note.strip(),
            now=self._clock.now(),
        )

    def begin(self, draft: Draft) -> str:
        """Begin a trial in a process of its own and return its id.

        Raises:
            UsageError: if another one runs: each takes a processor.
        """
        return self.trials.begin(Trial(draft=draft), _work, draft, self._config, self._folder)

    def trial(self, id: str) -> Trial | None:
        """Return a trial as it is now; None where it is not, or no longer, remembered."""
        return self.trials.find(id)

    def close(self) -> None:
        """End the trial that runs."""
        self.trials.close()


def _work(draft: Draft, config: Config, folder: Path | None, tell: Tell) -> None:
    """Read the kept pictures of a draft's camera again and tell how far it is."""
    found: list[Reading] = []
    way = way_of(draft.camera, config, folder)
    with Archive(config.store.folder, url=config.store.address()) as archive:
        pictures = pictures_of(archive, draft.camera.name)
        tell({"total": len(pictures)})
        for done, readings in enumerate(read_again(archive, way, pictures), start=1):
            found += readings
            tell({"done": done})
    tell({"readings": tuple(found)})
