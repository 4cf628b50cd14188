"""Writes cameras into the configuration's file; what stands there already stays as it is."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from landwatch import source
from landwatch.config import Camera, Place, Secret, load
from landwatch.errors import ConfigError, StoreError, UsageError
from landwatch.setup.offers import ONVIF
from landwatch.store import whole

__all__ = ["Entry", "add", "begin", "check_free", "keep_secret", "kind_of"]

SECRETS = "secrets"
"""Folder beside the configuration for what was typed in, a file each, readable by its owner alone."""

TOKEN = "operator.token"

TOKEN_BYTES = 24

BEGIN = """\
# Made by `landwatch setup`. Every key: docs/configuration.md.

[serve]
operator_token = {{ file = {token} }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A camera as it is to be written."""

    name: str
    kind: str
    """Of its source."""
    url: str
    """Or the folder of an upload."""
    title: str = ""
    interval: float = 10.0
    """[s]"""
    user: str = ""
    password: Secret | None = None
    onvif: int | None = None
    """Port at which it tells its time by ONVIF."""
    place: Place | None = None
    measure: tuple[str, ...] = ()
    """Instruments that read as they are."""


def kind_of(url: str) -> str:
    """Return the kind of source that an address most likely is; `onvif` for what stands for several."""
    scheme = urlsplit(url).scheme
    if scheme == ONVIF:
        return ONVIF
    if scheme in {"rtsp", "rtsps"}:
        return "rtsp"
    if scheme in {"http", "https"}:
        return "mjpeg" if "mjp" in url.lower() else "snapshot"
    return "upload"


def add(file: Path, entry: Entry) -> Camera:
    """Add a camera at the end of a configuration and return it as it is read from there.

    Raises:
        UsageError: if there is one of that name.
        ConfigError: if the file would not be usable; then it is as it was.
        StoreError: if it cannot be written.
    """
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    check_free(file, entry.name)
    after = (before.rstrip("\n") + "\n\n" if before.strip() else "") + _block(entry)
    with whole(file) as part:
        part.write_text(after, encoding="utf-8")
        try:
            camera = next(one for one in load(part).camera if one.name == entry.name)
            source.check(camera)
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(part), str(file))) from None
    return camera


def check_free(file: Path, name: str) -> None:
    """Refuse the name of a camera that is there.

    Raises:
        UsageError: if there is one.
    """
    if file.exists() and any(camera.name == name for camera in load(file).camera):
        raise UsageError(f"{file} has a camera called {name!r} already; choose another name or edit it there")


def begin(file: Path) -> Path:
    """Write a configuration without cameras, and return the file of the operator token that it names.

    Raises:
        StoreError: if it cannot be written.
    """
    token = file.resolve().parent / SECRETS / TOKEN
    if not token.exists():
        keep_secret(file, TOKEN, SecretStr(secrets.token_urlsafe(TOKEN_BYTES)))
    with whole(file) as part:
        part.write_text(BEGIN.format(token=json.dumps(str(token))), encoding="utf-8")
    return token


def keep_secret(file: Path, name: str, secret: SecretStr) -> Path:
    """Write a secret into a new file of its own, beside a configuration, and return where it is.

    Raises:
        StoreError: if it cannot be written, or is there.
    """
    path = file.resolve().parent / SECRETS / name
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secret.get_secret_value())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
    return path


def _block(entry: Entry) -> str:
    # JSON strings are TOML basic strings for all that these values may hold.
    quote = partial(json.dumps, ensure_ascii=False)
    place = "path" if entry.kind in {"upload", "folder"} else "url"
    keys = [f"kind = {quote(entry.kind)}", f"{place} = {quote(entry.url)}"]
    if entry.user:
        keys.append(f"user = {quote(entry.user)}")
    if entry.password:
        where = "env" if entry.password.env is not None else "file"
        keys.append(f"password = {{ {where} = {quote(str(entry.password.env or entry.password.file))} }}")
    if entry.onvif:
        keys.append(f"onvif = {entry.onvif}")
    lines = ["[[camera]]", f"name = {quote(entry.name)}"]
    if entry.title:
        lines.append(f"title = {quote(entry.title)}")
    lines += [f"interval = {entry.interval:g}", f"source = {{ {', '.join(keys)} }}"]
    if entry.place:
        known = entry.place.model_dump(exclude_none=True)
        lines.append(f"place = {{ {', '.join(f'{key} = {value}' for key, value in known.items())} }}")
    lines += [f"measure.{name} = {{}}" for name in entry.measure]
    return "\n".join(lines) + "\n"
