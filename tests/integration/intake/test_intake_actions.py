# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""intake_form, document_delivery, mailbox_info and activation_qr through ansible-playbook, counted at the servers."""

from __future__ import annotations

import email
import email.policy
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import qr
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    PAYLOAD,
    PERSONAL,
    URA,
    Task,
    World,
    a_world,
    answer_mail,
)


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


@pytest.mark.slow
def test_from_check_mode_to_the_activation_code(world: World, play: Any) -> None:
    accepted = {"care_applications_path": str(world.folder / "applications.yml")}
    first = [world.form(**accepted), world.document(), world.mailbox(ura=URA)]

    (form, document, mailbox), shown = play(first, "--check", "--diff")
    assert (form["changed"], form["status"]) == (True, "would_submit")
    assert (document["changed"], document["status"]) == (True, "would_send")
    assert (mailbox["answers"], set(mailbox["standing"].values())) == ([], {None})
    assert "E-mailadres: j*********@delinde.example" in shown
    assert not world.site.posts()
    assert not world.smtp.received
    assert not (world.folder / "dossier.sqlite3").exists()
    assert not (world.folder / "handed").exists()
    assert not any(secret in shown for secret in PERSONAL)

    (form, document, mailbox), shown = play(first)
    assert (form["changed"], form["status"], form["reference"]) == (True, "submitted", "ZS-2026-00042")
    assert (document["changed"], document["status"], document["repeated"]) == (True, "sent", False)
    assert not mailbox["changed"]
    assert stat.S_IMODE(Path(form["confirmation_path"]).stat().st_mode) == 0o600
    assert (len(world.site.posts()), len(world.smtp.received)) == (1, 1)
    mail = email.message_from_bytes(world.smtp.received[0].content, policy=email.policy.default)
    assert mail["Message-ID"] == document["message_id"]
    assert [part.get_content() for part in mail.iter_attachments()] == [b"<Organisatiedocument/>"]
    assert not any(secret in shown for secret in PERSONAL)

    world.imap.deliver(
        answer_mail(1, "Organisatiedocument afgekeurd", "Reden: Handtekening ontbreekt"),
        answer_mail(2, "Bevestiging organisatiedocument ZORG-ID Smart"),
        answer_mail(3, "Vervolgformulier ZORG-ID Smart", "https://forms.vzvz.example/v?t=1"),
        answer_mail(4, "Activatie ZORG-ID Smart", picture=qr.render_png(PAYLOAD)),
        answer_mail(5, "Nieuwsbrief"),
    )
    requests = len(world.site.received)
    second = [world.form(**accepted), world.document(), world.mailbox(ura=URA)]
    code = world.code(message_id="<v4@vzvz.example>", formats=["letter", "svg"])
    (form, document, mailbox, wrote, again), shown = play([*second, code, code])
    assert (form["changed"], form["status"], form["reference"]) == (False, "submitted", "ZS-2026-00042")
    assert (document["changed"], document["status"]) == (False, "sent")
    assert (len(world.site.received), len(world.smtp.received)) == (requests, 1)
    assert mailbox["standing"] == {
        "application_confirmed_at": None,
        "document": "confirmed",
        "document_at": "2026-11-24T09:30:00+00:00",
        "document_reason": None,
        "follow_up_link": "https://forms.vzvz.example/v?t=1",
        "activation_message_id": "<v4@vzvz.example>",
        "activation_at": "2026-11-24T09:30:00+00:00",
        "reference": "ZS-2026-00042",
    }
    assert [one["kind"] for one in mailbox["answers"]] == [
        "document_rejected",
        "document_confirmed",
        "follow_up_link",
        "activation_qr",
    ]
    assert [one["problem"] for one in mailbox["unknown"]] == ["not_recognised"]
    assert world.imap.flags() == [set()] * 5
    with DossierStore.open(world.url, read_only=True) as store:
        # Not understood, and this organisation's all the same: it names no other.
        assert [one.problem for one in store.read(URA).observations if one.problem] == ["not_recognised"]
        assert (len(store.read(URA).observations), store.observations.of_nobody()) == (5, [])
    assert (wrote["changed"], again["changed"]) == (True, False)
    assert len(wrote["files"]) == 3
    assert qr.decode_image(Path(wrote["files"][0]).read_bytes()) == PAYLOAD
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in wrote["files"]} == {0o600}
    assert not any(secret in shown for secret in PERSONAL)

    # Predicted, then destroyed, then nothing is left.
    destroy = world.code(state="absent")
    (predicted,), _shown = play([destroy], "--check")
    assert predicted["changed"]
    assert all(Path(path).exists() for path in wrote["files"])
    (gone, gone_again), _shown = play([destroy, destroy])
    assert (gone["changed"], gone["files"], gone_again["changed"]) == (True, [], False)
    assert [path.name for path in (world.folder / "handed").iterdir()] == [f"{URA}-application-confirmation.html"]


def test_wrong_input_is_one_sentence_and_nothing_is_sent(world: World, play: Any) -> None:
    other = {**ORGANISATION, "ura": "90000102"}
    cases: list[tuple[str, Task]] = [
        ("form_unreachable", world.form(url="https://127.0.0.1:1/form")),
        ("tls_untrusted", world.form(ca_path=None)),
        ("form_changed", world.form("changed")),
        ("form_captcha", world.form("captcha", organisation=other)),
        ("smtp_login_refused", world.document(smtp={"password": "fout"})),
        ("smtp_unreachable", world.document(smtp={"port": 1})),
        ("tls_untrusted", world.document(ca_path=None)),
        ("imap_login_refused", world.mailbox(imap={"access_token": None, "password": "fout"})),
        ("imap_unreachable", world.mailbox(imap={"port": 1})),
        ("tls_untrusted", world.mailbox(ca_path=None)),
        ("options_invalid", world.code()),
    ]
    results, shown = play([task for _code, task in cases])
    assert [result.get("error_code") for result in results] == [code for code, _task in cases]
    for result in results:
        assert result["failed"]
        assert not any(secret in result["msg"] for secret in (*PERSONAL, "fout"))
    assert not any(secret in shown for secret in PERSONAL)
    assert not world.site.posts()
    assert not world.smtp.received
    work_item = Path(results[3]["work_item_path"])
    assert "j.lindeman@delinde.example" in work_item.read_text(encoding="utf-8")
    assert stat.S_IMODE(work_item.stat().st_mode) == 0o600
    # Nothing is left half done: the right input may go through.
    with DossierStore.open(world.url, read_only=True) as store:
        assert store.submission(URA, "application_form") is None
        assert not [one for one in store.read(URA).submissions if one.state != "released"]
