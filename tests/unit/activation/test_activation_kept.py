# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder with all that was written is gone: the dossier puts back what a later run needs, and nothing is sent."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import qr
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, Reply
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    PAYLOAD,
    URA,
    World,
    a_world,
    answer_mail,
    call,
)

KEY = base64.b64encode(bytes(range(1, 33))).decode()


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


def test_the_confirmation_is_put_back_and_no_form_is_sent(world: World) -> None:
    first = call(world.form(dossier_key=KEY))
    page, requests = Path(first["confirmation_path"]), len(world.site.received)
    content = page.read_bytes()
    assert not call(world.form(dossier_key=KEY)).get("changed")
    shutil.rmtree(page.parent)
    reported = call(world.form(dossier_key=KEY), check=True)
    assert (reported["status"], reported["changed"], page.exists()) == ("submitted", True, False)
    back = call(world.form(dossier_key=KEY))
    assert (back["status"], back["changed"], back["confirmation_path"]) == ("submitted", True, str(page))
    assert page.read_bytes() == content
    assert not call(world.form(dossier_key=KEY)).get("changed")
    assert len(world.site.received) == requests


def test_the_answer_that_nobody_understood_is_put_back(world: World) -> None:
    world.reply = Reply("<p>Een ogenblik geduld</p>")
    with pytest.raises(ZorgidError) as caught:
        call(world.form(dossier_key=KEY))
    answer = Path(caught.value.details["answer_path"])
    shutil.rmtree(answer.parent)
    with pytest.raises(ZorgidError) as caught:
        call(world.form(dossier_key=KEY))
    assert caught.value.code == "submission_uncertain"
    assert caught.value.details["answer_path"] == str(answer)
    assert b"Een ogenblik geduld" in answer.read_bytes()


def test_a_dossier_that_cannot_keep_the_answer_lets_nothing_be_sent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_arguments: object) -> None:
        raise ZorgidError("dossier_busy", "The dossier is held by another process")

    monkeypatch.setattr("ansible_collections.gbz.zorgid.plugins.module_utils._dossier.sealed.Sealed.keep", busy)
    world.reply = Reply("<p>Een ogenblik geduld</p>")
    with pytest.raises(ZorgidError) as caught:
        call(world.form(dossier_key=KEY))
    assert caught.value.code == "submission_uncertain"
    assert "held by another process" in str(caught.value.details["warnings"])
    with DossierStore.open(world.url, key=KEY) as store:
        known = store.submission(URA, "application_form")
    assert known is not None
    assert known.state == "sending"


def test_the_document_is_put_back_and_not_mailed_again(world: World) -> None:
    path = world.folder / "document.xml"
    assert call(world.document(dossier_key=KEY))["status"] == "sent"
    document = path.read_bytes()
    path.unlink()
    assert call(world.document(dossier_key=KEY), check=True)["changed"]
    assert not path.exists()
    back = call(world.document(dossier_key=KEY))
    assert (back["status"], back["changed"], path.read_bytes()) == ("sent", True, document)
    assert not call(world.document(dossier_key=KEY)).get("changed")
    assert len(world.smtp.received) == 1
    # What somebody put there counts: it is another document, and mailed.
    path.write_bytes(b"<Organisatiedocument>2</Organisatiedocument>")
    assert call(world.document(dossier_key=KEY))["changed"]
    assert len(world.smtp.received) == 2
    path.unlink()
    call(world.document(dossier_key=KEY))
    assert path.read_bytes() == b"<Organisatiedocument>2</Organisatiedocument>"
    assert len(world.smtp.received) == 2


def test_the_letter_is_put_back_without_the_mailbox(world: World) -> None:
    world.imap.deliver(answer_mail(1, "Activatie", picture=qr.render_png(PAYLOAD)))
    task = world.code(message_id="<v1@vzvz.example>", dossier_key=KEY)
    made = call(task)
    assert made["changed"]
    assert not call(task)["changed"]
    shutil.rmtree(world.folder / "handed")
    # Nobody answers there any more.
    away = world.code(message_id="<v1@vzvz.example>", dossier_key=KEY, imap={"port": 1})
    assert call(away, check=True)["changed"]
    assert not (world.folder / "handed").exists()
    assert call(away) == made
    assert qr.decode_image(Path(made["files"][0]).read_bytes()) == PAYLOAD
    assert not call(away)["changed"]
    assert not call(world.code(dossier_key=KEY, imap=None))["changed"]
    for file in world.folder.glob("dossier.sqlite3*"):
        assert PAYLOAD.encode() not in file.read_bytes()
    assert call(world.code(state="absent", dossier_key=KEY))["changed"]
    with pytest.raises(ZorgidError) as caught:
        call(world.code(dossier_key=KEY))
    assert caught.value.code == "secret_absent"
    with DossierStore.open(world.url, key=KEY) as store:
        assert store.sealed.versions(URA, "activation_qr") == []


def test_a_code_is_kept_sealed_until_it_is_handed_over(world: World) -> None:
    image = world.folder / "code.png"
    image.write_bytes(qr.render_png(PAYLOAD))
    kept = world.code(state="kept", image_path=str(image), dossier_key=KEY)
    assert call(kept, check=True)["changed"]
    assert call(kept)["changed"]
    assert not call(kept, check=True)["changed"]
    assert not call(kept)["changed"]
    image.unlink()
    out = world.code(dossier_key=KEY, imap=None)
    assert call(out, check=True)["changed"]
    assert qr.decode_image(Path(call(out)["files"][0]).read_bytes()) == PAYLOAD
    # The newer one counts.
    image.write_bytes(qr.render_png(PAYLOAD + "&nieuw=1"))
    assert call(kept)["changed"]
    assert qr.decode_image(Path(call(out)["files"][0]).read_bytes()) == PAYLOAD + "&nieuw=1"
    with pytest.raises(ZorgidError) as caught:
        call(world.code(state="kept", image_path=str(image)))
    assert caught.value.code == "options_invalid"
