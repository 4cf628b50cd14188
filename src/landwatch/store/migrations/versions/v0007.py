"""Versions of views: what instruments were told of a camera's picture, and since when.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

REFUSAL = "views are added to, never changed or deleted"


def upgrade() -> None:
    """Make the table, and triggers that keep it from being changed."""
    op.create_table(
        "views",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint("origin IN ('file', 'page', 'command')", name=op.f("ck_views_origin")),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_views_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("camera_id", "number", name=op.f("uq_views_camera_id_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER views_refuse_{verb.lower()} BEFORE {verb} ON views BEGIN "
                f"SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION views_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER views_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON views "
        "FOR EACH STATEMENT EXECUTE FUNCTION views_refuse()"
    )
