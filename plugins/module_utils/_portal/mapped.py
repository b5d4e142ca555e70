# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired accounts of a list as its HR system writes it, read with its mapping. Errors: those of ``desired``."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from .._lists.mapping import ListMapping
from .._lists.read_list import read_list
from .._lists.understood import Wrong
from .account_fields import checked
from .model import IDENTIFICATION, Account
from .source import Source

_RETYPE = "correct the cell in the HR system or in Excel"


def read_mapped(
    path: str | Path,
    mapping: ListMapping,
    today: date,
    *,
    administrators: bool = False,
    roots: Sequence[Path] = (),
) -> Source:
    """Accounts of a list as its HR system writes it (``read_list``), each with two fields that only such a list has:
    ``former_ids`` (older numbers of the same person) and ``shared_mailbox`` (another person of the list has the same
    mail address, so no personal letter may go there)."""
    understood = read_list(path, mapping, today, roots=roots)
    accounts: list[Account] = []
    wrong: list[Wrong] = []
    for listed in understood.accounts:
        row: dict[str, Any] = {name: value for name, value in listed.fields.items() if name not in IDENTIFICATION}
        record = {name: listed.fields[name] for name in IDENTIFICATION if name in listed.fields}
        account, mistakes = checked({**row, "identification": record} if record else row, administrators)
        if listed.former_ids:
            account["former_ids"] = list(listed.former_ids)
        if listed.shared_mailbox:
            account["shared_mailbox"] = True
        accounts.append(account)
        wrong += [
            Wrong(listed.rows[0], "", f"{what} (expected: {expected})", _RETYPE)
            for _name, what, expected, _found in mistakes
        ]
    replace(understood, wrong=(*understood.wrong, *wrong)).refuse_mistakes()
    skipped = {one.reason: one.count for one in understood.left_out}
    read = {"file": understood.file, **understood.form, "accounts": len(accounts), "skipped": skipped}
    if understood.waiting:
        read["starts_on"] = [{"row": one.rows[0], "starts_on": one.starts_on} for one in understood.waiting]
    rows = array("L", (listed.rows[0] for listed in understood.accounts))
    return Source(accounts, read, list(understood.notes), rows, understood)
