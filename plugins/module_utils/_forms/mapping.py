# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of our variables goes into which field of which form: built-in mappings and mapping files."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.libraries import needs
from .._common.trouble import in_words

with needs("PyYAML>=6.0"):
    import yaml

_RULE_KEYS = {"from", "value", "choices", "format", "file", "optional", "page", "also"}
_MAPPING_KEYS = {"version", "fields", "confirmation", "button"}

_REFERENCE = (
    r"(?i)\b(?:kenmerk|referentie(?:nummer)?|aanvraagnummer|bevestigingsnummer|reference(?: number)?)\b"
    r"\s?(?:is)?\s?[:#]?\s?([A-Z0-9][A-Z0-9./-]{0,40}?[0-9][A-Z0-9./-]{0,40})"
)
_ACCEPTED = r"(?i)\b(?:ontvangen|bedankt|verzonden|verstuurd|received|thank you)\b"
_REFUSED = r"(?i)\b(?:niet ontvangen|niet verzonden|mislukt|fout(?:en)?|error|failed|storing|sessie verlopen)\b"


@dataclass(frozen=True)
class Rule:
    """One field: its label (name and aria-label serve too) and where its value comes from.

    ``source`` is a path in the values such as ``people.portal_administrator.email``; ``constant`` is a fixed value.
    ``choices`` translates a value into the text of an option. ``format`` is a strftime format for a date.
    """

    label: str
    source: str | None = None
    constant: str | bool | None = None
    choices: Mapping[str, str] | None = None
    format: str | None = None
    file: Path | None = None
    optional: bool = False
    page: int = 1
    also: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return self.source or "the mapping's fixed value"


@dataclass(frozen=True)
class MappingTable:
    """All rules for one version of one form, and how its confirmation is recognised (regular expressions)."""

    version: str
    rules: tuple[Rule, ...]
    accepted: str = _ACCEPTED
    refused: str = _REFUSED
    reference: str | None = _REFERENCE
    button: str | None = None

    @property
    def pages(self) -> int:
        return max(rule.page for rule in self.rules)


# VZVZ's form offers two environments; all but production are given as acceptance.
_ENVIRONMENTS = {"production": "Productie", "acceptance": "Acceptatie", "test": "Acceptatie", "own": "Acceptatie"}


def _person(role: str, suffix: str, *, phone: bool) -> dict[str, Any]:
    fields = {"Voornaam": "first_name", "Achternaam": "last_name", "E-mailadres": "email"}
    if phone:
        fields["Telefoonnummer"] = "phone"
    return {f"{label} {suffix}": f"people.{role}.{name}" for label, name in fields.items()}


# VZVZ publishes no description of its forms: these labels are modelled on its step plan.
BUILT_IN: dict[str, dict[str, Any]] = {
    "application": {
        "version": "built-in",
        "fields": {
            "Naam zorgaanbieder": "name",
            "URA-nummer": "ura",
            "KvK-nummer": "kvk_number",
            "AGB-code": {"from": "agb_code", "optional": True},
            "Straat": "address.street",
            "Huisnummer": "address.house_number",
            "Postcode": "address.postal_code",
            "Plaats": "address.city",
            "Zorgapplicatie": "care_application.name",
            "Versie zorgapplicatie": "care_application.version",
            "Leverancier zorgapplicatie": "care_application.vendor",
            "Naam beheerorganisatie": "provider.name",
            **_person("technical_administrator", "technisch beheerder", phone=True),
            **_person("portal_administrator", "portaal admin", phone=False),
            **_person("representative", "vertegenwoordiger", phone=False),
            "Omgeving": {"from": "environment", "choices": _ENVIRONMENTS},
            "Ik ga akkoord met de voorwaarden": {"value": True},
        },
    },
    "follow_up": {
        "version": "built-in",
        "fields": {
            "Voornaam": "people.portal_administrator.first_name",
            "Achternaam": "people.portal_administrator.last_name",
            "Geboortedatum": "people.portal_administrator.date_of_birth",
            "E-mailadres": "people.portal_administrator.email",
            "Mobiel telefoonnummer": "people.portal_administrator.phone",
            "Ik verklaar dat de gegevens juist zijn": {"value": True},
        },
    },
}


def load_mappings(kind: str, path: str | None) -> list[MappingTable]:
    """The mappings to try, in order: the built-in one, or the file, or every YAML file of the folder ``path`` by name.

    Errors: ``mapping_invalid`` with the file, the key and what was expected.
    """
    if path is None:
        return [table(BUILT_IN[kind], "the built-in mapping", Path())]
    place = Path(path)
    files = sorted([*place.glob("*.yml"), *place.glob("*.yaml")]) if place.is_dir() else [place]
    if not files:
        raise _invalid(str(place), "at least one file *.yml", "none")
    found = []
    for one in files:
        try:
            raw = yaml.safe_load(one.read_text(encoding="utf-8"))
        except (OSError, UnicodeError, yaml.YAMLError) as error:
            raise _invalid(str(one), "a readable YAML file", in_words(error)) from error
        found.append(table(raw, str(one), one.parent))
    return found


def table(raw: object, where: str, folder: Path) -> MappingTable:
    """Check a mapping that was read from YAML, and return it."""
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), dict) or not raw["fields"]:
        raise _invalid(where, "a mapping with `fields`", kind(raw))
    unknown = sorted(map(str, set(raw) - _MAPPING_KEYS))
    if unknown:
        raise _invalid(where, f"only the keys {', '.join(sorted(_MAPPING_KEYS))}", ", ".join(unknown))
    rules = tuple(_rule(str(label), rule, where, folder) for label, rule in raw["fields"].items())
    confirmation = raw.get("confirmation") or {}
    if not isinstance(confirmation, dict) or set(confirmation) - {"text", "error", "reference"}:
        raise _invalid(where, "confirmation with the keys text, error, reference", "something else")
    for expression in confirmation.values():
        _compiles(expression, where)
    return MappingTable(
        version=str(raw.get("version", where)),
        rules=rules,
        accepted=confirmation.get("text", _ACCEPTED),
        refused=confirmation.get("error", _REFUSED),
        reference=confirmation.get("reference", _REFERENCE),
        button=raw.get("button"),
    )


def _rule(label: str, raw: object, where: str, folder: Path) -> Rule:
    if isinstance(raw, str):
        return Rule(label, source=raw)
    if not isinstance(raw, dict) or set(raw) - _RULE_KEYS:
        raise _invalid(where, f"for `{label}` a variable, or the keys {', '.join(sorted(_RULE_KEYS))}", kind(raw))
    if len({"from", "value", "file"} & set(raw)) != 1:
        raise _invalid(where, f"for `{label}` one of from, value, file", ", ".join(map(str, raw)) or "none")
    page = raw.get("page", 1)
    if not isinstance(page, int) or not 1 <= page <= 20:
        raise _invalid(where, f"for `{label}` a page from 1 to 20", str(page)[:20])
    return Rule(
        label,
        source=raw.get("from"),
        constant=raw.get("value"),
        choices=raw.get("choices"),
        format=raw.get("format"),
        file=folder / str(raw["file"]) if "file" in raw else None,
        optional=bool(raw.get("optional", False)),
        page=page,
        also=tuple(map(str, raw.get("also", ()))),
    )


def _compiles(expression: object, where: str) -> None:
    try:
        re.compile(str(expression))
    except re.error as error:
        raise _invalid(where, "valid regular expressions under confirmation", str(error)) from error


def _invalid(where: str, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "mapping_invalid",
        f"The form mapping {where} cannot be used",
        expected=expected,
        found=found,
        action="correct the mapping file",
    )


def value_of(rule: Rule, values: Mapping[str, Any]) -> str | bool | None:
    """What goes into the field: text, or True/False for a checkbox, or None if our data do not have it."""
    if rule.source is None:
        return rule.constant
    node: Any = values
    for step in rule.source.split("."):
        node = node.get(step) if isinstance(node, Mapping) else None
    if node is None or node == "":
        return None
    if isinstance(node, bool):
        return node
    text = str(node)
    if rule.format:
        text = datetime.date.fromisoformat(text).strftime(rule.format)
    return str(rule.choices.get(text, text)) if rule.choices else text
