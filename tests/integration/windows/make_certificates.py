# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-made UZI certificates for a real Windows store: `python make_certificates.py FOLDER`.

FOLDER gets trust.pem (roots), intermediates.pem, and a PKCS#12 (password ``zorgid``) for each key state that is tested.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "uzi"))

from uzi_pki import CHAINS, hierarchy, pem, uzi_name

PASSWORD = "zorgid"
STORES = {"cng_exportable": ("g1", "90000001"), "cng_stays": ("g4", "90000002"), "capi_stays": ("g1", "90000003")}


def make(folder: Path) -> None:
    hierarchies = {name: hierarchy(names, pss=name == "g4") for name, names in CHAINS.items()}
    (folder / "trust.pem").write_bytes(b"".join(pem(one.root.certificate) for one in hierarchies.values()))
    others = [above.certificate for one in hierarchies.values() for above in (one.services, one.issuing)]
    (folder / "intermediates.pem").write_bytes(b"".join(pem(one) for one in others))
    # The ciphers that Windows Server 2016 and newer all read.
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303
    for name, (generation, ura) in STORES.items():
        key = rsa.generate_private_key(65537, 2048)
        made = hierarchies[generation].issuing.issue(key.public_key(), [uzi_name(ura)])
        encryption = builder.build(PASSWORD.encode())
        data = pkcs12.serialize_key_and_certificates(name.encode(), key, made, None, encryption)
        (folder / f"{name}.p12").write_bytes(data)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
