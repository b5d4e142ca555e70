# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver: from an export to clicks, and the next export as the proof."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, invitations
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.tests.support.browser import chromium, shown_folder
from ansible_collections.gbz.zorgid.tests.support.by_hand import kept_by_hand
from ansible_collections.gbz.zorgid.tests.support.portal_exports import HEAD, ROWS, export

WANTED = [
    {"external_id": "HR-1", "first_name": "Sanne", "last_name": "<b>Berg", "state": "present"},
    {"external_id": "HR-2", "first_name": "Ali", "last_name": "Demir", "state": "absent"},
    {"external_id": "HR-3", "first_name": "Iris", "prefix": "de", "last_name": "Wit", "date_of_birth": "1990-01-01"},
]


def keep(path, folder, wanted=WANTED, check_mode=False):
    return kept_by_hand(path, folder, desired.from_list(wanted), Rules("90000101"), check_mode=check_mode)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_from_export_to_clicks_to_proof(tmp_path, suffix):
    path = export(tmp_path / f"export.{suffix}", ROWS)
    out = tmp_path / "out"
    assert keep(path, out, check_mode=True)["changed"]
    assert not out.exists()
    first = keep(path, out)
    assert first["changed"]
    assert first["summary"] == {"todo": 3}
    page = (out / "90000101-employees.html").read_text()
    assert "Gebruikers → Ali Demir → Beheer" in page
    assert "Organisatie(s): kies Rol verwijderen (ontkoppelen)" in page
    assert "&lt;b&gt;Berg" in page
    assert page.index("HR-3") < page.index("HR-2"), "what is taken away comes last"
    assert not keep(path, out)["changed"]
    done = [
        [*ROWS[0][:2], "<b>Berg", *ROWS[0][3:]],
        ROWS[2],
        ["Iris de Wit", "Iris", "de Wit", "1990-01-01", "", "Medewerker", "Uitgenodigd", "HR-3"],
    ]
    proof = keep(export(tmp_path / f"export.{suffix}", done), out)
    assert proof["summary"] == {"unchanged": 3}
    assert proof["worklists"] == []
    assert list(out.iterdir()) == []
    assert not keep(path=str(tmp_path / f"export.{suffix}"), folder=out)["changed"]


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (HEAD[1:], []),
        (["Gebruikersnaam", "Voornaam", "Achternaam", "Rol", "Status"], []),
        (HEAD, [[*ROWS[0][:5], "Baas", *ROWS[0][6:]]]),
        (HEAD, [[*ROWS[0][:6], "Weg", ROWS[0][7]]]),
    ],
)
def test_an_export_that_is_none(tmp_path, head, rows):
    with pytest.raises(ZorgidError) as error:
        keep(export(tmp_path / "export.csv", rows, head), tmp_path)
    assert error.value.code == "export_unreadable"
    assert "Sanne" not in str(error.value)


WID = {"document_type": "passport", "document_expires": "2031-05-01", "checked_by": "HR/9", "checked_at": "2026-11-20"}


def test_each_operator_has_a_list_of_the_people_whose_documents_they_saw(tmp_path):
    path = export(tmp_path / "export.csv", ROWS)
    found = keep(path, tmp_path / "out", [*WANTED[:2], {**WANTED[2], "identification": WID}])
    assert [(item["operator"], item["tasks"]) for item in found["worklists"]] == [(None, 2), ("HR/9", 1)]
    own = (tmp_path / "out" / "90000101-employees-HR%2f9.html").read_text()
    assert "WID-controle: paspoort, geldig tot 01-05-2031" in own
    assert "HR-2" not in own
    assert len(keep(path, tmp_path / "out")["worklists"]) == 1
    assert not (tmp_path / "out" / "90000101-employees-HR%2f9.html").exists()


def test_what_the_export_does_not_show_is_no_work(tmp_path):
    rows = [[*row[:4], row[5], row[6]] for row in ROWS]
    head = [*HEAD[:4], *HEAD[5:7]]
    wanted = [{**WANTED[0], "last_name": "van der Berg", "date_of_birth": "1988-04-12", "email": "new@linde.example"}]
    found = keep(export(tmp_path / "export.csv", rows, head), tmp_path / "out", wanted)
    assert found["summary"] == {"unchanged": 1}


def test_days_as_the_netherlands_writes_them(tmp_path):
    rows = [[*ROWS[0][:3], "12-04-1988", *ROWS[0][4:]]]
    same = {**WANTED[0], "last_name": "van der Berg", "date_of_birth": "1988-04-12"}
    path = export(tmp_path / "export.csv", rows)
    assert keep(path, tmp_path / "out", [same])["summary"] == {"unchanged": 1}
    keep(path, tmp_path / "out", [{**same, "date_of_birth": "1988-05-12"}])
    assert (
        "Geboortedatum: 12-04-1988 → 12-05-1988; Gegevens opslaan"
        in (tmp_path / "out/90000101-employees.html").read_text()
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [("export.xlsx", b"PK"), ("export.csv", b"\xff\xfe"), ("export.csv", b""), ("export.csv", b'a,"b')],
)
def test_a_damaged_export(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ZorgidError) as error:
        keep(str(tmp_path / name), tmp_path / "out")
    assert error.value.code == "export_unreadable"


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(ZorgidError) as error:
        keep(export(tmp_path / "export.csv", ROWS), tmp_path / "out")
    assert error.value.code == "worklist_unwritable"


@pytest.fixture
def browser():
    with chromium() as launched:
        yield launched


@pytest.fixture
def folder():
    with shown_folder() as made:
        yield made


def test_ticks_stay_in_the_browser(tmp_path, browser, folder):
    keep(export(tmp_path / "export.csv", ROWS), tmp_path / "out")
    page = browser.new_page()
    shown = folder / "employees.html"
    shown.write_bytes((tmp_path / "out" / "90000101-employees.html").read_bytes())
    address = shown.as_uri()
    page.goto(address)
    page.get_by_text("Iris de Wit (HR-3)").click()
    assert page.locator("#count").inner_text() == "1 van 3 afgevinkt"
    # Chromium takes what a page has stored out of its process a moment later; nobody reloads that fast.
    page.wait_for_timeout(1000)
    page.goto(address)
    ticked = page.get_by_role("checkbox", name="Iris de Wit")
    for _again in range(100):
        if ticked.is_checked():
            break
        page.wait_for_timeout(50)
        page.goto(address)
    assert ticked.is_checked()
    assert page.locator("#count").inner_text() == "1 van 3 afgevinkt"


def test_no_export(tmp_path):
    with pytest.raises(ZorgidError) as error:
        keep(str(tmp_path / "export.csv"), tmp_path)
    assert error.value.code == "export_unreadable"


def test_an_invitation_lasts_until_the_phone_is_active(tmp_path):
    folder = tmp_path / "letters"
    accounts = desired.from_list([{**item, "state": "present"} for item in WANTED])
    members = [{"external_id": item["external_id"], "device": "invited", "active": True} for item in WANTED]
    assert invitations.keep_letters(folder, "90000101", accounts, members, check_mode=True)[0]
    assert not folder.exists()
    changed, letters = invitations.keep_letters(folder, "90000101", accounts, members)
    assert changed
    assert len(letters) == 3
    page = (folder / "90000101-HR-1.html").read_text()
    assert page.count("<svg") == 2
    assert "Sanne &lt;b&gt;Berg" in page
    assert not invitations.keep_letters(folder, "90000101", accounts, members)[0]
    members[0]["device"] = "active"
    changed, letters = invitations.keep_letters(folder, "90000101", accounts, members)
    assert changed
    assert sorted(path.name for path in folder.iterdir()) == ["90000101-HR-2.html", "90000101-HR-3.html"]
