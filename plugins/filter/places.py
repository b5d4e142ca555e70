# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paths of what the role and the playbooks keep beside the working folder, to outlast it."""

from __future__ import annotations

from collections.abc import Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.beside import beside, dossier_url
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError


def with_clear_error(place: Callable[..., str]) -> Callable[..., str]:
    def filtered(work_dir: object, *names: str) -> str:
        if not isinstance(work_dir, str) or not work_dir.strip():
            raise AnsibleFilterError("The working folder is not a path: give it as text")
        try:
            return place(work_dir, *names)
        except ZorgidError as error:
            raise AnsibleFilterError(str(error)) from error

    return filtered


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"dossier_url": with_clear_error(dossier_url), "beside": with_clear_error(beside)}
