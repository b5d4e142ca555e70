# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status board: read from the dossier, written where somebody looks at it."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.files import write_atomic
from ...module_utils._common.trouble import in_words
from ...module_utils._report import csv, html
from ...module_utils._report.board import Board, board
from .action import Options, Result
from .opening import open_dossier


def write_board(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """The action ``onboarding_report``: a file is written only when its content changes."""
    with open_dossier(options, read_only=True) as store:
        dossiers, journal = store.read_checked()
        looked_at = store.words.looked_at()
        nobodys = [one for one in store.observations.of_nobody() if one.code not in looked_at]
    made = board(
        dossiers,
        now=datetime.datetime.now(datetime.UTC),
        journal_problem="" if journal.valid else journal.message,
        expiry_warning_days=options["expiry_warning_days"],
        nobodys=nobodys,
    )
    folder = Path(options["path"])
    contents = {
        "html": html.render(made),
        "csv": csv.render(made),
        "json": (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
    }
    result: Result = {"changed": False, "summary": made["summary"], "organisations": _lines(made)}
    diffs = []
    for kind, content in contents.items():
        path = folder / f"onboarding.{kind}"
        result[f"{kind}_path"] = str(path)
        try:
            before = path.read_bytes() if path.exists() else None
            if before == content:
                continue
            result["changed"] = True
            if kind == "csv":
                diffs.append({"before": _text(before), "after": _text(content), "after_header": str(path)})
            if not check_mode:
                # Whoever may read the board, for example a web server, may go on reading it.
                mode = 0o600 if before is None else stat.S_IMODE(path.stat().st_mode)
                write_atomic(path, content, mode=mode)
        except OSError as error:
            raise ZorgidError(
                "board_not_written",
                f"The board {path} cannot be written",
                expected="a folder on the controller in which this user may write",
                found=in_words(error),
                action="correct path, or the rights of the folder",
            ) from error
    if diff_mode and diffs:
        result["diff"] = diffs
    return result


def _lines(made: Board) -> list[Result]:
    """What a playbook or the callback ``board`` says about each organisation."""
    lines = []
    for one in made["organisations"]:
        turn: Result = next((step for step in one["steps"] if step["step"] == one["next"]), {})
        line = {key: turn.get(key, "") for key in ("label", "state", "since", "who", "who_label", "what")}
        lines.append({**{key: one[key] for key in ("ura", "name", "status")}, "step": one["next"], **line})
    return lines


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8-sig", "replace").replace("\r\n", "\n")
