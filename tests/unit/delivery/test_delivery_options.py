# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user gets wrong in the options of the mailbox, and what a server asked in the wrong way looks like."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.care_applications import load_accepted
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import imap_mailbox, smtp_mail
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.imap_connection import ImapSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import BODIES, SUBJECTS, MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.smtp_mail import SmtpSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._net.url_policy import allowed_places
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import URA, a_world, call
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    USER,
    serve_imap,
    serve_smtp,
)

TRUST = Trust(frozenset({"zorg-id@vzvz.example"}), ())


def refused(error: ZorgidError, code: str = "options_invalid") -> str:
    assert error.code == code
    assert error.expected
    assert error.found
    assert error.action
    return str(error)


@pytest.mark.parametrize("key", [*SUBJECTS, *BODIES])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", "an empty text"),
        (" ", "an empty text"),
        ("[-]", "a text without a letter or a digit"),
        (None, "nothing"),
        (["a", "b"], "a list"),
        ({"a": 1}, "a mapping"),
        (12, "a number"),
        (True, "true or false"),
    ],
)
def test_a_text_that_is_none_is_refused(key: str, value: Any, found: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        MailPatterns.of({key: value})
    assert f"texts.{key} " in refused(caught.value)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"urra": "x"}, "urra"),
        ({12: "x"}, "12"),
        ({"ura": "(a"}, "no regular expression: missing ), unterminated subpattern at position 0"),
        ({"ura": "a"}, "no groups"),
        ({"ura": "(a)(b)"}, "2 groups"),
    ],
)
def test_every_mistake_in_texts_says_what_to_do(texts: dict[Any, Any], found: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        MailPatterns.of(texts)
    refused(caught.value)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"authentication": "authentication_results"}, "authentication_server is missing"),
        (
            {"authentication": "authentication_results", "authentication_server": " "},
            "authentication_server is missing",
        ),
        ({"authentication_server": "mx.gbz.example"}, "authentication_server alone proves no sender"),
        (
            {"authentication": "dkim", "authentication_server": "mx.gbz.example"},
            "authentication_server alone proves no sender",
        ),
        ({"allowed_senders": []}, "allowed_senders is empty"),
    ],
)
def test_whom_to_believe_is_said_whole(changed: dict[str, Any], words: str, pki: Pki, tmp_path) -> None:
    with a_world(pki, tmp_path) as world:
        with pytest.raises(ZorgidError) as caught:
            call(world.mailbox(**changed))
        assert words in refused(caught.value)
        # As the role passes it on when it is null.
        assert call(world.mailbox(authentication_server=""))["answers"] == []


def test_no_allowed_place_for_links_is_a_warning(pki: Pki, tmp_path) -> None:
    with a_world(pki, tmp_path) as world:
        assert "allowed_link_hosts is empty" in call(world.mailbox(allowed_link_hosts=[]))["warnings"][0]
        assert "warnings" not in call(world.mailbox())


def test_a_place_may_be_written_as_an_address() -> None:
    assert {*allowed_places(["https://forms.example.nl/", "forms.example.nl/", "forms.example.nl"])} == {
        *allowed_places(["https://forms.example.nl"])
    }


@contextmanager
def _silent() -> Iterator[int]:
    """What waits for TLS says nothing by itself."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        met: list[socket.socket] = []
        thread = threading.Thread(target=lambda: met.append(listening.accept()[0]))
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)
        for one in met:
            one.close()


def imap(port: int, pki: Pki, security: str) -> ZorgidError:
    settings = ImapSettings("127.0.0.1", USER, port, security, PASSWORD, ca_path=str(pki.ca_path), timeout=1)
    with pytest.raises(ZorgidError) as caught:
        imap_mailbox.read(settings, TRUST, MailPatterns())
    return caught.value


def smtp(port: int, pki: Pki, security: str) -> ZorgidError:
    settings = SmtpSettings("127.0.0.1", USER, port, security, USER, PASSWORD, ca_path=str(pki.ca_path), timeout=1)
    with pytest.raises(ZorgidError) as caught:
        smtp_mail.send(b"Subject: x\r\n\r\nx", "<m1@gbz.example>", USER, settings)
    return caught.value


@pytest.mark.parametrize(("ask", "name"), [(imap, "imap"), (smtp, "smtp")])
def test_starttls_where_tls_is_spoken_names_the_security(ask, name: str, pki: Pki) -> None:
    with _silent() as port:
        error = ask(port, pki, "starttls")
    assert "no answer in time" in refused(error, f"{name}_unreachable")
    assert f"check {name}.security first (tls is probably right for this port)" in str(error)


def test_tls_where_starttls_is_spoken_names_the_security(pki: Pki) -> None:
    with serve_imap(pki, security="starttls") as mailboxes, serve_smtp(pki) as sending:
        for name, error in (
            ("imap", imap(mailboxes.port, pki, "tls")),
            ("smtp", smtp(sending.port, pki, "tls")),
        ):
            assert f"correct {name}.security (starttls is probably right for this port)" in refused(error, "tls_failed")


def test_a_mailbox_without_starttls_is_called_so(pki: Pki) -> None:
    with serve_imap(pki, security="none") as host:
        error = imap(host.port, pki, "starttls")
    assert "a server that does not offer STARTTLS" in refused(error, "tls_failed")


def test_a_host_that_cannot_be_is_called_so() -> None:
    with pytest.raises(ZorgidError) as caught:
        imap_mailbox.read(
            ImapSettings("a" * 64 + ".example", USER, password=PASSWORD, timeout=1), TRUST, MailPatterns()
        )
    assert "an invalid host or port" in refused(caught.value, "imap_unreachable")


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("2026-11-24T12:00:00", "`2026-11-24T12:00:00`, without a time zone"),
        ("2026-11-24", "`2026-11-24`, without a time zone"),
        ("gisteren", "`gisteren`"),
    ],
)
def test_a_moment_without_a_zone_is_called_so(since: str, found: str, pki: Pki, tmp_path) -> None:
    with a_world(pki, tmp_path) as world:
        with pytest.raises(ZorgidError, match="since is not a moment") as caught:
            call(world.mailbox(ura=URA, since=since))
        # Nothing is told that it would count for.
        assert call(world.mailbox(since=since))["answers"] == []
    refused(caught.value)
    assert caught.value.found == found


def test_another_list_is_no_list_of_care_applications(tmp_path) -> None:
    path = tmp_path / "employees.csv"
    path.write_text("external_id;first_name;last_name\n1001;Jan;Jansen\n", encoding="utf-8")
    with pytest.raises(ZorgidError) as caught:
        load_accepted(str(path))
    assert "care_applications_path is the right file" in refused(caught.value, "care_applications_invalid")
    assert caught.value.found == "no vendor and no name, also external_id, first_name, last_name"
