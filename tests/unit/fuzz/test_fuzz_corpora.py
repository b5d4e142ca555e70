# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input that fuzzing kept, given to its reader again: a result or a ZorgidError, and never a costly one."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.tests.fuzz import rule
from ansible_collections.gbz.zorgid.tests.fuzz.places import CORPUS
from ansible_collections.gbz.zorgid.tests.fuzz.rule import RuleBrokenError, obey
from ansible_collections.gbz.zorgid.tests.fuzz.targets import TARGETS


@pytest.mark.heavy
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_kept_inputs_keep_the_rule(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert kept, "each target has a corpus"
    for path in kept:
        try:
            obey(TARGETS[name], path.read_bytes())
        except Exception as error:
            raise AssertionError(f"{name}/{path.name} breaks the rule") from error


def test_what_the_rule_forbids_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_data: bytes) -> None:
        raise KeyError("x")

    def unfit(_data: bytes) -> None:
        raise ZorgidError("x", "a sentence with \x1b in it")

    with pytest.raises(KeyError):
        obey(wrong, b"x")
    with pytest.raises(RuleBrokenError, match="in it"):
        obey(unfit, b"x")
    with monkeypatch.context() as patch:
        patch.setattr(rule, "SECONDS", -1.0)
        with pytest.raises(RuleBrokenError, match="seconds"):
            obey(len, b"x")
    peaks = iter([100_000, 100_000 + (rule.MEGABYTES + 1) * 1024])
    monkeypatch.setattr(rule, "_peak", lambda: next(peaks))
    with pytest.raises(RuleBrokenError, match="201 MB"):
        obey(len, b"x")
