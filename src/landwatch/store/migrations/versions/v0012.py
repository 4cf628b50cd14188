"""Which pictures became the references of views.

Revision ID: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "view_references",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("camera_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("still", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_view_references_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_references")),
    )
    op.create_index(op.f("ix_view_references_still"), "view_references", ["still"], unique=False)
    op.create_index(
        op.f("ix_view_references_camera_id_version"),
        "view_references",
        ["camera_id", "version"],
        unique=False,
    )
