"""Exports that take their time: bags of readings, made one after another in a process of their own.

Each is a folder `exports/ID` of the store, where ID is a sum of what was asked, so that the same question is
answered once. The process runs at the lowest priority. One that is cut short, by a kill or because Landwatch
stops, goes on at the next start. Bags are kept for a week.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import queue
import shutil
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog
from pydantic import SecretStr

from landwatch import rooms
from landwatch.clock import Clock
from landwatch.errors import UsageError
from landwatch.store import bag, whole

__all__ = ["Busy", "Exports", "Job", "JobState"]

JobState = Literal["waiting", "running", "done", "failed"]

KEPT = timedelta(days=7)
"""How long an export can be fetched after it was asked for."""

MOST = 20
"""Exports that are kept or waited for; more are refused until the oldest is deleted or forgotten. [1]"""

STOP_S = 5.0
"""Within which the process ends when it is told to. [s]"""

log = structlog.get_logger()

ASKED, FAILED = "asked.json", "failed.txt"
"""Beside the bag: what was asked and when, and why it could not be written."""

SPAWN = multiprocessing.get_context("spawn")


class Busy(UsageError):
    """What is asked for is well said, but not possible as things stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One export."""

    id: str
    question: bag.Question
    asked: datetime
    state: JobState
    progress: bag.State | None
    """None before it has begun."""
    why: str
    """Why it failed; empty where it did not."""


class Exports:
    """Takes questions, and answers them one after another. May be used from several threads."""

    def __init__(self, folder: Path, clock: Clock, *, url: SecretStr | None = None) -> None:
        """Go on with what was asked before.

        Args:
            folder: of the store.
            clock: what time it is.
            url: of the store's tables, where they are not in the folder.
        """
        self._store, self._url, self._clock = folder, url, clock
        self._folder = folder / "exports"
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._running: str | None = None
        self._stopped = threading.Event()
        self._forget()
        for job in reversed(self.jobs()):
            if job.state == "waiting":
                self._waiting.put(job.id)
        self._thread = threading.Thread(target=self._work, name="exports", daemon=True)
        self._thread.start()

    def ask(self, question: bag.Question) -> Job:
        """Return the job of a question, a new one unless it was asked before.

        Raises:
            Busy: if there are too many already.
        """
        told = json.dumps(asdict(question), default=datetime.isoformat, sort_keys=True)
        id = hashlib.sha256(told.encode()).hexdigest()[:16]
        with self._lock:
            self._forget()
            known = self.job(id)
            if known is not None and known.state != "failed":
                return known
            if known is None and len(self.jobs()) >= MOST:
                raise Busy(f"there are {MOST} exports already; delete one, or wait until one is forgotten")
            place = self._folder / id
            place.mkdir(parents=True, exist_ok=True)
            (place / FAILED).unlink(missing_ok=True)
            with whole(place / ASKED) as part:
                asked = {"asked": self._clock.now().isoformat(), "question": json.loads(told)}
                part.write_text(json.dumps(asked), encoding="utf-8")
            self._waiting.put(id)
            return self._job(id)

    def jobs(self) -> list[Job]:
        """Return all exports, those that were asked for last first."""
        names = [path.parent.name for path in self._folder.glob(f"*/{ASKED}")]
        found = [job for job in map(self.job, names) if job is not None]
        return sorted(found, key=lambda job: (job.asked, job.id), reverse=True)

    def job(self, id: str) -> Job | None:
        """Return one export, or None where there is none."""
        try:
            return self._job(id)
        except FileNotFoundError:
            return None

    def bag(self, id: str) -> Path:
        """Return the folder of an export's bag."""
        return self._folder / id / "bag"

    def delete(self, id: str) -> None:
        """Forget an export, its files with it.

        Raises:
            Busy: while it is being written.
        """
        with self._lock:
            job = self.job(id)
            if job is not None and job.state == "running":
                raise Busy(f"export {id} is being written; delete it when it is done")
            shutil.rmtree(self._folder / id, ignore_errors=True)

    def close(self) -> None:
        """Stop writing; what is not done goes on at the next start."""
        self._stopped.set()
        self._waiting.put(None)
        self._thread.join()

    def _job(self, id: str) -> Job:
        place = self._folder / id
        told = json.loads((place / ASKED).read_text(encoding="utf-8"))
        progress = bag.progress_of(self.bag(id))
        failed = place / FAILED
        why = failed.read_text(encoding="utf-8") if failed.is_file() else ""
        state: JobState = "waiting"
        if why:
            state = "failed"
        elif progress is not None and progress.complete:
            state = "done"
        elif self._running == id:
            state = "running"
        return Job(
            id=id,
            question=bag.question_of(told["question"]),
            asked=datetime.fromisoformat(told["asked"]),
            state=state,
            progress=progress,
            why=why,
        )

    def _forget(self) -> None:
        for job in self.jobs():
            if job.state in ("done", "failed") and self._clock.now() - job.asked > KEPT:
                shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def _work(self) -> None:
        while (id := self._waiting.get()) is not None and not self._stopped.is_set():
            with self._lock:
                job = self.job(id)
                if job is None or job.state != "waiting":
                    continue
                self._running = id
            try:
                self._write(job)
            except OSError as error:
                log.error("an export cannot be written", export=id, error=str(error))
            finally:
                self._running = None

    def _write(self, job: Job) -> None:
        """Write one export in a process of its own, and note why if that ends badly."""
        place = self._folder / job.id
        writing = SPAWN.Process(
            target=bag.write_apart,
            args=(self._store, self._url, self.bag(job.id), job.question, rooms.quantities(), place / FAILED),
            daemon=True,
        )
        writing.start()
        while writing.is_alive() and not self._stopped.is_set():
            writing.join(0.1)
        if writing.is_alive():
            writing.terminate()
            writing.join(STOP_S)
            if writing.is_alive():
                writing.kill()
                writing.join()
        elif writing.exitcode != 0 and not (place / FAILED).is_file():
            (place / FAILED).write_text(
                f"the process that wrote it ended with {writing.exitcode}; ask again to go on",
                encoding="utf-8",
            )
