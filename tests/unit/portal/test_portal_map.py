# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``portal_map``: what it finds on pages, what it writes, and that it presses nothing that changes something."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import qrcode
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch, Part, Rows
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.widths import columns
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_access import BrowserAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import pages_screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.look_at_pages import (
    LookAtPages,
    PagesLooked,
    State,
    look_at_pages,
)
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal_map import result_of
from ansible_collections.gbz.zorgid.tests.support.page_window import PageWindow, ShownPage

BEGIN = """
map: 1
portal: {start: "https://portaal.example/portal", hosts: [portaal.example], seen: 2026-11-26, seen_by: J. Bos}
words:
  role: {Medewerker: employee, Beheerder: operator, Administrator: administrator}
  device: {Geen telefoon: none, Uitgenodigd: invited, Actief: active, Geblokkeerd: blocked, Ingetrokken: revoked}
login: {page: {heading: Inloggen}, qr: {image: QR}, over: [{heading: Inloggen}], leave: [{button: Uitloggen}]}
here: {organisation: {line: "(URA {ura})"}, person: {line: "{id}, {role}"}}
"""
MAP = f"""{BEGIN}
list: {{open: [{{menu: Gebruikers}}], table: {{heading: Gebruikers}}, total: {{line: "{{from}}-{{to}} van {{total}}"}},
  columns: {{Gebruiker: id, Nummer: external_id, Rol: role, Status: device}}}}
one: {{open: [{{menu: Gebruikers}}, {{row: id, click: Gebruiker}}],
  same: {{heading: "{{id}}", beside: {{Geboortedatum: date_of_birth}}}}}}
changes:
  register: {{open: [{{menu: Gebruikers}}, {{link: Nieuwe gebruiker}}], last: {{button: Opslaan}},
    done: [{{heading: Gebruikers}}], refused: [{{heading: Niet gelukt}}],
    fill: [{{field: Personeelsnummer, with: external_id}}, {{field: Voornaam, with: first_name}},
      {{field: Achternaam, with: family_name}}, {{field: Geboortedatum, with: date_of_birth}},
      {{field: Rol, with: role}}]}}
  block: {{one: true, only_when: [active], last: {{button: Blokkeren}}, done: [{{heading: Gebruikers}}],
    refused: [{{heading: Niet gelukt}}]}}
  unblock: {{one: true, only_when: [blocked], last: {{button: Deblokkeren}}, done: [{{heading: Gebruikers}}],
    refused: [{{heading: Niet gelukt}}]}}
"""
MENU = (Part("menuitem", "Gebruikers"), Part("menuitem", "Log"), Part("menuitem", "Sanne van der Berg"))
BAR = (*MENU, Part("button", "Uitloggen"))
LINES = ("Sanne van der Berg, Administrator", "(URA 90000101)")
FORM = (
    Part("textbox", "Personeelsnummer *", True),
    Part("textbox", "Voornaam *", True),
    Part("textbox", "Achternaam *", True),
    Part("textbox", "Geboortedatum", True),
    Part("combobox", "Rol", True, ("Medewerker", "Beheerder")),
    Part("combobox", "Leidinggevende", False, ("Jan Jansen", "Ali Demir")),
    Part("button", "Opslaan"),
)


def person(*buttons: str) -> ShownPage:
    parts = (*BAR, Part("heading", "zp-1"), *(Part("button", name) for name in buttons))
    return ShownPage(parts, {"Geboortedatum": "02-01-1990"}, LINES)


def portal(**other: ShownPage) -> PageWindow:
    columns_ = [Part("column", title) for title in ("Gebruiker", "Nummer", "Rol", "Status")]
    form = tuple(part._replace(name=part.name.removesuffix(" *")) for part in FORM)
    pages = {
        "start": ShownPage((Part("heading", "Inloggen"), Part("img", "QR"))),
        "": ShownPage((*BAR, Part("textbox", "Zoeken")), lines=LINES),
        "Gebruikers": ShownPage((*BAR, Part("heading", "Gebruikers"), *columns_), lines=LINES),
        "Nieuwe gebruiker": ShownPage((*BAR, *form), lines=LINES),
        "Log": ShownPage((*BAR, Part("column", "Wanneer")), lines=LINES),
        "Uitloggen": ShownPage((Part("heading", "Inloggen"),)),
        "zp-1": person("Blokkeren", "Verwijder zp-1"),
        "zp-2": person("Deblokkeren"),
        **other,
    }
    phones = {"zp-1": "Actief", "zp-2": "Geblokkeerd", "zp-3": "Actief"}
    rows = [(name, f"HR-{number}", "Medewerker", phone) for number, (name, phone) in enumerate(phones.items())]
    listed = Rows(("Gebruiker", "Nummer", "Rol", "Status"), rows, len(rows))
    image = io.BytesIO()
    qrcode.make("login-7f3a").save(image, "PNG")
    return PageWindow(pages, rows=listed, png=image.getvalue())


@pytest.fixture
def looking(tmp_path: Path) -> Callable[..., PagesLooked]:
    path = tmp_path / "portal.yml"
    path.write_text(MAP, encoding="utf-8")

    def run(
        window: PageWindow,
        state: State = "check",
        *,
        shown: list[str] | None = None,
        check_mode: bool = False,
        diagnose: bool = False,
    ) -> PagesLooked:
        if state == "propose":
            path.write_text(BEGIN, encoding="utf-8")
        browser = BrowserAccess(str(path), person="HR-1", people={"HR-1": "Sanne van der Berg"}, diagnose=diagnose)
        access = PortalAccess(Ura.of("90000101"), driver="browser", browser=browser)

        def opener(launch: Launch) -> PageWindow:
            assert launch.hosts == ("portaal.example",)
            return window

        codes = shown if shown is not None else []
        return look_at_pages(
            LookAtPages(access, state, "De Linde"),
            lambda _png, text: codes.append(text),
            check_mode=check_mode,
            opener=opener,
            pause=0.01,
        )

    return run


def test_a_map_that_fits(looking: Callable[..., PagesLooked]) -> None:
    window, shown = portal(), list[str]()
    found = looking(window, shown=shown)
    assert shown == ["login-7f3a"]
    assert found.failure is None
    assert [(page.place, page.good, page.people) for page in found.pages] == [
        ("list", True, 0),
        ("register", True, 0),
        ("one", True, 2),
    ]
    # one person for each state of a phone; nothing but links was clicked, and the session ended
    assert {click for click in window.clicks if click.startswith("button")} == {"button Uitloggen"}
    assert [click.split()[-1] for click in window.clicks if "zp-" in click] == ["zp-1", "zp-2"]
    assert window.at == "Uitloggen"
    assert window.closed
    reported = pages_screen.screen(found, style=Style(), check=False)
    assert "everything that the map names is there" in reported
    assert max(map(columns, reported.splitlines())) <= 100


def test_what_is_missing_or_there_twice_is_named(looking: Callable[..., PagesLooked]) -> None:
    saves = Part("button", "Opslaan")
    twice = ShownPage((*BAR, FORM[1]._replace(name="Voornaam"), saves, saves), lines=LINES)
    found = looking(portal(**{"Nieuwe gebruiker": twice, "zp-2": person()}), "remember")
    assert found.failure
    assert found.failure.code == "page_map_unfit"
    assert not found.remembered
    reported = pages_screen.screen(found, style=Style(), check=False)
    for line in (
        "✗ register     1 of 6 found",
        "    missing    field Personeelsnummer",
        "    several    button Opslaan, 2 times: the map needs `in:`",
        "    missing    button Deblokkeren",
        "[page_map_unfit]",
    ):
        assert line in reported
    assert "zp-" not in reported
    assert "Sanne" not in reported


@pytest.mark.parametrize(("diagnose", "check_mode"), [(False, False), (True, False), (True, True)])
def test_with_diagnose_the_page_that_does_not_fit_is_drawn(
    looking: Callable[..., PagesLooked], tmp_path: Path, diagnose: bool, check_mode: bool
) -> None:
    twice = ShownPage((*BAR, FORM[1]._replace(name="Voornaam")), lines=LINES)
    window = portal(**{"Nieuwe gebruiker": twice})
    del window.pages["zp-2"]
    window.image = b"an image"
    found = looking(window, diagnose=diagnose, check_mode=check_mode)
    made = sorted(tmp_path.rglob("*.png"))
    assert [one.name.rpartition("-")[2] for one in made] == ["page_map_unfit.png", "page_not_as_mapped.png"] * diagnose
    reported = result_of(found)
    drawn = [f"the page, without its values, is drawn in {path}" for path in made]
    assert [page["image"] for page in reported["pages"] if "image" in page] == drawn
    assert [note.partition(": ")[2] for note in reported.get("warnings", [])] == drawn
    screen = pages_screen.screen(found, style=Style(), check=False)
    assert sum(line.startswith("    diagnose ") for line in screen.splitlines()) == len(made)
    assert all(str(path) in "".join(screen.split()) for path in made)
    assert max(map(columns, screen.splitlines())) <= 100
    assert reported["error_code"] == "page_map_unfit"


def test_a_page_that_does_not_open_is_named_and_the_others_are_looked_at(looking: Callable[..., PagesLooked]) -> None:
    window = portal()
    del window.pages["Nieuwe gebruiker"]
    found = looking(window)
    assert [(page.place, page.code) for page in found.pages] == [
        ("list", ""),
        ("register", "page_not_as_mapped"),
        ("one", ""),
    ]
    assert "register     not opened" in pages_screen.screen(found, style=Style(), check=False)


def test_a_list_with_an_unknown_word_does_not_fit(looking: Callable[..., PagesLooked]) -> None:
    window = portal()
    window.listed = window.listed._replace(rows=[("zp-1", "HR-1", "Gast", "Actief")], total=1)
    found = looking(window)
    assert found.failure
    assert [(page.place, page.code) for page in found.pages if page.code] == [
        ("one", "page_not_as_mapped"),
        ("members", "portal_list_unreadable"),
    ]
    window = portal()
    window.listed = window.listed._replace(total=9)
    assert [page.code for page in looking(window).pages if page.code] == ["portal_incomplete"]


@pytest.mark.heavy
def test_pages_are_remembered_once_and_without_people(looking: Callable[..., PagesLooked]) -> None:
    assert not Path(looking(portal(), "remember", check_mode=True).remembered).exists()
    found = looking(portal(), "remember")
    assert found.changed
    text = Path(found.remembered).read_text(encoding="utf-8")
    assert not [word for word in ("Sanne", "Jan", "Demir", "zp-1", "90000101", "1990", "Linde") if word in text]
    assert "Verwijder {id}" in text
    assert not looking(portal(), "remember").changed
    # a later check tells what is new
    form = ShownPage((*portal().pages["Nieuwe gebruiker"].parts, Part("textbox", "BSN", True)), lines=LINES)
    later = looking(portal(**{"Nieuwe gebruiker": form}))
    assert later.differences == ["register: new field 'BSN'"]
    assert "run it with -e state=remember" in pages_screen.screen(later, style=Style(), check=False)


def test_a_browser_that_fails_the_self_test_is_refused_before_the_login(looking: Callable[..., PagesLooked]) -> None:
    window = portal()
    window.wrong = ["masked date"]
    with pytest.raises(ZorgidError, match="masked date") as error:
        looking(window, "remember")
    assert error.value.code == "browser_pair_unfit"
    assert not window.clicks


def test_somebody_else_who_scans_is_logged_out(looking: Callable[..., PagesLooked]) -> None:
    window = portal(**{"": ShownPage(BAR, lines=("Ali Demir, Administrator", "(URA 90000101)"))})
    with pytest.raises(ZorgidError) as error:
        looking(window)
    assert error.value.code == "portal_person_differs"
    assert window.clicks == ["button Uitloggen"]


def test_a_draft_has_names_and_nobody(looking: Callable[..., PagesLooked]) -> None:
    window = portal(Gebruikers=ShownPage((*BAR, *FORM, Part("column", "Achternaam"), Part("column", "Telefoon"))))
    found = looking(window, "propose")
    draft = Path(found.draft_path).read_text(encoding="utf-8")
    first, users, log = yaml.safe_load(draft)["pages"]
    assert first["fill"] == [{"field": "Zoeken", "with": "FILL_IN"}]
    assert users["open"] == [{"menu": "Gebruikers"}]
    assert users["columns"] == {"Achternaam": "last_name", "Telefoon": "FILL_IN"}
    assert users["fill"][4] == {
        "field": "Rol",
        "with": "role",
        "required": True,
        "choices": ["Medewerker", "Beheerder"],
    }
    assert log["columns"] == {"Wanneer": "FILL_IN"}
    # the session was not ended by a link of the menu, and no choice of people is in it
    assert [click for click in window.clicks if click.startswith("menu")] == ["menu Gebruikers", "menu Log"]
    assert not [word for word in ("Sanne", "Jan", "Demir") if word in draft]
    assert not looking(portal(Gebruikers=window.pages["Gebruikers"]), "propose").changed
    reported = pages_screen.screen(found, style=Style(), check=False)
    assert f"a draft with the names of the pages is in {found.draft_path}"[:80] in reported.replace("\n  ", " ")


def test_a_draft_opens_links_where_they_stand_and_no_file_and_no_change(looking: Callable[..., PagesLooked]) -> None:
    links = ("Nieuwe gebruiker", "Lijst exporteren (CSV)", "Alle gebruikers verwijderen", "Jan Jansen", "Afmelden")
    parts = [*(Part("link", name) for name in links), Part("download", "Overzicht"), Part("heading", "Gebruikers")]
    parts += [Part("heading", "Kees Bos"), Part("heading", "Log van Sanne van der Berg"), Part("column", "Rol")]
    window = portal(Gebruikers=ShownPage((*BAR, *parts)))
    window.pages["Log"] = ShownPage((*BAR, Part("link", "Oude lijst"), Part("link", "Nieuwe gebruiker")))
    pages = yaml.safe_load(looking(window, "propose").draft)["pages"]
    users = pages[1]
    assert users["table"] == [{"heading": "Gebruikers"}]
    assert users["click"] == [{"link": "Overzicht"}, {"link": "Lijst exporteren (CSV)"}]
    assert users["links"] == [{"link": "Nieuwe gebruiker"}, {"link": "Alle gebruikers verwijderen"}]
    assert users["left_out"] == 2
    new, old = pages[3:]
    assert new["open"] == [{"menu": "Gebruikers"}, {"link": "Nieuwe gebruiker"}]
    assert {"field": "Voornaam", "with": "first_name", "required": True} in new["fill"]
    assert old == {"open": [{"menu": "Log"}, {"link": "Oude lijst"}], "not_opened": "page_not_as_mapped"}
    assert [click for click in window.clicks if click.startswith("link")] == [
        "link Nieuwe gebruiker",
        "link Oude lijst",
    ]
    assert not [name for name in ("Jan", "Kees", "Sanne") if name in str(pages)]


def test_the_pages_of_the_example_map_have_ways() -> None:
    root = Path(__file__).resolve().parents[3]
    page_map = replace(read_map(root / "docs" / "examples" / "page_map.yml"))
    named = [place.name for place in places.places(page_map)]
    assert named == ["list", "export", "register", "one", "appoint"]


def test_a_page_behind_that_of_a_person_needs_not_show_the_person_again(tmp_path):
    example = Path(__file__).parents[3] / "docs" / "examples" / "page_map.yml"
    path = tmp_path / "portal.yml"
    path.write_text(
        example.read_text(encoding="utf-8").replace("block: {one: true,", "block: {one: true, open: [{link: Zeker}],"),
        encoding="utf-8",
    )
    found = {place.name: place for place in places.places(read_map(path))}
    kinds = {name: {one.target.kind for one in place.expected} for name, place in found.items()}
    assert "beside" in kinds["one"]
    assert (kinds["block"], found["block"].states) == ({"button"}, ("active",))
