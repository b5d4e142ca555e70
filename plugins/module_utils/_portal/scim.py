# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scim driver: one paged read, then Bulk or a pool of keep-alive connections (RFC 7644)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import quote

from .._common.errors import ZorgidError
from .connection import Answer, Client, LostAnswerError, Settings, Tell
from .model import Actual, Change
from .operations import AGAIN, REFUSED, Operation, Outcome, encoded, outcome_of, parsed, stopped
from .resource import EXTENSION, new_user, patch_user, to_actual

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PAGE = 1000
BATCH = 500
TRIAL = 100
WAVE = 10_000
IN_FLIGHT = 4
CONNECTIONS = 32
READS = 5
#: seconds per operation of one Bulk request below which trying single requests is not worth its 32 TLS handshakes: they
#: cost 0.4 ms each at best, and Bulk goes four abreast
FAST = 0.001


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
        self._fatal: ZorgidError | None = None
        self._done = 0

    def close(self) -> None:
        self.client.close()

    # reading ----------------------------------------------------------------------------------------------------------

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> None:
        """Learn what the server can and whether these credentials may do what is asked, before anything is planned."""
        config = self._get("/ServiceProviderConfig").json()
        bulk = config.get("bulk") or {}
        if bulk.get("supported"):
            self._bulk = (int(bulk.get("maxOperations") or BATCH), int(bulk.get("maxPayloadSize") or 1_048_576))
        self._etags = bool((config.get("etag") or {}).get("supported"))
        self._page = min(PAGE, int((config.get("filter") or {}).get("maxResults") or PAGE))
        schemas = self._get("/Schemas").json().get("Resources") or []
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
        organisation = self.client.send("GET", f"/Organisations/{quote(ura)}")
        if organisation.status != 200:
            raise ZorgidError(
                "portal_wrong_organisation",
                f"These credentials do not belong to organisation {ura}",
                expected=f"a token of URA {ura}",
                found=f"status {organisation.status}",
                action="correct ura or token",
            )
        me = self.client.send("GET", "/Me")
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

    def _get(self, path: str) -> Answer:
        answer = self.client.send("GET", path)
        if answer.status != 200:
            raise ZorgidError(
                "portal_refused",
                "The portal does not let itself be read",
                expected="status 200",
                found=f"status {answer.status} for {path.partition('?')[0]}",
                action="check portal_url, the token and its rights",
            )
        return answer

    def read(self, ura: str) -> list[Actual]:
        """Every member, each once. A list that changes while its pages are read is read again; what several readings
        showed counts together, so that nobody is missed between two pages."""
        seen: dict[str, Actual] = {}
        for _attempt in range(READS):
            before = len(seen)
            total, count, repeated = self._read_pages(ura, seen)
            if not repeated and count == total:
                if before and len(seen) != total:
                    seen = {}
                    self._read_pages(ura, seen)
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

    def _read_pages(self, ura: str, seen: dict[str, Actual]) -> tuple[int, int, bool]:
        ids: set[str] | None = set() if seen else None  # the first reading needs none beside seen
        count = 0

        def take(page: dict[str, Any]) -> int:
            nonlocal count
            resources = page.get("Resources") or []
            for resource in resources:
                count += 1
                if ids is not None:
                    ids.add(resource["id"])
                actual = to_actual(resource, ura, self._plain)
                seen[resource["id"]] = actual if actual is not None else {"role": None}
            return len(resources)

        def page(start: int) -> dict[str, Any]:
            found: dict[str, Any] = self._get(f"/Users?startIndex={start}&count={self._page}").json()
            return found

        first = page(1)
        total = int(first.get("totalResults") or 0)
        step = take(first)
        if step and step < total:
            starts = range(step + 1, total + 1, step)
            with ThreadPoolExecutor(IN_FLIGHT) as pool:
                for chunk in range(0, len(starts), IN_FLIGHT):  # a few pages at a time: memory stays small
                    for answer in pool.map(page, starts[chunk : chunk + IN_FLIGHT]):
                        take(answer)
                        total = max(total, int(answer.get("totalResults") or 0))
        distinct = len(seen) if ids is None else len(ids)
        return total, distinct, count != distinct

    # changing ---------------------------------------------------------------------------------------------------------

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> list[Outcome]:
        """Make the changes; one outcome each, in order, whatever happens. Removals start when all others are done."""
        outcomes: list[Outcome] = [Outcome(REFUSED, "failed")] * len(changes)
        self._fatal, self._done = None, 0
        for removing in (False, True):
            numbers = [number for number, change in enumerate(changes) if change.removes is removing]
            for first in range(0, len(numbers), WAVE):  # only so many bodies in memory
                wave = numbers[first : first + WAVE]
                operations = [self._operation(changes[number], ura) for number in wave]
                progress = partial(_tell, tell, len(changes))
                for number, outcome in zip(wave, self._run(operations, progress), strict=True):
                    outcomes[number] = outcome
        return outcomes

    def _operation(self, change: Change, ura: str) -> Operation:
        if change.actual is None:
            body = new_user(change.desired or {}, ura, self._plain)
            return Operation(change, "POST", "/Users", encoded(body), None)
        version = change.actual["version"] if self._etags else None
        path = f"/Users/{quote(change.actual['id'], safe='')}"
        return Operation(change, "PATCH", path, encoded(patch_user(change, ura, self._plain)), version)

    def _run(self, operations: list[Operation], progress: Any) -> list[Outcome]:
        strategy = self.strategy
        if self._bulk is None:
            if strategy == "bulk":
                raise ZorgidError(
                    "portal_without_bulk",
                    "The portal offers no Bulk",
                    expected="bulk.supported in its ServiceProviderConfig",
                    found="none",
                    action="leave strategy out or set it to connections",
                )
            strategy = "connections"
        if strategy == "connections" or len(operations) == 1:
            self.used.append("connections")
            return self._by_connections(operations, progress)
        if strategy == "bulk" or len(operations) <= TRIAL:
            self.used.append("bulk")
            return self._by_bulk(operations, progress)
        return self._by_the_better(operations, progress)

    def _by_the_better(self, operations: list[Operation], progress: Any) -> list[Outcome]:
        """Measure one bulk request; when it was slow per operation, a round of single requests too."""
        start = time.perf_counter()
        outcomes = self._by_bulk(operations[:TRIAL], progress)
        bulk = (time.perf_counter() - start) / TRIAL / IN_FLIGHT
        rest = operations[TRIAL:]
        single = None
        if bulk * IN_FLIGHT > FAST and len(rest) > 8 * CONNECTIONS and self._fatal is None:
            opening, trial, rest = rest[:CONNECTIONS], rest[CONNECTIONS : 4 * CONNECTIONS], rest[4 * CONNECTIONS :]
            outcomes += self._by_connections(opening, progress)  # TLS handshakes are paid once
            start = time.perf_counter()
            outcomes += self._by_connections(trial, progress)
            single = (time.perf_counter() - start) / len(trial)
        better = "connections" if single is not None and single < bulk else "bulk"
        self.used.append(better)
        return outcomes + (self._by_connections if better == "connections" else self._by_bulk)(rest, progress)

    def _by_connections(self, operations: list[Operation], progress: Any) -> list[Outcome]:
        lock = threading.Lock()

        def one(operation: Operation) -> Outcome:
            outcome = self._single(operation)
            with lock:
                self._done += 1
                if self._done % 100 == 0:
                    progress(self._done)
            return outcome

        with ThreadPoolExecutor(min(CONNECTIONS, len(operations) or 1)) as pool:
            return list(pool.map(one, operations))

    def _single(self, operation: Operation) -> Outcome:
        if self._fatal is not None:
            return stopped(self._fatal)
        try:
            answer = self.client.send(operation.method, operation.path, operation.body, operation.version)
        except LostAnswerError:
            return Outcome(AGAIN, operation.change.status, "The answer was lost", "portal_answer_lost")
        except ZorgidError as error:
            self._fatal = error
            return stopped(error)
        detail = None if answer.status < 400 else parsed(answer.body)
        return outcome_of(operation, answer.status, detail)

    def _by_bulk(self, operations: list[Operation], progress: Any) -> list[Outcome]:
        lock = threading.Lock()

        def batch(part: list[Operation]) -> list[Outcome]:
            outcomes = self._batch(part, progress)
            with lock:
                self._done += len(part)
                progress(self._done)
            return outcomes

        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            return [outcome for outcomes in pool.map(batch, self._parts(operations)) for outcome in outcomes]

    def _parts(self, operations: list[Operation]) -> Iterator[list[Operation]]:
        most, size = self._bulk or (BATCH, 1_048_576)
        most = min(BATCH, most)
        part: list[Operation] = []
        used = 100
        for operation in operations:
            weight = len(operation.body) + 200
            if part and (len(part) == most or used + weight > size):
                yield part
                part, used = [], 100
            part.append(operation)
            used += weight
        if part:
            yield part

    def _batch(self, part: list[Operation], progress: Any) -> list[Outcome]:
        if self._fatal is not None:
            return [stopped(self._fatal)] * len(part)
        head = f'{{"schemas":["{BULK}"],"Operations":['.encode()
        body = head + b",".join([item.in_bulk(number) for number, item in enumerate(part)]) + b"]}"
        try:
            answer = self.client.send("POST", "/Bulk", body)
            if answer.status == 413 and len(part) > 1:  # the advertised limits were too high
                middle = len(part) // 2
                return self._batch(part[:middle], progress) + self._batch(part[middle:], progress)
            if answer.status == 501:
                return [self._single(item) for item in part]
            if answer.status >= 400:
                outcome = outcome_of(part[0], answer.status, parsed(answer.body))
                return [outcome] * len(part)
            answered = answer.json().get("Operations") or []
        except LostAnswerError:
            return [Outcome(AGAIN, item.change.status, "The answer was lost", "portal_answer_lost") for item in part]
        except ZorgidError as error:
            self._fatal = error
            return [stopped(error)] * len(part)
        by_id = {item.get("bulkId"): item for item in answered if item.get("bulkId") is not None}
        outcomes = []
        for number, operation in enumerate(part):
            item = by_id.get(str(number))
            if item is None and len(answered) == len(part) and not by_id:
                item = answered[number]
            if item is None:
                outcomes.append(Outcome(AGAIN, operation.change.status, "The portal left it out", "portal_left_out"))
                continue
            status = item.get("status")
            status = status.get("code") if isinstance(status, dict) else status
            outcomes.append(outcome_of(operation, int(status or 500), item.get("response")))
        return outcomes


def _tell(tell: Tell | None, total: int, done: int) -> None:
    if tell is not None:
        tell(done, total)
