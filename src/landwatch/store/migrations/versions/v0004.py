"""Sums a camera and day for rates, how often cameras were to give pictures, and inspections.

What is kept already is summed up here. How often a camera was to give a picture before is not known: as often
as it is now.

Revision ID: 0004
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

HISTORIES = ("cadences", "marks")

DAY, SLOT, SLOTS = 86_400_000_000, 300_000_000, 288


def upgrade() -> None:
    """Make the tables and sum up what there is."""
    op.create_table(
        "cadences",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_cadences_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadences")),
    )
    op.create_index(op.f("ix_cadences_camera_id_time"), "cadences", ["camera_id", "time"], unique=False)
    op.create_table(
        "days",
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("pictures", "timed", "delay")
        ),
        sa.Column("slots", sa.LargeBinary(), nullable=True),
        sa.Column("online", sa.Integer(), server_default="0", nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("good", "doubtful", "bad")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_days_camera_id")),
        sa.PrimaryKeyConstraint("camera_id", "day", name=op.f("pk_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaigns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("inspector_id", KEY, nullable=False),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("strata", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("rectify", sa.Float(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inspector_id"], ["organisations.id"], name=op.f("fk_campaigns_inspector_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_table(
        "visits",
        sa.Column("id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_visits_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("campaign_id", "camera", name=op.f("uq_visits_campaign_id_camera")),
    )
    op.create_table(
        "marks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("visit_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("order_id", KEY, nullable=True),
        sa.CheckConstraint("mark IN ('pass', 'fail', 'inapplicable')", name=op.f("ck_marks_mark")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_marks_order_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_marks_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_marks_visit_id"), "marks", ["visit_id"], unique=False)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # In words: Alembic adds a constraint to a table of SQLite only by writing the whole table anew.
    op.execute(
        "ALTER TABLE sites ADD COLUMN income TEXT NOT NULL DEFAULT 'unknown' "
        "CONSTRAINT ck_sites_income CHECK (income IN ('low', 'middle', 'high', 'unknown'))"
    )
    for table in HISTORIES:
        refused = f"'{table} are added to, never changed or deleted'"
        if is_sqlite:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                    f"SELECT RAISE(ABORT, {refused}); END"
                )
        else:
            op.execute(
                f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION {refused}; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
            )
    _sum_up(op.get_bind())


def _sum_up(connection: sa.Connection) -> None:
    cameras = connection.execute(sa.text('SELECT id, "interval" FROM cameras ORDER BY id')).all()
    for camera, interval in cameras:
        first = connection.execute(
            sa.text("SELECT min(taken) FROM pictures WHERE camera_id = :camera"), {"camera": camera}
        ).scalar()
        connection.execute(
            sa.text(
                'INSERT INTO cadences (camera_id, "time", "interval") VALUES (:camera, :time, :interval)'
            ),
            {"camera": camera, "time": first or 0, "interval": interval},
        )
        rows = [{"camera": camera, **row} for row in _days(connection, camera, interval)]
        if rows:
            connection.execute(
                sa.text(
                    "INSERT INTO days (camera_id, day, pictures, timed, delay, slots, online, good, "
                    "doubtful, bad) VALUES (:camera, :day, :pictures, :timed, :delay, :slots, :online, "
                    ":good, :doubtful, :bad)"
                ),
                rows,
            )


def _days(connection: sa.Connection, camera: int, interval: float) -> Iterator[dict[str, Any]]:
    days: dict[int, dict[str, Any]] = {}

    def of(day: int) -> dict[str, Any]:
        return days.setdefault(
            day, dict.fromkeys(("pictures", "timed", "delay", "bits", "good", "doubtful", "bad"), 0)
        )

    for taken, received, status, time_from in connection.execute(
        sa.text("SELECT taken, received, status, time_from FROM pictures WHERE camera_id = :camera"),
        {"camera": camera},
    ):
        first = received // SLOT
        for slot in range(first, max(first, (received + int(3 * interval * 1e6)) // SLOT - 1) + 1):
            of(slot // SLOTS)["bits"] |= 1 << slot % SLOTS
        if status == "forgotten":
            continue
        entry = of(taken // DAY)
        entry["pictures"] += 1
        if time_from != "clock":
            entry["timed"] += 1
            entry["delay"] += max(0, received - taken)
    states = connection.execute(
        sa.text("SELECT since, state FROM conditions WHERE camera_id = :camera ORDER BY id"),
        {"camera": camera},
    ).all()
    for (start, state), (end, _) in pairwise(states):
        while state != "unknown" and start < end:
            stop = min(end, (start // DAY + 1) * DAY)
            of(start // DAY)[state] += stop - start
            start = stop
    for day, entry in days.items():
        bits = entry.pop("bits")
        yield {
            "day": day,
            **entry,
            "slots": bits.to_bytes(SLOTS // 8, "little"),
            "online": bits.bit_count(),
        }
