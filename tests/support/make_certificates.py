# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-made UZI certificates for a real Windows store: `python -m tests.support.make_certificates FOLDER [issue]`.

FOLDER gets trust.pem (roots), intermediates.pem, a PKCS#12 (password ``zorgid``) for each key state that is tested, and
certificates.json, which tells tools/windows/fill-store.ps1 how to import them.
With ``issue`` its request.b64 is answered with issued.b64, by an authority of the first run.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    CHAINS,
    Authority,
    hierarchy,
    pem,
    uzi_name,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

PASSWORD = "zorgid"
STORES = {"cng_exportable": ("g1", "90000001"), "cng_stays": ("g4", "90000002"), "capi_stays": ("g1", "90000003")}
REQUESTED = "90000004"


def make(folder: Path) -> None:
    hierarchies = {name: hierarchy(names, pss=name == "g4") for name, names in CHAINS.items()}
    (folder / "trust.pem").write_bytes(b"".join(pem(one.root.certificate) for one in hierarchies.values()))
    others = [above.certificate for one in hierarchies.values() for above in (one.services, one.issuing)]
    (folder / "intermediates.pem").write_bytes(b"".join(pem(one) for one in others))
    answering = hierarchies["g4"].issuing
    secret = answering.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "answering.pem").write_bytes(secret + pem(answering.certificate))
    # The ciphers that Windows Server 2016 and newer all read.
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303
    for name, (generation, ura) in STORES.items():
        key = rsa.generate_private_key(65537, 2048)
        made = hierarchies[generation].issuing.issue(key.public_key(), [uzi_name(ura)])
        encryption = builder.build(PASSWORD.encode())
        data = pkcs12.serialize_key_and_certificates(name.encode(), key, made, None, encryption)
        (folder / f"{name}.p12").write_bytes(data)
    states = {"exportable": "exportable", "stays": "not_exportable"}
    reported = {name: name.split("_") for name in STORES}
    how = {name: {"state": states[mobility], "provider": provider} for name, (provider, mobility) in reported.items()}
    (folder / "certificates.json").write_text(json.dumps(how))


def issue(folder: Path) -> None:
    both = (folder / "answering.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(both)
    answering = Authority(certificate.subject, load_pem_private_key(both, None), pss=True)
    csr = x509.load_der_x509_csr(base64.b64decode((folder / "request.b64").read_bytes()))
    made = answering.issue(csr.public_key(), [uzi_name(REQUESTED)])
    (folder / "issued.b64").write_bytes(base64.b64encode(made.public_bytes(Encoding.DER)))


if __name__ == "__main__":
    (issue if sys.argv[2:] == ["issue"] else make)(Path(sys.argv[1]))
