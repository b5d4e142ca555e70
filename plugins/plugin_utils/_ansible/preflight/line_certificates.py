# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line certificates: they are found and checked, and the key signs a challenge; in a Windows store over the
connection.

A refused PIN is not tried again in this run, for any organisation, because a token locks itself after several attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight.certificates import several, warnings
from ....module_utils._preflight.finding import Finding, Standing
from ....module_utils._preflight.inventory import file_missing
from ....module_utils._uzi.selection import fitting, judge_entry
from ....module_utils._uzi.signer import WantedSigner
from ..onboarding import uzi_look
from ..onboarding.channel import channel
from ..onboarding.shared import OncePerRun
from ..onboarding.signing_together import SharedStore
from ..onboarding.variables import PREFIX
from . import line_bundle, signing
from .looking import Looking

LINE = "certificates"


def look(looking: Looking) -> Iterator[Finding]:
    signer = signing.wanted(looking)
    if signer.source.source == "windows" and _windows_stopped(looking, signer):
        yield Finding.waits(LINE, "not looked at, because the Windows host is stopped (see windows)")
        return
    bundle = {one.trouble.code for one in line_bundle.of(looking) if one.trouble}
    if "trust_bundle_missing" in bundle:
        yield Finding.waits(LINE, "not looked at, because there are no authorities (see trust bundle)")
        return
    looked = _of_token(looking, signer) if signer.source.source == "pkcs11" else _found(looking, signer)
    yield from of_other_bundle(looked) if "trust_bundle_other_environment" in bundle else looked


def of_other_bundle(found: Iterable[Finding]) -> Iterator[Finding]:
    """What follows from a bundle of another environment is no second thing to do."""
    for one in found:
        if one.trouble and one.trouble.code == "certificate_untrusted":
            yield Finding.waits(LINE, "not judged, because these authorities are others (see trust bundle)")
        else:
            yield one


def _windows_stopped(looking: Looking, signer: WantedSigner) -> bool:
    try:
        signing.store_of(looking, signer)
    except ZorgidError:
        return True
    return False


def _of_token(looking: Looking, signer: WantedSigner) -> Iterator[Finding]:
    token = signer.source.token
    named = channel(looking.shared, "token", token.module, token.token)
    pin = channel(looking.shared, "pin", token.pin)
    yield from tried_once(looking.shared, named, pin, lambda: list(_found(looking, signer)))


def tried_once(shared: OncePerRun, token: str, pin: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """One process at a time. After a refused PIN, no PIN is tried again. A PIN that differs from the accepted one is
    wrong: a token has one PIN, and a logged-in process would not be asked again.

    ``token`` and ``pin``: digests that name them."""
    key = {"token": token}
    with shared.alone(key):
        attempt: Any = shared.find(key) or {}
        refused = attempt.get("refused")
        if refused and attempt["pin"] != pin:
            return [Finding.waits(LINE, "not tried, because the token refused a PIN in this run")]
        if refused:
            return [Finding.stop(LINE, Trouble(**refused))]
        if attempt and attempt["pin"] != pin:
            return [Finding.stop(LINE, _other_pin())]
        found = look()
        wrong = next((one.trouble for one in found if one.trouble and one.trouble.code == "pkcs11_pin_wrong"), None)
        if wrong or any(one.standing is Standing.OK for one in found):
            shared.put(key, {"pin": pin, "refused": vars(wrong) if wrong else None})
    return found


def _other_pin() -> Trouble:
    return Trouble(
        "pkcs11_pin_wrong",
        "The PIN is another one than the token accepted in this run",
        "the PIN of this token, the same for all whose key is on it",
        "another one, which was not tried",
        "correct pkcs11_pin in zorgid_onboarding_certificate",
    )


def _found(looking: Looking, signer: WantedSigner) -> Iterator[Finding]:
    if lacking := list(_lacking(signer)):
        yield from lacking
        return
    host = looking.given["certificate_host"]
    seen = uzi_look.certificate(looking.action, signer, host=host, shared=looking.shared)
    if seen.certificate.trouble or seen.chosen is None or seen.certificate.value is None:
        yield Finding.stop(LINE, seen.certificate.trouble or _nothing())
        return
    chosen = seen.chosen
    if signer.source.source == "windows":
        signing.prove(looking, signer, chosen.entry.certificate.thumbprint_sha1)
    elif (key := uzi_look.key(signer.source, seen)).trouble:
        yield Finding.stop(LINE, key.trouble)
        return
    yield Finding.ok(LINE, days=(seen.certificate.value.not_after - looking.now).days)
    yield from warnings(chosen.judgement)
    if chosen.reason.startswith("of "):
        yield from _several(looking, signer, seen)


def _lacking(signer: WantedSigner) -> Iterator[Finding]:
    """Shows the absolute path, because a relative path depends on the working folder."""
    source = signer.source
    if source.source != "file":
        return
    for name, path in (("certificate_path", source.certificate_path), ("key_path", source.key_path)):
        named = f"{PREFIX}certificate.{name}"
        if path and (one := file_missing(LINE, named, Path(path).expanduser().absolute())):
            yield one


def _several(looking: Looking, signer: WantedSigner, seen: uzi_look.CertificateLook) -> Iterator[Finding]:
    """Lists the usable certificates, because the observation has only the one in use."""
    judge, source = seen.judge, signer.source
    if judge is None or seen.chosen is None:
        return
    host = looking.given["certificate_host"]
    store = SharedStore(looking.action, source.store, host, looking.shared, signer.ura, lambda together: together.later)
    fit = fitting(source.entries(store), ura=signer.ura, thumbprint=source.thumbprint)
    usable = [one.certificate for one in fit if judge_entry(judge, one, signer.organisation_name).usable]
    yield several(usable, seen.chosen.entry.certificate)


def _nothing() -> Trouble:
    return Trouble(
        "certificate_not_found",
        "No certificate matches the inventory",
        action="install the certificate, or correct its place",
    )
