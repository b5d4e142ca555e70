# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of a table of organisations: their Dutch headers and the field of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: number: leading zeros matter, so a number cell of a spreadsheet is a fault. key: a number cell is used as shown.
Kind = Literal["text", "name", "number", "key", "version", "day", "path"]


@dataclass(frozen=True)
class Column:
    """path: the field of a location (``care_group``). also: other headers in use for it. about: its description in
    Dutch, for the template. The first headers of ``COLUMNS`` are those of the template."""

    title: str
    path: str
    about: str
    kind: Kind = "text"
    also: tuple[str, ...] = ()
    required: bool = False

    @property
    def personal(self) -> bool:
        """Whether its value is personal data, which is never shown."""
        return self.path.startswith("people.")


def _person(who: str, path: str, *, phone: bool, birth: bool, required: bool) -> tuple[Column, ...]:
    when = "" if required else " (leeg: die uit group_vars)"
    found = [
        Column(f"{who} voornaam", f"{path}.first_name", f"Roepnaam of voornaam{when}", "name", (), required),
        Column(f"{who} achternaam", f"{path}.last_name", "Achternaam met tussenvoegsel", "name", (), required),
        Column(f"{who} e-mail", f"{path}.email", "E-mailadres", "text", (f"{who} e-mailadres",), required),
    ]
    if phone:
        also = (f"{who} telefoonnummer",)
        found.append(Column(f"{who} telefoon", f"{path}.phone", "Bijvoorbeeld +31301234567", "number", also, required))
    if birth:
        found.append(
            Column(f"{who} geboortedatum", f"{path}.date_of_birth", "Dag-maand-jaar, 31-12-1990", "day", (), required)
        )
    return tuple(found)


_PORTAL_ADMINISTRATOR = "people.portal_administrator"
COLUMNS: tuple[Column, ...] = (
    Column("Naam", "name", "Naam van de zorgaanbieder", "name", ("Naam zorgaanbieder", "Organisatie"), True),
    Column("URA", "ura", "URA-nummer; maak de kolom Tekst, dan blijven nullen staan", "key", ("URA-nummer",), True),
    Column("AGB", "agb_code", "AGB-code, 8 cijfers (mag leeg)", "number", ("AGB-code",)),
    Column("KVK", "kvk_number", "KvK-nummer, 8 cijfers", "number", ("KvK-nummer",), True),
    Column("Straat", "address.street", "Straat", "name", (), True),
    Column("Huisnummer", "address.house_number", "Huisnummer met toevoeging", "key", ("Nr",), True),
    Column("Postcode", "address.postal_code", "3511 AB", "text", (), True),
    Column("Plaats", "address.city", "Plaats", "name", ("Woonplaats",), True),
    Column("Zorggroep", "group", "Groep waarin deze organisatie hoort (mag leeg)"),
    Column("Zorgapplicatie leverancier", "care_application.vendor", "Leeg: de zorgapplicatie uit group_vars"),
    Column("Zorgapplicatie naam", "care_application.name", "Naam van de zorgapplicatie"),
    Column("Zorgapplicatie versie", "care_application.version", "Versie; maak de kolom Tekst", "version"),
    *_person("Portaal admin", _PORTAL_ADMINISTRATOR, phone=True, birth=True, required=True),
    *_person("Vertegenwoordiger", "people.representative", phone=False, birth=False, required=True),
    *_person("Technisch beheerder", "people.technical_administrator", phone=True, birth=False, required=False),
    Column("Certificaat plaats", "certificate.source", "windows, bestand of pkcs11 (leeg: nog geen certificaat)"),
    Column("Certificaat server", "certificate_host", "Windows-server met het certificaat"),
    Column("Certificaat vingerafdruk", "certificate.thumbprint", "Alleen als er meer certificaten zijn", "key"),
    Column("Certificaat store", "certificate.store_name", "Naam van de store, als het niet My is"),
    Column("Certificaat bestand", "certificate.certificate_path", "PEM, DER of PKCS#12, vanaf de werkmap", "path"),
    Column("Sleutel bestand", "certificate.key_path", "Als de sleutel een eigen bestand heeft", "path"),
    Column("Certificaat token", "certificate.pkcs11_token", "Label van het PKCS#11-token"),
    Column("Certificaat label", "certificate.pkcs11_label", "Label van de sleutel op het token"),
    Column("Portaal driver", "portal.driver", "scim, worklist, browser of leeg (mensen doen het)"),
    Column("Portaal adres", "portal.url", "Adres van de SCIM-dienst, alleen bij scim"),
    Column("Portaal export", "portal.export_path", "Export van het portaal, alleen bij worklist", "path"),
    Column("HR-lijst", "accounts", "Bestand met medewerkers, vanaf de werkmap: hr/linde.csv", "path"),
    Column("HR-systeem", "list_mapping.preset", "Bijvoorbeeld afas; leeg als de kolommen de onze zijn"),
    Column("HR-locatie kolom", "list_mapping.where.column", "Kolom die zegt welke locatie een rij heeft"),
    Column("HR-locatie", "list_mapping.where.value", "Waarde in die kolom voor deze organisatie", "key"),
    Column("Inventarisnaam", "host", "Naam in de inventaris (leeg: gemaakt van de naam)"),
)
BY_PATH = {column.path: column for column in COLUMNS}
BY_TITLE = {column.title: column for column in COLUMNS}
#: other headers -> our header; the names of the fields are accepted too
SYNONYMS = {also: column.title for column in COLUMNS for also in (*column.also, column.path)} | {
    column.title.replace("Portaal admin", "Portaaladmin"): column.title
    for column in COLUMNS
    if column.title.startswith("Portaal admin")
}


def title_of(path: str) -> str:
    """The header of a field, or the name of the field if the table has no column for it."""
    found = BY_PATH.get(path)
    return found.title if found else path
