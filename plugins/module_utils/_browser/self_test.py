# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the finder does with this browser what it did with the ones that it was made with: a page of odd forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError
from .filling import fill
from .looking import beside, forget, lines, numbers, press, press_row, rows, shown
from .names import Fill, Kind, Target

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: seconds for a click, and for a message
SOON = 2.0


def self_test(page: Page) -> list[str]:
    """What fails on the bundled page of odd forms with this browser: the names of its cases. The page is left there;
    nothing is asked of any server."""
    page.goto("about:blank")
    page.set_content((Path(__file__).parent / "self_test.html").read_text(encoding="utf-8"))
    return [name for name, case in CASES.items() if not _good(page, case)]


def _good(page: Page, case: Callable[[Page], bool]) -> bool:
    # Only a run with a browser has it.
    from playwright.sync_api import Error

    try:
        return case(page)
    except (ZorgidError, Error):
        return False


def _field(name: str, source: str | None = None, inside: str | None = None, **more: Any) -> Fill:
    return Fill(Target("field", name, inside), source, **more)


def _filled(given: Fill, text: str, where: str, expected: str) -> Callable[[Page], bool]:
    """Filled in, read back as good, and it is what the page has there."""
    return lambda page: fill(page, [given], [text]) == [] and page.evaluate(where) == expected


def _pressed(kind: Kind, name: str, inside: str | None, expected: str) -> Callable[[Page], bool]:
    def case(page: Page) -> bool:
        press(page, Target(kind, name, inside), timeout=SOON)
        return bool(page.evaluate("document.body.dataset.pressed") == expected)

    return case


def _missing(kind: Kind, name: str) -> Callable[[Page], bool]:
    def case(page: Page) -> bool:
        try:
            press(page, Target(kind, name), timeout=SOON)
        except ZorgidError as error:
            return error.code == "page_not_as_mapped"
        return False

    return case


def _row(page: Page) -> bool:
    press_row(page, Target("link", "Gebruiker", "Lijst", "Gebruiker"), "Jan Jansen", timeout=SOON)
    return bool(page.evaluate("document.body.dataset.pressed") == "Jan Jansen")


def _vanished(page: Page) -> bool:
    forget(page)
    press(page, Target("button", "Bewaren"), timeout=SOON)
    page.wait_for_timeout(200)
    signs = [Target("alert", "Opgeslagen")]
    return shown(page, signs) is None and shown(page, signs, past=True) == 0


def _modal(page: Page) -> bool:
    press(page, Target("button", "Vragen"), timeout=SOON)
    over = shown(page, [Target("dialog", "Weet u het zeker?")]) == 0 and _missing("button", "Bewaren")(page)
    return over and _pressed("button", "Ja", "Weet u het zeker?", "Ja")(page)


def _scrolled(page: Page) -> bool:
    return rows(page, Target("table", "Alle"), ["Nummer"]) == [[f"nr {at}"] for at in range(100)]


def _boxes(page: Page) -> bool:
    differing = fill(page, [_field("Vervalt op", "document_expires", parts=("dag", "maand", "jaar"))], ["2031-02-09"])
    seen = page.evaluate("['dag', 'maand', 'jaar'].map((one) => document.querySelector(`[aria-label=${one}]`).value)")
    return differing == [] and seen == ["09", "02", "2031"]


def _value(where: str) -> str:
    return f"document.getElementById('{where}').value"


FRAME = "document.querySelector('iframe').contentDocument.querySelector('input').value"
SHADOW = "document.getElementById('host').shadowRoot.querySelector('input').value"
REACT = "document.getElementById('react').dataset.state"
COMBO = "document.querySelector('[role=combobox]').textContent"
ROL = "String(document.getElementById('rol').selectedIndex)"
CHOSEN = "document.querySelector('[name=id]:checked').value"
CASES: Mapping[str, Callable[[Page], bool]] = {
    "a name that is part of another": _pressed("button", "Blokkeren", None, "Blokkeren"),
    "a part of a name": _missing("button", "lokkeren"),
    "a disabled button": _missing("button", "Wissen"),
    "a button inside a section": _pressed("button", "Opslaan", "Organisatie(s)", "Opslaan"),
    "a button with a picture": _pressed("button", "Opslaan", "Telefoon", "Opslaan (plaatje)"),
    "a label in the cell before, a soft hyphen, a star": _filled(_field("Voornaam"), "Jan", _value("voornaam"), "Jan"),
    "a hyphen of another kind": _filled(_field("E-mailadres"), "j@example.nl", _value("email"), "j@example.nl"),
    "a wrapped select": _filled(_field("Rol"), "Beheerder", ROL, "2"),
    "a field whose name begins like another": _filled(_field("Rolcode"), "01.015", _value("rolcode"), "01.015"),
    "a date box": _filled(_field("Geldig tot", "document_expires"), "2030-02-01", _value("geldig"), "2030-02-01"),
    "a mask": _filled(
        _field("Gecontroleerd op", "checked_at", keys="dd-mm-jjjj"), "2026-02-01", _value("masker"), "01-02-2026"
    ),
    "a mask that is not typed": lambda page: (
        fill(page, [_field("Gecontroleerd op", "checked_at")], ["2026-02-01"]) != []
    ),
    "three boxes": _boxes,
    "what is cut": lambda page: fill(page, [_field("Kort")], ["12345"]) == ["Kort"],
    "radio buttons": _filled(_field("Identificatie"), "zelfregistratie", CHOSEN, "2"),
    "a field of a script": _filled(_field("Gemaakt met script"), "x", REACT, "x"),
    "a list made of other elements": _filled(_field("Soort document"), "paspoort", COMBO, "paspoort"),
    "an open shadow root": _filled(_field("In schaduw"), "x", SHADOW, "x"),
    "a frame": _filled(_field("Personeelsnummer", inside="Formulier"), "42", FRAME, "42"),
    "a line": lambda page: lines(page, ["{id}, {role}"], {"id": "Jan Jansen", "role": "Beheerder"}),
    "a part of a line": lambda page: not lines(page, ["(URA {ura})"], {"ura": "9000012"}),
    "values beside names": lambda page: (
        beside(page, ["Status", "Geboortedatum"]) == {"Status": "Actief", "Geboortedatum": "2-1-1990"}
    ),
    "a row by its whole cell": _row,
    "rows": lambda page: (
        rows(page, Target("heading", "Lijst"), ["Gebruiker", "Status"])
        == [["Jan Jansen 2", "Inactief"], ["Jan Jansen", "Actief"]]
    ),
    "numbers in a line": lambda page: numbers(page, "{from}-{to} van {total}") == {"from": 1, "to": 2, "total": 1002},
    "a list that draws only what is in sight": _scrolled,
    "a message that vanished": _vanished,
    "a dialog over the page": _modal,
}
