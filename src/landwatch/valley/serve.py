"""Serves simulated cameras on the loopback over the protocols of real ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from landwatch.clock import Now, SystemClock
from landwatch.valley.access import Gate
from landwatch.valley.cameras import SimulatedCamera
from landwatch.valley.rtsp import RtspServer
from landwatch.valley.scene import Valley
from landwatch.valley.studio import Shot, Studio

__all__ = ["ValleyServer"]

HOST = "127.0.0.1"
"""Simulated cameras are for this machine alone."""

DRIP = 256
"""What a slow camera sends at a time. [byte]"""

DRIP_EVERY = 0.5
"""[s]"""

LOGIN = (
    b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Please log in.</form></body></html>"
)
BOUNDARY = "valley"


class ValleyServer:
    """Simulated cameras that can be asked over HTTP and RTSP while the server is entered.

        async with ValleyServer(cameras, now=clock.now) as server:
            server.url("ridge-north")

    `now` returns the simulated time, which may run faster than the clock on the wall.
    """

    def __init__(
        self,
        cameras: Iterable[SimulatedCamera],
        *,
        now: Now | None = None,
        http_port: int = 0,
        rtsp_port: int = 0,
        workers: int = 1,
        lands: Mapping[str, Valley] | None = None,
    ) -> None:
        """Prepare to serve.

        Args:
            cameras: what to serve, each under its own name.
            now: returns the simulated time; the system's by default.
            http_port: 0 for any free one.
            rtsp_port: 0 for any free one.
            workers: threads that render.
            lands: of cameras by name, where they were worked out before; the others' are in the background.
        """
        given = tuple(cameras)
        self.cameras = {camera.name: camera for camera in given}
        if len(self.cameras) != len(given):
            raise ValueError("two simulated cameras have the same name")
        self._now = now or SystemClock().now
        self._lands = dict(lands or {})
        self._ports = {"http": http_port, "rtsp": rtsp_port}
        self._workers = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="valley")
        # Lands take a second or two each; who asks for a picture must not queue behind all of them.
        self._preparer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="valley-land")
        self._closing = asyncio.Event()
        self._held: dict[str, socket.socket] = {}
        self._runner: web.AppRunner | None = None
        self._rtsp: RtspServer | None = None
        self._studios: dict[str, Studio] = {}
        self._gates: dict[str, Gate] = {}
        self._preparing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen; the lands are worked out in the background, in the order of the cameras."""
        self._studios = {
            name: Studio(camera, self._now, self._workers, self._lands.get(name))
            for name, camera in self.cameras.items()
        }
        for name, camera in self.cameras.items():
            if camera.user is not None:
                self._gates[name] = Gate(camera.user, camera.password or "")
            if camera.refuses:
                # Bound but not listening: the system refuses, and nobody else can take the port.
                held = self._held[name] = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                held.bind((HOST, 0))
        await self._start_http()
        self._rtsp = RtspServer(
            {name: studio for name, studio in self._studios.items() if studio.camera.protocol == "rtsp"},
            self._workers,
            self._now,
        )
        self._ports["rtsp"] = await self._rtsp.start(HOST, self._ports["rtsp"])
        self._preparing = asyncio.create_task(self._prepare())

    async def close(self) -> None:
        """End all connections, tasks and threads."""
        self._closing.set()
        if self._preparing is not None:
            self._preparing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._preparing
        if self._rtsp is not None:
            await self._rtsp.close()
        if self._runner is not None:
            await self._runner.cleanup()
        for held in self._held.values():
            held.close()
        for pool in (self._preparer, self._workers):
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def ready(self) -> None:
        """Wait until the lands of all cameras are worked out."""
        if self._preparing is not None:
            await asyncio.shield(self._preparing)

    def url(self, name: str) -> str:
        """Return the address of a camera's pictures, without name and password."""
        camera = self.cameras[name]
        kind = "rtsp" if camera.protocol == "rtsp" else "http"
        port = self._held[name].getsockname()[1] if name in self._held else self._ports[kind]
        path = {"rtsp": name, "http": f"{name}/snapshot.jpg", "mjpeg": f"{name}/video.mjpg"}[camera.protocol]
        return f"{kind}://{HOST}:{port}/{path}"

    async def _prepare(self) -> None:
        for studio in self._studios.values():
            if not studio.camera.refuses:
                await studio.prepare(self._preparer)

    async def _start_http(self) -> None:
        application = web.Application()
        application.router.add_get("/{name}/snapshot.jpg", self._snapshot)
        application.router.add_get("/{name}/video.mjpg", self._video)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._ports["http"])
        await site.start()
        self._ports["http"] = int(self._runner.addresses[0][1])

    def _studio(self, request: web.Request) -> Studio:
        name = request.match_info["name"]
        studio = self._studios.get(name)
        if studio is None or studio.camera.protocol == "rtsp":
            raise web.HTTPNotFound(text=f"no camera {name!r} over HTTP here\n")
        gate = self._gates.get(name)
        if gate is not None and not gate.admits(request.headers.get("Authorization", ""), request.method):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": gate.challenge()}, text="log in first\n")
        return studio

    async def _stall(self, camera: SimulatedCamera) -> None:
        """Wait while the camera is stalled, at most until the server closes."""
        while camera.trouble("stall", self._now()) and not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._closing.wait()

    async def _body(self, studio: Studio) -> tuple[bytes, str, Shot]:
        """Return the bytes of one picture, their media type and the shot."""
        shot = await studio.shot()
        moment = self._now()
        if studio.camera.trouble("html", moment):
            return LOGIN, "text/html", shot
        if studio.camera.trouble("truncate", moment):
            return shot.jpeg[: len(shot.jpeg) // 2], "image/jpeg", shot
        return shot.jpeg, "image/jpeg", shot

    async def _snapshot(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio(request)
        await self._stall(studio.camera)
        body, media, shot = await self._body(studio)
        response = web.StreamResponse(
            headers={
                "Content-Type": media,
                "Content-Length": str(len(body)),
                "Date": _http_date(self._now()),
                "Last-Modified": _http_date(shot.moment),
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._write(request, response, studio.camera, body)
        return response

    async def _write(
        self, request: web.Request, response: web.StreamResponse, camera: SimulatedCamera, body: bytes
    ) -> None:
        """Write a body, with the troubles of the line."""
        moment = self._now()
        if camera.trouble("close", moment):
            await response.write(body[: len(body) // 3])
            if request.transport is not None:
                request.transport.close()
            return
        if not camera.trouble("slow", moment):
            await response.write(body)
            return
        for start in range(0, len(body), DRIP):
            await response.write(body[start : start + DRIP])
            if await self._pause(DRIP_EVERY):
                return

    async def _pause(self, seconds: float) -> bool:
        """Wait; return whether the server closes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        return self._closing.is_set()

    async def _video(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio(request)
        await self._stall(studio.camera)
        if studio.camera.trouble("html", self._now()):
            return web.Response(body=LOGIN, content_type="text/html")
        response = web.StreamResponse(
            headers={
                "Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}",
                "Date": _http_date(self._now()),
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not self._closing.is_set() and request.transport is not None:
                await self._stall(studio.camera)
                body, media, shot = await self._body(studio)
                head = (
                    f"--{BOUNDARY}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n"
                    f"Last-Modified: {_http_date(shot.moment)}\r\n"
                    f"X-Timestamp: {shot.moment.timestamp():.3f}\r\n\r\n"
                )
                await self._write(request, response, studio.camera, head.encode() + body + b"\r\n")
                await self._pause(studio.camera.interval.total_seconds())
        return response


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
