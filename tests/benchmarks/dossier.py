# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dossier of 500 organisations with two years of journal: opened, checked as a whole and read; one milestone.

Two years are 191 rows each. The onboarding writes some 70: twelve steps that wait and are done, two forms and a
document (claimed, sending, done each), four mails of VZVZ, the code, some ten notices. After it, a practice of fifteen
employees has six who come and six who leave, with some eight rows each (its list, the portal's members, two steps that
wait again and are done again, an invitation, a reminder): 100. A renewed certificate and its document: 12. Failures.

The bars, in the time of one core, on SQLite: one second for all, five milliseconds for a milestone with the check of
its organisation. Printed beside them: what the same rows cost bare (fetched, hashed twice, their MAC computed), so that
a slow or busy machine is told from a slow check; what opening costs; and what PostgreSQL takes, without the time of its
own processes.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import journal_verification, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import append, canonical, hash_of, row_digest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS, Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.observations import Mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.rows import paged
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.write_telemetry import (
    WriteTelemetry,
    write_telemetry,
)
from ansible_collections.gbz.zorgid.tests.support.dossier_support import postgres_programs, running_postgres

ORGANISATIONS, ROWS = 500, 200
BAR_ALL, BAR_ONE_MS = 1.0, 5.0
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # 0, 1, 2, … 31


def live(store: DossierStore, ura: str) -> None:
    """Two years of one organisation."""
    day = 0

    def at() -> str:
        return f"2025-{day // 28 % 12 + 1:02d}-{day % 28 + 1:02d}T08:00:00+00:00"

    def send(kind: str, digest: str) -> None:
        one = store.claim(ura, kind, digest, per_digest=kind == "organisation_document")
        store.mark_sending(one)
        store.mark_done(one, {"response": "250 2.0.0 Ok: queued as 4F1b2C", "recipients": 1})

    def again(step: str, who: str) -> None:
        store.set_milestone(ura, step, "waiting", who=who, what="1 of 15 has yet to do it")
        store.set_milestone(ura, step, "done", evidence={"accounts": 15, "sha256": "9f86d081884c7d65" * 4})

    def seen(*kinds: str) -> None:
        with store._database.writing() as (connection, moment):
            for kind in kinds:
                row = {"kind": kind, "digest": f"{day:064x}", "owner": None, "at": moment}
                connection.execute(schema.seen.delete().where(schema.seen.c.ura == ura, schema.seen.c.kind == kind))
                connection.execute(schema.seen.insert(), {"ura": ura, **row})
                append(connection, moment, ura, "seen_noted", row)

    store.register(ura, "Huisartsenpraktijk De Linde")
    for step in STEPS:
        again(step, "portal_administrator")
    for kind in ("application_form", "follow_up_form", "organisation_document"):
        send(kind, kind)
    for number in range(4):
        mail = Observation(f"<{number}@vzvz.example>", 7, number, at(), "application_confirmed", ura, "ZS-2026-000123")
        store.observations.observe(Mailbox("m" * 64, "r" * 64), [mail])
    store.keep_secret(ura, "activation", "https://vzvz.example/activate", KEY)
    store.destroy_secret(ura, "activation")
    for number in range(10):
        send(f"notice:step:{number}", f"{number:064x}")
    for person in range(6):
        day += 50
        seen("list", "members")
        again("employees_registered", "portal_operator")
        again("employees_active", "employees")
        send(f"invitation:{person}", f"{person:064x}")
        send(f"reminder:{person}", f"{person:064x}")
        seen("list", "members")
        again("employees_registered", "portal_operator")
        store.note(ura, "An employee left and was taken out of the portal", by="portal_operator")
    for step in ("certificate_checked", "document_signed", "document_sent", "application_confirmed"):
        store.set_milestone(
            ura, step, "failed", error_code="certificate_expired", message="The certificate has expired"
        )
        store.set_milestone(ura, step, "done", evidence={"not_after": "2028-11-12T00:00:00+00:00", "hierarchy": "g1"})
    send("organisation_document", "renewed")
    for number in range(4):
        store.set_milestone(ura, "prepared", "failed", error_code="imap_unreachable", message=f"No answer {number}")
        store.set_milestone(ura, "prepared", "done")


def multiply(store: DossierStore) -> int:
    """The one organisation's rows for all the others, chained and proven as ``append`` would; how many rows there are.

    Not by ``append``: a hundred thousand transactions take minutes.
    """
    first = f"{90_000_000:08d}"
    with store._database.writing() as (connection, _at):
        keys = store._transactions.keys
        query = sa.select(schema.journal).where(schema.journal.c.ura == first).order_by(schema.journal.c.seq)
        rows = connection.execute(query).mappings().all()
        tables = [table for table in schema.metadata.tables.values() if "ura" in table.c and table.name != "journal"]
        mine = {t: connection.execute(sa.select(t).where(t.c.ura == first)).mappings().all() for t in tables}
        seq, previous = connection.execute(sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)).one()
        offset = rows[0]["seq"]
        highest = max(row["id"] for row in mine[schema.submission])
        for number in range(1, ORGANISATIONS):
            ura, base, made = f"{90_000_000 + number:08d}", seq + 1, []
            for row in rows:
                seq += 1
                reported = json.loads(row["payload"].replace("@", f"@{ura}."))
                if "id" in reported:
                    reported["id"] += highest * number
                if "ura" in reported:
                    reported["ura"] = ura
                text = canonical(reported)
                digest = row_digest(row["salt"], text)
                row_hash = hash_of(previous, seq, row["at"], ura, row["event"], digest)
                mac = keys.mac_of(seq, row_hash) if keys else None
                new = {"seq": seq, "ura": ura, "payload": text, "digest": digest, "previous": previous}
                made.append({**row, **new, "hash": row_hash, "mac": mac})
                previous = row_hash
            connection.execute(sa.insert(schema.journal), made)
            for table, known in mine.items():
                copies = [{**row, "ura": ura} for row in known]
                for copy in copies:
                    copy |= {"digits": ura} if "digits" in copy else {}
                    copy |= {"message_id": copy["message_id"].replace("@", f"@{ura}.")} if "message_id" in copy else {}
                    if table is schema.submission:
                        copy |= {"id": copy["id"] + highest * number, "claimed": copy["claimed"] - offset + base}
                if copies:
                    connection.execute(sa.insert(table), copies)
        connection.execute(sa.update(schema.journal_head).values(seq=seq, hash=previous))
    return seq


def best(act: Callable[[], object], rounds: int, clock: Callable[[], float] = time.process_time) -> float:
    """The least disturbed of so many rounds."""
    found = []
    for _ in range(rounds):
        start = clock()
        act()
        found.append(clock() - start)
    return min(found)


def measure(url: str, folder: Path) -> dict[str, float]:
    def opened(*, read_only: bool = False) -> DossierStore:
        return DossierStore.open(url, read_only=read_only, environment="production", key=KEY)

    with opened() as store:
        live(store, f"{90_000_000:08d}")
        rows = multiply(store)

    def everything() -> None:
        with opened(read_only=True) as store:
            dossiers, check = store.read_checked()
        if not (check.valid and check.proven and len(dossiers) == ORGANISATIONS):
            raise RuntimeError(check.message)

    def bare() -> None:
        with opened(read_only=True) as store, store._database.reading() as connection:
            keys = store._transactions.keys
            rows = paged(connection, journal_verification._ALL)
            for seq, at, ura, event, payload, salt, digest, previous, row_hash, mac in rows:
                reported = hash_of(previous, seq, at, ura, event, digest), row_digest(salt, payload)
                if reported != (row_hash, digest) or (keys and mac and keys.mac_of(seq, row_hash) != mac):
                    raise RuntimeError(seq)

    numbers = iter(range(ORGANISATIONS))

    def milestone() -> None:
        ura = f"{90_000_000 + next(numbers):08d}"
        kept.set_milestone(ura, "prepared", "waiting", who="desk", what="an answer")

    def opened_for_one() -> None:
        ura = f"{90_000_000 + next(numbers):08d}"
        with opened() as store:
            store.set_milestone(ura, "prepared", "waiting", who="desk", what="an answer")

    def telemetry() -> None:
        place = DossierPlace(url, "production", key=KEY)
        written = write_telemetry(WriteTelemetry(folder / "zorgid.prom", {place: ["all"]}), read_only=False)
        if written.dossiers != 1 or written.unread:
            raise RuntimeError(f"{written.dossiers} dossiers, unread: {written.dossiers_unread}")

    figures = {"rows": rows, "bare_s": best(bare, 5), "all_s": best(everything, 5)}
    figures["all_elapsed_s"] = best(everything, 3, time.perf_counter)
    with opened() as kept:
        milestone()
        figures["one_ms"] = best(milestone, 60) * 1000
        figures["one_elapsed_ms"] = best(milestone, 60, time.perf_counter) * 1000
    figures["opened_ms"] = best(opened_for_one, 40) * 1000
    figures["telemetry"] = best(telemetry, 3) / figures["all_s"]
    figures["ratio"] = figures["all_s"] / figures["bare_s"]
    return figures


def show(name: str, figures: dict[str, float]) -> None:
    print(
        f"dossier ({name}, {ORGANISATIONS} organisations, "
        "{rows:.0f} rows): open, check and read all {all_s:.2f} s (elapsed {all_elapsed_s:.2f} s), {ratio:.1f} times "
        "the bare {bare_s:.2f} s; one milestone {one_ms:.1f} ms (elapsed {one_elapsed_ms:.1f} ms), with opening and "
        "closing {opened_ms:.1f} ms; the file for node_exporter {telemetry:.2f} times all".format(**figures)
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(f"sqlite:///{folder}/dossier.sqlite3", Path(folder))
    show("SQLite", figures)
    if postgres_programs() is None:
        print("dossier (PostgreSQL): not measured, its programs are not here")
    else:
        with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
            show("PostgreSQL", measure(server.fresh(), Path(folder)))
    if figures["all_s"] > BAR_ALL or figures["one_ms"] > BAR_ONE_MS:
        print(f"the bars are {BAR_ALL} s and {BAR_ONE_MS} ms")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
