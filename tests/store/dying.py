"""A writer to be killed: run as `python -m tests.store.dying`, it prints the hash of what was acknowledged.

keep FOLDER ROUND         keeps pictures until somebody kills it
fork FOLDER CALLS         for each n up to CALLS, in a fork with its own folder, keeps one picture and kills
                          itself before its n-th call that reaches the disk (fsync, rename, unlink)
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.store import made


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def keep(folder: Path, round_: int, url: str = "") -> None:
    chance = random.Random(round_)
    with made.opened(folder, SecretStr(url) if url else None) as store:
        say("ready")
        n = round_ * 100_000
        while True:
            group = []
            for _ in range(chance.choice([1, 1, 4])):
                n += 1
                content = b"%d" % n + chance.randbytes(chance.randrange(40_000))
                group.append(made.outcome(n, content, readings=(made.reading(n), made.reading(n, None))))
            store.keep_all(group)
            say(*(one.still.sha256 for one in group if one.still))


def fork(folder: Path, calls: int) -> None:
    for n in range(calls):
        pid = os.fork()
        if pid == 0:
            _die_at(folder / str(n), n)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        say("died" if os.WIFSIGNALED(status) else "lived", n)


def _die_at(folder: Path, calls: int) -> None:
    store = made.opened(folder)
    store.keep(made.outcome(0, b"before", readings=(made.reading(0),)))
    left = calls

    def deadly(call: Callable[..., Any]) -> Callable[..., Any]:
        def before(*args: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return call(*args, **named)

        return before

    for name in ("fsync", "rename", "unlink", "utime"):
        setattr(os, name, deadly(getattr(os, name)))
    store.keep(made.outcome(10, b"at risk", readings=(made.reading(10),)))
    say("acknowledged", calls)
    store.prune(made.at(40 * 86_400))
    store.close()


if __name__ == "__main__":
    work: Callable[..., None] = {"keep": keep, "fork": fork}[sys.argv[1]]
    work(Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
