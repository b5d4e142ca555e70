# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submit an HTML form as a person would: fetch, fill in by label, post, page after page, read the confirmation."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._common.charsets import decoded_page
from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.trouble import in_words
from .browser import Browser, FetchedPage, NothingSentError
from .form_filler import (
    Filled,
    confirming,
    fill,
    only_confirms,
    rejection,
    same_form,
)
from .html_form import Page, read_page
from .mapping import MappingTable

MOST_PAGES = 20
MOST_REFRESHES = 5
MOST_REFRESH_SECONDS = 10.0


class FormUncertainError(ZorgidError):
    """The form was posted and may have arrived; every other ZorgidError of ``submit`` means that it did not.

    ``page`` is the answer, for a person to check; None if there was no answer.
    """

    page: bytes | None = None


@dataclass(frozen=True)
class Confirmation:
    """The form arrived: the receiver's reference if it gave one, and the page as it came."""

    reference: str | None
    url: str
    page: bytes
    mapping_version: str


def values_digest(kind: str, values: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the values; another mapping with the same values is the same submission.

    The follow-up form is about the portal administrator only.
    """
    submitted: Any = values["people"]["portal_administrator"] if kind == "follow_up" else values
    return hashlib.sha256(json.dumps([kind, submitted], sort_keys=True, default=str).encode()).hexdigest()


def open_form(browser: Browser, url: str, tables: Sequence[MappingTable], values: Mapping[str, Any]) -> Filled:
    """Fetch the form and fill it in; nothing is posted. This is also the drift check."""
    filled = fill(page_of(fetch_form(browser, url)), tables, values)
    browser.check(filled.button.action)
    return filled


def fetch_form(browser: Browser, url: str) -> FetchedPage:
    """The page that the form is on."""
    answer = browser.get(url)
    for _turn in range(MOST_REFRESHES + 1):
        if answer.status != 200:
            raise ZorgidError(
                "form_unreachable",
                "The server does not return the form",
                expected="HTTP 200",
                found=f"HTTP {answer.status}",
                action="check the url of the form; a link from a mail may already have been used",
            )
        page = page_of(answer)
        onward = _onward(page)
        if page.forms or onward is None:
            break
        browser.wait(onward[0])
        answer = browser.get(onward[1])
    return answer


def submit(
    browser: Browser, filled: Filled, values: Mapping[str, Any], *, referer: str, sending: Callable[[], None]
) -> Confirmation:
    """Post the form, page after page, to its confirmation. ``sending`` is called right before anything is sent.

    Every answer becomes a Confirmation, ``form_rejected`` or FormUncertainError with the answer.
    """
    sending()
    posted = False
    for _step in range(MOST_PAGES):
        try:
            button = filled.button
            answer = browser.post(button.action, filled.entries, button.enctype, filled.form.charset, referer=referer)
        except NothingSentError as error:
            if posted:
                raise _uncertain(str(error.error), None) from error
            raise error.error from error
        except ZorgidError as error:
            raise _uncertain(str(error), getattr(error, "page", None)) from error
        posted = True
        following = _outcome(browser, answer, filled, values)
        if isinstance(following, Confirmation):
            return following
        filled, referer = following, answer.url
    raise _uncertain(f"more than {MOST_PAGES} pages", answer.body)


def _outcome(browser: Browser, answer: FetchedPage, filled: Filled, values: Mapping[str, Any]) -> Confirmation | Filled:
    """What an answer says. If it says nothing and refreshes to another page, that page is read."""
    for _turn in range(MOST_REFRESHES):
        try:
            page = page_of(answer)
        except ZorgidError as error:
            raise _uncertain(str(error), answer.body) from error
        except Exception as error:
            raise _uncertain(f"a page that cannot be read ({in_words(error)})", answer.body) from error
        try:
            return _judge(answer, page, filled, values)
        except FormUncertainError:
            onward = _onward(page)
            if onward is None:
                raise
        try:
            browser.wait(onward[0])
            answer = browser.get(onward[1])
        except ZorgidError as error:
            raise _uncertain(str(error), getattr(error, "page", None) or answer.body) from error
    raise _uncertain(f"a page that refreshes by itself more than {MOST_REFRESHES} times", answer.body)


def _judge(answer: FetchedPage, page: Page, filled: Filled, values: Mapping[str, Any]) -> Confirmation | Filled:
    if answer.status >= 500 or answer.status < 200:
        raise _uncertain(f"HTTP {answer.status}", answer.body)
    table = filled.table
    again = same_form(page, filled)
    if answer.status >= 400:
        rejected = rejection(page, again, filled)
        rejected.found = f"HTTP {answer.status}; {rejected.found}"
        raise rejected
    refused = re.search(table.refused, page.text)
    if again and (refused or any(control.error for control in again.fields) or page.errors):
        raise rejection(page, again, filled)
    if filled.page_number < table.pages and not again:
        # There is a next page, so the form as a whole has not been submitted yet: what fails here is not uncertain.
        return fill(page, [table], values, filled.page_number + 1)
    if re.search(table.accepted, page.text) and not refused:
        found = re.search(table.reference, page.text) if table.reference else None
        reference = (found.group(1) if found and found.re.groups else found.group(0)) if found else None
        return Confirmation(reference.rstrip(".") if reference else None, answer.url, answer.body, table.version)
    check = only_confirms(page)
    if check and not refused and not again:
        return confirming(*check, filled)
    raise _uncertain(
        f"HTTP {answer.status}, {len(answer.body)} bytes ({printable(answer.content_type, 40) or 'type unknown'}), "
        "neither a confirmation nor a rejection",
        answer.body,
    )


def _onward(page: Page) -> tuple[float, str] | None:
    """The page that this page refreshes to, and after how long; a long wait only means that the session ends then."""
    return page.refresh if page.refresh and page.refresh[0] <= MOST_REFRESH_SECONDS else None


def page_of(answer: FetchedPage) -> Page:
    """A page that was fetched. Errors: those of ``html_form.read_page``."""
    kind = answer.content_type.split(";")[0].strip().lower()
    if kind == "text/plain":
        # A plain text has no forms and no scripts.
        text = " ".join(decoded_page(answer.content_type, answer.body)[0].split())
        return Page(answer.url, text, (), captcha=False, scripted=False)
    if kind not in ("", "text/html", "application/xhtml+xml"):
        return Page(answer.url, "", (), captcha=False, scripted=False)
    return read_page(answer.url, answer.content_type, answer.body)


def _uncertain(found: str, page: bytes | None) -> FormUncertainError:
    error = FormUncertainError(
        "submission_uncertain",
        "The form was sent, but it is not known whether it arrived",
        expected="a confirmation page",
        found=found,
        action=("ask the receiver, then record in the dossier whether it arrived; until then it is not sent again"),
    )
    error.page = page
    return error
