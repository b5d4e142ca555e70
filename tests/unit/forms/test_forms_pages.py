# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""Reading a page: labels as a person reads them, the button a person presses, scripts, charsets, bounds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common import charsets
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import (
    complaints,
    controls,
    html_form,
    html_tree,
    labels,
    mapping,
    typed,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import Filled, FormNeedsPersonError, fill
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.html_form import Page, read_page
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import table

URL = "https://forms.vzvz.example/map/form"


def read(html: str | bytes, kind: str = "text/html; charset=utf-8") -> Page:
    return read_page(URL, kind, html.encode() if isinstance(html, str) else html)


def filled(html: str, button: str | None = None, pages: int = 1, **fields: Any) -> Filled:
    rules: dict[str, Any] = {name: {"value": value} for name, value in (fields or {"Naam": "x"}).items()}
    if pages > 1:
        rules["Later"] = {"value": "x", "page": pages}
    return fill(read(html), [table({"fields": rules, **({"button": button} if button else {})}, "test", Path())], {})


def refusal(html: str, **more: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        filled(html, **more)
    return caught.value


LABELS = [
    "<label for=a>Naam zorg&shy;aanbieder</label>",
    "<label for=a>Naam zorg<wbr>aanbieder</label>",
    "<label for=a>Naam zorg<b>aan</b>bieder</label>",
    "<label for=a>Naam&nbsp;zorgaanbieder&#8203;&#xFEFF;:</label>",
    "<label for=a>Naam<br>zorgaanbieder</label>",
    "<label for=a>Naam<div>zorgaanbieder</div></label>",
    "<label for=a>  Naam\n\tzorgaanbieder *</label>",
    "<label for=a>* Naam zorgaanbieder</label>",
    "<label for=a>Naam zorgaanbieder<span aria-hidden=true> ✱</span></label>",
    "<label for=a>Naam zorgaanbieder <abbr title=verplicht>*</abbr></label>",
    "<label for=a>Naam zorgaanbieder<span class=sr-only>(verplicht)</span></label>",
    "<label for=a>Naam zorgaanbieder <span class=visually-hidden>verplicht veld</span></label>",
    "<label for=a>Naam zorgaanbieder (verplichte vraag)</label>",
    "<label for=a>Naam zorgaanbieder (optioneel)</label>",
    "<label for=a>Naam zorgaanbieder (vereist)</label>",
    "<label for=a>Naam zorgaanbieder <small>zoals bij de KvK</small></label>",
    "<label for=a>Naam zorgaanbieder <span class=tooltip-text>zoals bij de KvK</span></label>",
    "<label for=a>Naam zorgaanbieder <span role=tooltip>zoals bij de KvK</span></label>",
    "<label for=a>Naam zorgaanbieder <button type=button>?</button></label>",
    "<label for=a>Naam zorgaanbieder <span hidden>fout</span><span style='display: none'>fout</span></label>",
    "<label for=a>Naam zorgaanbieder <script>x</script><style>x</style><template>x</template></label>",
    "<label for=a>NAAM ZORGAANBIEDER</label>",
    "<label for=a>Naam zorg&#xFB01;x</label><label for=a>Naam zorgaanbieder</label>",
    "<div><dl><dt>Naam zorgaanbieder<dd>",
    "<table><tr><th>Naam zorgaanbieder</th><td>",
    "<fieldset><legend>Aanbieder</legend><span id=l>Naam</span> <span id=m>zorgaanbieder</span>",
]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_is_what_a_person_reads(label: str) -> None:
    named = "aria-labelledby='l m'" if "id=m" in label else ""
    html = f"<form method=post>{label}<input id=a name=x {named}></form>"
    (form,) = read(html).forms
    assert "naam zorgaanbieder" in form.fields[0].labels
    assert "\u00ad" not in form.fields[0].label


@pytest.mark.parametrize(
    ("label", "required"),
    [
        ("<label for=a>Naam *</label>", True),
        ("<label for=a>Naam<span aria-hidden=true>*</span></label>", True),
        ("<label for=a>Naam <span class=sr-only>verplicht</span></label>", True),
        ("<label for=a>Naam (verplicht veld):</label>", True),
        ("<label for=a>Naam (vereist)</label>", True),
        ("<label for=a>Naam (optioneel)</label>", False),
        ("<label for=a>Naam <span>optioneel</span></label>", False),
        ("<label for=a>Naam, niet verplicht</label>", False),
        ("<label for=a>2 * 3</label>", False),
    ],
)
def test_a_label_says_whether_something_is_required(label: str, required: bool) -> None:
    (form,) = read(f"<form method=post>{label}<input id=a name=x></form>").forms
    assert form.fields[0].required is required


def test_typesetters_hyphens_are_hyphens() -> None:
    for hyphen in "\u2010\u2011\u2013\u2212":
        assert labels.normal(f"E{hyphen}mailadres") == "e-mailadres"


def test_the_text_that_is_shown_goes_before_a_value_that_reads_the_same() -> None:
    html = "<form method=post><label>Naam <select name=x><option value=Acceptatie>Productie<option value=1>Acceptatie</select></label><button>Ok</button></form>"
    assert filled(html, Naam="Acceptatie").entries == (("x", "1"),)


FIELD = "<label>Naam <input name=a></label>"


def buttons(*texts: str) -> str:
    made = "".join(f"<button name=k value={number}>{text}</button>" for number, text in enumerate(texts))
    return f"<form method=post>{FIELD}{made}</form>"


@pytest.mark.parametrize(
    ("texts", "pressed"),
    [
        (("Bewaar", "Versturen"), 1),
        (("Opslaan als concept", "Aanvraag indienen"), 1),
        (("Verzenden als concept", "Definitief verzenden"), 1),
        (("Annuleren", "OK"), 1),
        (("Vorige", "Opslaan en verzenden"), 1),
        (("Opslaan", "Annuleren"), 0),
        (("Vorige", "Volgende"), 1),
        (("Volgende", "Verzenden"), 1),
        (("Niet verzenden", "Verzenden"), 1),
        (("Verzenden annuleren", "Bevestig"), 1),
        (("Terugbelverzoek versturen", "Terug"), 0),
        (("<img src=x alt=Verzenden>", "Voorbeeld"), 0),
        (("Ver&shy;zenden", "Zoeken"), 0),
        (("Ja",), 0),
    ],
)
def test_the_button_that_sends_is_pressed(texts: tuple[str, ...], pressed: int) -> None:
    assert filled(buttons(*texts)).entries == (("a", "x"), ("k", str(pressed)))


@pytest.mark.parametrize(
    "texts",
    [
        ("Verzenden", "Indienen"),
        ("Ja", "Nee"),
        ("Opslaan als concept",),
        ("Vorige", "Annuleren"),
        ("", ""),
    ],
)
def test_a_choice_between_buttons_is_a_persons(texts: tuple[str, ...]) -> None:
    error = refusal(buttons(*texts))
    assert error.code == "form_button_unclear"
    assert isinstance(error, FormNeedsPersonError)
    assert error.items


def test_the_mapping_names_the_button() -> None:
    assert filled(buttons("Ja", "Nee"), button="ja").entries[-1] == ("k", "0")
    assert filled(buttons("Vorige", "Opslaan als concept"), button="Opslaan als concept").entries[-1] == ("k", "1")
    assert refusal(buttons("Ja", "Nee"), button="Misschien").code == "form_changed"
    assert refusal(buttons("Ja", "Ja"), button="Ja").code == "form_button_unclear"


def test_on_the_way_to_a_next_page_the_button_goes_on() -> None:
    assert filled(buttons("Volgende", "Nu verzenden"), pages=2).entries[-1] == ("k", "0")
    assert filled(buttons("Volgende", "Nu verzenden")).entries[-1] == ("k", "1")


def test_the_same_button_twice_is_one() -> None:
    html = f"<form method=post><button>Verzenden</button>{FIELD}<button>Verzenden!</button></form>"
    assert filled(html).entries == (("a", "x"),)


def test_without_a_button_enter_sends_one_field_only() -> None:
    assert filled(f"<form method=post>{FIELD}<input type=hidden name=h></form>").entries == (("a", "x"), ("h", ""))
    assert refusal(f"<form method=post>{FIELD}<input name=b></form>").code == "form_script_only"
    assert (
        refusal(f"<form method=post>{FIELD}<input name=b><button type=button>Verzenden</button></form>").code
        == "form_script_only"
    )


def test_a_twin_that_is_not_shown_is_not_what_a_person_fills_in() -> None:
    html = f"<form method=post action=/weg><div hidden>{FIELD.replace('name=a', 'name=b')}</div>{FIELD}<button>Verzenden</button></form>"
    assert filled(html).entries == (("b", ""), ("a", "x"))


def test_the_name_of_an_attribute_moves_no_cursor() -> None:
    error = refusal(f"<form method=post action=/weg @\x1b[31m\u202e=klaar>{FIELD}<button>Verzenden</button></form>")
    assert (error.code, str(error).isprintable()) == ("form_script_only", True)


@pytest.mark.parametrize(
    "instead",
    [
        "<button type=button>Verzenden</button>",
        "<input type=button value=Verzenden>",
        "<button disabled>Verzenden</button>",
        "<a href=' java&#10;script:klaar()'>Verzenden</a>",
    ],
)
def test_enter_is_not_pressed_where_something_else_is_there_to_be_pressed(instead: str) -> None:
    assert refusal(f"<form method=post action=/weg>{FIELD}{instead}</form>").code == "form_script_only"


@pytest.mark.parametrize(
    ("form", "button", "code"),
    [
        ("", "", "form_by_get"),
        ("method=get", "", "form_by_get"),
        ("method=put", "", "form_by_get"),
        ("method=post", "formmethod=get", "form_by_get"),
        ("method=post", "formmethod=''", "form_by_get"),
        ("method=dialog", "", "form_script_only"),
        ("method=post", "formmethod=dialog", "form_script_only"),
    ],
)
def test_what_a_button_does_is_what_counts(form: str, button: str, code: str) -> None:
    assert refusal(f"<form {form}>{FIELD}<button {button}>Verzenden</button></form>").code == code


BY_A_SCRIPT = {
    "onsubmit": "<form method=post action=/weg onsubmit='return klaar()'>{f}{b}</form>",
    "onclick on the button": "<form method=post action=/weg>{f}<button onclick=klaar()>Verzenden</button></form>",
    "onchange on a field": "<form method=post action=/weg>{f}<select name=s onchange='this.form.submit()'><option>x</select>{b}</form>",
    "an empty token": "<form method=post action=/weg>{f}<input type=hidden name=csrf_token>{b}</form><script src=/app.js></script>",
    "a hidden field that a script names": "<form method=post action=/weg>{f}<input type=hidden name=tijd id=t value=0>{b}</form><script>var t = document.getElementById('t'); t.value = Date.now()</script>",
    "submit()": "<form method=post action=/weg id=f>{f}{b}</form><script>document.getElementById('f').submit()</script>",
    "requestSubmit()": "<form method=post action=/weg>{f}{b}</form><script>document.forms[0].requestSubmit()</script>",
    "a listener": "<form method=post action=/weg>{f}{b}</form><script>document.querySelector('form').addEventListener('submit', e => e.preventDefault())</script>",
    "jQuery": "<form method=post action=/weg>{f}{b}</form><script>$('form').on('submit', function(e) {{ $.post('/api', $(this).serialize()) }})</script>",
    "jQuery's own": "<form method=post action=/weg>{f}{b}</form><script>$('#f').submit(function() {{}})</script>",
    "fetch": "<form method=post action=/weg id=aanvraag>{f}{b}</form><script>knop.onclick = () => fetch('/api', {{body: aanvraag}})</script>",
    "FormData": "<form method=post action=/weg>{f}{b}</form><script>x = new FormData(y)</script>",
    "XMLHttpRequest": "<form method=post action=/weg>{f}{b}</form><script>var r = new XMLHttpRequest(); r.send(document.forms.f)</script>",
    "another action": "<form method=post action=/weg>{f}{b}</form><script>f.action = '/elders'</script>",
    "fields that a script writes": "<form method=post action=/weg>{f}{b}<script>document.write('<input name=z value=1>')</script></form>",
    "only a plain button": "<form method=post action=/weg>{f}<input name=b><input type=button value=Verzenden></form>",
    "no address but a sign, a script": "<form method=post action='#'>{f}{b}</form><script src=/static/app.js></script>",
    "an empty address, a script": "<form method=post action=''>{f}{b}</form><script src=/static/app.js></script>",
    "a URL that is a script, over lines": "<form method=post action=' java&#10;script:klaar()'>{f}{b}</form>",
    "a button's address that is a script": "<form method=post action=/weg>{f}<button formaction='javascript:klaar()'>Verzenden</button></form>",
    "a handler around the form": "<div onsubmit='return klaar()'><form method=post action=/weg>{f}{b}</form></div>",
    "a handler in the button": "<form method=post action=/weg>{f}<button><span onclick=klaar()>Verzenden</span></button></form>",
    "a script in a drawing": "<form method=post action=/weg>{f}{b}</form><svg><script>document.forms[0].onsubmit=klaar</script></svg>",
    "a listener to what a name says": "<form method=post action=/weg>{f}{b}</form><script>document.querySelector('form').addEventListener(soort, klaar)</script>",
    "no address, a script": "<form method=post>{f}{b}</form><script src=/static/app.js></script>",
    "a URL that is a script": "<form method=post action='javascript:klaar()'>{f}{b}</form>",
    "Angular": "<div ng-app=x><form method=post action=/weg>{f}{b}</form></div>",
    "Angular 2": "<form method=post action=/weg (ngSubmit)=klaar()>{f}{b}</form>",
    "Vue": "<form method=post action=/weg @submit.prevent=klaar>{f}{b}</form>",
    "React": "<div data-reactroot><form method=post action=/weg>{f}{b}</form></div>",
    "Alpine": "<div x-data='{{}}'><form method=post action=/weg>{f}{b}</form></div>",
    "htmx": "<form method=post action=/weg hx-post=/api>{f}{b}</form>",
    "Livewire": "<form method=post action=/weg wire:submit=klaar>{f}{b}</form>",
    "Stimulus": "<form method=post action=/weg data-action='submit->x#y'>{f}{b}</form>",
    "Rails": "<form method=post action=/weg data-remote=true>{f}{b}</form>",
    "a page that says so": "<noscript>Voor dit formulier is JavaScript nodig.</noscript><form method=post action=/weg>{f}{b}</form>",
    "a field that is not shown": "<form method=post action=/weg><div style='display:none'>{f}</div>{b}</form>",
    "a root": "<div id=root></div><script src=/static/js/main.js></script>",
    "a root with what it starts with": "<div id=app></div><script>fetch('/api')</script>",
}
BUTTON = "<button>Verzenden</button>"


@pytest.mark.parametrize("name", BY_A_SCRIPT)
def test_what_a_script_completes_is_a_persons(name: str) -> None:
    error = refusal(BY_A_SCRIPT[name].format(f=FIELD, b=BUTTON))
    assert error.code == "form_script_only"
    assert isinstance(error, FormNeedsPersonError)


PLAIN = f"<form method=post action=/weg id=f><input type=hidden name=token value=t>{FIELD}{BUTTON}</form>"
WITHOUT_A_SCRIPT = {
    "no script": PLAIN,
    "tag manager": "<script>(function(w,d,s,l,i){w[l]=w[l]||[];var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i;f.parentNode.insertBefore(j,f)})(window,document,'script','dataLayer','GTM-X');</script><noscript><iframe src=https://www.googletagmanager.com/ns.html></iframe></noscript>"
    + PLAIN,
    "gtag": "<script async src='https://www.googletagmanager.com/gtag/js?id=G-1'></script><script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());gtag('config','G-1');</script>"
    + PLAIN,
    "counts events": "<script>ga('send','event','form','submit');_gaq.push(['_trackPageview'])</script>" + PLAIN,
    "Matomo": "<script>var _paq=window._paq=window._paq||[];_paq.push(['trackPageView']);_paq.push(['enableLinkTracking']);(function(){var u='//stats.example/';_paq.push(['setTrackerUrl',u+'matomo.php']);var d=document,g=d.createElement('script'),s=d.getElementsByTagName('script')[0];g.async=true;g.src=u+'matomo.js';s.parentNode.insertBefore(g,s)})();</script>"
    + PLAIN,
    "no address, statistics": "<script src=https://stats.example/matomo.js></script>"
    + PLAIN.replace("action=/weg", ""),
    "a cookie bar": "<script src=/js/cookieconsent.min.js></script><div id=bar><button onclick='weg()'>Akkoord</button></div>"
    + PLAIN,
    "a library for the looks": "<script src=/js/jquery.min.js></script><script src=/js/bootstrap.bundle.js></script>"
    + PLAIN,
    "data": '<script type="application/ld+json">{"potentialAction": {"target": "form.submit()"}}</script>' + PLAIN,
    "a menu": "<script>document.getElementById('menu').addEventListener('click', () => menu.classList.toggle('open'))</script>"
    + PLAIN,
    "another form": "<form id=zoek action=/zoek><input name=q></form><script>document.getElementById('zoek').submit()</script>"
    + PLAIN,
    "a handler of another button": PLAIN.replace(
        BUTTON, "<button type=button onclick='history.back()'>Terug</button>" + BUTTON
    ),
    "an empty hidden field": PLAIN.replace("value=t", ""),
    "an empty handler": PLAIN.replace("id=f", "onsubmit=''"),
    "a field of another form that is not shown": "<form hidden><input name=z required></form>" + PLAIN,
    "a trap": PLAIN.replace(BUTTON, "<div style='display:none'><input name=website></div>" + BUTTON),
}


@pytest.mark.parametrize("name", WITHOUT_A_SCRIPT)
def test_what_only_counts_visitors_stops_no_form(name: str) -> None:
    assert ("a", "x") in filled(WITHOUT_A_SCRIPT[name]).entries


@pytest.mark.parametrize(
    "mark",
    [
        "<div class=g-recaptcha>",
        "<div class=h-captcha>",
        "<altcha-widget>",
        "<div class=cf-turnstile>",
        "<div class=frc-captcha>",
        "<img src=/captcha.php>",
        "<div data-sitekey=x>",
        "<script src=https://www.google.com/recaptcha/api.js></script>",
    ],
)
def test_a_captcha_is_a_persons(mark: str) -> None:
    assert refusal(PLAIN + mark).code == "form_captcha"


def test_a_page_with_statistics_and_no_form_has_changed() -> None:
    assert refusal("<script src=https://x.example/gtag/js></script><p>Welkom").code == "form_changed"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("<input name=a maxlength=3>", "𝒳𝒳", "at most 3 characters"),
        ("<input name=a minlength=3>", "ab", "at least 3 characters"),
        ("<input name=a type=number>", "+31", "type number"),
        ("<input name=a type=date>", "9-3-1975", "type date"),
        ("<input name=a value=y readonly>", "x", "read-only"),
        ("<input name=a pattern='[1-9][0-9]{3} ?[A-Z]{2}'>", "3511", "text of the form"),
        (r"<input name=a pattern='\d{8}'>", "٣٤٥٦٧٨٩٠", "text of the form"),
        ("<select name=a><option disabled>x</select>", "x", "one of"),
    ],
)
def test_what_a_browser_would_not_take_stops_before_sending(field: str, value: str, expected: str) -> None:
    error = refusal(f"<form method=post><label>Naam {field}</label>{BUTTON}</form>", Naam=value)
    assert error.code == "form_value_unfit"
    assert expected in str(error)


HOSTILE = [
    "(a+)+$",
    "(a|a)*b",
    "(?:a{1,50}){1,50}",
    "a?" * 40 + "a" * 20,
    ".*" * 20 + "=",
    "(a|b|ab)" * 25,
    r"(a)\1",
    "[a",
    "(?=a)b",
    "[[a]&&b]",
    "x" * 300,
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_that_could_take_long_is_left_to_the_server(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(typed.re, "fullmatch", lambda expression, *_rest: tried.append(expression))
    assert typed._fits(pattern, "a" * 60)
    assert not tried


def test_strangers_texts_are_made_fit_to_show() -> None:
    html = f"<form method=post><label>Na\u202eam\x1b[31m <input name=a maxlength=1></label>{BUTTON}</form>"
    error = refusal(html, **{"a": "xyz"})
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)


@pytest.mark.parametrize(
    ("body", "kind", "encoding"),
    [
        (b"\xef\xbb\xbf<p>\xc3\xa9", "text/html; charset=iso-8859-1", "UTF-8"),
        (b"<p>\xe9", "text/html; charset=ISO-8859-1", "windows-1252"),
        (b'<meta charset="latin1"><p>\xe9', "text/html", "windows-1252"),
        (b'<meta charset="utf-8"><p>\xe9', "text/html; charset='windows-1252'", "windows-1252"),
        (b'<meta charset="utf-16"><p>\xc3\xa9', "text/html", "UTF-8"),
        ("<p>é".encode("utf-16"), "text/html; charset=utf-8", "UTF-16LE"),
        ("<p>é".encode("utf-16-be"), "text/html; charset=utf-16be", "UTF-16BE"),
        (b"<p>\xc3\xa9", "text/html; charset=utf-16", "UTF-8"),
        (b"<p>\xc3\xa9", "text/html; charset=bestaat-niet", "UTF-8"),
        (b"<p>\xe9", "text/html", "windows-1252"),
        (b"<p>\xc3\xa9", "text/html", "UTF-8"),
        (b"<!-- <meta charset=koi8-r> --><p>\xc3\xa9", "text/html", "UTF-8"),
        (b"<p>\xe9", "text/html; charset=" + "x" * 100_000, "windows-1252"),
    ],
)
def test_the_charset_is_the_one_a_browser_takes(body: bytes, kind: str, encoding: str) -> None:
    assert charsets.decoded_page(kind, body)[1] == encoding
    assert read(body, kind).text == "é"


MANY = 900


@pytest.mark.heavy
def test_reading_costs_in_proportion_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every label is read once, whatever the number of fields that look for it."""
    counted = [0]
    real = html_tree.element_text

    def counting(node: html_tree.Node, *skip: Any) -> str:
        counted[0] += sum(1 for _one in node.descendants())
        return real(node, *skip)

    monkeypatch.setattr(labels, "element_text", counting)
    for module in (html_form, controls, complaints):
        monkeypatch.setattr(module, "element_text", counting)
    shared = "<fieldset id=g><legend id=l>" + "<i>x</i>" * 200 + "</legend>"
    for field in (
        "<label for=a{n}>Veld {n}</label><input id=a{n} name=a{n}>",
        "<input name=a{n} aria-labelledby=l aria-invalid=true aria-describedby=l>",
        "<input type=radio name=a value={n}>",
        "<div class=error>fout</div><p><input name=a{n}></p>",
    ):
        counted[0] = 0
        html = f"<form>{shared}" + "".join(field.format(n=number) for number in range(MANY)) + "</fieldset></form>"
        assert len(read(html).forms[0].slots) == MANY
        elements = html.count("<") - html.count("</")
        assert counted[0] <= 8 * elements, field


@pytest.mark.heavy
def test_what_scripts_name_is_looked_up() -> None:
    """A long script and many hidden fields: each is read once, and compared as sets."""
    script = "<script>" + "var naam_x;" * 100_000 + "</script>"
    hidden = "".join(f"<input type=hidden name=h{number} value=1>" for number in range(900))
    assert filled(script + PLAIN.replace(FIELD, FIELD + hidden)).entries


def test_a_page_that_cannot_be_a_form_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    real = html_tree.parse
    monkeypatch.setattr(html_tree, "parse", lambda text, **more: built.append(len(text)) or real(text, **more))
    formatting = "".join(f"<b id={number}>" for number in range(1_000)) + "<p>" * 5_000
    hidden = [
        f"{before}{formatting}" for before in ("<svg><textarea>", "<svg><title>", "<math><xmp>", "<select><iframe>")
    ]
    for html in (
        "<i>" * 30_000,
        formatting,
        *hidden,
        "<svg>" + "<title>" * 15_000,
        "<a " + " ".join(f"a{number}" for number in range(1_000)) + ">",
    ):
        built.clear()
        with pytest.raises(ZorgidError) as caught:
            read(html)
        assert caught.value.code == "form_too_large"
        assert not built


@pytest.mark.heavy
def test_an_ordinary_page_is_far_below_the_bounds() -> None:
    html = (
        "<form method=post>"
        + "<p><label>Veld <input name=a></label></p><font><b>x</b></font><a href=x>y" * 1_500
        + "</form>"
    )
    with pytest.raises(ZorgidError, match="fields of one form"):
        read(html)
    assert len(read(html.replace("<input name=a>", "")).forms) == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    "text", ["kenmerk" * 200_000, "kenmerk/" * 200_000, "kenmerk" + " " * 300_000, "Kenmerk: " + "A" * 500_000]
)
def test_the_built_in_expressions_stay_linear(text: str) -> None:
    """No expression can look back at more than a bounded stretch: none has an open repeat behind another."""
    for expression in (mapping._REFERENCE, mapping._ACCEPTED, mapping._REFUSED):
        assert not re.search(r"(?<!\\)[*+]", re.sub(r"\[[^]]*\]", "x", expression))
        re.search(expression, text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Kenmerk: ZS-2026-00042.", "ZS-2026-00042."),
        ("Uw referentie is A1", "A1"),
        ("aanvraagnummer 12345", "12345"),
        ("Reference number: X/9-b", "X/9-b"),
        ("Kenmerk: geen", None),
    ],
)
def test_the_reference_is_found(text: str, reference: str | None) -> None:
    found = re.search(mapping._REFERENCE, text)
    assert (found.group(1) if found else None) == reference


@pytest.mark.parametrize(
    ("content", "refresh"),
    [
        ("0;url=/a", (0.0, "https://forms.vzvz.example/a")),
        (" 5 ; URL = 'a b' x", (5.0, "https://forms.vzvz.example/map/a%20b")),
        ('1,"?q=1"', (1.0, "https://forms.vzvz.example/map/form?q=1")),
        ("2 b", (2.0, "https://forms.vzvz.example/map/b")),
        ("3", (3.0, URL)),
        (".5;", (0.0, URL)),
        ("0;url=https://[", None),
        ("0;url=javascript:klaar()", None),
        ("0;url=http://[", None),
        ("0x;url=/a", None),
        ("url=/a", None),
        ("", None),
        ("9" * 50 + ";/a", (999999999.0, "https://forms.vzvz.example/a")),
    ],
)
def test_a_page_says_when_and_where_it_goes_on(content: str, refresh: tuple[float, str] | None) -> None:
    reported = content.replace('"', "&quot;")
    assert read(f'<meta http-equiv=Refresh content="{reported}">').refresh == refresh
    assert read("<noscript><meta http-equiv=refresh content='0;/a'></noscript>").refresh is None
