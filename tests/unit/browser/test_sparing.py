# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""After a change only the first rows of a long table are drawn, until the others are needed; what is found is the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import frames, in_page
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Kind, ListPage, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.tests.support.browser import opened
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, Reply, Request, serve

pytest.importorskip("playwright.sync_api")
Load = Callable[..., Any]

#: the row that differs, far below those that are drawn
ODD = 149
LINK = Target("link", "Nieuwe gebruiker")
SAVED = Target("line", "De gebruiker is opgeslagen.")


@pytest.fixture
def load(page: Any) -> Load:
    """A page with a list of 200, one row of which is another one; as a server sends it, so that it is parsed."""

    def run(odd: str = "", *, before: str = "", csp: str = "", last: str = "", sparing: bool = True) -> Any:
        rows = [f"<tr><td><a href=/{at}>jan{at}</a><td>HR-{at}<td>Medewerker</tr>" for at in range(200)]
        rows[ODD] = f"<tr><td>{odd}</tr>" if odd else rows[ODD]
        html = (
            f"<!doctype html><meta charset=utf-8><h1>Gebruikers</h1><a href=/new>Nieuwe gebruiker</a>{before}"
            f"<table><thead><tr><th>Gebruiker<th>Nummer<th>Rol</thead><tbody>{''.join(rows)}</table>{last}"
        )
        headers = {"Content-Security-Policy": csp} if csp else {}
        page.unroute_all()
        page.route(
            "https://portal.example/**",
            lambda route: route.fulfill(body=html, content_type="text/html", headers=headers),
        )
        with page.add_init_script(frames.SPARING) if sparing else nullcontext():
            page.goto("https://portal.example/")
        return page

    return run


def drawn(page: Any) -> int:
    return int(
        page.evaluate("[...document.querySelectorAll('tbody > tr')].filter((one) => one.checkVisibility()).length")
    )


def test_only_a_page_that_follows_a_change_is_spared(load: Load) -> None:
    assert drawn(load(sparing=False)) == 200
    page = load()
    assert drawn(page) == 50
    page.goto("https://portal.example/")
    assert drawn(page) == 200


def test_a_message_and_a_link_are_found_before_the_list_is_drawn(load: Load) -> None:
    page = load(before="<p>De gebruiker is opgeslagen.</p>")
    assert drawn(page) == 50
    assert in_page.each_shown(page, [SAVED, LINK, Target("heading", "Niet gelukt")], past=True, sparing=True) == [
        True,
        True,
        False,
    ]
    assert drawn(page) == 50
    in_page.press(page, LINK, sparing=True)
    page.wait_for_url("**/new")


def test_what_is_looked_at_for_a_decision_is_drawn_whole(load: Load) -> None:
    page = load()
    assert len(in_page.rows(page, Target("heading", "Gebruikers"), ["Gebruiker", "Nummer"])) == 200
    assert drawn(page) == 200
    page = load()
    assert [in_page.shown(page, [LINK], sparing=True), drawn(page)] == [0, 50]
    assert [in_page.shown(page, [LINK]), drawn(page)] == [0, 200]
    page = load()
    assert len(in_page.outline(page)) > 1
    assert drawn(page) == 200
    page = load()
    assert in_page.lines(page, ["HR-{n}"], {"n": str(ODD)})
    assert drawn(page) == 200
    page = load()
    in_page.forget(page)
    assert drawn(page) == 200


def test_a_row_that_is_not_drawn_is_opened(load: Load) -> None:
    page = load()
    in_page.press_row(page, Target("row", "Gebruiker", "Gebruikers"), f"jan{ODD}")
    page.wait_for_url(f"**/{ODD}")
    page = load()
    in_page.press(page, Target("link", f"jan{ODD}"), sparing=True)
    page.wait_for_url(f"**/{ODD}")


#: what the row has -> a target that is found in it
INSIDE: dict[str, tuple[str, Target]] = {
    "line": ("De gebruiker is opgeslagen.", SAVED),
    "line in parts": ("De <b>gebruiker</b> is opge<i>slagen</i>.", SAVED),
    "line with a soft hyphen": ("De gebruiker is opge&shy;slagen.", SAVED),
    "line of compatible letters": ("De gebruiker is opge\uff53lagen.", SAVED),
    "line with a sign that is left out": ("De gebruiker is op\u2060geslagen.", SAVED),
    "alert": ("<p role=alert>De gebruiker is opgeslagen.</p>", Target("alert", "De gebruiker is opgeslagen.")),
    "any alert": ("<p role=alert>Oeps</p>", Target("alert", "*")),
    "button by its value": ("<input type=button value=Bewaren>", Target("button", "Bewaren")),
    "a row that is a button": ("</tr><tr role=button aria-label=Bewaren><td>x", Target("button", "Bewaren")),
    "button by its label": ("<button aria-label=Bewaren>x</button>", Target("button", "Bewaren")),
    "link by its title": ("<a href=# title=Bewaren><svg></svg></a>", Target("link", "Bewaren")),
    "link by its picture": ("<a href=#><img alt=Bewaren width=9 height=9></a>", Target("link", "Bewaren")),
    "named by another element": ("<button aria-labelledby=t>x</button>", Target("button", "Hier bewaren")),
    "picture": ("<img alt=QR-code width=60 height=60>", Target("image", "QR-code")),
    "field": ("<label>Naam <input></label>", Target("field", "Naam")),
    "heading": ("<h2>Niet gelukt</h2>", Target("heading", "Niet gelukt")),
    "signs only": ("<button>+++</button>", Target("button", "+++")),
    "in a shadow root": (
        "<div id=h></div><script>h.attachShadow({mode: 'open'}).innerHTML = '<button>Bewaren</button>'</script>",
        Target("button", "Bewaren"),
    ),
    "in a shadow root that is declared": (
        "<div><template shadowrootmode=open><button>Bewaren</button></template></div>", Target("button", "Bewaren")),
    "inside of it": ("<fieldset><legend>Telefoon</legend><button>Ja</button></fieldset>", Target("button", "Ja", "Telefoon")),
}  # fmt: skip


@pytest.mark.parametrize("case", INSIDE)
def test_what_is_in_a_row_that_is_not_drawn_is_found(load: Load, case: str) -> None:
    odd, target = INSIDE[case]
    page = load(odd, last="<p id=t hidden>Hier bewaren</p>")
    assert drawn(page) == (200 if "alert" in odd else 50)  # an alert is remembered, so it is looked at by itself
    assert in_page.shown(page, [target], past=True, sparing=True) == 0


TWICE: dict[str, tuple[str, str]] = {
    "the same": ("<a href=#>Nieuwe gebruiker</a>", ""),
    "in parts": ("<a href=#><b>Nieuwe</b> <i>gebru<u>iker</u></i></a>", ""),
    "by a label": ("<a href=# aria-label='Nieuwe gebruiker'>+</a>", ""),
    "by another element": ("<a href=# aria-labelledby=t>+</a>", "<p id=t hidden>Nieuwe gebruiker</p>"),
    "the row itself": ("</tr><tr role=link tabindex=0 aria-label='Nieuwe gebruiker'><td>x", ""),
    "the row itself, by another": (
        "</tr><tr role=link tabindex=0 aria-labelledby=t><td>x",
        "<p id=t hidden>Nieuwe gebruiker</p>",
    ),
    "a sign of the next cell": ("<a href=#>Nieuwe gebruiker</a><td>&#x301;", ""),
    "in a declared root": ("<div><template shadowrootmode=open><a href=#>Nieuwe gebruiker</a></template></div>", ""),
    "in a frame of a root": (
        "<div><template shadowrootmode=open><iframe srcdoc='<a href=#>Nieuwe gebruiker</a>'></iframe></template></div>",
        "",
    ),
}


@pytest.mark.parametrize("case", TWICE)
def test_exactly_one_is_one_of_all_rows(load: Load, case: str) -> None:
    odd, last = TWICE[case]
    page = load(odd, last=last)
    with pytest.raises(ZorgidError) as caught:
        in_page.press(page, LINK, sparing=True)
    assert caught.value.code == "page_not_as_mapped"
    assert "Found: 2" in str(caught.value)


def test_what_comes_into_a_row_later_is_seen(load: Load) -> None:
    page = load()
    saved = Target("button", "Bewaren")
    assert in_page.shown(page, [saved], sparing=True) is None
    page.evaluate("document.querySelectorAll('tbody > tr')[120].innerHTML = '<td><button>Bewaren</button>'")
    assert in_page.shown(page, [saved], sparing=True) == 0
    page = load("<div id=h></div>")
    assert in_page.shown(page, [saved], sparing=True) is None
    page.evaluate("h.attachShadow({mode: 'open'}).innerHTML = '<button>Bewaren</button>'")
    assert in_page.shown(page, [saved], sparing=True) == 0
    page = load()
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', `<table><tbody>${'<tr><td>x'.repeat(80)}<tr><td><button>Bewaren</button></table>`)"
    )
    assert in_page.shown(page, [saved], sparing=True) == 0
    page = load(last="<table><tbody id=b></tbody></table>")
    assert in_page.shown(page, [saved], sparing=True) is None
    page.evaluate("b.innerHTML = `${'<tr><td>x'.repeat(80)}<tr><td><button>Bewaren</button>`")
    assert in_page.shown(page, [saved], sparing=True) == 0


def test_a_frame_in_a_row_that_is_not_drawn_is_looked_into(load: Load) -> None:
    page = load("<iframe srcdoc='<button>Bewaren</button>'></iframe>")
    page.frames[1].wait_for_load_state()
    assert in_page.shown(page, [Target("button", "Bewaren")], sparing=True) == 0


def test_an_alert_in_a_row_that_is_not_drawn_is_remembered(load: Load) -> None:
    page = load(
        "<p role=alert>Oeps</p>",
        last="<script>setTimeout(() => document.querySelector('[role=alert]').remove(), 500)</script>",
    )
    page.wait_for_function("!document.querySelector('[role=alert]')")
    assert in_page.each_shown(page, [Target("alert", "Oeps")], past=True) == [True]


def test_a_name_with_other_capitals_is_told_from_no_name(load: Load) -> None:
    page = load("<button>bewaren</button>")
    with pytest.raises(ZorgidError, match="capitals differ"):
        in_page.press(page, Target("button", "Bewaren"), sparing=True)


@pytest.mark.parametrize(
    "csp", ["style-src 'none'", "default-src 'self'; style-src 'self'; require-trusted-types-for 'script'"]
)
def test_a_policy_of_the_page_is_no_hindrance(load: Load, csp: str) -> None:
    page = load(csp=csp)
    assert drawn(page) == 50
    assert in_page.shown(page, [LINK], sparing=True) == 0
    assert len(in_page.rows(page, Target("heading", "Gebruikers"), ["Gebruiker"])) == 200


def test_a_page_that_has_sheets_of_its_own_keeps_them(load: Load) -> None:
    mine = "const mine = new CSSStyleSheet(); mine.replaceSync('h1 { color: rgb(1, 2, 3) }');"
    colour = "getComputedStyle(document.querySelector('h1')).color"
    page = load(last=f"<script>{mine} document.adoptedStyleSheets.push(mine)</script>")
    in_page.forget(page)
    assert [drawn(page), page.evaluate(colour)] == [200, "rgb(1, 2, 3)"]
    page = load(last=f"<script>{mine} document.adoptedStyleSheets = [mine]</script>")
    assert [drawn(page), page.evaluate(colour)] == [200, "rgb(1, 2, 3)"]
    assert len(in_page.rows(page, Target("heading", "Gebruikers"), ["Gebruiker"])) == 200


KINDS: list[Kind] = ["heading", "link", "button", "menu", "dialog", "line", "alert"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nowhere_is_nowhere(load: Load, kind: Kind) -> None:
    page = load()
    assert in_page.shown(page, [Target(kind, "Bestaat niet")], past=True, sparing=True) is None
    assert drawn(page) == 50


def test_the_driver_spares_the_page_after_a_change_and_reads_another(pki: Pki) -> None:
    rows = "".join(f"<tr><td>jan{at}</tr>" for at in range(200))
    form = (
        "<h1>Nieuw</h1><form method=post action=/save><input type=hidden name=a value=b><button>Opslaan</button></form>"
    )
    count = "document.write('<p>' + [...document.querySelectorAll('tbody > tr')].filter((one) => one.checkVisibility()).length + ' rijen')"
    page = f"<h1>Gebruikers</h1><a href=/list>Lijst</a><table><thead><tr><th>Naam</thead><tbody>{rows}</table><script>{count}</script>"

    def answer(request: Request) -> Reply:
        return Reply(form if request.path == "/" else page)

    with serve(pki, answer) as running:
        host = running.url.split("/")[2]
        with opened(f"https://{host}/", [host], ca_path=str(pki.ca_path)) as window:
            window.start()
            sent = window.last(
                Target("button", "Opslaan"),
                None,
                done=[Target("heading", "Gebruikers")],
                refused=[],
                person=[],
                over=[],
            )
            assert sent.sign == "done"
            assert window.shown([Target("line", "50 rijen"), Target("line", "200 rijen")]) == 0
            found = window.rows(
                ListPage((Step(Target("link", "Lijst")),), Target("heading", "Gebruikers"), {"Naam": "id"})
            )
            assert len(found.rows) == 200
            assert window.shown([Target("line", "50 rijen"), Target("line", "200 rijen")]) == 1


@pytest.mark.parametrize(
    ("row", "exactly_one", "rows"),
    [
        ("Vera Baas<td>HR-1<td>Medewerker", True, 50),
        ("Vera Baas, Medewerker", False, 200),
        ("<p>Vera <b>Baas,</b>\n Medewerker</p>", False, 200),
        ("Vera\u00adBaas", True, 50),
        ("<iframe></iframe>", True, 200),
    ],
)
def test_whose_page_it_is_is_seen_before_the_list_is_drawn(load: Load, row: str, exactly_one: bool, rows: int) -> None:
    """The person whose session it is stands in the list, too; a second line of the same words counts."""
    page = load(row, before="<p>Vera Baas, Medewerker</p>")
    look = in_page.fitting(page, ["{name}, {role}"], [{"name": "Vera Baas", "role": "Medewerker"}], True)
    assert (frames.together(look), drawn(page)) == ([[exactly_one]], rows)


def test_a_dialog_in_a_row_lies_over_all(load: Load) -> None:
    page = load()
    page.evaluate(
        "document.querySelectorAll('tbody > tr')[120].innerHTML = "
        "`<td><div role=dialog aria-modal=true aria-label=Let style='position:fixed;inset:0'>x</div>`"
    )
    assert in_page.each_shown(page, [LINK], sparing=True) == [False]


def test_a_table_of_exactly_one_row_too_many_that_shows_no_text(page: Any) -> None:
    rows = "<tr><td>x" * 50 + "<tr><td><div><template shadowrootmode=open><button>Bewaren</button></template></div>"
    page.unroute_all()
    page.route(
        "https://portal.example/**",
        lambda route: route.fulfill(body=f"<table><tbody>{rows}</table>", content_type="text/html"),
    )
    with page.add_init_script(frames.SPARING):
        page.goto("https://portal.example/")
    assert in_page.shown(page, [Target("button", "Bewaren")], sparing=True) == 0


def test_a_frame_is_inside_what_it_is_inside_of_when_all_is_drawn(load: Load) -> None:
    page = load("<h1>Gevaar</h1>", before="<h1>Veilig</h1>", last="<iframe srcdoc='<button>Ja</button>'></iframe>")
    page.frames[1].wait_for_load_state()
    inside = [Target("button", "Ja", name) for name in ("Veilig", "Gevaar")]
    assert in_page.each_shown(page, inside, sparing=True) == [False, True]


def test_all_is_drawn_where_the_sheet_was_given_to_another_root_and_after_two_seconds(load: Load) -> None:
    give = "const root = t.attachShadow({mode: 'open'}); root.adoptedStyleSheets = [...document.adoptedStyleSheets]; root.append(document.querySelector('table'))"
    page = load(last=f"<div id=t></div><script>{give}</script>")
    assert len(in_page.rows(page, Target("table", ""), ["Gebruiker"])) == 200
    page = load()
    assert drawn(page) == 50
    page.wait_for_timeout(2300)
    assert drawn(page) == 200


def test_an_alert_in_a_root_in_a_row_is_remembered(load: Load) -> None:
    last = "<script>const one = document.querySelector('tbody div').shadowRoot.firstChild; setTimeout(() => one.remove(), 600)</script>"
    page = load("<div><template shadowrootmode=open><p role=alert>Oeps</p></template></div>", last=last)
    page.wait_for_timeout(800)
    assert in_page.each_shown(page, [Target("alert", "Oeps")], past=True) == [True]


def test_an_alert_beside_hundreds_of_states_is_remembered(load: Load) -> None:
    late = "document.addEventListener('DOMContentLoaded', () => { const p = document.createElement('p'); p.role = 'alert'; p.textContent = 'Oeps'; document.body.append(p); setTimeout(() => p.remove(), 700) })"
    page = load(before="<i role=status>ok</i> " * 600, last=f"<script>{late}</script>", sparing=False)
    page.wait_for_timeout(900)
    assert in_page.each_shown(page, [Target("alert", "Oeps")], past=True) == [True]


FADES = "<style>@keyframes f { from { opacity: 0 } to { opacity: 1 } } tr { animation: f .4s }</style>"
FETCHES = """<button onclick="fetch('/quiet', {method: 'POST', body: 'a=b'})">Bewaren</button>"""


def test_after_a_change_nothing_old_is_a_sign_and_no_press_is_of_one_of_two(pki: Pki) -> None:
    """On the page that followed a change: a message in a row that fades in, and a link of the name of another, with
    something within its word that is not seen."""
    form = (
        "<h1>Nieuw</h1><form method=post action=/save><input type=hidden name=a value=b><button>Opslaan</button></form>"
    )
    rows = ["<tr><td>x</tr>"] * 200
    rows[ODD] = "<tr><td>De gebruiker is opgeslagen. <td><a href=#>Toe<i style='display:none'>x</i>voegen</a></tr>"
    page = f"{FADES}<h1>Gebruikers</h1><a href=/new>Toevoegen</a>{FETCHES}<table><tbody>{''.join(rows)}</table>"

    def answer(request: Request) -> Reply:
        return Reply(form if request.path == "/" else page)

    def change(window: Any, button: str, done: Target) -> str:
        sent = window.last(Target("button", button), None, done=[done], refused=[], person=[], over=[])
        return str(sent.sign)

    with serve(pki, answer) as running:
        host = running.url.split("/")[2]
        with opened(f"https://{host}/", [host], ca_path=str(pki.ca_path), timeout=2) as window:
            window.start()
            assert change(window, "Opslaan", Target("heading", "Gebruikers")) == "done"
            assert change(window, "Bewaren", SAVED) == "none"
            window.start()
            assert change(window, "Opslaan", Target("heading", "Gebruikers")) == "done"
            with pytest.raises(ZorgidError) as caught:
                window.walk([Step(Target("link", "Toevoegen"))], {})
            assert "Found: 2" in str(caught.value)


def test_what_turns_for_ever_is_not_waited_for(load: Load) -> None:
    """Also where the page stops all timers; frames are counted, so that this ends."""
    page = load(before="<style>@keyframes t { to { rotate: 1turn } } h1 { animation: t 1s infinite }</style>")
    drew = page.evaluate("""async () => {
      const z = window[Symbol.for("gbz.zorgid.finder")];
      window.setTimeout = () => 0;
      let frames = 0;
      const late = new Promise((done) => {
        const next = () => (++frames > 120 ? done("late") : requestAnimationFrame(next));
        next();
      });
      return Promise.race([z.drawn(), late]);
    }""")
    assert drew is True
