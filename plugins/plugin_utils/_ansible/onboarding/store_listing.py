# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One listing of a Windows certificate store, for every organisation of a run whose certificate lives there.

What is written down are public certificates, what Windows says of their keys, and whose each is; no secret. A host that
does not answer is written down too: it costs the run one wait.
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
    """``uras``: whose each certificate is, in the same order."""

    store: str
    listed: Sequence[ListedCertificate]
    uras: Sequence[str | None]
    authorities: Sequence[bytes]

    def entries(self, ura: str, sign: Sign) -> list[StoreEntry]:
        """Those of one organisation: a store may hold two hundred, and reading each takes its time. Where none names
        this URA number, one that names none may be meant, and what is said depends on all of them."""
        mine = [one for one, whose in zip(self.listed, self.uras, strict=True) if same_ura(whose, ura)]
        return store_entries(mine, self.authorities, self.store, sign) or store_entries(
            self.listed, self.authorities, self.store, sign
        )


def key_of(action: ZorgidAction, place: StorePlace, host: str) -> dict[str, Any]:
    """What tells one store of a run from another."""
    return {
        "certificates": host,
        # Its own variables may say more than the inventory does: those of its play and role.
        "own": is_own(action, host),
        "store_name": place.name,
        "store_location": place.location,
    }


def listing(action: ZorgidAction, place: StorePlace, host: str, shared: OncePerRun) -> StoreListing:
    """Errors: those of ``on_host`` and ``WindowsStore``, as whoever read them was told."""
    told = shared.get(key_of(action, place, host), lambda: _read(action, place, host))
    if "trouble" in told:
        raise error_of(told["trouble"])
    return StoreListing(
        told["store"],
        [ListedCertificate(**{**one, "der": base64.b64decode(one["der"])}) for one in told["listed"]],
        told["uras"],
        [base64.b64decode(one) for one in told["authorities"]],
    )


def error_of(told: Mapping[str, Any]) -> ZorgidError:
    """What a Trouble that was written down says, as whoever met it was told."""
    trouble = Trouble(**told)
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
    """Whether it is a certificate that could be anybody's here, and the URA number in it."""
    try:
        parsed = parse_certificate(one.der)
    except ZorgidError:
        return False, None
    return not is_authority(parsed.x509), parsed.ura
