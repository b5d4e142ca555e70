# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever comes back after a post is confirmed, refused or uncertain, with the answer kept; nothing is a defect."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import browser as web
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import html_tree, submission
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import FormNeedsPersonError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import table
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.submission import (
    Confirmation,
    FormUncertainError,
    open_form,
    submit,
)
from ansible_collections.gbz.zorgid.tests.support.form_zoo import DONE, LABEL_FOR, MAPPING
from ansible_collections.gbz.zorgid.tests.support.intake_support import (
    ORGANISATION,
    Pki,
    Reply,
    Request,
    Site,
    serve,
)
from ansible_collections.gbz.zorgid.tests.support.intake_world import World, a_world, call

VALUES: dict[str, Any] = {**ORGANISATION, "environment": "acceptance"}
FORM = LABEL_FOR.pages[0]
REFRESH = '<meta http-equiv="refresh" content="0;url={}">'


def run(url: str, pki: Pki, waited: list[float] | None = None, **settings: Any) -> Confirmation:
    waits = [] if waited is None else waited
    with web.Browser(ca_path=str(pki.ca_path), timeout=60, wait=waits.append, **settings) as browser:
        filled = open_form(browser, url, [table(MAPPING, "test", Path())], VALUES)
        return submit(browser, filled, VALUES, referer=url, sending=lambda: None)


@contextmanager
def paths(pki: Pki, replies: dict[str, Reply], post: Reply) -> Iterator[Site]:
    """A site with a page per path; ``post`` answers the post."""

    def answer(request: Request) -> Reply:
        return post if request.method == "POST" else replies.get(request.path, Reply(FORM))

    with serve(pki, answer) as site:
        yield site


Script = Callable[[ssl.SSLSocket, threading.Event], None]


@contextmanager
def raw(pki: Pki, script: Script, page: bytes = FORM.encode()) -> Iterator[str]:
    """A server that shows ``page`` and answers a post with whatever ``script`` writes; the event is set at the end."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    context = pki.server_context()

    def talk() -> None:
        while not over.is_set():
            try:
                plain, _address = listener.accept()
                with context.wrap_socket(plain, server_side=True) as wire:
                    wire.settimeout(10)
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += wire.recv(65536) or b"\r\n\r\n"
                    if head.startswith(b"POST"):
                        length = int(head.lower().partition(b"content-length:")[2].split()[0])
                        body = head.partition(b"\r\n\r\n")[2]
                        while len(body) < length:
                            body += wire.recv(65536)
                        script(wire, over)
                    else:
                        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + page)
            except OSError:
                continue

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/form"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def says(data: bytes) -> Script:
    return lambda wire, _over: wire.sendall(data)


# Where a server waited in vain for its client to cut the line.
NOT_CUT: list[str] = []


def _drips(wire: ssl.SSLSocket, over: threading.Event) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>Uw aanvraag")
    _held(wire, over)


def _drips_headers(wire: ssl.SSLSocket, over: threading.Event) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
    _held(wire, over)


def _held(wire: ssl.SSLSocket, over: threading.Event) -> None:
    """Say nothing more until the client has gone."""
    wire.settimeout(8)
    try:
        wire.recv(1)
    except TimeoutError:
        NOT_CUT.append("nobody cut the line")
        over.wait(1)


def _breaks_tls(wire: ssl.SSLSocket, _over: threading.Event) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>half")
    plain = socket.socket(fileno=wire.detach())
    plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    plain.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
RAW: dict[str, tuple[Script, bytes | None]] = {
    "nothing": (says(b""), b""),
    "no HTTP": (says(b"SSH-2.0-x\r\n"), b""),
    "an empty answer": (says(HEAD + b"Content-Length: 0\r\n\r\n"), b""),
    "early hints only": (says(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), b""),
    "204": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), b""),
    "205": (says(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"), b""),
    "304": (says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), b""),
    "302 without Location": (says(b"HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nelse"), b"else"),
    "a Location that is none": (
        says(b"HTTP/1.1 302 Found\r\nLocation: https://[x\r\nContent-Length: 4\r\n\r\nelse"),
        b"else",
    ),
    "a Location of another scheme": (
        says(b"HTTP/1.1 302 Found\r\nLocation: javascript:x\r\nContent-Length: 0\r\n\r\n"),
        b"",
    ),
    "a Location in Latin-1": (
        says(b"HTTP/1.1 302 Found\r\nLocation: https://\xe9\xff.example/\r\nContent-Length: 0\r\n\r\n"),
        b"",
    ),
    "a Location without end": (
        says(b"HTTP/1.1 302 Found\r\nLocation: /" + b"a" * 9000 + b"\r\nContent-Length: 0\r\n\r\n"),
        b"",
    ),
    "status 99": (says(b"HTTP/1.1 099 x\r\n\r\n"), b""),
    "status 999": (says(b"HTTP/1.1 999 x\r\nContent-Length: 2\r\n\r\nno"), b"no"),
    "truncated": (says(HEAD + b"Content-Length: 1000\r\n\r\n<p>Uw aanv"), b"<p>Uw aanv"),
    "a bad chunk": (says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>Uw\r\nzz\r\n"), b"<p>Uw"),
    "gzip that is none": (says(HEAD + b"Content-Encoding: gzip\r\n\r\n<p>geen gzip"), b""),
    "dripping": (_drips, b"<p>Uw aanvraag"),
    "dripping headers": (_drips_headers, b""),
    "TLS that breaks": (_breaks_tls, b"<p>half"),
    "an unknown charset": (
        says(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x-\xff\r\nConnection: close\r\n\r\n<p>Welkom"),
        b"<p>Welkom",
    ),
    "binary": (says(HEAD + b"\r\n" + bytes(range(256))), bytes(range(256))),
    "a comment": (says(HEAD + b"\r\n<!-- x -->"), b"<!-- x -->"),
    "white space": (says(HEAD + b"\r\n \n\t "), b" \n\t "),
    "a frameset": (
        says(HEAD + b"\r\n<frameset><frame src=/bedankt></frameset>"),
        b"<frameset><frame src=/bedankt></frameset>",
    ),
    "thanks that are hidden": (
        says(HEAD + b"\r\n<p hidden>Bedankt</p><p style='display:none'>ontvangen</p>"),
        b"<p hidden>Bedankt</p><p style='display:none'>ontvangen</p>",
    ),
    "thanks in a script": (
        says(HEAD + b"\r\n<script>'Bedankt, ontvangen'</script>"),
        b"<script>'Bedankt, ontvangen'</script>",
    ),
    "thanks in a picture": (
        says(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"ontvangen"'),
        b'"ontvangen"',
    ),
    "a refresh elsewhere": (
        says(HEAD + b"\r\n" + REFRESH.format("https://elders.example/").encode()),
        REFRESH.format("https://elders.example/").encode(),
    ),
    "a page that needs a script to go on": (
        says(HEAD + b"\r\n<form method=post onsubmit=x()><input type=hidden name=a><button>Bevestigen</button></form>"),
        b"<form method=post onsubmit=x()><input type=hidden name=a><button>Bevestigen</button></form>",
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_every_answer_has_an_outcome_and_is_kept(name: str, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    script, kept = RAW[name]
    # Short only where the other side says nothing more: the test then ends by the deadline, not by a timeout.
    monkeypatch.setattr(web, "MOST_SECONDS", 0.7 if name.startswith("dripping") else 60.0)
    NOT_CUT.clear()
    with raw(pki, script) as url, pytest.raises(FormUncertainError) as caught:
        run(url, pki)
    assert not NOT_CUT
    assert caught.value.code == "submission_uncertain"
    assert (caught.value.page or b"") == kept
    assert "1975" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["bytes", "gzip bomb", "tags", "depth", "formatting", "fields", "labels", "attributes"]
)
def test_an_answer_without_measure_is_uncertain(name: str, pki: Pki) -> None:
    big = {
        "bytes": b"<p>" + b"x" * 5_000_001,
        "gzip bomb": gzip.compress(bytes(200_000_000)),
        "tags": b"<br>" * 20_001,
        "depth": b"<div>" * 1_000,
        "formatting": b"".join(b"<b id=%d>" % number for number in range(500)) + b"<p>" * 500,
        "fields": b"<form>" + b"<input name=a>" * 1_001,
        "labels": b"<label>" * 10 + b"<label></label>" * 3_001,
        "attributes": b"<a " + b" ".join(b"a%d" % number for number in range(300)) + b">",
    }[name]
    head = HEAD + (b"Content-Encoding: gzip\r\n" if name == "gzip bomb" else b"")
    with raw(pki, says(head + b"\r\n" + big)) as url, pytest.raises(FormUncertainError) as caught:
        run(url, pki)
    assert caught.value.page
    assert len(caught.value.page) <= html_tree.MOST_BYTES
    # As the page to fill in it is refused before anything is sent.
    if name != "gzip bomb":
        with raw(pki, says(b""), big) as url, pytest.raises(ZorgidError) as refused:
            run(url, pki)
        assert refused.value.code == "form_too_large"
        assert not isinstance(refused.value, FormUncertainError)


def test_what_comes_with_a_redirect_is_bounded_too(pki: Pki) -> None:
    head = HEAD.replace(b"200 OK", b"302 Found") + b"Location: /weg\r\nContent-Encoding: gzip\r\n\r\n"
    with raw(pki, says(head + gzip.compress(bytes(200_000_000)))) as url, pytest.raises(FormUncertainError) as caught:
        run(url, pki)
    assert len(caught.value.page or b"") == html_tree.MOST_BYTES


@pytest.mark.parametrize("page", ["<!-- x -->", " \n", "", "<plaintext>", "<frameset><frame src=/x>", "\x00\x01"])
def test_a_page_without_a_form_has_changed(page: str, pki: Pki) -> None:
    with paths(pki, {"/form": Reply(page)}, Reply(DONE)) as site, pytest.raises(FormNeedsPersonError) as caught:
        run(site.url, pki)
    assert caught.value.code == "form_changed"
    assert not site.posts()


def test_the_answer_is_kept_and_named(pki: Pki, tmp_path: Path) -> None:
    with a_world(pki, tmp_path) as world:
        world.reply = Reply("<!-- x -->")
        error = failure(world)
        kept = Path(error.details["answer_path"])
        assert kept.read_bytes() == b"<!-- x -->"
        assert str(kept) in str(error)


def failure(world: World) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(world.form())
    assert caught.value.code == "submission_uncertain"
    return caught.value


def test_a_confirmation_that_a_page_goes_on_to_is_read(pki: Pki) -> None:
    waited: list[float] = []
    slow = "<meta http-equiv=refresh content=\"3; URL='bedankt?x=1'\"><p>Een ogenblik</p>"
    replies = {"/een": Reply(slow), "/bedankt?x=1": Reply(DONE)}
    with paths(pki, replies, Reply(REFRESH.format("/een"))) as site:
        assert run(site.url, pki, waited).reference == "ZS-2026-00042"
    assert waited == [0.0, 3.0]
    assert [(one.method, one.path) for one in site.received[1:]] == [
        ("POST", "/form"),
        ("GET", "/een"),
        ("GET", "/bedankt?x=1"),
    ]


def test_a_page_that_goes_on_for_ever_is_left(pki: Pki) -> None:
    again = Reply(REFRESH.format("/form"))
    with paths(pki, {}, again) as site, pytest.raises(FormUncertainError):
        run(site.url, pki)
    with serve(pki, lambda _request: again) as site, pytest.raises(FormNeedsPersonError):
        run(site.url, pki)
    assert len(site.received) == submission.MOST_REFRESHES + 2


@pytest.mark.parametrize(
    ("refresh", "followed"),
    [('content="0;/echt"', True), ('content="900;url=/weg"', False), ('content="nooit"', False)],
)
def test_the_form_may_be_one_page_further(refresh: str, followed: bool, pki: Pki) -> None:
    front = Reply(f"<meta http-equiv=refresh {refresh}>" + ("" if followed else FORM))
    with paths(pki, {"/form": front, "/echt": Reply(FORM)}, Reply(DONE)) as site:
        assert run(site.url, pki).reference == "ZS-2026-00042"
    assert site.posts()[0].path == ("/echt" if followed else "/form")


def test_thanks_before_a_page_goes_on_are_thanks(pki: Pki) -> None:
    with paths(pki, {}, Reply(REFRESH.format("https://www.vzvz.example/") + DONE)) as site:
        assert run(site.url, pki).reference == "ZS-2026-00042"


@pytest.mark.parametrize("action", ["https://elders.example/x", "http://127.0.0.1/form", "https://[", "//u@127.0.0.1/"])
def test_a_form_that_goes_to_another_place_is_not_posted(action: str, pki: Pki) -> None:
    page = FORM.replace('method="post"', f'method="post" action="{action}"')
    with paths(pki, {"/form": Reply(page)}, Reply(DONE)) as site, pytest.raises(ZorgidError) as caught:
        run(site.url, pki)
    assert caught.value.code == "host_not_allowed"
    assert not isinstance(caught.value, FormUncertainError)
    assert not site.posts()


def test_nothing_of_an_own_environment_goes_to_vzvz(pki: Pki) -> None:
    moved = Reply(status=302, headers={"Location": "https://fd2.formdesk.com/vzvz/x"})
    with serve(pki, lambda _request: moved) as site, pytest.raises(ZorgidError) as caught:
        run(site.url, pki, allowed_hosts=["127.0.0.1", "fd2.formdesk.com/vzvz/"], environment="own")
    assert caught.value.code == "environment_mismatch"


def test_another_site_does_not_learn_the_address_of_the_form() -> None:
    page = "https://forms.vzvz.example:8443/form?token=geheim#x"
    assert web._came_from(page, "https://forms.vzvz.example:8443/weg")["Referer"] == page.partition("#")[0]
    assert web._came_from(page, "https://elders.example/") == {
        "Origin": "https://forms.vzvz.example:8443",
        "Referer": "https://forms.vzvz.example:8443/",
    }
