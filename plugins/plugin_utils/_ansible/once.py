# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What form and mail have in common when the dossier says that somebody else is sending."""

from __future__ import annotations

from ...module_utils._common.errors import ZorgidError
from ...module_utils._dossier.model import Submission


def elsewhere(submission: Submission) -> ZorgidError:
    return ZorgidError(
        "submission_elsewhere",
        "Another run is submitting this at the moment",
        expected="one run at a time for one organisation",
        found=f"{submission.kind}, claimed elsewhere since {submission.since}",
        action="wait until that run has ended, then run again",
        details={"ura": submission.ura},
    )
