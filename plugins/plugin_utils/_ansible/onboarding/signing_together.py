# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the signatures that a run needs from one store of one Windows host: fifty in each call.

Every call to Windows takes seconds. So each organisation writes down during its observation what it will have signed.
Of the organisations that sign by the plan, the first one asks the host for all signatures; the others read theirs. Only
thumbprint, SignedInfo and algorithm are written down and sent to the host. The document stays in its organisation's
process, which also verifies the signature with its own certificate.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._uzi.files import StoreEntry
from ....module_utils._uzi.store import Sign, StorePlace, ToSign
from ..action import ZorgidAction
from ..windows_store import MOST_AT_ONCE, WindowsStore
from .shared import OncePerRun
from .store_listing import error_of, key_of, listing
from .windows_hosts import on_host

Asked = Mapping[str, str]


class SignedLaterError(Exception):
    """Raised instead of a signature: the data are written down for later."""


class SigningTogether:
    """One organisation's access to the keys in one store of a Windows host."""

    def __init__(self, action: ZorgidAction, place: StorePlace, host: str, shared: OncePerRun) -> None:
        self._action, self._place, self._host, self._shared = action, place, host, shared
        self._key = key_of(action, place, host)
        self._me = str(action.task_vars["inventory_hostname"])

    def later(self, thumbprint: str, data: bytes, hash_name: str, padding: str) -> NoReturn:
        """Write down what will be signed. Always raises SignedLaterError."""
        self._ask(thumbprint, data, hash_name, padding)
        raise SignedLaterError

    def sign(self, signers: Sequence[str], thumbprint: str, data: bytes, hash_name: str, padding: str) -> bytes:
        """The signature. ``signers``: inventory names of all organisations that sign in this run by its plan.

        Errors: the host's refusal of this signature, or the failure of a call to this store, which holds for the whole
        run.
        """
        mine = self._ask(thumbprint, data, hash_name, padding)
        with self._shared.alone({"signing": self._key}):
            answer = self._answer_for(mine)
            if answer is None:
                self._call([mine, *self._others(signers, mine)][:MOST_AT_ONCE])
                answer = self._answer_for(mine)
        if "trouble" in answer:
            raise error_of(answer["trouble"])
        return base64.b64decode(answer["signature"])

    def _ask(self, thumbprint: str, data: bytes, hash_name: str, padding: str) -> Asked:
        encoded = base64.b64encode(data).decode()
        asked = {"thumbprint": thumbprint, "data": encoded, "hash_name": hash_name, "padding": padding}
        self._shared.put(self._asked_by(self._me), asked)
        return asked

    def _others(self, signers: Sequence[str], mine: Asked) -> Iterator[Asked]:
        for one in signers:
            asked = self._shared.find(self._asked_by(one)) if one != self._me else None
            if asked and asked != mine and self._answer_for(asked) is None:
                yield asked

    def _call(self, group: Sequence[Asked]) -> None:
        try:
            with on_host(self._action, self._host) as there:
                answers = WindowsStore(there, self._place).sign([_to_sign(one) for one in group])
        except ZorgidError as error:
            # The run waits only once for a host that does not answer.
            self._shared.put(self._failed, {"trouble": vars(Trouble.of(error))})
            return
        for asked, answer in zip(group, answers, strict=True):
            written = (
                {"trouble": vars(Trouble.of(answer))}
                if isinstance(answer, ZorgidError)
                else {"signature": base64.b64encode(answer).decode()}
            )
            self._shared.put(self._answer_to(asked), written)

    def _answer_for(self, asked: Asked) -> Any:
        return self._shared.find(self._answer_to(asked)) or self._shared.find(self._failed)

    def _asked_by(self, host: str) -> dict[str, Any]:
        return {"to_sign_for": host, "place": self._key}

    def _answer_to(self, asked: Asked) -> dict[str, Any]:
        """The key contains all signed data, so a document that changed since finds no answer and is signed again."""
        return {"signed": asked, "place": self._key}

    @property
    def _failed(self) -> dict[str, Any]:
        return {"signing_failed": self._key}


class SharedStore:
    """One organisation's certificates in a Windows store that the run lists once: a ``ListedStore``. The host is not
    asked before the first ``list``. ``sign``: ``later`` or ``sign`` of ``SigningTogether``."""

    def __init__(
        self,
        action: ZorgidAction,
        place: StorePlace,
        host: str,
        shared: OncePerRun,
        ura: str,
        sign: Callable[[SigningTogether], Sign],
    ) -> None:
        self._where = action, place, host, shared
        self._ura, self._sign = ura, sign

    def list(self) -> list[StoreEntry]:
        """Errors: those of ``listing``."""
        return listing(*self._where).entries(self._ura, self._sign(SigningTogether(*self._where)))


def _to_sign(asked: Asked) -> ToSign:
    return ToSign(asked["thumbprint"], base64.b64decode(asked["data"]), asked["hash_name"], asked["padding"])
