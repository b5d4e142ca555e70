# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done before the fork is what each organisation's process would do: it does it, and leaves nothing behind."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ansible import constants
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import rows
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.observations import Mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge, Judgement
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import rehearsal, warm
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.remembering import remembered_of

URA = "90000001"


def test_a_whole_path_and_both_lists_are_judged_and_no_file_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Judgement] = []
    real: Callable[..., Judgement] = Judge.judge

    def judge(self: Judge, *given: Any) -> Judgement:
        found.append(real(self, *given))
        return found[-1]

    monkeypatch.setattr(Judge, "judge", judge)
    folder = Path(constants.DEFAULT_LOCAL_TMP)
    before = sorted(folder.iterdir())
    rehearsal.rehearse()
    assert sorted(folder.iterdir()) == before
    assert [len(one.chain) for one in found] == [2] * rehearsal._TIMES
    reported = {problem.code for one in found for problem in one.problems}
    assert not reported & {"certificate_untrusted", "revocation_unknown", "certificate_expired"}


def test_no_play_ends_because_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles() -> None:
        raise ZorgidError("portal_unreachable", "The proxy for the portal cannot be used")

    monkeypatch.setattr(warm, "rehearse", stumbles)
    warm.up()


def test_a_look_into_a_dossier_makes_no_sql(tmp_path: Path) -> None:
    url, key, head = (
        f"sqlite:///{tmp_path}/dossier.sqlite3",
        base64.b64encode(bytes(range(32))).decode(),
        tmp_path / "head",
    )
    reported: dict[str, Any] = {"key": key, "environment": "own", "head_path": head}
    with DossierStore.open(url, **reported) as store:
        store.register(URA, "De Linde")
        store.set_milestone(URA, "prepared", "done")
        store.observations.note(URA, "document_input", b"content")
    warm._sql()
    made, asked = len(rows._IN_SQLITE), []

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        with DossierStore.open(url, read_only=True, held=True, **reported) as store:
            known = remembered_of(store, URA)
            assert known.step("prepared").state == "done"
            assert store.observations.is_last(URA, "document_input", b"content")
            assert store.sealed.newest(URA, "organisation_document") is None
            assert store.observations.known(Mailbox("", ""), URA).rows == []
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert len(rows._IN_SQLITE) == made
    # SQLAlchemy would make anew for each dossier what goes through it.
    assert set(asked) == {"BEGIN DEFERRED"}
