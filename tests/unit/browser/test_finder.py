# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""The finder in a real Chromium, its sandbox on: whole names, exactly one visible thing, frames and shadow roots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import frames, in_page, self_test
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Kind, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

pytest.importorskip("playwright.sync_api")
Show = Callable[[str], Any]


def found(page: Any, kind: Kind, name: str, inside: str | None = None) -> str | None:
    return str(in_page.find(page, Target(kind, name, inside)).evaluate("one => one.id"))


X = "<input id=x>"
FIELDS = {
    "label for": ("<label for=x>Voornaam</label><br><input id=x>", "Voornaam"),
    "wrapping label": (f"<label>Voornaam {X}</label>", "Voornaam"),
    "star, colon, soft hyphen, no-break blank": (f"<label>Voor&shy;naam&nbsp;(verplicht): * {X}</label>", "Voornaam"),
    "the map has the star": (f"<label>Voornaam {X}</label>", "Voornaam *"),
    "star hidden from readers": (f"<label>Voornaam<b aria-hidden=true> * </b>{X}</label>", "Voornaam"),
    "optional": (f"<label>Voorvoegsel (optioneel) {X}</label>", "Voorvoegsel"),
    "hyphens and dashes": (f"<label>E&#8209;mail\u2013adres {X}</label>", "E-mail-adres"),
    "wide letters": (f"<label>\uff32ol {X}</label>", "Rol"),
    "nothing seen between": (f"<label>Rol\u200b\u2060code {X}</label>", "Rolcode"),
    "blanks folded": (f"<label>Soort\n \t document {X}</label>", "Soort document"),
    "wrapped select": ("<label>Rol <select id=x><option>Medewerker<option>Beheerder</select></label>", "Rol"),
    "button within a label": (f"<label>Geldig tot {X}<button>Kies datum</button></label>", "Geldig tot"),
    "aria-labelledby of two": ("<b id=a>Geldig</b><i id=b>tot</i><input id=x aria-labelledby='a b'>", "Geldig tot"),
    "aria-label": ("<input id=x aria-label=Voornaam>", "Voornaam"),
    "label seen, aria-label another": ("<label>Voornaam <input id=x aria-label='Typ hier'></label>", "Voornaam"),
    "cell before": (f"<table><tr><td>Voornaam *<td>{X}</table>", "Voornaam"),
    "box with its words behind it": ("<p><input type=checkbox id=x> Akkoord<br><input type=checkbox> Nieuws</p>", "Akkoord"),
    "two in a row": (f"<table><tr><td>Voornaam<td><input><td>Achternaam<td>{X}</table>", "Achternaam"),
    "row header before": (f"<table><tr><th>Voornaam<td>{X} <small>zoals op het document</small></table>", "Voornaam"),
    "dt before": (f"<dl><dt>Voornaam<dd>{X}<dt>Achternaam<dd><input></dl>", "Voornaam"),
    "text right before": (f"<div>Voornaam {X} Achternaam <input></div>", "Voornaam"),
    "text in an element before": (f"<div><div><span>Voornaam</span></div><div>{X}</div></div><input>", "Voornaam"),
    "placeholder": ("<input id=x placeholder=Voornaam>", "Voornaam"),
    "title": ("<input id=x title=Voornaam>", "Voornaam"),
    "legend of radio buttons": ("<fieldset><legend>Rol</legend><label><input id=x type=radio name=r>A</label><label><input type=radio name=r>B</label></fieldset>", "Rol"),
    "radio buttons in a cell": ("<table><tr><td>Rol<td><label><input id=x type=radio name=r>A</label><label><input type=radio name=r>B</label></table>", "Rol"),
    "tooltip left out": (f"<label>Voornaam<span role=tooltip>Zoals bij de gemeente</span>{X}</label>", "Voornaam"),
    "a hidden twin": (f"<label style='display:none'>Rol <input></label><label>Rol {X}</label>", "Rol"),
    "part of another": (f"<label>Rolcode <input></label><label>Rol {X}</label>", "Rol"),
    "a box drawn by its label": ("<style>#x{opacity:0;position:absolute}</style><input type=checkbox id=x><label for=x>Akkoord</label>", "Akkoord"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
def test_a_field_by_its_name(show: Show, case: str) -> None:
    html, name = FIELDS[case]
    assert found(show(html), "field", name) == "x"


SHADOW = "<div id=h></div><script>h.attachShadow({mode: 'open'}).innerHTML = `%s`</script>"
THINGS: dict[str, tuple[str, Kind, str, str | None]] = {
    "button, not its longer brother": ("<button>Deblokkeren</button><button id=x>Blokkeren</button>", "button", "Blokkeren", None),
    "icon button": ("<button id=x aria-label=Opslaan><svg></svg></button>", "button", "Opslaan", None),
    "what is seen, and what readers are told": ("<button id=x aria-label='Blokkeren van de telefoon'>Blokkeren</button>", "button", "Blokkeren", None),
    "icon and word": ("<button id=x><i aria-hidden=true>save</i> Opslaan</button>", "button", "Opslaan", None),
    "input": ("<input type=submit id=x value=Opslaan>", "button", "Opslaan", None),
    "a div that is one": ("<div role=button id=x>Opslaan</div>", "button", "Opslaan", None),
    "a link that is a button": ("<a role=button id=x>Opslaan</a><a>Opslaan</a>", "button", "Opslaan", None),
    "link": ("<button>Nieuw</button><a href=# id=x>Nieuw</a>", "link", "Nieuw", None),
    "link of a picture": ("<a href=# id=x><img alt=Nieuw width=9 height=9></a>", "link", "Nieuw", None),
    "menu": ("<a>Gebruikers</a><nav><a id=x>Gebruikers</a></nav><nav hidden><a>Gebruikers</a></nav>", "menu", "Gebruikers", None),
    "menubar": ("<ul role=menubar><li role=menuitem id=x>Gebruikers</ul>", "menu", "Gebruikers", None),
    "heading": ("<p>Rol</p><div role=heading id=x>Rol</div>", "heading", "Rol", None),
    "dialog by its heading": ("<dialog open id=x><h2>Zeker?</h2></dialog>", "dialog", "Zeker?", None),
    "dialog by a label": ("<div role=dialog id=x aria-labelledby=t><p id=t>Zeker?</p></div>", "dialog", "Zeker?", None),
    "alert by a line of it": ("<div role=alert id=x><b>Niet gelukt</b><p>Bestaat al.</p><button>x</button></div>", "alert", "Niet gelukt", None),
    "image": ("<img id=x alt='QR-code' width=60 height=60>", "image", "QR-code", None),
    "drawing": ("<svg id=x width=60 height=60><title>QR-code</title></svg>", "image", "QR-code", None),
    "below a line": ("<img width=90 height=90><p>Scan deze code:</p><p>tekst <img width=16 height=16></p><canvas id=x width=90 height=90></canvas><h2>x</h2><img width=90 height=90>", "below", "Scan deze code", None),
    "table by caption": ("<table><tr><td>x</table><table id=x><caption>Leden</caption><tr><td>x</table>", "table", "Leden", None),
    "table by the heading before": ("<h2>A</h2><table><tr><td>x</table><h2>Leden</h2><table id=x><tr><td>x</table>", "table", "Leden", None),
    "inside a fieldset": ("<button>Ja</button><fieldset><legend>Telefoon</legend><button id=x>Ja</button></fieldset>", "button", "Ja", "Telefoon"),
    "inside a section": ("<h2>Telefoon</h2><h3>A</h3><button id=x>Ja</button><h2>Rol</h2><button>Ja</button>", "button", "Ja", "Telefoon"),
    "a heading's section ends with its own": ("<section><div><h2>Telefoon</h2></div><button id=x>Ja</button></section><button>Ja</button>", "button", "Ja", "Telefoon"),
    "inside a dialog": ("<button>Ja</button><div role=dialog aria-label=Zeker?><button id=x>Ja</button></div>", "button", "Ja", "Zeker?"),
    "inside a group of rows": ("<table><tbody><tr><th>A<tr><td><button>Ja</button><tbody><tr><th>B<tr><td><button id=x>Ja</button></table>", "button", "Ja", "B"),
    "under the top dialog only": ("<button>Ja</button><dialog id=d><button id=x>Ja</button></dialog><script>d.showModal()</script>", "button", "Ja", None),
    "a dialog over a dialog": ("<dialog id=d><button>Ja</button></dialog><dialog id=e><button id=x>Ja</button></dialog><script>d.showModal(); e.showModal()</script>", "button", "Ja", None),
    "open shadow root": (SHADOW % "<slot></slot><button id=x>Ja</button>", "button", "Ja", None),
    "label at the host": ("<label for=h>Rol</label>" + SHADOW % X, "field", "Rol", None),
    "scrolled out of its own box": ("<div id=s style='height:50px;overflow:auto'><button id=x>Ja</button><p style='height:3000px'></div><script>s.scrollTop = 900</script>", "button", "Ja", None),
}  # fmt: skip


@pytest.mark.parametrize("case", THINGS)
def test_a_thing_by_its_name(show: Show, case: str) -> None:
    html, kind, name, inside = THINGS[case]
    assert found(show(html), kind, name, inside) == "x"


B = "<button>Ja</button>"
REFUSED: dict[str, tuple[str, Kind, str, str]] = {
    "none": ("", "button", "Ja", "none"),
    "a part of it": ("<button>Jawel</button><button>O, Ja</button>", "button", "Ja", "none"),
    "two": (f"{B}{B}", "button", "Ja", "2"),
    "one more in a frame": (f'{B}<iframe srcdoc="{B}"></iframe>', "button", "Ja", "2"),
    "one more in a shadow root": (B + SHADOW % B, "button", "Ja", "2"),
    "disabled": (f"<fieldset disabled>{B}</fieldset>", "button", "Ja", "disabled"),
    "said to be disabled": ("<button aria-disabled=true>Ja</button>", "button", "Ja", "disabled"),
    "hidden": (f"<div style='visibility:hidden'>{B}</div>", "button", "Ja", "none"),
    "transparent": (f"<div style='opacity:0'>{B}</div>", "button", "Ja", "none"),
    "folded": (f"<div style='height:0;overflow:hidden'>{B}</div>", "button", "Ja", "none"),
    "one pixel": ("<a href=# style='position:absolute;width:1px;height:1px;overflow:hidden'>Ja</a>", "link", "Ja", "none"),
    "left of the page": (f"<div style='position:absolute;left:-9999px'>{B}</div>", "button", "Ja", "none"),
    "hidden from readers": (f"<div aria-hidden=true>{B}</div>", "button", "Ja", "none"),
    "inert": (f"<div inert>{B}</div>", "button", "Ja", "none"),
    "under a dialog": (f"{B}<dialog id=d>x</dialog><script>d.showModal()</script>", "button", "Ja", "none"),
    "under a dialog of divs": (f"{B}<div role=dialog aria-modal=true>x</div>", "button", "Ja", "none"),
    "in a frame under a dialog": (f'<iframe srcdoc="{B}"></iframe><dialog id=d>x</dialog><script>d.showModal()</script>', "button", "Ja", "none"),
    "in a hidden frame": (f'<iframe style="visibility:hidden" srcdoc="{B}"></iframe>', "button", "Ja", "none"),
    "a dialog that is shut": (f"<dialog>{B}</dialog>", "button", "Ja", "none"),
    "other capitals": ("<button style='text-transform:uppercase'>ja</button>", "button", "Ja", "capitals"),
    "a link, not a button": ("<a href=#>Ja</a>", "button", "Ja", "none"),
    "two groups of that name": (f"<h2>Rol</h2>{B}<h2>Rol</h2>{B}", "button", "Ja", "2"),
    "an empty name": ("<button></button>", "button", "*", "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_none_or_several_is_an_error_that_says_so(show: Show, case: str) -> None:
    html, kind, name, words = REFUSED[case]
    with pytest.raises(ZorgidError) as error:
        in_page.press(show(html), Target(kind, name, "Rol" if "groups" in case else None), timeout=1)
    assert error.value.code == "page_not_as_mapped"
    assert words in str(error.value.found)


def test_a_thing_that_comes_later_is_waited_for(show: Show) -> None:
    page = show(f"<p id=p></p><script>setTimeout(() => {{ p.innerHTML = '{B}' }}, 120)</script>")
    with pytest.raises(ZorgidError):
        in_page.find(page, Target("button", "Ja"))
    in_page.press(page, Target("button", "Ja"), wait=5)


def test_what_comes_over_it_at_the_last_moment_is_not_pressed_in_its_place(show: Show) -> None:
    page = show(
        "<button onclick='this.id = `pressed`'>Ja</button><div id=over hidden style='position:fixed;inset:0' "
        "onpointerdown='this.className = `pressed`' onclick='this.className = `pressed`'></div>"
        "<script>onmousemove = () => { over.hidden = false }</script>"
    )
    in_page.press(page, Target("button", "Ja"), timeout=1)
    assert page.evaluate("document.querySelectorAll('#pressed,.pressed').length") == 0
    page = show("<p style='height:3000px'></p><a href='#' onmousedown='this.hidden = 1; document.title = `a`'>Ja</a>")
    in_page.press(page, Target("link", "Ja"), timeout=1)
    assert page.title() == "a"


LINES = {
    "a part in another element": ("<p>Anna <b>de <i>Boer</i></b></p>", 1),
    "an unseen block between its parts": ("<div>Anna de<div hidden>x</div> Boer</div>", 1),
    "text of others in the same line": ("<p>Anna <b>de Boer</b> <i>XX</i></p><p>XX <b>Anna de</b> Boer</p>", 0),
    "a block around it with text of its own": ("<div>XX<div>Anna de Boer</div>YY</div>", 1),
    "twice": ("<p>Anna de Boer</p><table><tr><td>Anna de Boer<td>XX</table>", 2),
    "blanks, and hyphens that are not seen": ("<p>Anna\n  de&nbsp;Bo&shy;er</p>", 1),
    "in a shadow root": ("<div><template shadowrootmode=open><p><slot></slot> Boer</p></template>Anna de</div>", 1),
    "not shown": ("<p hidden>Anna de Boer</p><p style='visibility:hidden'>Anna de Boer</p>", 0),
}


@pytest.mark.parametrize("case", LINES)
def test_a_line_by_its_words_alone(show: Show, case: str) -> None:
    html, count = LINES[case]
    page = show("<p></p>")
    page.evaluate("html => document.body.setHTMLUnsafe(html)", html + "<p>Anna</p><p>de Boer</p>")
    assert frames.call(page.main_frame, "lineCounts", {"texts": ["Anna de Boer"]}) == [count]


def test_something_over_it_is_no_click_and_no_word_of_the_page(show: Show) -> None:
    page = show("<button>Ja</button><div style='position:fixed;inset:0'>Jan Jansen</div>")
    with pytest.raises(ZorgidError) as error:
        in_page.press(page, Target("button", "Ja"), timeout=0.2)
    assert "could not be pressed" in str(error.value)
    assert "Jansen" not in repr(error.value)
    assert error.value.__suppress_context__


FRAMED = '<iframe title=Formulier srcdoc="<button id=x>Ja</button>"></iframe><button>Ja</button>'


@pytest.mark.parametrize(
    "html",
    [FRAMED, f"<h2>Formulier</h2>{FRAMED.replace(' title=Formulier', '').replace('</iframe>', '</iframe><h2>x</h2>')}"],
)
def test_inside_a_frame(show: Show, html: str) -> None:
    assert found(show(html), "button", "Ja", "Formulier") == "x"


def test_a_frame_of_another_host(page: Any) -> None:
    pages = {"een.test": "<iframe src='http://twee.test/' title=Log></iframe>", "twee.test": "<h1>Inloggen</h1>"}
    page.route(
        "**/*", lambda route: route.fulfill(body=pages[route.request.url.split("/")[2]], content_type="text/html")
    )
    page.goto("http://een.test/")
    page.unroute("**/*")
    assert in_page.shown(page, [Target("heading", "Weg"), Target("heading", "Inloggen", "Log")]) == 1


# Lines and values -----------------------------------------------------------------------------------------------------
BAR = "<header>De Linde (URA <b>90000123</b>)<div>Jan Jansen, Beheerder <button>Uit</button></div></header>"


@pytest.mark.parametrize(
    ("html", "template", "values", "there"),
    [
        (BAR, "{id}, {role}", {"id": "Jan Jansen", "role": "Beheerder"}, True),
        (BAR, "De Linde (URA {ura})", {"ura": "90000123"}, True),
        (BAR, "De Linde (URA {ura})", {"ura": "9000012"}, False),
        (BAR, "De Linde (URA {ura})", {}, False),
        (BAR, "{id}, {role}", {"id": "Jan jansen", "role": "Beheerder"}, False),
        ("<p>De Linde</p><p>(URA 1)</p>", "(URA {ura})", {"ura": "1"}, True),
        ("<p>De Linde <span>(URA 1)</span></p>", "(URA {ura})", {"ura": "1"}, True),
        ("<p>(URA 1)<p>(URA 1)", "(URA {ura})", {"ura": "1"}, False),
        ("<p>(URA 1)<br>(URA 2)", "(URA {ura})", {"ura": "1"}, True),
        ("<p hidden>(URA 1)", "(URA {ura})", {"ura": "1"}, False),
        ("<p>(URA 12)", "(URA {ura})", {"ura": "."}, False),
    ],
)
def test_a_line(show: Show, html: str, template: str, values: dict[str, str], there: bool) -> None:
    assert in_page.lines(show(html), [template], values) is there


def test_numbers_of_a_line(show: Show) -> None:
    page = show("<p>1\u201325 van 1.002<div>x</div><p>1 - 25 van 1002")
    assert in_page.numbers(page, "{from}-{to} van {total}") == {"from": 1, "to": 25, "total": 1002}
    assert in_page.numbers(page, "{total} leden") is None
    with pytest.raises(ZorgidError):
        in_page.numbers(show("<p>3 leden<p>4 leden"), "{total} leden")


@pytest.mark.parametrize(
    "html",
    [
        "<dl><dt>Status<dd>Actief<dt>Rol<dd>x</dl>",
        "<dl><div><dt>Status:</dt><dd>Actief</dd></div></dl>",
        "<table><tr><th>Status<td>Actief<td>wijzig</table>",
        "<table><tr><td>Status<td>Actief<button>Wijzig</button></table>",
        "<p>Status: Actief</p>",
        "<p><b>Status:</b> Actief</p>",
        "<div><span>Status</span><span>Actief</span></div>",
        "<div><div>Status</div><div><b>Actief</b></div></div>",
        "<label>Status <input value=Actief readonly></label>",
        "<p>Status:<br>Actief<br>x</p>",
        "<dl><dt>Status<dd>Actief</dl><label>Status <select><option>Inactief</select></label>",
        "<div style='display:grid'><b>Rol</b><i>x</i><b>Status</b><i>Actief</i></div>",
    ],
)
def test_a_value_beside_a_name(show: Show, html: str) -> None:
    page = show(f"{html}<p>Statusdatum: 2026-01-01</p>")
    assert in_page.beside(page, ["Status"]) == {"Status": "Actief"}
    assert (
        in_page.shown(page, [Target("beside", "Status", value="Inactief"), Target("beside", "Status", value="Actief")])
        == 1
    )


@pytest.mark.parametrize(
    "html", ["<p>Rol: a</p><p>Rol: b</p>", "<p>Rol:</p><p>Status: a</p><p>b</p>", "<h2>Rol</h2><p>a</p><p>b</p>"]
)
def test_a_name_with_two_values_or_none(show: Show, html: str) -> None:
    with pytest.raises(ZorgidError):
        in_page.beside(show(html), ["Rol"])


def test_an_empty_value_is_not_the_next_one(show: Show) -> None:
    page = show("<dl><dt>Rol<dd><dt>Status<dd>Actief</dl><table><tr><th>Naam<td><tr><th>Land<td>NL</table>")
    assert in_page.beside(page, ["Rol", "Naam", "Land"]) == {"Rol": "", "Naam": "", "Land": "NL"}


# Tables ---------------------------------------------------------------------------------------------------------------
LIST = "<h1>Leden</h1><table><thead><tr><th>Gebruiker <button>\u25b2</button><th>Rol</thead><tbody>%s</table>"
JAN = "<tr><td><a href=# onclick='document.title = this.textContent'>Jan Jansen%s</a><td>%s"
TABLES = {
    "a table": LIST % "<tr><td>Jan<td>A<tr><td>Piet<td>B",
    "without a head": "<h1>Leden</h1><table><tr><th>Gebruiker<th>Rol<tr><td>Jan<td>A<tr><td>Piet<td>B</table>",
    "another table under the heading": "<h1>Leden</h1><table><tr><td>Rol<td><select><option>A</select></table>" + (LIST % "<tr><td>Jan<td>A<tr><td>Piet<td>B")[14:],
    "spans": LIST % "<tr><td>Jan<td rowspan=1>A<tr><td>Piet<td>B<tr><td colspan=2>Einde",
    "more columns and hidden rows": "<h1>Leden</h1><table><tr><th>x<th>Rol<th>Gebruiker<tr><td>1<td>A<td>Jan<tr hidden><td>2<td>C<td>Kees<tr><td>3<td>B<td>Piet</table>",
    "roles": "<h1>Leden</h1><div role=table><div role=row><i role=columnheader>Gebruiker</i><i role=columnheader>Rol</i></div><div role=rowgroup><div role=row><i role=cell>Jan</i><i role=cell>A</i></div><div role=row><i role=cell>Piet</i><i role=cell>B</i></div></div></div>",
    "shadow": "<h1>Leden</h1><div role=grid><div role=row><i role=columnheader>Gebruiker</i><i role=columnheader>Rol</i></div><p id=h></p></div><script>h.attachShadow({mode: 'open'}).innerHTML = '<div role=row><i role=gridcell>Jan</i><i role=gridcell>A</i></div><div role=row><i role=gridcell>Piet</i><i role=gridcell>B</i></div>'</script>",
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_rows_by_the_titles_of_columns(show: Show, case: str) -> None:
    rows = in_page.rows(show(TABLES[case]), Target("heading", "Leden"), ["Gebruiker", "Rol"])
    assert rows == [["Jan", "A"], ["Piet", "B"]]


@pytest.mark.parametrize("html", ["", LIST % "", (LIST % "").replace("<table", "<table aria-busy=true")])
def test_an_empty_list_is_one_only_when_the_table_is_there(show: Show, html: str) -> None:
    page = show(html)
    if html == LIST % "":
        assert in_page.rows(page, Target("heading", "Leden"), ["Gebruiker"]) == []
        return
    with pytest.raises(ZorgidError):
        in_page.rows(page, Target("heading", "Leden"), ["Gebruiker"])


def test_a_row_by_its_whole_cell(show: Show) -> None:
    page = show(LIST % (JAN % (" 2", "Jan Jansen") + JAN % ("", "x") + JAN % ("ssen", "x")))
    in_page.press_row(page, Target("link", "Gebruiker", "Leden", "Gebruiker"), "Jan Jansen")
    assert page.title() == "Jan Jansen"
    in_page.press_row(page, Target("link", "Gebruiker", None, "Rol"), "Jan Jansen")
    assert page.title() == "Jan Jansen 2"
    for value in ("Jan", "Piet", "", "x"):
        with pytest.raises(ZorgidError) as error:
            in_page.press_row(page, Target("link", "Gebruiker", None, "Rol" if value == "x" else "Gebruiker"), value)
        assert value == "" or f"{value} " not in str(error.value)


VIRTUAL = """<div role=grid aria-label=Leden %s style="height:200px;overflow:auto;position:relative"><div role=row><b role=columnheader>Naam</b></div>
<div style="height:9000px"></div></div><script>{ const g = document.querySelector('[role=grid]'); const draw = () => { g.querySelectorAll('.r').forEach((r) => r.remove());
const f = Math.max(0, Math.floor(g.scrollTop / 30)); for (let i = f; i < Math.min(f + 8, 300); i++) { if (%s) continue; const r = document.createElement('div'); r.className = 'r'; r.setAttribute('role', 'row');
%s r.style = `position:absolute;top:${i * 30}px`; r.innerHTML = `<a href=# role=gridcell>naam ${i}</a>`; g.append(r); } }; g.onscroll = draw; draw(); }</script>"""


def test_a_list_that_draws_only_what_is_in_sight(show: Show) -> None:
    page = show((VIRTUAL % ("", "false", "")).replace("300)", "100)").replace("9000", "3000"))
    assert in_page.rows(page, Target("table", "Leden"), ["Naam"]) == [[f"naam {at}"] for at in range(100)]


def test_a_row_far_below_in_a_list_that_draws_only_what_is_in_sight(show: Show) -> None:
    # "naam 7" stands far below, too.
    page = show(
        (VIRTUAL % ("", "false", ""))
        .replace("300)", "100)")
        .replace("9000", "3000")
        .replace(
            "<a href=# role=gridcell>naam ${i}</a>",
            "<b role=gridcell><a href=# onclick='document.title = ${i}'>naam ${i % 90}</a></b><i role=gridcell>${i}</i>",
        )
    )
    name = Target("link", "Naam", "Leden", "Naam")
    in_page.press_row(page, name, "naam 77", wait=10)
    assert page.title() == "77"
    with pytest.raises(ZorgidError) as error:
        in_page.press_row(page, name, "naam 7")
    assert error.value.found == "2"


@pytest.mark.parametrize("left_out", ["i === 50", "true"])
def test_a_list_that_says_that_it_has_more(show: Show, left_out: str) -> None:
    page = show(
        (VIRTUAL % ("aria-rowcount=101", left_out, "r.setAttribute('aria-rowindex', i + 2);"))
        .replace("300", "100")
        .replace("9000", "3000")
    )
    with pytest.raises(ZorgidError) as error:
        in_page.rows(page, Target("table", "Leden"), ["Naam"])
    assert "missing" in str(error.value)


# Messages, outline ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "how", ["p.textContent = 'Opgeslagen'", "p.innerHTML = '<i>Opgeslagen</i>'", "q.hidden = false"]
)
def test_a_message_that_vanished_is_remembered_for_the_last_click(show: Show, how: str) -> None:
    page = show(
        f"<p id=p role=status></p><p id=q role=alert hidden>Opgeslagen</p><p class=toast>Oud</p>"
        f"<button onclick=\"{how}; setTimeout(() => {{ p.textContent = ''; q.hidden = true }}, 60)\">Ja</button>"
    )
    signs = [Target("alert", "Opgeslagen"), Target("alert", "Oud")]
    in_page.forget(page)
    in_page.press(page, Target("button", "Ja"))
    page.wait_for_timeout(120)
    assert in_page.shown(page, signs) == 1
    assert in_page.shown(page, signs, past=True) == 0
    in_page.forget(page)
    assert in_page.shown(page, signs[:1], past=True) is None


def test_messages_of_a_page_that_was_just_loaded_are_remembered(page: Any) -> None:
    html = """<!doctype html><meta charset=utf-8><div id=h></div><p id=p role=status>Opgeslagen</p><button>Ja</button><script>
    const inner = h.attachShadow({mode: 'open'}); inner.innerHTML = '<p role=alert></p>';
    setTimeout(() => p.remove(), 400);
    document.querySelector('button').onclick = () => {
      inner.firstChild.textContent = 'Geweigerd'; setTimeout(() => { inner.firstChild.textContent = '' }, 60) };
    </script>"""
    page.route("https://portal.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("https://portal.example/")
    page.wait_for_timeout(600)
    signs = [Target("alert", "Opgeslagen"), Target("alert", "Geweigerd")]
    assert in_page.each_shown(page, signs) == [False, False]
    assert in_page.each_shown(page, signs, past=True) == [True, False]
    in_page.press(page, Target("button", "Ja"))
    page.wait_for_timeout(120)
    assert in_page.each_shown(page, signs) == [False, False]
    assert in_page.each_shown(page, signs, past=True) == [True, True]


def test_any_alert_is_a_new_one_that_says_that_something_went_wrong(show: Show) -> None:
    page = show(
        "<p role=alert>Let op</p><p role=status id=s>1 van 1</p><p role=alert id=a></p><button onclick='s.textContent = 2'>A</button><button onclick='a.textContent = 3'>B</button>"
    )
    signs = [Target("alert", "*")]
    assert in_page.shown(page, signs) == 0
    in_page.forget(page)
    in_page.press(page, Target("button", "A"))
    assert in_page.shown(page, signs, past=True) is None
    in_page.press(page, Target("button", "B"))
    assert in_page.shown(page, signs, past=True) == 0


PERSON = """<nav><a>Gebruikers</a><a>Beheerders</a></nav><header><a>Kees Bos</a></header><h1>Jan Jansen</h1><p>Naam: Jan Jansen</p>
<h2>Telefoon</h2><button>Blokkeren</button><h2>Van Kees Bos</h2><h2>Toestel van Jan Jansen</h2><label>E-mailadres * <input value=jan@example.nl></label><label>Rol <select required><option>Beheerder<option>Medewerker</select></label>
<label>Gebruiker <select><option>Piet Smit</select></label><ul><li><a>Anna</a></ul><table><thead><tr><th>Toestel<th>Datum</thead><tr><td><a>Jan zijn telefoon</a><td>1<td><button>Wis</button></table><a>Terug</a><a href=/lijst.csv>Alles</a>"""


def test_the_outline_has_names_and_nothing_of_people(show: Show) -> None:
    parts = in_page.outline(show(PERSON), given=["Kees Bos"])
    assert [part[:3] for part in parts] == [
        *(("menu", "Gebruikers", False), ("menu", "Beheerders", False), ("button", "Blokkeren", False)),
        *(
            ("link", "Terug", False),
            ("download", "Alles", False),
            ("heading", "", False),
            ("heading", "Telefoon", False),
        ),
        *(("text", "E-mailadres", True), ("select", "Rol", True), ("select", "Gebruiker", False)),
        *(("column", "Toestel", False), ("column", "Datum", False)),
    ]
    assert [part.choices for part in parts if part.role == "select"] == [("Beheerder", "Medewerker"), ()]
    assert not any(word in str(parts) for word in ("Jan", "Kees", "Bos", "Piet", "Anna", "@"))
    assert ("heading", "Jan Jansen") in [part[:2] for part in in_page.outline(show(PERSON), known=["Jan Jansen"])]


@pytest.mark.slow
def test_the_odd_forms_that_come_with_the_collection(page: Any) -> None:
    assert in_page.self_test(page) == []


def test_a_browser_that_does_something_else_fails_the_odd_forms(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    some = (
        "a disabled button",
        "radio buttons",
        "a label in the cell before, a soft hyphen, a star",
        "a part of a name",
    )
    monkeypatch.setattr(self_test, "CASES", {name: self_test.CASES[name] for name in some})
    context = page.context.browser.new_context()
    context.add_init_script("HTMLElement.prototype.click = () => {}; String.prototype.normalize = () => 'x'")
    context.add_init_script(in_page.init_script())
    other = context.new_page()
    assert in_page.self_test(other) == [*some[1:3]]
    context.close()
