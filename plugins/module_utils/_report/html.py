# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board as one HTML file that needs nothing else: no script, no font, no image from elsewhere."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import quote

from .._common.html_page import render_page
from . import texts
from .board import Board
from .dates import day


def render(board: Board) -> bytes:
    """The file's content. Everything in ``board`` is text: it is escaped, never rendered."""
    groups = {status: list(found) for status, found in groupby(board["organisations"], lambda one: one["status"])}
    columns = list(texts.STEPS.values())
    parts = [(number, len(list(found))) for number, found in groupby(columns, lambda column: column[0])]
    return render_page(
        __package__,
        "board.html.j2",
        board=board,
        groups=groups,
        statuses=texts.STATUSES,
        states=texts.STATES,
        columns=columns,
        parts=parts,
        day=day,
        mailto=_mailto,
    )


def _mailto(step: dict[str, str]) -> str:
    """Opens the reader's own mail program with the message; whom to send it to is not on the board."""
    body = step["text"].replace("\n", "\r\n")  # RFC 6068, 5
    return f"mailto:?subject={quote(step['subject'], safe='')}&body={quote(body, safe='')}"
