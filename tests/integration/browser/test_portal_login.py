# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""With a real browser and the customer on the telephone: remember the pages, look at what would change, then do it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.look_at_pages import LookAtPages, look_at_pages
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_session import (
    SessionWorked,
    WorkInSession,
    work_in_session,
)
from ansible_collections.gbz.zorgid.tests.support.browser_world import Lent, browser_world, checked, person
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS


@pytest.mark.slow
def test_remember_look_and_do(tmp_path: Path) -> None:
    with browser_world(tmp_path) as world:
        page_map = world.mapped()
        access = world.access(page_map, live=None, confirmed=False)
        given: dict[str, Any] = {"opener": lambda _launch: Lent(world), "pause": 0.05}

        def scan(_png: bytes, text: str) -> None:
            assert world.phone.scan(text).ok

        begun = tmp_path / "begun.yml"
        begun.write_text(world.example.partition("\nlist:")[0], encoding="utf-8")
        first = replace(access, browser=replace(access.browser, map_path=str(begun)))
        draft = look_at_pages(LookAtPages(first, "propose", ORGANISATIONS[LINDE]), scan, **given)
        pages = {str(page["open"]): page for page in yaml.safe_load(draft.draft)["pages"]}
        users = pages["[{'menu': 'Gebruikers'}]"]
        assert (users["table"], users["click"]) == (
            [{"heading": "Gebruikers"}],
            [{"link": "Lijst exporteren (CSV)"}],
        )
        register = pages["[{'menu': 'Gebruikers'}, {'link': 'Nieuwe gebruiker'}]"]
        assert {"field": "Achternaam", "with": "family_name", "required": True} in register["fill"]
        assert {"button": "Opslaan"} in register["buttons"]
        assert not [word for word in ("Baas", "Vera", LINDE, ORGANISATIONS[LINDE]) if word in draft.draft]
        seen = look_at_pages(LookAtPages(access, "remember", ORGANISATIONS[LINDE]), scan, **given)
        assert seen.failure is None, (str(seen.failure), seen.pages)
        assert {page.place for page in seen.pages} == {"list", "export", "register", "one", "appoint"}
        text = Path(seen.remembered).read_text(encoding="utf-8")
        assert not [word for word in ("Baas", "Vera", LINDE, ORGANISATIONS[LINDE]) if word in text]

        rows = [person("HR-201", "Eerste"), person("HR-202", "Tweede", **checked())]
        lists = (KeepAccounts(access, Listed(rows=rows), dossier=world.place),)
        shown: list[list[str]] = []

        def work(agreed: str = "") -> SessionWorked:
            command = WorkInSession(access, lists, ORGANISATIONS[LINDE], agreed)
            return work_in_session(command, scan, lambda it: shown.append([one.shown for one in it.items]), **given)

        with world.counted() as sent:
            looked = work()
        assert (looked.asks, looked.logged_out, shown[-1]) == (True, True, ["HR-201", "HR-202"])
        assert not [path for path in sent if "users" in path]
        done = work(looked.digest)
        assert [one.result and one.result.status for one in done.items] == ["created", "created"], done.failure
        assert done.logged_out
        stored = [world.stored(row["external_id"]) for row in rows]
        assert [one and one["identified"] for one in stored] == ["self", "wid"]
        page = Path(done.page).read_text(encoding="utf-8")
        assert page.count("gedaan, en daarna gezien") == 2
        assert work(looked.digest).items == []
