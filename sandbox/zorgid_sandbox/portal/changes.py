# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of one resource, as SCIM asks for it alone (scim.py) or among others (bulk.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from . import identities, organisations, views
from .errors import RefusalError
from .faults import Faults
from .store import Identity, Store, Token, encode

BASE = "/scim/v2"


class Done(NamedTuple):
    """The result of one change. resource makes its JSON (a bulk answer leaves it out); location is without the host."""

    status: int
    resource: Callable[[], bytes] | None = None
    version: str = ""
    location: str = ""


def operate(
    store: Store, faults: Faults, token: Token, method: str, path: str, data: Any, if_match: str | None
) -> Done:
    """One change, alone or in Bulk."""
    kind, _, key = path.strip("/").partition("/")
    if kind == "Organisations":
        status, organisation = organisations.operate(store, token, method, key, data, if_match)
        if organisation is None:
            return Done(status)
        meta = organisation["meta"]
        return Done(status, lambda: encode(organisation), meta["version"], meta["location"])
    if kind != "Users" or "/" in key:
        raise RefusalError(404, f"There is nothing at {path}")
    if faults.hits("operation_error", method, path):
        raise RefusalError(500, "The portal failed on this operation")
    before: dict[str, Any] | None = None
    changed: Identity | None = None
    if method == "POST" and not key:
        status, changed, before = identities.create(store, token, data)
        key = changed.document["id"]
    elif method in ("PUT", "PATCH", "DELETE") and key:
        old = identities.get(store, token, key)
        identities.check_version(old, if_match)
        before, status = old.document, 200
        if method == "DELETE":
            identities.delete(store, token, old)
        else:
            change = identities.replace if method == "PUT" else identities.patch
            changed = change(store, token, old, data)
    else:
        raise RefusalError(405, f"{method} is not possible at {path}")
    done = Done(204)
    if changed is not None:
        resource = partial(views.rendered, changed, token.ura)
        done = Done(status, resource, views.etag(changed.document), f"{BASE}/Users/{key}")
    if faults.hits("forget", method, path):
        store.forget(key, before)
    return done
