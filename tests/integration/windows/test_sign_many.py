# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of several organisations with keys on one Windows host: one call, and each has its own outcome."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import windows_host
import yaml
from windows_host import ANKER, INACCESSIBLE, LINDE, ROOT, ZONNEVELD, trust, variables
from zorgid_sandbox.state import received
from zorgid_sandbox.windows.faults import clear_faults, put_fault

PLAYBOOK = Path(__file__).parent / "looks" / "sign.yml"
Sign = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def asked(host: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The options of one organisation's document."""
    example = yaml.safe_load((ROOT / "docs" / "examples" / "organisation" / "organisation.yml").read_text())
    organisation = example.get("organisation", example)

    def options(ura: str, **more: Any) -> dict[str, Any]:
        mine = {**copy.deepcopy(organisation), "ura": ura}
        common = {**trust(host), "environment": "own", "revocation": "off"}
        return {**common, "organisation": mine, "path": str(tmp_path / "documents" / f"{ura}.xml"), **more}

    return options


@pytest.fixture
def sign(host: Path, tmp_path: Path) -> Sign:
    (tmp_path / "run").mkdir()

    def run(asked: list[dict[str, Any]], *words: str, **server: Any) -> list[dict[str, Any]]:
        inventory = {
            "all": {
                "vars": {"run_dir": str(tmp_path / "run"), "asked": asked},
                "children": {
                    "organisations": {"hosts": {"a": None, "b": None}},
                    "w": {"hosts": {"first": variables(host, **server)}},
                },
            }
        }
        windows_host.play(tmp_path, inventory, PLAYBOOK, *words)
        found: list[dict[str, Any]] = json.loads((tmp_path / "run" / "signed.json").read_text())
        return found

    clear_faults(host)
    return run


def calls(host: Path) -> int:
    return len(received(host, "windows", "sign"))


@pytest.mark.slow
def test_one_call_signs_all_and_each_has_its_own_outcome(
    host: Path, ansible: Any, asked: Any, sign: Sign, tmp_path: Path
) -> None:
    before = calls(host)
    wanted = [
        asked(LINDE),
        asked(ANKER, xades=True, include_chain=True),
        asked(INACCESSIBLE),
        asked(ZONNEVELD, valid_until="2999-01-01"),
        asked("90009999"),
    ]
    wanted.append(asked(ZONNEVELD, signature_algorithm="rsa-pss-sha512"))
    planned = sign(wanted, "--check")
    assert calls(host) == before
    assert not (tmp_path / "documents").exists()
    done = sign(wanted)
    assert calls(host) == before + 1
    assert [one.get("code", one.get("reason")) for one in done] == [
        *("new", "new", "key_inaccessible", "validity_exceeds_certificate", "certificate_not_found", "new"),
    ]
    assert [one.get("code", one.get("reason")) for one in planned] == [
        one.get("code", one.get("reason")) for one in done
    ]
    assert [one.get("content") for one in planned] == [one.get("content") for one in done]
    for number in (0, 1, 5):
        path = Path(wanted[number]["path"])
        assert done[number]["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
        # The public action agrees that it is what it would have made, and judges it good.
        again = ansible("organisation_document", **wanted[number])
        assert (again["changed"], again["reason"], again["digest"]) == (False, "unchanged", done[number]["digest"])
    assert len(list((tmp_path / "documents").iterdir())) == 3
    assert [one.get("changed") for one in sign(wanted)] == [False, False, None, None, None, False]
    assert calls(host) == before + 1


@pytest.mark.slow
def test_a_host_that_fails_writes_nothing(host: Path, asked: Any, sign: Sign, tmp_path: Path) -> None:
    wanted = [asked(LINDE), asked(ANKER)]
    sign(wanted, "--check")
    put_fault(host, "goes_away")
    assert [one["code"] for one in sign(wanted)] == ["windows_unreachable"] * 2
    assert not (tmp_path / "documents").exists()
    assert [one["reason"] for one in sign(wanted)] == ["new", "new"]
