"""Registers, outcomes and sums for the tests of upkeep."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from landwatch.config import Camera
from landwatch.types import Finding, FindingState, Outcome, Still
from landwatch.upkeep import Asset, Desk, Level, Opening, Organisation, Site

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
"""A Wednesday."""

OFFICE = Level(
    name="office",
    target=98,
    response=4,
    repair=12,
    hours="mon-fri 08:00-17:00",
    zone="UTC",
    escalation="response+0:managed_by repair+0:managed_by repair+9:built_by",
)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def enrolled(count: int, interval: float = 10.0) -> list[Camera]:
    return [Camera(name=f"c{n}", source={"kind": "folder"}, interval=interval) for n in range(count)]


def fill(desk: Desk) -> None:
    desk.keep_organisations(
        [
            Organisation(name="builder", title="Builder", contact="desk@builder.example"),
            Organisation(name="county", title="County", contact="json://county.example/hook"),
            Organisation(name="mender", title="Mender", contact="desk@mender.example"),
        ]
    )
    desk.keep_sites(
        [
            Site(name="ridge", title="Ridge", latitude=46.5, longitude=-9.9, area="Upper county"),
            Site(name="river", settlement="rural"),
        ]
    )
    desk.keep_levels([OFFICE])
    desk.keep_assets(
        Asset(
            camera=f"c{n}",
            site="ridge" if n < 3 else "river",
            make="Acme",
            model="M1",
            serial=f"{n:04}",
            installed=date(2020, 1, 1 + n),
            built_by="builder",
            managed_by="county",
            maintained_by="mender",
            level="office",
        )
        for n in range(4)
    )


def opening(cause: str = "blur", subject: str = "c0") -> Opening:
    return Opening(
        scope="camera", subject=subject, cause=cause, origin="hand", since=NOON, detail="not sharp"
    )


def still(name: str) -> Still:
    content = name.encode()
    return Still(content=content, sha256=hashlib.sha256(content).hexdigest(), width=64, height=48)


def outcome(
    seconds: float, camera: str = "c0", blur: FindingState | None = "good", other: FindingState = "good"
) -> Outcome:
    """A cleared picture with two checks; withheld, and so unjudged, where `blur` is None."""
    taken = at(seconds)
    findings = () if blur is None else (("blur", blur), ("noise", other))
    return Outcome(
        camera=camera,
        name=f"{seconds:g}.jpg",
        taken=taken,
        time_from="clock",
        received=taken,
        status="withheld" if blur is None else "cleared",
        reason="night" if blur is None else None,
        masked=None if blur is None else 0.0,
        model=None,
        still=None if blur is None else still(f"{camera} {seconds:g}"),
        findings=tuple(
            Finding(
                camera=camera, check=check, time=taken, state=state, value=1.0, unit="1", since=taken,
                detail="" if state == "good" else f"{check} is {state}",
            )
            for check, state in findings
        ),
    )  # fmt: skip
