# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's two forms as web pages: the application form, and the follow-up form behind a link that works once."""

from __future__ import annotations

from pathlib import Path

from .. import faults

__all__ = ["FAULTS", "clear_faults", "put_fault", "serve"]

# `form`: application | follow_up; `method`: GET | POST; both may be left out.
_WHERE = {"form": "", "method": ""}
FAULTS: faults.Kinds = {
    "status": {"code": 503, **_WHERE},  # answered with this status, not processed
    "reset": _WHERE,  # the connection breaks before anything is processed
    "lost_answer": {"form": ""},  # a post is processed, then the connection breaks
    "error_text": {"form": ""},  # a post is answered with 200 and a page that says it failed; not processed
    "slow": {"seconds": 2.0, **_WHERE},
}


def put_fault(state: Path, line: str) -> None:
    faults.put(state, "intake", FAULTS, line)


def clear_faults(state: Path) -> None:
    faults.clear(state, "intake")


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .web import listen  # starlette and uvicorn are needed by the service alone

    listen(state)
