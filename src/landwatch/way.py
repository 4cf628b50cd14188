"""The way of a picture: choose, clear, examine, read, judge, release. Only this file knows the order.

A step that fails costs what `errors` says: a bad frame or a failed removal costs this frame, and nothing
of it is kept; a failing check or instrument costs its own value; a failing rule stops the shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landwatch import diagnose, measure
from landwatch.config import Camera, Config
from landwatch.decide import Judge, default_rules
from landwatch.errors import BadFrame, RedactError
from landwatch.past import Past
from landwatch.publish import encode
from landwatch.redact import Looks, Remover
from landwatch.sample import choose
from landwatch.sample.align import Aligner
from landwatch.types import Absence, Event, Finding, Frame, Glimpse, Outcome, Reading, Status, Still, band

__all__ = ["Way"]


class Way:
    """The way of one camera's pictures, with what it remembers between them."""

    def __init__(
        self,
        camera: Camera,
        detector: Looks,
        config: Config,
        *,
        standing: Sequence[Event] = (),
        sequence: bool = True,
        interval: float | None = None,
        folder: Path | None = None,
    ) -> None:
        """Prepare every step.

        Args:
            camera: whose pictures these are.
            detector: shared by all cameras of the process.
            config: its limits and rules are used.
            standing: events of this camera that were open when the process started.
            sequence: whether the pictures are one fixed camera's, in time order.
            interval: time that the camera was asked to leave between pictures; None for an archive. [s]
            folder: where relative paths in the camera's settings start.

        Raises:
            ConfigError: for settings of a check or an instrument that cannot be used.
        """
        self.camera = camera
        self.past = Past(interval=interval, place=camera.place)
        self._limits = config.limits
        self._remover = Remover(camera, detector, sequence=sequence)
        self._checks = diagnose.checks_of(camera)
        self._instruments = measure.instruments_of(camera, folder)
        self._reference = camera.reference and (folder or Path()) / camera.reference
        self._aligner = self._new_aligner()
        asked = measure.rules(self._instruments)
        rules = default_rules(config.rule, measure.quantities(self._instruments), asked)
        self._judge = Judge(camera.name, rules, standing, drill=camera.drill)
        self.watched = tuple(dict.fromkeys((rule.hazard, rule.quantity) for rule in rules))
        """Hazards that are watched for, with the quantities in which they show."""

    def through(self, frame: Frame) -> Outcome:
        """Take one frame the whole way and return all that is kept of it."""
        try:
            sample = choose(frame, self._limits)
            picture = self._remover.clear(sample)
        except BadFrame as error:
            return self._nothing_kept(frame, "forgotten", str(error), "camera")
        except RedactError as error:
            return self._nothing_kept(
                frame, "withheld", error.reason, "withheld", self._glimpse(frame, error)
            )
        self.past.begin(picture)
        if self._aligner is not None:
            self.past.alignment = self._aligner.align(picture, self.past)
        findings = diagnose.examine(picture, self.past, self._checks)
        readings = measure.read(picture, self.past, findings, self._instruments)
        still = encode(picture)
        events = self._judge.judge(readings, frame.name, still.sha256)
        self.past.end(findings)
        return _outcome(
            frame,
            status="cleared",
            masked=band(picture.removal.share),
            model=picture.removal.model,
            still=still,
            findings=findings,
            readings=readings,
            events=events,
        )

    def _glimpse(self, frame: Frame, error: RedactError) -> tuple[Finding, ...]:
        """Return what its light or its view alone tells of a picture that was withheld for it."""
        if error.light is None and error.offset is None:
            return ()
        level, noise = error.light or (0.0, 0.0)
        seen = Glimpse(
            camera=frame.camera,
            taken=frame.taken,
            reason=error.reason,
            level=level,
            noise=noise,
            offset=error.offset,
        )
        findings = diagnose.glimpse(seen, self.past, self._checks)
        self.past.end(findings)
        return findings

    def forget(self) -> None:
        """Forget earlier pictures, so that the next one stands alone."""
        self.past = Past(interval=self.past.interval, place=self.past.place)
        self._aligner = self._new_aligner()

    def _new_aligner(self) -> Aligner | None:
        return Aligner(self._reference) if "registered" in measure.needs(self._instruments) else None

    def _nothing_kept(
        self, frame: Frame, status: Status, reason: str, absent: Absence, findings: tuple[Finding, ...] = ()
    ) -> Outcome:
        readings = measure.nothing_seen(frame.camera, frame.taken, self._instruments, absent)
        return _outcome(frame, status=status, reason=reason, findings=findings, readings=readings)


def _outcome(
    frame: Frame,
    *,
    status: Status,
    reason: str | None = None,
    masked: float | None = None,
    model: str | None = None,
    still: Still | None = None,
    findings: tuple[Finding, ...] = (),
    readings: tuple[Reading, ...] = (),
    events: tuple[Event, ...] = (),
) -> Outcome:
    return Outcome(
        camera=frame.camera,
        name=frame.name,
        taken=frame.taken,
        time_from=frame.time_from,
        received=frame.received,
        status=status,
        reason=reason,
        masked=masked,
        model=model,
        still=still,
        findings=findings,
        readings=readings,
        events=events,
        path=frame.path,
    )
