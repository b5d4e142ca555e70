# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``diagnose``: an image of the page at which something went wrong, without values, as a file beside the page map.

It never takes the place of the error that it is about, and nothing of it is made on a page that may show a login code.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .._browser import fingerprint
from .._browser.drawing import words_of
from .._browser.names import PageMap
from .._browser.places import read_seen
from .._browser.window import Window
from .._common import moments
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words

#: images of one session; files that stay in the folder, and for how many days (``retention.py`` says the same)
MOST, KEPT, DAYS = 5, 20, 30
#: errors that a look at the page may explain
_OF_PAGES = frozenset({
    "browser_failed", "browser_timeout", "page_field_differs", "page_host_refused", "page_map_unfit",
    "page_not_as_mapped", "page_request_refused", "page_too_large", "portal_account_differs", "portal_answer_lost",
    "portal_list_unreadable", "portal_pages_differ", "portal_person_differs", "portal_refused",
    "portal_wrong_organisation",
})  # fmt: skip
_MOMENT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z-\d+-[a-z_]+\.png")


@dataclass
class Diagnosis:
    """Of one session. session: of ``fingerprint.hidden_of``. notes: what was made, or not made and why;
    for warnings."""

    window: Window
    page_map: PageMap
    session: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: list[str] = field(default_factory=list)
    _made: int = 0
    _explained: ZorgidError | None = None

    def of(self, error: ZorgidError, values: Mapping[str, str] | None = None) -> ZorgidError:
        """The error, with the image in what to do. values: of the person whose page it is."""
        if error is self._explained:
            return error
        sentence = self.where(error.code, values)
        if not sentence:
            return error
        action = f"{error.action.rstrip('.')}; {sentence}" if error.action else sentence
        self._explained = ZorgidError(
            error.code,
            error.message,
            expected=error.expected,
            found=error.found,
            action=action,
            details=error.details,
        )
        return self._explained

    def where(self, code: str, values: Mapping[str, str] | None = None) -> str:
        """Where the image of the page is now, or why there is none; empty for an error that is about no page."""
        if code not in _OF_PAGES:
            return ""
        if self._made >= MOST:
            return self._none(f"a session makes at most {MOST}")
        try:
            path = self._image(code, fingerprint.hidden_of(self.session, values or {}))
        except ZorgidError as error:
            return self._none(error.message)
        except OSError as error:
            return self._none(f"{folder_of(self.page_map)} cannot be used: {in_words(error)}")
        if path is None:
            return self._none("it may be the page of a login, or is none of the portal's")
        sentence = f"the page, without its values, is drawn in {path}"
        self._note(f"{code}: {sentence}")
        return sentence

    def _none(self, why: str) -> str:
        sentence = f"no image of the page was made: {why}"
        self._note(sentence)
        return sentence

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _image(self, code: str, hidden: Mapping[str, str]) -> Path | None:
        seen = read_seen(self.page_map)
        words = words_of(self.page_map, seen.pages if seen else {}, hidden)
        login = self.page_map.login
        png = self.window.drawing(words, (login.page, login.qr, *login.over))
        if png is None:
            return None
        self._made += 1
        folder = folder_of(self.page_map)
        path = folder / f"{moments.now():{_MOMENT}}-{self._made}-{code}.png"
        write_atomic(path, png)
        remove_old(folder)
        return path


def diagnosis_of(on: bool, page_map: PageMap, window: Window, session: Mapping[str, str]) -> Diagnosis | None:
    """None: it is off; old images are removed then, too. on: the option ``diagnose``."""
    remove_old(folder_of(page_map))
    return Diagnosis(window, page_map, session) if on else None


def remove_old(folder: Path) -> None:
    """Whatever is older than ``DAYS``, and of the others all but the newest ``KEPT``. What cannot be removed stays: it
    holds no value, and is no reason to stop."""
    bound = f"{moments.now() - datetime.timedelta(days=DAYS):{_MOMENT}}"
    with suppress(OSError):
        images = sorted(one for one in folder.iterdir() if _NAME.fullmatch(one.name))
        for old in [*images[:-KEPT], *(one for one in images[-KEPT:] if one.name < bound)]:
            old.unlink(missing_ok=True)


def where_drawn(diagnosis: Diagnosis | None, code: str, values: Mapping[str, str] | None = None) -> str:
    """As ``Diagnosis.where``; empty if it is off."""
    return diagnosis.where(code, values) if diagnosis else ""


def folder_of(page_map: PageMap) -> Path:
    """Beside the map: ``portal.yml`` -> ``portal.yml.images``."""
    return Path(f"{page_map.path}.images")
