# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many changes on their way: as Bulk requests or over a pool of keep-alive connections, whichever is faster."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from .._common.errors import ZorgidError
from .connection import Client, LostAnswerError
from .model import Change
from .operations import AGAIN, Operation, Outcome, outcome_of, parsed, stopped

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BATCH = 500
#: bytes of one Bulk request where the server names no limit
PAYLOAD = 1_048_576
TRIAL = 100
IN_FLIGHT = 4
CONNECTIONS = 32
#: seconds per operation of one Bulk request below which trying single requests is not worth its 32 TLS handshakes: they
#: cost 0.4 ms each at best, and Bulk goes four abreast
FAST = 0.001

Progress = Callable[[int], None]
Item = TypeVar("Item")
Done = TypeVar("Done")


def abreast(count: int, work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """What ``work`` makes of the items, in their order, by ``count`` threads. Items are taken when a thread is nearly
    free, so that neither they nor the results need the memory of the whole."""
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Sender:
    """Sends one list of changes after the other; after an error that is everybody's (``fatal``) no more.

    make: a change as a request; asked when its turn comes, so that encoding goes on while the portal works. bulk: the
    server's limits in operations and bytes, or None when it offers no Bulk. used: the strategy of each list.
    """

    def __init__(
        self,
        client: Client,
        strategy: str,
        bulk: tuple[int, int] | None,
        make: Callable[[Change], Operation],
        progress: Progress,
    ) -> None:
        self.client, self.strategy, self.bulk, self.make, self.progress = client, strategy, bulk, make, progress
        self.used: list[str] = []
        self.fatal: ZorgidError | None = None
        self._done = 0
        self._lock = threading.Lock()

    def send(self, changes: list[Change]) -> list[Outcome]:
        strategy = self.strategy
        if self.bulk is None:
            if strategy == "bulk":
                raise ZorgidError(
                    "portal_without_bulk",
                    "The portal offers no Bulk",
                    expected="bulk.supported in its ServiceProviderConfig",
                    found="none",
                    action="leave strategy out or set it to connections",
                )
            strategy = "connections"
        if strategy == "connections" or len(changes) == 1:
            self.used.append("connections")
            return self._by_connections(changes)
        if strategy == "bulk" or len(changes) <= TRIAL:
            self.used.append("bulk")
            return self._by_bulk(changes)
        return self._by_the_better(changes)

    def _by_the_better(self, changes: list[Change]) -> list[Outcome]:
        """Measure one bulk request; when it was slow per operation, a round of single requests too."""
        start = time.perf_counter()
        outcomes = self._by_bulk(changes[:TRIAL])
        bulk = (time.perf_counter() - start) / TRIAL / IN_FLIGHT
        rest = changes[TRIAL:]
        single = None
        if bulk * IN_FLIGHT > FAST and len(rest) > 8 * CONNECTIONS and self.fatal is None:
            opening, trial, rest = rest[:CONNECTIONS], rest[CONNECTIONS : 4 * CONNECTIONS], rest[4 * CONNECTIONS :]
            outcomes += self._by_connections(opening)  # TLS handshakes are paid once
            start = time.perf_counter()
            outcomes += self._by_connections(trial)
            single = (time.perf_counter() - start) / len(trial)
        better = "connections" if single is not None and single < bulk else "bulk"
        self.used.append(better)
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
        if self.fatal is not None:
            return stopped(self.fatal)
        try:
            answer = self.client.send(operation.method, operation.path, operation.body, operation.version)
        except LostAnswerError:
            return Outcome(AGAIN, operation.change.status, "The answer was lost", "portal_answer_lost")
        except ZorgidError as error:
            self.fatal = error
            return stopped(error)
        detail = None if answer.status < 400 else parsed(answer.body)
        return outcome_of(operation, answer.status, detail)

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
        if self.fatal is not None:
            return [stopped(self.fatal)] * len(part)
        head = f'{{"schemas":["{BULK}"],"Operations":['.encode()
        body = head + b",".join([item.in_bulk(number) for number, item in enumerate(part)]) + b"]}"
        try:
            answer = self.client.send("POST", "/Bulk", body)
            if answer.status == 413 and len(part) > 1:  # the advertised limits were too high
                middle = len(part) // 2
                return self._batch(part[:middle]) + self._batch(part[middle:])
            if answer.status == 501:
                return [self._single(item) for item in part]
            if answer.status >= 400:
                outcome = outcome_of(part[0], answer.status, parsed(answer.body))
                return [outcome] * len(part)
            answered = answer.json().get("Operations") or []
        except LostAnswerError:
            return [Outcome(AGAIN, item.change.status, "The answer was lost", "portal_answer_lost") for item in part]
        except ZorgidError as error:
            self.fatal = error
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
