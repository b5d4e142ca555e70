# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents of several organisations whose keys live on one Windows host, with one call per fifty signatures.

A call to Windows takes seconds whatever it does. Each document is made up to the point where its key is asked; the host
is asked for all of them together; then each is finished, verified and written by itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from queue import Queue
from typing import TypeVar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.ura import Ura
from ....module_utils._document.content import check_organisation
from ....module_utils._dossier.store import DossierStore
from ....module_utils._uzi.judge import Judge
from ....module_utils._uzi.selection import check_thumbprint
from ..action import Options, Result, ZorgidAction, file_inaccessible
from ..document import Making
from ..document_state import check_combination
from ..opening import open_dossier
from ..options import trust
from ..recorded import Recorded
from ..signing import Signer, chain_of, choose, judge_from
from ..windows_store import MOST_AT_ONCE, ToSign, WindowsStore
from .shared import OncePerRun
from .store_listing import listing
from .windows_hosts import on_host

T = TypeVar("T")
Outcome = Result | ZorgidError


def sign_many(action: ZorgidAction, asked: Sequence[Options], *, host: str, shared: OncePerRun) -> list[Outcome]:
    """For each of ``asked`` (options of ``organisation_document``, source windows) its result, or why there is none.

    What stands there and is right is left as it is, as that action does; check mode signs nothing. What one document
    lacks is no other one's trouble.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for number, options in enumerate(asked):
        places.setdefault((options["store_name"], options["store_location"]), []).append(number)
    outcomes: dict[int, Outcome] = {}
    with ExitStack() as stack:
        common = _Common(action, host, shared, stack)
        for numbers in places.values():
            for at in range(0, len(numbers), MOST_AT_ONCE):
                some = {number: asked[number] for number in numbers[at : at + MOST_AT_ONCE]}
                outcomes |= _in_one_call(common, some)
    return [outcomes[number] for number in range(len(asked))]


def _in_one_call(common: _Common, some: Mapping[int, Options]) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    waiting: list[tuple[int, _Started, ToSign]] = []
    for number, options in some.items():
        started = _told(partial(_Started, common, options))
        if isinstance(started, ZorgidError):
            outcomes[number] = started
        elif started.asks is None:
            outcomes[number] = _told(started.leave)
        else:
            waiting.append((number, started, started.asks))

    def call() -> Sequence[bytes | ZorgidError]:
        with on_host(common.action, common.host) as there:
            # They are all in one store.
            return WindowsStore(there, next(iter(some.values()))).sign([asks for *_unused, asks in waiting])

    answers = _told(call) if waiting else []
    each = [answers] * len(waiting) if isinstance(answers, ZorgidError) else answers
    for (number, started, _asks), answer in zip(waiting, each, strict=True):
        outcomes[number] = _told(partial(started.finish, answer))
    return outcomes


class _Common:
    """What the organisations of one call share: dossiers, judges, the listing."""

    def __init__(self, action: ZorgidAction, host: str, shared: OncePerRun, stack: ExitStack) -> None:
        self.action, self.host, self.shared = action, host, shared
        self._stack = stack
        self._dossiers: dict[str, DossierStore] = {}
        self._judges: dict[str, Judge] = {}

    def dossier(self, options: Options) -> DossierStore | None:
        if not options["dossier_url"]:
            return None
        names = ("dossier_url", "environment", "dossier_tenant", "dossier_key", "dossier_head_path")
        key = json.dumps([options[name] for name in names])
        if key not in self._dossiers:
            opened = open_dossier(options, read_only=self.action.check_mode)
            self._dossiers[key] = self._stack.enter_context(opened)
        return self._dossiers[key]

    def judge(self, options: Options) -> Judge:
        key = json.dumps([options[name] for name in trust.OPTIONS])
        if key not in self._judges:
            self._judges[key] = judge_from(options)
        return self._judges[key]


class _Started:
    """One document, made as far as it goes without its key. ``asks``: what the key has to sign; None: nothing.

    signxml asks the key in the middle of its work, and what it has made until then (a time, an identifier) it would not
    make again. So it works in a thread that waits there; only one of all threads works at a time.
    """

    def __init__(self, common: _Common, options: Options) -> None:
        self._questions: Queue[ToSign | bytes | Exception] = Queue()
        self._answers: Queue[bytes | ZorgidError] = Queue()
        self.asks: ToSign | None = None
        check_combination(options)
        check_thumbprint(options["thumbprint"])
        organisation = check_organisation(options["organisation"])
        store, judge = common.dossier(options), common.judge(options)
        there = listing(common.action, options, common.host, common.shared)
        ura = Ura.of(organisation.ura).text
        found = there.entries(ura, self._ask) or there.entries(sign=self._ask)
        chosen = choose(judge, found, options, ura, organisation.name)
        entry = chosen.entry
        if entry.private_key is None:
            raise TypeError("a certificate of a store was chosen that cannot sign")
        signer = Signer(entry.private_key, entry.certificate.x509, chain_of(chosen), chosen.judgement, entry)
        self._making = Making(common.action, options, organisation, judge, signer, store, Recorded(store, ura, None))
        if self._making.state.stands or common.action.check_mode:
            return
        threading.Thread(target=self._work, daemon=True).start()
        self.asks = self._next(ToSign)

    def leave(self) -> Result:
        return self._making.leave()

    def finish(self, answer: bytes | ZorgidError) -> Result:
        """``answer``: the signature, or why there is none; the document is verified before it is written."""
        self._answers.put(answer)
        return self._making.write(self._next(bytes))

    def _next(self, kind: type[T]) -> T:
        """What the thread comes to next. It asks its key once, and then it has a document."""
        found = self._questions.get()
        if isinstance(found, Exception):
            raise found
        if not isinstance(found, kind):
            raise TypeError("signing did not ask its key exactly once")
        return found

    def _work(self) -> None:
        try:
            self._questions.put(self._making.signed())
        except Exception as error:  # noqa: BLE001 - told by whoever waits for it, in its own thread
            self._questions.put(error)

    def _ask(self, thumbprint: str, data: bytes, hash_name: str, padding: str) -> bytes:
        self._questions.put(ToSign(thumbprint, data, hash_name, padding))
        answer = self._answers.get()
        if isinstance(answer, ZorgidError):
            raise answer
        return answer


def _told(work: Callable[[], T]) -> T | ZorgidError:
    try:
        return work()
    except ZorgidError as error:
        return error
    except OSError as error:
        return file_inaccessible(error)
