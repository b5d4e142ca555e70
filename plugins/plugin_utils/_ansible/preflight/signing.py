# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the lines about certificates: the signer, and the challenge for keys in a Windows store."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.libraries import needs
from ....module_utils._common.ura import Ura, is_ura
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._uzi.certificate import parse_certificate
from ....module_utils._uzi.keys import CHALLENGE_PREFIX, not_possessed
from ....module_utils._uzi.signer import WantedSigner
from ....module_utils._uzi.store import ToSign
from ....module_utils._uzi.store_answers import ListedCertificate
from .. import make_document
from ..onboarding import arguments
from ..onboarding.store_listing import StoreListing, error_of, key_of, listing
from ..onboarding.variables import ORGANISATION
from ..onboarding.windows_hosts import on_host
from ..windows_store import WindowsStore
from .looking import Looking, folder_of

with needs("cryptography>=44"):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

_SIGNS = ("exportable", "not_exportable")


def wanted(looking: Looking) -> WantedSigner:
    """The signer of ``organisation_document``, but without storing CRLs. Errors: ``options_invalid``,
    ``ura_invalid``."""
    signer = make_document.signer_of(
        looking.options("organisation_document", arguments.organisation_document(looking.given))
    )
    return dataclasses.replace(
        signer, trust=dataclasses.replace(signer.trust, cache_dir=folder_of(looking.action) / "crl")
    )


def store_of(looking: Looking, signer: WantedSigner) -> StoreListing:
    """Listed once per run. Errors: those of ``listing``."""
    return listing(looking.action, signer.source.store, looking.given["certificate_host"], looking.shared)


def prove(looking: Looking, signer: WantedSigner, thumbprint: str) -> None:
    """Check over the connection that this key signs: the first organisation does so for all, fifty in each call.

    ``thumbprint``: SHA-1, as Windows names it. Errors: those of the store, ``key_mismatch``, ``key_inaccessible``.
    """
    place = key_of(looking.action, signer.source.store, looking.given["certificate_host"])
    troubles = looking.shared.get({"proven": place}, lambda: _proven(looking, signer, _uras(looking)))
    if thumbprint not in troubles and "" not in troubles:
        # For an organisation whose URA number is not plain text in the inventory.
        troubles = looking.shared.get(
            {"proven": place, "alone": thumbprint}, lambda: _proven(looking, signer, {_padded(looking.ura)})
        )
    trouble = troubles.get(thumbprint) or troubles.get("")
    if trouble:
        raise error_of(trouble)
    if thumbprint not in troubles:
        raise not_possessed()


def _proven(looking: Looking, signer: WantedSigner, uras: set[str]) -> dict[str, Mapping[str, Any]]:
    """Thumbprint -> trouble; empty if the key signed. The key ``""`` has the reason if the host signed nothing."""
    there = store_of(looking, signer)
    mine = [
        one
        for one, ura in zip(there.listed, there.uras, strict=True)
        if one.state in _SIGNS and ura and _padded(ura) in uras and _lasts(one, looking)
    ]
    challenges = [CHALLENGE_PREFIX + os.urandom(32) for _one in mine]
    if not mine:
        return {}
    try:
        with on_host(looking.action, looking.given["certificate_host"]) as host:
            answers = WindowsStore(host, signer.source.store).sign(
                [ToSign(_sha1(one), data) for one, data in zip(mine, challenges, strict=True)]
            )
    except ZorgidError as error:
        return {"": vars(Trouble.of(error))}
    asked = zip(mine, challenges, answers, strict=True)
    return {_sha1(one): _verified(one, challenge, answer) for one, challenge, answer in asked}


def _verified(one: ListedCertificate, challenge: bytes, answer: bytes | ZorgidError) -> dict[str, Any]:
    if isinstance(answer, ZorgidError):
        return vars(Trouble.of(answer))
    public = parse_certificate(one.der).x509.public_key()
    try:
        if not isinstance(public, rsa.RSAPublicKey):
            return vars(Trouble.of(not_possessed()))
        public.verify(answer, challenge, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return vars(Trouble.of(not_possessed()))
    return {}


def _lasts(one: ListedCertificate, looking: Looking) -> bool:
    return parse_certificate(one.der).not_after > looking.now


def _sha1(one: ListedCertificate) -> str:
    return parse_certificate(one.der).thumbprint_sha1


def _uras(looking: Looking) -> set[str]:
    """The URA numbers of the play's organisations that are plain text in the inventory, and this one's."""
    found = {_padded(looking.ura)}
    hostvars = looking.action.task_vars["hostvars"]
    for host in looking.action.task_vars["ansible_play_hosts_all"]:
        organisation = hostvars.raw_get(host).get(ORGANISATION)
        ura = organisation.get("ura") if isinstance(organisation, Mapping) else None
        if isinstance(ura, str) and is_ura(ura):
            found.add(_padded(ura))
    return found


def _padded(ura: str) -> str:
    return Ura.of(ura).text.zfill(8)
