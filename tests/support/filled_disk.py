# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record in a dossier until its disk is full: ``python -m tests.support.filled_disk URL`` says what came of it."""

from __future__ import annotations

import sys

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA


def recorded(url):
    try:
        with DossierStore.open(url) as store:
            for number in range(2000):
                store.set_milestone(URA, "prepared", "waiting", who="x", what=f"{number}" * 100)
    except ZorgidError as error:
        return error
    return None


if __name__ == "__main__":
    error = recorded(sys.argv[1])
    print(error.code if error else "recorded", "|", error)
