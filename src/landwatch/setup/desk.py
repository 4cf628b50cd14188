"""Where the page tries cameras and adds them.

What a camera sends is taken and cleared in a process of its own: to the page's process comes a cleared
picture or none. Passwords that are typed in are in memory until the camera is added or the trial is
forgotten; nothing shows them again.
"""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from landwatch import source
from landwatch.apart import Apart, Errand, Tell
from landwatch.config import Camera, Config, Secret
from landwatch.errors import ConfigError, UsageError
from landwatch.setup.file import Entry, add, check_free, keep_secret, kind_of
from landwatch.setup.look import look
from landwatch.setup.needs import cadence, proposals
from landwatch.setup.offers import ONVIF, STREAMS, Found, check_address, find_best, onvif_port, wanted_of
from landwatch.types import Outage, Outcome

__all__ = ["Asked", "Desk", "Trial"]

LONGEST_S = 180.0
"""A trial that takes longer is ended. [s] Eight profiles of two addresses each that all time out."""

PICTURE_S = 30.0
"""Time that a camera has for the picture that is shown. [s]"""

PASSWORD = "LANDWATCH_TRIAL_PASSWORD"
"""Variable that holds the password in a trial's own process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which camera is to be tried, and what for."""

    url: str
    """An address over the network; onvif://HOST for whatever the camera there offers."""
    hazard: str
    user: str = ""
    password: SecretStr = field(default=SecretStr(""), repr=False)

    @property
    def kind(self) -> str:
        """Of the address."""
        return kind_of(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Errand):
    """How far a trial has come, and what it gave."""

    asked: Asked
    found: Found | None = None
    """Once the addresses are tried."""
    outcome: Outcome | Outage | None = None
    """Of one picture at the chosen address."""

    @property
    def host(self) -> str:
        """Of the camera, without what was typed around it."""
        return urlsplit(self.asked.url).hostname or ""


class Desk:
    """Tries cameras and adds them to a configuration. May be used from several threads."""

    def __init__(self, file: Path, config: Config) -> None:
        """Take where the configuration is, and its limits and rules."""
        self._file = file
        self._config = config
        self.trials: Apart[Trial] = Apart(LONGEST_S)
        self._searching = threading.Lock()

    def interfaces(self) -> dict[str, str]:
        """Return the IPv4 addresses of the network interfaces that can be searched, by their names."""
        return source.onvif.interfaces()

    def search(self, interface: str) -> tuple[source.onvif.Device, ...]:
        """Return the cameras that answer on one network interface within a few seconds.

        Raises:
            UsageError: if there is no such interface, or another search runs.
        """
        known = self.interfaces()
        if interface not in known:
            raise UsageError(f"no network interface {interface!r}; there are: {', '.join(known)}")
        if not self._searching.acquire(blocking=False):
            raise UsageError("another search is running; wait until it is over")
        try:
            return asyncio.run(source.onvif.discover(known[interface]))
        finally:
            self._searching.release()

    def begin(self, asked: Asked) -> str:
        """Begin a trial in a process of its own and return its id.

        Raises:
            UsageError: for an address that is not over the network, or if another trial runs.
        """
        if asked.kind not in STREAMS | {ONVIF}:
            raise UsageError("an address begins with onvif://, http://, https://, rtsp:// or rtsps://")
        check_address(asked.url)
        wanted_of(asked.hazard, asked.user, None, cadence(asked.hazard))
        return self.trials.begin(Trial(asked=asked), _work, asked, self._config)

    def trial(self, id: str) -> Trial | None:
        """Return a trial as it is now; None where it is not, or no longer, remembered."""
        return self.trials.find(id)

    def add(self, trial: Trial, entry: Entry) -> Camera:
        """Add the camera of a trial to the configuration, and forget the trial with its password.

        Args:
            trial: how to log in to the camera.
            entry: all else of it.

        Raises:
            UsageError: if there is a camera of that name, or a value that cannot be used.
            StoreError: if it cannot be written.
        """
        asked = trial.asked
        kept: Path | None = None
        try:
            check_free(self._file, entry.name)
            # The name becomes part of a file's before the configuration is read with it.
            Camera(name=entry.name, source={"kind": entry.kind})
            if asked.password.get_secret_value():
                kept = keep_secret(self._file, f"{entry.name}.{trial.id}", asked.password)
            whole = replace(
                entry,
                user=asked.user,
                password=Secret(file=kept) if kept else None,
                onvif=onvif_port(asked.kind, asked.url),
            )
            camera = add(self._file, whole)
        except (ConfigError, ValueError) as error:
            if kept is not None:
                kept.unlink()
            raise UsageError(str(error)) from None
        self.trials.forget(trial.id)
        return camera

    def close(self) -> None:
        """End the trial that runs."""
        self.trials.close()


def _work(asked: Asked, config: Config, tell: Tell) -> None:
    """Try a camera's addresses, then take one picture at the best, and clear it."""
    os.environ[PASSWORD] = asked.password.get_secret_value()
    password = Secret(env=PASSWORD) if os.environ[PASSWORD] else None
    wanted = wanted_of(asked.hazard, asked.user, password, cadence(asked.hazard))
    found = asyncio.run(find_best(asked.kind, asked.url, wanted))
    tell({"found": found})
    if found.chosen is None:
        return
    table = {"kind": found.chosen.kind, "url": found.chosen.url, **wanted.options}
    camera = Camera(name="trial", source=table, measure=_ready(asked.hazard))
    tell({"outcome": look(camera, config, None, PICTURE_S)})


def _ready(hazard: str) -> dict[str, dict[str, Any]]:
    return {one.instrument: {} for one in proposals(hazard) if one.ready}
