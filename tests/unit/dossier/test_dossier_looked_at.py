# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person looked at a mail and it needs nothing: kept with who and when, and told no more until somebody undoes it."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.closing import closed
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier_info import info
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe

OTHER = "90000102"
UNKNOWN = {"kind": "unknown", "problem": "not_recognised", "reference": None}
WHO = {"by": "technical_administrator", "how": "an advertisement"}
OPTIONS = {"dossier_key": None, "dossier_tenant": None, "dossier_head_path": None, "environment": None}


def reported(url):
    """Codes of what dossier_info asks a person to look at: nobody's, and by organisation."""
    options = {"dossier_url": url, "ura": None, "full": False, "journal_only": False, "verify": True, **OPTIONS}
    found = info(options)
    codes = {one["ura"]: [each["code"] for each in one["to_look_at"]] for one in found["organisations"]}
    return [one["code"] for one in found["to_look_at"]], codes


@pytest.fixture
def mails(store):
    """One that is nobody's, two of one organisation, one of another."""
    now = a_mail().received_at
    rows = [
        a_mail(None, 1, message_id="<nobody@x>", received_at=now, **UNKNOWN),
        a_mail(URA, 2, message_id="<mine@x>", **UNKNOWN),
        a_mail(URA, 3, message_id="<too@x>", **UNKNOWN),
        a_mail(OTHER, 4, message_id="<other@x>", **UNKNOWN),
    ]
    observe(store, *rows)
    return rows


@pytest.mark.parametrize("asked", ["", URA])
def test_a_mail_of_nobody(store, url, mails, asked):
    nobodys, *_others = mails
    change = store.words.say(asked, "looked_at", subject=nobodys.code, **WHO)
    assert (change.changed, change.warnings) == (True, ())
    assert reported(url)[0] == []
    assert not store.words.say(asked, "looked_at", subject=nobodys.code, **WHO).changed
    (word,) = store.words.of("")
    assert (word.word, word.subject, word.by, word.how) == ("looked_at", nobodys.code, WHO["by"], WHO["how"])
    # Whoever undoes it need not know for whom it was said.
    assert store.words.say(URA, "undone", subject=f"looked_at:{nobodys.code}", **WHO).changed
    assert reported(url)[0] == [nobodys.code]
    assert store.words.say("", "looked_at", subject=nobodys.code, by="desk", how="again").changed
    assert reported(url)[0] == []
    assert store.verify_journal().valid


def test_a_mail_of_an_organisation(store, url, mails):
    _nobodys, mine, too, other = mails
    assert reported(url)[1] == {URA: [mine.code, too.code], OTHER: [other.code]}
    assert store.words.say(URA, "looked_at", subject=mine.code, **WHO).changed
    assert reported(url)[1] == {URA: [too.code], OTHER: [other.code]}
    # It stays the same mail when it is moved, or read otherwise.
    observe(store, a_mail(URA, 9, message_id="<mine@x>", uidvalidity=8, **{**UNKNOWN, "problem": "too_large"}))
    assert reported(url)[1][URA] == [too.code]


def test_one_that_the_dossier_does_not_know_yet_is_taken_with_a_warning(store, url):
    mail = a_mail(None, 1, message_id="<nobody@x>", **UNKNOWN)
    change = store.words.say(URA, "looked_at", subject=mail.code, **WHO)
    assert change.changed
    assert mail.code in change.warnings[0]
    observe(store, mail)
    assert reported(url)[0] == []


def test_what_was_understood_is_not_closed_by_it(store):
    mail = a_mail(URA, 1, message_id="<mine@x>", **UNKNOWN)
    observe(store, mail)
    store.words.say(URA, "looked_at", subject=mail.code, **WHO)
    (row,) = store.read(URA).observations
    assert closed(store.read(URA), row)
    assert not closed(store.read(URA), a_mail(URA, 2, message_id="<another@x>"))


@pytest.mark.parametrize("subject", ["", "<nobody@x>", "0" * 15, "G" * 16, "0" * 16 + "\n"])
@pytest.mark.parametrize("undo", [False, True])
def test_a_code_that_is_none(store, subject, undo):
    with pytest.raises(ZorgidError) as caught:
        store.words.say(
            URA, "undone" if undo else "looked_at", subject=f"looked_at:{subject}" if undo else subject, **WHO
        )
    assert caught.value.code == "word_invalid"


def test_a_code_holds_nothing_that_a_shell_would_understand(url):
    mail = a_mail(None, 1, message_id="<$(reboot)'\"`@x>")
    assert mail.code.isalnum()
    with DossierStore.open(url) as store:
        observe(store, mail)
        (row,) = store.observations.of_nobody()
    assert row.code == mail.code
