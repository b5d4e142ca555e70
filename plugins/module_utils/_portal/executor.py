# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send many changes: as Bulk requests or over a pool of keep-alive connections, whichever is faster."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .._common.errors import ZorgidError
from .._net.connection_pool import CONNECTIONS
from .driver import Outcome
from .model import Change
from .operations import Operation, outcome_of, stopped
from .scim_answers import bulk_results, detail_of, error_detail
from .scim_http import LostAnswerError, ScimClient

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BATCH = 500
#: bytes of one Bulk request if the server gives no limit
PAYLOAD = 1_048_576
TRIAL = 100
IN_FLIGHT = 4
#: seconds per operation of one Bulk request below which trying single requests is not worth its 32 TLS handshakes: they
#: cost 0.4 ms each at best, and Bulk goes four abreast
FAST = 0.001

Progress = Callable[[int], None]
Item = TypeVar("Item")
Done = TypeVar("Done")


def abreast(count: int, work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """The results of ``work`` for the items, in their order, by ``count`` threads. An item is taken only when a thread
    is nearly free, so that not all items and results are in memory at once."""
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Sender:
    """Sends one list of changes after the other. After an error that concerns all changes (``fatal``) it sends nothing
    more; after an answer that cannot be read (``unreadable``) nothing more in this round, because the portal is read
    before anything is repeated.

    make: a change as a request; called when its turn comes, so that encoding continues while the portal works. bulk:
    the server's limits in operations and bytes, or None when it offers no Bulk.
    """

    def __init__(
        self,
        client: ScimClient,
        bulk: tuple[int, int] | None,
        make: Callable[[Change], Operation],
        progress: Progress,
    ) -> None:
        self.client, self.bulk, self.make, self.progress = client, bulk, make, progress
        self.fatal: ZorgidError | None = None
        self.unreadable = ""
        self._done = 0
        self._lock = threading.Lock()

    def send(self, changes: list[Change]) -> list[Outcome]:
        if self.bulk is None or len(changes) == 1:
            return self._by_connections(changes)
        if len(changes) <= TRIAL:
            return self._by_bulk(changes)
        return self._by_the_better(changes)

    def _kept_back(self) -> Outcome | None:
        if self.fatal is not None:
            return stopped(self.fatal)
        if self.unreadable:
            message = f"Not sent: {self.unreadable}"
            return Outcome("uncertain", message, "portal_answer_unreadable", trace="unsent")
        return None

    def _not_understood(self, said: str) -> Outcome:
        self.unreadable = said
        return Outcome("uncertain", said, "portal_answer_unreadable")

    def _lost(self, error: LostAnswerError) -> Outcome:
        if error.endless:
            return self._not_understood(f"The portal's answer is too large or takes too long: {error}")
        return Outcome("uncertain", "The answer was lost", "portal_answer_lost")

    def _by_the_better(self, changes: list[Change]) -> list[Outcome]:
        """Measure one bulk request and, if it was slow per operation, also a round of single requests."""
        start = time.perf_counter()
        outcomes = self._by_bulk(changes[:TRIAL])
        bulk = (time.perf_counter() - start) / TRIAL / IN_FLIGHT
        rest = changes[TRIAL:]
        single = None
        if bulk * IN_FLIGHT > FAST and len(rest) > 8 * CONNECTIONS and self.fatal is None and not self.unreadable:
            opening, trial, rest = rest[:CONNECTIONS], rest[CONNECTIONS : 4 * CONNECTIONS], rest[4 * CONNECTIONS :]
            outcomes += self._by_connections(opening)  # TLS handshakes are paid once
            start = time.perf_counter()
            outcomes += self._by_connections(trial)
            single = (time.perf_counter() - start) / len(trial)
        better = "connections" if single is not None and single < bulk else "bulk"
        return outcomes + (self._by_connections if better == "connections" else self._by_bulk)(rest)

    def _by_connections(self, changes: list[Change]) -> list[Outcome]:
        def one(change: Change) -> Outcome:
            outcome = self._single(self.make(change))
            with self._lock:
                self._done += 1
                if self._done % 100 == 0:
                    self.progress(self._done)
            return outcome

        return list(abreast(min(CONNECTIONS, len(changes) or 1), one, changes))

    def _single(self, operation: Operation) -> Outcome:
        kept_back = self._kept_back()
        if kept_back is not None:
            return kept_back
        try:
            answer = self.client.send(operation.method, operation.path, operation.body, operation.version)
        except LostAnswerError as error:
            return self._lost(error)
        except ZorgidError as error:
            self.fatal = error
            return stopped(error)
        return outcome_of(operation, answer.status, "" if answer.status < 400 else error_detail(answer))

    def _by_bulk(self, changes: list[Change]) -> list[Outcome]:
        def batch(part: list[Operation]) -> list[Outcome]:
            outcomes = self._batch(part)
            with self._lock:
                self._done += len(part)
                self.progress(self._done)
            return outcomes

        most, size = self.bulk or (BATCH, PAYLOAD)
        cut = parts(map(self.make, changes), min(BATCH, most), size)
        return [outcome for outcomes in abreast(IN_FLIGHT, batch, cut) for outcome in outcomes]

    def _batch(self, part: list[Operation]) -> list[Outcome]:
        kept_back = self._kept_back()
        if kept_back is not None:
            return [kept_back] * len(part)
        head = f'{{"schemas":["{BULK}"],"Operations":['.encode()
        body = head + b",".join([item.in_bulk(number) for number, item in enumerate(part)]) + b"]}"
        try:
            answer = self.client.send("POST", "/Bulk", body)
        except LostAnswerError as error:
            return [self._lost(error)] * len(part)
        except ZorgidError as error:
            self.fatal = error
            return [stopped(error)] * len(part)
        if answer.status == 413 and len(part) > 1:  # the limits that the server gave were too high
            middle = len(part) // 2
            return self._batch(part[:middle]) + self._batch(part[middle:])
        if answer.status in (404, 405, 501):  # the server offers Bulk but does not have it
            return [self._single(item) for item in part]
        if not 200 <= answer.status < 300:  # its text may contain the name of any of these people
            return [outcome_of(item, answer.status, "") for item in part]
        try:
            results = bulk_results(answer)
        except ZorgidError as error:
            return [self._not_understood(str(error))] * len(part)
        return self._matched(part, results)

    def _matched(self, part: list[Operation], results: list[tuple[str | None, int, Any]]) -> list[Outcome]:
        """Each operation's own result, by its bulkId; by position where no result has one (RFC 7644 section 3.7 demands
        it for POST only)."""
        by_id: dict[str, tuple[int, str]] = {}
        by_position = len(results) == len(part) and all(name is None for name, _status, _response in results)
        for number, (name, status, response) in enumerate(results):
            key = str(number) if by_position else name
            if key is not None:
                twice = key in by_id and by_id[key][0] != status
                by_id[key] = (0 if twice else status, "" if status < 300 else detail_of(response))
        outcomes = []
        for number, operation in enumerate(part):
            found = by_id.get(str(number))
            if found is None:
                outcomes.append(Outcome("uncertain", "The portal's answer does not mention it", "portal_left_out"))
            elif not found[0]:
                words = "The portal's answer has no clear status for it"
                outcomes.append(Outcome("uncertain", words, "portal_answer_unreadable"))
            else:
                outcomes.append(outcome_of(operation, *found))
        return outcomes


def parts(operations: Iterable[Operation], most: int, size: int) -> Iterator[list[Operation]]:
    """Bulk requests within the server's limits: at most ``most`` operations and ``size`` bytes each."""
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
