# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of uzi_store.ps1: what Windows may refuse to tell is asked by a method."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

MODULES = Path(__file__).resolve().parents[3] / "plugins" / "modules"
SCRIPT = (MODULES / "uzi_store.ps1").read_text(encoding="utf-8")
#: properties of keys and containers, which throw where a keyset is missing or access is denied
MAY_THROW = (
    "CspKeyContainerInfo|Removable|Protected|HardwareDevice|Exportable|ProviderType|ProviderName|KeyContainerName|KeyNumber"
    "|MachineKeyStore|ExportPolicy|UIPolicy|ProtectionLevel|Provider|Key|HasPrivateKey|PrivateKey|Certificates|KeySize"
)


def test_no_property_that_may_throw_is_read() -> None:
    read = re.findall(rf"\$[A-Za-z_]+(?:\.\w+(?:\(\))?)*\.(?:{MAY_THROW})\b(?!\s*=[^=])(?!\()", SCRIPT)
    assert read == []


def test_documentation_and_script_know_the_same_options() -> None:
    documented = yaml.safe_load((MODULES / "uzi_store.yml").read_text(encoding="utf-8"))["DOCUMENTATION"]["options"]
    spec = SCRIPT[SCRIPT.index("$spec = @{") : SCRIPT.index("required_if")]
    in_script = set(re.findall(r"^ {8}(\w+) = @\{", spec, re.MULTILINE))
    assert in_script == set(documented)
    for name in ("to_sign", "subject"):
        part = spec[spec.index(f"        {name} = @{{") :]
        part = part[: part.index("\n        }\n")]
        assert set(re.findall(r"^ {16}(\w+) = @\{", part, re.MULTILINE)) == set(documented[name]["suboptions"])
