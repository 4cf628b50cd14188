"""Outlet: appends each message as one line of JSON to a file, and has it on the disk before it returns.

A line that a crash cut off is ended, so that it spoils no other; the message comes again, whole.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from landwatch.errors import PublishError
from landwatch.types import Message

__all__ = ["Settings", "deliver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the lines go."""

    path: Path
    """The file; its folder must be there. A relative one is taken from the working folder."""


async def deliver(message: Message, settings: Settings) -> None:
    """Append a message to the file.

    Raises:
        PublishError: if it cannot be written.
    """
    try:
        await asyncio.to_thread(_append, settings.path, message.body)
    except OSError as error:
        raise PublishError(f"cannot append to {settings.path}: {error.strerror}") from error


def _append(path: Path, line: str) -> None:
    is_new = not path.exists()
    with path.open("a+b") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
