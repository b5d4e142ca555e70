# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line dossier: environment and customer, permission to write, and journal. Nothing is written to find out.

``looking`` has already opened it. If there is none yet, this organisation may have a dossier in a folder where an
earlier run was started.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....module_utils._common.ura import is_ura
from ....module_utils._dossier import said
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight import elsewhere
from ....module_utils._preflight.finding import Finding
from ..onboarding.channel import channel
from .looking import Looking

LINE = "dossier"


def look(looking: Looking) -> Iterator[Finding]:
    store = looking.store
    if store is None:
        return
    store.demand_known()
    named = channel(looking.shared, "dossier", looking.given["dossier_url"])
    facts = looking.shared.get({"dossier": named}, lambda: _read(store))
    if facts["obstacle"]:
        yield Finding.stop(
            LINE,
            Trouble(
                "dossier_unreachable",
                f"The dossier {facts['shown']} cannot be written",
                "a place on the controller, or a database, that this user may write to",
                facts["obstacle"],
                "correct zorgid_onboarding_dossier_url, or the permissions",
            ),
        )
    elif facts["message"]:
        yield Finding.stop(
            LINE,
            Trouble(
                "dossier_journal_broken",
                f"Nothing is done on this dossier: {facts['message']}",
                "a journal with every row as it was written",
                "",
                "look at it with gbz.zorgid.dossier_info, and put back a sound copy",
            ),
        )
    elif facts["schema"]:
        older = "" if facts["schema"] == facts["newest"] else ", brought up to date by the next run"
        yield Finding.ok(LINE, f"{facts['shown']}, version {int(facts['schema'])}{older}, journal intact")
        if is_ura(looking.ura):
            yield from _waiting(store, looking.ura)
    elif other := elsewhere.other_dossier(looking.ura, facts["shown"], _folders(looking)):
        yield Finding.stop(LINE, other)
    else:
        yield Finding.ok(LINE, f"{facts['shown']}: none yet, the first run makes it")


def _waiting(store: DossierStore, ura: str) -> Iterator[Finding]:
    """Whatever is good of one that a person holds, a run would do nothing for it."""
    words = store.words.of(ura)
    if said.held(words):
        release = "-e all=true" if said.held(one for one in words if not one.ura) else "-l HOST"
        yield Finding.waits(LINE, f"on hold, recorded by a person (gbz.zorgid.hold {release} -e go_on=true)")
    elif said.withdrawn(words):
        yield Finding.waits(LINE, "withdrawn, recorded by a person; a run does nothing for it")


def _read(store: DossierStore) -> dict[str, Any]:
    check = store.verify_journal()
    place = store.place()
    return {**vars(place), "message": "" if check.whole else check.message}


def _folders(looking: Looking) -> list[Path]:
    """Folders in which a run may have been started, or to which paths in an inventory may refer."""
    variables = looking.action.task_vars
    named = [variables.get(name) for name in ("inventory_dir", "playbook_dir")]
    here = [Path.cwd(), *(Path(str(one)) for one in named if one), Path.home()]
    return [*here, *(one.parent for one in here)]
