# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the arguments of each public action from one organisation's variables (``variables.read``). Pure.

The observations and the effects of a plan get the same arguments from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....module_utils._portal.access import BY_HAND

Variables = Mapping[str, Any]
Arguments = dict[str, Any]


def opening(v: Variables) -> Arguments:
    return {
        "dossier_url": v["dossier_url"],
        "environment": v["environment"],
        "dossier_tenant": v.get("dossier_tenant"),
        "dossier_key": v.get("dossier_key"),
        "dossier_head_path": v.get("dossier_head_path"),
    }


def _trust(v: Variables) -> Arguments:
    names = ("trust_anchors", "intermediates", "crls", "revocation", "expiry_warning_days")
    return {"environment": v["environment"], **{name: (v.get("trust") or {}).get(name) for name in names}}


def _key(v: Variables, *names: str) -> Arguments:
    return {name: (v.get("certificate") or {}).get(name) for name in names}


_TOKEN = ("passphrase", "pkcs11_module", "pkcs11_token", "pkcs11_pin", "pkcs11_label")
_STORE = ("store_name", "store_location", "thumbprint")


def organisation_document(v: Variables) -> Arguments:
    document = v.get("document") or {}
    return {
        **opening(v),
        **_key(v, "source", *_TOKEN, *_STORE, "certificate_path", "key_path"),
        **_trust(v),
        **{name: document.get(name) for name in ("template", "form", "mapping", "schema")},
        "organisation": v["organisation"],
        "path": v["document_path"],
    }


def document_delivery(v: Variables) -> Arguments:
    return {
        **opening(v),
        "path": v["document_path"],
        "organisation": v["organisation"],
        "recipient": v["document_recipient"],
        "smtp": v.get("smtp"),
        "ca_path": v.get("ca_path"),
    }


def application_form(v: Variables) -> Arguments:
    return {
        **_form(v),
        "form": "application",
        "url": v["application_form_url"],
        "care_applications_path": v.get("care_applications_path"),
    }


def follow_up_form(v: Variables, url: str) -> Arguments:
    return {**_form(v), "form": "follow_up", "url": url, "allowed_hosts": v["allowed_link_hosts"]}


def _form(v: Variables) -> Arguments:
    return {
        **opening(v),
        "organisation": v["organisation"],
        "mapping_path": v.get("form_mappings"),
        "directory": v["handed_dir"],
        "ca_path": v.get("ca_path"),
    }


def _mailbox(v: Variables) -> Arguments:
    return {
        "imap": v.get("imap"),
        "allowed_senders": v["allowed_senders"],
        "allowed_link_hosts": v["allowed_link_hosts"],
        "authentication": v["authentication"],
        "authentication_server": v.get("authentication_server"),
        "ca_path": v.get("ca_path"),
    }


def mailbox_info(v: Variables) -> Arguments:
    return {**opening(v), **_mailbox(v), "texts": v.get("texts"), "ura": v["organisation"]["ura"]}


def activation_qr(v: Variables, message_id: str) -> Arguments:
    return {
        **opening(v),
        **_mailbox(v),
        "organisation": v["organisation"],
        "directory": v["handed_dir"],
        "message_id": message_id,
    }


def activation_qr_absent(v: Variables) -> Arguments:
    return {**opening(v), "organisation": v["organisation"], "directory": v["handed_dir"], "state": "absent"}


_BROWSER = (
    "map_path", "permission_path", "permission_key_path", "browser_path", "max_changes", "login_timeout",
    "keep_session", "diagnose",
)  # fmt: skip


def portal(v: Variables) -> Arguments:
    """The arguments of the portal's actions. Without a key they get no dossier, because they only record keyed
    digests."""
    given = v.get("portal") or {}
    return {
        **(opening(v) if v.get("dossier_key") else {}),
        "environment": v["environment"],
        "driver": given.get("driver"),
        "portal_url": given.get("url"),
        "token": given.get("token") or None,
        "export_path": given.get("export_path"),
        "ca_path": v.get("ca_path"),
        "ura": v["organisation"]["ura"],
        **{f"portal_{name}": given.get(name) for name in ("person", "people")},
        **{name: given.get(name) for name in _BROWSER},
    }


def portal_map(v: Variables, state: str | None, draft: str | None) -> Arguments:
    named = portal(v)
    names = (
        *("ura", "ca_path", "map_path", "portal_person", "portal_people"),
        *("browser_path", "login_timeout", "diagnose"),
    )
    return {
        **{name: named.get(name) for name in names},
        "organisation_name": str(v["organisation"].get("name") or ""),
        "state": state,
        "draft_path": draft,
        "show": True,
    }


def _letterhead(v: Variables) -> Arguments:
    """The organisation's name and the provider's contact data, for letters. Faults are reported by the check of the
    organisation."""
    organisation = v["organisation"]
    desk = organisation.get("provider") if isinstance(organisation.get("provider"), Mapping) else {}
    contact = [str(desk[name]) for name in ("name", "phone", "email") if desk.get(name)]
    return {"organisation_name": str(organisation.get("name") or ""), "contact": ", ".join(contact)}


def portal_administrators(v: Variables) -> Arguments:
    return {
        **portal(v),
        **_letterhead(v),
        "worklist_dir": v["handed_dir"],
        "administrators": v["administrators"],
        "purge": v["purge"],
    }


def invitations_dir(v: Variables) -> str | None:
    """The folder of letters for employees who register themselves, if a program registers them in the portal."""
    driver = (v.get("portal") or {}).get("driver")
    return f"{v['handed_dir']}/invitations" if driver and driver not in BY_HAND else None


def _employee_list(v: Variables) -> Arguments:
    """The options for the list of employees, equal for the portal's actions and the plan."""
    path = v.get("accounts_path")
    mapping = {"list_mapping": v.get("list_mapping"), "list_roots": v.get("list_roots")} if path else {}
    return {"accounts_path": path, **mapping}


def employee_accounts(v: Variables) -> Arguments:
    return {
        **portal(v),
        **_letterhead(v),
        "worklist_dir": v["handed_dir"],
        **_employee_list(v),
        "purge": v["purge"],
        "invitations_dir": invitations_dir(v),
    }


def onboarding_notices(v: Variables) -> Arguments:
    return {
        **opening(v),
        "organisation": v["organisation"],
        "vzvz_address": v["document_recipient"],
        "smtp": v.get("smtp"),
        "ca_path": v.get("ca_path"),
    }


def employee_invitations(v: Variables) -> Arguments:
    given = v.get("portal") or {}
    return {
        **opening(v),
        "portal_url": given.get("url"),
        "token": given.get("token"),
        "ura": v["organisation"]["ura"],
        "organisation_name": str(v["organisation"].get("name") or ""),
        **_employee_list(v),
        "smtp": v.get("smtp"),
        "ca_path": v.get("ca_path"),
    }


def onboarding_report(v: Variables) -> Arguments:
    return {**opening(v), "path": v["report_dir"]}


def given(arguments: Arguments) -> Arguments:
    """The arguments without None, so that an action's own defaults apply."""
    return {name: value for name, value in arguments.items() if value is not None and value not in ("", {})}
