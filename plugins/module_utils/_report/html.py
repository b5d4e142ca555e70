# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board as one HTML file that needs nothing else: no script, no font, no image from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby
from urllib.parse import quote

from .._common.libraries import needs
from . import texts
from .board import Board
from .dates import day

with needs("Jinja2>=3.1"):
    import jinja2


def render(board: Board) -> bytes:
    """The file's content. Everything in ``board`` is text: it is escaped, never rendered."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(day=day, mailto=_mailto)
    template = environment.from_string(files(__package__).joinpath("board.html.j2").read_text(encoding="utf-8"))
    groups = {status: list(found) for status, found in groupby(board["organisations"], lambda one: one["status"])}
    columns = list(texts.STEPS.values())
    parts = [(number, len(list(found))) for number, found in groupby(columns, lambda column: column[0])]
    return template.render(
        board=board, groups=groups, statuses=texts.STATUSES, states=texts.STATES, columns=columns, parts=parts
    ).encode("utf-8")


def _mailto(step: dict[str, str]) -> str:
    """Opens the reader's own mail program with the message; whom to send it to is not on the board."""
    body = step["text"].replace("\n", "\r\n")  # RFC 6068, 5
    return f"mailto:?subject={quote(step['subject'], safe='')}&body={quote(body, safe='')}"
