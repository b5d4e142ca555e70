# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make one change a SCIM request, and its answer an outcome."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.errors import ZorgidError
from .._common.text import printable
from .driver import Outcome
from .model import CREATED, Change

_MOST_SAID = 1000
_PERSONAL = frozenset({"first_name", "last_name", "date_of_birth", "email", "uzi_number"})


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
    return Outcome("refused", f"Not done: {error}", error.code)


#: shared by all: own ones for 100,000 accounts would be nine megabytes
_DONE = Outcome("done")
_LINKED = Outcome("done", linked=True)


def outcome_of(operation: Operation, status: int, said: str) -> Outcome:
    """said: the portal's text."""
    if 200 <= status < 300:
        return _LINKED if operation.change.status == CREATED and status == 200 else _DONE
    said = _impersonal(operation.change, said) if said else ""
    what = f"The portal answered {status}" + (", a redirect, which is not followed" if 300 <= status < 400 else "")
    message = what + (f": {said}" if said else "")
    code = f"portal_status_{status}"
    # These are final; any other status may come of a lost request of ours, somebody else's change or a busy portal.
    if status in (400, 403, 405):
        return Outcome("refused", message, code)
    return Outcome("uncertain", message, code, trace="answered")


def _impersonal(change: Change, said: str) -> str:
    """The portal's text without the person's data: the text goes into results, dossier and board."""
    if len(said) > _MOST_SAID:  # cut at whole words: half a name would not be found
        said = said[:_MOST_SAID].rpartition(" ")[0]
    people: list[Mapping[str, object]] = [person for person in (change.desired, change.actual) if person]
    known = [person[name] for person in people for name in _PERSONAL & person.keys()]
    # The portal makes user names of parts of names.
    words = {word for text in known for word in [str(text or ""), *re.findall(r"\w{3,}", str(text or ""))] if word}
    for word in sorted(words, key=len, reverse=True):
        said = re.sub(re.escape(word), "…", said, flags=re.IGNORECASE)
    said = re.sub(r"\S+@\S+", "…", said)
    return printable(said)
