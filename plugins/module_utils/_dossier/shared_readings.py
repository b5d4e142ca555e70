# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a mailbox once for several runs of one job: the slices of an inventory, each on a controller of its own.

The first run reads, under a lock of the database server; the others wait and use what it wrote. If it dies, the server
releases the lock, and the next one reads. What was written is used for some minutes and then deleted.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

from .._common.libraries import needs
from .._common.moments import iso, parse
from . import schema
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.exc import OperationalError

    _TABLE = schema.shared_reading

#: A slice that starts later reads for itself, so that a job that runs for long sees new mail.
FRESH = datetime.timedelta(minutes=15)
_PATIENCE = 600  # seconds to wait for the run that reads; then this one reads too


class SharedReadings:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._database = transactions.database

    def once(self, job: str, what: Any, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The result of ``read`` (JSON) for the first run of this ``job``. ``what``: everything that the reading
        depends on, credentials too. Without a key, or with SQLite, this run reads for itself."""
        keys = self._transactions.keys
        if keys is None or self._database.sqlite:
            return read()
        request = json.dumps([job, what], sort_keys=True, default=str).encode()
        name = keys.digest_of("", "shared reading", request)
        with self._database.translated(), self._database.session() as session:
            if not _locked(session, name):
                return read()
            at = datetime.datetime.fromisoformat(self._database.moment(session))
            row = session.execute(sa.select(_TABLE).where(_TABLE.c.name == name)).first()
            if row is not None and (ended := parse(row.ended_at)) and ended > at - FRESH:
                content = keys.open_shared(bytes(row.sealed), name)
                if content is not None:
                    found: dict[str, Any] = json.loads(content)
                    return found
            found = read()
            ended_at = self._database.moment(session)
            old = iso(datetime.datetime.fromisoformat(ended_at) - FRESH)
            session.execute(sa.delete(_TABLE).where(sa.or_(_TABLE.c.name == name, _TABLE.c.ended_at < old)))
            sealed = keys.seal_shared(json.dumps(found).encode(), name)
            session.execute(sa.insert(_TABLE), {"name": name, "ended_at": iso(parse(ended_at) or at), "sealed": sealed})
        return found


def forget(connection: sa.Connection) -> None:
    """Delete what is left, in the caller's transaction, because a Message-ID may contain a name."""
    connection.execute(sa.delete(_TABLE))


def _locked(session: sa.Connection, name: str) -> bool:
    """Lock until the end of the session. False if another run reads for too long."""
    number = int.from_bytes(bytes.fromhex(name)[:8], "big", signed=True)
    session.exec_driver_sql(f"SET lock_timeout = '{_PATIENCE}s'")
    try:
        session.execute(sa.select(sa.func.pg_advisory_lock(number)))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        return False
    return True
