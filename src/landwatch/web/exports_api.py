"""The JSON API of exports: ask for years of readings, see how far they are, fetch their files."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from landwatch.errors import UsageError
from landwatch.store import bag
from landwatch.web.asked import CAMERA, WORD, Nothing
from landwatch.web.exports import Exports, Job, JobState
from landwatch.web.models import Listing, Moment, Time
from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING, Missing

__all__ = ["router"]

ID = r"^[0-9a-f]{16}$"
FILE = r"^[A-Za-z0-9._-]{1,80}$"

router = APIRouter(prefix="/api/v1/exports", tags=["readings"], responses=ANSWERS)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class PartOut(_Out):
    """One file of an export."""

    name: str = Field(description="Its path in the bag.")
    rows: int = Field(description="Readings in it; 0 in what only describes another file. [1]")
    bytes: int = Field(description="[byte]")
    sha256: str
    url: str = Field(description="Where it is fetched.")


class QuestionOut(_Out):
    """Which readings were asked for, and how."""

    form: bag.Form
    camera: str | None
    quantity: str | None
    since: Time | None
    until: Time | None


class JobOut(_Out):
    """An export and how far it is."""

    id: str
    question: QuestionOut
    asked: Time
    state: JobState
    months: int | None = Field(description="That it is made of; null before it has begun. [1]")
    done: int = Field(description="Months that are written. [1]")
    rows: int = Field(description="Readings that are written. [1]")
    files: tuple[PartOut, ...] = Field(description="Those that are whole.")
    why: str = Field(description="Why it failed; empty where it did not.")

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """Return the answer for a job."""
        progress = job.progress
        parts = progress.parts if progress else ()
        files = (
            PartOut(
                name=part.name,
                rows=part.rows,
                bytes=part.bytes,
                sha256=part.sha256,
                url=f"/api/v1/exports/{job.id}/{part.name}",
            )
            for part in parts
        )
        return cls(
            id=job.id,
            question=QuestionOut.model_validate(job.question),
            asked=job.asked,
            state=job.state,
            months=progress.months if progress else None,
            done=progress.done if progress else 0,
            rows=progress.rows if progress else 0,
            files=tuple(files),
            why=job.why,
        )


class ExportIn(BaseModel):
    """Which readings are wanted, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: bag.Form = Field(default="parquet", description="Of the files.")
    camera: str | None = Field(default=None, pattern=CAMERA, description="Only of this camera.")
    quantity: str | None = Field(default=None, pattern=WORD, description="Only of this quantity.")
    since: Moment | None = Field(default=None, description="Not before this time.")
    until: Moment | None = Field(default=None, description="Before this time; until now if left out.")


def _exports(request: Request) -> Exports | None:
    """Return who makes exports; a server that only shows what was kept has none."""
    exports: Exports | None = request.app.state.exports
    return exports


def _writes(request: Request) -> Exports:
    request.app.state.access.demand(request, "act:exports")
    exports = _exports(request)
    if exports is None:
        raise HTTPException(503, "this server only shows what was kept; use landwatch export bag")
    return exports


FromExports = Annotated[Exports | None, Depends(_exports)]
ToExports = Annotated[Exports, Depends(_writes)]
Id = Annotated[str, Path(pattern=ID, description="The export's id.")]


@router.get("")
def list_exports(exports: FromExports, ask: Nothing) -> Listing[JobOut]:
    """Exports that are waiting, running or kept, those that were asked for last first."""
    jobs = exports.jobs() if exports else []
    return Listing[JobOut](items=tuple(map(JobOut.of, jobs)), more=False)


@router.post("", status_code=202, responses=WRITING)
def ask_export(request: Request, response: Response, exports: ToExports, wanted: ExportIn) -> JobOut:
    """Ask for readings as files of a month each; the same question is answered once."""
    now = request.app.state.clock.now()
    until = wanted.until or now - timedelta(microseconds=now.microsecond)
    question = bag.Question(
        form=wanted.form, camera=wanted.camera, quantity=wanted.quantity, since=wanted.since, until=until
    )
    if question.since is not None and question.since >= until:
        raise UsageError(f"since {question.since.isoformat()} is not before until {until.isoformat()}")
    job = exports.ask(question)
    response.headers["Location"] = f"/api/v1/exports/{job.id}"
    return JobOut.of(job)


@router.get("/{id}", responses=NOT_FOUND)
def get_export(id: Id, exports: FromExports, ask: Nothing) -> JobOut:
    """One export and how far it is."""
    return JobOut.of(_found(exports, id)[1])


@router.delete("/{id}", status_code=204, responses={**WRITING, **NOT_FOUND})
def delete_export(id: Id, exports: ToExports) -> None:
    """Forget an export, its files with it."""
    exports.delete(_found(exports, id)[1].id)


@router.get(
    "/{id}/data/{name}",
    response_class=FileResponse,
    responses={
        **NOT_FOUND,
        200: {
            "description": "The file; `Range` is understood.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            "headers": {"ETag": {"description": "SHA-256 of the file.", "schema": {"type": "string"}}},
        },
        206: {"description": "The part of the file that `Range` names."},
        416: {"description": "`Range` names nothing in the file."},
    },
)
def get_file(
    id: Id,
    name: Annotated[str, Path(pattern=FILE, description="The file's name.")],
    exports: FromExports,
    ask: Nothing,
) -> FileResponse:
    """One whole file of an export."""
    known, job = _found(exports, id)
    parts = job.progress.parts if job.progress else ()
    for part in parts:
        if part.name == f"data/{name}":
            tag = {"ETag": f'"{part.sha256}"', "Cache-Control": "private, no-cache"}
            return FileResponse(
                known.bag(id) / part.name, media_type="application/octet-stream", filename=name, headers=tag
            )
    raise Missing(f"export {id} has no file {name!r} yet; /api/v1/exports/{id} lists those that are whole")


def _found(exports: Exports | None, id: str) -> tuple[Exports, Job]:
    job = exports.job(id) if exports else None
    if exports is None or job is None:
        raise Missing(f"there is no export {id}; /api/v1/exports lists them")
    return exports, job
