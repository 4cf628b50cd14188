"""Runs the store's migrations on the connection that the store has opened.

`_database.migrate` hands the connection over; there is no alembic.ini.
"""

from __future__ import annotations

from alembic import context

from landwatch.store._schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
