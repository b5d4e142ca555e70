# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Once by the dossier: known, uncertain, done by hand, refused, repeated; counted at the servers."""

from __future__ import annotations

import base64
import copy
import email
import email.policy
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import qr
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Dossier, Milestone, Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.observations import Mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import imap_fetch
from ansible_collections.gbz.zorgid.tests.support.form_zoo import DONE, LABEL_FOR
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki, Reply
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    PAYLOAD,
    PERSONAL,
    URA,
    Task,
    World,
    a_world,
    answer_mail,
    call,
)

ODD = Reply("<p>Een ogenblik geduld</p>")


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


def failure(task: Task, *, check: bool = False) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(task, check=check)
    assert not any(secret in str(caught.value) for secret in (*PERSONAL, "fout"))
    return caught.value


def step(world: World, name: str) -> Milestone:
    with DossierStore.open(world.url, read_only=True) as store:
        return store.read(URA).milestones[name]


def resolve(world: World, *, arrived: bool) -> None:
    with DossierStore.open(world.url) as store:
        store.resolve(URA, "application_form", arrived=arrived, by="technical_administrator")


def attest(world: World, step: str) -> None:
    with DossierStore.open(world.url) as store:
        store.attest(URA, step, by="technical_administrator", at="2026-11-20", how="in a browser", evidence={})


def wrong(world: World) -> dict[str, tuple[str, Task]]:
    """Every wrong input that needs no server."""
    folder = world.folder
    (folder / "bad.yml").write_text("fields: [", encoding="utf-8")
    (folder / "logo.png").write_bytes(b"no picture")
    (folder / "code.pdf").write_bytes(b"%PDF-1.7")
    os.mkfifo(folder / "pipe")
    (folder / "page.png").write_bytes(qr.render_png("https://kwaad.example/activatie"))
    old, other = copy.deepcopy(ORGANISATION), copy.deepcopy(ORGANISATION)
    old["care_application"]["version"] = "8.1"
    other["care_application"]["name"] = "AnderHIS"
    known = str(folder / "applications.yml")
    return {
        "old version": ("care_application_version", world.form(organisation=old, care_applications_path=known)),
        "other": ("care_application_unknown", world.form(organisation=other, care_applications_path=known)),
        "file": ("care_applications_invalid", world.form(care_applications_path=str(folder / "bad.yml"))),
        "mapping": ("mapping_invalid", world.form(mapping_path=str(folder / "bad.yml"))),
        "organisation": ("organisation_invalid", world.form(organisation={**ORGANISATION, "kvk": "1"})),
        "vzvz": ("environment_mismatch", world.form(url="https://fd2.formdesk.com/vzvz/x", environment="own")),
        "http": ("host_not_allowed", world.form(url="http://127.0.0.1/form")),
        "host": ("host_not_allowed", world.form(allowed_hosts=["forms.vzvz.example"])),
        "form ca": ("ca_path_unreadable", world.form(ca_path=str(folder / "weg.pem"))),
        "dossier": ("dossier_url_invalid", world.form(dossier_url="mysql://nowhere")),
        "no document": ("document_unreadable", world.document(path=str(folder / "weg.xml"))),
        "recipient": ("address_invalid", world.document(recipient="zorg-id")),
        "sender": ("address_invalid", world.document(smtp={"sender": "a@b"})),
        "size": ("message_too_large", world.document(max_bytes=100)),
        "subject": ("subject_invalid", world.document(subject="a\nBcc: x@y.example")),
        "mail to vzvz": ("environment_mismatch", world.document(environment="own", recipient="zorg-id@vzvz.nl")),
        "two logins": ("options_invalid", world.document(smtp={"access_token": "x"})),
        "client certificate": (
            "client_certificate_unreadable",
            world.document(smtp={"client_certificate_path": str(folder / "bad.yml")}),
        ),
        "server name": ("options_invalid", world.mailbox(authentication="authentication_results")),
        "texts": ("options_invalid", world.mailbox(texts={"onbekend": "x"})),
        "no place": ("allowed_hosts_invalid", world.mailbox(allowed_link_hosts=["fd2.formdesk.com"])),
        "no place for a code": (
            "allowed_hosts_invalid",
            world.code(message_id="<v1@vzvz.example>", allowed_link_hosts=["https://"]),
        ),
        "no place for a picture": (
            "allowed_hosts_invalid",
            world.code(image_path="code.png", imap=None, allowed_link_hosts=["a b"]),
        ),
        "picture": ("qr_image_unreadable", world.code(image_path=str(folder / "logo.png"))),
        "no picture": ("qr_image_unreadable", world.code(image_path=str(folder / "weg.png"))),
        "picture in a PDF": ("qr_pdf", world.code(image_path=str(folder / "code.pdf"))),
        "picture from a pipe": ("qr_image_unreadable", world.code(image_path=str(folder / "pipe"))),
        "endless picture": ("qr_image_unreadable", world.code(image_path="/dev/zero")),
        "document from a pipe": ("document_unreadable", world.document(path=str(folder / "pipe"))),
        "subject with an escape": ("subject_invalid", world.document(subject="a\x1b[2J")),
        "text with an escape": ("text_invalid", world.document(text="a\x1b[2J")),
        "hostile code": ("qr_host_not_allowed", world.code(image_path=str(folder / "page.png"))),
        "key only": ("options_invalid", world.code(image_path="x.png", secret_key="x", dossier_url=None)),
        "no imap": ("options_invalid", world.code(message_id="<v1@vzvz.example>", imap=None)),
        "no secret": ("secret_absent", world.code(secret_key="x")),
    }


def test_wrong_input_is_told_and_nothing_is_sent(world: World) -> None:
    for name, (code, task) in wrong(world).items():
        assert failure(task).code == code, name
    assert not world.site.received
    assert not world.smtp.received
    assert not (world.folder / "handed").exists()


def test_a_mailbox_that_lacks_what_is_asked_for_is_told(world: World) -> None:
    assert failure(world.mailbox(imap={"folder": "Weg"})).code == "imap_folder_missing"
    assert failure(world.mailbox(ura=URA, since="gisteren")).code == "options_invalid"
    assert failure(world.code(message_id="<weg@vzvz.example>")).code == "message_not_found"


def test_changed_data_are_no_second_application(world: World) -> None:
    assert call(world.form())["changed"]
    requests = len(world.site.received)
    moved = {**ORGANISATION, "name": "Huisartsenpraktijk De Nieuwe Linde"}
    for check in (True, False):
        result = call(world.form(organisation=moved), check=check)
        assert not result.get("changed")
        assert result["status"] == "submitted"
        assert "have changed" in result["warnings"][0]
        assert "warnings" not in call(world.form(), check=check)
    assert len(world.site.received) == requests


def test_each_effect_is_one_record_with_its_step(world: World) -> None:
    world.imap.deliver(answer_mail(1, "Activatie ZORG-ID Smart", picture=qr.render_png(PAYLOAD)))
    code = world.code(message_id="<v1@vzvz.example>")
    tasks = {
        "application_submitted": world.form(),
        "follow_up_submitted": world.form(form="follow_up"),
        "document_sent": world.document(),
        "activation_qr_received": code,
    }
    for name, task in tasks.items():
        assert call(task, check=True)["changed"]
        assert not Path(world.url.removeprefix("sqlite:///")).exists() or step(world, name).state == "open"
        reported = call(task)
        evidence = {
            "document_sent": {key: reported.get(key) for key in ("message_id", "sent_at")}
            | {"sha256": reported.get("document_sha256")},
            "activation_qr_received": {"message_id": "<v1@vzvz.example>"},
        }.get(name, {"reference": "ZS-2026-00042"})
        recorded = step(world, name)
        assert (recorded.state, recorded.evidence) == ("done", evidence)
        with DossierStore.open(world.url) as store:
            # As the role records it afterwards.
            assert not store.set_milestone(URA, name, "done", evidence=evidence).changed
            rows = len(store.export(URA)["journal"])
        assert not call(task).get("changed", False)
        with DossierStore.open(world.url) as store:
            assert len(store.export(URA)["journal"]) == rows
            # What another run did and could not record is recorded by the next one.
            store.set_milestone(URA, name, "open")
        assert call(task, check=True)["changed"]
        assert step(world, name).state == "open"
        assert call(task)["changed"]
        assert step(world, name).evidence == evidence


def test_a_persons_word_is_not_overwritten(world: World) -> None:
    call(world.form())
    with DossierStore.open(world.url) as store:
        store.set_milestone(URA, "application_submitted", "open")
        reported = {"reference": "by telephone"}
        store.attest(URA, "application_submitted", by="desk", at="2026-11-20", how="in a browser", evidence=reported)
    assert not call(world.form()).get("changed", False)
    assert step(world, "application_submitted").evidence == reported


def test_the_carry_out_has_a_reason_of_its_own(world: World) -> None:
    asked: list[str] = []

    def still(dossier: Dossier) -> str:
        asked.append(dossier.ura)
        return "The plan says something else"

    world.imap.deliver(answer_mail(1, "Activatie ZORG-ID Smart", picture=qr.render_png(PAYLOAD)))
    for task in (world.form(), world.document(), world.code(message_id="<v1@vzvz.example>")):
        with pytest.raises(ZorgidError, match="The plan says something else") as caught:
            call(task, still=still)
        assert caught.value.code == "plan_stale"
    assert asked == [URA] * 3
    assert not world.site.posts()
    assert not world.smtp.received
    assert not (world.folder / "handed").exists()
    with DossierStore.open(world.url) as store:
        assert store.read(URA).submissions == []


def test_a_code_stays_the_persons_for_whom_it_came(world: World) -> None:
    dossier = {"dossier_key": base64.b64encode(bytes(range(1, 33))).decode()}
    other = copy.deepcopy(ORGANISATION)
    other["people"]["portal_administrator"] = {**other["people"]["portal_administrator"], "last_name": "Ander"}
    for number in (1, 2):
        world.imap.deliver(answer_mail(number, "Activatie ZORG-ID Smart", picture=qr.render_png(f"{PAYLOAD}{number}")))

    def whose(organisation: dict[str, Any]) -> bool:
        person = check_organisation(organisation).people.portal_administrator
        with DossierStore.open(world.url, key=dossier["dossier_key"]) as store:
            noted = store.observations.noted(URA)["code_for"].digest
            assert noted == store.observations.keyed("0" * (8 - len(URA)) + URA, "link_for", person.identity)
            return noted == store.observations.keyed(URA, "portal_administrator", person.identity)

    call(world.code(message_id="<v1@vzvz.example>", **dossier))
    (world.folder / "handed" / "activation-letter.html").unlink()
    call(world.code(message_id="<v1@vzvz.example>", organisation=other, **dossier))
    assert whose(ORGANISATION)
    call(world.code(message_id="<v2@vzvz.example>", organisation=other, **dossier))
    assert whose(other)


def test_of_two_signed_documents_the_one_that_the_dossier_names_is_mailed(world: World) -> None:
    with DossierStore.open(world.url, environment="acceptance") as store:
        store.set_milestone(URA, "document_signed", "done", evidence={"sha256": "a" * 64})
    assert failure(world.document()).code == "plan_stale"
    assert not world.smtp.received
    digest = hashlib.sha256((world.folder / "document.xml").read_bytes()).hexdigest()
    with DossierStore.open(world.url) as store:
        assert store.read(URA).submissions == []
        store.set_milestone(URA, "document_signed", "done", evidence={"sha256": digest})
    assert call(world.document())["status"] == "sent"


def test_what_was_done_by_hand_is_not_done_again(world: World) -> None:
    attest(world, "application_submitted")
    attest(world, "document_sent")
    for check in (True, False):
        form = call(world.form(), check=check)
        document = call(world.document(path="/nowhere"), check=check)
        assert (form["status"], form.get("changed")) == ("by_hand", False)
        assert (document["status"], document["changed"]) == ("by_hand", False)
    assert not world.site.received
    assert not world.smtp.received


@pytest.mark.parametrize(("word", "code"), [("hold", "dossier_held"), ("withdrawn", "organisation_withdrawn")])
def test_nothing_is_sent_for_who_is_held_or_withdrawn_and_check_mode_says_so(
    word: str, code: str, world: World
) -> None:
    with DossierStore.open(world.url) as store:
        store.say(URA, word, by="desk", how="by telephone")
    for task in (world.form(), world.document(), world.code(message_id="<v1@vzvz.example>")):
        for check in (True, False):
            with pytest.raises(ZorgidError) as caught:
                call(task, check=check)
            assert caught.value.code == code
    assert not world.site.posts()
    assert not world.smtp.received


@pytest.mark.parametrize(
    ("lost_at", "words"),
    [
        ("2026-11-20T12:00:00Z", "was sent before"),
        ("2026-11-20T10:05:00Z", "too close to"),
        ("2026-11-20", "too close to"),
    ],
)
def test_a_code_from_before_a_loss_is_not_handed_over(lost_at: str, words: str, world: World) -> None:
    mail = Observation("<a@vzvz.example>", 7, 1, "2026-11-20T10:00:00+00:00", "activation_qr", URA)
    with DossierStore.open(world.url) as store:
        store.observations.observe(Mailbox("m" * 64, "r" * 64), [mail])
        store.say(URA, "lost", subject="phone", at=lost_at, by="desk", how="by telephone")
    for check in (True, False):
        with pytest.raises(ZorgidError) as caught:
            call(world.code(message_id=mail.message_id), check=check)
        assert (caught.value.code, words in str(caught.value)) == ("code_void", True)


@pytest.mark.parametrize("arrived", [True, False])
def test_an_uncertain_form_waits_for_a_persons_word(arrived: bool, world: World) -> None:
    world.reply = ODD
    error = failure(world.form())
    assert error.code == "submission_uncertain"
    assert b"ogenblik" in Path(error.details["answer_path"]).read_bytes()
    world.reply = Reply(DONE)
    requests = len(world.site.received)
    for check in (False, True):
        error = failure(world.form(), check=check)
        assert (error.code, error.details["ura"]) == ("submission_uncertain", URA)
        assert error.details["sending_since"] in str(error)
        assert "resolve=application_form" in str(error)
    assert "answer_path" in failure(world.form()).details
    resolve(world, arrived=arrived)
    assert len(world.site.received) == requests
    result = call(world.form())
    # Where the person knew that it arrived, this run records the step, and no more.
    assert (result["status"], result["changed"]) == ("submitted", True)
    assert step(world, "application_submitted").state == "done"
    assert not call(world.form()).get("changed", False)
    assert len(world.site.posts()) == (1 if arrived else 2)


def test_a_refused_form_may_be_sent_again(world: World) -> None:
    world.reply = Reply('<div role="alert">Onbekend</div>' + LABEL_FOR.pages[0])
    assert failure(world.form()).code == "form_rejected"
    world.reply = Reply(DONE)
    assert call(world.form())["status"] == "submitted"


def test_a_full_disk_says_nothing_about_the_form(world: World) -> None:
    (world.folder / "file").write_text("", encoding="utf-8")
    nowhere = str(world.folder / "file" / "handed")
    world.reply = ODD
    error = failure(world.form(directory=nowhere))
    assert error.code == "submission_uncertain"
    assert "could not be written" in error.details["warnings"][0]
    assert failure(world.form(directory=nowhere)).code == "submission_uncertain"
    resolve(world, arrived=False)
    world.reply = Reply(DONE)
    result = call(world.form(directory=nowhere))
    assert result["status"] == "submitted"
    assert "could not be written" in result["warnings"][0]
    assert not call(world.form(directory=nowhere)).get("changed")


def _message_ids(world: World) -> list[str]:
    policy = email.policy.default
    return [email.message_from_bytes(one.content, policy=policy)["Message-ID"] for one in world.smtp.received]


def test_a_mail_that_broke_off_is_repeated_as_it_was(world: World) -> None:
    world.smtp.drop_after_data = 1
    assert failure(world.document()).code == "smtp_unreachable"
    result = call(world.document())
    assert (result["status"], result["repeated"]) == ("sent", True)
    assert _message_ids(world) == [result["message_id"]] * 2
    assert world.smtp.received[0].content == world.smtp.received[1].content
    assert not call(world.document()).get("changed")


def test_an_answer_to_what_a_dead_run_sent_counts(world: World) -> None:
    world.smtp.drop_after_data = 1
    first = "2026-11-24T08:00:00+00:00"
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(database, "stored_now", lambda: first)
        assert failure(world.document()).code == "smtp_unreachable"
    world.imap.deliver(answer_mail(1, "Bevestiging organisatiedocument ZORG-ID Smart"))
    # VZVZ confirmed what arrived; the same mail once more does not make its answer an old one.
    assert call(world.document())["sent_at"] == first
    again = call(world.document())
    assert again["sent_at"] == first
    assert call(world.mailbox(ura=URA, since=again["sent_at"]))["standing"]["document"] == "confirmed"


def test_a_refused_mail_did_not_arrive_but_an_earlier_one_may_have(world: World) -> None:
    world.smtp.answer_data = "451 later"
    assert failure(world.document()).code == "smtp_refused"
    world.smtp.answer_data = "250 OK"
    world.smtp.drop_after_data = 1
    assert failure(world.document()).code == "smtp_unreachable"
    world.smtp.answer_data = "451 later"
    assert failure(world.document()).code == "smtp_refused"
    assert failure(world.document(smtp={"port": 1})).code == "smtp_unreachable"
    world.smtp.answer_data = "250 OK"
    assert call(world.document())["repeated"]
    assert len(set(_message_ids(world))) == 1


def test_a_newly_signed_document_is_another_mail(world: World) -> None:
    first = call(world.document())
    (world.folder / "document.xml").write_text("<Organisatiedocument><Signature/></Organisatiedocument>")
    assert call(world.document(), check=True)["status"] == "would_send"
    second = call(world.document())
    assert second["message_id"] != first["message_id"]
    assert len(set(_message_ids(world))) == 2


def test_a_reference_of_the_application_finds_the_organisation(world: World) -> None:
    call(world.form())
    bare = answer_mail(1, "Bevestiging aanvraag ZORG-ID Smart").replace(f"URA-nummer: {URA}".encode(), b"")
    world.imap.deliver(bare)
    assert [one["problem"] for one in call(world.mailbox(dossier_url=None))["unknown"]] == ["ura_missing"]
    found = call(world.mailbox(ura=URA), check=True)
    assert [one["ura"] for one in found["answers"]] == [URA]
    with DossierStore.open(world.url, read_only=True) as store:
        assert not store.read(URA).observations
    call(world.mailbox(ura=URA))
    with DossierStore.open(world.url, read_only=True) as store:
        (message,) = store.read(URA).observations
    assert (message.ura, message.kind, message.message_id) == (URA, "application_confirmed", "<v1@vzvz.example>")


def test_what_is_anothers_is_not_fetched_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[int] = []
    whole = imap_fetch.whole

    def counting(server: Any, uid: int) -> bytes | None:
        fetched.append(uid)
        return whole(server, uid)

    monkeypatch.setattr(imap_fetch, "whole", counting)
    mine, others = answer_mail(1, "Activatie ZORG-ID Smart"), answer_mail(2, "Activatie ZORG-ID Smart")
    world.imap.deliver(mine, others.replace(URA.encode(), b"90000102").replace(b"ZS-2026-00042", b"ZS-2026-00043"))
    assert len(call(world.mailbox(ura="90000102"))["answers"]) == 1
    fetched.clear()
    assert len(call(world.mailbox(ura=URA))["answers"]) == 1
    assert len(fetched) == 1
    # Without a URA everything is told, remembered or not.
    assert len(call(world.mailbox())["answers"]) == 2


def test_a_newer_code_replaces_an_older_one(world: World) -> None:
    for number, payload in enumerate((PAYLOAD, PAYLOAD + "&nieuw=1"), 1):
        image = world.folder / f"{number}.png"
        image.write_bytes(qr.render_png(payload))
        assert call(world.code(image_path=str(image)), check=True)["changed"]
        result = call(world.code(image_path=str(image)), diff=True)
        assert result["changed"]
        assert payload not in str(result)
        assert not call(world.code(image_path=str(image)))["changed"]
        assert qr.decode_image(Path(result["files"][0]).read_bytes()) == payload


def test_a_code_that_is_kept_needs_its_key(world: World) -> None:
    image = world.folder / "code.png"
    image.write_bytes(qr.render_png(PAYLOAD))
    kept = world.code(state="kept", image_path=str(image), secret_key="een lange sleutel")
    assert call(kept, check=True)["changed"]
    assert failure(world.code(secret_key="een lange sleutel")).code == "secret_absent"
    assert call(kept)["changed"]
    assert not call(kept, check=True)["changed"]
    assert not call(kept)["changed"]
    assert PAYLOAD.encode() not in (world.folder / "dossier.sqlite3").read_bytes()
    assert failure(world.code(secret_key="een andere sleutel")).code == "secret_key_wrong"
    assert call(world.code(secret_key="een lange sleutel"), check=True)["changed"]
    assert call(world.code(state="absent", directory=None), check=True)["changed"]
    assert call(world.code(state="absent", directory=None))["changed"]
    assert not call(world.code(state="absent", directory=None))["changed"]


def test_a_code_that_is_kept_is_handed_out_once(world: World) -> None:
    image = world.folder / "code.png"
    image.write_bytes(qr.render_png(PAYLOAD))
    call(world.code(state="kept", image_path=str(image), secret_key="een lange sleutel"))
    out = world.code(secret_key="een lange sleutel", formats=["letter", "svg"])
    result = call(out)
    assert qr.decode_image(Path(result["files"][0]).read_bytes()) == PAYLOAD
    assert not call(out)["changed"]
    assert failure(world.code(secret_key="een lange sleutel", directory="elsewhere")).code == "secret_absent"
    call(world.code(state="absent"))
    assert failure(out).code == "secret_absent"


def test_a_code_that_could_not_be_handed_out_is_still_kept(world: World) -> None:
    image = world.folder / "code.png"
    image.write_bytes(qr.render_png(PAYLOAD))
    call(world.code(state="kept", image_path=str(image), secret_key="een lange sleutel"))
    out = world.code(secret_key="een lange sleutel")
    assert failure(world.code(secret_key="een lange sleutel", directory=str(image))).code == "directory_unwritable"
    assert call(out)["changed"]
    # A newer code that is kept replaces the files of the older one.
    image.write_bytes(qr.render_png(PAYLOAD + "&nieuw=1"))
    call(world.code(state="kept", image_path=str(image), secret_key="een lange sleutel"))
    assert call(out, check=True)["changed"]
    result = call(out)
    assert result["changed"]
    assert qr.decode_image(Path(result["files"][0]).read_bytes()) == PAYLOAD + "&nieuw=1"


def test_what_a_killed_run_has_half_written_is_destroyed_too(world: World) -> None:
    handed = world.folder / "handed"
    handed.mkdir()
    (handed / ".activation-qr.png.a1b2c3d4").write_bytes(qr.render_png(PAYLOAD))
    (handed / "activation-letter.html").write_text("brief", encoding="utf-8")
    assert call(world.code(state="absent"), check=True)["changed"]
    assert call(world.code(state="absent"))["changed"]
    assert not list(handed.iterdir())
    assert not call(world.code(state="absent"))["changed"]
