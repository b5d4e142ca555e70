# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's answers: the mailbox is read once per run and channel, and gives each organisation what is its own.

A channel is all that the reading depends on: server, TLS, account, credential, folder, senders, authentication, texts,
places of links and the dossier. Only what is newer than the dossier knows is fetched. Nothing is written by looking:
``record`` does, before the first effect.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.ura import Ura
from ....module_utils._dossier.model import Dossier, Observation
from ....module_utils._dossier.observations import Mailbox, base_of
from ....module_utils._dossier.store import DossierStore
from ....module_utils._mail import imap_mailbox
from ....module_utils._mail.imap_mailbox import Before
from ....module_utils._onboarding.mail_rows import answer_of, merged, owned, to_look_at, uid_of
from ....module_utils._onboarding.observed import GOOD, Answer, Look, Seen, Trouble
from ....module_utils._use_cases.read_mailbox import ReadMailbox, observed, sent_by
from .channel import bad, channel, trouble_of
from .shared import OncePerRun

#: The dossier may know more by now, or the server give it. All else that is nobody's stays so until it is read in
#: another way.
_AGAIN = ("ura_missing", "ura_of_nobody", "reference_of_another", "reference_of_several", "not_fetched")


#: What the dossier keeps of a mail, in the order in which ``Observation`` has it.
_KEPT = ("message_id", "uidvalidity", "uid", "received_at", "kind", "ura", "reference", "problem", "about")


@dataclass(frozen=True)
class MailboxLook:
    """``rows``: this organisation's mail, understood or not. ``news``: the channel has mail, of whomever, that the
    dossier does not know yet. ``channel``: for ``record`` and ``of_nobody``. ``dossier``: the organisation's."""

    mailbox: Seen[bool]
    channel: str = ""
    rows: tuple[Observation, ...] = ()
    proves: bool = False
    news: bool = False
    dossier: Dossier | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(answer_of(one, self.dossier, proves=self.proves) for one in self.rows)

    def row(self, message_id: str) -> Observation:
        """The mail of an answer, to be fetched when it is used."""
        return next(one for one in self.rows if one.message_id == message_id)


def look(
    reading: ReadMailbox, *, ura: str, store: DossierStore, shared: OncePerRun, dossier: Dossier | None = None
) -> MailboxLook:
    """``dossier``: the organisation's."""
    imap, understood = reading.imap, reading.reading()
    try:
        box = store.observations.mailbox(imap.place(), understood)
        name = channel(shared, reading.dossier.url, dataclasses.asdict(imap), imap.place(), understood)
        found = shared.get(_key(name), lambda: _read(reading, box, store))
        known = store.observations.known(box, ura).rows
    except (ZorgidError, OSError) as error:
        return MailboxLook(bad(error))
    new = _rows(found["rows"])
    rows = merged(known, new, ura=ura, present={tuple(one) for one in found["present"]})
    seen = Seen[bool](Look.BAD, trouble=Trouble(**found["trouble"])) if found["trouble"] else GOOD
    return MailboxLook(seen, name, rows, reading.trust.method != "none", bool(new), dossier)


def record(store: DossierStore, shared: OncePerRun, channels: Iterable[str], uras: Iterable[str]) -> None:
    """Write down what was read in these channels: once per run, whoever comes first; before the first effect, so that
    the dossier's clock says of each mail that it was seen before what is sent now. ``uras``: all that the run knows,
    because a mail makes no organisation of a number that nobody has."""
    play = list(uras)
    for name in dict.fromkeys(filter(None, channels)):
        shared.get({"recorded": name}, partial(_record, store, shared, name, play))


def of_nobody(shared: OncePerRun, channels: Iterable[str], uras: Iterable[str]) -> list[Observation]:
    """What is nobody's in these channels and asks something of somebody, each mail once: for the run, not for an
    organisation. ``uras``: all that the run knows."""
    found: dict[tuple[str, int, int], Observation] = {}
    looked: set[str] = set()
    play = list(uras)
    for name in dict.fromkeys(filter(None, channels)):
        answer = _answer(shared, name)
        known = {Ura(one): one for one in [*play, *answer["known"]]}
        looked.update(answer["looked_at"])
        for one in (*_rows(answer["nobodys"]), *(owned(each, known) for each in _rows(answer["rows"]))):
            if one.ura is None:
                found[answer["mailbox"]["digest"], one.uidvalidity, one.uid] = one
    return list(to_look_at(found.values(), looked))


def _key(name: str) -> dict[str, str]:
    return {"mailbox": name}


def _answer(shared: OncePerRun, name: str) -> dict[str, Any]:
    """What was read, by whoever looked first; a channel that nobody looked at holds nothing."""
    nothing: dict[str, Any] = {"trouble": {}, "mailbox": {"digest": ""}}
    nothing |= {"rows": [], "present": [], "nobodys": [], "known": [], "looked_at": []}
    return shared.get(_key(name), lambda: nothing)


def _record(store: DossierStore, shared: OncePerRun, name: str, uras: list[str]) -> int:
    answer = _answer(shared, name)
    if not answer["rows"]:
        return 0
    known = _spellings(store, uras)
    rows = [owned(one, known) for one in _rows(answer["rows"])]
    present = [tuple(one) for one in answer["present"]]
    return store.observations.observe(Mailbox(**answer["mailbox"]), rows, present=present)


def _spellings(store: DossierStore, uras: Iterable[str]) -> dict[Ura, str]:
    """Every organisation, as the dossier writes it where it knows it."""
    return {Ura(one): one for one in [*uras, *(each.ura for each in store.read_all())]}


def _rows(told: Iterable[Any]) -> list[Observation]:
    return [Observation(*one) for one in told]


def _told(one: Observation) -> list[Any]:
    return [getattr(one, name) for name in _KEPT]


def _read(reading: ReadMailbox, box: Mailbox, store: DossierStore) -> dict[str, Any]:
    """As plain JSON: of each new mail what the dossier keeps of it, and no more."""
    known = store.observations.known(box).rows
    places: dict[str, list[tuple[int, int]]] = {}
    for one in known:
        places.setdefault(base_of(one.message_id), []).append(uid_of(one))
    nobodys = [one for one in known if one.ura is None]
    before = Before(places, [uid_of(one) for one in nobodys if one.problem in _AGAIN])
    answer: dict[str, Any] = {"trouble": {}, "rows": [], "present": [], "known": []}
    answer["looked_at"] = sorted(store.words.looked_at())
    answer["mailbox"] = dataclasses.asdict(box)
    try:
        found, present = imap_mailbox.read_new(
            reading.imap,
            reading.trust,
            reading.patterns,
            before,
            told=lambda: (store.references(), sent_by(store.read_all())),
        )
        answer["known"] = [one.ura for one in store.read_all()] if found else []
    except (ZorgidError, OSError) as error:
        answer["trouble"] = dataclasses.asdict(trouble_of(error))
    else:
        rows = [observed(one) for one in found]
        again = {uid_of(one) for one in rows}
        nobodys = [one for one in nobodys if uid_of(one) not in again]
        answer |= {"rows": [_told(one) for one in rows], "present": sorted(present)}
    return {**answer, "nobodys": [_told(one) for one in nobodys]}
