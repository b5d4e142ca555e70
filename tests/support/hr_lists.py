# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists as HR systems write them, of invented people; today is 26 November 2026."""

from __future__ import annotations

import datetime

from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.propose import presets
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list

from .portal_files import sheet, workbook

TODAY = datetime.date(2026, 11, 26)
DAY = 1
"""The style of ``portal_files`` that shows a number as a day."""

AFAS = """\
Medewerker;Roepnaam;Voornaam;Voorletters;Voorvoegsel;Geboortenaam;Voorvoegsel_partner;Geboortenaam_partner;\
Naamgebruik_code;Geboortedatum;Email_werk;Functie_omschrijving;Begindatum_functie;Einddatum_functie
000123;Zoë;Zoë Maria;Z.M.;van den;Heuvel-Boële;;;0;7-4-1988;z.vandenheuvel@zonneveld.example;Verpleegkundige;1-1-2020;
000124;Renée;Renée;R.;;Müller;de;Wit;1;23-11-1975;r.dewit@zonneveld.example;Verzorgende IG;1-9-2018;31-12-2026
000125;Joost;Joost;J.;;Li;;;0;1-1-1990;;Stagiair;1-2-2027;
"""

BEAUFORT = """\
Personeelsnummer;Dv_vlgnr;Roepnaam;Voorvoegsels;Geboortenaam;Voorvoegsels_partner;Geboortenaam_partner;\
Gebruik_achternaam;Datum_geboorte;E-mail_werk;Functie;Datum_in_dienst;Datum_uit_dienst
0010231;1;Fatima;el;Amrani;;Jansen;C;1985-03-01;f.elamrani@delinde.example;Assistent;2015-05-01;2026-06-30
0010231;2;Fatima;el;Amrani;;Jansen;C;1985-03-01;f.elamrani@delinde.example;Ondersteuner;2026-07-01;9999-12-31
0010232;1;Bram;;Smit;;;E;1991-10-03;b.smit@delinde.example;Huisarts;2019-01-01;9999-12-31
0010232;2;Bram;;Smit;;;E;1991-10-03;b.smit@delinde.example;Opleider;2022-01-01;9999-12-31
0010233;1;Kees;;Vos;;;E;1960-02-29;k.vos@delinde.example;Huisarts;1999-01-01;2026-11-25
0010234;1;Noor;;Bakker;;;E;1999-12-31;n.bakker@delinde.example;Assistent;2026-01-01;2026-11-26
"""

VISMA = """\
employeeid,contractid,initials,nickname,firstname,prefixbirthname,birthname,prefixpartnername,partnername,nameusage,\
dateofbirth,businessemailaddress,functionname,startdate,enddate
40011,1,S.,Sanne,Susanna,van der,Berg,,,Eigen,1988-04-12T00:00:00,s@anker.example,Assistent,2019-03-01T00:00:00,\
2026-08-31T00:00:00
40377,1,S.,Sanne,Susanna,van der,Berg,,,Eigen,1988-04-12T00:00:00,s@anker.example,Assistent,2026-09-01T00:00:00,
40378,1,S.,Sanne,Susanna,van der,Berg,,,Eigen,1990-01-30T00:00:00,vdberg@anker.example,Bezorger,2026-09-01T00:00:00,
"""

NMBRS = [
    ["Debiteurnr", "Bedrijfnr", "Persnr", "Naam", "Roepnaam", "Voornamen", "Voorvoegsels", "NaamPartner",
     "NaamSamenstelling", "IdType", "EmailWerk", "EmailPrive", "Geboortedatum", "Datum in dienst", "Datum uit dienst"],
    [1, 1, 7, "Yılmaz", "Ayşe", "Ayşe", None, "Smit", 2, 1, "a.smit@anker.example", "ayse@thuis.example", "05-09-1980",
     (43831, DAY), None],
    [1, 1, 12, "Vries", "Mehmet", "Mehmet Ali", "de", None, 1, 10, None, "mehmet@thuis.example", (29469, DAY),
     (44228, DAY), (46326, DAY)],
    [1, 2, 7, "Dijk", "Lotte", "Lotte", "van", None, 1, 0, "l.vandijk@anker.example", None, "0001-01-01T00:00:00",
     (44621, DAY), None],
]  # fmt: skip

REPORT = {
    1: ["Personeelsoverzicht Thuiszorg Zonneveld"],
    2: ["Peildatum: 26-11-2026"],
    3: ["Alle medewerkers in dienst"],
    5: ["Pers.nr.", "Roepnaam", "Tussenv.", "Achternaam", "Geb.datum", "E-mail (werk)", "Uit dienst"],
    6: ["00041", "Iris", None, "Postma", (34141, DAY), "i.postma@zonneveld.example", None],
    7: ["00042", "Daan", "van", "Leeuwen", (31786, DAY), "d.vanleeuwen@zonneveld.example", (46351, DAY)],
    8: ["00043", "Çağla", None, "Demir", (35401, DAY), None, None],
    10: ["Totaal aantal medewerkers:", 3],
}
REPORT_MAPPING = {
    "columns": {
        "external_id": "pers.nr.",
        "first_name": "ROEPNAAM",
        "prefix": "Tussenv.",
        "last_name": "Achternaam",
        "date_of_birth": "Geb.datum",
        "email": "E-mail werk",
        "end": "Uit dienst",
    }
}

EXCEL = [
    ["external_id", "first_name", "prefix", "last_name", "date_of_birth", "uzi_number", "document_type",
     "document_expires", "checked_by", "checked_at"],
    [123, "Sanne", "van der", "Berg", 32245, 12345678, "paspoort", (47969, DAY), 19002, (46346.58680555555, DAY)],
    ["0123", "Sem", None, "Kok", "12-04-88", "012345678"],
    [124, "Eva", None, "Mol", "04/12/1988"],
    [123000000000, "Luc", None, "Maas", (1, DAY)],
]  # fmt: skip

AD = (
    "#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\n"
    '"EmployeeID"\t"GivenName"\t"Surname"\t"UserPrincipalName"\t"mail"\t"Enabled"\t"AccountExpirationDate"\n'
    '"000123"\t"Zoë"\t"van den Heuvel-Boële"\t"zh@zonneveld.example"\t"z.vandenheuvel@zonneveld.example"\t"True"\t\n'
    '"000126"\t"Piet"\t"Mulder"\t"pm@zonneveld.example"\t"p.mulder@zonneveld.example"\t"False"\t"31-10-2026 00:00:00"\n'
    '\t"svc"\t"Scanner"\t"svc-scan@zonneveld.example"\t\t"True"\t\n'
    '\t"Balie"\t"Apotheek"\t"balie@zonneveld.example"\t"balie@zonneveld.example"\t"True"\t\n'
)

#: the smallest mapping of the tests
SMALL = {"columns": {"external_id": "Nr", "first_name": "Roepnaam", "last_name": "Achternaam"}}


def mapping(given, **changes):
    """The mapping of a dict or of a known system, with some of its parts changed (None: without)."""
    whole = {**(presets()[given] if isinstance(given, str) else given), **changes}
    return ListMapping.of({name: value for name, value in whole.items() if value is not None})


def written(folder, content, name="hr.csv", encoding="utf-8"):
    """content: the text of a CSV file, or the rows of a sheet."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_bytes(content.replace("\n", "\r\n").encode(encoding))
    else:
        workbook(path.with_suffix(".xlsx"), sheet(content))
        path = path.with_suffix(".xlsx")
    return path


def understood(folder, content, given=None, *, encoding="utf-8", name="hr.csv", **changes):
    used = mapping(given, **changes) if given is not None else None
    return read_list(written(folder, content, name, encoding), used, TODAY)


def people(found):
    """What of each account a person would look at first."""
    return [
        (
            one.external_id,
            one.fields["first_name"],
            one.fields.get("prefix", ""),
            one.fields["last_name"],
            one.fields.get("date_of_birth", ""),
            one.fields["state"],
        )
        for one in found.accounts
    ]


def reported(found):
    """All that a list says to anybody, in one text."""
    return str(found.as_dict())
