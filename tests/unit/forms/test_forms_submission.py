# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - HTML is written as it is served
"""Forms over real HTTPS: twelve specimens, every way a form says no, every way a page is hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import browser as web
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import FormNeedsPersonError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import MappingTable, table
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.submission import (
    Confirmation,
    FormUncertainError,
    open_form,
    submit,
)
from ansible_collections.gbz.zorgid.tests.support.form_zoo import (
    ALL,
    DONE,
    LABEL_FOR,
    MAPPING,
    Specimen,
)
from ansible_collections.gbz.zorgid.tests.support.intake_support import (
    ORGANISATION,
    Pki,
    Reply,
    Request,
    Site,
    serve,
)

VALUES: dict[str, Any] = {**ORGANISATION, "environment": "acceptance"}
PERSONAL = ("Lindeman", "j.lindeman", "1975", "Johanna", "+3160000")


def tables(mapping: dict[str, Any] = MAPPING, folder: Path = Path()) -> list[MappingTable]:
    return [table(mapping, "test", folder)]


def run(site: Site, pki: Pki, used: list[MappingTable] | None = None, **settings: Any) -> Confirmation:
    with web.Browser(ca_path=str(pki.ca_path), timeout=5, **settings) as browser:
        filled = open_form(browser, site.url, used or tables(), VALUES)
        return submit(browser, filled, VALUES, referer=site.url, sending=lambda: None)


@contextmanager
def form_then(pki: Pki, reply: Reply | Callable[[Request], Reply], form: str = LABEL_FOR.pages[0]) -> Iterator[Site]:
    """A site that shows a form and answers the post with ``reply``."""

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(form)
        return reply(request) if callable(reply) else reply

    with serve(pki, answer) as site:
        yield site


@pytest.mark.parametrize("name", ALL)
def test_each_specimen_is_filled_in_and_confirmed(name: str, pki: Pki, tmp_path: Path) -> None:
    specimen: Specimen = ALL[name]
    (tmp_path / "machtiging.pdf").write_bytes(b"%PDF-1.7 machtiging")

    def answer(request: Request) -> Reply:
        done = len([r for r in site.received if r.method == "POST"])
        cookie = {"Set-Cookie": "sessie=s1; Path=/; Secure; HttpOnly"}
        if request.method == "POST":
            assert request.cookies == "sessie=s1"
        return Reply(specimen.pages[done] if done < len(specimen.pages) else DONE, headers=cookie)

    with serve(pki, answer, specimen.charset) as site:
        confirmation = run(site, pki, tables(specimen.mapping, tmp_path))
    assert [dict(post.fields) for post in site.posts()] == list(specimen.posts)
    assert tuple(file for post in site.posts() for file in post.files) == specimen.files
    assert confirmation.reference == "ZS-2026-00042"
    assert b"Bedankt" in confirmation.page
    assert not any(value in request.path for request in site.received for value in PERSONAL)


REJECTIONS = {
    "aria": """<form method="post"><label for="a">Naam zorgaanbieder</label><input id="a" name="naam">
<label for="b">URA-nummer</label><input id="b" name="ura" aria-invalid="true" aria-describedby="e">
<span id="e">Dit URA-nummer is onbekend: 90000101</span><input name="app"><input name="geb"><input name="mail"></form>""",
    "django": """<form method="post"><input name="naam"><ul class="errorlist"><li>Dit URA-nummer is onbekend</li></ul>
<p><label for="b">URA-nummer</label><input id="b" name="ura"></p><input name="app"><input name="geb"></form>""",
    "bootstrap": """<form method="post"><input name="naam"><div class="form-group has-error"><label for="b">URA-nummer</label>
<input id="b" name="ura"><div class="invalid-feedback">Dit URA-nummer is onbekend</div></div><input name="app">
<input name="geb"></form>""",
}


@pytest.mark.parametrize("status", [200, 422])
@pytest.mark.parametrize("style", REJECTIONS)
def test_a_validation_error_names_the_field_and_our_variable(style: str, status: int, pki: Pki) -> None:
    with (
        form_then(pki, Reply(REJECTIONS[style], status=status)) as site,
        pytest.raises(ZorgidError) as caught,
    ):
        run(site, pki)
    assert caught.value.code == "form_rejected"
    assert not isinstance(caught.value, FormUncertainError)
    assert "URA-nummer (ura): Dit URA-nummer is onbekend" in str(caught.value)
    assert "90000101" not in str(caught.value)


def test_an_error_summary_without_fields_is_told(pki: Pki) -> None:
    page = '<div role="alert">Uw sessie is verlopen</div>' + LABEL_FOR.pages[0]
    with form_then(pki, Reply(page)) as site, pytest.raises(ZorgidError, match="Uw sessie is verlopen") as caught:
        run(site, pki)
    assert caught.value.code == "form_rejected"


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<p>Er is een fout opgetreden: uw aanvraag is niet ontvangen.</p>"),
        Reply("<p>Welkom bij VZVZ</p>"),
        Reply("<p>onderhoud</p>", status=503),
        Reply(LABEL_FOR.pages[0]),
        Reply(drop=True),
        Reply(b"\x00\xff\xfe", headers={"Content-Type": "application/octet-stream"}),
        Reply(status=307, headers={"Location": "/elders"}),
        Reply(status=302, headers={"Location": "https://elders.example/bedankt"}),
    ],
    ids=["200 with an error", "other page", "503", "the same form", "no answer", "no page", "307", "away"],
)
def test_whatever_is_neither_yes_nor_no_is_uncertain(reply: Reply, pki: Pki) -> None:
    with form_then(pki, reply) as site, pytest.raises(FormUncertainError) as caught:
        run(site, pki)
    assert caught.value.code == "submission_uncertain"
    assert len(site.posts()) == 1


def test_the_confirmation_after_a_redirect_is_read(pki: Pki) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/bedankt":
            return Reply(DONE)
        return (
            Reply(LABEL_FOR.pages[0])
            if request.method == "GET"
            else Reply(status=303, headers={"Location": "/bedankt"})
        )

    with serve(pki, answer) as site:
        assert run(site, pki).reference == "ZS-2026-00042"


def test_how_a_confirmation_is_recognised_can_be_configured(pki: Pki) -> None:
    mapping = {**MAPPING, "confirmation": {"text": "In goede orde", "reference": r"nr (\d+)"}}
    with form_then(pki, Reply("<p>In goede orde, nr 12</p>")) as site:
        assert run(site, pki, tables(mapping)).reference == "12"


def test_a_reference_ends_where_its_block_ends(pki: Pki) -> None:
    done = "<div><p>Uw aanvraag is ontvangen.</p><p>Kenmerk: <b>ZS-2026</b>-00042</p></div><p>U krijgt bericht.</p>"
    with form_then(pki, Reply(done)) as site:
        assert run(site, pki).reference == "ZS-2026-00042"


PEOPLE_ONLY = {
    "form_captcha": LABEL_FOR.pages[0] + '<div class="g-recaptcha" data-sitekey="k"></div>',
    "form_script_only": '<div id="app"></div><script src="/app.js"></script>',
    "form_unknown_field": LABEL_FOR.pages[0].replace("<button", '<label>BTW-nummer *<input name="btw"></label><button'),
    "form_by_get": LABEL_FOR.pages[0].replace('method="post"', ""),
    "form_changed": LABEL_FOR.pages[0].replace("URA-nummer", "Abonneenummer"),
}


@pytest.mark.parametrize("code", PEOPLE_ONLY)
def test_what_needs_a_person_stops_with_everything_to_type(code: str, pki: Pki) -> None:
    with form_then(pki, Reply(DONE), PEOPLE_ONLY[code]) as site, pytest.raises(FormNeedsPersonError) as caught:
        run(site, pki)
    assert caught.value.code == code
    assert not site.posts()
    shown = {item.label: item.value for item in caught.value.items}
    assert shown["Geboortedatum"] == "1975-03-09"
    assert shown["Omgeving"] == "Acceptatie"
    assert shown["Ik ga akkoord met de voorwaarden"] == "aanvinken"
    assert not any(word in str(caught.value) for word in PERSONAL)


def test_the_drift_names_what_changed(pki: Pki) -> None:
    with (
        form_then(pki, Reply(DONE), PEOPLE_ONLY["form_changed"]) as site,
        pytest.raises(ZorgidError, match="URA-nummer"),
    ):
        run(site, pki)


def test_the_mapping_that_fits_the_form_is_used(pki: Pki) -> None:
    newer = {**MAPPING, "version": "2027", "fields": {**MAPPING["fields"], "Abonneenummer": "ura"}}
    del newer["fields"]["URA-nummer"]
    with form_then(pki, Reply(DONE), PEOPLE_ONLY["form_changed"]) as site:
        assert run(site, pki, [*tables(), *tables(newer)]).mapping_version == "2027"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('maxlength="8"', 'maxlength="7"', "at most 7 characters"),
        ('pattern="[0-9]{8}"', 'pattern="[0-9]{9}"', "text of the form"),
        (">VoorbeeldHIS<", ">Iets anders<", "one of: "),
    ],
)
def test_a_value_that_the_field_does_not_take_stops_before_sending(
    before: str, after: str, expected: str, pki: Pki
) -> None:
    form = LABEL_FOR.pages[0].replace(before, after)
    with form_then(pki, Reply(DONE), form) as site, pytest.raises(ZorgidError, match=expected) as caught:
        run(site, pki)
    assert caught.value.code == "form_value_unfit"
    assert not site.posts()


def test_a_redirect_loop_ends(pki: Pki) -> None:
    with (
        serve(pki, lambda _request: Reply(status=302, headers={"Location": "/form"})) as site,
        pytest.raises(ZorgidError) as caught,
    ):
        run(site, pki)
    assert caught.value.code == "form_redirects"
    assert len(site.received) == web.MOST_REDIRECTS + 1


def test_an_endless_body_ends(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 300_000)

    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 65536

    with serve(pki, lambda _request: Reply(chunks=endless())) as site, pytest.raises(ZorgidError) as caught:
        run(site, pki)
    assert caught.value.code == "form_too_large"


@pytest.mark.parametrize("charset", ["bestaat-niet", "utf-16", "base64", "utf-8"])
def test_a_wrong_charset_does_not_hide_the_form(charset: str, pki: Pki) -> None:
    page = LABEL_FOR.pages[0].encode() + "é".encode("latin-1")
    headers = {"Content-Type": f"text/html; charset={charset}"}

    def answer(request: Request) -> Reply:
        return Reply(page, headers=headers) if request.method == "GET" else Reply(DONE)

    with serve(pki, answer) as site:
        assert run(site, pki).reference == "ZS-2026-00042"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/form", "https://vreemd.example/form", "https://u:p@127.0.0.1/", "file:///x"]
)
def test_only_allowed_hosts_over_https(url: str, pki: Pki) -> None:
    with web.Browser(allowed_hosts=["127.0.0.1"]) as browser, pytest.raises(ZorgidError) as caught:
        browser.get(url)
    assert caught.value.code == "host_not_allowed"


def test_a_redirect_to_another_host_is_not_followed(pki: Pki) -> None:
    reply = Reply(status=302, headers={"Location": "https://elders.example/"})
    with serve(pki, lambda _request: reply) as site, pytest.raises(ZorgidError, match=r"elders\.example") as caught:
        run(site, pki)
    assert caught.value.code == "host_not_allowed"


def test_an_untrusted_certificate_is_told(pki: Pki) -> None:
    with (
        serve(pki, lambda _request: Reply(DONE)) as site,
        web.Browser() as browser,
        pytest.raises(ZorgidError) as caught,
    ):
        browser.get(site.url)
    assert caught.value.code == "tls_untrusted"
    assert not site.received


def test_a_host_that_does_not_answer_is_told(pki: Pki) -> None:
    with serve(pki, lambda _request: Reply(DONE)) as site:
        pass
    with web.Browser(ca_path=str(pki.ca_path)) as browser:
        with pytest.raises(ZorgidError) as caught:
            browser.get(site.url)
        assert caught.value.code == "form_unreachable"
        with pytest.raises(web.NothingSentError):
            browser.post(site.url, [("a", "b")])


def test_a_form_that_is_not_there_is_told(pki: Pki) -> None:
    with (
        serve(pki, lambda _request: Reply("weg", status=404)) as site,
        pytest.raises(ZorgidError, match="HTTP 404") as caught,
    ):
        run(site, pki)
    assert caught.value.code == "form_unreachable"
