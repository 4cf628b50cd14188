"""What was in force of cameras' views at any time: the numbers of their versions, or lens and pose."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Connection, select

from landwatch.config import Pose
from landwatch.store import _schema as schema
from landwatch.store._records import micros

__all__ = ["InForce", "Poses"]

V = TypeVar("V")


class InForce(Generic[V]):
    """One column of the versions of some cameras' views, at any time."""

    def __init__(self, connection: Connection, cameras: Collection[str], column: Column[Any]) -> None:
        views, names = schema.views, schema.cameras.c.name
        rows = connection.execute(
            select(names, views.c.since, column)
            .select_from(views)
            .join(schema.cameras)
            .where(names.in_(cameras))
            .order_by(views.c.number.desc())
        )
        self._versions: dict[str, list[tuple[int, V]]] = {}
        for name, since, value in rows:
            self._versions.setdefault(name, []).append((since, value))

    def at(self, camera: str, time: datetime) -> V | None:
        """Return what was in force at a time; None before a camera's first version."""
        then = micros(time)
        return next((value for since, value in self._versions.get(camera, ()) if since <= then), None)


class Poses:
    """Lens and pose of some cameras, at any time."""

    def __init__(self, connection: Connection, cameras: Collection[str]) -> None:
        self._contents: InForce[str] = InForce(connection, cameras, schema.views.c.content)

    def at(self, camera: str, time: datetime) -> Pose | None:
        """Return what was in force at a time; None where no view was kept yet, or none that is calibrated."""
        content = self._contents.at(camera, time)
        pose = None if content is None else json.loads(content)["view"]
        return None if pose is None else Pose.model_validate(pose)
