# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents signed by the collection in the eyes of .NET's SignedXml, where PowerShell is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import ALGORITHMS, sign
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:a">\n  <b c="1">Zorg &amp; één</b>\n</a>\n'.encode()


def pwsh() -> str:
    found = shutil.which(os.environ.get("ZORGID_PWSH") or "pwsh")
    if found is None:
        pytest.skip("PowerShell is not installed, so .NET did not judge (see sandbox/README.md for how to get it)")
    return found


def test_dotnet_accepts_what_is_signed_and_refuses_what_is_forged(tmp_path: Path) -> None:
    program = pwsh()
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "delinde.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(30))
    certificate = builder.sign(key, hashes.SHA256())
    files: dict[str, str] = {}

    def write(name: str, document: bytes, expected: str) -> None:
        (tmp_path / name).write_bytes(document)
        files[name] = expected

    for algorithm in ALGORITHMS:
        for xades in (False, True):
            made = sign(DOCUMENT, key, certificate, algorithm=algorithm, xades=xades)
            # .NET knows no RSASSA-PSS in XML signatures: a receiver on .NET cannot verify such a document.
            expected = "could not be created" if "pss" in algorithm else "valid"
            write(f"{algorithm}-{'xades' if xades else 'plain'}.xml", made, expected)
            if expected == "valid":
                write(f"{algorithm}-{xades}-text.xml", made.replace(b"Zorg", b"zorg"), "forged")
                write(f"{algorithm}-{xades}-attribute.xml", made.replace(b'c="1"', b'c="2"'), "forged")
                value = made.partition(b"SignatureValue>")[2]
                other = b"B" if value[10:11] == b"A" else b"A"
                at = made.index(value) + 10
                write(f"{algorithm}-{xades}-value.xml", made[:at] + other + made[at + 1 :], "forged")
    done = subprocess.run(
        [program, "-NoProfile", "-NonInteractive", "-File", str(Path(__file__).parent / "verify.ps1"), *files],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    reported = dict(zip(files, done.stdout.splitlines(), strict=True))
    wrong = {name: (files[name], line) for name, line in reported.items() if files[name] not in line}
    assert wrong == {}
    assert list(reported.values()).count("valid") == 6
