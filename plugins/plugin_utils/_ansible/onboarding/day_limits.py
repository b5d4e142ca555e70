# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's limits for the claims of its effects: other runs may claim since this run has decided."""

from __future__ import annotations

from collections.abc import Callable

from ....module_utils._common.errors import ZorgidError
from ....module_utils._dossier.limits import DayLimit
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.runs import RunBounds, documents_bounded, limit, notices_bounded
from .store_listing import error_of

#: Kinds of submission that count as one for each organisation.
_DOCUMENTS = ("application_form", "organisation_document")


def documents(bounds: RunBounds) -> DayLimit:
    return DayLimit(_DOCUMENTS, _most(bounds.documents, bounds), _refused(documents_bounded, bounds))


def notices(bounds: RunBounds) -> DayLimit:
    return DayLimit(("notice:",), _most(bounds.notices, bounds), _refused(notices_bounded, bounds))


def _most(setting: str, bounds: RunBounds) -> Callable[[int], int]:
    # The organisations of this run that the dossier does not have yet count too, as when the run decides.
    return lambda organisations: limit(setting, max(organisations, bounds.organisations))


def _refused(trouble: Callable[[RunBounds, int, str], Trouble], bounds: RunBounds) -> Callable[[int, int], ZorgidError]:
    def error(most: int, sent: int) -> ZorgidError:
        return error_of(vars(trouble(bounds, most, f"{sent} with this one; another run sends at the same time")))

    return error
