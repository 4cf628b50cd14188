"""The way of a picture: choose, clear, examine, read, judge, release. Only this file knows the order.

A step that fails costs what `errors` says: a bad frame or a failed removal costs this frame, and nothing
of it is kept; a failing check or instrument costs its own value; a failing rule stops the shard.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from landwatch import diagnose, measure
from landwatch.config import Camera, Config, Rule
from landwatch.decide import Judge, default_rules
from landwatch.errors import BadFrame, RedactError
from landwatch.lesson import Lesson
from landwatch.past import Past
from landwatch.publish import encode
from landwatch.redact import Looks, Remover
from landwatch.sample import choose
from landwatch.sample.align import Aligner
from landwatch.types import (
    ILL,
    OF_VIEW,
    Absence,
    Event,
    Finding,
    Frame,
    Glimpse,
    Outcome,
    Picture,
    Reading,
    Status,
    Still,
    band,
)

__all__ = ["Way"]

OF_COMING = "lateness"
"""The check of when pictures come, which kept ones that are read again cannot tell: they are thinned."""


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
        version: int = 0,
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
            version: of the view's settings, which readings name; 0 where no versions are kept.

        Raises:
            ConfigError: for settings of a check or an instrument that cannot be used.
        """
        self.past = Past(interval=interval, place=camera.place)
        self._config = config
        self._folder = folder
        self._remover = Remover(camera, detector, sequence=sequence)
        self._checks = diagnose.checks_of(camera)
        self._of_content = {name: one for name, one in self._checks.items() if name != OF_COMING}
        self._instruments: dict[str, Any] = {}
        self._rules: tuple[Rule, ...] = ()
        self._lessons: tuple[Lesson, ...] = ()
        self._judge = Judge(camera.name, (), standing, drill=camera.drill)
        self._reference: Path | None = None
        self._aligner: Aligner | None = None
        self.version = version
        self.turn_to(camera, version)

    def turn_to(self, camera: Camera, version: int) -> None:
        """Go on with another version of the view's settings; what else was learnt of the camera stays.

        Places of a version are drawn on the view as it is now, so each version has a reference of its own;
        and who saves one while the view is moved accepts where it has moved to.

        Raises:
            ConfigError: for settings of an instrument that cannot be used; then nothing has changed.
        """
        instruments = measure.instruments_of(camera, self._folder)
        reference = camera.reference and (self._folder or Path()) / camera.reference
        is_asked = "registered" in measure.needs(instruments)
        is_new = version != self.version
        is_laid_anew = self._aligner is None or reference != self._reference or is_new
        if is_laid_anew or not is_asked:
            self._aligner = Aligner(reference) if is_asked else None
        if is_new and any(
            finding.state in ILL for name, finding in self.past.findings.items() if name in OF_VIEW
        ):
            self.past = Past(interval=self.past.interval, place=self.past.place)
        for name in self._instruments:
            is_laid = "registered" in measure.needs([name])
            if self._instruments[name] != instruments.get(name) or (is_laid and is_laid_anew):
                self.past.notes.pop(f"measure.{name}", None)
        self._instruments, self._reference = instruments, reference
        rules = default_rules(
            self._config.rule, measure.quantities(instruments), measure.rules(instruments), camera.budget
        )
        if rules != self._rules:
            self._judge = Judge(camera.name, rules, self._judge.standing, drill=camera.drill)
            self._judge.heed(self._lessons)
            self._rules = rules
        self.camera, self.version = camera, version

    @property
    def rules(self) -> tuple[Rule, ...]:
        """When its readings open and close events."""
        return self._rules

    @property
    def watched(self) -> tuple[tuple[str, str], ...]:
        """Hazards that are watched for, with the quantities in which they show."""
        return tuple(dict.fromkeys((rule.hazard, rule.quantity) for rule in self._rules))

    @property
    def learns(self) -> tuple[Rule, ...]:
        """Rules whose thresholds are learnt from quiet hours."""
        return tuple(rule for rule in self._rules if rule.budget)

    def heed(self, lessons: tuple[Lesson, ...]) -> None:
        """Judge by what was learnt from quiet hours from now on."""
        self._lessons = lessons
        self._judge.heed(lessons)

    def through(self, frame: Frame) -> Outcome:
        """Take one frame the whole way and return all that is kept of it."""
        try:
            sample = choose(frame, self._config.limits)
            picture = self._remover.clear(sample)
        except BadFrame as error:
            return self._nothing_kept(frame, "forgotten", str(error), "camera")
        except RedactError as error:
            return self._nothing_kept(
                frame, "withheld", error.reason, "withheld", self._glimpse(frame, error)
            )
        findings, readings = self._look(picture, self._checks)
        still = encode(picture)
        events = self._judge.judge(readings, frame.name, still.sha256, (picture.width, picture.height))
        has_begun = self.past.alignment is not None and self.past.alignment.is_reference
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
            reference_of=self.version if has_begun else None,
        )

    def again(self, picture: Picture) -> tuple[Reading, ...]:
        """Read a picture that was kept, as the view's settings are now; nothing is kept or told of it."""
        return self._again(picture, self._of_content)

    def recollect(self, reference: Picture | None, newest: Iterable[Picture]) -> None:
        """Learn anew, from pictures that were kept, what the process before had learnt of the camera.

        Args:
            reference: on which its pictures were laid; where there was none, the next picture becomes it.
            newest: in which no check saw a fault, oldest first.
        """
        aligner = self._aligner
        if reference is None:
            self._aligner = None
        else:
            # What is usual for the camera follows season and growth: of that it may say nothing any more.
            self._again(reference, {})
        for picture in newest:
            self._again(picture, self._of_content)
        self._aligner = aligner

    def _again(self, picture: Picture, checks: Mapping[str, Any]) -> tuple[Reading, ...]:
        findings, readings = self._look(picture, checks)
        self.past.end(findings)
        return readings

    def _look(
        self, picture: Picture, checks: Mapping[str, Any]
    ) -> tuple[tuple[Finding, ...], tuple[Reading, ...]]:
        """Return what a picture says of the camera and of the land."""
        self.past.begin(picture)
        if self._aligner is not None:
            self.past.alignment = self._aligner.align(picture, self.past)
        findings = diagnose.examine(picture, self.past, checks)
        return findings, self._signed(measure.read(picture, self.past, findings, self._instruments))

    def _signed(self, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """Return readings that name the version of the view's settings behind their method's."""
        if not self.version:
            return readings
        return tuple(
            dataclasses.replace(reading, method=f"{reading.method}@{self.version}") for reading in readings
        )

    def _glimpse(self, frame: Frame, error: RedactError) -> tuple[Finding, ...]:
        """Return what numbers of the whole tell of a picture that was withheld."""
        if error.light is None and error.offset is None:
            return ()
        level, noise = error.light or (0.0, 0.0)
        seen = Glimpse(
            camera=frame.camera,
            taken=frame.taken,
            reason=error.reason,
            level=level,
            noise=noise,
            stripes=error.stripes,
            offset=error.offset,
        )
        findings = diagnose.glimpse(seen, self.past, self._checks)
        self.past.end(findings)
        return findings

    def forget(self) -> None:
        """Forget earlier pictures, so that the next one stands alone."""
        self.past = Past(interval=self.past.interval, place=self.past.place)
        self._aligner = Aligner(self._reference) if self._aligner is not None else None

    def _nothing_kept(
        self, frame: Frame, status: Status, reason: str, absent: Absence, findings: tuple[Finding, ...] = ()
    ) -> Outcome:
        readings = self._signed(measure.nothing_seen(frame.camera, frame.taken, self._instruments, absent))
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
    reference_of: int | None = None,
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
        reference_of=reference_of,
    )
