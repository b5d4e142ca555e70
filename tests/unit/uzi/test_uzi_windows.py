# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Windows host answers is checked where it comes in."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import store_answers

KEY = {"state": "not_exportable", "reason": None, "provider": "KSP"}
ONE = {"thumbprint": "AB", "certificate": "AAEC", "friendly_name": None, "key": KEY}
RIGHT: dict[str, Any] = {"certificates": [ONE], "authorities": ["AwQF"]}
HOST = "The Windows host w1"


def wrong(call: Any) -> str:
    with pytest.raises(ZorgidError) as caught:
        call()
    assert caught.value.code == "windows_answer_unreadable"
    assert str(caught.value).startswith(HOST)
    return caught.value.message.rpartition(": ")[2]


def test_a_right_answer_is_read() -> None:
    (listed,), authorities = store_answers.certificates_of(HOST, RIGHT)
    assert (listed.der, listed.state, listed.provider, listed.reason) == (b"\0\1\2", "not_exportable", "KSP", "")
    assert authorities == [b"\3\4\5"]
    assert store_answers.pkcs12_of(HOST, {"pfx": "AAEC"}) == b"\0\1\2"
    reported = store_answers.signatures_of(
        HOST, {"signatures": [{"signature": "AAEC"}, {"error_code": "key_absent"}]}, 2
    )
    assert reported == [b"\0\1\2", {"error_code": "key_absent"}]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("certificates",), None, "certificates"),
        (("certificates",), "x", "certificates"),
        (("certificates",), [None] * 5001, "certificates"),
        (("certificates", 0), "x", "certificates[0]"),
        (("certificates", 0, "certificate"), 12, "certificates[0].certificate"),
        (("certificates", 0, "certificate"), "A-A_", "certificates[0].certificate"),
        (("certificates", 0, "certificate"), "A" * 1_000_001, "certificates[0].certificate"),
        (("certificates", 0, "thumbprint"), None, "certificates[0].thumbprint"),
        (("certificates", 0, "friendly_name"), {"a": 1}, "certificates[0].friendly_name"),
        (("certificates", 0, "key"), None, "certificates[0].key"),
        (("certificates", 0, "key", "state"), "perhaps", "certificates[0].key.state"),
        (("certificates", 0, "key", "provider"), 7, "certificates[0].key.provider"),
        (("authorities", 0), {}, "authorities[0]"),
    ],
)
def test_the_place_of_what_is_wrong_is_named(path: tuple[Any, ...], value: Any, place: str) -> None:
    answer = copy.deepcopy(RIGHT)
    inner: Any = answer
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert wrong(lambda: store_answers.certificates_of(HOST, answer)) == place


@pytest.mark.parametrize(
    ("signatures", "place"),
    [
        ([], "signatures"),
        ([{"signature": "AAEC"}, {"signature": "AAEC"}], "signatures"),
        (None, "signatures"),
    ],
)
def test_there_is_one_answer_for_each_thing_to_sign(signatures: Any, place: str) -> None:
    assert wrong(lambda: store_answers.signatures_of(HOST, {"signatures": signatures}, 1)) == place


def test_an_answer_that_is_none_is_one_items_trouble() -> None:
    reported = store_answers.signatures_of(HOST, {"signatures": ["AAEC", {"signature": 5}, {"signature": "AAEC"}]}, 3)
    assert reported[2] == b"\0\1\2"
    for one, place in zip(reported[:2], ("signatures[0]", "signatures[1].signature"), strict=True):
        assert isinstance(one, ZorgidError)
        assert one.code == "windows_answer_unreadable"
        assert one.message == f"{HOST} gave an answer that is not from the module uzi_store: {place}"


def test_an_export_without_a_pfx() -> None:
    assert wrong(lambda: store_answers.pkcs12_of(HOST, {})) == "pfx"
