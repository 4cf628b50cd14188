"""Files that take their names only when they are whole: what a kill leaves has another name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landwatch.errors import StoreError

__all__ = ["whole"]


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield the name of a file that takes its own name only when it is whole and on the disk.

    Raises:
        StoreError: if it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
