# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments and their one spelling."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common import moments

AT = datetime.datetime(2026, 11, 24, 10, 15, 7, 999999, datetime.UTC)


def test_a_moment_is_spelled_in_utc_and_whole_seconds() -> None:
    amsterdam = AT.astimezone(datetime.timezone(datetime.timedelta(hours=1)))
    assert moments.iso(AT) == moments.iso(amsterdam) == "2026-11-24T10:15:07+00:00"


def test_what_was_spelled_is_read_again() -> None:
    assert moments.parse(moments.iso(AT)) == AT.replace(microsecond=0)
    assert moments.parse("2026-11-24T11:15:07.999999+01:00") == moments.parse("2026-11-24T10:15:07.999999Z") == AT


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-13-01T00:00:00Z", "2026-11-24", "2026-11-24T10:15:07"])
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert moments.parse(text) is None


def test_a_text_without_a_zone_gets_the_one_that_is_said() -> None:
    found = moments.parse("2026-11-24T10:15:07.999999", zone=datetime.UTC)
    assert found == AT
    assert found.tzinfo is datetime.UTC
    assert moments.parse("yesterday", zone=datetime.UTC) is None


def test_now_is_aware() -> None:
    assert moments.now().utcoffset() == datetime.timedelta(0)


def test_what_a_dossier_wrote_is_in_utc_and_never_nothing() -> None:
    assert moments.stored("2026-11-24T10:15:07.999999") == moments.stored("2026-11-24T11:15:07.999999+01:00") == AT
    for text in ("", "yesterday"):
        with pytest.raises(ValueError, match="no moment"):
            moments.stored(text)
