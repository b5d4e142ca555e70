# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the digest of a plan covers besides the plan itself, for one organisation: from its variables, the files that
they name, and what was observed. The result has keyed digests only."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.parsing.convert_bool import boolean

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding import digest
from ....module_utils._use_cases.portal_notes import canonical
from ..portal_lists import folders_of
from . import portal_look
from .beginning import APPROVED, KEEP

if TYPE_CHECKING:
    from ....module_utils._dossier.store import DossierStore
    from ....module_utils._onboarding.runs import Host

#: A variable of the play that records a plan.
KEEPING = "__zorgid_onboarding_keeping"
#: Credentials change without changing where something goes, an access token in every run.
_CREDENTIALS = frozenset({"password", "access_token", "token"})
#: Of the options of effects, what Ansible never shows.
SECRETS = _CREDENTIALS | {
    *("dossier_key", "dossier_url", "secret_key", "pkcs11_pin", "passphrase", "export_passphrase"),
}
#: Paths on the controller: a container has others.
_PATHS = frozenset({"export_path", "map_path", "permission_path", "permission_key_path", "browser_path"})


def keeps(task_vars: Mapping[str, Any]) -> bool:
    """Error: ``options_invalid``."""
    try:
        return bool(boolean(task_vars.get(KEEP) or False))
    except TypeError as error:
        raise ZorgidError(
            "options_invalid",
            f"{KEEP} is neither true nor false",
            expected=f"-e {KEEP}=true",
            found="something else",
            action=f"correct {KEEP}",
        ) from error


def are_needed(task_vars: Mapping[str, Any]) -> bool:
    return APPROVED in task_vars or keeps(task_vars)


def of_organisation(
    given: Mapping[str, Any],
    task_vars: Mapping[str, Any],
    host: Host,
    store: DossierStore,
    defaults: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """The digests by aspect; empty if the dossier has no key. ``defaults``: the user's ``module_defaults``, which may
    change any option of an effect."""
    ura = str(given["organisation"]["ura"])
    if store.observations.keyed(ura, "plan", b"") is None:
        return {}
    portal, trust = given.get("portal") or {}, given.get("trust") or {}
    aspects = {
        **digest.observed(host.observed),
        "organisation": given["organisation"],
        "addresses": {
            "recipient": given["document_recipient"],
            "application_form": given["application_form_url"],
            "links": given["allowed_link_hosts"],
            "senders": given["allowed_senders"],
            "authentication": [given["authentication"], given.get("authentication_server")],
            "texts": given.get("texts"),
            "mail": [_without(given.get(name)) for name in ("smtp", "imap")],
            "portal": {name: value for name, value in _without(portal).items() if name not in _PATHS},
            "files": [_content(given.get(name)) for name in ("form_mappings", "care_applications_path")],
        },
        "list_mapping": _mapping(given, task_vars),
        "page_map": [_content(portal.get(name)) for name in ("map_path", "permission_path", "permission_key_path")],
        "trust": {
            # Without CRLs: a new one is published every few hours, and its result is in the certificate's state.
            "files": [_content(trust.get(name)) for name in ("trust_anchors", "intermediates")],
            "settings": [trust.get("revocation"), trust.get("expiry_warning_days")],
            "tls": _content(given.get("ca_path")),
        },
        "policy": digest.allowed(host.policy, purge=given["purge"], defaults=_public(defaults or {})),
        "journal": store.plans.place(ura),
    }
    return digest.digests(lambda kind, content: store.observations.keyed(ura, kind, content) or "", aspects)


def changed(
    before: Mapping[str, str],
    given: Mapping[str, Any],
    task_vars: Mapping[str, Any],
    host: Host,
    store: DossierStore,
    defaults: Mapping[str, Any] | None = None,
) -> list[str]:
    """The aspects of an approved plan that differ from ``before``, because somebody changed a file while the run
    carries the plan out. Without the journal, in which each effect adds rows."""
    found = of_organisation(given, task_vars, host, store, defaults)
    names = [name for name in found if name != "journal" and found[name] != before.get(name)]
    portal = host.observed.portal.value
    listed = portal_look.employees_of(given, task_vars) if portal and portal.employees else None
    if listed and portal and portal.employees and portal.employees.digest:
        accounts = canonical(listed.read().accounts)
        if store.observations.keyed(str(given["organisation"]["ura"]), "list:employees", accounts) != (
            portal.employees.digest
        ):
            names.append("list")
    return names


def _without(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if name not in _CREDENTIALS}


def _public(value: Any) -> Any:
    """Without secrets, however deep."""
    if isinstance(value, Mapping):
        return {name: _public(one) for name, one in value.items() if name not in SECRETS}
    if isinstance(value, list | tuple):
        return [_public(one) for one in value]
    return value


def _content(path: Any) -> list[str]:
    """Digests of a file, or of all files of a folder with their names. A file that cannot be read differs from one that
    can, and whoever needs it reports the error."""
    if not path:
        return []
    place = Path(str(path)).expanduser()
    found = []
    for file in sorted(one for one in place.rglob("*") if one.is_file()) if place.is_dir() else [place]:
        name = str(file.relative_to(place)) if file != place else ""
        content = b"-"
        with contextlib.suppress(OSError):
            content = file.read_bytes()
        found.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    return found


def _mapping(given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Any:
    mapping = given.get("list_mapping")
    if not given.get("accounts_path") or not mapping:
        return None
    from ....module_utils._lists.given_mapping import mapping_of

    try:
        found = mapping_of(mapping, folders_of(task_vars))
    except ZorgidError as error:
        # The plan reports it.
        return [error.code, mapping]
    return dataclasses.asdict(found.mapping) if found else None
