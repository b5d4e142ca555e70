# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scim driver: one paged read, then Bulk or a pool of keep-alive connections (RFC 7644)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from .._common.errors import ZorgidError
from .connection import Answer, Client, Settings, Tell
from .model import UNLINKED, Actual, Change
from .operations import DONE, REFUSED, Operation, Outcome, encoded
from .resource import EXTENSION, new_user, patch_user, to_actual
from .sending import BATCH, PAYLOAD, Sender, abreast

PAGE = 1000
READS = 5
READERS = 8


class ScimDriver:
    """Reads and changes one organisation's accounts. strategy: ``auto`` | ``bulk`` | ``connections``."""

    def __init__(self, settings: Settings, strategy: str = "auto") -> None:
        self.client = Client(settings)
        self.strategy = strategy
        self.used: list[str] = []
        self._plain = False
        self._etags = False
        self._bulk: tuple[int, int] | None = None
        self._page = PAGE
        self._first: Answer | None = None
        self._expected = 0  # members after the last reading and what was done since

    def close(self) -> None:
        self.client.close()

    # reading ----------------------------------------------------------------------------------------------------------

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> None:
        """Learn what the server can and whether these credentials may do what is asked, before anything is planned."""
        paths = "/ServiceProviderConfig", "/Schemas", f"/Organisations/{quote(ura)}", "/Me", self._users(1)
        get = partial(self.client.send, "GET")
        config_answer, schemas_answer, organisation, me, first = abreast(len(paths), get, paths)
        self._first = first if first.status == 200 else None  # 1000 may be more than this server gives
        config = _readable(paths[0], config_answer).json()
        bulk = config.get("bulk") or {}
        if bulk.get("supported"):
            self._bulk = (int(bulk.get("maxOperations") or BATCH), int(bulk.get("maxPayloadSize") or PAYLOAD))
        self._etags = bool((config.get("etag") or {}).get("supported"))
        self._page = min(PAGE, int((config.get("filter") or {}).get("maxResults") or PAGE))
        schemas = _readable(paths[1], schemas_answer).json().get("Resources") or []
        self._plain = not any(schema.get("id") == EXTENSION for schema in schemas)
        if self._plain:
            if set(roles) - {"employee"}:
                raise ZorgidError(
                    "portal_without_roles",
                    "This SCIM server knows no administrators and operators",
                    expected=f"the schema {EXTENSION}",
                    found="a server without it",
                    action="use a server that keeps the portal contract, or manage employees only",
                )
            return
        if organisation.status != 200:
            raise ZorgidError(
                "portal_wrong_organisation",
                f"These credentials do not belong to organisation {ura}",
                expected=f"a token of URA {ura}",
                found=f"status {organisation.status}",
                action="correct ura or token",
            )
        if me.status == 200:  # RFC 7644 section 3.11; a server may answer 404 or 501, then it enforces its rules itself
            self._check_role(me.json(), ura, roles)

    def _check_role(self, me: dict[str, Any], ura: str, roles: Sequence[str]) -> None:
        memberships = (me.get(EXTENSION) or {}).get("memberships") or []
        role = next((item.get("role") for item in memberships if item.get("ura") == ura), None)
        needed = ("administrator",) if set(roles) - {"employee"} else ("administrator", "operator")
        if role is not None and role not in (*needed, "registrar"):
            raise ZorgidError(
                "portal_role_insufficient",
                "These credentials may not do this in the portal",
                expected=f"a token of an {' or '.join(needed)}",
                found=f"a token of an {role}",
                action="make a token as somebody with that role",
            )

    def _users(self, start: int) -> str:
        return f"/Users?startIndex={start}&count={self._page}"

    def read(self, ura: str, *, since: bool = False) -> list[Actual]:
        """Every member, each once. A list that changes while its pages are read is read again; what several readings
        showed counts together, so that nobody is missed between two pages. since: see ``to_actual``."""
        seen: dict[str, Actual] = {}
        for _attempt in range(READS):
            before = len(seen)
            total, count, repeated = self._read_pages(ura, seen, since)
            if not repeated and count == total:
                if before and len(seen) != total:
                    seen = {}
                    self._read_pages(ura, seen, since)
                break
            if len(seen) >= total:
                break
        else:
            raise ZorgidError(
                "portal_unstable",
                "The portal's list changes faster than it can be read",
                expected=f"one complete list within {READS} readings",
                found="pages that do not fit together",
                action="run again when nobody else changes many accounts",
            )
        return [item for item in seen.values() if item["role"] is not None]

    def _read_pages(self, ura: str, seen: dict[str, Actual], since: bool) -> tuple[int, int, bool]:
        ids: set[str] | None = set() if seen else None  # the first reading needs none beside seen
        count = 0

        def page(start: int) -> Answer:
            return _readable("/Users", self.client.send("GET", self._users(start)))

        def take(answer: Answer) -> tuple[int, int]:
            nonlocal count
            found = answer.json()
            resources = found.get("Resources") or []
            for resource in resources:
                count += 1
                if ids is not None:
                    ids.add(resource["id"])
                actual = to_actual(resource, ura, self._plain, since)
                seen[resource["id"]] = actual if actual is not None else {"role": None}
            return len(resources), int(found.get("totalResults") or 0)

        start, known, told = 1, self._expected, [0]
        if not known:
            first, self._first = self._first, None  # the one that connect() brought along
            step, known = take(first or page(1))
            told.append(known)
            if 0 < step < known:
                self._page = step
            start += step
        # Every page that ought to be there is asked for at once; a list that has grown has some more.
        while start <= known:
            pages = range(start, known + 1, self._page)
            told += [take(answer)[1] for answer in abreast(READERS, page, pages)]
            start, known = pages[-1] + self._page, max(told)
        total = max(told)
        distinct = len(seen) if ids is None else len(ids)
        self._expected = total if distinct == total else 0
        return total, distinct, count != distinct

    # changing ---------------------------------------------------------------------------------------------------------

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> list[Outcome]:
        """Make the changes; one outcome each, in order, whatever happens. Removals start when all others are done."""
        outcomes: list[Outcome] = [Outcome(REFUSED, "failed")] * len(changes)
        make = partial(self._operation, ura)
        sender = Sender(self.client, self.strategy, self._bulk, make, partial(_tell, tell, len(changes)))
        for removing in (False, True):
            numbers = [number for number, change in enumerate(changes) if change.removes is removing]
            if numbers:
                found = sender.send([changes[number] for number in numbers])
                for number, outcome in zip(numbers, found, strict=True):
                    outcomes[number] = outcome
                    if outcome.state == DONE:
                        self._expected += (changes[number].actual is None) - (changes[number].status == UNLINKED)
        self.used += sender.used
        return outcomes

    def _operation(self, ura: str, change: Change) -> Operation:
        if change.actual is None:
            body = new_user(change.desired or {}, ura, self._plain)
            return Operation(change, "POST", "/Users", encoded(body), None)
        version = change.actual["version"] if self._etags else None
        path = f"/Users/{quote(change.actual['id'], safe='')}"
        return Operation(change, "PATCH", path, encoded(patch_user(change, ura, self._plain)), version)


def _readable(path: str, answer: Answer) -> Answer:
    if answer.status != 200:
        raise ZorgidError(
            "portal_refused",
            "The portal does not let itself be read",
            expected="status 200",
            found=f"status {answer.status} for {path}",
            action="check portal_url, the token and its rights",
        )
    return answer


def _tell(tell: Tell | None, total: int, done: int) -> None:
    if tell is not None:
        tell(done, total)
