# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Few calls for many signatures: fifty in each, and each answered by itself."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.keys import CHALLENGE_PREFIX
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.store import StorePlace, ToSign
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_store import WindowsStore


class Asked:
    """An action whose Windows host signs by turning the bytes round, and refuses one of them."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.task_vars: dict[str, Any] = {"inventory_hostname": "windows"}
        shell = SimpleNamespace(_IS_WINDOWS=True)
        self._connection = SimpleNamespace(
            _shell=shell, _play_context=SimpleNamespace(no_log=False, remote_addr="192.0.2.7")
        )
        self._task = SimpleNamespace(no_log=False)

    def _execute_module(self, module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        self.calls.append(module_args)
        refused = {"error_code": "key_inaccessible", "msg": "The private key cannot be used: Access is denied"}
        answers = [
            refused
            if item["thumbprint"] == "77"
            else {"signature": base64.b64encode(base64.b64decode(item["data"])[::-1]).decode(), "event_log": ""}
            for item in module_args["to_sign"]
        ]
        return {"changed": False, "signatures": answers}


def test_a_hundred_and_twenty_documents_are_three_calls() -> None:
    asked: Any = Asked()
    store = WindowsStore(asked, StorePlace())
    items = [ToSign(str(number), f"<SignedInfo {number}>".encode(), "SHA512", "pss") for number in range(119)]
    signed = store.sign([*items, ToSign("119", CHALLENGE_PREFIX + b"nonce")])
    assert [len(call["to_sign"]) for call in asked.calls] == [50, 50, 20]
    assert {call["operation"] for call in asked.calls} == {"sign"}
    assert len({call["run"] for call in asked.calls}) == 1
    assert asked.calls[0]["run"]
    refused = signed[77]
    assert isinstance(refused, ZorgidError)
    assert (refused.code, refused.message) == (
        "key_inaccessible",
        "The private key cannot be used: Access is denied",
    )
    assert [one for number, one in enumerate(signed) if number != 77] == [
        *(one.data[::-1] for number, one in enumerate(items) if number != 77),
        b"nonce"[::-1],
    ]
    first, last = asked.calls[0]["to_sign"][0], asked.calls[2]["to_sign"][-1]
    assert (first["purpose"], first["hash"], first["padding"]) == ("document", "SHA512", "pss")
    assert (last["purpose"], base64.b64decode(last["data"])) == ("possession", b"nonce")


def test_nothing_to_sign_is_no_call() -> None:
    asked: Any = Asked()
    assert WindowsStore(asked, StorePlace()).sign([]) == []
    assert asked.calls == []
