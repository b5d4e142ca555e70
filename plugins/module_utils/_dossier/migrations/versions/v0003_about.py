# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds to a report of non-delivery the Message-ID of our own mail that it is about."""

from __future__ import annotations

from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import needs

with needs("alembic>=1.13"):
    import sqlalchemy as sa
    from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("observation", sa.Column("about", sa.Text))
