# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read VZVZ's answers from the mailbox, and record in the dossier which mails there are."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._common.moments import iso
from .._common.ura import Ura, same_ura
from .._dossier.model import Dossier, Observation
from .._dossier.observations import base_of
from .._dossier.place import DossierPlace
from .._mail import imap_mailbox
from .._mail.imap_connection import ImapSettings
from .._mail.inbox import ReceivedMail
from .._mail.mail_patterns import MailPatterns
from .._mail.sender_proof import Trust
from .._mail.vzvz_status import ToConfirm, VzvzStatus, status_of, to_confirm


@dataclass(frozen=True)
class ReadMailbox:
    """``dossier``: with an empty url there is none. ``ura``: the organisation of the wanted mail, as written here; None
    for all. ``since``: when the document that applies now was sent. ``environment``: in production, a mail applies only
    if its sender is proven."""

    dossier: DossierPlace
    imap: ImapSettings
    trust: Trust
    patterns: MailPatterns
    environment: str
    ura: str | None = None
    since: datetime.datetime | None = None

    def reading(self) -> dict[str, Any]:
        """The settings that decide how mail is recognised: if one changes, all mail is read again."""
        return {
            "senders": sorted(self.trust.senders),
            "links": sorted(self.trust.link_hosts),
            "method": self.trust.method,
            "server": self.trust.authentication_server,
            "subjects": dict(self.patterns.subjects),
            "bodies": dict(self.patterns.bodies),
        }


@dataclass(frozen=True)
class MailboxAnswers:
    """``answers``: recognised mail; ``unknown``: mail that was not recognised or has no organisation. ``status`` and
    ``to_confirm``: of the requested organisation. ``no_links``: no link is allowed, so a follow-up form cannot be
    returned."""

    answers: tuple[ReceivedMail, ...]
    unknown: tuple[ReceivedMail, ...]
    no_links: bool
    status: VzvzStatus | None = None
    to_confirm: tuple[ToConfirm, ...] = ()


def read_mailbox(command: ReadMailbox, *, check_mode: bool) -> MailboxAnswers:
    """Errors: those of ``imap_mailbox.read``, and of the dossier."""
    ura = command.ura
    with command.dossier.maybe_open(read_only=check_mode) as store:
        dossiers = store.read_all() if store else []
        # With the spelling that is used here: a mail may leave out leading zeros.
        known = {Ura(one): one for one in [*(each.ura for each in dossiers), *filter(None, [ura])]}
        box = store.observations.mailbox(command.imap.place(), command.reading()) if store else None
        # Mail of another organisation that was read with these settings is not fetched again. Mail that was not
        # recognised is, because the dossier may know more now; and the organisation's own mail is, for its link or
        # reason.
        read_before = store.observations.known(box).rows if store and box else []
        skip = {(one.uidvalidity, one.uid, base_of(one.message_id)) for one in read_before if _of_another(one, ura)}
        read = imap_mailbox.read(
            command.imap,
            command.trust,
            command.patterns,
            references=store.references() if store else {},
            skip=skip,
            sent=sent_by(dossiers),
        )
        mails = [_owned(one, known) if known or one.problem else one for one in read]
        if store and box and not check_mode:
            present = {(uidvalidity, uid) for uidvalidity, uid, _message_id in skip}
            store.observations.observe(box, map(observed, mails), present=present)
    mine = tuple(one for one in mails if one.problem is None and (not ura or same_ura(one.ura, ura)))
    found = MailboxAnswers(
        mine,
        tuple(one for one in mails if one.problem and not _of_another(one, ura)),
        no_links=not command.trust.link_hosts,
    )
    if not ura:
        return found
    proof_needed = command.environment == "production"
    return replace(
        found,
        status=status_of(mine, ura, since=command.since, proof_needed=proof_needed),
        to_confirm=tuple(to_confirm(mine, ura, since=command.since, proof_needed=proof_needed)),
    )


def observed(one: ReceivedMail) -> Observation:
    """The data of a mail that the dossier stores."""
    return Observation(
        message_id=one.message_id,
        uidvalidity=one.uidvalidity,
        uid=one.uid,
        received_at=iso(one.received_at) if one.received_at else "",
        kind=one.kind,
        ura=None if one.problem == "ura_of_nobody" else one.ura,
        reference=one.reference,
        problem=one.problem,
        about=one.about,
    )


def sent_by(dossiers: Iterable[Dossier]) -> dict[str, str]:
    """Message-ID of each sent mail -> the organisation's URA number."""
    return {one.message_id: each.ura for each in dossiers for one in each.submissions if one.message_id}


def _of_another(one: Observation | ReceivedMail, ura: str | None) -> bool:
    """Whether the mail belongs to another organisation. A mail with an unknown URA number belongs to none."""
    return bool(ura and one.ura and one.problem != "ura_of_nobody" and not same_ura(one.ura, ura))


def _owned(one: ReceivedMail, known: Mapping[Ura, str]) -> ReceivedMail:
    """The mail with the URA number as it is written here; as ``unknown`` if it belongs to no organisation."""
    if one.ura is None:
        return one
    if Ura(one.ura) in known:
        return replace(one, ura=known[Ura(one.ura)])
    if one.problem:
        # A URA number in a mail that was not recognised adds no organisation.
        return replace(one, ura=None)
    return replace(one, kind="unknown", problem="ura_of_nobody", detail=one.ura)
