"""The life of events: who did what about them, what was told of them, and when cameras could not see.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

HISTORIES = ("acts", "alerts")


def upgrade() -> None:
    """Make the tables, and triggers that keep histories from being changed."""
    op.add_column("events", sa.Column("origin", sa.Text(), server_default="pictures", nullable=False))
    op.add_column("events", sa.Column("drill", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("messages", sa.Column("skipped", sa.BigInteger(), nullable=True))
    op.create_table(
        "lives",
        sa.Column("id", KEY, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("hazard", sa.Text(), nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("into_id", KEY, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'acknowledged', 'confirmed', 'dismissed', 'closed', 'merged')",
            name=op.f("ck_lives_state"),
        ),
        sa.CheckConstraint("(into_id IS NULL) = (state <> 'merged')", name=op.f("ck_lives_merged_into")),
        sa.CheckConstraint("(cause = '') = (state <> 'dismissed')", name=op.f("ck_lives_dismissed_why")),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_lives_camera_id")),
        sa.ForeignKeyConstraint(["into_id"], ["lives.id"], name=op.f("fk_lives_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lives")),
        sa.UniqueConstraint("event", name=op.f("uq_lives_event")),
    )
    op.create_index(op.f("ix_lives_into_id"), "lives", ["into_id"])
    op.create_index(op.f("ix_lives_state_opened"), "lives", ["state", "opened"])
    op.create_index(op.f("ix_lives_camera_id_opened"), "lives", ["camera_id", "opened"])
    op.create_table(
        "acts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("life_id", KEY, nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["life_id"], ["lives.id"], name=op.f("fk_acts_life_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
        sa.UniqueConstraint("row_id", name=op.f("uq_acts_row_id")),
    )
    op.create_index(op.f("ix_acts_life_id"), "acts", ["life_id"])
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("life_id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('Alert', 'Update', 'Cancel')", name=op.f("ck_alerts_kind")),
        sa.ForeignKeyConstraint(["life_id"], ["lives.id"], name=op.f("fk_alerts_life_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("identifier", name=op.f("uq_alerts_identifier")),
    )
    op.create_index(op.f("ix_alerts_life_id_outlet"), "alerts", ["life_id", "outlet"])
    op.create_table(
        "strips",
        sa.Column("id", KEY, nullable=False),
        sa.Column("life_id", KEY, nullable=False),
        sa.Column("still", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["life_id"], ["lives.id"], name=op.f("fk_strips_life_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strips")),
        sa.UniqueConstraint("life_id", "still", name=op.f("uq_strips_life_id_still")),
    )
    op.create_index(op.f("ix_strips_still"), "strips", ["still"])
    op.create_table(
        "blinds",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("hazard", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_blinds_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blinds")),
    )
    op.create_index(op.f("ix_blinds_camera_id_since"), "blinds", ["camera_id", "since"])
    op.create_index(
        "uq_blinds_now",
        "blinds",
        ["camera_id", "hazard"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in HISTORIES:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                    f"SELECT RAISE(ABORT, '{table} are added to, never changed or deleted'); END"
                )
    else:
        for table in HISTORIES:
            op.execute(
                f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{table} are added to, never changed or deleted'; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
            )
