# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a mail's DKIM signature (RFC 6376) with dkimpy: does it prove the sender?"""

from __future__ import annotations

from collections.abc import Callable

from .._common.libraries import needs
from .domains import aligned
from .headers import Fields, values

with needs("dkimpy>=1.1"):
    import dkim

MOST_SIGNATURES = 5


def proves(fields: Fields, raw: bytes, domain: str, dns: Callable[..., bytes | None] | None) -> bool:
    # A signature covers the lowest header field of a name, mail programs show the topmost: with several, nothing is
    # proven.
    if any(len(values(fields, name)) > 1 for name in ("from", "subject", "content-type", "content-transfer-encoding")):
        return False
    count = min(len(values(fields, "dkim-signature")), MOST_SIGNATURES)
    return any(_signature(raw, index, domain, dns) for index in range(count))


def _signature(raw: bytes, index: int, domain: str, dns: Callable[..., bytes | None] | None) -> bool:
    try:
        made = dkim.DKIM(raw)
        good = made.verify(idx=index, **({} if dns is None else {"dnsfunc": dns}))
        tags = made.signature_fields
        named = {one.strip().lower() for one in tags.get(b"h", b"").split(b":")}
        # With l= somebody may have added text at the end; if the signature leaves the subject out, that may be forged.
        whole = b"l" not in tags and {b"from", b"subject"} <= named
        return bool(good) and whole and aligned((made.domain or b"").decode("ascii", "replace").lower(), domain)
    except Exception:  # noqa: BLE001 - dkimpy lets many kinds of errors through on malformed mail; all mean "not proven"
        return False
