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
from .scim_answers import ScimResponse
from .scim_http import ScimClient, ScimSettings
from .scim_users import EXTENSION

_CONFIG, _SCHEMAS = "/ServiceProviderConfig", "/Schemas"
PAGE = 1000
READS = 5
READERS = 8
#: most bytes of all pages of one reading; 100,000 users are 60 million
MOST_BYTES = 512 * 1024 * 1024
#: most time of one reading, as a multiple of the timeout
PATIENCE = 40


class _Pass(NamedTuple):
    """The result of reading pages: highest totalResults, users, whether one came twice, whether a page had nothing
    new."""

    total: int
    distinct: int
    repeated: bool
    barren: bool


class Server(NamedTuple):
    """What a server says about itself: the same for every organisation of that portal."""

    core_only: bool
    offer: scim_answers.Offer

    @classmethod
    def of(cls, config: ScimResponse, schemas: ScimResponse) -> Server:
        offer = scim_answers.offer(_readable(_CONFIG, config))
        return cls(not scim_answers.knows_extension(_readable(_SCHEMAS, schemas)), offer)


class ScimDriver:
    """Reads and changes one organisation's accounts; a ``PortalDriver``.

    known: returns the capabilities of the server if another organisation of the portal has asked already; if it returns
    None, this driver asks. Then requests use one connection in turn: for many organisations at once, four more
    handshakes each would cost too much.
    """

    by_hand = False
    once = False

    def __init__(self, settings: ScimSettings, known: Callable[[ScimDriver], Server | None] | None = None) -> None:
        self.client = ScimClient(settings)
        self._known = known
        self._core_only = False
        self._etags = False
        self._bulk: tuple[int, int] | None = None
        self._page = PAGE
        self._first: ScimResponse | None = None
        self._memberships: list[dict[str, str]] = []
        self._expected = 0  # number of members after the last reading and the changes since

    def close(self) -> None:
        self.client.close()

    # reading ----------------------------------------------------------------------------------------------------------

    def server(self) -> Server:
        """The server's capabilities, for ``connect`` of other drivers; the request needs credentials, but the result
        does not contain them."""
        return Server.of(self.client.send("GET", _CONFIG), self.client.send("GET", _SCHEMAS))

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Read the server's capabilities and check the credentials, before anything is planned."""
        server = self._known(self) if self._known else None
        mine = f"/Organisations/{quote(ura)}"
        paths = (mine, "/Me", self._users(1))
        get = partial(self.client.send, "GET")
        if server is None:
            config, schemas, organisation, me, first = abreast(len(paths) + 2, get, (_CONFIG, _SCHEMAS, *paths))
            server = Server.of(config, schemas)
        else:
            organisation, me, first = map(get, paths)
        self._first = first if first.status == 200 else None  # the server may give fewer than 1000
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
                found=scim_answers.whose(me, organisation.status),
                action="correct ura or token",
            )
        person = None
        if me.status == 200:  # RFC 7644 section 3.11; a server without /Me (404 or 501) enforces its rules itself
            person, self._memberships = scim_answers.owner(me)
        return self._allowed(ura, roles, person)

    def _allowed(self, ura: str, roles: Sequence[str], person: str | None) -> Connected:
        self._demand(ura, roles)
        return Connected(person=person, demand=partial(self._demand, ura), role=self._role(ura))

    def _role(self, ura: str) -> str | None:
        return next((item.get("role") for item in self._memberships if same_ura(item.get("ura"), ura)), None)

    def _demand(self, ura: str, roles: Sequence[str]) -> None:
        """Errors: ``portal_without_roles``, ``portal_role_insufficient``."""
        if self._core_only and set(roles) - {"employee"}:
            raise ZorgidError(
                "portal_without_roles",
                "This SCIM server has no roles for administrators and operators",
                expected=f"the schema {EXTENSION}",
                found="a server without it",
                action="use a server that follows the portal contract, or manage employees only",
            )
        role = self._role(ura)
        needed = ("administrator",) if set(roles) - {"employee"} else ("administrator", "operator")
        if role is not None and role not in (*needed, "registrar"):
            raise ZorgidError(
                "portal_role_insufficient",
                "These credentials do not have permission for this in the portal",
                expected=f"a token of an {' or '.join(needed)}",
                found=f"a token of an {printable(role, 40)}",
                action="make a token as somebody with that role",
            )

    def _users(self, start: int) -> str:
        return f"/Users?startIndex={start}&count={self._page}"

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Every member, each once; ``connect`` proved the organisation. A list that changes while its pages are read is
        read again; the results of several readings are combined, so that nobody is missed between two pages. since: see
        ``to_actual``.

        The pages that arrive decide how much is requested, not totalResults. Errors: ``portal_unstable,
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
        ids: set[str] | None = set() if seen else None  # the first reading only needs seen
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

        start, known, totals = 1, self._expected, [0]
        if not known:
            first, self._first = self._first, None  # the page that connect() has read
            step, known = take(1, first or page(1)[1])
            totals.append(known)
            if step == self._page and known == step:
                known += 1  # some servers say how many this page has, not how many there are
            elif 0 < step < known:
                self._page = step
            start += step
        # All expected pages are requested at once; a list that has grown has more.
        while start <= known and not barren:
            for asked, response in abreast(READERS, page, starts(start, known)):
                totals.append(take(asked, response)[1])
                start = asked + self._page
            known = max(totals)
        total, distinct = max(totals), len(seen) if ids is None else len(ids)
        self._expected = total if distinct == total else 0
        return _Pass(total, distinct, count != distinct, barren)

    # changing ---------------------------------------------------------------------------------------------------------

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Make the changes; always one outcome each, in order. Removals start after all others are done."""
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
    """The limit of bytes and time for all pages of one reading."""

    def __init__(self, seconds: float) -> None:
        self._left = MOST_BYTES
        self._seconds, self._end = seconds, time.monotonic() + seconds

    def spend(self, size: int) -> None:
        self._left -= size  # several threads subtract at once, so one page too many may be read
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
            "The portal does not show its data",
            expected="status 200",
            found=f"status {response.status} for {path}{redirect}",
            action="check portal_url, the token and its permissions",
        )
    return response


def _tell(tell: Tell | None, total: int, done: int) -> None:
    if tell is not None:
        tell(done, total)
