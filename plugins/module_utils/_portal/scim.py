# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scim driver: one paged read, then Bulk or a pool of keep-alive connections (RFC 7644)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from .._common import moments
from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.ura import same_ura
from . import scim_answers
from .driver import Connected, Executed, Outcome, Reading, Tell
from .executor import BATCH, PAYLOAD, Sender, abreast
from .json_types import unreadable
from .model import UNLINKED, Actual, Change
from .operations import Operation, encoded
from .resource import Stranger, new_user, patch_user, to_actual
from .scim_http import ScimClient, ScimResponse, ScimSettings
from .scim_users import EXTENSION

_CONFIG, _SCHEMAS = "/ServiceProviderConfig", "/Schemas"
PAGE = 1000
READS = 5
READERS = 8
#: bytes of all pages of one reading together; a hundred thousand users are sixty million
MOST_BYTES = 512 * 1024 * 1024
#: how many times the timeout one reading may take
PATIENCE = 40


class _Pass(NamedTuple):
    """What pages brought: totalResults at most, users, whether one came twice, whether a page brought nothing new."""

    total: int
    distinct: int
    repeated: bool
    barren: bool


class Server(NamedTuple):
    """What a server says of itself, whoever asks: it is the same for every organisation whose portal it is."""

    core_only: bool
    offer: scim_answers.Offer

    @classmethod
    def of(cls, config: ScimResponse, schemas: ScimResponse) -> Server:
        offer = scim_answers.offer(_readable(_CONFIG, config))
        return cls(not scim_answers.knows_extension(_readable(_SCHEMAS, schemas)), offer)


class ScimDriver:
    """Reads and changes one organisation's accounts; a ``PortalDriver``.

    known: what asks the server what it can, where many organisations of one portal do that once for all; None from it:
    this one asks for itself. Then one request follows the other on one connection: who asks for many organisations at
    once has no use for four handshakes more for each.
    """

    by_hand = False

    def __init__(self, settings: ScimSettings, known: Callable[[ScimDriver], Server | None] | None = None) -> None:
        self.client = ScimClient(settings)
        self._known = known
        self._core_only = False
        self._etags = False
        self._bulk: tuple[int, int] | None = None
        self._page = PAGE
        self._first: ScimResponse | None = None
        self._memberships: list[dict[str, str]] = []
        self._expected = 0  # members after the last reading and what was done since

    def close(self) -> None:
        self.client.close()

    # reading ----------------------------------------------------------------------------------------------------------

    def server(self) -> Server:
        """For ``connect`` of others; it needs credentials, and says nothing of them."""
        return Server.of(self.client.send("GET", _CONFIG), self.client.send("GET", _SCHEMAS))

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Learn what the server can and whether these credentials may do what is asked, before anything is planned."""
        server = self._known(self) if self._known else None
        mine = f"/Organisations/{quote(ura)}"
        paths = (mine, "/Me", self._users(1))
        get = partial(self.client.send, "GET")
        if server is None:
            config, schemas, organisation, me, first = abreast(len(paths) + 2, get, (_CONFIG, _SCHEMAS, *paths))
            server = Server.of(config, schemas)
        else:
            organisation, me, first = map(get, paths)
        self._first = first if first.status == 200 else None  # 1000 may be more than this server gives
        self._core_only, offer = server
        self._bulk = (offer.operations or BATCH, offer.payload or PAYLOAD) if offer.bulk else None
        self._etags = offer.etags
        self._page = min(PAGE, offer.page or PAGE)
        if self._core_only:
            return self._allowed(ura, roles, None)
        if organisation.status != 200 or not same_ura(scim_answers.ura_of(organisation, mine), ura):
            raise ZorgidError(
                "portal_wrong_organisation",
                f"These credentials do not belong to organisation {ura}",
                expected=f"a token of URA {ura}",
                found=f"status {organisation.status}" if organisation.status != 200 else "another organisation",
                action="correct ura or token",
            )
        person = None
        if me.status == 200:  # RFC 7644 section 3.11; a server may answer 404 or 501, then it enforces its rules itself
            person, self._memberships = scim_answers.owner(me)
        return self._allowed(ura, roles, person)

    def _allowed(self, ura: str, roles: Sequence[str], person: str | None) -> Connected:
        self._demand(ura, roles)
        return Connected(person=person, demand=partial(self._demand, ura))

    def _demand(self, ura: str, roles: Sequence[str]) -> None:
        """Errors: ``portal_without_roles``, ``portal_role_insufficient``."""
        if self._core_only and set(roles) - {"employee"}:
            raise ZorgidError(
                "portal_without_roles",
                "This SCIM server knows no administrators and operators",
                expected=f"the schema {EXTENSION}",
                found="a server without it",
                action="use a server that keeps the portal contract, or manage employees only",
            )
        role = next((item.get("role") for item in self._memberships if same_ura(item.get("ura"), ura)), None)
        needed = ("administrator",) if set(roles) - {"employee"} else ("administrator", "operator")
        if role is not None and role not in (*needed, "registrar"):
            raise ZorgidError(
                "portal_role_insufficient",
                "These credentials may not do this in the portal",
                expected=f"a token of an {' or '.join(needed)}",
                found=f"a token of an {printable(role, 40)}",
                action="make a token as somebody with that role",
            )

    def _users(self, start: int) -> str:
        return f"/Users?startIndex={start}&count={self._page}"

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Every member, each once; ``connect`` proved whose they are. A list that changes while its pages are read is
        read again; what several readings showed counts together, so that nobody is missed between two pages. since: see
        ``to_actual``.

        What arrives decides how much is asked for, not what totalResults claims. Errors: ``portal_unstable,
        portal_answer_unreadable, portal_refused`` and those of Client.send."""
        seen: dict[str, Actual | Stranger] = {}
        budget = _Budget(PATIENCE * self.client.settings.timeout)
        last = None
        for _attempt in range(READS):
            before = len(seen)
            reading = self._read_pages(ura, seen, since, budget)
            if not reading.repeated and reading.distinct == reading.total:
                if before and len(seen) != reading.total:
                    seen = {}
                    self._read_pages(ura, seen, since, budget)
                break
            if reading == last and (reading.barren or reading.distinct > reading.total):
                raise unreadable(
                    "/Users",
                    "totalResults",
                    f"as many as Resources brings, which is {reading.distinct}",
                    str(reading.total),
                )
            if len(seen) >= reading.total and not reading.distinct > reading.total:
                break
            last = reading
        else:
            raise ZorgidError(
                "portal_unstable",
                "The portal's list changes faster than it can be read",
                expected=f"one complete list within {READS} readings",
                found="pages that do not fit together",
                action="run again when nobody else changes many accounts",
            )
        members = [item for item in seen.values() if item["role"] is not None]
        return Reading(members, moments.now(), ura)

    def _read_pages(self, ura: str, seen: dict[str, Actual | Stranger], since: bool, budget: _Budget) -> _Pass:
        ids: set[str] | None = set() if seen else None  # the first reading needs none beside seen
        count, barren = 0, False

        def page(start: int) -> tuple[int, ScimResponse]:
            response = _readable("/Users", self.client.send("GET", self._users(start)))
            budget.spend(len(response.body))
            return start, response

        def take(start: int, response: ScimResponse) -> tuple[int, int]:
            nonlocal count, barren
            total, users = scim_answers.listed(response, "/Users", start)
            known = seen if ids is None else ids
            before = len(known)
            for number, user in enumerate(users):
                actual = to_actual(user, number, ura, self._core_only, since)
                if ids is not None:
                    ids.add(actual["id"])
                seen[actual["id"]] = actual
            count += len(users)
            barren = barren or len(known) == before
            return len(users), total

        def starts(start: int, known: int) -> Iterator[int]:
            while start <= known and not barren:
                yield start
                start += self._page

        start, known, told = 1, self._expected, [0]
        if not known:
            first, self._first = self._first, None  # the one that connect() brought along
            step, known = take(1, first or page(1)[1])
            told.append(known)
            if step == self._page and known == step:
                known += 1  # some servers say how many this page has, not how many there are
            elif 0 < step < known:
                self._page = step
            start += step
        # Every page that ought to be there is asked for at once; a list that has grown has some more.
        while start <= known and not barren:
            for asked, response in abreast(READERS, page, starts(start, known)):
                told.append(take(asked, response)[1])
                start = asked + self._page
            known = max(told)
        total, distinct = max(told), len(seen) if ids is None else len(ids)
        self._expected = total if distinct == total else 0
        return _Pass(total, distinct, count != distinct, barren)

    # changing ---------------------------------------------------------------------------------------------------------

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Make the changes; one outcome each, in order, whatever happens. Removals start when all others are done."""
        outcomes = [Outcome("refused")] * len(changes)
        sender = Sender(self.client, self._bulk, partial(self._operation, ura), partial(_tell, tell, len(changes)))
        for removing in (False, True):
            numbers = [number for number, change in enumerate(changes) if change.removes is removing]
            if numbers:
                found = sender.send([changes[number] for number in numbers])
                for number, outcome in zip(numbers, found, strict=True):
                    outcomes[number] = outcome
                    if outcome.state == "done":
                        self._expected += (changes[number].actual is None) - (changes[number].status == UNLINKED)
        return Executed(outcomes)

    def _operation(self, ura: str, change: Change) -> Operation:
        if change.actual is None:
            body = new_user(change.wanted, ura, self._core_only)
            return Operation(change, "POST", "/Users", encoded(body), None)
        version = change.actual["version"] if self._etags else None
        path = f"/Users/{quote(change.actual['id'], safe='')}"
        return Operation(change, "PATCH", path, encoded(patch_user(change, ura, self._core_only)), version)


class _Budget:
    """What one reading may cost, all its pages together."""

    def __init__(self, seconds: float) -> None:
        self._left = MOST_BYTES
        self._seconds, self._end = seconds, time.monotonic() + seconds

    def spend(self, size: int) -> None:
        self._left -= size  # by several threads at once, so it may be a page too many
        if self._left < 0:
            found = f"more than {MOST_BYTES // 1024 // 1024} MiB"
        elif time.monotonic() > self._end:
            found = f"pages for more than {self._seconds:g} seconds"
        else:
            return
        raise unreadable("/Users", "all of it", "a list that ends", found)


def _readable(path: str, response: ScimResponse) -> ScimResponse:
    if response.status != 200:
        redirect = ", a redirect, which is not followed" if 300 <= response.status < 400 else ""
        raise ZorgidError(
            "portal_refused",
            "The portal does not let itself be read",
            expected="status 200",
            found=f"status {response.status} for {path}{redirect}",
            action="check portal_url, the token and its rights",
        )
    return response


def _tell(tell: Tell | None, total: int, done: int) -> None:
    if tell is not None:
        tell(done, total)
