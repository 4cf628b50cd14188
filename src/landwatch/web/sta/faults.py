"""What can be wrong with a request: each is told as problem details (RFC 9457)."""

from __future__ import annotations

from starlette.exceptions import HTTPException

__all__ = ["Refused", "Wrong"]


class Wrong(HTTPException):
    """A part of the request is not understood; the message names it and what is allowed."""

    def __init__(self, detail: str) -> None:
        super().__init__(status_code=400, detail=detail)


class Refused(HTTPException):
    """It is Landwatch's own, or what it hangs on is not there; the message says what may be changed."""

    def __init__(self, detail: str, status: int = 403) -> None:
        super().__init__(status_code=status, detail=detail)
