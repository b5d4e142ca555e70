# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down before a click, in a real dossier: what each kind of interruption leaves behind."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import submissions
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_journal import (
    ACCOUNT,
    PortalJournal,
    said_not_made,
)
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY

URA = "90000101"
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/dossier.sqlite3"


def opened(url, *, read_only=False, key=KEY):
    return DossierStore.open(url, environment="test", tenant="t", key=key, read_only=read_only)


@pytest.fixture
def store(url):
    with opened(url) as store:
        yield store


@pytest.fixture
def journal(store):
    return PortalJournal(store, URA)


def killed_after(url, work):
    """Another process does this, and is killed."""

    def child():
        with opened(url) as store:
            work(PortalJournal(store, URA))
            os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def code(work):
    with pytest.raises(ZorgidError) as caught:
        work()
    return caught.value.code


def test_a_change_that_a_reading_shows_is_proven_with_its_evidence(journal, store):
    account = journal.keyed("HR-1")
    journal.intended(account, "register")
    assert journal.unproven() == {account: "register"}
    journal.proven({account: {"sign": "done", "request": "abc"}})
    assert journal.unproven() == {}
    (row,) = [one for one in store.read(URA).submissions if one.kind == ACCOUNT]
    assert (row.state, row.evidence) == ("done", {"change": "register", "sign": "done", "request": "abc"})


def test_the_same_change_can_be_made_again_a_year_later(journal, store):
    account = journal.keyed("HR-1")
    for _round in range(3):
        journal.intended(account, "block")
        journal.proven({account: {}})
    assert [one.state for one in store.read(URA).submissions if one.kind == ACCOUNT] == ["done"] * 3


def test_a_change_that_was_refused_can_be_made_again(journal):
    account = journal.keyed("HR-1")
    journal.intended(account, "block")
    journal.not_made(account)
    assert journal.unproven() == {}
    journal.intended(account, "block")


def test_nothing_is_intended_for_an_account_with_an_unproven_change(journal, url):
    account = journal.keyed("HR-1")
    killed_after(url, lambda theirs: theirs.intended(account, "register"))
    assert journal.unproven() == {account: "register"}
    assert code(lambda: journal.intended(account, "block")) == "account_unproven"
    assert code(lambda: journal.intended(account, "register")) == "account_unproven"


def test_the_same_click_is_refused_even_if_nobody_asked_what_is_unproven(url):
    with opened(url) as store:
        account = PortalJournal(store, URA).keyed("HR-1")
    killed_after(url, lambda theirs: theirs.intended(account, "register"))
    with opened(url) as store:
        assert code(lambda: PortalJournal(store, URA).intended(account, "register")) == "account_unproven"


def test_a_process_that_was_killed_before_it_meant_to_send_has_sent_nothing(journal, store, url, monkeypatch):
    account = journal.keyed("HR-1")
    with monkeypatch.context() as patched:
        patched.setattr(submissions, "mark_sending", lambda *_given: os.kill(os.getpid(), signal.SIGKILL))
        killed_after(url, lambda theirs: theirs.intended(account, "register"))
    assert [one for one in store.read(URA).submissions if one.kind == ACCOUNT] == []
    assert journal.unproven() == {}
    journal.intended(account, "register")


def test_many_changes_are_proven_at_once_whichever_run_made_them(journal, store, url):
    accounts = [journal.keyed(f"HR-{number}") for number in range(4)]
    killed_after(url, lambda theirs: theirs.intended(accounts[0], "register"))
    for account in accounts[1:]:
        journal.intended(account, "block")
    journal.proven({account: {"sign": str(at)} for at, account in enumerate(accounts[:3])})
    assert journal.unproven() == {accounts[3]: "block"}
    evidence = [one.evidence for one in store.read(URA).submissions if one.kind == ACCOUNT and one.state == "done"]
    assert evidence == [{"change": "register" if at == 0 else "block", "sign": str(at)} for at in range(3)]


def test_a_person_says_that_it_was_not_made(journal, store, url):
    account, other = journal.keyed("HR-1"), journal.keyed("HR-2")
    killed_after(url, lambda theirs: (theirs.intended(account, "register"), theirs.intended(other, "block")))
    assert said_not_made(store, URA, "HR-1", by="J. Bos").changed
    assert journal.unproven() == {other: "block"}
    journal.intended(account, "register")
    assert code(lambda: said_not_made(store, URA, "HR-3", by="J. Bos")) == "submission_unknown"
    journal.proven({other: {}})
    with pytest.raises(ZorgidError, match="a reading of the portal has shown that the change") as caught:
        said_not_made(store, URA, "HR-2", by="J. Bos")
    assert caught.value.code == "submission_not_uncertain"


def test_one_run_at_a_time_for_each_organisation(journal, url):
    ready, done = FORK.Event(), FORK.Event()

    def child():
        with opened(url) as store, PortalJournal(store, URA).lock():
            ready.set()
            done.wait(20)

    with journal.lock():
        pass
    process = FORK.Process(target=child)
    process.start()
    assert ready.wait(20)
    with opened(url) as store:
        assert code(lambda: PortalJournal(store, URA).lock().__enter__()) == "portal_session_elsewhere"
        with PortalJournal(store, "90000202").lock():
            pass
    done.set()
    process.join()
    with journal.lock():
        pass


def test_the_lock_of_a_killed_run_is_free(journal, url):
    killed_after(url, lambda theirs: theirs.lock().__enter__())
    with journal.lock():
        pass


def test_a_dossier_that_is_only_read_is_not_written(journal, store, url):
    account = journal.keyed("HR-1")
    journal.intended(account, "register")
    with opened(url, read_only=True) as reading:
        theirs = PortalJournal(reading, URA)
        with theirs.lock():
            assert theirs.unproven() == {account: "register"}
            theirs.proven({account: {}})
    assert journal.unproven() == {account: "register"}


def test_it_is_on_the_disk_before_the_click(store):
    with store._database.writing() as (connection, _at):
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_without_a_key_there_is_no_journal(tmp_path):
    with opened(f"sqlite:///{tmp_path}/plain.sqlite3", key=None) as store:
        assert code(lambda: PortalJournal(store, URA).keyed("HR-1")) == "dossier_key_missing"
