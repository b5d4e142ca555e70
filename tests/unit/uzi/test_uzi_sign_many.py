# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many documents, few calls; an answer that is wrong is one document's trouble, and nothing of it is written."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.windows import Listed
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import sign_many as many
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.store_listing import Listing
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_store import ToSign
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from test_uzi_look import NOTHING, ORGANISATION
from uzi_pki import Pki, uzi_name

URAS = ["90000101", "90000102", "90000103", "90000104", "90000105"]
Calls = list[int]


@pytest.fixture
def sign(pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Any], Calls]]:
    """Signs for five organisations at most two at once; ``answers`` replaces what the host answers by URA."""
    made = {ura: pki.g4.issuing.issue(pki.key.public_key(), [uzi_name(ura)]) for ura in URAS}
    listed = [Listed(ura, made[ura].public_bytes(Encoding.DER), "", "not_exportable", None, "") for ura in URAS]
    above = [one.certificate.public_bytes(Encoding.DER) for one in pki.g4.authorities]
    common = {**dict.fromkeys(NOTHING), **pki.files(tmp_path), "crls": None, "revocation": "off"}
    calls: Calls = []

    @contextlib.contextmanager
    def on_host(action: Any, host: str) -> Iterator[Any]:
        assert host == "w1"
        yield action

    def run(answers: dict[str, Any] | None = None, fails: int = -1) -> tuple[list[Any], Calls]:
        class Store:
            def __init__(self, action: Any, options: Any) -> None:
                """One call."""

            def sign(self, items: Sequence[ToSign]) -> list[Any]:
                calls.append(len(items))
                if len(calls) - 1 == fails:
                    raise ZorgidError("windows_unreachable", "The Windows host w1 cannot be reached")
                scheme = padding.PKCS1v15()
                return [
                    (answers or {}).get(one.thumbprint) or pki.key.sign(one.data, scheme, hashes.SHA256())
                    for one in items
                ]

        monkeypatch.setattr(many, "MOST_AT_ONCE", 2)
        monkeypatch.setattr(many, "on_host", on_host)
        monkeypatch.setattr(many, "WindowsStore", Store)
        monkeypatch.setattr(many, "listing", lambda *_: Listing("store", listed, URAS, above))
        asked = [
            {
                **common,
                "organisation": {**copy.deepcopy(ORGANISATION), "ura": ura},
                "path": str(tmp_path / f"{ura}.xml"),
                "source": "windows",
                "store_name": "My",
                "store_location": "LocalMachine",
                "signature_algorithm": "rsa-sha256",
                "xades": True,
                "include_chain": False,
                "expiry_warning_days": 60,
                "dossier_url": None,
            }
            for ura in URAS
        ]
        action: Any = SimpleNamespace(check_mode=False, diff_mode=False)
        return many.sign_many(action, asked, host="w1", shared=OncePerRun(tmp_path / "run")), calls

    return run


def told(outcomes: list[Any]) -> list[str]:
    return [one.code if isinstance(one, ZorgidError) else one["reason"] for one in outcomes]


def test_each_call_signs_as_many_as_it_may_and_what_stands_is_not_signed_again(sign: Any, tmp_path: Path) -> None:
    outcomes, calls = sign()
    assert (told(outcomes), calls) == (["new"] * 5, [2, 2, 1])
    # Each organisation got its own.
    assert [one["certificate"]["ura"] for one in outcomes] == URAS
    for ura in URAS:
        assert f">{ura}<" in (tmp_path / f"{ura}.xml").read_text()
    (tmp_path / "90000103.xml").unlink()
    outcomes, calls = sign()
    assert (told(outcomes), calls) == (["unchanged", "unchanged", "new", "unchanged", "unchanged"], [2, 2, 1, 1])


def test_a_wrong_signature_and_a_refusal_are_one_documents_trouble(sign: Any, pki: Pki, tmp_path: Path) -> None:
    refused = ZorgidError("key_inaccessible", "The private key cannot be used")
    outcomes, calls = sign({"90000102": b"\1" * 256, "90000104": refused})
    assert told(outcomes) == ["new", "key_mismatch", "new", "key_inaccessible", "new"]
    assert calls == [2, 2, 1]
    assert sorted(path.name for path in tmp_path.glob("*.xml")) == ["90000101.xml", "90000103.xml", "90000105.xml"]


def test_a_call_that_fails_leaves_what_the_others_signed(sign: Any, tmp_path: Path) -> None:
    outcomes, _calls = sign(fails=1)
    assert told(outcomes) == ["new", "new", "windows_unreachable", "windows_unreachable", "new"]
    assert len(list(tmp_path.glob("*.xml"))) == 3
