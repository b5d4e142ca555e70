# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a test certificate and prepares a connection that is never opened, because libraries build many objects at
first use.

Only those objects stay; certificates and keys are discarded.
"""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from ansible import constants

from ....module_utils._common.libraries import needs
from ....module_utils._net.url_policy import allowed_places
from ....module_utils._portal.scim_http import ScimClient, ScimSettings
from ....module_utils._uzi.files import load_files
from ....module_utils._uzi.judge import Judge

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    _USAGE = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

_NAMES = ("root", "authority", "nobody")
#: Python specialises code that has run a few times (PEP 659), and forked processes inherit that.
_TIMES = 3
_DAY = datetime.timedelta(days=1)


def rehearse() -> None:
    """Check a path of three certificates with two CRLs, as for an organisation, and create the client for a portal.
    Nothing is sent."""
    with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP) as folder:
        anchors, intermediates, mine, *lists = _made(Path(folder))
        for _time in range(_TIMES):
            judge = Judge("own", anchors, intermediates, lists)
            (entry,) = load_files([mine])
            judge.judge(entry.certificate, entry.chain)
        ScimClient(ScimSettings("https://localhost", ca_path=str(anchors))).close()
    allowed_places(["localhost"])


def _made(folder: Path) -> list[Path]:
    """The three certificates, root first, and the CRLs of the first two."""
    at = datetime.datetime.now(datetime.UTC)
    # One short key for all three, because to generate keys takes longest.
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - of nobody, for half a second
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    paths = []
    for number, name in enumerate(_NAMES):
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(_NAMES[max(0, number - 1)]))
            .public_key(key.public_key())
            .serial_number(number + 1)
            .not_valid_before(at - _DAY)
            .not_valid_after(at + _DAY)
            .add_extension(x509.BasicConstraints(ca=name != _NAMES[-1], path_length=None), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .add_extension(_USAGE, critical=True)
            .sign(key, SHA256())
        )
        paths.append(_kept(folder / f"{name}.pem", made.public_bytes(Encoding.PEM)))
    for name in _NAMES[:-1]:
        listed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name(name))
            .last_update(at - _DAY)
            .next_update(at + _DAY)
            .sign(key, SHA256())
        )
        paths.append(_kept(folder / f"{name}.crl", listed.public_bytes(Encoding.PEM)))
    return paths


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
