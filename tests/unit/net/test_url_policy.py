# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses may be visited: host, port and path as a browser resolves them, never as a trick wants them read."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._net.url_policy import (
    allowed_entry_of,
    allowed_places,
    belongs_to_vzvz,
    check_url,
)

ALLOWED = ("fd2.formdesk.com/vzvz/", "forms.vzvz.example", "127.0.0.1", "forms.example:8443", "bücher.example")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://fd2.formdesk.com/vzvz/Aanvraag?id=1#x", "fd2.formdesk.com"),
        ("https://fd2.formdesk.com/vzvz", "fd2.formdesk.com"),
        ("https://fd2.formdesk.com:443/vzvz/a/./b", "fd2.formdesk.com"),
        ("https://fd2.formdesk.com/elders/../vzvz/a", "fd2.formdesk.com"),
        ("HTTPS://FORMS.VZVZ.example/", "forms.vzvz.example"),
        ("https://forms.vzvz.example/a%20b/%C3%A9/50%25", "forms.vzvz.example"),
        ("https://forms.vzvz.example/?volgende=https%3A%2F%2Fx%2F..%2F@y", "forms.vzvz.example"),
        ("https://127.0.0.1:4321/form", "127.0.0.1"),
        ("https://0x7f.1:4321/form", "127.0.0.1"),
        ("https://forms.example:8443/a", "forms.example"),
        ("https://BÜCHER.example/", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ],
)
def test_what_lies_in_an_allowed_place_is_visited(url: str, host: str) -> None:
    assert check_url(url, ALLOWED) == host


@pytest.mark.parametrize(
    "url",
    [
        "https://fd2.formdesk.com/",
        "https://fd2.formdesk.com/evil/",
        "https://fd2.formdesk.com/vzvzevil/",
        "https://fd2.formdesk.com/VZVZ/",
        "https://fd2.formdesk.com//vzvz/",
        "https://fd2.formdesk.com/vzvz/../evil/",
        "https://fd2.formdesk.com/vzvz/%2e%2e/evil/",
        "https://fd2.formdesk.com/vzvz/.%2E/evil/",
        "https://fd2.formdesk.com/vzvz/%252e%252e/evil/",
        "https://fd2.formdesk.com/vzvz/..%2fevil/",
        "https://fd2.formdesk.com/vzvz/..%252fevil/",
        "https://fd2.formdesk.com/vzvz/..;/evil/",
        "https://fd2.formdesk.com/vzvz/..%5cevil/",
        "https://fd2.formdesk.com/vzvz%2fevil",
        "https://fd2.formdesk.com/vzvz\\..\\evil",
        "https://fd2.formdesk.com/vzvz/%00",
        "https://fd2.formdesk.com/evil?/vzvz/",
        "https://fd2.formdesk.com/evil#/vzvz/",
        "https://evil.example/fd2.formdesk.com/vzvz/",
        "https://evil.example\\@fd2.formdesk.com/vzvz/",
        "https://evil.example#@fd2.formdesk.com/vzvz/",
        "https://fd2.formdesk.com@evil.example/vzvz/",
        "https://fd2.formdesk.com.evil.example/vzvz/",
        "https://xfd2.formdesk.com/vzvz/",
        "https://naam:wachtwoord@forms.vzvz.example/",
        "https://@forms.vzvz.example/",
        "https://forms.vzvz.example./",
        "https://forms.vzvz.example:8443/",
        "https://forms.example/",
        "https://forms.vzvz.example\t.evil.example/",
        "https://forms.vzvz.example/a\nb",
        " https://forms.vzvz.example/",
        "https://forms.vzvz.еxample/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "//forms.vzvz.example/",
        "http://forms.vzvz.example/",
        "javascript://forms.vzvz.example/%0aalert(1)",
        "https://",
        "https://[",
        "https://forms.vzvz.example:99999/",
        "",
        "https://forms.vzvz.example/" + "a" * 8000,
        "https://forms.vzvz.example/\ud800\x00",
    ],
)
def test_what_lies_elsewhere_or_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        check_url(url, ALLOWED)
    assert caught.value.code == "host_not_allowed"
    assert "evil/" not in str(caught.value)
    assert "wachtwoord" not in str(caught.value)


@pytest.mark.parametrize(
    "entry", ["formdesk.com", "fd2.formdesk.com", "FD2.formdesk.com/", "https://fd2.formdesk.com."]
)
def test_a_shared_service_is_no_place_without_its_path(entry: str) -> None:
    with pytest.raises(ZorgidError, match=r"formdesk\.com/vzvz/` instead") as caught:
        check_url("https://fd2.formdesk.com/vzvz/a", ["forms.vzvz.example", entry])
    assert caught.value.code == "allowed_hosts_invalid"


@pytest.mark.parametrize(
    "entry", ["", "*.vzvz.nl", "u@vzvz.nl", "http://vzvz.nl", "vzvz.nl/?a", "vzvz.nl/%2e", "a b", "/a"]
)
def test_an_entry_that_is_no_place_is_told(entry: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        allowed_places([entry])
    assert caught.value.code == "allowed_hosts_invalid"


def test_without_allowed_hosts_the_first_page_says_where_we_are() -> None:
    assert allowed_entry_of("https://fd2.formdesk.com/vzvz/Aanvraag?id=1") == "fd2.formdesk.com/vzvz/"
    assert allowed_entry_of("https://forms.vzvz.example:8443/a/b") == "forms.vzvz.example:8443"
    assert check_url("https://elders.example/", None) == "elders.example"


@pytest.mark.parametrize(
    "target",
    [
        "https:\\\\www.vzvz.nl\\",
        "https:www.vzvz.nl",
        "https://fd2.formdesk.com/%76zvz/a",
        "https://fd2.formdesk.com/x/../vzvz/a",
        "https://WWW.VZVZ.NL.:443/",
        "https://naam@zorg-id.nl/",
    ],
)
def test_vzvz_is_known_however_its_address_is_written(target: str) -> None:
    assert belongs_to_vzvz(target)
