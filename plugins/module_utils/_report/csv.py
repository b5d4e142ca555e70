# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board as CSV, one line per organisation, the way a Dutch Excel opens it: UTF-8 with BOM, semicolons."""

from __future__ import annotations

import csv
import io

from .._common.csv_cells import protected
from . import texts
from .board import Board
from .dates import day

HEADER = ["URA-nummer", "Zorgaanbieder", "Status", "Volgende stap", "Toestand", "Wie", "Sinds", "Wat", "Kenmerk"]


def render(board: Board) -> bytes:
    """The file's content."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [*HEADER, "Certificaat", "Mail om te bekijken", *(label for _number, label, _column in texts.STEPS.values())]
    )
    for one in board["organisations"]:
        turn = next((step for step in one["steps"] if step["step"] == one["next"]), None)
        row = [
            one["ura"],
            one["name"],
            one["status_label"],
            turn["label"] if turn else "",
            one["status_label"]
            if one["status"] == "withdrawn"
            else turn["state_label"]
            if turn
            else texts.STATES["done"],
            turn["who_label"] if turn else "",
            day(turn["since"]) if turn else "",
            " ".join(filter(None, (one["stopped"], turn["what"] if turn else ""))),
            one["reference"],
            " ".join(warning["message"] for warning in one["warnings"]),
            " ".join(f"{line['count']}× {line['what']}" for line in one["mail"]),
            *(f"{step['state_label']} {day(step['since'])}".strip() for step in one["steps"]),
        ]
        writer.writerow([protected(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")
