# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts and groups from the names of organisations: valid as a file name and in Ansible."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from .customer_table import RESERVED

_OTHER = re.compile("[^a-z0-9]+")
_MOST = 50


def slug(text: str) -> str:
    """``De Lindé & Zn.`` -> ``de_linde_zn``: letters a to z, digits and _, a letter first; '' if nothing is left."""
    plain = unicodedata.normalize("NFKD", text[:400])
    plain = "".join(one for one in plain if not unicodedata.combining(one)).casefold()
    found = _OTHER.sub("_", plain).strip("_")[:_MOST].strip("_")
    return f"org_{found}" if found[:1].isdigit() else found


def host_name(name: str, ura: str, taken: Container[str]) -> str:
    """A name that is not in ``taken``; the URA number is appended if another organisation has the same name."""
    found = slug(name)
    if found and found not in taken and found not in RESERVED:
        return found
    return f"{found or 'organisation'}_{ura}"


def group_name(name: str, hosts: Container[str]) -> str:
    """The name of a care group's group. It gets a prefix if a host, Ansible or a playbook uses the name."""
    found = slug(name)
    return found if found and found not in hosts and found not in RESERVED else f"group_{found}".strip("_")
