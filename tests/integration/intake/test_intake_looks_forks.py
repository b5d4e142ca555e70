# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations look in processes of their own, as Ansible forks; what they share is read once, over real sockets."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.mailbox import command_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import mailbox_look, smtp_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.tests.support.intake_looks import (
    CONFIRMED,
    mail,
    of_mailbox,
    of_smtp,
)
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import URA, World, a_world
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD

OTHER, THIRD, FOURTH = "90000102", "00000202", "90000104"
IMAP: dict[str, dict[str, Any]] = {
    FOURTH: {"access_token": None, "password": PASSWORD},
    THIRD: {"access_token": None, "password": "fout"},
}
SMTP = {THIRD: {"password": "fout"}}


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


def _looks(world: World, folder: Path, ura: str, reported: Any) -> None:
    shared = OncePerRun(folder)
    with DossierStore.open(world.url, read_only=True) as store:
        reading = command_of(of_mailbox(world, imap=IMAP.get(ura, {})))
        seen = mailbox_look.look(reading, ura=ura, store=store, shared=shared)
    login = smtp_look.look(of_smtp(world, smtp=SMTP.get(ura, {})), shared=shared)
    codes = [one.trouble.code if one.trouble else one.look.value for one in (seen.mailbox, login)]
    reported.put((ura, codes, [one.message_id for one in seen.answers], seen.channel))


def _all_look(world: World, folder: Path) -> dict[str, Any]:
    context = multiprocessing.get_context("fork")
    reported: Any = context.Queue()
    uras = (URA, OTHER, THIRD, FOURTH)
    forks = [context.Process(target=_looks, args=(world, folder, ura, reported)) for ura in uras]
    for one in forks:
        one.start()
    found = [reported.get(timeout=60) for _ in forks]
    for one in forks:
        one.join()
    return {ura: rest for ura, *rest in found}


def test_each_channel_is_read_once_and_one_refused_login_is_one_organisations(world: World, tmp_path: Path) -> None:
    with DossierStore.open(world.url) as store:
        for ura in (URA, OTHER, THIRD, FOURTH):
            store.register(ura, f"Organisatie {ura}")
    world.imap.deliver(*(mail(number, CONFIRMED, ura=ura) for number, ura in enumerate((URA, OTHER, THIRD, FOURTH))))
    found = _all_look(world, tmp_path / "first")
    good = {ura: [["good", "good"], [f"<v{number}@vzvz.example>"]] for number, ura in enumerate((URA, OTHER))}
    refused = [["imap_login_refused", "smtp_login_refused"], []]
    assert {ura: each[:2] for ura, each in found.items()} == {
        **good,
        THIRD: refused,
        FOURTH: [["good", "good"], ["<v3@vzvz.example>"]],
    }
    # Three credentials, two of them good: each of these reads every mail once.
    assert (world.imap.login.logins, world.imap.login.refused) == (3, 1)
    assert sorted(world.imap.fetched) == sorted([101, 102, 103, 104] * 2)
    assert (world.smtp.logins.count(True), world.smtp.received) == (1, [])
    with DossierStore.open(world.url) as store:
        channels = [each[2] for each in found.values()]
        mailbox_look.record(store, OncePerRun(tmp_path / "first"), channels, found)
        assert len([row for one in store.read_all() for row in one.observations]) == 4
    world.imap.fetched.clear()
    world.imap.heads.clear()
    second = _all_look(world, tmp_path / "second")
    assert (world.imap.fetched, world.imap.heads, world.imap.login.logins) == ([], [], 6)
    # Whoever is refused now has what the dossier knew.
    assert {ura: each[1] for ura, each in second.items()} == {
        ura: [f"<v{number}@vzvz.example>"] for number, ura in enumerate((URA, OTHER, THIRD, FOURTH))
    }
