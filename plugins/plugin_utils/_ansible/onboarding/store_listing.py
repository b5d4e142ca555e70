# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists a Windows certificate store once for all organisations of a run whose certificate is in it.

The written listing has public certificates, what Windows says of their keys, and their URA numbers; no secrets. A host
that does not answer is recorded too, so that the run waits only once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.ura import same_ura
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._uzi.certificate import is_authority, parse_certificate
from ....module_utils._uzi.files import StoreEntry
from ....module_utils._uzi.store import Sign, StorePlace, store_entries
from ....module_utils._uzi.store_answers import ListedCertificate
from ..action import ZorgidAction
from ..windows_store import WindowsStore
from .shared import OncePerRun
from .windows_hosts import is_own, on_host


@dataclass(frozen=True)
class StoreListing:
    """``uras``: the URA number of each certificate, in the same order."""

    store: str
    listed: Sequence[ListedCertificate]
    uras: Sequence[str | None]
    authorities: Sequence[bytes]

    def entries(self, ura: str, sign: Sign) -> list[StoreEntry]:
        """The entries of one organisation, because a store may have two hundred and to parse each takes time. If none
        has this URA number, all are returned: one without a number may be the right one, and messages depend on all of
        them."""
        mine = [one for one, whose in zip(self.listed, self.uras, strict=True) if same_ura(whose, ura)]
        return store_entries(mine, self.authorities, self.store, sign) or store_entries(
            self.listed, self.authorities, self.store, sign
        )


def key_of(action: ZorgidAction, place: StorePlace, host: str) -> dict[str, Any]:
    """The key that identifies a store in a run."""
    return {
        "certificates": host,
        # The organisation's own task may have more variables than the inventory: those of play and role.
        "own": is_own(action, host),
        "store_name": place.name,
        "store_location": place.location,
    }


def listing(action: ZorgidAction, place: StorePlace, host: str, shared: OncePerRun) -> StoreListing:
    """Errors: those of ``on_host`` and ``WindowsStore``, as the process that read the store got them."""
    answer = shared.get(key_of(action, place, host), lambda: _read(action, place, host))
    if "trouble" in answer:
        raise error_of(answer["trouble"])
    return StoreListing(
        answer["store"],
        [ListedCertificate(**{**one, "der": base64.b64decode(one["der"])}) for one in answer["listed"]],
        answer["uras"],
        [base64.b64decode(one) for one in answer["authorities"]],
    )


def error_of(values: Mapping[str, Any]) -> ZorgidError:
    """The error of a written trouble, as the first process got it."""
    trouble = Trouble(**values)
    return ZorgidError(
        trouble.code,
        trouble.message,
        expected=trouble.expected or None,
        found=trouble.found or None,
        action=trouble.action or None,
    )


def _read(action: ZorgidAction, place: StorePlace, host: str) -> dict[str, Any]:
    try:
        with on_host(action, host) as there:
            found, authorities = WindowsStore(there, place).listed()
    except ZorgidError as error:
        return {"trouble": vars(Trouble.of(error))}
    pairs = [(one, _whose(one)) for one in found]
    kept = [(one, ura) for one, (certificate, ura) in pairs if certificate]
    return {
        "store": str(place),
        "listed": [{**vars(one), "der": base64.b64encode(one.der).decode()} for one, _ura in kept],
        "uras": [ura for _one, ura in kept],
        "authorities": [base64.b64encode(one).decode() for one in authorities],
    }


def _whose(one: ListedCertificate) -> tuple[bool, str | None]:
    """Whether it can be an organisation's certificate, and the URA number in it."""
    try:
        parsed = parse_certificate(one.der)
    except ZorgidError:
        return False, None
    return not is_authority(parsed.x509), parsed.ura
