# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrote ``dossier_945c30d.sqlite3``: a dossier as the collection's code of commit 945c30d made it (schema 0001).

    git worktree add --detach OLD 945c30d
    python tests/support/write_945c30d.py OLD tests/support/dossier_945c30d.sqlite3

The file stays as it is: what is tested is that today's code serves what that code wrote.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

URAS = ("90000101", "00000202", "303", "0404", "90000505", "90000606")
#: One of the sandbox's own, in nobody's vault.
SECRET_KEY = "a key of the tests, long and random enough"
SECRET = "otpauth://totp/zorg-id?secret=NOTAREALSECRET"
ERASED = "Sanne Zwaluwstaart"
STEPS = ("prepared", "certificate_checked", "application_submitted", "document_signed", "document_sent")


def write(path: Path, store_module: object, model: object) -> None:
    with store_module.DossierStore.open(f"sqlite:///{path}") as store:  # type: ignore[attr-defined]  # the old one
        for number, ura in enumerate(URAS):
            store.register(ura, f"Praktijk {number}")
            for step in STEPS[: 2 + number % 4]:
                store.set_milestone(ura, step, "waiting", who="vzvz", what="Look at it")
                store.set_milestone(ura, step, "done", evidence={"reference": f"ZS-2026-{number:06}"})
            store.set_milestone(ura, "employees_active", "failed", error_code="csv_invalid", message="Line 3")
            for round_ in range(20):
                store.note(ura, f"Looked at it {round_}", by="technical_administrator")
        store.attest(URAS[0], "identity_activated", by=ERASED, at="2026-11-01", how="told by telephone")
        store.attest(URAS[1], "identity_activated", by="service_desk", at="2026-11-02", how="on paper")

        def claim(ura: str, kind: str, digest: str = "d" * 64) -> object:
            return store.claim(ura, kind, digest, per_digest=kind == "organisation_document", domain="gbz.example")

        claim(URAS[0], "application_form")  # intended
        sending = claim(URAS[1], "application_form")
        store.mark_sending(sending)
        done = claim(URAS[2], "application_form")
        store.mark_sending(done)
        store.mark_done(done, {"reference": "ZS-2026-000303"})
        store.release(claim(URAS[3], "application_form"))
        for digest in ("1" * 64, "2" * 64):
            document = claim(URAS[2], "organisation_document", digest)
            store.mark_sending(document)
            store.mark_done(document, {"sha256": digest})
        resolved = claim(URAS[4], "follow_up_form")
        store.mark_sending(resolved)
        store.resolve(URAS[4], "follow_up_form", arrived=True, by="service_desk")

        for number, ura in enumerate(URAS):
            store.remember_message(
                model.Message(  # type: ignore[attr-defined]  # the old one
                    ura, "confirmation", f"<{number}@vzvz.example>", 17, 100 + number, None, "2026-11-03T09:00:00+00:00"
                )
            )
        store.keep_secret(URAS[1], "activation_code", SECRET, SECRET_KEY)
        store.keep_secret(URAS[2], "activation_code", "used already", SECRET_KEY)
        with store.using_secret(URAS[2], "activation_code", SECRET_KEY):
            pass
        store.erase(URAS[0], subject=ERASED, by="privacy_officer")
        assert store.verify_journal().valid


def main(old: Path, path: Path) -> None:
    os.chdir(old)
    os.environ.pop("ANSIBLE_COLLECTIONS_PATH", None)
    runpy.run_path(str(old / "tests" / "conftest.py"))  # loads that checkout as the collection
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import model, schema, store

    assert schema.REVISIONS == ("0001",)
    path.unlink(missing_ok=True)
    write(path, store, model)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
