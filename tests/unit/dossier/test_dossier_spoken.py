# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words through the actions dossier and dossier_info."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gbz.zorgid.plugins.action import dossier as action
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import dossier_info
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier import record
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA

NAME = "Sanne Zwaluwstaart"
KEY = "qLw0yWcX2t9vJ5mZr8uKdE1hNfBgT7sPxAo4iCe6RkY="


def reported(url, *, check=False, **given):
    spoken = {"attested_by": NAME, "attested_how": "by telephone"} if "word" in given else {}
    given = {"dossier_url": url, **spoken, **given}
    checked = ArgumentSpecValidator(
        action.ActionModule.SPEC.options, mutually_exclusive=action.ActionModule.SPEC.mutually_exclusive
    ).validate({key: value for key, value in given.items() if value is not None})
    assert not checked.error_messages, checked.error_messages
    return record(checked.validated_parameters, check_mode=check, diff_mode=True)


def info(url, **more):
    return dossier_info.info(
        {"dossier_url": url, "ura": URA, "full": False, "verify": True, "journal_only": False, **more}
    )["organisations"][0]


def test_a_word_is_taken_shown_without_the_name_and_taken_back(url):
    predicted = reported(url, ura=URA, word="withdrawn", check=True)
    done = reported(url, ura=URA, word="withdrawn", attested_at="2026-11-20")
    assert predicted["changed"] is done["changed"] is True
    assert NAME not in str((predicted, done, info(url)))
    shown = info(url)
    assert (shown["withdrawn"], shown["held"]) == (True, False)
    assert shown["words"][0] == {
        "word": "withdrawn",
        "subject": "",
        "by": "S*****************",
        "at": "2026-11-20T00:00:00+00:00",
        "how": "by telephone",
        "of_all": False,
    }
    assert not reported(url, ura=URA, word="withdrawn", attested_at="2026-11-20")["changed"]
    assert reported(url, ura=URA, word="undone", undoes="withdrawn")["changed"]
    assert not info(url)["withdrawn"]


def test_all_are_held_without_a_number(url):
    assert reported(url, word="hold") == {
        "changed": True,
        "diff": {
            "before_header": "the dossier",
            "after_header": "the dossier",
            "before": {},
            "after": {**info(url)["words"][0]},
        },
    }
    assert info(url)["held"]
    reported(url, word="go_on")
    assert not info(url)["held"]


def test_a_step_by_a_word_is_an_attestation_and_what_does_not_fit_is_a_warning(url):
    result = reported(url, ura=URA, word="done", step="application_submitted", evidence={"reference": "ZS-1"})
    assert (result["milestone"]["state"], result["milestone"]["evidence"]) == ("done", {"reference": "ZS-1"})
    assert "prepared, certificate_checked" in result["warnings"][0]
    assert not reported(url, ura=URA, step="application_submitted", attested_by=NAME, attested_how="by telephone")[
        "changed"
    ]
    assert reported(url, ura=URA, word="undone", step="application_submitted")["changed"]
    assert info(url)["steps"][2]["state"] == "open"


def test_an_external_id_is_shown_nowhere(url):
    result = reported(url, ura=URA, word="rehired", subject="p-1734", dossier_key=KEY)
    assert "p-1734" not in str((result, info(url), info(url, full=True)))
    assert reported(url, ura=URA, word="undone", undoes="rehired", subject="p-1734", dossier_key=KEY)["changed"]


@pytest.mark.parametrize(
    "given",
    [
        {"word": "withdrawn"},
        {"word": "withdrawn", "ura": URA, "attested_how": None},
        {"word": "withdrawn", "ura": URA, "step": "prepared"},
        {"word": "withdrawn", "ura": URA, "evidence": {"a": 1}},
        {"word": "withdrawn", "ura": URA, "undoes": "lost"},
        {"word": "done", "ura": URA},
        {"word": "undone", "ura": URA},
        {"word": "undone", "ura": URA, "step": "prepared", "undoes": "lost"},
        {"word": "done", "ura": URA, "step": "prepared", "subject": "x"},
        {"ura": URA, "step": "prepared", "state": "done", "subject": "x"},
        {"ura": URA, "step": "prepared", "attested_by": "x", "attested_how": "y", "evidence_at": "2026-11-20"},
    ],
)
def test_options_that_do_not_go_together(url, given):
    with pytest.raises(ZorgidError) as caught:
        reported(url, **given)
    assert caught.value.code == "options_invalid"


def test_a_rejection_with_its_moment_through_the_action(url):
    failed = {"step": "application_confirmed", "state": "failed", "error_code": "task_failed", "message": "No."}
    reported(url, ura=URA, word="done", step="application_confirmed", attested_at="2026-11-20T10:00:00Z")
    early = reported(url, ura=URA, evidence_at="2026-11-20T09:00:00+00:00", **failed)
    assert (early["changed"], "the statement is the later" in early["warnings"][0]) == (False, True)
    assert reported(url, ura=URA, evidence_at="2026-11-20T11:00:00+00:00", **failed)["milestone"]["state"] == "failed"
