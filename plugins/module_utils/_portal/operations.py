# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change as a SCIM request, and what its answer means."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from .._common.errors import ZorgidError
from .._common.text import printable
from .model import CREATED, LINKED, Change

DONE, REFUSED, AGAIN, UNSENT = "done", "refused", "again", "unsent"
#: codes of outcomes after which nobody knows what the portal did
UNCERTAIN = frozenset({"portal_answer_lost", "portal_answer_unreadable", "portal_left_out"})
_MOST_SAID = 1000
_PERSONAL = frozenset({"first_name", "last_name", "date_of_birth", "email", "uzi_number"})


class Outcome(NamedTuple):
    """state: done, refused (repeating is useless), again (look at the portal, then plan again) or unsent (the same, and
    it certainly was not done)."""

    state: str
    status: str
    message: str = ""
    code: str = ""


class Operation(NamedTuple):
    change: Change
    method: str
    path: str
    body: bytes
    version: str | None

    def in_bulk(self, number: int) -> bytes:
        version = f',"version":{json.dumps(self.version)}' if self.version else ""
        head = f'{{"method":"{self.method}","path":"{self.path}","bulkId":"{number}"{version},"data":'
        return head.encode() + self.body + b"}"


def encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def stopped(error: ZorgidError) -> Outcome:
    return Outcome(REFUSED, "failed", f"Not done: {error}", error.code)


@cache
def _done(status: str) -> Outcome:
    """One for all: at 100,000 accounts nine megabytes."""
    return Outcome(DONE, status)


def outcome_of(operation: Operation, status: int, said: str) -> Outcome:
    """said: the portal's own words."""
    planned = operation.change.status
    if 200 <= status < 300:
        return _done(LINKED if planned == CREATED and status == 200 else planned)
    said = _impersonal(operation.change, said) if said else ""
    what = f"The portal answered {status}" + (", a redirect, which is not followed" if 300 <= status < 400 else "")
    message = what + (f": {said}" if said else "")
    # 400 and 403 stay what they are; everything else may be our own lost request, another's change or a bad moment.
    return Outcome(REFUSED if status in (400, 403, 405) else AGAIN, planned, message, f"portal_status_{status}")


def _impersonal(change: Change, said: str) -> str:
    """The portal's words without what they repeat of the person: they come into results, dossier and board."""
    if len(said) > _MOST_SAID:  # whole words only: a part of a name would not be found
        said = said[:_MOST_SAID].rpartition(" ")[0]
    known = [
        account[name] for account in (change.desired, change.actual) if account for name in _PERSONAL & set(account)
    ]
    # User names are made of parts of names.
    words = {word for text in known for word in [str(text or ""), *re.findall(r"\w{3,}", str(text or ""))] if word}
    for word in sorted(words, key=len, reverse=True):
        said = re.sub(re.escape(word), "…", said, flags=re.IGNORECASE)
    said = re.sub(r"\S+@\S+", "…", said)
    return printable(said)
