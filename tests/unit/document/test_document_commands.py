# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the actions with a document or a certificate, as commands: each arrives where it is used, and no
secret shows."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.action import (
    organisation_document,
    organisation_document_info,
    uzi_certificate_export,
    uzi_certificate_info,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import SignatureKind
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import (
    export_certificates,
    make_document,
    read_certificates,
    verify_document,
)

SECRETS = {
    "passphrase": "geheim-een",
    "pkcs11_pin": "geheim-twee",
    "dossier_key": "geheim-drie",
    "export_passphrase": "geheim-vier",
}
#: What is no text of the option's own name.
GIVEN: dict[str, Any] = {
    "at": "2026-11-24T12:00:00",
    "valid_until": "2027-01-01",
    "ura": "90000101",
    "mapping": {"/a": "ura"},
    "crls": ["crl"],
    "path": "path",
    "template": None,
    "xades": True,
    "include_chain": True,
    "force": True,
    "all": True,
    "require_valid": True,
    "expiry_warning_days": 7,
    "source": "pkcs11",
    **SECRETS,
}
ACTIONS: list[tuple[Any, Any]] = [
    (organisation_document, make_document),
    (organisation_document_info, verify_document),
    (uzi_certificate_info, read_certificates),
    (uzi_certificate_export, export_certificates),
]


def options_of(action: Any, organisation: dict[str, Any]) -> dict[str, Any]:
    """Every option of this action, each with a value of its own."""
    given = {name: GIVEN.get(name, name) for name in action.ActionModule.SPEC.options}
    if "organisation" in given:
        given["organisation"] = organisation
    if action is uzi_certificate_info or action is uzi_certificate_export:
        given["path"] = ["path"]
    return given


def values(command: Any) -> list[Any]:
    """All that a command holds."""
    if dataclasses.is_dataclass(command):
        return [one for field in dataclasses.fields(command) for one in values(getattr(command, field.name))]
    return [command]


@pytest.mark.parametrize("switch", [True, False])
@pytest.mark.parametrize(("action", "adapter"), ACTIONS)
def test_each_option_is_in_the_command_and_no_secret_in_its_text(
    action: Any, adapter: Any, switch: bool, organisation_data: dict[str, Any]
) -> None:
    given = options_of(action, organisation_data)
    options = {name: switch if value is True else value for name, value in given.items()}
    command = adapter.command_of(options)
    held = values(command)
    moments = {"at": datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC), "valid_until": datetime.date(2027, 1, 1)}
    for name, value in options.items():
        if name in ("organisation", "template") or isinstance(value, bool):
            continue
        wanted = moments.get(name, value)
        assert wanted in held or Path(str(wanted)) in held, name
    assert sum(one is True for one in held) == sum(value is True for value in options.values())
    assert not [one for one in SECRETS.values() if one in repr(command)]


def test_how_it_is_signed_goes_to_one_place(organisation_data: dict[str, Any]) -> None:
    command = make_document.command_of(options_of(organisation_document, organisation_data))
    assert command.document.kind == SignatureKind("signature_algorithm", True, "signature_place")


def test_certificate_and_key_are_found_for_an_organisation_that_is_not_described_well(
    organisation_data: dict[str, Any],
) -> None:
    options = options_of(organisation_document, {"ura": "90000101", "name": organisation_data["name"]})
    wanted = make_document.signer_of(options)
    assert (wanted.ura, wanted.organisation_name) == ("90000101", organisation_data["name"])
    assert make_document.verification_of(options).ura == "90000101"
    with pytest.raises(ZorgidError) as caught:
        make_document.command_of(options)
    assert caught.value.code == "organisation_invalid"
