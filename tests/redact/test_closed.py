"""Whatever fails, no byte is written: each failure in a process of its own, watched from inside and outside.

Inside, an audit hook notes every file that is opened for writing and every socket, and the kernel's count
of bytes that the process wrote (`wchar` of /proc/self/io) must not move while a picture is cleared.
Outside, the folder that is its home, its temporary folder and its working folder must stay empty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import json, sys
import numpy as np
from landwatch.errors import RedactError
from landwatch.redact import Remover
from landwatch.redact.detector import Detector
from tests.redact.made import Fake, boxes, camera, land, nothing, one, sample, sees_coats

noted = []

def watch(event, args):
    if event == "open" and (set(str(args[1])) & set("wax+") or (args[2] or 0) & 3):
        noted.append(f"open {args[0]}")
    elif event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.rename", "shutil.")):
        noted.append(event)

def wrote():
    with open("/proc/self/io") as lines:
        return int(next(line for line in lines if line.startswith("wchar")).split()[1])

def shift(array):
    return np.roll(array, 8, axis=1)

def raises(error):
    def answer(tile, deadline):
        raise error
    return Fake(answer)

kind = sys.argv[1]
here = land()
edges = (np.kron(np.indices((26, 26)).sum(axis=0) % 2, np.ones((16, 16)))[:, :, None] * 60).astype(np.uint8)
series, remover = [], None
if kind == "exception":
    remover, last = Remover(camera(), raises(KeyError("surprise"))), here
elif kind == "memory":
    remover, last = Remover(camera(), raises(MemoryError())), here
elif kind == "time-out":
    ticks = iter([0.0, 61.0, 61.0])
    remover, last = Remover(camera(), Fake(nothing), clock=lambda: next(ticks)), here
elif kind == "shape":
    detector = Detector()
    real = detector._session
    class Short:
        def run(self, *given):
            return real.run(*given)[:5]
    detector._session = Short()
    remover, last = Remover(camera(), detector), here
elif kind == "share":
    remover, last = Remover(camera(), one(0, 0, 416, 200, 0.9)), land(600, 600)
elif kind == "moved":
    remover = Remover(camera(), Fake(sees_coats), sequence=True)
    series, last = [here + edges] * 9, here + shift(edges)
elif kind == "cold":
    remover, last = Remover(camera(tallest=30), Fake(nothing), sequence=True), here
elif kind == "night":
    remover, last = Remover(camera(), Fake(nothing)), (here * 0.1).astype(np.uint8)
elif kind == "noise":
    noise = np.random.default_rng(0).normal(0, 30, (416, 416, 1))
    remover, last = Remover(camera(), Fake(nothing)), np.clip(here + noise, 0, 255).astype(np.uint8)
elif kind == "none":
    remover, last = Remover(camera(), Fake(nothing)), here
for number, pixels in enumerate(series):
    remover.clear(sample(pixels, 10 * number))
given = sample(last, 90)
reason = None
sys.addaudithook(watch)
before = wrote()
try:
    remover.clear(given)
except RedactError as error:
    reason = error.reason
after = wrote()
found = list(noted)
left = int(given.uncleared.any())
print(json.dumps({"reason": reason, "wrote": after - before, "noted": found, "left": left}))
"""


def run(kind: str, folder: Path) -> dict[str, object]:
    """Return what a failure of one kind did, in a process whose folders are all `folder`."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, kind],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the kernel does not count written bytes here")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("exception", "failed"),
        ("memory", "memory"),
        ("time-out", "time-out"),
        ("shape", "failed"),
        ("share", "share"),
        ("moved", "moved"),
        ("cold", "warming"),
        ("night", "night"),
        ("noise", "noise"),
        ("none", None),
    ],
)
def test_no_pixel_gets_out(kind: str, reason: str | None, tmp_path: Path) -> None:
    assert run(kind, tmp_path) == {"reason": reason, "wrote": 0, "noted": [], "left": 0}
    assert list(tmp_path.rglob("*")) == []
