"""The first tables, and triggers that keep events from being changed.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cameras",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("elevation", sa.Float()),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("followed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cameras")),
        sa.UniqueConstraint("name", name=op.f("uq_cameras_name")),
    )
    op.create_table(
        "messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("delivered", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("outlet", "key", name=op.f("uq_messages_outlet_key")),
    )
    op.create_index(op.f("ix_messages_outlet_delivered"), "messages", ["outlet", "delivered"])
    op.create_table(
        "stills",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stills")),
        sa.UniqueConstraint("sha256", name=op.f("uq_stills_sha256")),
    )
    op.create_index(op.f("ix_stills_newest"), "stills", ["newest"])
    op.create_table(
        "checks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_checks_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("camera_id", "name", "unit", name=op.f("uq_checks_camera_id_name_unit")),
    )
    op.create_table(
        "events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("hazard", sa.Text(), nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("still", sa.Text()),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_events_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_camera_id_event"), "events", ["camera_id", "event"])
    op.create_index(op.f("ix_events_event"), "events", ["event"])
    op.create_index(op.f("ix_events_still"), "events", ["still"])
    op.create_table(
        "outages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_outages_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_index(op.f("ix_outages_camera_id_time"), "outages", ["camera_id", "time"])
    op.create_index(op.f("ix_outages_time"), "outages", ["time"])
    op.create_table(
        "pictures",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("time_from", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("masked", sa.Float()),
        sa.Column("model", sa.Text()),
        sa.Column("still_id", KEY),
        sa.CheckConstraint(
            "status = 'cleared' OR still_id IS NULL", name=op.f("ck_pictures_only_cleared_has_still")
        ),
        sa.CheckConstraint(
            "masked IN (0.0, 0.01, 0.05, 0.2, 1.0)", name=op.f("ck_pictures_masked_is_a_band")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_pictures_camera_id")),
        sa.ForeignKeyConstraint(
            ["still_id"], ["stills.id"], name=op.f("fk_pictures_still_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_camera_id_taken"), "pictures", ["camera_id", "taken"])
    op.create_index(
        "ix_pictures_shown",
        "pictures",
        ["camera_id", "taken"],
        sqlite_where=sa.text("still_id IS NOT NULL"),
        postgresql_where=sa.text("still_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_pictures_still_id"), "pictures", ["still_id"])
    op.create_table(
        "series",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_series_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint(
            "camera_id", "quantity", "unit", "method", name=op.f("uq_series_camera_id_quantity_unit_method")
        ),
    )
    op.create_table(
        "findings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("check_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_findings_check_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_check_id_time"), "findings", ["check_id", "time"])
    op.create_table(
        "readings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("series_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("sigma", sa.Float()),
        sa.Column("absent", sa.Text()),
        sa.Column("flags", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.CheckConstraint("(value IS NULL) <> (absent IS NULL)", name=op.f("ck_readings_value_or_absent")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_readings_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_series_id_time"), "readings", ["series_id", "time"])
    op.create_index(op.f("ix_readings_time"), "readings", ["time"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_refuse_{verb.lower()} BEFORE {verb} ON events BEGIN "
                "SELECT RAISE(ABORT, 'events are added to, never changed or deleted'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'events are added to, never changed or deleted'; END $$"
        )
        op.execute(
            "CREATE TRIGGER events_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()"
        )
