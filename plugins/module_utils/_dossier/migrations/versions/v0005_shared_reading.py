# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds the table with which the runs of one job in slices read a mailbox once."""

from __future__ import annotations

from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import needs

with needs("alembic>=1.13"):
    import sqlalchemy as sa
    from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "shared_reading",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
