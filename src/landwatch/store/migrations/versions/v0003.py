"""Upkeep: organisations, sites, service levels, what is known of cameras, their states, and work orders.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

HISTORIES = ("conditions", "lifecycles", "steps")


def upgrade() -> None:
    """Make the tables, and triggers that keep histories from being changed."""
    op.create_table(
        "levels",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.Column("response", sa.Float(), nullable=False),
        sa.Column("repair", sa.Float(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_levels")),
        sa.UniqueConstraint("name", name=op.f("uq_levels_name")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.create_table(
        "sites",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.CheckConstraint("settlement IN ('urban', 'rural', 'unknown')", name=op.f("ck_sites_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("name", name=op.f("uq_sites_name")),
    )
    op.create_table(
        "assets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("site_id", KEY, nullable=True),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("installed", sa.Text(), nullable=True),
        sa.Column("built_by", KEY, nullable=True),
        sa.Column("managed_by", KEY, nullable=True),
        sa.Column("maintained_by", KEY, nullable=True),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("warranty", sa.Text(), nullable=True),
        sa.Column("level_id", KEY, nullable=True),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "lifecycle IN ('planned', 'active', 'maintenance', 'retired')", name=op.f("ck_assets_lifecycle")
        ),
        sa.ForeignKeyConstraint(["built_by"], ["organisations.id"], name=op.f("fk_assets_built_by")),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name=op.f("fk_assets_level_id")),
        sa.ForeignKeyConstraint(
            ["maintained_by"], ["organisations.id"], name=op.f("fk_assets_maintained_by")
        ),
        sa.ForeignKeyConstraint(["managed_by"], ["organisations.id"], name=op.f("fk_assets_managed_by")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_assets_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("camera", name=op.f("uq_assets_camera")),
        sa.UniqueConstraint("token", name=op.f("uq_assets_token")),
    )
    op.create_index(op.f("ix_assets_site_id"), "assets", ["site_id"], unique=False)
    op.create_table(
        "conditions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("camera_id", KEY, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('good', 'doubtful', 'bad', 'unknown')", name=op.f("ck_conditions_state")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name=op.f("fk_conditions_camera_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditions")),
    )
    op.create_index(op.f("ix_conditions_camera_id_since"), "conditions", ["camera_id", "since"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("level_id", KEY, nullable=True),
        sa.Column("respond_by", sa.BigInteger(), nullable=True),
        sa.Column("repair_by", sa.BigInteger(), nullable=True),
        sa.Column("remaining", sa.Float(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("mended", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(closed IS NULL) = (state NOT IN ('verified', 'cancelled'))",
            name=op.f("ck_orders_closed_or_not"),
        ),
        sa.CheckConstraint("origin IN ('pictures', 'hand', 'report')", name=op.f("ck_orders_origin")),
        sa.CheckConstraint("scope IN ('camera', 'site', 'fleet')", name=op.f("ck_orders_scope")),
        sa.CheckConstraint(
            "state IN ('open', 'assigned', 'acknowledged', 'on_hold', 'done', 'verified', 'cancelled')",
            name=op.f("ck_orders_state"),
        ),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name=op.f("fk_orders_level_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_orders_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_after"), "orders", ["after"], unique=False)
    op.create_index(op.f("ix_orders_before"), "orders", ["before"], unique=False)
    op.create_index(op.f("ix_orders_mended"), "orders", ["mended"], unique=False)
    op.create_index(op.f("ix_orders_opened"), "orders", ["opened"], unique=False)
    op.create_index(op.f("ix_orders_subject_opened"), "orders", ["subject", "opened"], unique=False)
    op.create_index(
        "uq_orders_standing",
        "orders",
        ["scope", "subject", "cause"],
        unique=True,
        sqlite_where=sa.text("closed IS NULL"),
        postgresql_where=sa.text("closed IS NULL"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_attachments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("order_id", "sha256", name=op.f("uq_attachments_order_id_sha256")),
    )
    op.create_index(op.f("ix_attachments_order_id"), "attachments", ["order_id"], unique=False)
    op.create_table(
        "lifecycles",
        sa.Column("id", KEY, nullable=False),
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_lifecycles_asset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifecycles")),
    )
    op.create_index(op.f("ix_lifecycles_asset_id_time"), "lifecycles", ["asset_id", "time"], unique=False)
    op.create_table(
        "steps",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_steps_order_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_steps_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
    )
    op.create_index(op.f("ix_steps_order_id"), "steps", ["order_id"], unique=False)
    op.add_column("messages", sa.Column("lane", sa.Text(), server_default="", nullable=False))
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
