"""Where cameras looked when something was seen: lens and pose of the version of each view then in force."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from landwatch.config import Pose
from landwatch.store import _schema as schema
from landwatch.store._records import micros

__all__ = ["Poses"]


class Poses:
    """Lens and pose of some cameras, at any time."""

    def __init__(self, connection: Connection, cameras: Collection[str]) -> None:
        views, names = schema.views, schema.cameras.c.name
        rows = connection.execute(
            select(names, views.c.since, views.c.content)
            .join(schema.cameras)
            .where(names.in_(cameras))
            .order_by(views.c.number.desc())
        )
        self._versions: dict[str, list[tuple[int, str]]] = {}
        for name, since, content in rows:
            self._versions.setdefault(name, []).append((since, content))

    def at(self, camera: str, time: datetime) -> Pose | None:
        """Return what was in force at a time; None where no view was kept yet, or none that is calibrated."""
        then = micros(time)
        content = next((content for since, content in self._versions.get(camera, ()) if since <= then), None)
        pose = None if content is None else json.loads(content)["view"]
        return None if pose is None else Pose.model_validate(pose)
