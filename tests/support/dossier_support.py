# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL server, and processes that race or die."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

URA = "90000101"
PASSWORD = "s3cret-of-the-database"
FORK = multiprocessing.get_context("fork")


def postgres_programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Postgres:
    def __init__(self, port):
        self.port = port
        self._count = 0

    def url(self, database="postgres", password=PASSWORD):
        return f"postgresql+psycopg://zorgid:{password}@127.0.0.1:{self.port}/{database}"

    def fresh(self):
        """The URL of an empty schema in the one database: a database of its own takes seven megabytes."""
        return f"{self.url()}?options=-csearch_path%3D{self._make('SCHEMA')}"

    def fresh_database(self):
        return self.url(self._make("DATABASE"))

    def _make(self, what):
        self._count += 1
        name = f"dossier_{self._count}"
        self.run(f"CREATE {what} {name}")
        return name

    def run(self, *statements):
        with psycopg.connect(self.url().replace("+psycopg", ""), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def running_postgres():
    """A server of its own on a free port of 127.0.0.1, with a password; it refuses to run as root."""
    # Removed also when `make fast` refuses to start a program.
    with tempfile.TemporaryDirectory(prefix="zorgid-postgres-") as folder, _postgres_in(Path(folder)) as server:
        yield server


@contextmanager
def _postgres_in(folder):
    programs = postgres_programs()
    run_as = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = folder / "data"
    subprocess.run(
        [
            *run_as,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "zorgid",
            # A password is demanded; as an MD5 digest, because SCRAM takes most of the time of a connection.
            "-A",
            "md5",
            "--pwfile",
            secret,
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    options |= {"max_connections": 150, "shared_buffers": "32MB"}
    settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*run_as, programs / "postgres", "-D", data, *settings], stdout=log, stderr=log, cwd=folder
        )
    try:
        postgres = Postgres(port)
        for _ in range(200):
            try:
                psycopg.connect(postgres.url().replace("+psycopg", "")).close()
                break
            except psycopg.OperationalError:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
        yield postgres
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(30)


def together(count, work, *arguments):
    """``work(number, barrier, *arguments)`` in that many processes at once; what each returned."""
    barrier, answers = FORK.Barrier(count), FORK.SimpleQueue()

    def run(number):
        try:
            answers.put((number, work(number, barrier, *arguments)))
        except BaseException:  # noqa: BLE001 - told to the parent
            answers.put((number, traceback.format_exc()))

    processes = [FORK.Process(target=run, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    reported = dict(answers.get() for _ in processes)
    for process in processes:
        process.join()
    assert not [text for text in reported.values() if isinstance(text, str) and "Traceback" in text], reported
    return [reported[number] for number in range(count)]


def killed_at_statement(number, work, *arguments):
    """Run ``work`` in a process that is SIGKILLed right before its ``number``-th statement. Whether it came so far."""

    def run():
        seen = 0

        def count(*_unused):
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        sa.event.listen(sa.Engine, "commit", count)
        work(*arguments)

    return _run(run) == -signal.SIGKILL


def killed_after(seconds, work, *arguments):
    """Run ``work`` in a process and SIGKILL it that long after it began, or let it end before."""
    begun = FORK.Event()

    def run():
        begun.set()
        work(*arguments)

    process = FORK.Process(target=run)
    process.start()
    begun.wait()
    process.join(seconds)
    process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == -signal.SIGKILL


def _run(target):
    process = FORK.Process(target=target)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode


def a_mail(ura=URA, uid=1, **more):
    values = {"kind": "application_confirmed", "message_id": "<a@vzvz.example>", "uidvalidity": 7, "reference": "ZS-1"}
    return Observation(ura=ura, uid=uid, **{"received_at": "2026-11-24T08:00:00+00:00", **values, **more})


def observe(store, *mails, account="zorgid@gbz.example", texts="as they are", present=()):
    mailbox = store.observations.mailbox(["imap.gbz.example", "993", account, "INBOX"], {"texts": texts})
    return store.observations.observe(mailbox, mails, present=present)


def deliver(url, outbox, kind, digests):
    """What the actions do: a mail in doubt is repeated, a form in doubt is not. Each is a line of ``outbox``."""
    with DossierStore.open(url) as store:
        for digest in digests:
            per_digest = kind == "organisation_document"
            one = digest if per_digest else f"{kind}"
            submission = store.claim(URA, kind if per_digest else f"notice:{digest}:1", one, per_digest=per_digest)
            if submission.state in ("done", "elsewhere") or (submission.state == "sending" and not per_digest):
                continue
            store.mark_sending(submission)
            with Path(outbox).open("a", encoding="ascii") as stream:
                stream.write(f"{digest} {submission.message_id}\n")
            store.mark_done(submission, {"sent": True})


def delivered(outbox):
    path = Path(outbox)
    return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []
