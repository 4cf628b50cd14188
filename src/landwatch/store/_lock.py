"""Lets one process at a time write a store.

A POSIX record lock on `writer.lock`, which the kernel drops with the process, so that a dead writer's lock
is free at once; and unlike flock(2) a forked worker that outlives the writer does not keep it. The file
holds the writer's process id, for the message. Record locks do not exclude the same process, so that the
folders that this process writes are remembered as well.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from landwatch.errors import StoreError

__all__ = ["WriterLock"]

_written: set[Path] = set()
"""Folders that this process writes."""


class WriterLock:
    """Held from its making until `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of `folder`.

        Raises:
            StoreError: if another writer holds it, naming its process.
            OSError: if the file cannot be made.
        """
        self._folder = folder.resolve()
        if self._folder in _written:
            raise _refusal(folder, os.getpid())
        self._fd = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # POSIX allows either EAGAIN or EACCES
            holder = os.read(self._fd, 32).decode("ascii", "replace").strip()
            os.close(self._fd)
            raise _refusal(folder, holder or "unknown") from None
        except OSError:
            os.close(self._fd)
            raise
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())
        _written.add(self._folder)

    def release(self) -> None:
        """Let another writer in."""
        _written.discard(self._folder)
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def _refusal(folder: Path, holder: int | str) -> StoreError:
    return StoreError(
        f"the store in {folder} is being written by process {holder}; stop that one, or choose another folder"
    )
