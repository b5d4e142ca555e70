# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/errors.md names every error code of the collection and no other; the board speaks of existing codes only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._report.failures import FAILURES
from ansible_collections.gbz.zorgid.plugins.module_utils._report.texts import WARNINGS

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    path
    for folder in ("module_utils", "plugin_utils", "action", "inventory")
    for path in sorted((ROOT / "plugins" / folder).rglob("*.py"))
]
#: made of a name and what happened
COMPOSED = {f"{kind}_{what}" for kind in ("smtp", "imap") for what in ("unreachable", "login_refused")}
#: said by a playbook itself, in brackets at the end
COMPOSED |= {
    code
    for path in (ROOT / "playbooks").rglob("*.yml")
    for code in re.findall(r"\. \(([a-z]+_[a-z_]+)\)", path.read_text(encoding="utf-8"))
}


#: No step of the role fails with these, so that the board has no word for them: some only warn, an account's own code
#: stands in the results of the module, and where the dossier cannot be used, there is no board either.
NOT_ON_THE_BOARD = {
    *("certificate_expires_soon", "certificate_g1_ends", "certificate_name_differs", "certificate_file_parts"),
    *("account_ambiguous", "account_unknown", "account_is_administrator", "email_missing", "mailbox_shared"),
    *("account_of_another", "account_near_match", "account_offboarded", "account_of_the_token"),
    *("identification_missing", "identification_expired", "identification_future", "identification_own"),
    *("portal_answer_lost", "portal_left_out", "account_unproven", "account_by_hand", "account_not_comparable"),
    *("portal_account_differs", "portal_first_not_proven", "portal_shows_otherwise"),
    *("dossier_url_invalid", "dossier_unreachable", "dossier_busy", "dossier_damaged", "dossier_too_new"),
    *("dossier_disk_full", "dossier_on_network", "dossier_clock_behind", "dossier_forbidden"),
    *(
        "dossier_migration_forbidden",
        "dossier_twins",
        "board_not_written",
        "board_of_two_dossiers",
        "step_unknown",
        "organisation_not_one",
        "not_confirmed",
        "session_list_changed",
        "answer_missing",
        "device_revoked",
        "portal_not_configured",
        "portal_not_shown",
        "state_unknown",
        "milestone_invalid",
    ),
    *("evidence_invalid", "time_invalid", "time_in_future", "attestation_incomplete", "submission_unknown"),
    *("submission_not_uncertain", "erase_subject_invalid", "care_group_invalid"),
    *("dossier_environment_differs", "dossier_tenant_differs", "dossier_key_invalid", "dossier_key_missing"),
    *("dossier_key_wrong", "dossier_replaced", "dossier_cut_off", "dossier_rewritten", "dossier_head_unreadable"),
    *("dossier_head_unwritable", "place_ambiguous", "dossier_journal_broken"),
    *("word_invalid", "dossier_held", "organisation_withdrawn", "plan_stale"),
    *("plan_unknown", "plan_used", "plan_expired"),
    # The plan warns of these, or nobody knows whose dossier it is.
    *("member_on_no_list", "row_of_nobody", "checker_no_operator", "row_of_no_organisation"),
    "organisation_continued",
    *("account_offboarded", "accounts_refused", "document_differs", "ura_of_two_hosts"),
    # Of the play.
    "strategy_unsuitable",
    # Of the plan, about no step.
    *("variables_invalid", "variable_broken", "not_observed", "not_carried_out", "inventory_empty"),
    "notices_bounded",
    # Of a run, before it looks at anything.
    *("ansible_too_old", "limit_without_organisation"),
    # Of the playbooks list_check and new.
    *("list_missing", "folder_missing", "folder_unfit", "table_unreadable", "table_rows_invalid"),
    "folder_state_unreadable",
    # Of preflight, which is before every step.
    *("preflight_failed", "ansible_core_untested", "list_in_inventory", "certificates_several"),
    *("trust_bundle_missing", "trust_bundle_other_environment", "trust_bundle_incomplete", "crl_expired"),
    *("dossier_elsewhere", "inventory_unparsed", "tag_unknown", "mailbox_quiet", "portal_environment_differs"),
    "test_mail_to_vzvz",
    # Of the playbook renew_certificate.
    *("renewal_unclear", "renewal_pinned"),
    # Of the playbook telemetry.
    *("telemetry_path_invalid", "telemetry_folder_missing", "telemetry_not_written", "telemetry_limited"),
    "telemetry_incomplete",
    # Of modules that the role does not run.
    *("file_unwritable", "export_would_overwrite", "export_incomplete", "request_failed", "install_failed"),
}


def documented() -> set[str]:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", page))
    return codes - {"error_code", "ca_path", "delegate_to", "care_group", "image_path", "zorgid_organisation"}


def raised() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", ""))
            # An error, or what the planner tells in its place: Trouble(…), Seen.bad(…).
            if called and (str(called).endswith("Error") or called in ("Trouble", "bad")) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", str(first.value)):
                    yield str(first.value)


@pytest.mark.heavy
def test_every_code_is_documented() -> None:
    assert sorted((set(raised()) | COMPOSED) - documented()) == []


def test_no_code_is_documented_that_does_not_exist() -> None:
    sources = [*SOURCES, ROOT / "plugins" / "modules" / "uzi_store.ps1"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "texts.py")
    existing = set(re.findall(r"[\"']([a-z0-9]+(?:_[a-z0-9]+)+)[\"']", text)) | COMPOSED
    assert sorted(documented() - existing) == []


def test_the_board_speaks_of_existing_codes_only() -> None:
    assert sorted((set(FAILURES) | set(WARNINGS)) - documented()) == []


def test_the_board_has_words_for_whatever_a_step_can_fail_with() -> None:
    assert sorted(documented() - set(FAILURES) - NOT_ON_THE_BOARD) == []
    assert sorted(NOT_ON_THE_BOARD - documented()) == []


def test_the_modules_name_existing_codes_only() -> None:
    named = set()
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        _, there, returned = path.read_text(encoding="utf-8").rpartition("\nerror_code:")
        if not there:
            continue
        named |= set(re.findall(r"V\(([a-z0-9_]+)\)", returned))
    assert named
    assert sorted(named - documented()) == []


#: The parts are made elsewhere, or stand in the sentence: all problems at once, what Ansible itself says.
PARTS_ELSEWHERE = {
    *("library_missing", "care_group_invalid"),
    # the organisation's data and lists: one sentence for each mistake, with what is expected
    *("code", "organisation_invalid"),
    # what an account of the portal, a certificate or Windows itself says
    "first.code",
}


def parts_missing() -> Iterator[str]:
    for path in SOURCES:
        if "_dossier" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "ZorgidError":
                continue
            code = ast.unparse(node.args[0]).strip("'")
            lacking = {"expected", "found", "action"} - {one.arg for one in node.keywords}
            if lacking and code not in PARTS_ELSEWHERE and path.name not in ("dossier.py", "action.py"):
                yield f"{path.name}:{node.lineno} {code} lacks {', '.join(sorted(lacking))}"


@pytest.mark.heavy
def test_every_error_says_what_was_expected_what_was_found_and_what_to_do() -> None:
    """dossier.py and action.py: the sentence itself says which options go together, Ansible's own sentence the rest."""
    assert list(parts_missing()) == []
