# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""A real browser as the judge: what it posts when its button is pressed is, byte for byte, what we would post."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.entries import encoded
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import fill
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.html_form import read_page
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import table
from ansible_collections.gbz.zorgid.tests.support import browser

NAME = "De Linde & Zn \"~*+%' é"
UTF8 = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Judged:
    """``typed``: what a person does, by selector: a text, the value of an option, or True for a click. ``press``: the
    selector of the button; None for Enter in the first field."""

    html: str | bytes
    typed: dict[str, Any] = field(default_factory=lambda: {"[name=a]": NAME})
    fields: dict[str, Any] = field(default_factory=lambda: {"Naam": {"value": NAME}})
    press: str | None = "button"
    kind: str = UTF8
    button: str | None = None


A = '<label>Naam <input name="a"></label>'
GO = "<button>Versturen</button>"
POST = '<form method="post" action="/weg">'

ZOO: dict[str, Judged] = {
    "hidden fields in between": Judged(
        f'{POST}<input type=hidden name=h1 value=1>{A}<input type=hidden name=h2 value="2 3">{GO}<input type=hidden name=h3></form>'
    ),
    "the second button, elsewhere": Judged(
        f'<form method="post" action="/concept"><input type=hidden name=h value=1><label>Na&shy;am<wbr> {A[12:]}<button name=actie value=bewaar>Bewaar</button>'
        '<button formaction="/definitief" name=actie value=verstuur>Versturen</button><input type=hidden name=na value=x></form>',
        press="button >> nth=1",
    ),
    "a div that closes early": Judged(
        f'<div><form method="post"><input type="hidden" name="t" value="1"></div><div>{A}{GO}</form></div><input name=niet value=niet>'
    ),
    "a form in a table": Judged(
        f"<table><form method=post><tr><td>Naam<td><input name=a><tr><td>x<td><input type=hidden name=h value=1>{GO}</form></table><input name=niet value=1>"
    ),
    "a form in a row": Judged(
        f"<table><tr><form method=post action=/rij><td>{A}</td></tr><tr><td><input type=hidden name=h value=2>{GO}</td></form></tr></table>"
    ),
    "a form in a form": Judged(f'{POST}{A}<form action="/binnen" method="get"><input name=b value=1>{GO}</form>'),
    "controls before and after": Judged(
        f"<input form=f name=v value=voor>{POST[:-1]} id=f>{A}<input form=ander name=x value=x></form><input name=los value=1>{GO[:7]} form=f>Versturen</button><textarea form=f name=n>na</textarea>"
    ),
    "disabled": Judged(
        f"{POST}{A}<input name=d value=1 disabled><fieldset disabled><legend>x <input name=e value=1></legend><legend><input name=f value=1></legend><input name=g value=1>"
        f"<fieldset><legend><input name=h value=1></legend></fieldset></fieldset>{GO}</form>"
    ),
    "selects": Judged(
        f"{POST}{A}<select name=s1><option>een<option>twee</select><select name=s2><option disabled>een<option>  twee \n twee <option selected>drie</select>"
        "<select name=s3><optgroup disabled><option>een</optgroup><option value=2>twee</select><select name=s4><option disabled selected>kies<option>twee</select>"
        "<select name=s5 multiple><option>een<option>twee</select><select name=s6 multiple><option selected>een<option>twee<option selected value=''>drie</select>"
        "<select name=s7 size=3><option>een</select><select name=s8><option selected>een<option selected>twee</select><select name=s9></select>"
        f"<select name=s10><option disabled>een</select><select name=s11><hr><option label=zie value=waarde>tekst</select>{GO}</form>"
    ),
    "radio buttons and checkboxes": Judged(
        f"{POST}{A}<input type=radio name=r value=1 checked><input type=radio name=r value=2 checked><input type=radio name=q><input type=checkbox name=c checked>"
        f"<input type=checkbox name=c value=x><input type=checkbox name=c value='' checked><input type=hidden name=k value=0><input type=checkbox name=k value=1 checked>{GO}</form>"
    ),
    "a checkbox between its hidden field": Judged(
        f"{POST}<label>Omgeving <select name=o><option value=p>Productie<option value=a>Acceptatie</select></label>{A}<input type=hidden name=ok value=nee>"
        f"<label><input type=checkbox name=ok value=ja> Akkoord</label>{GO}</form>",
        typed={"[name=a]": NAME, "[name=o]": "a", "[name=ok][type=checkbox]": True},
        fields={"Naam": {"value": NAME}, "Omgeving": {"value": "Acceptatie"}, "Akkoord": {"value": True}},
    ),
    "a group of checkboxes": Judged(
        f"{POST}{A}<fieldset><legend>Rollen</legend><label><input type=checkbox name=r value=1>Een</label><label><input type=checkbox name=r value=2>Twee</label>"
        f"<input type=hidden name=t value=1><label><input type=checkbox name=r value=3>Drie</label></fieldset>{GO}</form>",
        typed={"[name=a]": NAME, "[value='3']": True, "[value='2']": True},
        fields={"Naam": {"value": NAME}, "Rollen": {"value": "Drie, Twee"}},
    ),
    "text areas": Judged(
        f"{POST}{A}<textarea name=t1>\n\nregel\nregel\r\nregel</textarea><textarea name=t2>  x\n</textarea><textarea name='t\n3'>&#13;x</textarea>{GO}</form>"
    ),
    "what was filled in": Judged(
        f"{POST}{A}<input name=b value='x&#10;y'><input type=email name=c value=' a@b '><input type=number name=d value=1e><input type=number name=d2 value=-1.5>"
        f"<input type=date name=e value=2026-02><input type=date name=e2 value=2026-02-03><input type=color name=f value=rood><input type=color name=f2 value=#ABCDEF>"
        f"<input type=onbekend name=g value=g><input name=h value=x readonly><input type=search name=i value='&#9;i'><input type=url name=j value=' https://x '>"
        f"<input type=hidden name=k value=' &#10; '><input name='' value=1><input value=2><input type=reset name=l><input type=button name=m value=m>{GO}</form>"
    ),
    "its own charset": Judged(
        f"{POST}<input type=hidden name=_charset_ value=x>{A}{GO}</form>".encode("iso-8859-15"),
        typed={"[name=a]": "é € Ł"},
        fields={"Naam": {"value": "é € Ł"}},
        kind="text/html; charset=iso-8859-15",
    ),
    "latin 1 is windows-1252": Judged(
        f"<meta charset=latin1>{POST}<input type=hidden name=_charset_>{A}{GO}</form>".encode(),
        typed={"[name=a]": "é € Ł"},
        fields={"Naam": {"value": "é € Ł"}},
        kind="text/html",
    ),
    "accept-charset": Judged(
        f'{POST[:-1]} accept-charset="onbekend, latin1 utf-8">{A}{GO}</form>',
        typed={"[name=a]": "é"},
        fields={"Naam": {"value": "é"}},
    ),
    "utf-16": Judged(
        ("\ufeff" + f"{POST}<input type=hidden name=_charset_>{A}<input type=hidden name=é value=ü>{GO}</form>").encode(
            "utf-16-le"
        ),
        kind="text/html; charset=latin1",
    ),
    "a mark before a header": Judged(
        b"\xef\xbb\xbf" + f"{POST}{A}<input type=hidden name=é value=ü>{GO}</form>".encode(),
        kind="text/html; charset=iso-8859-1",
    ),
    "a meta that says utf-16": Judged(
        f"<meta charset=utf-16>{POST}{A}<input type=hidden name=é value=ü>{GO}</form>".encode(), kind="text/html"
    ),
    "multipart": Judged(
        f"{POST[:-1]} enctype=multipart/form-data>{A}<input type=hidden name='x\"y&#10;z\\' value='r&#10;s'><input type=file name=f><input type=file name=g multiple>{GO}</form>"
    ),
    "a button's encoding": Judged(
        f'{POST}{A}<input type=hidden name=h value="x&#10;y">{GO[:7]} formenctype="text/plain" formmethod=post name=k>Versturen</button></form>'
    ),
    "a button's method": Judged(
        f'<form action="/weg?x=1#y">{A}{GO[:7]} formmethod=POST name=k value="">Versturen</button></form>'
    ),
    "base": Judged(
        f'<base href="/map/onder/"><base href="/niet/"><form method=post action="../weg?q=é b">{A}{GO}</form>'
    ),
    "base and no address": Judged(f'<base href="/map/onder/"><form method=post action="">{A}{GO}</form>'),
    "direction": Judged(
        f"{POST}<label>Naam <input name=a dirname=a.dir></label><div dir=rtl><textarea name=t dirname=t.dir></textarea></div>{GO}</form>"
    ),
    "templates and noscript": Judged(
        f"{POST}<template><input name=t value=1></form></template><noscript></form><input name=n value=1></noscript>{A}<datalist><option>x<input name=l value=1></datalist>{GO}</form>"
    ),
    "a drawing": Judged(
        f"{POST}<svg><foreignObject><input name=s value=1></foreignObject><title></form></title></svg>{A}<math><mi><input name=m value=2></mi></math>{GO}</form>"
    ),
    "closed in a comment and a script": Judged(
        f"{POST}<!-- </form> --><script type=text/template></form></script><textarea name=t></form></textarea><title></form></title>{A}{GO}</form>"
    ),
    "formatting that is not closed": Judged(
        f"{POST}<b><p>{A}</b><i></p><input type=hidden name=h value=1><div><table><input name=f value=uit><tr><td>x</table>{GO}</form>"
    ),
    "enter in the only field": Judged(
        f"{POST}{A}<input type=hidden name=h value=1><input type=checkbox name=c checked></form>", press=None
    ),
    "an input that submits": Judged(
        f"{POST}{A}<input type=submit name=k value='Vorige'><input type=submit name=k value='Verzenden'></form>",
        press="[value=Verzenden]",
    ),
    "a label and its words": Judged(
        f"{POST}<label for=a>Na&#8203;am&nbsp; <span aria-hidden=true>*</span><span class=sr-only>(verplicht veld)</span><span role=tooltip>Zoals bij de KvK</span></label><input id=a name=a>{GO}</form>"
    ),
    "text after the form": Judged(
        f"{POST}{A}</form><form method=post action=/ander><input name=z>{GO[:7]}>Zoeken</button></form>{GO}", press=None
    ),
    "a select that is not closed": Judged(
        f"{POST}{A}<select name=s><option>een<option selected>twee<input name=n value=1>{GO}</form>"
    ),
}

ZOO |= {
    "numbers with more than digits": Judged(
        f"{POST}{A}<select name=s size=' 3'><option>x</select><select name=t size=+2px><option>x</select><select name=u size=-2><option>x</select><select name=v size=x3><option>x</select>{GO}</form>"
    ),
    "a type with a blank": Judged(f"{POST}{A}<button type=' button' name=k value=1>Versturen</button></form>"),
    "a button without a word": Judged(f"{POST}{A}<input type=submit name=k></form>", press="[name=k]"),
    "a button with an empty word": Judged(f"{POST}{A}<input type=submit name=k value=''></form>", press="[name=k]"),
    "moments that are none": Judged(
        f"{POST}{A}<input type=time name=t value=25:00><input type=time name=t2 value=23:59:59.5><input type=month name=m value=2026-13><input type=week name=w value=2026-W54>"
        f"<input type=date name=d value=2026-02-30><input type=date name=d2 value=0000-01-01><input type=date name=d3 value=2024-02-29><input type=datetime-local name=l value=2026-02-30T10:00>{GO}</form>"
    ),
}

# What people report about libraries that fill in forms.
ZOO |= {
    "a button without a value": Judged(f"{POST}{A}<button name=login type=submit> Login </button></form>"),
    "a button that is barred, and the same one twice": Judged(
        f"{POST}{A}<input type=submit name=x disabled><input type=image name=y disabled><input type=submit name=z value=Stuur><input type=submit name=z value=Stuur></form>",
        press="[name=z]",
    ),
    "names that come twice": Judged(
        f"{POST}{A}<input name=b value=1><input name=b value=2><input type=hidden name=b value=3><textarea name=b>4</textarea>{GO}</form>"
    ),
    "capitals and no quotes": Judged(
        f"<FORM METHOD=Post ACTION=/Weg ENCTYPE=MULTIPART/FORM-DATA><INPUT TYPE=HIDDEN NAME=H VALUE=a/b>{A}<INPUT TYPE=CHECKBOX NAME=C CHECKED=false><BUTTON>Versturen</BUTTON></FORM>"
    ),
    "entities without an end": Judged(
        f"{POST}<input type=hidden name=h value='a&copy=1&notit;&amp=&#128;&lt&nbsp&euro;&#0;&#xD800;'>{A}{GO}</form>"
    ),
    "signs that are not seen": Judged(
        f"{POST}<input type=hidden name=h value='\u200b\u00ad\ufeff\u202e'><input name=t value='\x01\x7f\x00\x0c'>{A}{GO}</form>"
    ),
    "an address over lines": Judged(f'<form method=post action=" /we\n\tg?a=b c&d=%41{{}}|^`\\ #x ">{A}{GO}</form>'),
    "an address without a path": Judged(f'<form method=post action="?q=1">{A}{GO}</form>'),
    "an address up and up": Judged(f'<form method=post action="../../a/./b/%2e%2e/c//d;e=1">{A}{GO}</form>'),
    "an address in another charset": Judged(
        f'<form method=post action="/pàd?q=é€Ł">{A}{GO}</form>'.encode("cp1252", "xmlcharrefreplace"),
        kind="text/html; charset=windows-1252",
    ),
    "a first button that is not for sending": Judged(
        f"{POST}{A}<button type=button name=x>Versturen</button><button type=reset>Versturen</button><button type=onzin name=y value=1>Versturen</button></form>",
        press="[name=y]",
    ),
    "attributes that come twice": Judged(
        f"{POST}<input name=h value=1 value=2 name=i>{A}<input name=c type=checkbox value=1 checked checked type=text>{GO}</form>"
    ),
    "types that do not exist": Judged(
        f"{POST}<input type=' hidden' name=h value=1>{A}<input type='TEXT ' name=i value='a&#13;b'><input type=datetime name=j value=x><input type='' name=k value=y>{GO}</form>"
    ),
    "options in options": Judged(
        f"{POST}{A}<select name=s><optgroup label=g><option value=1>een<optgroup label=h disabled><option selected value=2>twee</optgroup><option value=3>drie<option></select>{GO}</form>"
    ),
    "an option without a value": Judged(
        f"{POST}<label>Soort <select name=s><option value=x>kies<option>\n  Ja,\n  graag <b>!</b>\n</select></label>{A}{GO}</form>",
        typed={"[name=a]": NAME, "[name=s]": "Ja, graag !"},
        fields={"Naam": {"value": NAME}, "Soort": {"value": "Ja, graag !"}},
    ),
    "a legend elsewhere": Judged(
        f"{POST}{A}<fieldset disabled><div><legend><input name=h value=1></legend></div><input name=i value=2></fieldset><fieldset><input name=j value=3></fieldset>{GO}</form>"
    ),
    "form= that names nothing": Judged(
        f"{POST[:-1]} id=f>{A}<input form='' name=h value=1><input form=weg name=i value=1><input form=F name=j value=1><input form=f name=k value=1>{GO}</form>"
    ),
    "two forms with one id": Judged(
        f"<form id=f></form>{POST[:-1]} id=f>{A}<input form=f name=h value=1><input name=i value=1>{GO}</form>"
    ),
    "a form between paragraphs": Judged(
        f"<p>{POST}<p>{A}</form><input name=h value=1><form method=post action=/twee>{GO}</form>", press=None
    ),
    "a table in a form in a table": Judged(
        f"<table><tr><td>{POST}<table><tr><td>Naam<td><input name=a><tr><td><input name=h value=1>{GO}</form><input name=k value=1></table><input name=i value=2></table>",
        press="button",
    ),
    "a frame's fallback": Judged(
        f"{POST}<iframe><input name=h value=1></form></iframe><object><input name=i value=2></object><video><input name=j value=3></video>{A}{GO}</form>"
    ),
    "plain text to the end": Judged(
        f"{POST}{A}<input type=hidden name=h value=1></form><plaintext><form method=post><input name=a>", press=None
    ),
    "a text over lines": Judged(
        f"{POST}<label>Naam <textarea name=a></textarea></label>{GO}</form>",
        typed={"[name=a]": "regel 1\nregel 2"},
        fields={"Naam": {"value": "regel 1\nregel 2"}},
    ),
    "letters beyond": Judged(
        f"{POST}{A}{GO}</form>".encode(),
        typed={"[name=a]": "𝒳 é e\u0301 \u00a0 İ"},
        fields={"Naam": {"value": "𝒳 é e\u0301 \u00a0 İ"}},
        kind="text/html; charset=iso-8859-1",
    ),
    "japanese": Judged(
        f"<meta charset=shift_jis>{POST}<input type=hidden name=_charset_>{A}<input type=hidden name=j value=日本①>{GO}</form>".encode(
            "cp932"
        ),
        typed={"[name=a]": "日é"},
        fields={"Naam": {"value": "日é"}},
        kind="text/html",
    ),
    "a late meta": Judged(
        f"<!-- {'x' * 900} --><meta http-equiv=content-type content='text/html; charset=iso-8859-2'>{POST}<input type=hidden name=_charset_>{A}<input type=hidden name=ł value=ő>{GO}</form>".encode(
            "iso-8859-2"
        ),
        kind="text/html",
    ),
    "no charset at all": Judged(
        f"{POST}<input type=hidden name=_charset_>{A}<input type=hidden name=h value=caf\xe9>{GO}</form>".encode(
            "latin-1"
        ),
        kind="text/html",
        typed={"[name=a]": "x"},
        fields={"Naam": {"value": "x"}},
    ),
    "multipart in another charset": Judged(
        f"{POST[:-1]} enctype=multipart/form-data><input type=hidden name='é\"' value='€&#x142;'>{A}{GO}</form>".encode(
            "cp1252"
        ),
        kind="text/html; charset=windows-1252",
    ),
}


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """One page that each test opens anew: the server sets no cookie, and a page of its own is a process of its own."""
    with browser.chromium() as launched:
        made = launched.new_page()
        made.set_default_timeout(10_000)
        yield made


class Listening:
    """A server that shows one page and remembers the first post."""

    def __init__(self) -> None:
        self.shown: tuple[str, bytes] = ("", b"")
        self.got: tuple[str, str, bytes] | None = None
        listening = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = listening.shown if self.path == "/map/form?x=1" else ("text/plain", b"")
                self._say(kind, body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listening.got = (self.path, self.headers["Content-Type"], body)
                self._say("text/plain", b"klaar")

            def _say(self, kind: str, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/map/form?x=1"


@pytest.fixture(scope="module")
def listening() -> Iterator[Listening]:
    made = Listening()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def without_boundary(kind: str, body: bytes) -> tuple[str, bytes]:
    found = re.search(r"boundary=(.*)", kind)
    return (kind.replace(found.group(1), "B"), body.replace(found.group(1).encode(), b"B")) if found else (kind, body)


@pytest.mark.parametrize("name", ZOO)
def test_a_browser_posts_what_we_post(name: str, page: Any, listening: Listening) -> None:
    judged = ZOO[name]
    raw = judged.html.encode() if isinstance(judged.html, str) else judged.html
    listening.shown, listening.got = (judged.kind, raw), None
    page.goto(listening.url)
    for selector, value in judged.typed.items():
        one = page.locator(selector).first
        if value is True:
            one.check()
        elif one.evaluate("e => e.tagName") == "SELECT":
            one.select_option(value)
        else:
            one.fill(value)
    with page.expect_navigation():
        if judged.press:
            page.locator(judged.press).first.click()
        else:
            page.locator("[name=a]").press("Enter")

    mapping = {"fields": judged.fields, **({"button": judged.button} if judged.button else {})}
    filled = fill(read_page(listening.url, judged.kind, raw), [table(mapping, "test", Path())], {})
    kind, body = encoded(filled.entries, filled.button.enctype, filled.form.charset)
    assert listening.got is not None
    path, their_kind, their_body = listening.got
    assert without_boundary(kind, body) == without_boundary(their_kind, their_body)
    assert filled.button.action.partition("#")[0] == listening.url.rpartition("/map")[0] + path
