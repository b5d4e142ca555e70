# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds a table for runs, for telemetry."""

from __future__ import annotations

from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import needs

with needs("alembic>=1.13"):
    import sqlalchemy as sa
    from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("began_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.Column("failures", sa.Text, nullable=False),
    )
