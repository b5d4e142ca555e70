# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input about certificates, all of it in one run: a clear sentence each, nothing half done, the others go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.tests.support.windows_host import (
    ANKER,
    BAD,
    INACCESSIBLE,
    KEYLESS,
    LINDE,
    ROOT,
    ZONNEVELD,
    play,
    trust,
    variables,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from zorgid_sandbox import pki
from zorgid_sandbox.pki.hierarchies import Authorities
from zorgid_sandbox.pki.profile import Request, issue
from zorgid_sandbox.windows import store

TWINS, CURVE, REVOKED = "90000700", "90000701", "other-000"


def twins(host: Path) -> None:
    """Two certificates of one organisation that end in the same second."""
    authorities, key = Authorities(host), pki.issued(host, "expired")[1]
    request = Request("twins", "g4-uzi", TWINS, "Praktijk Tweeling", "tweeling.example", "91000700")
    made: list[x509.Certificate] = []
    while len(made) < 2:
        made.append(issue(authorities, request, key.public_key()))
        made = [one for one in made if one.not_valid_after_utc == made[-1].not_valid_after_utc]
    for one in made:
        keys = {"key_state": "not_exportable", "provider": "cng", "key": store.key_pem(key)}
        store.CertificateStore(host).add(one, "twin", **keys)


def with_another_kind_of_key(host: Path) -> None:
    request = Request("curve", "g4-uzi", CURVE, "Praktijk Kromme", "kromme.example", "91000701")
    public: Any = ec.generate_private_key(ec.SECP256R1()).public_key()
    made = issue(Authorities(host), request, public)
    store.CertificateStore(host).add(made, "curve", key_state="not_exportable", provider="cng", key=b"")


def crls(host: Path) -> list[str]:
    """The authorities' CRLs, after the revocation of one of the two hundred."""
    pki.revoke(host, REVOKED)
    pki.prepare(host)
    return list(pki.variables(host)["crls"])


def test_each_organisation_is_told_what_is_wrong_with_its_own(host: Path, tmp_path: Path) -> None:
    twins(host)
    with_another_kind_of_key(host)
    bad = {name: {"thumbprint": store.thumbprint(pki.issued(host, name)[0])} for name in BAD}
    cases: dict[str, tuple[str, dict[str, Any], str | None]] = {
        "good": (ZONNEVELD, {}, None),
        "ura_differs": (LINDE, bad["other_ura"], "certificate_ura_mismatch"),
        "expired": (LINDE, bad["expired"], "certificate_expired"),
        "not_yet_valid": (LINDE, bad["not_yet_valid"], "certificate_not_yet_valid"),
        "revoked": ("70000000", {}, "certificate_revoked"),
        "wrong_environment": (LINDE, bad["acceptance_g4"], "certificate_wrong_environment"),
        "personal_card": (LINDE, bad["personal"], "certificate_personal_card"),
        "none": ("12345678", {}, "certificate_not_found"),
        "several": (TWINS, {}, "certificate_ambiguous"),
        "key_absent": (KEYLESS, {}, "key_absent"),
        "key_inaccessible": (INACCESSIBLE, {}, "key_inaccessible"),
        "key_not_rsa": (CURVE, {}, "key_not_rsa"),
        "unreachable": (ANKER, {"certificate_host": "certificates_away"}, "windows_unreachable"),
        "refused": (ANKER, {"certificate_host": "certificates_refusing"}, "windows_login_refused"),
    }
    example = yaml.safe_load((ROOT / "docs" / "examples" / "organisation" / "organisation.yml").read_text())
    inventory = {
        "care_organisations": {
            "hosts": {
                name: {"organisation": {**example, "ura": ura}, **more} for name, (ura, more, _) in cases.items()
            },
            "vars": {
                "ansible_connection": "local",
                "folder": str(tmp_path),
                "trust": trust(host),
                "crls": crls(host),
            },
        },
        "windows": {
            "hosts": {
                "certificates": variables(host),
                "certificates_away": variables(host, ansible_port=1),
                "certificates_refusing": variables(host, ansible_password="verkeerd"),
            }
        },
    }
    shown = play(tmp_path, inventory, Path(__file__).parent / "wrong_certificates.yml")
    said = json.loads((tmp_path / "said.json").read_text())
    assert {name: one.get("error_code") for name, one in said.items()} == {
        name: code for name, (_, _, code) in cases.items()
    }
    for name, one in said.items():
        assert "\n" not in one.get("msg", ""), one["msg"]
        assert name == "good" or "What to do:" in one["msg"], one["msg"]
    assert [path.name for path in tmp_path.glob("*.xml*")] == ["good.xml"]
    assert "verkeerd" not in shown
