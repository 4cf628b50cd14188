"""To which desk an event was handed over, and by which key an act that is sent again is known.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("lives", sa.Column("desk", sa.Text(), nullable=True))
    op.add_column("acts", sa.Column("desk", sa.Text(), nullable=True))
    op.add_column("acts", sa.Column("key", sa.Text(), nullable=True))
    op.create_index(op.f("ix_acts_key"), "acts", ["key"], unique=True)
