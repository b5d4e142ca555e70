# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of a plan that somebody approves, and where another plan differs from it. Pure; without any moment.

Each aspect of each organisation is an HMAC with a key of its dossier, so that no digest says anything of a person or an
address to somebody without that key. The digest of the plan is one over all of these.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .observed import Observed
from .plan import Plan
from .policy import Policy

#: What is told of an organisation's difference: aspect -> words for a person. The order is that of ``Kept.hosts``.
ASPECTS = {
    "plan": "the steps and effects",
    "organisation": "its data or people in the inventory",
    "addresses": "where something is sent or read",
    "document": "the document",
    "certificate": "the certificate",
    "accounts": "the changes of accounts",
    "list": "its lists of people",
    "list_mapping": "the mapping of its list",
    "page_map": "the page map or its permission",
    "trust": "the trusted certificates",
    "policy": "what the run may do",
    "mail": "the mail of VZVZ",
    "journal": "its rows in the dossier",
}
LENGTH = 32  # hexadecimal digits: 128 bits, and the command fits on one line
_SHORT = 6
_TAG = 12
#: A keyed digest of the content, of one purpose.
Keyed = Callable[[str, bytes], str]


@dataclass(frozen=True)
class WholePlan:
    """``run``: what is the same for all: version of the collection, environments, customers. ``hosts``: inventory name
    -> aspect -> digest. ``dossiers``: identity -> its hosts."""

    run: Mapping[str, Any]
    hosts: Mapping[str, Mapping[str, str]]
    dossiers: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Kept:
    """A plan as one dossier records it: without names. ``hosts``: a tag of each organisation -> the beginnings of its
    digests, in the order of ``ASPECTS``. They only serve to say what differs; ``digest`` decides."""

    digest: str
    run: str
    hosts: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """``hosts``: inventory name -> aspects that differ; ``more``: organisations that are new to the plan; ``gone``:
    those that it had and this run lacks, by name if the inventory still has it; ``nameless``: the number of others.
    ``run``: whether what is the same for all differs."""

    hosts: Mapping[str, tuple[str, ...]]
    more: tuple[str, ...]
    gone: tuple[str, ...]
    nameless: int
    run: bool


def canonical(value: Any) -> bytes:
    """The same bytes for the same value, whatever the order of mappings and sets."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def planned(one: Plan) -> dict[str, Any]:
    """The aspect ``plan``. Reasons and since when are left out: they contain moments and ages."""
    return {
        "name": one.name,
        "ura": one.ura,
        "note": one.note.code if one.note else None,
        "steps": [
            {
                "step": part.step,
                "state": part.state,
                "effects": part.effects,
                "changes": part.changes,
                "trouble": part.trouble.code if part.trouble else None,
                "left_out": part.left_out,
            }
            for part in one.parts
        ],
        "mails": sorted((mail.effect.value, mail.step, mail.kind, mail.role, mail.count) for mail in one.mails),
    }


def observed(seen: Observed) -> dict[str, Any]:
    """The aspects that were observed; without moments."""
    document, certificate, portal = seen.document.value, seen.certificate.value, seen.portal.value
    lists = {name: getattr(portal, name) for name in ("administrators", "employees")} if portal else {}
    return {
        "document": [document.signed, document.certificate, document.differs, document.content] if document else None,
        "certificate": certificate.thumbprint if certificate else None,
        "accounts": {name: [one.operations, one.acts] for name, one in lists.items() if one},
        "list": {name: one.digest for name, one in lists.items() if one},
        "mail": sorted(
            [one.kind, one.message_id, one.reference or "", one.problem or "", one.proven, one.closed, one.ours]
            for one in seen.answers
        ),
    }


def allowed(policy: Policy, **more: Any) -> dict[str, Any]:
    """The aspect ``policy``. Tags are left out: their result is in the plan."""
    settings = {"environment": policy.environment, "proof_needed": policy.proof_needed, "notices": policy.notices}
    return {**settings, **more}


def digests(keyed: Keyed, aspects: Mapping[str, Any]) -> dict[str, str]:
    return {name: keyed(f"plan {name}", canonical(value)) for name, value in aspects.items()}


def digest(plan: WholePlan, keys: Mapping[str, Keyed]) -> str:
    """``keys``: of each dossier of the run, by identity. With several dossiers it needs the keys of all."""
    content = canonical([plan.run, plan.hosts, plan.dossiers])
    found = [keys[identity]("plan", content) for identity in sorted(keys)]
    whole = found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()
    return whole[:LENGTH]


def kept(plan: WholePlan, plan_digest: str, identity: str, keyed: Keyed) -> Kept:
    """What the dossier ``identity`` records of its own organisations, and of those that belong to no dossier."""
    hosts = {}
    for host, found in plan.hosts.items():
        if host in plan.dossiers[identity] or not any(host in those for those in plan.dossiers.values()):
            hosts[tag(keyed, host)] = "".join(found.get(name, "")[:_SHORT].ljust(_SHORT, "-") for name in ASPECTS)
    return Kept(plan_digest, keyed("plan run", canonical(plan.run))[:_TAG], hosts)


def tag(keyed: Keyed, host: str) -> str:
    return keyed("plan host", host.encode())[:_TAG]


def difference(before: Kept, now: Kept, names: Iterable[str], keyed: Keyed) -> Difference:
    """``names``: every host of the inventory, also those outside this run."""
    named = {tag(keyed, name): name for name in names}
    hosts = {
        named[one]: tuple(aspect for aspect, was, is_now in _pairs(before.hosts[one], now.hosts[one]) if was != is_now)
        for one in now.hosts
        if one in before.hosts and before.hosts[one] != now.hosts[one]
    }
    gone = before.hosts.keys() - now.hosts.keys()
    return Difference(
        dict(sorted(hosts.items())),
        tuple(sorted(named[one] for one in now.hosts if one not in before.hosts)),
        tuple(sorted(named[one] for one in gone if one in named)),
        sum(one not in named for one in gone),
        before.run != now.run,
    )


def _pairs(before: str, now: str) -> Iterable[tuple[str, str, str]]:
    for number, aspect in enumerate(ASPECTS):
        place = slice(number * _SHORT, (number + 1) * _SHORT)
        yield aspect, before[place], now[place]
