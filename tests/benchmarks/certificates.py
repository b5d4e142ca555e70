# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: read, and judged with path and revocation; a key loaded.

The bars (one core): 2,000 certificates read in a second, 200 read and judged, with CRLs at hand, in a second, of
either hierarchy.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.keyfiles import load_private_key
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    CHAINS,
    Pki,
    der,
    hierarchy,
    uzi_name,
)
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

BARS = {"read": 2000.0, "judged_g1": 200.0, "judged_g4": 200.0}


def rate(act: Callable[[], None], count: int, rounds: int = 3) -> float:
    """How many a second, on one core; the best of the rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        act()
        best = min(best, time.process_time() - began)
    return count / best


def measure(count: int = 200) -> dict[str, float]:
    """Certificates a second, and milliseconds to load a 4096-bit key."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = rsa.generate_private_key(65537, 4096)
        pki = Pki(*(hierarchy(CHAINS[one], pss=one == "g4") for one in ("g1", "g4")), key, key, folder)
        files, crls = pki.files(folder), pki.crls(folder)
        for one in ("g1", "g4"):
            issuing, public = getattr(pki, one).issuing, key.public_key()
            ders = [der(issuing.issue(public, [uzi_name(f"{90000000 + number}")])) for number in range(count)]

            def read(given: list[bytes] = ders) -> None:
                for data in given:
                    parse_certificate(data)

            def judge(given: list[bytes] = ders) -> None:
                judging = Judge(**files, crls=crls, revocation="require")
                usable = [judging.judge(parse_certificate(data)).usable for data in given]
                if not all(usable):
                    raise RuntimeError("a good certificate was refused")

            figures["read"] = min(rate(read, count), figures.get("read", float("inf")))
            figures[f"judged_{one}"] = rate(judge, count)
        path = folder / "key.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        figures["load_key_ms"] = 1000 / rate(lambda: load_private_key(path) and None, 1, rounds=5)
    return figures


def main() -> int:
    figures = measure()
    print(
        "certificates: {read:.0f}/s read; {judged_g1:.0f}/s (G1) and {judged_g4:.0f}/s (G4, PSS) read and judged with "
        "path and CRLs; an RSA-4096 key loaded in {load_key_ms:.1f} ms".format(**figures)
    )
    missed = [f"{name} below {bar:.0f}/s" for name, bar in BARS.items() if figures[name] < bar]
    print("\n".join(missed), end="\n" if missed else "")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
