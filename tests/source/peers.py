"""Cameras of a few lines, on loopback, that behave as badly as they are told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import simplejpeg

from landwatch.clock import SystemClock
from landwatch.config import Limits
from landwatch.source._feed import Feed
from landwatch.types import Frame

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

JPEG: bytes = simplejpeg.encode_jpeg(np.full((48, 64, 3), 90, np.uint8))


def feed(interval: float = 0.01, **limits: float) -> Feed:
    return Feed(interval=interval, clock=SystemClock(), limits=Limits(**limits), seed=1)


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[int]:
    """Give the port of a server that has one talk with each who connects."""
    talks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """Return the first line and the headers, by name in lower case, of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    return head[0], {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}


def answer(body: bytes, *headers: str, status: str = "200 OK", kind: str = "image/jpeg") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def always(reply: bytes) -> Talk:
    """Return a talk that gives the same reply to every request on a connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request(reader)
            writer.write(reply)
            await writer.drain()

    return talk


def taken(module: Any, settings: Any, count: int, feed: Feed) -> Any:
    """Return a coroutine for the first frames that a source gives."""

    async def run() -> list[Frame]:
        found: list[Frame] = []
        async with contextlib.aclosing(module.frames("c", settings, feed)) as stream:
            async for frame in stream:
                found.append(frame)
                if len(found) == count:
                    break
        return found

    return run()
