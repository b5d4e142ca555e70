# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of mail servers, forms and portals mean. Nothing is connected to."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.manual_form import REASONS
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.answering import Answering, explained
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.smtp_mail import SmtpSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Portal, Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight import form_pages, mail_servers, portals
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.finding import Finding, Looked
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.form_pages import FieldsFound
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.mail_servers import SenderAnswer
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.sums import words

NOW = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC)


def before(days: float | None) -> datetime.datetime | None:
    return None if days is None else NOW - datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("code", "login", "standing", "error"),
    [
        (250, True, "ok", ""),
        (250, False, "ok", ""),
        (550, True, "stop", "smtp_refused"),
        (530, False, "stop", "smtp_login_refused"),
        (530, True, "stop", "smtp_refused"),
        (451, True, "look", "smtp_refused"),
        (0, True, "look", "smtp_refused"),
    ],
)
def test_the_sender(code: int, login: bool, standing: str, error: str) -> None:
    found = mail_servers.smtp("mail.gbz.example:587", "TLS 1.3", login=login, sender=SenderAnswer(code, "x"))
    assert (found.standing.value, found.trouble.code if found.trouble else "") == (standing, error)
    assert "mail.gbz.example:587" in found.says
    if standing == "ok":
        assert ("no login configured" in found.says) is not login
        assert found.says.endswith(", TLS 1.3, sender taken (MAIL FROM, then RSET)")


@pytest.mark.parametrize(
    ("newest", "sent", "standing"),
    [
        (2, None, "ok"),
        (30.9, 29, "ok"),
        (31, None, "look"),
        (41, 12, "look"),
        # VZVZ has answered all that was sent.
        (41, 50, "ok"),
        (None, None, "waits"),
        (None, 4, "waits"),
        (None, 5, "look"),
    ],
)
def test_the_newest_mail(newest: float | None, sent: float | None, standing: str) -> None:
    found = mail_servers.mailbox("h:993", "INBOX/VZVZ", newest=before(newest), sent=before(sent), now=NOW)
    assert found.standing.value == standing
    assert found.says.startswith("h:993, folder INBOX/VZVZ" if standing == "ok" else "INBOX/VZVZ: ")
    if standing == "look":
        assert found.trouble is not None
        assert found.trouble.code == "mailbox_quiet"
        assert "the right folder?" in found.says
        assert found.trouble.message.startswith("h:993, folder INBOX/VZVZ: ")
        assert newest is None or f"{int(newest)} days old" in found.says


def test_every_reason_for_a_person_is_decided() -> None:
    assert {*form_pages.BY_HAND, *form_pages.MAPPING_HELPS} == set(REASONS)


@pytest.mark.parametrize(
    ("code", "standing"),
    [(code, "waits") for code in form_pages.BY_HAND]
    + [(code, "look") for code in form_pages.MAPPING_HELPS]
    + [("form_unreachable", "stop"), ("form_value_unfit", "stop"), ("care_application_unknown", "stop")],
)
def test_a_form(code: str, standing: str) -> None:
    trouble = Trouble(code, "Something", found="HTTP 404")
    assert form_pages.form("application", None, trouble).standing.value == standing


def test_the_fields_of_a_form_are_counted_and_named() -> None:
    assert form_pages.form("application", FieldsFound(14)).says == "application form 14 fields of 14"
    some = FieldsFound(14, ("KvK-nummer",), ("AGB-code",), 2)
    found = form_pages.form("application", some, Trouble("form_changed", "It differs", found="no field"))
    assert found.says == (
        "application form 12 fields of 14 (not there, and optional: AGB-code), page 1 of 2; not on the page: KvK-nummer"
    )
    assert found.trouble is not None
    assert "KvK-nummer" in found.trouble.found


@pytest.mark.parametrize(
    ("url", "environment", "differs"),
    [
        ("https://productie.zorg-id.nl/scim/v2", "production", False),
        ("https://acceptatie.zorg-id.nl/scim/v2", "acceptance", False),
        ("https://acceptatie.zorg-id.nl/scim/v2", "test", False),
        ("https://acceptatie.zorg-id.nl/scim/v2", "production", True),
        ("https://productie.zorg-id.nl/scim/v2", "test", True),
        # A host of somebody else says nothing.
        ("https://acceptatie.gbz.example/scim/v2", "production", False),
        ("https://acceptatie.zorg-id.nl.gbz.example/", "production", False),
        ("https://[x", "production", False),
    ],
)
def test_the_environment_of_a_portal(url: str, environment: str, differs: bool) -> None:
    assert (portals.environment_differs(url, environment) is not None) is differs


def test_the_age_of_an_export() -> None:
    portal = Portal(NOW - datetime.timedelta(days=3), by_click=True, members=5)

    def standing(changed: float | None, portal: Portal = portal) -> str:
        found = portals.export(portal, day="23 Nov", missing=(), changed=before(changed), dated=True, now=NOW)
        return found.trouble.code if found.trouble else found.says

    assert standing(None) == standing(4) == "worklist: export of 23 Nov (3 days old), columns complete"
    assert standing(2) == "export_too_old"
    assert standing(4, Portal(NOW, by_click=True, members=0)) == "export_shows_nobody"


def test_what_is_well_of_all_is_one_sentence() -> None:
    one = Looked("linde")
    link = Finding.ok("forms", "follow-up form: no link yet")
    form = Finding.ok("forms", "application form 14 fields of 14")
    assert words("forms", [(one, form), (one, link)]) == f"{form.says}; {link.says}"
    assert words("forms", [(one, form), (one, link), (Looked("brug"), form)]) == f"{form.says}; {link.says} (1)"
    tokens = [(one, portals.token("portal.example", role)) for role in ("administrator", "operator", "operator", None)]
    assert words("portal", tokens[:1]) == "scim portal.example: token of this organisation, role administrator"
    assert words("portal", tokens) == (
        "scim: 4 tokens, each of its organisation (1 administrator, 2 operator, 1 role not told)"
    )


SETTINGS = SmtpSettings("mail.gbz.example", "zorgid@gbz.example", 25)
REFUSED = ZorgidError("smtp_unreachable", "does not answer", found="the connection was refused", action="check")


@pytest.mark.parametrize(
    ("here", "elsewhere", "code", "word"),
    [
        (Answering("SMTP", "tls"), {}, "tls_failed", "set smtp.security to tls"),
        (Answering("HTTP", "tls"), {}, "smtp_unreachable", "correct smtp.host and smtp.port"),
        (Answering("POP3", "tls"), {587: Answering("SMTP", "starttls")}, "smtp_unreachable", "port 587"),
        (Answering("nothing"), {465: Answering("SMTP", "tls")}, "smtp_unreachable", "port 465 with security: tls"),
        (Answering("nothing"), {465: Answering("IMAP", "tls")}, "smtp_unreachable", "check"),
        (Answering("silence", "starttls"), {}, "smtp_unreachable", "check"),
    ],
)
def test_what_answers_explains_an_error(here: Answering, elsewhere: dict[int, Answering], code: str, word: str) -> None:
    found = explained(REFUSED, "SMTP", SETTINGS, here, elsewhere)
    assert found.code == code
    assert word in str(found.action)
