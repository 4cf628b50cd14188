"""What clients of the SensorThings API own: things, sensors and observations beside the cameras.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "external_features",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.Column("location", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_features")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_external_features_location"), "external_features", ["location"], unique=False)
    op.create_table(
        "external_locations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_locations")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "external_quantities",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_quantities")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "external_sensors",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_sensors")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "external_streams",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.Column("thing", sa.BigInteger(), nullable=False),
        sa.Column("sensor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_streams")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_external_streams_quantity"), "external_streams", ["quantity"], unique=False)
    op.create_index(op.f("ix_external_streams_sensor"), "external_streams", ["sensor"], unique=False)
    op.create_index(op.f("ix_external_streams_thing"), "external_streams", ["thing"], unique=False)
    op.create_table(
        "external_things",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_things")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "external_moves",
        sa.Column("id", KEY, nullable=False),
        sa.Column("thing_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thing_id"], ["external_things.id"], name=op.f("fk_external_moves_thing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_moves")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_external_moves_thing_id"), "external_moves", ["thing_id"], unique=False)
    op.create_table(
        "external_observations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("stream_id", KEY, nullable=False),
        sa.Column("feature", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("result_time", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["external_streams.id"], name=op.f("fk_external_observations_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_observations")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_external_observations_feature"), "external_observations", ["feature"], unique=False
    )
    op.create_index(
        op.f("ix_external_observations_stream_id_time"),
        "external_observations",
        ["stream_id", "time"],
        unique=False,
    )
    op.create_table(
        "external_placements",
        sa.Column("thing_id", KEY, nullable=False),
        sa.Column("location", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thing_id"], ["external_things.id"], name=op.f("fk_external_placements_thing_id")
        ),
        sa.PrimaryKeyConstraint("thing_id", "location", name=op.f("pk_external_placements")),
    )
    op.create_index(
        op.f("ix_external_placements_location"), "external_placements", ["location"], unique=False
    )
    op.create_table(
        "external_move_places",
        sa.Column("move_id", KEY, nullable=False),
        sa.Column("location", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["move_id"], ["external_moves.id"], name=op.f("fk_external_move_places_move_id")
        ),
        sa.PrimaryKeyConstraint("move_id", "location", name=op.f("pk_external_move_places")),
    )
    op.create_index(
        op.f("ix_external_move_places_location"), "external_move_places", ["location"], unique=False
    )
