# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page map: what is read of it, and that every mistake is told with its line."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Fill, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.written_days import day_of, is_form
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from hypothesis import given
from hypothesis import strategies as st

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "page_map.yml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def refused(tmp_path, text):
    file = tmp_path / "map.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ZorgidError) as caught:
        read_map(file)
    assert caught.value.code == "page_map_invalid"
    return caught.value.found


def read(tmp_path, text):
    file = tmp_path / "map.yml"
    file.write_text(text, encoding="utf-8")
    return read_map(file)


def test_the_example_is_read_whole():
    found = read_map(EXAMPLE)
    assert found.digest == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    assert (found.start, list(found.hosts)) == ("https://portaal.example/portal", ["portaal.example"])
    assert found.portal_word("role", "operator") == "Beheerder"
    assert found.portal_word("document", "passport") == "paspoort"
    assert found.one.open[1] == Step(Target("link", "Gebruiker", None, "Gebruiker"), "id")
    assert found.one.beside == {"Geboortedatum": "date_of_birth", "Personeelsnummer": "external_id"}
    assert found.here.switch[1] == Step(Target("button", "Wissel"), sends=True)
    way = found.changes["unlink"]
    assert way.last == Target("button", "Rol opslaan")
    assert way.one
    assert way.items == (
        Fill(
            Target("field", "Rol", "Organisatie(s)"),
            choices={"always": "Rol verwijderen (ontkoppelen)"},
        ),
    )
    assert found.login.leave == (Step(Target("button", "Uitloggen")),)


def test_the_rarer_keys_are_read(tmp_path):
    text = TEXT.replace("{link: Nieuwe gebruiker}", "{link: Nieuwe gebruiker, tab: new}")
    text = text.replace(
        "{field: Geboortedatum, with: date_of_birth},",
        "{field: Geboortedatum, with: date_of_birth, as: [dag, maand, jaar]},"
        " {press: Volgende, in: Wizard, sends: true},",
        1,
    )
    text = text.replace("{field: Geldig tot, with", "{field: Geldig tot, keys: dd-mm-jjjj, with", 1)
    text = text.replace(
        "last: {button: Blokkeren}", 'last: {button: Blokkeren}, confirm: {native: "Weet u het zeker?"}'
    )
    text = text.replace("[{heading: Niet gelukt}]", '[{alert: "*"}, {beside: {Status: Fout}}]', 1)
    text = text.replace(
        '(CSV)"}', '(CSV)"}\n  ready: {link: Download bestand}\n  date: dd-mm-jjjj\n  encoding: windows-1252'
    )
    text = text.replace("Medewerker: employee", "Mede\xadwer\xa0ker: employee").replace("  leave:", "  # Wie\n  leave:")
    found = read(tmp_path, text)
    way = found.changes["register"]
    assert way.open[1].new_tab
    assert Step(Target("button", "Volgende", "Wizard"), sends=True) in way.items
    by_name = {one.field.name: one for one in way.items if isinstance(one, Fill)}
    assert by_name["Geboortedatum"].parts == ("dag", "maand", "jaar")
    assert (by_name["Geldig tot"].keys, by_name["Geldig tot"].when) == ("dd-mm-jjjj", "wid")
    assert found.changes["block"].confirm == Target("native", "Weet u het zeker?")
    assert way.refused == (Target("alert", "*"), Target("beside", "Status", None, "Fout"))
    assert found.export.ready == Target("link", "Download bestand")
    assert (found.export.date, found.export.encoding, found.export.fresh) == ("dd-mm-jjjj", "windows-1252", True)


WRONG = {
    "map: 1": ("map: 2", 'map (the version of the format) cannot be "2"'),
    "portal: {start": ("portal: {strat", 'portal has no "strat", perhaps start; line 6: portal has no start'),
    "https://portaal.example/portal": ("http://portaal.example/portal", "portal.start has to be an https address"),
    "hosts: [portaal.example]": ("hosts: [ander.example]", '"portaal.example", which is not in portal.hosts'),
    "seen: 2026-11-26": ("seen: vandaag", "portal.seen has to be the day"),
    "Beheerder: operator": ("Beheerder: opertor", 'words.role cannot be "opertor", perhaps operator'),
    "Administrator: administrator": ("Admin: operator", "words.role has two words for operator"),
    "Actief: active": ("uitgenodigd: active", "are the same word"),
    "QR-code om in te loggen": ("", "nothing stands behind image of login.qr"),
    "  leave: [{button: Uitloggen}]": ("", "login has no leave, which it needs"),
    '"(URA {ura})"': ('"(URA {uar})"', "has the placeholder {uar}, perhaps ura"),
    '"{id}, {role}"': ('"{role}"', "line of here.person needs the placeholder {id}"),
    "Gebruiker: id,": ("", "row of one.open has to be a field of list.columns"),
    "Gebruikersnaam: id": ("Gebruikersnaam: naam", 'in export.columns cannot be "naam"'),
    "Voornaam: first_name, Achternaam": ("Voornaam: role, Voornaam: first_name, Achternaam", "stands twice (f"),
    "Achternaam: last_name": ("Achternaam: first_name", "export.columns has two columns for first_name"),
    "Status: device, Personeelsnummer": ("Personeelsnummer", "export.columns has no column for device"),
    "Geboortedatum: date_of_birth, E-mailadres: email,\n    Rol: role, Status: device, Personeelsnummer: external_id": (
        "Rol: role, Status: device", "export.columns needs external_id, or first_name, last_name and date_of_birth",
    ),
    '  same: {heading: "{id}"': ('  same: {heading: "{naam}"', "has the placeholder {naam}"),
    ", {row: id, click: Gebruiker}]": ("]", "one.open needs a step with row"),
    "last: {button: Blokkeren}": ("last: {button: Blokkeren, link: Meer}", "needs exactly one of link, button, menu"),
    "last: {button: Deblokkeren}, ": ("", "changes.unblock has no last, which it needs"),
    "only_when: [blocked]": ("only_when: [blokked]", 'cannot be "blokked", perhaps blocked'),
    "revoke: {one: true": ("revoke: {one: yes", 'cannot be "yes"'),
    "revoke: {one: true,": ("revoke: {open: [{menu: Mensen}],", "changes.revoke says nowhere whom it is about"),
    "invite: {one: true,": ("invite: {", "changes.invite needs open (the clicks to its page) or one: true"),
    "  invite:": ("  uitnodigen:", 'changes has no "uitnodigen"'),
    "{field: Voornaam, with: first_name}, {": ("{", "changes.register fills no first_name"),
    "{field: Rol, with: role}]": ("{field: Rol, with: rol}]", 'with of field "Rol" cannot be "rol", perhaps role'),
    "{wid: WID-controle, self": ("{wid: WID-controle, always", "needs always alone, or wid, self or both"),
    "{field: Rolcode, with: role_code},": ("{field: Rolcode, with: role_code, keys: ddmmjjjj},", "are for dates only"),
    "done: [{line: De rol is opgeslagen.}]": ('done: [{alert: "*"}]', "any message"),
    "refused: [{heading: Niet gelukt}]": ("refused: [{line: De gebruiker is geregistreerd.}]", "the same sign twice"),
    "{heading: Niet gelukt}": ('{alert: "Fout*"}', "is compared whole"),
    "  document: {paspoort: passport, identiteitskaart: identity_card, rijbewijs: driving_licence}": (
        "", "words.document has no words for it",
    ),
    "[{menu: Gebruikers}, {link: Nieuwe": ("[{menu: &x Gebruikers}, {link: Nieuwe", "an anchor or alias of YAML"),
    "{link: Nieuwe gebruiker}": ("{link: !!str Nieuwe}", "a tag of YAML"),
    "seen_by: J. Bos}": ("seen_by: J. Bos", "this is not YAML"),
    "[portaal.example]": ("[[[[[[[[[[[[x]]]]]]]]]]]]", "too many levels"),
    "[portaal.example], seen": ("portaal.example, seen", "portal.hosts has to be a list"),
    "{button: Intrekken}": ("Intrekken", "last of changes.revoke has to be a mapping"),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("written", WRONG)
def test_a_mistake_is_told_with_its_line(tmp_path, written):
    instead, what = WRONG[written]
    assert written in TEXT
    text = TEXT.replace(written, instead, 1)
    found = refused(tmp_path, text)
    assert what in found
    assert "line " in found


def test_the_line_is_the_one_of_the_mistake(tmp_path):
    line = TEXT[: TEXT.index("seen: 2026")].count("\n") + 1
    assert refused(tmp_path, TEXT.replace("seen_by", "gezien_door")).startswith(f"line {line}: portal has no")


def test_all_mistakes_are_told_at_once(tmp_path):
    text = TEXT.replace("hosts: [portaal", "host: [portaal").replace("qr:", "code:").replace("click: {", "klik: {")
    found = refused(tmp_path, text)
    for name in ('"host", perhaps hosts', 'login has no "code"', '"klik", perhaps click'):
        assert name in found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "an empty file"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"a: \x00", "a character that YAML does not allow"),
        (b"- a", "has to be a mapping"),
        (b"just words", "has to be a mapping"),
        (b"map: 1\n---\nmap: 1", "several YAML documents"),
        (b"x: " + b"a" * 70_000, "more than 64 KiB"),
        (b"x: 1\n" * 61, "61 lines"),
        (b"? {a: 1}\n: 2\n", "a name has to be a text"),
    ],
)
def test_a_file_that_is_no_map_is_refused(tmp_path, text, what):
    assert what in refused(tmp_path, text)


@pytest.mark.heavy
def test_a_missing_file_and_a_flood_of_mistakes(tmp_path):
    with pytest.raises(ZorgidError, match="no such file"):
        read_map(tmp_path / "none.yml")
    found = refused(tmp_path, "{" + ", ".join(f"x{number}: 1" for number in range(5000)) + "}")
    assert found.endswith("more")
    assert len(found) < 20_000


@pytest.mark.heavy
@given(st.data())
def test_a_damaged_map_is_read_or_refused_in_our_words(tmp_path_factory, data):
    start = data.draw(st.integers(0, len(TEXT) - 1))
    length = data.draw(st.integers(0, 40))
    other = data.draw(st.text(alphabet="{}[]:,'\"&*!|>-# \nab1", max_size=6))
    file = tmp_path_factory.getbasetemp() / "damaged.yml"
    file.write_text(TEXT[:start] + other + TEXT[start + length :], encoding="utf-8")
    found = None
    with contextlib.suppress(ZorgidError):
        found = read_map(file)
    assert found is None or found.start.startswith("https://")
    assert found is None or all(way.last.name for way in found.changes.values())


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("02-01-1990", "dd-mm-jjjj", "1990-01-02"),
        ("02-01-1990", "mm-dd-yyyy", "1990-02-01"),
        ("2-1-1990", "dd-mm-yyyy", "1990-01-02"),
        ("31.12.1990", "dd.mm.jjjj", "1990-12-31"),
        ("31-12-1990", "mm-dd-jjjj", None),
        ("1990-01-31", "dd-mm-jjjj", None),
        ("31-01-1990", "yyyy-mm-dd", None),
        ("31/01/1990", "dd-mm-jjjj", None),
        ("19900131", "jjjjmmdd", "1990-01-31"),
        ("1990131", "jjjjmmdd", None),
        ("30-02-1990", "dd-mm-jjjj", None),
        ("31-01-90", "dd-mm-jjjj", None),
        ("31-01-1990 12:00", "dd-mm-jjjj", None),
        ("٣١-٠١-١٩٩٠", "dd-mm-jjjj", None),
    ],
)
def test_a_day_is_read_in_the_form_of_the_map_only(text, form, day):
    assert is_form(form)
    assert day_of(text, form) == day


@pytest.mark.parametrize("form", ["dd-mm", "dd-mm/jjjj", "mmddjjjj", "d-m-jjjj", "jj-mm-dd", ""])
def test_other_forms_of_days_are_none(form):
    assert not is_form(form)
