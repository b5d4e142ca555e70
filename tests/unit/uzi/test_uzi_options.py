# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user gives as thumbprint or time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_certificates import (
    FindCertificates,
    find_certificates,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import JudgeSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.key_source import KeySource
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.selection import check_thumbprint, nothing_fits
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.signer import WantedSigner, open_signer
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import key_source


@pytest.mark.parametrize("thumbprint", ["zz", "", "AB" * 19, "AB" * 21, "sha1: " + "AB" * 20])
def test_what_is_no_thumbprint_is_refused_before_anything_is_read(thumbprint: str) -> None:
    nothing: Any = None
    wanted = WantedSigner("90000101", None, KeySource(thumbprint=thumbprint), JudgeSettings())
    for look in (
        lambda: find_certificates(FindCertificates(thumbprint=thumbprint), nothing),
        lambda: open_signer(wanted, nothing, nothing),
    ):
        with pytest.raises(ZorgidError, match="40 hexadecimal digits") as caught:
            look()
        assert caught.value.code == "options_invalid"
        assert caught.value.found
        assert caught.value.action


def test_a_thumbprint_is_taken_as_programs_show_it() -> None:
    for one in ("ab" * 20, "AB" * 32, ":".join(["AB"] * 20), "\u200e" + " ".join(["ab"] * 20), None):
        check_thumbprint(one)


@pytest.mark.parametrize(("count", "words"), [(1, "Found: 1 other."), (2, "Found: 2 others.")])
def test_one_other_is_one_other(count: int, words: str) -> None:
    of = SimpleNamespace(ura="90000102", thumbprint="", thumbprint_sha1="", subject="", dns_names=())
    entries: Any = [SimpleNamespace(certificate=of)] * count
    assert words in str(nothing_fits(entries, thumbprint="ab" * 20))


@pytest.mark.parametrize("at", ["morgen", "24-11-2026"])
def test_a_time_that_is_none_says_all_it_has_to(at: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        key_source._moment(at)
    assert str(caught.value) == (
        f"at is not a time. Expected: ISO 8601, such as 2026-11-24T12:00:00Z. Found: `{at}`. "
        "What to do: correct at, or leave it out for now."
    )
