# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of the driver ``browser``, in the dossier: a submission for each change, with its claim.

``intended`` claims the change and says that it is being sent, in one transaction. A process that ends after it may have
changed something: the account stays unproven until a reading shows the change or a person says that it was not made.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError

if TYPE_CHECKING:
    from .._dossier.model import DossierChange, Submission
    from .._dossier.store import DossierStore
    from .._portal.access import PortalAccess

ACCOUNT, SESSION = "portal_account", "portal_session"
_EXTERNAL_ID = "external_id"
#: seconds after which the lock is taken again; the dossier's claims last 15 minutes for other controllers
_RENEWED = 300


class PortalJournal:
    """A ``Journal``. A dossier that is opened to read only writes nothing."""

    def __init__(self, store: DossierStore, ura: str) -> None:
        self._store, self._ura = store, ura
        self._claims: dict[str, Submission] = {}
        self._locked = 0.0
        self._known: Mapping[str, str] = {}

    @contextmanager
    def lock(self) -> Iterator[None]:
        if self._store.read_only:
            yield
            return
        claimed = self._lock()
        try:
            yield
        finally:
            self._locked = 0.0
            self._store.release(claimed)

    def keyed(self, text: str) -> str:
        digest = self._store.observations.keyed(self._ura, _EXTERNAL_ID, text.encode())
        if digest is None:
            raise ZorgidError(
                "dossier_key_missing",
                "The driver browser needs the dossier's key, because a digest without a key can be guessed",
                expected="dossier_key",
                found="none",
                action="give dossier_key from your vault",
            )
        return digest

    def unproven(self) -> Mapping[str, str]:
        self._known = {account: goal for account, goal, _one in self._open()}
        return self._known

    def intended(self, account: str, goal: str) -> None:
        if account in self._known or account in self._claims:
            raise unproven_change()
        if time.monotonic() - self._locked > _RENEWED:
            self._lock()
        claimed = self._store.claim_sending(self._ura, ACCOUNT, f"{account} {goal}")
        if claimed.state != "intended":
            raise unproven_change()
        self._claims[account] = claimed

    def not_made(self, account: str) -> None:
        self._store.release(self._claims.pop(account))

    def proven(self, evidence: Mapping[str, Mapping[str, Any]]) -> None:
        if self._store.read_only or not evidence:
            return
        # Of a change of this run it is known which one; others are looked up, among all of the organisation.
        own = {account: self._claims.pop(account) for account in evidence if account in self._claims}
        those = list(own.items())
        if len(own) < len(evidence):
            those += [(account, one) for account, _goal, one in self._open() if account in evidence.keys() - own.keys()]
        self._store.mark_each_done([(one, {"change": _kind(one), **evidence[account]}) for account, one in those])

    def _open(self) -> Iterator[tuple[str, str, Submission]]:
        for one in self._store.read(self._ura).submissions:
            if one.kind == ACCOUNT and one.state == "sending":
                account, _blank, goal = one.digest.partition(" ")
                yield account, goal, one

    def _lock(self) -> Submission:
        claimed = self._store.claim(self._ura, SESSION, SESSION, per_digest=True)
        if claimed.state != "intended":
            raise ZorgidError(
                "portal_session_elsewhere",
                f"Another run works in the portal of {self._ura}; nothing was changed",
                expected="one run at a time for each organisation",
                found="another run that has not ended",
                action="wait until it has ended; after an interrupted run on another controller, wait 15 minutes",
            )
        self._locked = time.monotonic()
        return claimed


def _kind(one: Submission) -> str:
    goal = one.digest.partition(" ")[2]
    return re.split("[: ]", goal)[0]


def journal_of(store: DossierStore | None, portal: PortalAccess) -> PortalJournal | None:
    """The journal for a portal whose driver has one; None for others."""
    return PortalJournal(store, portal.ura.digits) if store is not None and portal.acts_as == "browser" else None


def said_not_made(store: DossierStore, ura: str, external_id: str, *, by: str) -> DossierChange:
    """A person looked in the portal: the unproven change of this account was not made, so it may be made again.

    Errors: ``submission_unknown``, ``submission_not_uncertain``, ``submission_elsewhere``."""
    account = PortalJournal(store, ura).keyed(external_id)
    rows = [one for one in store.read(ura).submissions if one.kind == ACCOUNT and one.digest.startswith(f"{account} ")]
    unproven = [one for one in rows if one.state == "sending"]
    if not rows:
        raise ZorgidError(
            "submission_unknown",
            "The dossier has no change of this account",
            expected="the number of an account with an unproven change",
            found="no change of that number for this organisation",
            action="type the number as the list of the session shows it, and check -l",
        )
    last = (unproven or rows)[-1]
    if last.state == "done":
        who = "a person has recorded" if "resolved" in last.evidence else "a reading of the portal has shown"
        raise ZorgidError(
            "submission_not_uncertain",
            f"Nothing is to be recorded: {who} that the change of this account was made",
            expected="an account with an unproven change",
            found="none that is unproven",
            action="go on without not_done; the next session reads the portal and makes what is missing",
        )
    return store.resolve(ura, ACCOUNT, arrived=False, by=by, digest=last.digest)


def unproven_change() -> ZorgidError:
    return ZorgidError(
        "account_unproven",
        "An earlier run may have made a change of this account, and the portal does not show it",
        expected="a reading that shows the change, or the statement of a person who looked",
        found="neither",
        action="look in the portal; if it was not made, type gbz.zorgid.portal_login with -e not_done=NUMBER",
    )
