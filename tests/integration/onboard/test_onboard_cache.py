# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The working folder is a cache: deleted between the passes, nothing is signed or sent anew."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox.state import received


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 1)
    yield made
    made.stop()


def sent(world: World) -> tuple[int, int]:
    """What the sandbox received: posted forms, and mails."""
    return len(received(world.state, "intake")), len(received(world.state, "smtp"))


def known(world: World, key: str) -> tuple[int, int]:
    """Rows of the journal, and how often a document was signed."""
    with DossierStore.open(world.url, key=key, read_only=True) as store:
        check = store.verify_journal()
        assert check.valid, check.message
        return check.rows, len(store.sealed.versions(world.uras[0], "organisation_document"))


@pytest.mark.slow
def test_a_deleted_folder_comes_back_without_a_second_effect(world: World) -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    given = world.folder / "key.json"
    given.write_text(json.dumps({"zorgid_onboarding_dossier_key": key}), encoding="utf-8")
    host, ura = f"org{world.uras[0]}", world.uras[0]
    document, handed = world.work / "documents" / f"{ura}.xml", world.work / "handed" / ura

    def play(*words: str) -> int:
        changed, failed = world.play("-e", f"@{given}", *words)[host]
        assert not failed, world.output()
        return changed

    def comes_back(*files: Path) -> None:
        """What was there is there again, byte for byte, and neither the sandbox nor the dossier noticed."""
        before, contents = (sent(world), known(world, key)), [file.read_bytes() for file in files]
        shutil.rmtree(world.work)
        assert play("--check") > 0
        assert not world.work.exists()
        play()
        assert [file.read_bytes() for file in files] == contents
        assert (sent(world), known(world, key)) == before
        assert play() == 0

    play()
    assert known(world, key)[1] == 1
    comes_back(document, handed / f"{ura}-application-confirmation.html")
    letter = handed / "activation-letter.html"
    for _ in range(4):
        world.people_act()
        play()
        if letter.exists():
            break
    comes_back(document, letter, handed / f"{ura}-follow_up-confirmation.html")
    world.people_act()
    play()
    # The code was used: nothing puts the letter back any more.
    assert not letter.exists()
    comes_back(document)
    assert not letter.exists()
    outcome = world.outcome()
    assert outcome["received_twice"] == []
    seen = outcome["organisations"][ura]
    assert (seen["applications"], seen["documents_accepted"], seen["follow_up_forms"]) == (1, 1, 1)


@pytest.mark.slow
def test_letters_of_employees_who_are_not_active_yet_come_back(world: World) -> None:
    host, ura = f"org{world.uras[0]}", world.uras[0]
    invitations = world.work / "handed" / ura / "invitations"

    def play(*words: str) -> int:
        changed, failed = world.play(*words)[host]
        assert not failed, world.output()
        return changed

    play()
    for _ in range(8):
        world.people_act()
        play()
        if invitations.exists():
            break
    before = {path.name: path.read_bytes() for path in invitations.iterdir()}
    assert sorted(before) == [f"{ura}-HR-{ura}-{number}.html" for number in (2, 3, 4)]
    play()
    assert play() == 0
    portal = world.outcome()["organisations"][ura]
    shutil.rmtree(world.work / "handed")
    assert play("--check") > 0
    assert not invitations.exists()
    # They are no change of the portal: a run without its effects gives them back too.
    play("--skip-tags", "employees")
    assert {path.name: path.read_bytes() for path in invitations.iterdir()} == before
    assert play() == 0
    assert world.outcome()["organisations"][ura] == portal
    # One alone as well; and the letter of somebody who needs none any more goes.
    (invitations / f"{ura}-HR-{ura}-3.html").unlink()
    (invitations / f"{ura}-HR-{ura}-9.html").write_text("of somebody who is active", encoding="utf-8")
    assert play() > 0
    assert {path.name: path.read_bytes() for path in invitations.iterdir()} == before
