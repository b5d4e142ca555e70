# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of the action dossier to the one thing that it does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gbz.zorgid.plugins.action import dossier as action
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.dossier_entries import (
    Erase,
    Note,
    RecordEntries,
    RecordStep,
    Resolve,
    Say,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.leave_dossier import LeaveDossier
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.whole_dossier import Adopt, ChangeKey, Migrate
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier import Command, command_of
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA

PLACE = DossierPlace("sqlite:////d.sqlite3", environment="test")
HOW = {"attested_by": "portal_operator", "attested_how": "by telephone"}
SPOKEN = {"by": "portal_operator", "how": "by telephone"}


def command(**given: Any) -> Command:
    checked = ArgumentSpecValidator(action.ActionModule.SPEC.options).validate(
        {"dossier_url": PLACE.url, "environment": "test", **given}
    )
    assert not checked.error_messages, checked.error_messages
    return command_of(checked.validated_parameters)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"migrate": True}, Migrate(PLACE)),
        ({"adopt": True, "attested_by": "me"}, Adopt(PLACE, "me")),
        ({"new_dossier_key": "k"}, ChangeKey(PLACE, "k")),
        ({"new_dossier_key": "k", "key_lost": True, "attested_by": "me"}, ChangeKey(PLACE, "k", True, "me")),
        ({"ura": URA, "leave": "/a/file", "attested_by": "me"}, LeaveDossier(PLACE, URA, "/a/file", "me")),
    ],
)
def test_what_is_about_the_whole(given: dict[str, Any], wanted: Command) -> None:
    assert command(**given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            {"step": "prepared", "state": "waiting", "who": "vzvz", "what": "look", "evidence": {"a": 1}},
            RecordStep(URA, "prepared", "waiting", who="vzvz", what="look", evidence={"a": 1}),
        ),
        ({"step": "prepared", **HOW}, Say(URA, "done", step="prepared", **SPOKEN)),
        ({"word": "undone", "step": "prepared", **HOW}, Say(URA, "undone", step="prepared", **SPOKEN)),
        (
            {"word": "undone", "undoes": "rehired", "subject": "p-1", **HOW},
            Say(URA, "undone", undoes="rehired", subject="p-1", **SPOKEN),
        ),
        ({"resolve": "application_form", "arrived": False}, Resolve(URA, "application_form", False, "a person")),
        ({"erase": "Jansen", "attested_by": "me"}, Erase(URA, "Jansen", "me")),
        ({"note": "left"}, Note(URA, "left", "a person")),
    ],
)
def test_one_entry_for_one_organisation(given: dict[str, Any], wanted: Any) -> None:
    assert command(ura=URA, **given) == RecordEntries(PLACE, (wanted,))


def test_a_word_without_a_number_is_about_all() -> None:
    assert command(word="hold", **HOW) == RecordEntries(PLACE, (Say("", "hold", **SPOKEN),))


@pytest.mark.parametrize(
    ("word", "subject"),
    [
        (Say(URA, "done", "me", "how", step="prepared"), "prepared"),
        (Say(URA, "undone", "me", "how", step="prepared"), "prepared"),
        (Say(URA, "undone", "me", "how", undoes="moved", subject="x"), "moved:x"),
        (Say(URA, "undone", "me", "how", undoes="withdrawn"), "withdrawn"),
        (Say(URA, "moved", "me", "how", subject="x"), "x"),
    ],
)
def test_the_subject_that_a_word_is_kept_with(word: Say, subject: str) -> None:
    assert word.kept_subject == subject


def test_no_command_shows_a_secret() -> None:
    reported = [
        command(new_dossier_key="S3CRET"),
        command(ura=URA, erase="S3CRET", attested_by="me", dossier_key="S3CRET"),
        command(ura=URA, word="rehired", subject="S3CRET", **HOW),
    ]
    assert "S3CRET" not in repr(reported)
