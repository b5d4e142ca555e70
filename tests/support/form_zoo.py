# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""Twelve forms that ask the same things and are built as differently as forms on the web are."""

from __future__ import annotations

from dataclasses import dataclass, field

MAPPING = {
    "version": "zoo",
    "fields": {
        "Naam zorgaanbieder": "name",
        "URA-nummer": "ura",
        "Zorgapplicatie": "care_application.name",
        "Geboortedatum": "people.portal_administrator.date_of_birth",
        "E-mailadres": "people.portal_administrator.email",
        "Omgeving": {"from": "environment", "choices": {"acceptance": "Acceptatie", "production": "Productie"}},
        "Ik ga akkoord met de voorwaarden": {"value": True},
    },
}
DONE = "<html><body><h1>Bedankt</h1><p>Uw aanvraag is ontvangen. Kenmerk: ZS-2026-00042.</p></body></html>"


@dataclass(frozen=True)
class Specimen:
    """``pages`` are shown one after the other; ``posts`` is what each must receive, nothing more and nothing less."""

    pages: tuple[str, ...]
    posts: tuple[dict[str, str], ...]
    mapping: dict[str, object] = field(default_factory=lambda: MAPPING)
    charset: str = "utf-8"
    files: tuple[tuple[str, str, bytes], ...] = ()


NAME, URA, APP, BORN, MAIL = (
    "Huisartsenpraktijk De Linde",
    "90000101",
    "VoorbeeldHIS",
    "1975-03-09",
    "j.lindeman@delinde.example",
)

LABEL_FOR = Specimen(
    (
        """<form method="post"><input type="hidden" name="token" value="t1">
<label for="a">Naam zorgaanbieder *</label><input id="a" name="naam" required>
<label for="b">URA-nummer:</label><input id="b" name="ura" pattern="[0-9]{8}" maxlength="8" required>
<label for="c">Zorgapplicatie</label><select id="c" name="app"><option value="">kies</option>
<option value="7">VoorbeeldHIS</option><option value="8">Ander</option></select>
<label for="d">Geboortedatum</label><input id="d" type="date" name="geb">
<label for="e">E-mailadres</label><input id="e" type="email" name="mail">
<fieldset><legend>Omgeving</legend><input type="radio" id="o1" name="omg" value="P"><label for="o1">Productie</label>
<input type="radio" id="o2" name="omg" value="A"><label for="o2">Acceptatie</label></fieldset>
<input type="checkbox" id="ok" name="akkoord" value="ja" required><label for="ok">Ik ga akkoord met de voorwaarden</label>
<button type="submit">Verzenden</button></form>""",
    ),
    ({"token": "t1", "naam": NAME, "ura": URA, "app": "7", "geb": BORN, "mail": MAIL, "omg": "A", "akkoord": "ja"},),
)

WRAPPED = Specimen(
    (
        """<form action="?zoek" method="get"><input name="q"><button>Zoek</button></form>
<form method="POST" action="/form?stap=1">
<p><label>Naam zorgaanbieder (verplicht) <input name="n[0]"></label></p>
<p><label>URA-nummer <input name="n[1]"></label></p>
<p><label>Zorgapplicatie <select name="n[2]"><optgroup label="HIS"><option>VoorbeeldHIS</option></optgroup>
<optgroup label="AIS"><option>VoorbeeldAIS</option></optgroup></select></label></p>
<p><label>Geboortedatum <input name="n[3]" placeholder="dd-mm-jjjj"></label></p>
<p><label>E-mailadres <input name="n[4]"></label></p>
<div role="radiogroup" aria-label="Omgeving"><label><input type="radio" name="n[5]" value="1" checked> Productie</label>
<label><input type="radio" name="n[5]" value="2"> Acceptatie</label></div>
<p><label><input type="checkbox" name="n[6]"> Ik ga akkoord met de voorwaarden</label></p>
<input type="submit" name="actie" value="Annuleren"><input type="submit" name="actie" value="Versturen"></form>""",
    ),
    (
        {"n[0]": NAME, "n[1]": URA, "n[2]": APP, "n[3]": "09-03-1975", "n[4]": MAIL, "n[5]": "2", "n[6]": "on"}
        | {"actie": "Versturen"},
    ),
)

ARIA = Specimen(
    (
        """<form method="post" id="f"><div><span id="l1">Naam zorgaanbieder</span>
<input name="x1" aria-labelledby="l1" aria-required="true"></div>
<input name="x2" aria-label="URA-nummer"><input name="x3" aria-label="Zorgapplicatie" list="apps">
<datalist id="apps"><option value="VoorbeeldHIS"></datalist>
<input name="x4" type="date" aria-label="Geboortedatum"><input name="x5" aria-label="E-mailadres">
<div role="radiogroup" aria-labelledby="l2"><b id="l2">Omgeving</b>
<input type="radio" name="x6" value="prod" aria-label="Productie">
<input type="radio" name="x6" value="acc" aria-label="Acceptatie"></div>
<input type="checkbox" name="x7" aria-label="Ik ga akkoord met de voorwaarden"><button name="go" value="1">Ga verder</button>
</form>""",
    ),
    ({"x1": NAME, "x2": URA, "x3": APP, "x4": BORN, "x5": MAIL, "x6": "acc", "x7": "on", "go": "1"},),
)

TABLE = Specimen(
    (
        """<table><form method=post><tr><td>Naam zorgaanbieder<td><input name=t1>
<tr><td>URA-nummer:<td><input name=t2><tr><th>Zorgapplicatie</th><td><input name=t3></td></tr>
<tr><td>Geboortedatum</td><td><input name=t4></td></tr><tr><td>E-mailadres</td><td><input name=t5></td></tr>
<tr><td>Omgeving</td><td><select name=t6><option>Productie<option>Acceptatie</select></td></tr>
<tr><td>Ik ga akkoord met de voorwaarden</td><td><input type=checkbox name=t7 value=1></td></tr>
<tr><td colspan=2><input type=image name=stuur src=/b.png alt=Verzenden></td></tr></form></table>""",
    ),
    (
        {"t1": NAME, "t2": URA, "t3": APP, "t4": "09-03-1975", "t5": MAIL, "t6": "Acceptatie", "t7": "1"}
        | {"stuur.x": "1", "stuur.y": "1"},
    ),
)

DEFINITIONS = Specimen(
    (
        """<form method="post"><dl><dt>Naam zorgaanbieder</dt><dd><textarea name="d1"></textarea></dd>
<dt>URA-nummer</dt><dd><input name="d2" type="number"></dd><dt>Zorgapplicatie</dt><dd><input name="d3"></dd>
<dt>Geboortedatum</dt><dd><input name="d4" type="date"></dd><dt>E-mailadres</dt><dd><input name="d5"></dd></dl>
<label for="z">Omgeving</label><select id="z" name="d6" required><option value="">-</option><option value="a">Acceptatie</option>
</select><label><input type="checkbox" name="d7" value="j">Ik ga akkoord met de voorwaarden</label>
<label>Laat dit veld leeg<input name="website" value=""></label><button>Indienen</button></form>""",
    ),
    ({"d1": NAME, "d2": URA, "d3": APP, "d4": BORN, "d5": MAIL, "d6": "a", "d7": "j", "website": ""},),
)

BY_NAME = Specimen(
    (
        """<form method="post"><input name="Naam zorgaanbieder"><input name="ura-nummer" placeholder="acht cijfers">
<input placeholder="Zorgapplicatie" name="p3"><input title="Geboortedatum" name="p4"><input id="E-mailadres" name="p5">
<input name="Omgeving" value=""><input type="checkbox" name="p7" title="Ik ga akkoord met de voorwaarden">
<button>Verzenden</button></form>""",
    ),
    (
        {"Naam zorgaanbieder": NAME, "ura-nummer": URA, "p3": APP, "p4": "09-03-1975", "p5": MAIL}
        | {"Omgeving": "Acceptatie", "p7": "on"},
    ),
)

_RULES = dict(MAPPING["fields"])
STEPS = Specimen(
    (
        """<form method="post"><input type="hidden" name="stap" value="1">
<label>Naam zorgaanbieder<input name="s1"></label><label>URA-nummer<input name="s2"></label>
<input type="submit" name="terug" value="Vorige" disabled><input type="submit" name="verder" value="Volgende"></form>""",
        """<form method="post"><input type="hidden" name="stap" value="2"><label>Zorgapplicatie<input name="s3"></label>
<label>Geboortedatum<input name="s4"></label><label>E-mailadres<input name="s5"></label>
<input type="submit" name="terug" value="Vorige"><input type="submit" name="verder" value="Volgende"></form>""",
        """<form method="post"><input type="hidden" name="stap" value="3"><fieldset><legend>Omgeving</legend>
<label><input type="radio" name="s6" value="acc">Acceptatie</label></fieldset>
<label><input type="checkbox" name="s7" value="1">Ik ga akkoord met de voorwaarden</label>
<input type="submit" name="terug" value="Vorige"><input type="submit" name="klaar" value="Verzenden"></form>""",
        """<p>Controleer uw gegevens</p><form method="post"><input type="hidden" name="stap" value="4">
<input type="submit" name="terug" value="Vorige"><input type="submit" name="ja" value="Bevestigen"></form>""",
    ),
    (
        {"stap": "1", "s1": NAME, "s2": URA, "verder": "Volgende"},
        {"stap": "2", "s3": APP, "s4": "09-03-1975", "s5": MAIL, "verder": "Volgende"},
        {"stap": "3", "s6": "acc", "s7": "1", "klaar": "Verzenden"},
        {"stap": "4", "ja": "Bevestigen"},
    ),
    {
        "version": "steps",
        "fields": {
            "Naam zorgaanbieder": {"from": "name"},
            "URA-nummer": {"from": "ura"},
            "Zorgapplicatie": {"from": "care_application.name", "page": 2},
            "Geboortedatum": {"from": "people.portal_administrator.date_of_birth", "page": 2},
            "E-mailadres": {"from": "people.portal_administrator.email", "page": 2},
            "Omgeving": {**_RULES["Omgeving"], "page": 3},
            "Ik ga akkoord met de voorwaarden": {"value": True, "page": 3},
        },
    },
)

OUTSIDE = Specimen(
    (
        """<main><form id="hoofd" method="post" action="form"></form>
<label>Naam zorgaanbieder <input form="hoofd" name="u1"></label><label for="u2">URA-nummer</label>
<input form="hoofd" id="u2" name="u2"><label>Zorgapplicatie <input form="hoofd" name="u3"></label>
<label>Geboortedatum <input form="hoofd" name="u4" type="date"></label>
<label>E-mailadres <input form="hoofd" name="u5"></label>
<fieldset><legend>Omgeving</legend><label><input form="hoofd" type="radio" name="u6" value="a"> Acceptatie</label></fieldset>
<label><input form="hoofd" type="checkbox" name="u7"> Ik ga akkoord met de voorwaarden</label>
<button form="hoofd" name="b" value="stuur">Verstuur</button></main>""",
    ),
    ({"u1": NAME, "u2": URA, "u3": APP, "u4": BORN, "u5": MAIL, "u6": "a", "u7": "on", "b": "stuur"},),
)

DATE_PARTS = Specimen(
    (
        """<form method="post"><label>Naam zorgaanbieder<input name="v1"></label><label>URA-nummer<input name="v2"></label>
<label>Zorgapplicatie<input name="v3"></label><fieldset><legend>Geboortedatum</legend>
<select name="dag" aria-label="Dag"><option value="8">8</option><option value="9">09</option></select>
<select name="maand" aria-label="Maand"><option value="m2">februari</option><option value="m3">maart</option></select>
<input name="jaar" aria-label="Jaar" maxlength="4"></fieldset><label>E-mailadres<input name="v5"></label>
<select name="v6" aria-label="Omgeving"><option value="0">Acceptatie</option></select>
<label><input type="checkbox" name="v7">Ik ga akkoord met de voorwaarden</label><button>Verzenden</button></form>""",
    ),
    ({"v1": NAME, "v2": URA, "v3": APP, "dag": "9", "maand": "m3", "jaar": "1975", "v5": MAIL, "v6": "0", "v7": "on"},),
    {
        "version": "parts",
        "fields": {
            **{label: rule for label, rule in _RULES.items() if label != "Geboortedatum"},
            "Geboortedatum Dag": {"from": "people.portal_administrator.date_of_birth", "format": "%d"},
            "Geboortedatum Maand": {
                "from": "people.portal_administrator.date_of_birth",
                "format": "%m",
                "choices": {"03": "maart"},
            },
            "Geboortedatum Jaar": {"from": "people.portal_administrator.date_of_birth", "format": "%Y"},
        },
    },
)

LATIN = Specimen(
    (
        """<form method="post"><label>Naam zorgaanbieder<input name="w1"></label><label>URA-nummer<input name="w2"></label>
<label>Zorgapplicatie<input name="w3"></label><label>Geboortedatum<input name="w4" type="date"></label>
<label>Achternaam geïnteresseerde<input name="w5"></label><select name="w6" aria-label="Omgeving"><option>Acceptatie</select>
<label>Ik ga akkoord met de voorwaarden<input type="checkbox" name="w7"></label><button>Verzenden</button></form>""",
    ),
    ({"w1": NAME, "w2": URA, "w3": APP, "w4": BORN, "w5": "Lindeman-Çelik", "w6": "Acceptatie", "w7": "on"},),
    {
        "version": "latin",
        "fields": {
            **{label: rule for label, rule in _RULES.items() if label != "E-mailadres"},
            "Achternaam geïnteresseerde": "people.portal_administrator.last_name",
        },
    },
    charset="iso-8859-15",
)

LEGENDS = Specimen(
    (
        """<form method="post"><label>Naam zorgaanbieder<input name="q1"></label><label>URA-nummer<input name="q2"></label>
<fieldset><legend>Technisch beheerder</legend><label>E-mailadres<input name="q3"></label></fieldset>
<fieldset><legend>Portaal admin</legend><label>E-mailadres<input name="q4"></label></fieldset>
<fieldset><legend>Rollen</legend><label><input type="checkbox" name="rol" value="1">Beheerder</label>
<label><input type="checkbox" name="rol" value="2">Admin</label></fieldset><button>Verzenden</button></form>""",
    ),
    ({"q1": NAME, "q2": URA, "q3": "ruben@gbz.example", "q4": MAIL, "rol": "2"},),
    {
        "version": "legends",
        "fields": {
            "Naam zorgaanbieder": "name",
            "URA-nummer": "ura",
            "Technisch beheerder E-mailadres": "people.technical_administrator.email",
            "Portaal admin E-mailadres": "people.portal_administrator.email",
            "Rollen": {"value": "Admin"},
        },
    },
)

UPLOAD = Specimen(
    (
        """<form method="post" enctype="multipart/form-data"><label>Naam zorgaanbieder<input name="y1"></label>
<label>URA-nummer<input name="y2"></label><label>Machtiging<input type="file" name="y3" required></label>
<label>Bijlage<input type="file" name="y4"></label><button name="k" value="v">Verzenden</button></form>""",
    ),
    ({"y1": NAME, "y2": URA, "k": "v"},),
    {
        "version": "upload",
        "fields": {"Naam zorgaanbieder": "name", "URA-nummer": "ura", "Machtiging": {"file": "machtiging.pdf"}},
    },
    files=(("y3", "machtiging.pdf", b"%PDF-1.7 machtiging"), ("y4", "", b"")),
)

ALL = {
    "label for": LABEL_FOR,
    "wrapping labels": WRAPPED,
    "aria only": ARIA,
    "table": TABLE,
    "definition list": DEFINITIONS,
    "name, title, placeholder": BY_NAME,
    "four steps": STEPS,
    "controls outside the form": OUTSIDE,
    "date in three parts": DATE_PARTS,
    "other charset": LATIN,
    "legends and checkbox groups": LEGENDS,
    "upload": UPLOAD,
}
