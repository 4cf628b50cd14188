"""The newest frame, cleared picture, finding and outage of each camera, copied from the history.

Revision ID: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and fill them."""
    op.create_table(
        "newest_pictures",
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("time_from", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("masked", sa.Float(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_newest_pictures_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", "shown", name=op.f("pk_newest_pictures")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "newest_outages",
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_newest_outages_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_newest_outages")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "newest_findings",
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("check_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_newest_findings_camera_id")),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_newest_findings_check_id")),
        sa.PrimaryKeyConstraint("camera_id", "check_id", name=op.f("pk_newest_findings")),
        sqlite_with_rowid=False,
    )
    for shown, only in (("false", ""), ("true", "AND still_id IS NOT NULL")):
        newest = _last("pictures", "camera_id = c.id", "taken", only)
        op.execute(
            "INSERT INTO newest_pictures (camera_id, shown, name, taken, time_from, received, status, "
            "reason, masked, model, sha256, width, height, bytes) "
            f"SELECT p.camera_id, {shown}, p.name, p.taken, p.time_from, p.received, p.status, p.reason, "
            "p.masked, p.model, s.sha256, s.width, s.height, s.bytes "
            f"FROM cameras c JOIN pictures p ON p.id = ({newest}) LEFT JOIN stills s ON s.id = p.still_id"
        )
    op.execute(
        "INSERT INTO newest_outages (camera_id, time, kind, message) "
        "SELECT o.camera_id, o.time, o.kind, o.message "
        f"FROM cameras c JOIN outages o ON o.id = ({_last('outages', 'camera_id = c.id', 'time')})"
    )
    op.execute(
        "INSERT INTO newest_findings (camera_id, check_id, time, state, value, since, detail) "
        "SELECT c.camera_id, c.id, f.time, f.state, f.value, f.since, f.detail "
        f"FROM checks c JOIN findings f ON f.id = ({_last('findings', 'check_id = c.id', 'time')})"
    )


def _last(table: str, owner: str, time: str, only: str = "") -> str:
    """Return what finds the newest row of an owner by the index of its times."""
    return f"SELECT id FROM {table} WHERE {owner} {only} ORDER BY {time} DESC, id DESC LIMIT 1"
