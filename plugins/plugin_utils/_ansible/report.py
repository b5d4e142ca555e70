# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``onboarding_report``."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._report.board import Board
from ...module_utils._use_cases.write_board import BoardWritten, WriteBoard
from .action import Options, Result
from .opening import place_of


def command_of(options: Options) -> WriteBoard:
    return WriteBoard(place_of(options), Path(options["path"]), options["expiry_warning_days"])


def result_of(written: BoardWritten, *, diff_mode: bool) -> Result:
    """Only the CSV file is shown as a diff: it has the same content as the other two in the fewest lines."""
    changed = [one for one in written.files if one.changed]
    result: Result = {
        "changed": bool(changed),
        "summary": written.board["summary"],
        "organisations": _lines(written.board),
        **{f"{one.kind}_path": str(one.path) for one in written.files},
    }
    diffs = [
        {"before": _text(one.before), "after": _text(one.content), "after_header": str(one.path)}
        for one in changed
        if one.kind == "csv"
    ]
    if diff_mode and diffs:
        result["diff"] = diffs
    return result


def _lines(made: Board) -> list[Result]:
    """The data about each organisation for a playbook or the callback ``board``."""
    lines = []
    for one in made["organisations"]:
        turn: Result = next((step for step in one["steps"] if step["step"] == one["next"]), {})
        line = {key: turn.get(key, "") for key in ("label", "state", "since", "who", "who_label", "what")}
        lines.append({**{key: one[key] for key in ("ura", "name", "status")}, "step": one["next"], **line})
    return lines


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8-sig", "replace").replace("\r\n", "\n")
