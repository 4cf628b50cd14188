"""What it costs to take a picture from a camera, beside what it costs others, and beside the decode alone.

Encodes landscapes of noise that show nobody, serves them from a second process over loopback in real time,
follows them as a fleet does, and prints CPU time of this process. `python -m benchmarks ingest`, or with
some of its parts: `python -m benchmarks.ingest h264 small http flat loss faults`; `soak` takes 20 minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import multiprocessing
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import av
import cv2
import numpy as np
import simplejpeg
import uvloop
from aiohttp import web
from tests.source.rtsp_peer import Line, Stream, encoded, rtsp_peer

from landwatch import diagnose
from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits
from landwatch.errors import BadFrame
from landwatch.past import Past
from landwatch.sample import choose
from landwatch.source import Feed, frames
from landwatch.testing import picture
from landwatch.types import Frame, Outage, Pixels

CADENCE_S = 10.0
A_MINUTE = 60.0 / CADENCE_S
SOAKED, SOAK_S = 200, 1200.0
"""Cameras of the soak, and its length. [s]"""

ROUNDS = 3
"""Of what is compared by turns."""

FULL, SMALL = (1080, 1920), (360, 640)
LIMITS = Limits()

OPTIONS = {"rtsp_transport": "tcp", "allowed_media_types": "video"}
"""For libav and ffmpeg."""

Row = tuple[str, str, str, str]
Work = Callable[[Frame], object]
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on the event loop that workers run on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def land(seed: int, size: tuple[int, int]) -> Callable[[int, tuple[int, int]], Pixels]:
    """Return a landscape of 1/f noise with clouds that drift and a sensor's noise."""
    rng = np.random.default_rng(seed)
    height, width = size

    def pink(power: float) -> np.ndarray:
        down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
        falls = np.sqrt(down * down + across * across)
        falls[0, 0] = 1
        white = rng.standard_normal(falls.shape) + 1j * rng.standard_normal(falls.shape)
        made = np.fft.irfft2(white / falls**power, size)
        return ((made - made.mean()) / made.std()).astype(np.float32)

    ground, sky = pink(1.15), pink(1.6)
    noise = [rng.normal(0, 2.2, size).astype(np.float32) for _ in range(4)]
    above = int(0.38 * height)

    def draw(number: int, _: tuple[int, int]) -> Pixels:
        gray = 90 + 20 * ground
        gray[:above] = 190 + 25 * np.roll(sky[:above], number, axis=1)
        gray += np.roll(noise[number % 4], (number * 37, number * 53), (0, 1))
        level = np.clip(gray, 0, 255).astype(np.uint8)
        return np.dstack([level, level, (level * 0.8).astype(np.uint8)])

    return draw


def streams() -> dict[str, Stream]:
    """Encode the streams."""
    made = {}
    for name, codec, size, kbit in (
        ("h264", "h264", FULL, 4000),
        ("hevc", "hevc", FULL, 4000),
        ("small", "h264", SMALL, 512),
    ):
        made[name] = encoded(codec, size, 100, 50, kbit=kbit, draw=land(1, size))  # type: ignore[arg-type]
    return made


def serve(sender: Connection) -> None:
    """Serve until the other end closes."""

    async def run() -> None:
        made = streams()
        lines = {name: Line(stream, key_at_once=False) for name, stream in made.items()}
        lines |= {f"{name}-now": Line(stream) for name, stream in made.items()}
        for codec in ("h264", "hevc"):
            for share in (0.001, 0.01):
                lines[f"{codec}-{share}"] = Line(made[codec], drop=share, key_at_once=False, speed=2.0)
        lines |= {f"stall-{n}": Line(made["small"], stall=0.0) for n in range(5)}
        lines |= {f"mute-{n}": Line(made["small"], mute="PLAY") for n in range(5)}
        lines |= {f"soak-{n}": Line(made["small"]) for n in range(SOAKED)}
        chance = asyncio.create_task(misfortunes(lines))
        body: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(land(2, FULL)(0, FULL)), 65)

        async def snapshot(_: web.Request) -> web.Response:
            return web.Response(body=body, content_type="image/jpeg")

        app = web.Application()
        app.router.add_get("/pic", snapshot)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with rtsp_peer(**lines) as peer:
            sender.send((peer.port, runner.addresses[0][1], len(body)))
            await asyncio.to_thread(lambda: contextlib.suppress(EOFError).__enter__() or sender.poll(None))
        chance.cancel()
        await runner.cleanup()

    asyncio.run(run())


async def misfortunes(lines: dict[str, Line]) -> None:
    """Break one of the soak's cameras every second or so, in a way and for a time that chance decides."""
    chance = random.Random(4)
    whole = dataclasses.replace(lines["soak-0"])
    while True:
        await asyncio.sleep(chance.uniform(0.5, 2.0))
        name = f"soak-{chance.randrange(SOAKED)}"
        wrong: dict[str, Any] = chance.choice(
            [
                {"stall": 0.0},
                {"close": 0.2},
                {"mute": "DESCRIBE"},
                {"mute": "PLAY"},
                {"drop": 0.2},
                {"status": {"SETUP": "453 Not Enough Bandwidth"}},
                {"user": "somebody", "password": "else"},
                {"sets_told": False, "sets_sent": False},
                {"key_at_once": False},
            ]
        )
        broken = dataclasses.replace(whole, **wrong)
        vars(lines[name]).update(vars(broken))
        mend = asyncio.get_running_loop().call_later
        mend(chance.uniform(5, 60), vars(lines[name]).update, vars(dataclasses.replace(whole)))


@dataclass
class Tally:
    """What a run of cameras gave."""

    pictures: int = 0
    bad: int = 0
    outages: int = 0
    cpu: float = 0.0
    late: list[float] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)
    work: list[float] = field(default_factory=list)
    """CPU time of the work on each picture. [s]"""
    limits: list[float] = field(default_factory=list)
    """CPU time of the decoder alone on the same pictures. [s]"""

    @property
    def taking(self) -> float:
        """CPU time a picture without the work on it. [s]"""
        return (self.cpu - sum(self.work) - sum(self.limits)) / max(1, self.pictures)

    @property
    def each(self) -> float:
        """CPU time a picture: taking it, and the median of the work on it. [s]"""
        return self.taking + (statistics.median(self.work) if self.work else 0.0)

    @property
    def limit(self) -> float:
        """CPU time of the decoder alone, median; NaN where a busy machine let no picture through. [s]"""
        return statistics.median(self.limits) if self.limits else float("nan")


class Follow:
    """Follows many cameras in one process, with one thread beside the event loop that decodes.

    Where the decoder alone is given, it decodes each picture too, by turns before and after the work: a
    shared machine changes its pace from second to second, and both must meet the same.
    """

    def __init__(
        self, work: Callable[[Frame], object], alone: Callable[[Frame], object] | None = None
    ) -> None:
        self.work = work
        self.alone = alone
        self.tally = Tally()
        self.worker = ThreadPoolExecutor(1)

    async def one(self, camera: Camera, number: int) -> None:
        loop = asyncio.get_running_loop()
        before = 0.0
        async with aclosing(frames(camera, SystemClock(), LIMITS, seed=number)) as turns:  # type: ignore[type-var]
            async for turn in turns:
                if isinstance(turn, Outage):
                    self.tally.outages += 1
                    self.tally.why[re.sub(r"^\S+: (?:\d+ )?", "", turn.message).split(";")[0][:60]] += 1
                    continue
                try:
                    await loop.run_in_executor(self.worker, self._work, turn, self.tally)
                except BadFrame:
                    self.tally.bad += 1
                    continue
                now = loop.time()
                if before:
                    self.tally.late.append(now - before - camera.interval)
                before = now
                self.tally.pictures += 1

    def _work(self, frame: Frame, tally: Tally) -> None:
        steps = [(self.work, tally.work)]
        if self.alone is not None:
            steps.insert(tally.pictures % 2, (self.alone, tally.limits))
        for step, spent in steps:
            begun = time.thread_time()
            try:
                step(frame)
            finally:
                spent.append(time.thread_time() - begun)

    async def run(self, cameras: list[Camera], settle: float, seconds: float) -> Tally:
        tasks = [asyncio.create_task(self.one(camera, n)) for n, camera in enumerate(cameras)]
        await asyncio.sleep(settle)
        self.tally = Tally()
        begun = time.process_time()
        await asyncio.sleep(seconds)
        self.tally.cpu = time.process_time() - begun
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return self.tally


def cameras(
    count: int, url: str, kind: str = "rtsp", interval: float = CADENCE_S, **source: Any
) -> list[Camera]:
    """Return so many cameras of one address."""
    table = {"kind": kind, "url": url, **source}
    return [Camera(name=f"c{n}", source=table, interval=interval) for n in range(count)]


class Health:
    """Decodes a frame and runs every check on it."""

    def __init__(self, least_width: int = 0) -> None:
        self.past: dict[str, Past] = {}
        self.settings = diagnose.checks_of(Camera(name="c", source={}))
        self.least_width = least_width
        self.masks: dict[tuple[int, ...], Pixels] = {}
        """Of pictures of which nothing is removed, by size: what removal costs is not measured."""

    def __call__(self, frame: Frame) -> None:
        sample = choose(frame, LIMITS, least_width=self.least_width)
        size = sample.uncleared.shape[:2]
        mask = self.masks.setdefault(size, np.zeros(size, np.uint8))
        cleared = picture(sample.uncleared, camera=frame.camera, taken=frame.taken, mask=mask)
        past = self.past.setdefault(frame.camera, Past())
        past.end(diagnose.examine(cleared, past, self.settings))


def decode(frame: Frame) -> None:
    """Decode a frame and let it go."""
    choose(frame, LIMITS)


def of_cpu(work: Callable[[], object], count: int) -> float:
    """Return CPU time of this process a call. [s]"""
    work()
    begun = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - begun) / count


def of_children(command: list[str], pictures: float) -> float:
    """Return CPU time of a command a picture. [s]"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / pictures


def key_frames(url: str, count: int) -> list[Frame]:
    """Return some key frames of a stream."""
    found: list[Frame] = []
    follow = Follow(found.append)
    run(follow.run(cameras(count, url, interval=5.0, stay=True), 0.0, 6.0))
    return found[:count]


def decoder_alone() -> Work:
    """Return what decodes a frame by libav alone, with one warm decoder."""
    context = av.CodecContext.create("h264", "r")
    context.thread_count = 1

    def one(frame: Frame) -> None:
        unit = av.Packet(bytes(frame.uncleared))  # type: ignore[arg-type]
        (context.decode(unit) or context.decode(None))[0].planes[0]  # type: ignore[attr-defined]
        context.flush_buffers()

    return one


def libav_grab(url: str) -> None:
    """Open a stream with libav, take one key frame, close."""
    with av.open(url, options=OPTIONS, timeout=(5, 5)) as container:
        video = container.streams.video[0]
        video.thread_count = 1
        video.codec_context.skip_frame = "NONKEY"
        next(container.decode(video))


def libav_stay(url: str, seconds: float) -> float:
    """Return CPU time of libav for staying connected and decoding key frames, a cadence. [s]"""
    begun, until = time.process_time(), time.monotonic() + seconds
    with av.open(url, options=OPTIONS, timeout=(5, 5)) as container:
        video = container.streams.video[0]
        video.thread_count = 1
        video.codec_context.skip_frame = "NONKEY"
        for _ in container.decode(video):
            if time.monotonic() > until:
                break
    return (time.process_time() - begun) / seconds * CADENCE_S


def row(what: str, each: float, base: float, note: str = "") -> Row:
    """Return a row: CPU time a picture, cameras a core, and the ratio to the limit."""
    return what, f"{each * 1e3:8.1f} ms", f"{CADENCE_S / each:8.0f}", f"{each / base:6.2f}  {note}"


def beside(what: str, got: Tally) -> Row:
    """Return a row of a run in which the decoder alone decoded the same pictures."""
    note = f"of {got.limit * 1e3:.1f} ms; taking {got.taking * 1e3:.1f} ms; {_rest(got)}"
    return row(what, got.each, got.limit, note)


def nothing(frame: Frame) -> None:
    """Let a frame go."""


def full(url: str) -> Iterator[Row]:
    """Measure 1080p H.264 at 10 s, ours and others'."""
    alone = decoder_alone()
    yield "1080p H.264, a picture; the ratio is to libav, which decodes", "the same", "and no more", ""
    for what, path, stay, work in (
        ("opened for each picture: taking alone", "h264", False, nothing),
        ("camera that begins with a key frame: taking alone", "h264-now", False, nothing),
        ("connected: taking alone", "h264", True, nothing),
        ("opened for each picture: + decode, RGB", "h264", False, decode),
        ("opened for each picture: + all checks", "h264", False, Health()),
    ):
        got = run(Follow(work, alone).run(cameras(100, f"{url}/{path}", stay=stay), 10, 20))
        yield beside(f"  landwatch, {what}", got)
    base = got.limit
    yield row("  PyAV, opened for each picture", of_cpu(lambda: libav_grab(f"{url}/h264"), 8), base)
    yield row("  PyAV, connected, key frames", libav_stay(f"{url}/h264", 20), base)
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        yield "  ffmpeg", "is not", "installed", "(apt-get install ffmpeg)"
        return
    options = [word for key, value in OPTIONS.items() for word in (f"-{key}", value)]
    quiet = [ffmpeg, "-v", "error", "-threads", "1", *options, "-i", f"{url}/h264"]
    grabs = [of_children([*quiet, "-frames:v", "1", "-f", "null", "-"], 1) for _ in range(4)]
    yield row("  ffmpeg, one process a picture", statistics.mean(grabs), base)
    every = of_children([*quiet, "-t", "20", "-vf", "fps=1/10", "-f", "null", "-"], 2)
    yield row("  ffmpeg, connected, fps filter", every, base)


def _rest(tally: Tally) -> str:
    return f"{tally.pictures} pictures, {tally.bad} bad, {tally.outages} outages"


def small(url: str) -> Iterator[Row]:
    """Measure a 360p sub-stream at 10 s."""
    for what, work in (("taking alone", nothing), ("+ decode, RGB", decode), ("+ all checks", Health())):
        got = run(Follow(work, decoder_alone()).run(cameras(150, f"{url}/small", stay=False), 10, 20))
        yield beside(f"360p H.264: landwatch, opened for each picture: {what}", got)


def http(url: str) -> Iterator[Row]:
    """Measure HTTP snapshots of 1080p at 10 s."""
    yield (
        f"1080p JPEG of {len(_one_snapshot(url)) // 1000} kB; the ratio is to libjpeg-turbo",
        "alone",
        "",
        "",
    )
    for what, work, width in (
        ("taking alone, to a decode at half size", nothing, 960),
        ("+ all checks at half size", Health(960), 960),
        ("+ all checks at full size", Health(), FULL[1]),
    ):

        def alone(frame: Frame, width: int = width) -> None:
            simplejpeg.decode_jpeg(frame.uncleared, "RGB", min_width=width, min_height=1)

        got = run(Follow(work, alone).run(cameras(100, url, "snapshot"), 10, 20))
        yield beside(f"  landwatch: {what}", got)


def _one_snapshot(url: str) -> bytes:
    found: list[Frame] = []
    run(Follow(found.append).run(cameras(1, url, "snapshot", 1.0), 0, 3))
    return bytes(found[0].uncleared)  # type: ignore[arg-type]


def resident() -> float:
    """Return this process's memory. [1e6 byte]"""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def flat(url: str) -> Iterator[Row]:
    """Measure cost and memory a camera from 10 to 1,000 cameras of 360p."""
    base = 0.0
    for count in (10, 100, 1000):
        before = resident()
        follow = Follow(decode)
        got = run(follow.run(cameras(count, f"{url}/small", stay=False), 12, 20))
        grown = (resident() - before) / count
        base = base or got.each
        note = f"{_rest(got)}, {max(grown, 0):.3f} MB a camera"
        what = f"{count} cameras of 360p, 10 s (ratio to 10 cameras; target 1.10)"
        yield row(what, got.each, base, note)


def loss(url: str) -> Iterator[Row]:
    """Count damaged pictures that are accepted from lines that lose packets."""
    for codec in ("h264", "hevc"):
        truth = [choose(one, LIMITS).uncleared for one in key_frames(f"{url}/{codec}-now", 6)]
        truth = _distinct(truth)
        for share in (0.001, 0.01):
            damaged: list[bool] = []

            def judge(frame: Frame, truth: list[Pixels] = truth, damaged: list[bool] = damaged) -> None:
                seen = choose(frame, LIMITS).uncleared
                damaged.append(min(cv2.absdiff(seen, one).mean() for one in truth) > 0.5)

            table = cameras(12, f"{url}/{codec}-{share}", interval=1.0, key_wait=30.0)
            got = run(Follow(judge).run(table, 0, 60))
            told = f"{sum(damaged)} damaged of {len(damaged)} accepted"
            yield f"{codec} at {share:.1%} loss", told, "target 0", f"{got.outages} outages"


def _distinct(found: list[Pixels]) -> list[Pixels]:
    kept: list[Pixels] = []
    for one in found:
        if all(cv2.absdiff(one, other).mean() > 0 for other in kept):
            kept.append(one)
    return kept


def faults(url: str) -> Iterator[Row]:
    """Measure how soon a fault is told, and what it does to the others, by turns without it and with it."""
    well = cameras(50, f"{url}/small-now", interval=2.0, stay=False)
    late: dict[str, list[float]] = {"alone": [], "beside 10 cameras that hang": []}
    # From a process of their own: what it costs to serve them must not hold up who serves the others.
    with server() as (other, _):
        ill = [
            Camera(
                name=f"{kind}{n}",
                source={"kind": "rtsp", "url": f"{other}/{kind}-{n}", "timeout": 3.0},
                interval=2.0,
            )
            for kind in ("stall", "mute")
            for n in range(5)
        ]
        for _ in range(ROUNDS):
            for what, table in zip(late, (well, well + ill), strict=True):
                # A camera's first gap may be half a cadence longer: counted are those that begin later.
                late[what] += run(Follow(decode).run(table, 6, 14)).late
        for what, gaps in late.items():
            p99 = sorted(gaps)[int(0.99 * (len(gaps) - 1))]
            yield f"50 cameras {what}: lateness p99", f"{p99 * 1e3:.0f} ms", "within 10 %", f"of {len(gaps)}"
        for camera in (ill[0], ill[5]):
            what = f"time-out of 3 s to named outage: {camera.name}"
            yield what, f"{_to_outage(camera):.2f} s", "4 s", ""


def _to_outage(camera: Camera) -> float:
    async def told() -> float:
        turns = frames(camera, SystemClock(), LIMITS, seed=0)
        # From its first turn on, which has its own place in the cadence.
        feed = Feed(interval=camera.interval, clock=SystemClock(), limits=LIMITS, seed=0)
        begun = time.monotonic() + feed.pace().due(0.0)
        turn = await anext(turns)
        assert isinstance(turn, Outage)
        await turns.aclose()  # type: ignore[attr-defined]
        return time.monotonic() - begun

    return run(told())


def soak(url: str) -> Iterator[Row]:
    """Follow 200 cameras of which some always fail, and account for every picture that was due."""
    follow = Follow(decode)
    every = [camera for n in range(SOAKED) for camera in cameras(1, f"{url}/soak-{n}", timeout=5.0)]
    every = [camera.model_copy(update={"name": f"soak{n}"}) for n, camera in enumerate(every)]
    memory: list[float] = []

    async def soaked() -> Tally:
        running = asyncio.create_task(follow.run(every, 30, SOAK_S))
        await asyncio.sleep(60)
        memory.append(resident())
        return await running

    got = run(soaked())
    memory.append(resident())
    due = int(SOAKED * SOAK_S / CADENCE_S)
    yield f"soak of {SOAK_S / 60:g} min, {SOAKED} cameras", f"{due} due", f"{got.pictures} taken", _rest(got)
    for why, count in sorted(got.why.items(), key=lambda one: -one[1]):
        yield f"  turns lost: {why}", str(count), "", ""
    yield "  memory after a minute, and at the end", f"{memory[0]:.0f} MB", f"{memory[1]:.0f} MB", ""
    yield (
        "  CPU of this process",
        f"{got.cpu / SOAK_S:.1%}",
        "of a core",
        f"{got.each * 1e3:.1f} ms a picture",
    )


PARTS: dict[str, Callable[[str], Iterator[Row]]] = {
    "h264": full,
    "small": small,
    "http": http,
    "flat": flat,
    "loss": loss,
    "faults": faults,
    "soak": soak,
}


@contextmanager
def server() -> Iterator[tuple[str, str]]:
    """Run the cameras in a process of their own and give their addresses."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    port, web_port, _ = mine.recv()
    try:
        yield f"rtsp://127.0.0.1:{port}", f"http://127.0.0.1:{web_port}/pic"
    finally:
        process.terminate()
        process.join()


def main() -> None:
    """Run the parts that are named, or all, and print a table."""
    wanted = [name for name in sys.argv[1:] if name in PARTS] or [name for name in PARTS if name != "soak"]
    cv2.setNumThreads(1)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"CPU time of this process, cadence {CADENCE_S:g} s"
    )
    print(f"{'':64s} {'a picture':>11s} {'cameras a core':>14s}   ratio to the limit")
    with server() as (rtsp, snapshot):
        for name in wanted:
            for cells in PARTS[name](snapshot if name == "http" else rtsp):
                print(f"{cells[0]:64s} {cells[1]:>11s} {cells[2]:>14s}   {cells[3]}", flush=True)


if __name__ == "__main__":
    main()
