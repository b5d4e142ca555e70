# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages for people come from templates, and what they show is text there, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._activation.letter import render_letter
from ansible_collections.gbz.zorgid.plugins.module_utils._common.html_page import render_page
from ansible_collections.gbz.zorgid.plugins.module_utils._common.letterhead import PORTALS, Letterhead
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import manual_form
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import FormItem
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import invitations, worklist_page
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.model import (
    CREATED,
    UPDATED,
    Account,
    AccountResult,
    Change,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._report import html
from ansible_collections.gbz.zorgid.plugins.module_utils._report.board import board
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import session_page
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.session_items import Item
from ansible_collections.gbz.zorgid.tests.support.report_dossiers import ALL, NOW, dossier
from lxml import html as parser

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
HOSTILE = """x" onclick="y' onclick='z><script>alert(1)</script>{{ 7 * 7 }}"""


def manual() -> bytes:
    items = [FormItem("naam", "organisation_name", HOSTILE)]
    return manual_form.render(
        "application", HOSTILE, items, "form_captcha", organisation=HOSTILE, ura=HOSTILE, contact=HOSTILE
    )


def letter() -> bytes:
    return render_letter(
        b"picture", organisation=HOSTILE, ura=HOSTILE, recipient=HOSTILE, portal=HOSTILE, contact=HOSTILE
    )


def invitation() -> bytes:
    return invitations.letter(_account(), HOSTILE, HOSTILE)


def worklist() -> bytes:
    changes = [
        Change(CREATED, HOSTILE, 1, _account(), None),
        Change(UPDATED, HOSTILE, 2, _account(), None, {"email": (HOSTILE, HOSTILE)}),
    ]
    head = Letterhead(HOSTILE, HOSTILE, HOSTILE)
    return worklist_page.page(
        HOSTILE, "employees", HOSTILE, [worklist_page.Task(change, [HOSTILE]) for change in changes], head
    )


def progress() -> bytes:
    return html.render(board([dossier(HOSTILE, "1", done=ALL)], now=NOW))


def session() -> bytes:
    result = AccountResult(HOSTILE, "failed", HOSTILE)
    items = [Item(HOSTILE, HOSTILE, ("register",), result=result), Item(HOSTILE, HOSTILE, (), HOSTILE)]
    return session_page.page(items, ura=HOSTILE, person=HOSTILE, at=NOW, head=Letterhead(HOSTILE, HOSTILE, HOSTILE))


def _account() -> Account:
    return Account(external_id=HOSTILE, first_name=HOSTILE, prefix=HOSTILE, last_name=HOSTILE, role="employee")


PAGES: dict[str, Callable[[], bytes]] = {
    "manual_form.html.j2": manual,
    "letter.html.j2": letter,
    "invitation.html.j2": invitation,
    "worklist.html.j2": worklist,
    "board.html.j2": progress,
    "session.html.j2": session,
}


def test_every_template_is_tried_here() -> None:
    assert {path.name for path in PLUGINS.rglob("*.html*.j2")} == set(PAGES)


@pytest.mark.heavy
@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_name_is_text_on_every_page(name: str) -> None:
    written = PAGES[name]().decode()
    assert "<script>alert" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in written
    page = parser.fromstring(written)
    assert "<script>alert(1)</script>{{ 7 * 7 }}" in page.text_content()
    assert not page.xpath("//script[contains(., 'alert')] | //@onclick")


@pytest.mark.heavy
def test_no_page_is_made_in_python() -> None:
    signs = ("</html>", "html.escape", "markupsafe", "|safe")
    found = [
        (path.name, sign)
        for path in sorted(PLUGINS.rglob("*.py"))
        for sign in signs
        if sign in path.read_text(encoding="utf-8").lower()
    ]
    assert found == []


def test_a_value_that_is_missing_is_no_empty_place() -> None:
    package = manual_form.__name__.rpartition(".")[0]
    with pytest.raises(jinja2.UndefinedError):
        render_page(package, "manual_form.html.j2", title="only this")


def test_what_people_get_names_the_organisation_the_portal_and_whom_to_call() -> None:
    name, portal, contact = "Apotheek Het Anker", PORTALS["production"], "Voorbeeld GBZ, +31301234567, hulp@gbz.example"
    pages = [
        render_letter(b"p", organisation=name, ura="1", recipient="J", portal=portal, contact=contact),
        worklist_page.page("1", "employees", "", [], Letterhead(name, portal, contact)),
    ]
    for page in map(bytes.decode, pages):
        assert name in page
        assert f'<a href="{portal}"' in page
        assert f"Vragen? Bel of mail {contact}." in page
    assert (
        contact
        in manual_form.render("application", "", [], "form_captcha", organisation="", ura="", contact=contact).decode()
    )
    assert f"het zorgsysteem van {name}." in invitations.letter(_account(), "1", name).decode()
    assert f"het zorgsysteem van {name}." in invitations.mail(_account(), "1", 0, name)[1]
    # Where nothing is known, nothing is said.
    assert "Vragen?" not in worklist_page.page("1", "employees", "", []).decode()
