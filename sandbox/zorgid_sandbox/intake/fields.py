# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the forms ask, and what the server says about an answer that does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Field:
    """One question. wrong: what is said when ``pattern`` does not match."""

    name: str
    label: str
    kind: Literal["text", "email", "tel", "date", "radio", "checkbox"] = "text"
    required: bool = True
    pattern: str | None = None
    wrong: str = ""
    hint: str = ""
    autocomplete: str = "off"
    choices: tuple[str, ...] = ()
    narrow: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    fields: tuple[Field, ...]


_EMAIL = r"[^@\s<>,;\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
_PHONE = r"\+?[0-9][0-9 ()-]{7,18}"


def _email(name: str, label: str) -> Field:
    return Field(name, label, "email", pattern=_EMAIL, wrong="Dit is geen e-mailadres.")


def _phone(name: str, label: str) -> Field:
    return Field(name, label, "tel", pattern=_PHONE, wrong="Dit is geen telefoonnummer.", narrow=True)


def _person(role: str, name: str, *, phone: bool) -> tuple[Field, ...]:
    return (
        Field(f"{name}_voornaam", f"Voornaam {role}"),
        Field(f"{name}_achternaam", f"Achternaam {role}"),
        _email(f"{name}_email", f"E-mailadres {role}"),
        *((_phone(f"{name}_telefoon", f"Telefoonnummer {role}"),) if phone else ()),
    )


APPLICATION = (
    Section(
        "Zorgaanbieder",
        (
            Field("naam_zorgaanbieder", "Naam zorgaanbieder", autocomplete="organization"),
            Field(
                "ura",
                "URA-nummer",
                pattern=r"[0-9]{1,8}",
                wrong="Een URA-nummer bestaat uit 1 tot 8 cijfers.",
                hint="Het abonneenummer in het UZI-register, met voorloopnullen.",
                narrow=True,
            ),
            Field(
                "kvk",
                "KvK-nummer",
                pattern=r"[0-9]{8}",
                wrong="Een KvK-nummer bestaat uit 8 cijfers.",
                narrow=True,
            ),
            Field(
                "agb",
                "AGB-code",
                required=False,
                pattern=r"[0-9]{8}",
                wrong="Een AGB-code bestaat uit 8 cijfers.",
                narrow=True,
            ),
            Field("straat", "Straat"),
            Field("huisnummer", "Huisnummer", narrow=True),
            Field(
                "postcode",
                "Postcode",
                pattern=r"[1-9][0-9]{3} ?[A-Za-z]{2}",
                wrong="Een postcode ziet eruit als 1234 AB.",
                narrow=True,
            ),
            Field("plaats", "Plaats"),
        ),
    ),
    Section(
        "Zorgapplicatie",
        (
            Field("applicatie", "Zorgapplicatie"),
            Field("applicatie_versie", "Versie zorgapplicatie", narrow=True),
            Field("applicatie_leverancier", "Leverancier zorgapplicatie"),
            Field("beheerorganisatie", "Naam beheerorganisatie"),
        ),
    ),
    Section("Technisch beheerder", _person("technisch beheerder", "technisch", phone=True)),
    Section("Portaal admin", _person("portaal admin", "admin", phone=False)),
    Section("Vertegenwoordiger", _person("vertegenwoordiger", "vertegenwoordiger", phone=False)),
    Section(
        "Aanvraag",
        (
            Field("omgeving", "Omgeving", "radio", choices=("Productie", "Acceptatie")),
            Field(
                "akkoord",
                "Ik ga akkoord met de voorwaarden",
                "checkbox",
                wrong="Zonder uw akkoord kunnen wij de aanvraag niet behandelen.",
            ),
        ),
    ),
)
FOLLOW_UP = (
    Section(
        "Uw gegevens",
        (
            Field("voornaam", "Voornaam", autocomplete="given-name", hint="Zoals in uw identiteitsbewijs."),
            Field("achternaam", "Achternaam", autocomplete="family-name"),
            Field("geboortedatum", "Geboortedatum", "date", autocomplete="bday", narrow=True),
            _email("email", "E-mailadres"),
            _phone("mobiel", "Mobiel telefoonnummer"),
            Field(
                "verklaring",
                "Ik verklaar dat de gegevens juist zijn",
                "checkbox",
                wrong="Zonder uw verklaring kunnen wij de gegevens niet verwerken.",
            ),
        ),
    ),
)


def all_of(sections: tuple[Section, ...]) -> list[Field]:
    return [field for section in sections for field in section.fields]


def check(sections: tuple[Section, ...], given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by the name of the field; empty when nothing is."""
    return {
        field.name: message
        for field in all_of(sections)
        if (message := _check_one(field, given.get(field.name, "").strip()))
    }


def _check_one(field: Field, value: str) -> str:
    if not value:
        if not field.required:
            return ""
        return field.wrong if field.kind == "checkbox" else f"Vul in: {field.label}."
    if len(value) > MOST_CHARACTERS or any(ord(character) < 32 for character in value):
        return f"Gebruik ten hoogste {MOST_CHARACTERS} gewone tekens."
    if field.choices and value not in field.choices:
        return f"Kies {' of '.join(field.choices)}."
    if field.kind == "date":
        try:
            return "" if date(1900, 1, 1) < date.fromisoformat(value) < date.today() else "Deze datum kan niet."
        except ValueError:
            return "Dit is geen datum."
    return field.wrong if field.pattern and not re.fullmatch(field.pattern, value) else ""
