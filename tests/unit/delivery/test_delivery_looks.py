# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at the mailbox, the mail server and the forms before anything is decided, counted at the servers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import deciding
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    ABSENT,
    GOOD,
    Look,
    Moment,
    Observed,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan, Planned, State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import mailbox
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import (
    form_look,
    mail_fetched,
    mailbox_look,
    smtp_look,
)
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.mailbox_look import MailboxLook
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.tests.support.intake_looks import (
    CONFIRMED,
    FOLLOW_UP,
    mail,
    of_form,
    of_mailbox,
    of_smtp,
)
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    CAPTCHA,
    PERSONAL,
    SENDER,
    URA,
    World,
    a_world,
)
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, TOKEN
from ansible_collections.gbz.zorgid.tests.support.mails import bounce

OTHER, THIRD = "90000102", "00000202"
KEY = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
LINK = "https://forms.vzvz.example/v?t=S3CR3T-link"


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


@pytest.fixture
def run(tmp_path: Path) -> OncePerRun:
    return OncePerRun(tmp_path / "run")


def looked(world: World, shared: OncePerRun, ura: str = URA, **changed: Any) -> MailboxLook:
    with DossierStore.open(world.url, read_only=True) as store:
        return mailbox_look.look(mailbox.command_of(of_mailbox(world, **changed)), ura=ura, store=store, shared=shared)


def recorded(world: World, shared: OncePerRun, *looks: MailboxLook, uras: tuple[str, ...] = (URA,)) -> None:
    with DossierStore.open(world.url) as store:
        mailbox_look.record(store, shared, [one.channel for one in looks], uras)


def nobodys(shared: OncePerRun, *looks: MailboxLook, uras: tuple[str, ...] = (URA,)) -> list[tuple[str | None, str]]:
    found = mailbox_look.of_nobody(shared, [one.channel for one in looks], uras)
    assert all(one.ura is None for one in found)
    return [(one.problem, one.message_id) for one in found]


def known_to(world: World, *uras: str) -> None:
    with DossierStore.open(world.url) as store:
        for ura in uras:
            store.register(ura, f"Organisatie {ura}")


# Once


def test_one_reads_for_all_and_each_has_its_own(world: World, run: OncePerRun) -> None:
    known_to(world, URA, OTHER, THIRD)
    world.imap.deliver(
        mail(1, CONFIRMED),
        mail(2, FOLLOW_UP, LINK, ura=OTHER),
        # Written without its zeros; and in words that nobody knows, but with one organisation in it.
        mail(3, CONFIRMED, ura="202", reference="ZS-1"),
        mail(4, "Nog een vraag", "Over Sanne Zwaluwstaart", ura="202", reference="ZS-1"),
        mail(5, "Nieuwsbrief", ura="geen"),
    )
    looks = {ura: looked(world, run, ura) for ura in (URA, OTHER, "202")}
    assert [one.mailbox for one in looks.values()] == [GOOD] * 3
    assert {ura: [(one.kind, one.problem) for one in each.answers] for ura, each in looks.items()} == {
        URA: [("document_confirmed", None)],
        OTHER: [("follow_up_link", None)],
        "202": [("document_confirmed", None), ("unknown", "not_recognised")],
    }
    assert nobodys(run, *looks.values()) == [("not_recognised", "<v5@vzvz.example>")]
    assert (world.imap.login.logins, world.imap.fetched) == (1, [101, 102, 103, 104, 105])
    # Nothing was written, and nothing of a mail's text or of a login lies in the run's folder.
    with DossierStore.open(world.url, read_only=True) as store:
        assert not any(one.observations for one in store.read_all())
    kept = "".join(path.read_text("utf-8") for path in (world.folder / "run").glob("*.json"))
    assert not any(word in kept for word in ("Zwaluwstaart", "S3CR3T", "Nieuwsbrief", SENDER, *PERSONAL))
    json.dumps([dataclasses.asdict(one) for one in looks[URA].rows])


def test_the_next_run_fetches_what_is_new_and_no_more(world: World, run: OncePerRun, tmp_path: Path) -> None:
    known_to(world, URA, OTHER)
    world.imap.deliver(mail(1, CONFIRMED), mail(2, "Nieuwsbrief", ura="geen"), mail(3, CONFIRMED, ura=OTHER))
    first = looked(world, run)
    recorded(world, run, first, uras=(URA, OTHER))
    recorded(world, run, first, uras=(URA, OTHER))
    with DossierStore.open(world.url, read_only=True) as store:
        head = store.verify_journal().head
    world.imap.fetched.clear()
    world.imap.heads.clear()
    again = OncePerRun(tmp_path / "second")
    second = looked(world, again)
    assert (world.imap.fetched, world.imap.heads) == ([], [])
    assert [one.message_id for one in second.answers] == [one.message_id for one in first.answers]
    assert nobodys(again, second) == [("not_recognised", "<v2@vzvz.example>")]
    assert second.answers[0].seen_at is not None
    recorded(world, OncePerRun(tmp_path / "second"), second)
    with DossierStore.open(world.url, read_only=True) as store:
        assert store.verify_journal().head == head
    world.imap.deliver(mail(4, FOLLOW_UP, LINK))
    third = looked(world, OncePerRun(tmp_path / "third"))
    assert [one.kind for one in third.answers] == ["document_confirmed", "follow_up_link"]
    assert world.imap.fetched == [104]
    # Understood by other texts, all is read again.
    world.imap.fetched.clear()
    texts = {"follow_up_link": "Nieuwsbrief"}
    looked(world, OncePerRun(tmp_path / "fourth"), texts=texts)
    assert world.imap.fetched == [101, 102, 103, 104]


def test_a_refused_login_answers_for_nobody_else(world: World, run: OncePerRun) -> None:
    known_to(world, URA, OTHER, THIRD)
    world.imap.deliver(mail(1, CONFIRMED), mail(2, CONFIRMED, ura=OTHER))
    wrong = {"access_token": None, "password": "fout-wachtwoord"}
    right = {"access_token": None, "password": PASSWORD}
    refused = [looked(world, run, ura, imap=wrong) for ura in (THIRD, OTHER)]
    assert {one.mailbox.look for one in refused} == {Look.BAD}
    assert [one.mailbox.trouble.code for one in refused if one.mailbox.trouble] == ["imap_login_refused"] * 2
    # Asked once: an account that is asked five hundred times is locked.
    assert (world.imap.login.logins, world.imap.login.refused) == (1, 1)
    assert looked(world, run, imap=right).mailbox == looked(world, run, OTHER).mailbox == GOOD
    assert (world.imap.login.logins, world.imap.login.refused) == (3, 1)
    # With another credential, or read in another way, it is another channel.
    for changed in ({"authentication": "dkim"}, {"allowed_senders": ["a@b.example"]}, {"texts": {"link": "(x)"}}):
        before = world.imap.login.logins
        looked(world, run, **changed)
        assert world.imap.login.logins == before + 1
    reported = "".join(path.name for path in (world.folder / "run").iterdir())
    assert not any(secret in reported for secret in (PASSWORD, TOKEN, "fout-wachtwoord"))


def test_no_mailbox_and_a_wrong_option_are_told_without_asking_anybody(
    world: World, run: OncePerRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import observing

    looking = object.__new__(observing.Looking)
    looking._given = {"imap": None}
    assert looking._mail() == MailboxLook(ABSENT)
    looking._given = {"imap": {"host": "127.0.0.1"}}
    monkeypatch.setattr(observing.arguments, "mailbox_info", lambda _given: {})
    monkeypatch.setattr(looking, "_options", lambda *_more: of_mailbox(world, texts={"onderwerp": "x"}))
    wrong = looking._mail()
    assert wrong.mailbox.trouble
    assert wrong.mailbox.trouble.code == "options_invalid"
    dead = looked(world, run, imap={"port": 1})
    assert dead.mailbox.trouble
    assert dead.mailbox.trouble.code == "imap_unreachable"
    assert world.imap.login.logins == 0


def test_a_mailbox_that_is_away_leaves_what_the_dossier_knows(world: World, run: OncePerRun, tmp_path: Path) -> None:
    known_to(world, URA)
    world.imap.deliver(mail(1, CONFIRMED))
    recorded(world, run, looked(world, run))
    away = looked(world, OncePerRun(tmp_path / "second"), imap={"access_token": None, "password": "fout"})
    assert (away.mailbox.look, [one.kind for one in away.answers]) == (Look.BAD, ["document_confirmed"])


# Whose


def test_the_number_of_one_and_the_reference_of_another_is_nobodys(
    world: World, run: OncePerRun, tmp_path: Path
) -> None:
    known_to(world, URA, OTHER)
    with DossierStore.open(world.url) as store:
        store.set_milestone(OTHER, "application_submitted", "done", evidence={"reference": "ZS-2026-77"})
    world.imap.deliver(mail(1, FOLLOW_UP, LINK, reference="ZS-2026-77"))
    looks = [looked(world, run, ura) for ura in (URA, OTHER)]
    assert [one.answers for one in looks] == [(), ()]
    asked = [("reference_of_another", "<v1@vzvz.example>")]
    assert nobodys(run, *looks, uras=(URA, OTHER)) == asked
    recorded(world, run, *looks, uras=(URA, OTHER))
    second = OncePerRun(tmp_path / "second")
    again = looked(world, second)
    assert (again.answers, nobodys(second, again)) == ((), asked)


def test_one_reference_of_several_organisations(world: World, run: OncePerRun, tmp_path: Path) -> None:
    """A care group applied for all of them, and VZVZ gave the lot one reference."""
    known_to(world, URA, OTHER, THIRD)
    uras = (URA, OTHER, THIRD)
    world.imap.deliver(mail(1, CONFIRMED, reference="ZS-LOT"))
    first = looked(world, run)
    recorded(world, run, first, uras=uras)
    # It was the first one's until VZVZ wrote to the second: that one is asked about, once.
    world.imap.deliver(mail(2, CONFIRMED, ura=OTHER, reference="ZS-LOT"))
    second = OncePerRun(tmp_path / "second")
    looks = [looked(world, second, ura) for ura in uras]
    assert [len(one.answers) for one in looks] == [1, 0, 0]
    assert nobodys(second, *looks, uras=uras) == [("reference_of_another", "<v2@vzvz.example>")]
    recorded(world, second, *looks, uras=uras)
    with DossierStore.open(world.url) as store:
        store.attest(
            OTHER, "application_submitted", by="desk", at=None, how="VZVZ said so", evidence={"reference": "ZS-LOT"}
        )
        assert store.references() == {"ZS-LOT": None}
    # From then on each mail is of whom it names: the one that was asked about too, and that of the third.
    world.imap.deliver(
        mail(3, FOLLOW_UP, LINK, ura=OTHER, reference="ZS-LOT"), mail(4, CONFIRMED, ura=THIRD, reference="ZS-LOT")
    )
    world.imap.deliver(mail(5, CONFIRMED, ura="geen", reference="ZS-LOT"))
    third = OncePerRun(tmp_path / "third")
    looks = [looked(world, third, ura) for ura in uras]
    assert [[answer.kind for answer in one.answers] for one in looks] == [
        ["document_confirmed"],
        ["document_confirmed", "follow_up_link"],
        ["document_confirmed"],
    ]
    # Which names nobody stays a question.
    assert nobodys(third, *looks, uras=uras) == [("reference_of_several", "<v5@vzvz.example>")]


def test_a_fresh_dossier_hears_of_an_old_mailbox(world: World, run: OncePerRun) -> None:
    """Wrong decision 21: VZVZ's answer is there before the form is sent again."""
    world.imap.deliver(mail(1, "Bevestiging aanvraag ZORG-ID Smart"), mail(2, CONFIRMED, ura=OTHER))
    look = looked(world, run)
    assert [one.kind for one in look.answers] == ["application_confirmed"]
    now = Moment.fromisoformat("2026-11-26T09:00:00+00:00")
    observed = Observed(mailbox=look.mailbox, answers=look.answers)
    plan = deciding.plan(Known(URA), observed, Policy("delinde", proof_needed=False), now)
    trouble = plan.step("application_submitted").trouble
    assert trouble
    assert trouble.code == "dossier_behind"
    # And it makes organisations of nobody that this run does not know.
    recorded(world, run, look)
    with DossierStore.open(world.url, read_only=True) as store:
        assert [one.ura for one in store.read_all()] == [URA]
        assert [one.problem for one in store.observations.of_nobody()] == ["ura_of_nobody"]
        # Whose a reference is, no mail of nobody tells.
        assert store.references() == {f"ZS-{URA}": URA}
    assert len(nobodys(run, look, uras=(URA, OTHER))) == 0
    assert len(nobodys(run, look)) == 1


def test_what_is_nobodys_is_its_owners_as_soon_as_he_is_known(world: World, run: OncePerRun, tmp_path: Path) -> None:
    known_to(world, URA)
    world.imap.deliver(mail(1, CONFIRMED, ura=OTHER), mail(2, CONFIRMED))
    recorded(world, run, looked(world, run))
    known_to(world, OTHER)
    second = OncePerRun(tmp_path / "second")
    theirs = looked(world, second, OTHER)
    assert ([one.kind for one in theirs.answers], nobodys(second, theirs)) == (["document_confirmed"], [])
    recorded(world, second, theirs, uras=(URA, OTHER))
    with DossierStore.open(world.url, read_only=True) as store:
        assert store.observations.of_nobody() == []
        assert [one.kind for one in store.read(OTHER).observations] == ["document_confirmed"]


def test_a_report_of_non_delivery_is_the_organisations_and_an_automatic_reply_is_nothing(
    world: World, run: OncePerRun
) -> None:
    with DossierStore.open(world.url) as store:
        store.register(URA, "De Linde")
        claim = store.claim(URA, "organisation_document", "a" * 64, per_digest=True, domain="gbz.example")
        store.mark_sending(claim)
        message_id = claim.message_id
    world.imap.deliver(bounce(message_id), bounce("<ander@gbz.example>"), mail(3, "Automatisch antwoord: afwezig"))
    look = looked(world, run, authentication="authentication_results", authentication_server="mx.gbz.example")
    (reported,) = look.answers
    assert (reported.kind, reported.problem, reported.proven) == ("undelivered", "not_delivered", False)
    assert nobodys(run, look) == []
    with DossierStore.open(world.url) as store:
        (reported,) = dataclasses.replace(look, dossier=store.read(URA)).answers
        assert (reported.ours, reported.closed) == ("organisation_document", False)
        again = store.claim(URA, "organisation_document", "b" * 64, per_digest=True, domain="gbz.example")
        store.mark_sending(again)
        store.mark_done(again, {"message_id": again.message_id, "sent_at": again.since})
        (reported,) = dataclasses.replace(look, dossier=store.read(URA)).answers
        assert reported.closed
    recorded(world, run, look)
    with DossierStore.open(world.url, read_only=True) as store:
        assert [one.about for one in store.read(URA).observations] == [message_id]


@pytest.mark.parametrize("proved", [False, True])
def test_what_proves_senders_proves_what_is_understood(proved: bool, world: World, run: OncePerRun) -> None:
    reported = b"Authentication-Results: mx.gbz.example; dmarc=pass header.from=vzvz.example\r\n"
    world.imap.deliver(reported + mail(1, CONFIRMED), mail(2, CONFIRMED))
    way = {"authentication": "authentication_results", "authentication_server": "mx.gbz.example"} if proved else {}
    answers = looked(world, run, **way).answers
    assert [(one.problem, one.proven) for one in answers] == (
        [(None, True), ("sender_not_proven", False)] if proved else [(None, False)] * 2
    )


def test_two_mails_with_one_message_id_are_two_and_one_that_was_put_back_is_one(
    world: World, run: OncePerRun, tmp_path: Path
) -> None:
    known_to(world, URA)
    world.imap.deliver(mail(1, CONFIRMED))
    recorded(world, run, looked(world, run))
    world.imap.deliver(mail(1, FOLLOW_UP, LINK))
    second = OncePerRun(tmp_path / "second")
    look = looked(world, second)
    assert [one.kind for one in look.answers] == ["document_confirmed", "follow_up_link"]
    recorded(world, second, look)
    with DossierStore.open(world.url, read_only=True) as store:
        assert sorted(one.message_id for one in store.read(URA).observations) == [
            "<v1@vzvz.example>",
            "<v1@vzvz.example> #2",
        ]


# One mail, when it is used


def test_the_link_is_fetched_when_it_is_used(world: World, run: OncePerRun) -> None:
    known_to(world, URA)
    another = LINK.replace("S3CR3T-link", "second")
    world.imap.deliver(
        mail(1, FOLLOW_UP, LINK),
        mail(1, FOLLOW_UP, another),
        mail(3, FOLLOW_UP, LINK).replace(b"Message-ID: <v3@vzvz.example>\r\n", b""),
    )
    look, reading = looked(world, run), mailbox.command_of(of_mailbox(world))
    with DossierStore.open(world.url, read_only=True) as store:
        links = [mail_fetched.follow_up_link(reading, one, store=store) for one in look.rows]
        assert links == [LINK, another, LINK]
        # Numbered anew: by its Message-ID.
        moved = dataclasses.replace(look.rows[0], uidvalidity=1, uid=99)
        assert mail_fetched.follow_up_link(reading, moved, store=store) == LINK
        for gone in (dataclasses.replace(look.rows[2], uidvalidity=1), dataclasses.replace(look.rows[0], uid=99)):
            with pytest.raises(ZorgidError) as caught:
                mail_fetched.follow_up_link(reading, gone, store=store)
            assert caught.value.code == "message_not_found"
        for wrong in ({"ura": OTHER}, {"kind": "activation_qr"}):
            with pytest.raises(ZorgidError) as caught:
                mail_fetched.follow_up_link(reading, dataclasses.replace(look.rows[0], **wrong), store=store)
            assert caught.value.code == "message_of_another"
        # Judged anew: a place that is not allowed any more gives no link.
        narrow = mailbox.command_of(of_mailbox(world, allowed_link_hosts=["elsewhere.example"]))
        with pytest.raises(ZorgidError) as caught:
            mail_fetched.follow_up_link(narrow, look.rows[0], store=store)
    assert (caught.value.code, caught.value.found) == ("message_of_another", "link_not_allowed")
    assert LINK not in str(caught.value)


def test_the_reason_is_shown_without_people_in_it_and_kept_nowhere(world: World, run: OncePerRun) -> None:
    known_to(world, URA)
    reported = (
        "Reden: Johanna Lindeman-Çelik (j.lindeman@delinde.example, 9-3-1975, +31600001001) klopt niet: https://a.b/c"
    )
    world.imap.deliver(mail(1, "Organisatiedocument afgekeurd", reported))
    look, reading = looked(world, run), mailbox.command_of(of_mailbox(world))
    assert mail_fetched.found_reason(OncePerRun(world.folder / "another"), URA) == ""
    with DossierStore.open(world.url, read_only=True) as store:
        people = ORGANISATION["people"]
        assert isinstance(people, dict)
        reason = mail_fetched.rejection_reason(reading, look.rows[0], store=store, shared=run, people=people)
    assert (reason, mail_fetched.found_reason(run, URA)) == ("… … … …, …) klopt niet: …", reason)
    recorded(world, run, look)
    with DossierStore.open(world.url, read_only=True) as store:
        assert "klopt niet" not in str(store.export())


# The mail server


def test_the_mail_server_is_tried_once_and_no_mail_is_sent(world: World, run: OncePerRun) -> None:
    assert [smtp_look.look(of_smtp(world), shared=run) for _ in range(3)] == [GOOD] * 3
    # Another sender's address is the same way in.
    assert smtp_look.look(of_smtp(world, smtp={"sender": "ander@gbz.example"}), shared=run) == GOOD
    assert (world.smtp.logins, world.smtp.received) == ([True], [])
    wrong = [smtp_look.look(of_smtp(world, smtp={"password": "fout"}), shared=run) for _ in range(2)]
    assert [one.trouble.code for one in wrong if one.trouble] == ["smtp_login_refused"] * 2
    # Once, in each of the two ways (PLAIN, LOGIN) that a client has.
    assert world.smtp.logins == [True, False]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"smtp": {"port": 1}}, "smtp_unreachable"),
        ({"smtp": {"security": "tls"}}, "tls_failed"),
        ({"ca_path": None}, "tls_untrusted"),
        ({"smtp": {"sender": "geen adres"}}, "address_invalid"),
        ({"environment": "own", "recipient": "zorg-id@vzvz.nl"}, "environment_mismatch"),
        ({"smtp": {"username": None}}, "options_invalid"),
    ],
)
def test_what_is_wrong_with_the_mail_server_is_told_before_the_form_is_sent(
    changed: dict[str, Any], code: str, world: World, run: OncePerRun
) -> None:
    """Wrong decision 5."""
    options = of_smtp(world)
    options |= {"smtp": {**options["smtp"], **changed.pop("smtp", {})}, **changed}
    found = smtp_look.look(options, shared=run)
    assert found.trouble
    assert (found.look, found.trouble.code) == (Look.BAD, code)
    assert not world.smtp.received


# The forms


def test_a_form_is_filled_in_and_not_sent(world: World) -> None:
    assert form_look.application(of_form(world)) == GOOD
    assert form_look.application({**of_form(world), "url": ""}) == ABSENT
    options = of_form(world, mapping_path=str(world.folder / "mapping.yml"))
    assert form_look.follow_up(options, lambda: world.site.url) == GOOD
    assert not world.site.posts()
    assert not (world.folder / "handed").exists()
    assert not (world.folder / "dossier.sqlite3").exists()


@pytest.mark.parametrize(("page", "code"), [("captcha", "form_captcha"), ("changed", "form_changed")])
def test_a_form_that_needs_a_person_is_told_and_written_down_only_by_a_run(page: str, code: str, world: World) -> None:
    options = of_form(world, page)
    found = form_look.application(options)
    assert found.trouble
    assert (found.look, found.trouble.code) == (Look.BAD, code)
    assert not any(word in str(found) for word in PERSONAL)
    assert not (world.folder / "handed").exists()
    # The table names the page, in the same words for every organisation, before a run has written it.
    (step,) = (one for one in ("application_submitted",) if f"step={one} " in found.trouble.record)
    made = Plan(URA, "De Linde", (Planned(step, State.STOP, trouble=found.trouble),))
    assert form_look.by_hand(made) == "application"
    assert form_look.lacks_work_item(options, "application")
    assert form_look.work_item(options)
    (page_path,) = (world.folder / "handed").glob("*")
    assert str(page_path).replace(URA, "URA") in found.trouble.action
    assert "1975-03-09" in page_path.read_text(encoding="utf-8")
    # Written again it is the same page, and no change.
    assert not form_look.work_item(options)
    assert not form_look.lacks_work_item(options, "application")
    assert not form_look.work_item(of_form(world))
    assert not world.site.posts()
    assert CAPTCHA


def test_a_link_that_cannot_be_fetched_is_the_forms_trouble(world: World) -> None:
    def gone() -> str:
        raise ZorgidError("message_not_found", "It is gone", expected="it", found="nothing", action="look")

    found = form_look.follow_up(of_form(world), gone)
    assert found.trouble
    assert found.trouble.code == "message_not_found"
    away = form_look.follow_up(of_form(world, allowed_hosts=["forms.vzvz.example"]), lambda: world.site.url)
    assert away.trouble
    assert away.trouble.code == "host_not_allowed"


@pytest.mark.parametrize(
    ("environment", "option"),
    [("production", "Productie"), ("acceptance", "Acceptatie"), ("test", "Acceptatie"), ("own", "Acceptatie")],
)
def test_only_production_says_productie(environment: str, option: str) -> None:
    """Wrong decision 14."""
    from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import load_mappings, value_of

    (table,) = load_mappings("application", None)
    (rule,) = [one for one in table.rules if one.source == "environment"]
    assert value_of(rule, {"environment": environment}) == option


# Slices


def test_in_a_slice_mail_with_an_unknown_number_is_reported_by_the_next_run(world: World, tmp_path: Path) -> None:
    known_to(world, URA)
    world.imap.deliver(mail(1, CONFIRMED, ura=OTHER), mail(2, "Nieuwsbrief", ura="geen"))
    reported = []
    for number in (1, 2):
        shared = OncePerRun(tmp_path / f"run {number}")
        with DossierStore.open(world.url, read_only=True) as store:
            reading = mailbox.command_of(of_mailbox(world))
            one = mailbox_look.look(reading, ura=URA, store=store, shared=shared, job="17")
        reported.append({problem for problem, _message_id in nobodys(shared, one)})
        recorded(world, shared, one)
    # The first may be of an organisation in another slice, which the dossier gets in this pass.
    assert "ura_of_nobody" not in reported[0]
    assert reported[1] == reported[0] | {"ura_of_nobody"}
    assert reported[0]
