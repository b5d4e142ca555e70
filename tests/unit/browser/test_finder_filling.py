# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""Fields in a real Chromium: filled in one call, read back whole; what a page makes of it is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import in_page
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Fill, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

pytest.importorskip("playwright.sync_api")
Show = Callable[[str], Any]


def field(name: str, source: str | None = "first_name", inside: str | None = None, **more: Any) -> Fill:
    return Fill(Target("field", name, inside), source, **more)


def birth(name: str = "Datum", **more: Any) -> Fill:
    return field(name, "date_of_birth", **more)


X = "document.getElementById('x').value"
#: page, field, text, what the page has afterwards
GOOD: dict[str, tuple[str, Fill, str, str, Any]] = {
    "text": ("<label>Naam <input id=x value=oud></label>", field("Naam"), "Zo\u00eb de Vries", X, "Zo\u00eb de Vries"),
    "several lines": ("<label>Naam <textarea id=x>oud</textarea></label>", field("Naam"), "a", X, "a"),
    "mail address": ("<label>Naam <input id=x type=email></label>", field("Naam"), "a@example.nl", X, "a@example.nl"),
    "empty": ("<label>Naam <input id=x value=oud></label>", field("Naam"), "", X, ""),
    "select by its whole choice": ("<label>Rol <select id=x><option value=0>Beheerder (oud)<option value=1>Beheerder</select></label>", field("Rol"), "Beheerder", X, "1"),
    "a choice with a label": ("<label>Rol <select id=x><option value=1 label='Beheerder'>b<option>c</select></label>", field("Rol"), "Beheerder", X, "1"),
    "radio buttons": ("<fieldset><legend>Rol</legend><label><input type=radio name=r value=0>Beheerder<label><input type=radio name=r value=1>Be&shy;heer</fieldset>", field("Rol"), "Beheer", "document.querySelector(':checked').value", "1"),
    "radio buttons without labels": ("<table><tr><td>Rol<td><input type=radio name=r value=0> Beheerder <input type=radio name=r value=1> Beheer</table>", field("Rol"), "Beheer", "document.querySelector(':checked').value", "1"),
    "radio divs": ("<div role=radiogroup aria-label=Rol><p role=radio aria-checked=false onclick='this.ariaChecked = true'>A</p><p role=radio>B</p></div>", field("Rol"), "A", "document.querySelector('[aria-checked=true]').textContent", "A"),
    "a box": ("<label><input type=checkbox id=x>Akkoord</label>", field("Akkoord"), "true", "document.getElementById('x').checked", True),
    "a box by its name": ("<label><input type=checkbox id=x checked>Akkoord</label>", field("Akkoord"), "Akkoord", "document.getElementById('x').checked", True),
    "a box that is taken off": ("<label><input type=checkbox id=x checked>Akkoord</label>", field("Akkoord"), "false", "document.getElementById('x').checked", False),
    "a switch": ("<button role=switch aria-checked=false aria-label=Akkoord onclick='this.ariaChecked = true'></button>", field("Akkoord"), "ja", "document.querySelector('button').ariaChecked", "true"),
    "date box": ("<label>Datum <input id=x type=date></label>", birth(), "1990-02-01", X, "1990-02-01"),
    "a page that turns a date around": ("<label>Datum <input id=x onchange=\"this.value = this.value.split('-').reverse().join('-')\"></label>", birth(), "1990-02-01", X, "01-02-1990"),
    "month first, and it says so": ("<label>Datum <input id=x placeholder='mm/dd/yyyy' onblur=\"this.value = '02/01/1990'\"></label>", birth(), "1990-02-01", X, "02/01/1990"),
    "typed key by key": ("<label>Datum <input id=x value=oud></label>", birth(keys="dd-mm-jjjj"), "1990-02-01", X, "01-02-1990"),
    "three boxes in a cell": ("<table><tr><td>Datum<td><input aria-label=dag id=x> <select aria-label=maand><option>januari<option>februari</select> <input aria-label=jaar></table>", birth(parts=("dag", "maand", "jaar")), "1990-02-01", "[...document.querySelectorAll('input,select')].map((one) => one.value).join()", "01,februari,1990"),
    "three boxes in a group": ("<input aria-label=dag><fieldset><legend>Datum *</legend><input id=x placeholder=dd><input placeholder=mm maxlength=2><input placeholder=jjjj></fieldset>", birth(parts=("dd", "mm", "jjjj")), "1990-02-01", "[...document.querySelectorAll('fieldset input')].map((one) => one.value).join()", "01,02,1990"),
    "three boxes with whole names": ("<input aria-label='Datum dag' id=x><input aria-label='Datum maand'><input aria-label='Datum jaar'>", birth(parts=("dag", "maand", "jaar")), "1990-02-01", X, "01"),
    "a list that opens": ("<p id=l>Rol</p><div role=combobox aria-labelledby=l id=c tabindex=0 onclick='setTimeout(() => { o.hidden = false }, 80)'>Kies<span> \u25be</span></div><ul role=listbox id=o hidden onclick='c.firstChild.data = event.target.textContent; o.hidden = true'><li role=option>Beheerder 2<li role=option>Beheerder</ul>", field("Rol"), "Beheerder", "document.getElementById('c').firstChild.data", "Beheerder"),
    "a list under what is typed": ("<label>Rol <input id=x role=combobox aria-controls=o oninput='o.hidden = false'></label><ul role=listbox id=o hidden onclick='x.value = event.target.textContent; o.hidden = true'><li role=option>Jan 2<li role=option>Jan</ul>", field("Rol"), "Jan", X, "Jan"),
    "a list that is open": ("<p id=l>Rol</p><ul role=listbox aria-labelledby=l onclick='event.target.ariaSelected = true'><li role=option>A<li role=option>B</ul>", field("Rol"), "B", "document.querySelector('[aria-selected]').textContent", "B"),
    "editable text": ("<p id=l>Naam</p><div contenteditable=true aria-labelledby=l id=c>oud</div>", field("Naam"), "nieuw", "document.getElementById('c').textContent", "nieuw"),
    "inside a group": ("<label>Naam <input></label><fieldset><legend>Nieuw</legend><label>Naam <input id=x></label></fieldset>", field("Naam", inside="Nieuw"), "a", X, "a"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_filled_as_given(show: Show, case: str) -> None:
    html, given, text, where, expected = GOOD[case]
    page = show(html)
    assert in_page.fill(page, [given], [text]) == []
    assert page.evaluate(where) == expected


#: page, field, text: what the page shows afterwards is something else
DIFFERS: dict[str, tuple[str, Fill, str]] = {
    "cut": ("<label>Naam <input maxlength=3></label>", field("Naam"), "Jansen"),
    "a mask": ("<label>Datum <input oninput=\"if (!/^\\d\\d-/.test(this.value)) this.value = ''\"></label>", birth()  , "1990-02-01"),
    "another order": ("<label>Datum <input onchange=\"this.value = '02-01-1990'\"></label>", birth(), "1990-02-01"),
    "a date that rolls over": ("<label>Datum <input type=date onblur=\"this.value = '1990-02-02'\"></label>", birth(), "1990-02-01"),
    "an unknown form": ("<label>Datum <input onblur=\"this.value = '1 2 90'\"></label>", birth(), "1990-02-01"),
    "other capitals": ("<label>Naam <input onblur='this.value = this.value.toUpperCase()'></label>", field("Naam"), "Jan"),
    "put back by a script": ("<label>Naam <input id=y></label><script>y.addEventListener('input', () => setTimeout(() => { y.value = 'oud' }, 10))</script>", field("Naam"), "Jan"),
    "a box that stays off": ("<label><input type=checkbox onclick='return false'>Akkoord</label>", field("Akkoord"), "true"),
    "a number with letters": ("<label>Naam <input type=number></label>", field("Naam"), "12a"),
    "gone": ("<label id=y>Naam <input onchange='setTimeout(() => y.remove(), 5)'></label>", field("Naam"), "Jan"),
    "another day of three": ("<fieldset><legend>Datum</legend><input placeholder=dag maxlength=1><input placeholder=maand><input placeholder=jaar></fieldset>", birth(parts=("dag", "maand", "jaar")), "1990-02-13"),
    "a key that is lost": ("<label>Datum <input onkeydown=\"if (event.key === '9') event.preventDefault()\"></label>", birth(keys="ddmmjjjj"), "1990-02-01"),
}  # fmt: skip


@pytest.mark.parametrize("case", DIFFERS)
def test_what_the_page_shows_instead_is_named(show: Show, case: str) -> None:
    html, given, text = DIFFERS[case]
    assert in_page.fill(show(f"{html}<label>Ander <input></label>"), [field("Ander"), given], ["x", text]) == [
        given.field.name
    ]


#: page, field, text, what the error says
REFUSED: dict[str, tuple[str, Fill, str, str]] = {
    "none": ("", field("Naam"), "Jan", "none"),
    "two": ("<label>Naam <input></label><label>Naam <input></label>", field("Naam"), "Jan", "2"),
    "disabled": ("<label>Naam <input disabled></label>", field("Naam"), "Jan", "disabled"),
    "read only": ("<label>Naam <input readonly></label>", field("Naam"), "Jan", "cannot be changed"),
    "a part of a choice": ("<label>Rol <select><option>Jan Jansen</select></label>", field("Rol"), "Jan", "choice"),
    "a choice that is there twice": ("<label>Rol <select><option>Jan<option>Jan</select></label>", field("Rol"), "Jan", "choice"),
    "a choice that is off": ("<label>Rol <select><option disabled>Jan</select></label>", field("Rol"), "Jan", "choice"),
    "no box of that name": ("<fieldset><legend>Datum</legend><input placeholder=dag></fieldset>", birth(parts=("dag", "maand", "jaar")), "1990-02-01", "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_field_or_choice_that_is_not_there_once(show: Show, case: str) -> None:
    html, given, text, words = REFUSED[case]
    with pytest.raises(ZorgidError) as error:
        in_page.fill(show(html), [given], [text])
    assert error.value.code == "page_not_as_mapped"
    assert words in str(error.value.found)
    assert "Jan" not in str(error.value)


def test_scripts_that_watch_a_field_notice(show: Show) -> None:
    """As React does, by its own property on the element; and as Vue and others do, by events."""
    page = show(
        """<label>Naam <input id=x></label><label>Rol <select id=s><option>A<option>B</select></label><script>{
        window.told = []; let last = ''; const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
        Object.defineProperty(x, 'value', {get() { return own.get.call(x) }, set(to) { last = to; own.set.call(x, to) }});
        x.oninput = () => { if (own.get.call(x) !== last) told.push('changed') };
        for (const one of ['focus', 'change', 'blur']) x.addEventListener(one, () => told.push(one));
        for (const one of ['input', 'change']) s.addEventListener(one, () => told.push(one)); }</script>"""
    )
    assert in_page.fill(page, [field("Naam"), field("Rol")], ["Jan", "B"]) == []
    assert page.evaluate("told") == ["focus", "changed", "change", "blur", "input", "change"]


def test_a_choice_that_shows_more_fields_later(show: Show) -> None:
    page = show(
        "<label>Hoe <select onchange='setTimeout(() => { d.innerHTML = `<label>Soort <input id=x></label>` }, wait)'><option>-<option>WID</select></label><p id=d></p><label>Rol <input></label>"
    )
    fills = [field("Hoe"), field("Soort"), field("Rol")]
    page.evaluate("window.wait = 60000")
    with pytest.raises(ZorgidError):
        in_page.fill(page, fills, ["WID", "paspoort", "a"])
    page.evaluate("window.wait = 100")
    assert in_page.fill(page, fills, ["WID", "paspoort", "a"], wait=5) == []
    assert page.evaluate(X) == "paspoort"


def test_fields_in_frames_and_shadow_roots(show: Show) -> None:
    page = show(
        """<label>Naam <input></label><iframe title=Formulier srcdoc="<label>Rol <select><option>A<option>B</select></label>"></iframe>
        <div id=h></div><script>h.attachShadow({mode: 'open'}).innerHTML = '<label>AGB-code <input></label>'</script>"""
    )
    fills = [field("Naam"), field("Rol", inside="Formulier"), field("AGB\u2011code")]
    assert in_page.fill(page, fills, ["Jan", "B", "01"], wait=5) == []
    assert page.frames[1].evaluate("document.querySelector('select').value") == "B"
    assert page.evaluate("document.getElementById('h').shadowRoot.querySelector('input').value") == "01"


NAMES = [f"Veld {at}" for at in range(13)]


def test_thirteen_fields_and_a_list_of_a_thousand_in_no_time(show: Show) -> None:
    rows = "".join(f"<tr><td><a href=#>Jan {at}</a><td>{at}<td>Medewerker<td>Actief" for at in range(1000))
    page = show(
        "".join(f"<label>{name} * <input></label>" for name in NAMES)
        + f"<h1>Leden</h1><table><tr><th>Gebruiker<th>Nummer<th>Rol<th>Status{rows}</table>"
    )
    start = time.perf_counter()
    assert in_page.fill(page, [field(name) for name in NAMES], NAMES) == []
    filled = time.perf_counter() - start
    read = in_page.rows(page, Target("heading", "Leden"), ["Gebruiker", "Nummer", "Rol", "Status"])
    elapsed = time.perf_counter() - start - filled
    assert len(read) == 1000
    # Ten times what it takes on a machine without other work.
    assert filled < 2
    assert elapsed < 3
