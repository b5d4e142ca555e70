# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list after a session as a mail: to the person whose session it was, over a real mail server, and never twice."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.smtp_mail import SmtpSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import session_screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.session_mail import MailRoute
from ansible_collections.gbz.zorgid.tests.support.fixtures import pki as pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, serve_smtp
from ansible_collections.gbz.zorgid.tests.support.model_portal import URA
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member
from ansible_collections.gbz.zorgid.tests.support.session_desk import Desk, own, portal_of, reported, statuses

BOSS = "bos@delinde.example"
LIST = [entry(0, role="administrator"), entry(900, role="administrator", email=BOSS)]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    made = Desk(tmp_path)
    made.remember("administrator")
    return made


@pytest.fixture
def host(pki):
    with serve_smtp(pki) as served:
        yield served


def route(served, pki, **changed):
    smtp = SmtpSettings(
        host="localhost",
        sender=USER,
        port=served.port,
        username=USER,
        password=PASSWORD,
        ca_path=str(pki.ca_path),
        timeout=5,
    )
    return MailRoute(dataclasses.replace(smtp, **changed), "test")


def of(*people):
    return portal_of(member(900, role="administrator", email=BOSS), *people, role="administrator")


@pytest.mark.heavy
def test_the_list_is_mailed_to_the_person_whose_session_it_was(desk, host, pki):
    worked = desk.work(of(member(7)), [own(1), own(7, state="absent")], LIST, confirmed=True, mail=route(host, pki))
    assert {"HR-1": "created", "HR-7": "unlinked"}.items() <= statuses(worked).items(), worked.failure
    (envelope,) = host.received
    assert (envelope.rcpt_tos, worked.mail.status) == ([BOSS], "sent")
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert html.splitlines() == Path(worked.page).read_text(encoding="utf-8").splitlines()
    names = [item.name for item in worked.items]
    assert all(names)
    assert all(name in text for name in names)
    assert text.count("gedaan, en daarna gezien in het portaal") == 2
    assert [name for name in names if name in str(mail["subject"])] == []
    # never a code or a link
    assert not re.search(r"https?:|<a\b|<img|cid:|code-1", html + text)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    shown = session_screen.after(worked.items, reported(), session="has ended", page=worked.page, mail=worked.mail)
    assert "mailed to HR-900" in shown
    assert BOSS not in shown
    assert envelope.content.count(b"Auto-Submitted") == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("rows", "given"),
    [
        ([own(1)], {}),  # shown only
        ([own(1)], {"confirmed": True, "check_mode": True}),
        ([own(1)], {"agreed": "another list"}),
        ([], {"confirmed": True}),  # nothing to change
        ([own(1, state="blocked")], {"confirmed": True}),  # refused
    ],
)
def test_a_session_that_changed_nothing_mails_nothing(desk, host, pki, rows, given):
    worked = desk.work(of(), rows, LIST, mail=route(host, pki), **given)
    assert (host.received, host.logins) == ([], [])
    assert worked.mail.status in ("would_send", "not_sent")
    # what would be mailed is said before
    assert desk.shown.mail.words == "if something is changed, the list after is mailed to HR-900, with names"


@pytest.mark.heavy
def test_what_a_person_does_by_hand_is_no_change_of_this_session(desk, host, pki):
    desk.agree("register")
    worked = desk.work(of(member(7)), [own(7, state="blocked")], LIST, confirmed=True, mail=route(host, pki))
    assert statuses(worked) == {"HR-7": "todo"}
    assert (host.received, worked.mail.words) == ([], "not mailed: nothing was changed")


@pytest.mark.heavy
def test_a_change_that_nobody_knows_of_is_mailed_too(desk, host, pki):
    portal = of()
    portal.behaves["HR-1"] = "swallowed"
    worked = desk.work(portal, [own(1)], LIST, confirmed=True, mail=route(host, pki))
    assert (statuses(worked), len(host.received)) == ({"HR-1": "unproven"}, 1)
    # the next session has only that one, and changes nothing
    desk.work(of(), [own(1)], LIST, confirmed=True, mail=route(host, pki))
    assert len(host.received) == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("fails", "status", "words"),
    [
        ({"refuse_recipient": True}, "failed", "recipient_refused"),
        ({"answer_data": "554 no"}, "failed", "smtp_refused"),
        ({"drop_after_data": 1}, "uncertain", "perhaps mailed to HR-900"),
    ],
)
def test_a_mail_that_fails_leaves_what_was_done_as_it_is(desk, host, pki, fails, status, words):
    vars(host).update(fails)
    worked = desk.work(of(), [own(1)], LIST, confirmed=True, mail=route(host, pki))
    assert (statuses(worked), worked.failure, worked.changed) == ({"HR-1": "created"}, None, True)
    assert worked.mail.status == status
    assert words in worked.mail.words
    shown = session_screen.after(worked.items, reported(), session="has ended", page=worked.page, mail=worked.mail)
    assert "mailed" in shown
    assert "portal-session.html" in "".join(shown.split())
    assert BOSS not in shown


@pytest.mark.heavy
def test_without_a_server_or_an_address_it_is_said_where_the_page_lies(desk, host, pki):
    for number, (administrators, mail, why) in enumerate(
        (
            (LIST, MailRoute(), "zorgid_onboarding_smtp"),
            ([], route(host, pki), "no list has a mail address of HR-900"),
            (LIST[:1], route(host, pki), "no list has a mail address of HR-900"),
            (LIST, dataclasses.replace(route(host, pki, host="mail.vzvz.nl"), environment="own"), "own"),
        ),
        1,
    ):
        worked = desk.work(of(), [own(number)], administrators, confirmed=True, mail=mail)
        assert worked.mail.status == "not_sent", number
        assert why in worked.mail.words
        shown = session_screen.after(worked.items, reported(), session="has ended", page=worked.page, mail=worked.mail)
        assert "not mailed" in shown
        assert "portal-session.html" in "".join(shown.split())
    assert host.received == []


@pytest.mark.heavy
def test_of_an_organisation_on_hold_nobody_is_mailed(desk, host, pki):
    with desk.place.open(read_only=False) as store:
        store.say(URA, "hold", by="an engineer", how="by telephone")
    worked = desk.work(of(), [own(1)], LIST, confirmed=True, mail=route(host, pki))
    assert statuses(worked) == {"HR-1": "failed"}  # nothing is changed either
    assert (host.received, worked.mail.words) == ([], "not mailed: nothing was changed")
