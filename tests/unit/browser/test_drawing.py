# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""The image of a page in which every value is dots, in a real Chromium: two people's pages give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import drawing, work

pytest.importorskip("playwright.sync_api")
Show = Callable[[str], Any]

WORDS = [
    "Gebruikers",
    "Nieuwe gebruiker",
    "Voornaam",
    "Rol",
    "Medewerker",
    "Opslaan",
    "Actief",
    "Zoeken",
    "Stap # van #",
    "*",
]
ONE = ("Jan", "Jansen", "jan@linde.example", "1960-05-06")
OTHER = (
    "Wilhelmina-Alexandra",
    "van der Bergh tot Oudewater",
    "w.a.van.der.bergh@eenheellangdomein.example",
    "2001-12-31",
)
SAME_LENGTH = ("Piet", "Pieter", "pie@linde.example", "1961-06-07")
PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='40'><text y='20'>{first}</text></svg>"


def page_of(first: str, last: str, mail: str, born: str) -> str:
    """A page with this person wherever a page may show one."""
    picture = PICTURE.format(first=first, w=40 + 5 * len(first))
    return f"""<title>{first} {last}</title>
<style>
 .pseudo::before {{ content: "{first} {last}"; }} .pseudo::after {{ content: attr(data-name); }}
 .marked::marker {{ content: "{first}"; }}
 .back {{ width: {len(first) * 9}px; height: 40px; background: url("{picture}") , #{len(last):02d}{len(first):02d}99; }}
 [style*=avatar] {{ font-size: {len(last)}px; }}
</style>
<h1>Gebruikers</h1><h2>{first} {last}</h2><nav><a href="/u/{last}">Gebruikers</a> <a href="#" title="{first}">{last}</a></nav>
<p>Stap {len(first)} van {len(last) * 3}</p><p class=pseudo data-name="{last}">Rol</p><ul><li class=marked>Actief</li></ul>
<form><label>Voor&shy;naam * <input value="{first}"></label>
 <label>Zoeken <input placeholder="{mail}"></label><input placeholder=Zoeken><input type=date value="{born}"><input type=password value="{last}">
 <textarea>{first}\n{last}\n{mail}</textarea>
 <label>Rol <select><option>Medewerker<option>Anders</select></label><select><option>{first} {last}<option>Medewerker</select>
 <select multiple><option>{first}<option>{last}</select>
 <input type=radio name=r id=r1 {"checked" if len(first) > 4 else ""}><label for=r1>{last}</label>
 <div contenteditable>{first} <b>{last}</b></div><div role=textbox>{mail}</div><div role=combobox>{last}</div>
 <button title="{first}">{last}</button><button aria-label="{last}"><svg width=20 height=20><text y=9>{first}</text></svg></button>
 <input type=submit value="{first} opslaan"><button><b>Op</b>slaan</button></form>
<table><thead><tr><th>Voornaam<th>Rol</thead><tr><td><a href="?{last}">{first} <b>{last}</b></a><td>Medewerker<tr><td>{mail}<td>{born}</table>
<img alt="{first}" src="{picture}"><svg width="{len(last) * 4}" height=30><text y=20>{last}</text></svg>
<canvas id=c width="{len(last) * 5}" height=30></canvas><video poster="{picture}" width={len(last)}0 height=20></video>
<div class=back></div><div style="avatar: x; background: #{len(first):02d}0000">{first[0]}{last[0]}</div><progress value="{len(first)}" max=99></progress>
<iframe id=f width={100 + len(last)} height=60 srcdoc="<p>Rol {last}</p><b>Voornaam</b> <input value='{first}'>"></iframe>
<div id=open></div><x-closed id=closed style="display:block;width:{len(last)}em;height:2em"></x-closed><div id=live>{first}</div>
<dialog open><h2>{last}</h2><p role=alert>{first} is opgeslagen</p></dialog>
<p style="display:none">{first}</p><details><summary>{first}</summary>{last}</details>
<script>
 c.getContext("2d").fillText({first!r}, 2, 20);
 document.getElementById("open").attachShadow({{mode: "open"}}).innerHTML = "<p>{first}</p><b>Voornaam</b><input value='{last}'>";
 closed.attachShadow({{mode: "closed"}}).innerHTML = "<p>{first} {last}</p>";
 setInterval(() => {{ live.textContent = {last!r}; document.title = {first!r}; document.querySelector("h2").textContent = {mail!r}; }}, 10);
</script>"""


def at_home(url: str) -> bool:
    return url.startswith("https://portaal.example/")


def drawn_of(page: Any, person: tuple[str, str, str, str]) -> tuple[str, bytes]:
    page.frame_locator("#f").locator("b").wait_for()
    page.wait_for_timeout(40)  # its script writes the values back again and again
    source = drawing.drawn(page, WORDS, at_home)
    return source, drawing.image_of(page.context.browser, source)


def test_two_peoples_pages_give_the_same_image_and_the_words_of_the_map_can_be_read(show: Show) -> None:
    seen = {person: drawn_of(show(page_of(*person)), person) for person in (ONE, OTHER, SAME_LENGTH)}
    sources, images = zip(*seen.values(), strict=True)
    for person in seen:
        for value in (*person, person[1].rpartition(" ")[2], "data:", "linde"):
            assert not [source for source in sources if value in source], value
    assert len(set(sources)) == 1
    assert len(set(images)) == 1
    assert images[0].startswith(b"\x89PNG")
    body = sources[0].partition("</header>")[2]
    for word in ("Gebruikers", "Voornaam", "Rol", "Medewerker", "Opslaan", "Actief", "Zoeken", "Stap # van #"):
        assert f"<span>{word}</span>" in body, word
    assert body.count("<span>Voornaam</span>") == 4  # also of the frame and of the open shadow root
    assert [body.count(one) for one in ("k-frame", "k-closed", "k-dialog", "k-alert", "k-box")] == [1] * 5
    assert "Anders" not in body
    assert "<span>Nieuwe gebruiker</span>" not in body


def test_an_image_can_differ(show: Show) -> None:
    """Else the test above would be no proof: a word of the map, or a part more, is another image."""
    images = set()
    for text in (
        "<p>Rol</p>",
        "<p>Actief</p>",
        "<p>Jansen</p>",
        "<p>Jansen</p><p>Rol</p>",
        "<input>",
        "<input value=1>",
    ):
        page = show(text)
        images.add(drawing.image_of(page.context.browser, drawing.drawn(page, WORDS, at_home)))
    assert len(images) == 6


def test_a_frame_of_another_host_is_a_plain_box(page: Any) -> None:
    """Also if it shows words of the map, and whatever is in it."""
    frames = "".join(
        f"<iframe src='{url}' width=300 height=50></iframe>" for url in ("/own", "https://elders.example/x")
    )
    pages = {
        "https://portaal.example/": f"<h1>Gebruikers</h1>{frames}<iframe src='data:text/html,<b>Rol</b>' width=300 height=50></iframe>",
        "https://portaal.example/own": "<b>Actief</b>",
        "https://elders.example/x": "<b>Voornaam</b><iframe src='https://portaal.example/own' width=99 height=20></iframe>",
    }
    page.route("**", lambda route: route.fulfill(body=pages[route.request.url], content_type="text/html"))
    page.goto("https://portaal.example/")
    page.frame_locator("iframe").nth(1).locator("b").wait_for()
    body = drawing.drawn(page, WORDS, at_home).partition("</header>")[2]
    page.unroute_all()
    page.goto("about:blank")
    assert [body.count(f"<span>{word}</span>") for word in ("Gebruikers", "Actief", "Voornaam", "Rol")] == [1, 1, 0, 0]
    assert (body.count('class="k-frame'), body.count('class="k-unread')) == (1, 2)


@pytest.mark.parametrize(
    ("address", "is_drawn"),
    [
        ("https://portaal.example/", True),
        ("https://elders.example/", False),
        ("https://portaal.example.elders.example/", False),
        ("about:blank", False),
    ],
)
def test_a_page_of_another_host_is_not_drawn_at_all(page: Any, address: str, is_drawn: bool) -> None:
    """The gate opens none; what a login page or an error of the network leaves behind is not the portal's either."""
    page.route("**", lambda route: route.fulfill(body="<h1>Gebruikers</h1>", content_type="text/html"))
    page.goto(address)
    page.unroute_all()
    gate = SimpleNamespace(here=at_home)
    worker: Any = SimpleNamespace(_context=page.context, _page=page, gate=gate, shown=lambda _never: None)
    image = work.Work.drawing(worker, WORDS, [])
    assert (image or b"").startswith(b"\x89PNG") is is_drawn
    assert (image is None) is not is_drawn


def test_a_long_list_is_cut_and_a_page_without_an_end_too(show: Show) -> None:
    rows = "".join(f"<tr><td>Jansen{number}<td>Actief" for number in range(500))
    source = drawing.drawn(show(f"<table>{rows}</table><p>Rol</p>"), WORDS, at_home)
    assert source.count("<span>Actief</span>") == 10
    assert "and more" in source
    assert "<span>Rol</span>" in source
    deep = show("<div>" * 300 + "<p>Rol</p>" + "</div>" * 300 + "<p>Actief</p>" * 5000)
    source = drawing.drawn(deep, WORDS, at_home)
    assert source.count("<span>Actief</span>") <= 3000
    png = drawing.image_of(deep.context.browser, source)
    assert int.from_bytes(png[16:20]) == drawing.WIDTH
    assert int.from_bytes(png[20:24]) <= drawing.HIGHEST


def test_what_lies_beside_each_other_stays_there(show: Show) -> None:
    source = drawing.drawn(
        show(
            "<div style='display:grid;grid-template-columns:1fr 2fr'><b>Rol</b><i>x</i></div><div style='display:flex'><b>Rol</b><i>x</i></div>"
        ),
        WORDS,
        at_home,
    )
    assert "repeat(2, auto)" in source
    assert 'class="k-part flex"' in source


@pytest.mark.parametrize(
    "tree",
    [
        None,
        ["Jansen"],
        [{"kind": "p", "lay": "block", "parts": ["Jansen"]}],
        [{"kind": 'p"><script>', "lay": "block", "parts": []}],
        [{"kind": "p", "lay": "x", "parts": []}],
        [99],
        [-2],
        [True],
        [1.5],
        [{"kind": "p", "lay": "block", "parts": "Jansen"}],
    ],
)
def test_a_page_that_answers_for_the_script_gets_no_text_into_the_image(tree: Any) -> None:
    with pytest.raises(ValueError, match="no "):
        drawing.html_of(tree, WORDS)


def test_a_number_of_columns_is_a_number() -> None:
    odd = [{"kind": "p", "lay": "grid", "columns": "1) url(x", "parts": [0]}]
    assert "url" not in drawing.html_of(odd, WORDS)
