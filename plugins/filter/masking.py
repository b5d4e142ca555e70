# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Masks personal data in texts that are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._common.masking import mask, mask_email


class FilterModule:
    def filters(self) -> dict[str, Callable[[Any], str]]:
        return {"mask": mask, "mask_email": mask_email}
