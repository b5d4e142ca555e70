# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures about all organisations, as text for node_exporter's textfile collector (Prometheus text format 0.0.4). Pure.

The only labels are step, state and code, each with values that this collection defines: no organisation, no URA number,
no host. What is not known has no sample; 0 means that there is none.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .._common import moments
from .._dossier import said
from .._dossier.model import STATES, STEPS, Dossier
from .._dossier.runs import KEPT, Ran
from .failures import FAILURES

#: Codes of a whole organisation or run, besides those of a step.
_OF_A_RUN = frozenset(
    {
        *("dossier_busy", "dossier_clock_behind", "dossier_cut_off", "dossier_damaged", "dossier_disk_full"),
        *("dossier_environment_differs", "dossier_forbidden", "dossier_head_unreadable", "dossier_key_invalid"),
        *("dossier_key_missing", "dossier_key_wrong", "dossier_migration_forbidden", "dossier_on_network"),
        *("dossier_replaced", "dossier_rewritten", "dossier_tenant_differs", "dossier_too_new", "dossier_twins"),
        *("dossier_unreachable", "dossier_url_invalid", "dossier_journal_broken", "board_not_written"),
        *("board_of_two_dossiers", "not_carried_out", "not_observed", "variable_broken", "variables_invalid"),
    }
)
#: The values of the label code, besides OTHER: an unknown code could be any text.
CODES = frozenset(FAILURES) | _OF_A_RUN
OTHER = "other"
_NAME = re.compile(r"zorgid_[a-z][a-z_]*[a-z]\Z")
_LABELS = ("step", "state", "code")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metric:
    """A gauge. ``samples``: labels and value; none if the value is not known."""

    name: str
    help: str
    samples: tuple[tuple[Labels, int], ...]


@dataclass(frozen=True)
class ReadDossier:
    """The content of one dossier. ``journal_valid``: whether its journal passed its check."""

    dossiers: Sequence[Dossier]
    runs: Sequence[Ran]
    journal_valid: bool


def bounded(code: object) -> str:
    """A known code, or OTHER."""
    return code if isinstance(code, str) and code in CODES else OTHER


def telemetry(
    read: Sequence[ReadDossier],
    *,
    now: datetime.datetime,
    dossiers_unread: int = 0,
    dossiers_missing: int = 0,
    organisations_unread: int = 0,
) -> tuple[Metric, ...]:
    """The figures of all dossiers together. ``organisations_unread``: hosts of the inventory without a readable
    dossier."""
    every = [one for each in read for one in each.dossiers]
    sound = [one for one in every if not one.damaged]
    going = [one for one in sound if not said.withdrawn(one.words)]
    return (
        _one("dossiers_read", "Dossiers of the inventory that were read.", len(read)),
        _one(
            "dossiers_unread",
            "Dossiers of the inventory that could not be read. If not 0, the other figures lack their organisations.",
            dossiers_unread,
        ),
        _one(
            "dossiers_missing",
            "Dossiers of the inventory that do not exist: no run has made them yet, or they were lost.",
            dossiers_missing,
        ),
        _one(
            "organisations_unread",
            "Organisations of the inventory whose variables or dossier could not be read.",
            organisations_unread,
        ),
        _one(
            "journals_invalid",
            "Dossiers that were read and whose journal did not pass its check.",
            sum(not one.journal_valid for one in read),
        ),
        _one(
            "organisations_damaged",
            "Organisations whose rows in the dossier were changed or damaged. No other figure has them.",
            len(every) - len(sound),
        ),
        _one(
            "organisations_withdrawn",
            "Organisations that want no connection any more. Figures by step do not have them.",
            len(sound) - len(going),
        ),
        _one(
            "organisations_on_hold",
            "Organisations for which nothing is sent until a person releases them. Figures by step have them too.",
            sum(said.held(one.words) is not None for one in going),
        ),
        *_of_steps(going),
        *_of_certificates(going),
        *_of_runs(read, now),
    )


def render(metrics: Iterable[Metric]) -> bytes:
    """The file's content. A metric without a sample is left out."""
    lines: list[str] = []
    for metric in metrics:
        if not _NAME.match(metric.name):
            raise ValueError(f"no name of a metric: {metric.name!r}")
        if not metric.samples:
            continue
        lines += [f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} gauge"]
        lines += [f"{metric.name}{_in_braces(labels)} {value}" for labels, value in metric.samples]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _in_braces(labels: Labels) -> str:
    if not labels:
        return ""
    if any(name not in _LABELS for name, _value in labels):
        raise ValueError(f"another label than {', '.join(_LABELS)}")
    parts = (name + '="' + _escaped(value).replace('"', '\\"') + '"' for name, value in labels)
    return "{" + ",".join(parts) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _one(name: str, description: str, value: int | None) -> Metric:
    return Metric(f"zorgid_{name}", description, () if value is None else (((), value),))


def _of_steps(going: Sequence[Dossier]) -> Iterable[Metric]:
    states = Counter((step, one.milestones[step].state) for one in going for step in STEPS)
    yield Metric(
        "zorgid_organisations",
        "Organisations by step and its state. Each organisation is in each step once.",
        tuple(((("step", step), ("state", state)), states[step, state]) for step in STEPS for state in STATES),
    )
    oldest: dict[str, int] = {}
    for one in going:
        for step, milestone in one.milestones.items():
            since = _timestamp(milestone.since) if milestone.state == "waiting" else None
            if since is not None:
                oldest[step] = min(since, oldest.get(step, since))
    yield Metric(
        "zorgid_oldest_wait_timestamp_seconds",
        "Since when the organisation waits that has waited longest at the step. Without a sample, none waits.",
        tuple(((("step", step),), oldest[step]) for step in STEPS if step in oldest),
    )
    codes = Counter(
        bounded(milestone.error_code)
        for one in going
        for milestone in one.milestones.values()
        if milestone.state == "failed"
    )
    yield _by_code("zorgid_failed_steps", "Steps in the state failed, by error code.", codes)


def _of_certificates(going: Sequence[Dossier]) -> Iterable[Metric]:
    found = [_timestamp(one.milestones["certificate_checked"].evidence.get("not_after")) for one in going]
    ends = [one for one in found if one is not None]
    yield _one(
        "certificate_expiry_timestamp_seconds",
        "When the first of the known certificates expires. In the past, one has expired.",
        min(ends, default=None),
    )
    yield _one("certificates_known", "Organisations with a known expiry of the certificate.", len(ends))
    yield _one(
        "certificates_unknown",
        "Organisations without a known expiry of the certificate, for example before the step certificate_checked.",
        len(found) - len(ends),
    )


def _of_runs(read: Sequence[ReadDossier], now: datetime.datetime) -> Iterable[Metric]:
    lasts = [max(ends) for one in read if (ends := [_seconds(ran.ended_at) for ran in one.runs])]
    yield _one(
        "dossiers_without_run",
        "Dossiers that were read and in which no run of onboard is recorded.",
        len(read) - len(lasts),
    )
    yield _one(
        "last_run_end_timestamp_seconds",
        "When the last run of onboard ended that reached its end. Of several dossiers, the one for which that is "
        "longest ago.",
        min(lasts, default=None),
    )
    # A run with several dossiers is recorded in each, with the same id.
    runs = {ran.id: ran for one in read for ran in one.runs}
    last = max(runs.values(), key=lambda ran: (_seconds(ran.ended_at), ran.id), default=None)
    yield _one("last_run_duration_seconds", "How long the run took that ended last.", _duration(last) if last else None)
    since = int((now - KEPT).timestamp())
    recent = [ran for ran in runs.values() if _seconds(ran.ended_at) >= since]
    yield _one("runs_last_day", "Runs that ended in the 24 hours before this file was written.", len(recent))
    yield _one(
        "longest_run_last_day_seconds",
        "How long the longest of the runs took that ended in the 24 hours before this file was written.",
        max(map(_duration, recent), default=None),
    )
    codes: Counter[str] = Counter()
    for one in read:
        for ran in one.runs:
            if _seconds(ran.ended_at) >= since:
                codes.update(_known(ran.failures))
    yield _by_code(
        "zorgid_run_failures_last_day",
        "Failures in the runs that ended in the 24 hours before this file was written, by error code. An organisation "
        "counts once for each run and code.",
        codes,
    )


def _known(failures: Mapping[str, object]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for code, count in failures.items():
        # A row that a person edited may have any value.
        if isinstance(count, int) and not isinstance(count, bool) and count > 0:
            counts[bounded(code)] += count
    return counts


def _by_code(name: str, description: str, codes: Mapping[str, int]) -> Metric:
    """With codes that occur, and always OTHER, so that a sum over the metric always has a value."""
    shown = sorted({*(code for code, count in codes.items() if count), OTHER})
    return Metric(name, description, tuple(((("code", code),), codes.get(code, 0)) for code in shown))


def _timestamp(text: object) -> int | None:
    at = moments.parse(text, zone=datetime.UTC) if isinstance(text, str) else None
    return None if at is None else int(at.timestamp())


def _seconds(text: str) -> int:
    return int(moments.stored(text).timestamp())


def _duration(ran: Ran) -> int:
    return max(0, _seconds(ran.ended_at) - _seconds(ran.began_at))
