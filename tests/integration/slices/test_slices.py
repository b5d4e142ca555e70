# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight jobs at once, each with a slice of one inventory, killed and resumed; counted at the sandbox."""

from __future__ import annotations

import os
import random
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import KillPoint
from ansible_collections.gbz.zorgid.tests.support.slices import Ended, Job
from ansible_collections.gbz.zorgid.tests.support.slices_group import KEY, Group
from zorgid_sandbox.imap.store import logins
from zorgid_sandbox.smtp import store as smtp

SLICES = 8
#: In so many slices an unchanged pass is measured, and compared with one run; `SLICES=full make slices` for all.
MEASURED = (1, 2, 4, SLICES) if os.environ.get("SLICES") == "full" else (1, SLICES)
#: `SLICES_ORGANISATIONS=200 make slices` for as many as a provider has.
ORGANISATIONS = int(os.environ.get("SLICES_ORGANISATIONS") or 24)
WHILE, AFTER, RECORD = "while it is sent", "after the effect", "before the record"
POINTS = [
    KillPoint("submit_application", WHILE),
    KillPoint("submit_application", AFTER),
    KillPoint("sign_document", AFTER),
    KillPoint("mail_document", WHILE),
    KillPoint("mail_document", AFTER),
    KillPoint("mail_document", RECORD),
]


def opened(group: Group) -> DossierStore:
    return DossierStore.open(group.url, key=KEY)


def ended(jobs: list[Job], *, failed: set[str] = frozenset()) -> list[Ended]:  # type: ignore[assignment]
    """All jobs to their end; nobody fails but these."""
    found = [job.wait() for job in jobs]
    for one in found:
        assert one.exit_status in (0, 2), one.output[-6000:]
        wrong = {host for host, (_changed, failures) in one.hosts.items() if failures} - failed
        assert not wrong, f"{sorted(wrong)}\n{one.output[-6000:]}"
    return found


def killed(jobs: list[Job], chance: random.Random) -> int:
    """Start all at once, half of them with a point; each of those dies when it reaches it."""
    points = {job: chance.choice(POINTS) for job in chance.sample(jobs, len(jobs) // 2)}
    for job in jobs:
        job.start(point=points.get(job))
    until, dead = time.monotonic() + 1500, 0
    while points:
        assert time.monotonic() < until, points
        for job, point in list(points.items()):
            if point.hit(job.folder).exists():
                job.kill()
                dead += 1
                del points[job]
            elif not job.running:
                # Its organisations were through with that effect, or another job was at it.
                del points[job]
        time.sleep(0.05)
    return dead


def resolved(group: Group) -> int:
    """A person says whether the forms arrived whose sender died."""
    count = 0
    with opened(group) as store:
        for ura in group.world.uras:
            form = store.submission(ura, "application_form")
            if form is not None and form.state == "sending":
                arrived = group.world.arrived(ura, "application_form")
                store.resolve(ura, "application_form", arrived=arrived, by="technical_administrator")
                count += 1
    return count


def attached(path: str) -> list[str]:
    return [str(part.get_filename()) for part in smtp.parse(Path(path).read_bytes()).iter_attachments()]


def rows(group: Group) -> int:
    with opened(group) as store:
        journal = store.verify_journal()
        assert journal.valid, journal.message
        return journal.rows


def processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(jobs: list[Job], failed: set[str]) -> tuple[float, float, list[Ended]]:
    begin, used = time.perf_counter(), processor()
    for job in jobs:
        job.start()
    found = ended(jobs, failed=failed)
    return time.perf_counter() - begin, processor() - used, found


@pytest.mark.slices
@pytest.mark.slow
def test_slices_that_are_killed_and_resumed_do_everything_once(
    postgres: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = Group(tmp_path, ORGANISATIONS, postgres.fresh(), twin=True)
    seed = int(os.environ.get("SLICES_SEED") or time.time())
    try:
        reported = proof(group, random.Random(seed))  # noqa: S311 - which job dies where
    finally:
        group.stop()
    with capsys.disabled():
        print(f"\nseed {seed}, {ORGANISATIONS} organisations: {reported}")


def proof(group: Group, chance: random.Random) -> str:
    world, twins = group.world, set(group.twins)
    jobs = group.jobs("first", SLICES)
    dead = killed(jobs, chance)
    for job in jobs:
        if job.running:
            job.wait()
    asked = resolved(group)
    for job in jobs:
        job.start()
    found = ended(jobs, failed=twins)
    # Of two hosts with one URA number one goes on, whichever slice was first.
    (stopped,) = [host for one in found for host, (_changed, failures) in one.hosts.items() if failures]
    assert any("ura_of_two_hosts" in one.output for one in found)
    reached = world.outcome()
    assert reached["received_twice"] == []
    assert {one["applications"] for one in reached["organisations"].values()} == {1}
    documents = Counter(name for mail in smtp.mails(world.state, "document") for name in attached(mail.path))
    assert documents == Counter({f"{ura}.xml": 1 for ura in world.uras})
    assert [notice for notice, count in Counter(world.notices()).items() if count > 1] == []
    # One slice read the mailbox for all, also for those that were started again.
    assert logins(world.state) == ["accepted"]

    # A run that sees the whole inventory finds nothing to do, and records nothing: the slices left what it would have
    # left. All jobs begin without files, so they restore the documents from the dossier.
    before = rows(group)
    figures = {}
    for count in MEASURED:
        seconds, used, each = timed(group.jobs(f"again{count}", count), twins)
        figures[count] = seconds, used
        assert {host for one in each for host, (_c, failures) in one.hosts.items() if failures} == {stopped}
        assert rows(group) == before
    assert len(logins(world.state)) == 1 + len(figures)
    (wall, work), rest = figures[1], {count: figures[count] for count in MEASURED[1:]}
    shown = [f"{count} slices {a / wall:.2f} (processor {b / work:.2f})" for count, (a, b) in rest.items()]
    return f"{dead} killed, {asked} asked; nothing to do, of one run's time: {', '.join(shown)}; one run {wall:.1f} s"
