# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role in production: a mail that nothing proves moves no step, a person's word does.

There is no certificate here, which fails the host and holds the mailbox back in nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import (
    SENDER,
    URA,
    World,
    a_world,
    answer_mail,
)
from ansible_collections.gbz.zorgid.tests.support.mail_servers import TOKEN, USER

STEPS = ("application_confirmed", "follow_up_submitted", "activation_qr_received")


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


def play(world: World, tags: str, **more: Any) -> str:
    imap = {"host": "127.0.0.1", "port": world.imap.port, "username": USER, "access_token": TOKEN}
    variables = {
        "environment": "production",
        "organisation": ORGANISATION,
        "work_dir": str(world.folder / "work"),
        "dossier_url": world.url,
        "imap": imap,
        "allowed_senders": [SENDER],
        "allowed_link_hosts": ["forms.vzvz.example"],
        "ca_path": str(world.pki.ca_path),
        **more,
    }
    book = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "roles": [{"role": "gbz.zorgid.zorgid_onboarding"}],
        "vars": {f"zorgid_onboarding_{name}": value for name, value in variables.items()},
    }
    path = world.folder / "role.yml"
    path.write_text(yaml.safe_dump([book]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "--tags", tags, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )
    assert done.returncode == 2, done.stdout + done.stderr
    # In the table and nowhere else.
    assert done.stdout.count("windows_host_needed") == 1
    return done.stdout


def sent_before(world: World) -> None:
    with DossierStore.open(world.url, environment="production") as store:
        for step in ("application_submitted", "document_signed"):
            store.set_milestone(URA, step, "done")
        store.set_milestone(URA, "document_sent", "done", evidence={"sent_at": "2026-11-24T09:00:00+00:00"})


def reported(world: World, step: str) -> tuple[str, str | None]:
    with DossierStore.open(world.url, read_only=True) as store:
        milestone = store.read(URA).milestones[step]
    return milestone.state, milestone.who


@pytest.mark.slow
def test_a_person_confirms_what_nothing_proves(world: World) -> None:
    sent_before(world)
    world.imap.deliver(
        answer_mail(1, "[EXTERN] Bevestiging organisatiedocument ZORG-ID Mobiel"),
        answer_mail(2, "Vervolgformulier ZORG-ID Smart", "https://forms.vzvz.example/v?t=S3CR3T"),
        answer_mail(3, "Activatie ZORG-ID Smart"),
        answer_mail(4, "Nieuwsbrief"),
    )
    for step in STEPS:
        shown = play(world, "mailbox,follow_up,activation")
        assert reported(world, step) == ("waiting", "provider")
        assert f"step={step} " in shown
        assert "sender_not_proven" in shown
        # Until a person says how it stands; whoever does has read what came before.
        assert ("not_recognised" in shown) is (step == STEPS[0])
        assert "S3CR3T" not in shown
        with DossierStore.open(world.url, environment="production") as store:
            store.attest(URA, step, by="provider", at=None, how="asked VZVZ by telephone")
    assert "changed=0 " not in play(world, "mailbox,follow_up,activation")
    assert "changed=0 " in play(world, "mailbox,follow_up,activation")
    assert reported(world, "identity_activated") == ("waiting", "portal_administrator")


def test_a_proven_mail_needs_nobody(world: World) -> None:
    sent_before(world)
    results = b"Authentication-Results: mx.gbz.example; dmarc=pass header.from=vzvz.example\r\n"
    world.imap.deliver(results + answer_mail(1, "Akkoord: document").replace(b"URA-nummer: ", b"abonnee "))
    shown = play(
        world,
        "mailbox",
        authentication="authentication_results",
        authentication_server="mx.gbz.example",
        texts={"document_confirmed": "Akkoord", "ura": "abonnee ([0-9]+)"},
    )
    assert reported(world, "application_confirmed") == ("done", None)
    assert "sender_not_proven" not in shown
