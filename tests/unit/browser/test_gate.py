# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the browser: counted by real servers, with one real browser for all tests."""

from __future__ import annotations

import contextlib
import hashlib
import struct
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import ExportPage, Fill, ListPage, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Here
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.tests.support.browser import opened
from ansible_collections.gbz.zorgid.tests.support.browser_sites import ResetAfterwardsError, resetting_site
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, Reply, Request, serve

SAVE = "<form method=post action=/save><input name=n value=1><button>Opslaan</button></form>"


def send(path: str, after: str = "") -> str:
    """A script that posts, as a page of one document does."""
    return f"fetch('{path}', {{method: 'POST', body: 'n=1'}}).then(answer => {{ {after} }})"


def button(name: str, script: str) -> str:
    return f'<button onclick="{script}">{name}</button>'


SAID = "document.querySelector('p').innerHTML = '<h2>Bewaard</h2>'"
PAGES = {
    "/": f"<h1>Begin</h1>{SAVE}<a href=/next>Verder</a>",
    "/next": "<h1>Volgende</h1>",
    "/done": "<h1>Bewaard</h1>",
    "/refused": "<h1>Niet gelukt</h1>",
    "/one-document": f"<h1>Begin</h1><p></p>{button('Opslaan', send('/answer', SAID))}",
    "/passing": "<h1>Begin</h1><div role=alert></div>"
    + button(
        "Opslaan",
        send(
            "/answer",
            "let a = this.previousSibling; a.textContent = 'Gelukt'; setTimeout(() => a.remove(), 20)",
        ),
    ),
    "/two": f"<h1>Begin</h1>{button('Opslaan', send('/answer') + ';' + send('/second', SAID))}<p></p>",
    "/nothing": "<h1>Begin</h1><button>Opslaan</button>",
    "/slow-nothing": "<h1>Begin</h1><p></p>"
    + button("Opslaan", "document.querySelector('p').innerHTML = '<h2>Niet gelukt</h2>'"),
    "/asks": f"<h1>Begin</h1>{SAVE.replace('<form', '<form onsubmit=&quot;return confirm(QUESTION)&quot;')}".replace(
        "&quot;", '"'
    ).replace("QUESTION", "'Weet u het zeker?'"),
    "/asks-here": "<h1>Begin</h1>"
    + button("Opslaan", "document.querySelector('p').hidden = false")
    + f"<p hidden>{SAVE.replace('Opslaan', 'Ja')}</p>",
    "/repeats": SAVE.replace("/save", "/repeat"),
    "/elsewhere": SAVE.replace("/save", "/away"),
    "/fails": SAVE.replace("/save", "/failure"),
    "/fails-and-says-no": SAVE.replace("/save", "/failure-no"),
    "/fails-after-it": SAVE.replace("/save", "/broken"),
    "/notice": f"<div role=alert>Zondag onderhoud</div>{SAVE.replace('/save', '/noticed')}",
    "/by-address": "<h1>Begin</h1><a href=/done>Opslaan</a><form action=/done><button>Bewaar</button></form>",
    "/asks-on-a-page": "<h1>Begin</h1><a href=/question>Opslaan</a>",
    "/question": f"<h1>Zeker?</h1>{SAVE.replace('Opslaan', 'Ja')}<form action=/done><button>Jawel</button></form>",
    "/rewrites": SAVE.replace("<input ", "<label>Naam <input oninput=\"setTimeout(() => this.value = 'Piet', 300)\" "),
    "/rewrites-all": SAVE.replace("<input ", '<label>Naam <input oninput="setTimeout(gone, 300)" ')
    + "<script>gone = () => { const all = document.forms[0]; all[0].value = 'Piet'; all[1].remove() }"
    + "</script>",
    "/twice": "<h1>Begin</h1><a href=/next>Dubbel</a><a href=/done>Dubbel</a>",
    "/beacon": "<h1>Begin</h1>" + button("Volgen", "navigator.sendBeacon('/beacon-post', 'n=1')"),
    "/leaving": "<h1>Begin</h1><script>function leave(frame) { frame.addEventListener('pagehide', () => {"
    "const sent = {method: 'POST', body: 'n=1', keepalive: true}; frame.navigator.sendBeacon('/beacon', 'n=1');"
    "frame.fetch('/kept', sent); frame.fetch(new Request('/kept', sent)) }) } leave(self)</script>"
    "<a href=/next ping=/ping>Verder</a><iframe srcdoc='<script>parent.leave(self)</script>'></iframe>",
    "/shared": "<h1>Begin</h1>" + button("Werk", "this.textContent = typeof SharedWorker"),
    "/worker": "<h1>Begin</h1>" + button("Werk", "new Worker('/worker.js')"),
    "/posts": "<h1>Begin</h1>" + button("Stuur", send("/answer")),
    "/counts": "<form method=post action=/save><label>Naam <input name=n></label><input type=hidden name=looks>"
    "<button>Opslaan</button></form><script>let looks = 0; const { n, looks: all } = document.forms[0];"
    "const { get } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');"
    "Object.defineProperty(n, 'value', { get() { looks++; return get.call(this) } });"
    "document.forms[0].onsubmit = () => { all.value = looks }</script>",
    "/leads": "<h1>Begin</h1><a href=/loads>Verder</a>",
    "/loads": "<h1>Even geduld</h1><script>const said = (text, after) => setTimeout(() =>"
    "{ document.querySelector('h1').textContent = text }, after);"
    "const ask = (then) => setTimeout(() => fetch('/next').then(then), 5); ask(() => ask(() => said('Geladen', 0)))"
    "</script>" + button("Hier", "said('Anders', 5)"),
    "/tab": "<h1>Begin</h1><a href=/next target=_blank>Verder</a>",
    "/list": "<h1>Lijst</h1><p>1–2 van 3</p><table><tr><th>Naam<th>Rol<tr><td>Jan<td>a<tr><td>Piet<td>b</table>"
    "<a href=/list-2>Volgende</a>",
    "/list-2": "<h1>Lijst</h1><p>3–3 van 3</p><table><tr><th>Naam<th>Rol<tr><td>Klaas<td>c</table>"
    "<a href=/list-2>Volgende</a>",
    "/list-gap": "<h1>Lijst</h1><p>1–1 van 3</p><table><tr><th>Naam<th>Rol<tr><td>Jan<td>a</table>"
    "<a href=/list-2>Volgende</a>",
    "/picture": "<h1>Begin</h1><img alt=Code width=40 height=30 src='data:image/svg+xml,<svg/>'>",
    "/file": "<h1>Begin</h1>"
    + button(
        "Uitvoeren",
        "let a = document.createElement('a'); a.download = 'l.csv';"
        "a.href = window.URL.createObjectURL(new Blob(['Naam'])); a.click()",
    ),
}


def table(*names: str, to: str = "/next") -> str:
    rows = "".join(f"<tr><td><a href={to}>{name}</a><td>{name[:4]}" for name in names)
    return f"<h1>Lijst</h1><table><tr><th>Naam<th>Roep{rows}</table>"


LEAD = "<a href=/rows>Verder</a>"
PAGES |= {
    "/rows": f"{LEAD}{table('Jan 1', 'Piet')}<a href=/rows-2>Volgende</a>",
    "/rows-2": f"{LEAD}{table('Klaas', 'Kees')}<a href=/rows-3>Volgende</a>",
    "/rows-3": LEAD + table("Jan 2", "Anna"),
    # A list in the memory of one document.
    "/rows-here": "<a href=/rows-here#all>Verder</a><p></p><button>Volgende</button><script>"
    f"const all = [`{table('Jan 1', 'Piet')}`, `{table('Klaas', 'Kees')}`, `{table('Anna')}`]; let at = 0;"
    "const p = document.querySelector('p'), b = document.querySelector('button');"
    "const draw = () => { p.innerHTML = all[at]; b.disabled = at === 2 };"
    "b.onclick = () => { at++; draw() }; onhashchange = () => { at = 0; draw() }; draw()</script>",
}


GOOD = "this.previousSibling.textContent = 'Opgeslagen';"
ALERT = "<h1>Begin</h1><p></p><i role=alert></i>"
PAGES["/says-later"] = ALERT + button("Opslaan", send("/answer", f"{GOOD} setTimeout(() => {{ {SAID} }}, 300)"))
PAGES["/says-only"] = ALERT + button("Opslaan", send("/answer", f"{GOOD} this.remove()"))
PAGES["/menu"] = """<p>Jan Bos, Beheerder</p><nav><a href=/next>Gebruikers</a><a>Jan</a><button>J. Bos</button></nav>
<h1>Mijn pagina</h1><label>Naam van de rol <input></label>
<label>Soort <select><option>Bos<option>Paspoort</select></label>
<button>Rol van Beheerder wijzigen</button><button>Taken van Mo van de Berg</button><button>Kaart 12-B</button>"""


class World(SimpleNamespace):
    """window, site: what the browser and the server have; other: a host that the map does not name."""

    window: Any
    site: Any
    other: Any
    url: str

    def at(self, path: str) -> Any:
        """The window on this page; what the server heard so far is forgotten."""
        self.site.received.clear()
        self.paths["/"] = PAGES[path]
        self.window.start()
        self.site.received.clear()
        return self.window

    def last(self, path: str, confirm: Target | None = None, done: str = "Bewaard", name: str = "Opslaan") -> Any:
        window = self.at(path)
        refused = [Target("heading", "Niet gelukt"), Target("alert", "*")]
        target = Target("button", name)
        return window.last(target, confirm, done=[Target("heading", done)], refused=refused, person=[], over=[])

    @property
    def posts(self) -> list[str]:
        return [request.path for request in self.site.posts()]


def refused(window: Any, *steps: Step) -> None:
    """A browser without much processor asks for the page of a link after the call that pressed it: the next call says
    what was refused."""
    window.walk(list(steps), {})
    for _again in range(50):
        time.sleep(0.1)
        window.walk([], {})


@pytest.fixture(scope="module")
def world(pki: Pki) -> Iterator[World]:
    paths = dict(PAGES)

    def answer(request: Request) -> Reply:
        if request.path in paths:
            return Reply(paths[request.path])
        if request.path == "/worker.js":
            script = "fetch('/from-worker', {method: 'POST', body: 'n=1'})"
            return Reply(script, headers={"Content-Type": "text/javascript"})
        if request.path == "/noticed":
            return Reply("<div role=alert>Zondag onderhoud</div>")
        to = {"/save": "/done", "/broken": "/no-page", "/leave": other.url, "/away": other.url}.get(request.path)
        if to:
            return Reply(status=303, headers={"Location": to})
        if request.path == "/repeat":
            return Reply(status=307, headers={"Location": "/save"})
        if request.path in ("/failure-no", "/no-page"):
            return Reply("<h1>Niet gelukt</h1>", status=500)
        return Reply("<h1>Fout</h1>", status=500) if request.path == "/failure" else Reply("{}")

    with serve(pki, answer) as site, serve(pki, lambda _: Reply("<h1>Elders</h1>")) as other:
        host, away = (one.url.split("/")[2] for one in (site, other))
        outside = f"<h1>Begin</h1><img src=https://{away}/i.png><iframe src=https://{away}/f></iframe>"
        PAGES["/outside"] = outside + button("Verder", f"fetch('https://{away}/x').catch(() => 0)")
        PAGES["/link-outside"] = f"<a href=https://{away}/>Verder</a><a href=/leave>Omweg</a>"
        PAGES["/post-outside"] = f"<form method=post action=https://{away}/><button>Opslaan</button></form>"
        PAGES["/socket"] = "<h1>Begin</h1>" + button(
            "Verbind", f"new WebSocket('wss://{host}/ws'); new WebSocket('wss://{away}/ws')"
        )
        with opened(f"https://{host}/", [host], ca_path=str(pki.ca_path), timeout=1.8) as window:
            window.start()
            window.walk([], {})  # what a login may do is over
            yield World(window=window, site=site, other=other, paths=paths)


def test_a_form_is_sent_once_and_its_redirect_is_followed(world: World) -> None:
    sent = world.last("/")
    assert (sent.requests, sent.status, sent.sign) == (1, 303, "done")
    assert [(one.method, one.path) for one in world.site.received] == [("POST", "/save"), ("GET", "/done")]
    host = world.site.url.split("/")[2]
    assert sent.digest == hashlib.sha256(f"POST\nhttps://{host}/save\nn=1".encode()).hexdigest()


def test_a_page_of_one_document(world: World) -> None:
    sent = world.last("/one-document")
    assert (sent.requests, sent.status, sent.sign, world.posts) == (1, 200, "done", ["/answer"])


def test_a_message_that_is_gone_at_once_was_seen(world: World) -> None:
    assert world.last("/passing").sign == "refused"


def test_a_message_of_success_is_no_refusal(world: World) -> None:
    """The map has ``*`` as a sign of refusal, which every message is."""
    assert world.last("/says-later").sign == "done"
    assert world.last("/says-only").sign == "none"


def test_what_was_there_before_the_click_is_no_sign(world: World) -> None:
    assert world.last("/posts", done="Begin", name="Stuur").sign == "none"


def test_a_second_request_of_one_click_is_not_sent_and_nothing_counts_as_done(world: World) -> None:
    sent = world.last("/two")
    assert (sent.requests, sent.sign, world.posts) == (1, "none", ["/answer"])


@pytest.mark.parametrize("path", ["/nothing", "/slow-nothing"])
def test_a_click_that_sends_nothing(world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with pytest.raises(ZorgidError) as caught:
        world.last(path)
    assert (caught.value.code, world.posts) == ("page_not_as_mapped", [])
    if path == "/slow-nothing":
        assert "the page refuses" in str(caught.value)
        assert time.monotonic() - began < 3


def test_a_native_question_with_the_text_of_the_map(world: World) -> None:
    sent = world.last("/asks", Target("native", "Weet u het zeker?"))
    assert (sent.requests, sent.sign, world.posts) == (1, "done", ["/save"])


@pytest.mark.parametrize("confirm", [Target("native", "Weet u dat zeker?"), None])
def test_another_native_question_is_answered_with_no(world: World, confirm: Target | None) -> None:
    with pytest.raises(ZorgidError) as caught:
        world.last("/asks", confirm)
    assert "another question" in str(caught.value)
    assert world.posts == []


def test_a_button_that_confirms(world: World) -> None:
    sent = world.last("/asks-here", Target("button", "Ja"))
    assert (sent.requests, sent.sign, world.posts) == (1, "done", ["/save"])


def test_an_answer_that_would_send_it_again(world: World) -> None:
    sent = world.last("/repeats")
    assert (sent.requests, sent.status, sent.sign, world.posts) == (1, 307, "none", ["/repeat"])


def test_an_answer_that_leads_away(world: World) -> None:
    world.other.received.clear()
    sent = world.last("/elsewhere")
    assert (sent.requests, sent.status, sent.sign, world.posts) == (1, 303, "none", ["/away"])
    assert world.other.received == []


def test_an_answer_with_an_error_is_not_waited_for(world: World) -> None:
    began = time.monotonic()
    sent = world.last("/fails")
    assert (sent.status, sent.sign, time.monotonic() - began < 5) == (500, "none", True)


@pytest.mark.parametrize(("path", "status"), [("/fails-and-says-no", 500), ("/fails-after-it", 303)])
def test_trouble_of_the_portal_is_no_refusal_whatever_the_page_says(world: World, path: str, status: int) -> None:
    sent = world.last(path)
    assert (sent.status, sent.sign) == (status, "none")


def test_a_notice_on_every_page_is_no_refusal(world: World) -> None:
    assert world.last("/notice").sign == "none"


@pytest.mark.parametrize("target", [Target("link", "Opslaan"), Target("button", "Bewaar")])
def test_a_change_by_an_address_is_not_made(world: World, target: Target) -> None:
    window = world.at("/by-address")
    with pytest.raises(ZorgidError) as caught:
        window.last(target, None, done=[Target("heading", "Bewaard")], refused=[], person=[], over=[])
    assert "by an address" in str(caught.value)
    assert world.site.received == []


def test_a_page_that_asks_first_may_be_opened(world: World) -> None:
    for yes, sign in (("Ja", "done"), ("Jawel", None)):
        window = world.at("/asks-on-a-page")
        with contextlib.nullcontext() if sign else pytest.raises(ZorgidError, match="by an address"):
            sent = window.last(
                Target("link", "Opslaan"), Target("button", yes), done=[Target("heading", "Bewaard")], refused=[],
                person=[], over=[],
            )  # fmt: skip
            assert sent.sign == sign
    assert [request.path for request in world.site.received] == ["/question"]


def test_a_field_that_the_page_writes_again_is_seen_before_the_click(world: World) -> None:
    window = world.at("/rewrites")
    assert window.fill([Fill(Target("field", "Naam"))], ["Jan"]) == []
    time.sleep(0.4)
    with pytest.raises(ZorgidError) as caught:
        window.last(Target("button", "Opslaan"), None, done=[], refused=[], person=[], over=[])
    assert (caught.value.code, world.posts) == ("page_field_differs", [])
    assert "Naam" in str(caught.value)
    assert "Piet" not in str(caught.value)


def test_a_changed_field_is_said_also_where_the_button_is_gone(world: World) -> None:
    window = world.at("/rewrites-all")
    assert window.fill([Fill(Target("field", "Naam"))], ["Jan"]) == []
    time.sleep(0.4)
    with pytest.raises(ZorgidError) as caught:
        window.last(Target("button", "Opslaan"), None, done=[], refused=[], person=[], over=[])
    assert (caught.value.code, world.posts) == ("page_field_differs", [])


def test_a_way_from_here_is_only_gone_where_all_of_it_is_shown(world: World) -> None:
    steps = [Step(Target("link", "Verder"))]
    begins, elsewhere, twice = Target("heading", "Begin"), Target("heading", "Elders"), Target("link", "Dubbel")
    window = world.at("/")
    looks: tuple[Any, ...] = ([Target("heading", "Volgende")], [], [])
    assert window.walk_on(steps, {}, [elsewhere], *looks) is None
    assert window.walk_on([Step(Target("link", "Weg"))], {}, [begins], *looks) is None
    assert world.site.received == []
    assert window.walk_on(steps, {}, [begins], *looks) == Here(True, [])
    assert window.shown([Target("heading", "Volgende")]) == 0
    assert world.at("/twice").walk_on([Step(twice)], {}, [begins], *looks) is None
    assert world.site.received == []


def test_whose_page_it_is_is_looked_at_when_the_page_has_what_it_asked_for(world: World) -> None:
    """``test_settling.py``: what is looked at too early is looked at again."""
    looks: tuple[Any, ...] = ([Target("heading", "Geladen")], [], [])
    there, seen = [Target("heading", "Begin")], [Here(False, [])]
    while seen[-1] != Here(True, []) and len(seen) < 10:  # on a busy machine the page may ask too late
        seen.append(world.at("/leads").walk_on([Step(Target("link", "Verder"))], {}, there, *looks))
    assert seen[-1] == Here(True, [])
    assert world.window.walk_on([Step(Target("button", "Hier"))], {}, looks[0], *looks) == Here(False, [])


SAVES: dict[str, Any] = {"done": [Target("heading", "Bewaard")], "refused": [], "person": [], "over": []}


def test_the_page_is_looked_at_before_the_last_click_and_not_again(world: World) -> None:
    """The page counts how often its field was read: after it was filled in, and once before it is sent."""
    looks: list[str] = []
    while "2" not in looks and len(looks) < 20:  # on a busy machine too much time may pass
        window = world.at("/counts")
        assert window.fill([Fill(Target("field", "Naam"))], ["Jan"]) == []
        window.ready(Target("button", "Opslaan"), **SAVES)
        assert window.last(Target("button", "Opslaan"), None, **SAVES).sign == "done"
        (sent,) = world.site.posts()
        looks.append(sent["looks"])
    assert looks[-1] == "2"


def test_what_changed_since_the_page_was_looked_at_is_seen(world: World) -> None:
    window = world.at("/rewrites")
    assert window.fill([Fill(Target("field", "Naam"))], ["Jan"]) == []
    window.ready(Target("button", "Opslaan"), **SAVES)
    time.sleep(0.4)
    with pytest.raises(ZorgidError) as caught:
        window.last(Target("button", "Opslaan"), None, **SAVES)
    assert (caught.value.code, world.posts) == ("page_field_differs", [])


def test_what_was_seen_for_another_button_is_not_used(world: World) -> None:
    window = world.at("/asks-on-a-page")
    window.ready(Target("link", "Opslaan"), **SAVES)
    with pytest.raises(ZorgidError) as caught:
        window.last(Target("button", "Ja"), None, **SAVES)
    assert (caught.value.code, world.posts) == ("page_not_as_mapped", [])


def test_where_we_are_in_one_look(world: World) -> None:
    window = world.at("/menu")
    choices = [{"name": "Jan Bos", "role": role} for role in ("Medewerker", "Beheerder", "")]
    heading, other = Target("heading", "Mijn pagina"), Target("heading", "Inloggen")
    assert window.here([other], ["{name}, {role}"], choices) == Here(False, [False, True, False])
    assert window.here([other, heading], ["{name}, {role}", "Anders"], choices) == Here(True, [False, False, False])


def test_what_a_step_may_not_send(world: World) -> None:
    step = Step(Target("button", "Stuur"))
    with pytest.raises(ZorgidError) as caught:
        refused(world.at("/posts"), step)
    assert (caught.value.code, world.posts) == ("page_request_refused", [])
    world.window.walk([Step(step.target, sends=True)], {})
    assert world.posts == ["/answer"]
    world.window.walk([step, step], {}, sending="login")
    assert world.posts == ["/answer"] * 3
    world.window.walk([], {})


def test_only_hosts_of_the_map(world: World) -> None:
    world.other.received.clear()
    world.at("/outside").walk([Step(Target("button", "Verder"))], {})
    for name in ("Verder", "Omweg"):
        window = world.at("/link-outside")
        with pytest.raises(ZorgidError) as caught:
            refused(window, Step(Target("link", name)))
        assert caught.value.code == "page_host_refused"
    # The page's own way to the refused host may come late, and would interrupt the way to the next page.
    for _again in range(20):
        time.sleep(0.1)
        with contextlib.suppress(ZorgidError):
            world.at("/post-outside")
    with pytest.raises(ZorgidError) as caught:
        world.last("/post-outside")
    assert (caught.value.code, world.other.received) == ("page_request_refused", [])


def test_ways_around_the_gate(world: World) -> None:
    world.at("/beacon").walk([Step(Target("button", "Volgen"))], {})
    world.at("/socket").walk([Step(Target("button", "Verbind"))], {})
    assert world.site.received == []
    with contextlib.suppress(ZorgidError):  # whether the page could still ask depends on the moment
        world.at("/leaving").walk([Step(Target("link", "Verder"))], {})
    assert world.window.shown([Target("heading", "Volgende")], wait=2) == 0
    time.sleep(0.3)
    assert world.posts == []
    world.at("/shared").walk([Step(Target("button", "Werk"))], {})
    assert world.window.shown([Target("button", "undefined")]) == 0
    with pytest.raises(ZorgidError) as caught:
        refused(world.at("/worker"), Step(Target("button", "Werk")), Step(Target("button", "Werk")))
    assert (caught.value.code, world.posts) == ("page_request_refused", [])


def test_another_tab_is_the_page_from_then_on(world: World) -> None:
    window = world.at("/tab")
    window.walk([Step(Target("link", "Verder"), new_tab=True)], {})
    assert window.shown([Target("heading", "Volgende")]) == 0
    window.start()


def test_a_list_through_all_its_pages(world: World) -> None:
    columns, following = {"Naam": "id", "Rol": "role"}, Target("link", "Volgende")
    page = ListPage((), Target("heading", "Lijst"), columns, following, "{from}–{to} van {total}")
    read = world.at("/list").rows(page)
    assert (list(read.titles), read.total) == (["Naam", "Rol"], 3)
    assert [list(row) for row in read.rows] == [["Jan", "a"], ["Piet", "b"], ["Klaas", "c"]]
    with pytest.raises(ZorgidError) as caught:
        world.at("/list-gap").rows(page)
    assert "do not follow each other" in str(caught.value)


@pytest.mark.slow
def test_a_list_whose_last_page_leads_to_itself(world: World) -> None:
    page = ListPage((), Target("heading", "Lijst"), {"Naam": "id"}, Target("link", "Volgende"))
    with pytest.raises(ZorgidError) as caught:
        world.at("/list").rows(page)
    assert "shows the same" in str(caught.value)


def by_row(world: World, column: str, row: str, value: str, button: str = "") -> list[str]:
    """Go to the page of the person of this row. Returns what the server was asked for."""
    PAGES["/leads"] = f"<a href=/rows{button and '-here'}>Verder</a>"
    following = Target("button" if button else "link", button or "Volgende")
    click = Step(Target("link", "Naam", None, column), row, following=following)
    world.at("/leads").walk([Step(Target("link", "Verder")), click], {row: value})
    assert world.window.shown([Target("heading", "Volgende")], wait=5) == 0
    return [one.path for one in world.site.received]


def test_a_row_on_a_later_page(world: World) -> None:
    assert by_row(world, "Naam", "id", "Klaas") == ["/rows", "/rows-2", "/rows-3", "/rows-2", "/next"]
    # The next one of this list: only where the last look saw it.
    assert by_row(world, "Naam", "id", "Anna") == ["/rows", "/rows-3", "/next"]
    # It is not there any more: all pages again.
    world.paths["/rows-3"] = LEAD + table("Jan 2")
    world.paths["/rows"] = PAGES["/rows"].replace("Piet", "Anna")
    try:
        assert by_row(world, "Naam", "id", "Anna") == [
            "/rows",
            "/rows-3",
            "/rows",
            "/rows-2",
            "/rows-3",
            "/rows",
            "/next",
        ]
    finally:
        world.paths.update({path: PAGES[path] for path in ("/rows", "/rows-3")})


def test_a_row_by_another_column_than_the_name_of_the_portal(world: World) -> None:
    """Always on all pages: somebody of the same name may be on a later one."""
    with pytest.raises(ZorgidError) as caught:
        by_row(world, "Roep", "first_name", "Jan ")
    assert (caught.value.code, caught.value.found) == ("page_not_as_mapped", "2")
    assert [one.path for one in world.site.received] == ["/rows", "/rows-2", "/rows-3"]
    assert by_row(world, "Roep", "first_name", "Anna")[1:] == ["/rows-2", "/rows-3", "/next"]


def test_a_row_of_a_list_in_the_memory_of_a_page(world: World) -> None:
    for name in ("Klaas", "Anna"):
        assert by_row(world, "Naam", "id", name, button="Volgende") == ["/rows-here", "/next"]


def test_no_name_of_a_person_in_the_outline(world: World) -> None:
    window, known = world.at("/menu"), ["Gebruikers", "Beheerder"]
    assert "Bos" in str(window.outline(known))
    assert window.lines(["{id}, {role}"], {"id": "Jan Bos", "role": "Beheerder"})
    window.walk([], {"first_name": "Mo", "family_name": "van de Berg"})
    fills = [Fill(Target("field", "Naam van de rol"), "external_id"), Fill(Target("field", "Soort"), "document")]
    assert window.fill([fills[0]], ["12-B"]) == []
    assert window.fill(fills, ["Beheerder", "Paspoort"]) == []
    parts = window.outline([*known, "Paspoort"])
    assert [part[:2] for part in parts] == [
        *(("menu", "Gebruikers"), ("button", "Rol van Beheerder wijzigen"), ("heading", "")),
        *(("text", "Naam van de rol"), ("select", "Soort")),
    ]
    assert parts[-1].choices == ("Paspoort",)


def test_a_picture_of_one_thing(world: World) -> None:
    picture = world.at("/picture").picture(Target("image", "Code"))
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) in ((40, 30), (40, 31))  # it stands on half a pixel


def test_a_file_that_the_page_makes_itself(world: World) -> None:
    path = world.at("/file").download(ExportPage((), Target("button", "Uitvoeren"), {}))
    assert (path.read_text(encoding="utf-8"), path.suffix) == ("Naam", ".csv")


@pytest.mark.slow
def test_a_connection_that_is_reset_after_the_portal_has_acted(pki: Pki) -> None:
    """Over HTTP/1.1, then over HTTP/2: Chromium itself would send it again over either."""

    def answer(method: str, _path: str, _body: bytes) -> str:
        if method == "POST":
            raise ResetAfterwardsError
        return f"<h1>Begin</h1>{SAVE}<a href=https://{newer.host}/>Verder</a>"

    with (
        resetting_site(pki, answer, ["h2", "http/1.1"]) as newer,
        resetting_site(pki, answer, ["http/1.1"]) as older,
        opened(f"https://{older.host}/", [older.host, newer.host], validate_certs=False) as window,
    ):
        for site, protocol in ((older, "http/1.1"), (newer, "h2")):
            window.start()
            if site is newer:
                window.walk([Step(Target("link", "Verder"))], {})
            sent = window.last(Target("button", "Opslaan"), None, done=[], refused=[], person=[], over=[])
            time.sleep(0.3)  # the browser's second try comes at once
            assert (sent.requests, sent.status, sent.sign) == (1, None, "none")
            assert [one[3] for one in site.posts()] == [b"n=1"]
            assert site.requests[0][0] == protocol
        window.start()
        assert (len(older.posts()), len(newer.posts())) == (1, 1)
