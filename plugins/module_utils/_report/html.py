# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board as one self-contained HTML file: no scripts, fonts or images from elsewhere."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import quote

from .._common.html_page import render_page
from .._dossier.model import REASON
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
        without_reason=_without_reason,
    )


def _mailto(step: dict[str, str]) -> str:
    """A mailto link that opens the reader's mail program with the message; the board has no addresses."""
    body = step["text"].replace("\n", "\r\n")  # RFC 6068, 5
    return f"mailto:?subject={quote(step['subject'], safe='')}&body={quote(body, safe='')}"


def _without_reason(step: dict[str, str]) -> str:
    """The message without VZVZ's own text, which is shown separately."""
    return step["message"].partition(REASON)[0].rstrip()
