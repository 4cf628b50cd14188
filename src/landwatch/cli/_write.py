"""Writes cleared copies of files that the user has, and masks for proof."""

from __future__ import annotations

from pathlib import Path, PurePath

import cv2
import numpy as np
import simplejpeg

from landwatch.errors import StoreError, UsageError
from landwatch.store import whole
from landwatch.types import Picture, Pixels

__all__ = ["Copies"]

QUALITY = 95
"""Of JPEG copies: a copy is to be as useful as its original."""

PNG = ".png"
SAME_KIND = {".png": ".png", ".tif": ".tif", ".tiff": ".tif"}
"""Kinds of copies that stay lossless; all others become JPEG."""


class Copies:
    """Writes each cleared picture once, under its input's stem."""

    def __init__(self, out: Path, masks: Path | None) -> None:
        """Make the folders.

        Raises:
            UsageError: if both are the same folder, in which names would collide.
            StoreError: if a folder cannot be made.
        """
        if masks is not None and masks.resolve() == out.resolve():
            raise UsageError(f"--out and --mask-out are both {out}; masks need a folder of their own")
        self._out = out
        self._masks = masks
        self._written: dict[str, str] = {}
        for folder in (out, masks):
            if folder is not None:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise StoreError(f"cannot make the folder {folder}: {error.strerror}") from None

    def write(self, picture: Picture) -> Path:
        """Write the cleared copy, and the mask if asked for; return the copy's path.

        Raises:
            UsageError: if two inputs have one stem, or the copy would replace its own original.
            StoreError: if a file cannot be written; no half of it is left.
        """
        name = PurePath(picture.name)
        origin = picture.path or picture.name
        if (other := self._written.setdefault(name.stem, origin)) != origin:
            raise UsageError(
                f"{other} and {origin} would both become {name.stem}; give them folders of their own"
            )
        path = self._out / (name.stem + SAME_KIND.get(name.suffix.lower(), ".jpg"))
        if picture.path is not None and path.exists() and path.samefile(picture.path):
            raise UsageError(f"{path} is the original itself; choose another --out")
        _replace(path, _encoded(picture.pixels, path.suffix))
        if self._masks is not None:
            _replace(self._masks / (name.stem + PNG), _encoded(picture.removal.mask, PNG))
        return path


def _encoded(pixels: Pixels, suffix: str) -> bytes:
    if suffix == ".jpg":
        return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "444"))
    array = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode(suffix, array)
    if not done:
        raise StoreError(f"cannot encode a picture of {pixels.shape} as {suffix}")
    return content.tobytes()


def _replace(path: Path, content: bytes) -> None:
    with whole(path) as part:
        part.write_bytes(content)
