"""What questions to the API share: how names are written, and that nothing unknown is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict

__all__ = ["CAMERA", "LAST", "WORD", "CameraName", "Nothing", "Question"]

CAMERA = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""Name of a camera, a site, an organisation or a level."""

CameraName = Annotated[str, Path(pattern=CAMERA, description="The camera's name.")]

WORD = r"^[A-Za-z0-9._-]{1,64}$"
"""Name of a quantity, a check or a hazard."""

LAST = 2**53 - 1
"""Largest number that every reader of JSON keeps. [1]"""


class Question(BaseModel):
    """Parameters of one question; unknown ones are refused, for a mistyped filter would answer too much."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Nothing(Question):
    pass


Nothing = Annotated[_Nothing, Query()]
"""Of a question that has no parameters."""
