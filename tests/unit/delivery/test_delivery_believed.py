# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which answers count: dates, senders that nothing proves, organisations that nobody knows."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import qr
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.moments import iso, parse
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import imap_fetch, imap_mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.inbox import ReceivedMail
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.vzvz_status import VzvzStatus, status_of, to_confirm
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier_info import to_look_at
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    PAYLOAD,
    SENDER,
    URA,
    World,
    a_world,
    answer_mail,
    call,
)
from ansible_collections.gbz.zorgid.tests.support.mail_servers import serve_imap
from ansible_collections.gbz.zorgid.tests.support.mails import bounce, imap

SENT = parse("2026-11-24T10:00:00+00:00")


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


def answer(kind: str, at: str, uid: int = 1, *, proven: bool = False, **more: Any) -> ReceivedMail:
    return ReceivedMail(kind, f"<{uid}@vzvz.example>", uid, 7, parse(at), ura=URA, proven=proven, **more)


# Dates


def _reported(text: str) -> str:
    at = imap_fetch.internal_date(text)
    assert at
    return iso(at)


@pytest.mark.parametrize("number", range(12))
def test_months_are_english_in_every_locale(number: int) -> None:
    name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][number]
    for spelled in (name, name.upper(), name.lower()):
        assert _reported(f" 1-{spelled}-2026 00:30:00 +0100").startswith(
            f"{2025 if number == 0 else 2026}-{number or 12:02}-"
        )
        assert _reported(f"24-{spelled}-2026 09:30:00 -0230") == f"2026-{number + 1:02}-24T12:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "24-mrt-2026 09:30:00 +0100", "31-Feb-2026 09:30:00 +0100", "24-Nov-26 09:30:00 +0100",
     "24-Nov-2026 25:30:00 +0100", "٢٤-Nov-2026 09:30:00 +0100", "01-Jan-0001 00:00:00 +0100", "x" * 1000],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert imap_fetch.internal_date(text) is None


def test_nothing_reads_a_date_by_the_locale() -> None:
    root = Path(str(imap_mailbox.__file__)).parents[2]
    by_locale = re.compile(r"strptime|%[bBaAcxXp]\b|setlocale")
    found = [path.name for path in root.rglob("*.py") if by_locale.search(path.read_text(encoding="utf-8"))]
    assert set(found) <= {"imap_fetch.py"}
    assert "strptime(" not in Path(str(imap_fetch.__file__)).read_text(encoding="utf-8")


def test_a_rejection_without_a_date_is_no_word_on_the_new_document() -> None:
    undated = answer("document_rejected", "", 2, proven=True, reason="onleesbaar")
    confirmed = answer("document_confirmed", "2026-11-24T11:00:00+00:00", 1, proven=True)
    assert status_of([undated], URA, since=SENT).document is None
    assert status_of([undated, confirmed], URA, since=SENT).document_says == "confirmed"
    assert status_of([undated, confirmed], URA).document_says == "confirmed"
    (one,) = to_confirm([undated], URA, since=SENT)
    assert (one.mail.kind, one.why, one.step) == ("document_rejected", "date_unreadable", "application_confirmed")
    assert status_of([undated], URA).document_says == "rejected"


# Senders


def test_what_nothing_proves_waits_for_a_person() -> None:
    answers = [
        answer("application_confirmed", "2026-11-24T09:00:00+00:00", 1, reference="ZS-1"),
        answer("document_rejected", "2026-11-24T09:30:00+00:00", 2),
        answer("document_rejected", "2026-11-24T11:00:00+00:00", 3),
        answer("document_confirmed", "2026-11-24T12:00:00+00:00", 4),
        answer("follow_up_link", "2026-11-24T13:00:00+00:00", 5, link="https://forms.vzvz.example/v"),
        answer("activation_qr", "2026-11-24T14:00:00+00:00", 6),
    ]
    assert status_of(answers, URA, since=SENT, proof_needed=True) == VzvzStatus()
    asked = to_confirm(answers, URA, since=SENT, proof_needed=True)
    assert [(one.mail.kind, one.step) for one in asked] == [
        ("application_confirmed", None),
        ("document_confirmed", "application_confirmed"),
        ("follow_up_link", "follow_up_submitted"),
        ("activation_qr", "activation_qr_received"),
    ]
    for one in asked[1:]:
        assert f"-e step={one.step}" in one.action
        assert "ask VZVZ" in one.action
    assert to_confirm(answers, URA, since=SENT) == []
    proved = answer("document_confirmed", "2026-11-24T12:30:00+00:00", 7, proven=True)
    assert status_of([*answers, proved], URA, since=SENT, proof_needed=True).document_says == "confirmed"


@pytest.mark.parametrize(
    ("options", "step"),
    [
        ({"environment": "production"}, None),
        ({"environment": None}, None),
        ({"environment": "acceptance"}, "confirmed"),
        ({"authentication": "authentication_results", "authentication_server": "MX.gbz.example"}, "confirmed"),
    ],
)  # fmt: skip
def test_in_production_only_a_proven_mail_moves_a_step(options: dict[str, Any], step: str | None, world: World) -> None:
    options = {"environment": "production", **options}
    reported = b"Authentication-Results: mx.gbz.example; dmarc=pass header.from=vzvz.example\r\n"
    world.imap.deliver(reported + answer_mail(1, "Bevestiging organisatiedocument ZORG-ID Smart"))
    result = call(world.mailbox(ura=URA, **options))
    assert [one["proven"] for one in result["answers"]] == ["authentication" in options]
    assert result["standing"]["document"] == step
    assert [one["step"] for one in result["to_confirm"]] == ([] if step else ["application_confirmed"])


def test_a_code_is_fetched_from_a_proven_mail_only(pki: Pki) -> None:
    trust = Trust(frozenset({SENDER}), (), "authentication_results", "mx.gbz.example")
    reported = b"Authentication-Results: mx.gbz.example; dmarc=pass header.from=vzvz.example\r\n"
    forged, real = answer_mail(1, "Activatie ZORG-ID Smart", "vals"), answer_mail(1, "Activatie ZORG-ID Smart", "echt")
    with serve_imap(pki) as host:
        host.deliver(forged, reported + real)
        assert b"echt" in imap_mailbox.fetch(imap(pki, host.port), trust, "<v1@vzvz.example>")


# Organisations


def ours(ura: str) -> bytes:
    mail = answer_mail(1, "Bevestiging aanvraag ZORG-ID Smart").replace(URA.encode(), ura.encode())
    return mail.replace(b"ZS-2026-00042", f"ZS-{ura}".encode())


@pytest.mark.parametrize(("written", "here"), [("202", "00000202"), ("00000202", "202"), ("00202", "00202")])
def test_leading_zeros_make_no_other_organisation(written: str, here: str, world: World) -> None:
    world.imap.deliver(ours(written))
    result = call(world.mailbox(ura=here))
    assert [one["ura"] for one in result["answers"]] == [here]
    assert result["standing"]["application_confirmed_at"]
    with DossierStore.open(world.url, read_only=True) as store:
        assert [one.ura for one in store.read(here).observations] == [here]
    assert len(call(world.mailbox(ura=here))["answers"]) == 1


def test_a_ura_number_of_nobody_is_shown(world: World) -> None:
    world.imap.deliver(ours("90000999"), ours(URA).replace(b"<v1@", b"<v2@"))
    for dossier in (world.url, None):
        result = call(world.mailbox(ura=URA, dossier_url=dossier))
        assert [one["message_id"] for one in result["answers"]] == ["<v2@vzvz.example>"]
        (unknown,) = result["unknown"]
        assert (unknown["problem"], unknown["ura"]) == ("ura_of_nobody", "90000999")
        assert "90000999" in unknown["action"]
    # Without one's own URA, what nobody knows makes no new organisation either.
    assert [one["problem"] for one in call(world.mailbox())["unknown"]] == ["ura_of_nobody"]
    with DossierStore.open(world.url, read_only=True) as store:
        assert [one.ura for one in store.read_all()] == [URA]


def test_mail_of_another_organisation_of_the_dossier_is_theirs(world: World) -> None:
    with DossierStore.open(world.url) as store:
        store.register("90000102", "Een ander")
    world.imap.deliver(ours("90000102"))
    mine, theirs = call(world.mailbox(ura=URA)), call(world.mailbox(ura="90000102"))
    assert (mine["answers"], mine["unknown"]) == ([], [])
    assert len(theirs["answers"]) == 1


def test_no_ura_number_is_refused(world: World) -> None:
    with pytest.raises(ZorgidError) as caught:
        call(world.mailbox(ura="abc"))
    assert caught.value.code == "ura_invalid"


def test_a_document_that_did_not_arrive_is_told(world: World) -> None:
    message_id = call(world.document())["message_id"]
    world.imap.deliver(bounce(message_id), bounce("<ander@gbz.example>"))
    for ura in (URA, None):
        (unknown,) = call(world.mailbox(ura=ura))["unknown"]
        assert (unknown["problem"], unknown["ura"]) == ("not_delivered", URA)
    assert call(world.mailbox(ura="90000102"))["unknown"] == []
    with DossierStore.open(world.url, read_only=True) as store:
        (row,) = store.read(URA).observations
        assert (row.kind, row.problem, store.observations.of_nobody()) == ("undelivered", "not_delivered", [])
        assert to_look_at([row])[0]["action"].startswith("our mail did not arrive:")


def test_a_mail_that_a_person_took_back_goes_once_more_and_only_once(world: World) -> None:
    first = call(world.document())
    assert call(world.document())["message_id"] == first["message_id"]
    for number in (1, 2):
        with DossierStore.open(world.url) as store:
            said = {"subject": "document_sent", "by": "desk", "how": f"VZVZ says that it did not come ({number})"}
            assert store.words.say(URA, "undone", **said).changed
            assert store.read(URA).milestones["document_sent"].state == "open"
        assert call(world.document(), check=True)["status"] == "would_send"
        again = call(world.document())
        assert (again["status"], again["changed"]) == ("sent", True)
        assert again["message_id"] != first["message_id"]
        second = call(world.document())
        assert (second["message_id"], second.get("changed", False)) == (again["message_id"], False)
        assert len(world.smtp.received) == 1 + number
        first = again
        with DossierStore.open(world.url) as store:
            # A task that still stands there says nothing new.
            repeated = store.words.say(URA, "undone", **said)
            assert not repeated.changed
            assert "by this same statement" in repeated.warnings[0]
            # The result shows the step as it is.
            assert (repeated.after["state"], repeated.after["evidence"]["message_id"]) == ("done", again["message_id"])
    with DossierStore.open(world.url, read_only=True) as store:
        assert store.read(URA).milestones["document_sent"].evidence["message_id"] == first["message_id"]
        assert store.verify_journal().whole


def test_every_mail_that_is_read_is_a_row_and_says_nothing_of_its_text(world: World) -> None:
    message_id = call(world.document())["message_id"]
    with DossierStore.open(world.url) as store:
        store.register("90000102", "Een ander")
    of_vzvz = bounce(message_id).replace(b"From: ", f"From: {SENDER}\r\nX-Was: ".encode(), 1)
    odd = answer_mail(3, "Iets heel anders over Sanne Zwaluwstaart")
    away = answer_mail(4, "Automatisch antwoord: afwezig")
    # One Message-ID for two mails, one of ten thousand characters, and none.
    same, long = odd.replace(b"Iets heel", b"Nog iets"), odd.replace(b"<v3@", b"<" + b"v" * 10_000 + b"@")
    without = odd.replace(b"Message-ID: <v3@vzvz.example>\r\n", b"")
    world.imap.deliver(of_vzvz, ours("90000102"), odd, away, same, long, without)
    assert call(world.mailbox(ura=URA), check=True)["unknown"]
    with DossierStore.open(world.url, read_only=True) as store:
        assert not any(one.observations for one in store.read_all())
    call(world.mailbox(ura=URA))
    with DossierStore.open(world.url, read_only=True) as store:
        rows = [*store.observations.of_nobody(), *(row for one in store.read_all() for row in one.observations)]
        # What is not understood and names one organisation is that one's.
        assert sorted((str(row.ura), row.kind, str(row.problem)) for row in rows if row.ura) == [
            *[(URA, "undelivered", "not_delivered"), *[(URA, "unknown", "not_recognised")] * 4],
            ("90000102", "application_confirmed", "None"),
        ]
        assert [row.problem for row in rows if not row.ura] == ["auto_reply"]
        assert len({row.message_id for row in rows}) == 7
        assert store.verify_journal().valid
        reported = str(store.export())
        before = store.verify_journal().head
    assert not any(word in reported for word in ("Zwaluwstaart", "heel anders", SENDER))
    call(world.mailbox(ura=URA))
    call(world.mailbox(ura="90000102"))
    call(world.mailbox())
    with DossierStore.open(world.url, read_only=True) as store:
        assert store.verify_journal().head == before


def test_what_comes_while_the_mailbox_is_read_is_for_the_next_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a mail between two searches would lie below the highest UID that is known, and never be read."""
    real, late = imap_mailbox.from_senders, [ours(URA)]

    def slow(server: Any, senders: Any, *more: Any) -> list[bytes]:
        world.imap.deliver(*late[:1])
        late.clear()
        return real(server, senders, *more)

    monkeypatch.setattr(imap_mailbox, "from_senders", slow)
    world.imap.deliver(ours("90000102"))
    assert [one["ura"] for one in call(world.mailbox())["answers"]] == ["90000102"]
    world_known = [URA, "90000102"]
    with DossierStore.open(world.url) as store:
        store.register(URA, "De Linde")
    assert {one["ura"] for one in call(world.mailbox())["answers"]} == set(world_known)


def test_a_code_of_another_organisation_is_not_handed_over(world: World) -> None:
    image = qr.render_png(PAYLOAD)
    world.imap.deliver(
        answer_mail(1, "Activatie ZORG-ID Smart", picture=image).replace(URA.encode(), b"90000102"),
        answer_mail(2, "Iets anders", picture=image),
    )
    with DossierStore.open(world.url) as store:
        store.register("90000102", "Een ander")
    call(world.mailbox(ura=URA))
    for number in (1, 2):
        with pytest.raises(ZorgidError) as caught:
            call(world.code(message_id=f"<v{number}@vzvz.example>"))
        assert caught.value.code == "message_of_another"
    assert call(world.code(message_id="<v1@vzvz.example>", dossier_url=None))["changed"]
    # What the dossier has never seen is not judged by it.
    world.imap.deliver(answer_mail(5, "Activatie ZORG-ID Smart", picture=image))
    assert not call(world.code(message_id="<v1@vzvz.example>", dossier_url=None))["changed"]
    assert call(world.code(message_id="<v5@vzvz.example>"))["changed"]


# The server


def test_a_server_that_refuses_is_told(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    trust, real = Trust(frozenset({SENDER}), ()), imaplib.IMAP4.uid
    with serve_imap(pki) as host:
        host.deliver(answer_mail(1, "Activatie ZORG-ID Smart"))
        for refused in ("SEARCH", "FETCH"):

            def uid(server: Any, command: str, *more: Any, refused: str = refused) -> Any:
                return ("NO", [b"[NOPERM] \x1b[31mniet hier"]) if command == refused else real(server, command, *more)

            monkeypatch.setattr(imaplib.IMAP4, "uid", uid)
            with pytest.raises(ZorgidError, match="niet hier") as caught:
                imap_mailbox.read(imap(pki, host.port), trust, MailPatterns())
            assert caught.value.code == "imap_refused"
            assert "\x1b" not in str(caught.value)
        monkeypatch.setattr(imaplib.IMAP4, "uid", real)
        monkeypatch.setattr(imap_fetch, "whole", lambda *_unused: None)
        (one,) = imap_mailbox.read(imap(pki, host.port), trust, MailPatterns())
    assert (one.kind, one.problem) == ("unknown", "not_fetched")


@pytest.mark.parametrize("answer", ["NO", "BAD"])
def test_a_server_that_does_not_search_for_reports_is_read_all_the_same(
    answer: str, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = imaplib.IMAP4.uid

    def uid(server: Any, *words: str) -> Any:
        if "Content-Type" not in words:
            return real(server, *words)
        if answer == "BAD":
            raise imaplib.IMAP4.error("UID command error: BAD")
        return "NO", [b"not indexed"]

    monkeypatch.setattr(imaplib.IMAP4, "uid", uid)
    with serve_imap(pki) as host:
        host.deliver(answer_mail(1, "Activatie ZORG-ID Smart"))
        found = imap_mailbox.read(
            imap(pki, host.port), Trust(frozenset({SENDER}), ()), MailPatterns(), sent={"<ons@gbz.example>": URA}
        )
    assert [one.kind for one in found] == ["activation_qr"]


def test_an_address_with_an_apostrophe_is_searched_for_as_it_is(pki: Pki) -> None:
    sender = "o'brien@vzvz.example"
    with serve_imap(pki) as host:
        host.deliver(answer_mail(1, "Activatie ZORG-ID Smart").replace(SENDER.encode(), sender.encode()))
        assert len(imap_mailbox.read(imap(pki, host.port), Trust(frozenset({sender}), ()), MailPatterns())) == 1


def test_a_header_that_was_cut_off_has_no_sender(pki: Pki) -> None:
    # What comes behind the part that is fetched would change whose mail it is.
    top = f"From: {SENDER}\r\nMessage-ID: <" + "x" * 17_000 + "@a>\r\nFrom: evil@evil.example\r\n"
    long = top.encode() + answer_mail(1, "Activatie ZORG-ID Smart").split(b"\r\n", 1)[1]
    with serve_imap(pki) as host:
        host.deliver(long, answer_mail(2, "Activatie ZORG-ID Smart"))
        found = imap_mailbox.read(imap(pki, host.port), Trust(frozenset({SENDER}), ()), MailPatterns())
    assert [one.message_id for one in found] == ["<v2@vzvz.example>"]
