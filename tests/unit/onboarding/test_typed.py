# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed in one line: whole sentences of -e, names of steps, whom it is about; the commands that are shown."""

from __future__ import annotations

import json
import shlex

import pytest
from ansible.parsing.splitter import parse_kv
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import chosen, typed
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.commands import VARIABLES, command, recording
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.step_names import named
from ansible_collections.gbz.zorgid.plugins.module_utils._report import texts

DONE = VARIABLES["done"]


def loaded(*options: str) -> dict[str, object]:
    """As Ansible reads them."""
    found: dict[str, object] = {}
    for one in options:
        found |= json.loads(one) if one.startswith("{") else parse_kv(one)
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["step=prepared", "how=by telephone"], {"step": "prepared", "how": "by telephone"}),
        (
            ["step=prepared how=by telephone at=2026-11-24"],
            {"step": "prepared", "how": "by telephone", "at": "2026-11-24"},
        ),
        (["how='by telephone'"], {"how": "by telephone"}),
        (["how=see a=b in the mail", "step=x"], {"how": "see a=b in the mail", "step": "x"}),
        (["how=one two zorgid_hosts=all ansible_user=x"], {"how": "one two"}),
        (['{"how": "by telephone", "undo": true}'], {"how": "by telephone", "undo": "True"}),
        (["how=first one", "how=second"], {"how": "second"}),
        (["step=Organisatiedocument verstuurd"], {"step": "Organisatiedocument verstuurd"}),
        (["how="], {}),
    ],
)
def test_what_a_person_typed_is_whole(options: list[str], expected: dict[str, str]) -> None:
    assert typed.texts(options, loaded(*options), DONE) == expected


def test_each_step_by_each_of_its_names() -> None:
    for step in STEPS:
        for name in (step, *texts.STEPS[step][1:]):
            for written in (name, name.upper(), name.replace(" ", "-"), f" {name.replace('_', ' ')} "):
                assert named(written) == step, written


def test_a_name_that_is_like_nothing_lists_them_all() -> None:
    with pytest.raises(ZorgidError, match="one of prepared, certificate_checked,") as caught:
        named("xyzzy")
    assert caught.value.code == "step_unknown"


def test_many_organisations_are_named_up_to_a_bound() -> None:
    hosts = [f"org{number:03}" for number in range(500)]
    with pytest.raises(ZorgidError) as caught:
        chosen.chosen(hosts, hosts, limit="", playbook="done", everyone=False)
    assert "500 are chosen" in str(caught.value)
    assert "org019 and 480 more" in str(caught.value)
    assert chosen.chosen(hosts, hosts, limit="", playbook="hold", everyone=True) == tuple(hosts)
    assert chosen.chosen(hosts, {"org007", "windows"}, limit="x", playbook="hold", everyone=False) == ("org007",)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("step=document_sent attested_by=x attested_how='A B'", "done -l h -e step=document_sent -e how='A B'"),
        ("word=undone step=document_sent attested_how=A", "done -l h -e step=document_sent -e undo=true -e how=A"),
        ("word=undone undoes=withdrawn attested_how=A", "done -l h -e step=withdrawn -e undo=true -e how=A"),
        ("word=undone undoes=lost subject=phone attested_how=A", "done -l h -e lost=phone -e undo=true -e how=A"),
        ("word=withdrawn attested_how=A", "done -l h -e step=withdrawn -e how=A"),
        ("word=lost subject=phone attested_at=T attested_how=A", "done -l h -e lost=phone -e at=T -e how=A"),
        ("word=go_on attested_by=x attested_how=A", "hold -l h -e go_on=true"),
        ("resolve=application_form arrived=X attested_by=x", "done -l h -e resolve=application_form -e arrived=X"),
    ],
)
def test_a_record_of_the_plan_as_a_short_command(record: str, expected: str) -> None:
    assert " ".join(recording(record, "h")) == f"ansible-playbook gbz.zorgid.{expected}"


@pytest.mark.parametrize("value", ["it's", 'a "b"', "{{ x }}", "back\\slash", "$(reboot)", "`x` y"])
def test_whatever_a_value_is_it_arrives_as_it_was(value: str) -> None:
    words = shlex.split(" ".join(command("done", "h", {"how": value})))
    options = [words[place + 1] for place, one in enumerate(words) if one == "-e"]
    assert typed.texts(options, loaded(*options), DONE) == {"how": value}
