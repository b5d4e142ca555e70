# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's answers: the mailbox is read once per run and channel, and each organisation gets its own mail.

A channel is everything that the reading depends on: server, TLS, account, credential, folder, senders, authentication,
texts, places of links and the dossier. Only mail that the dossier does not have is fetched. The reading writes nothing;
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

#: Problems after which a mail is read again, because the dossier may know more now or the server may now deliver it.
#: Other mail without an organisation is read again only if the settings change.
_AGAIN = ("ura_missing", "ura_of_nobody", "reference_of_another", "reference_of_several", "not_fetched")


#: The data of a mail that the dossier stores, in the order of ``Observation``.
_KEPT = ("message_id", "uidvalidity", "uid", "received_at", "kind", "ura", "reference", "problem", "about")


@dataclass(frozen=True)
class MailboxLook:
    """``rows``: this organisation's mail, recognised or not. ``news``: the channel has mail, of any organisation or
    none, that the dossier does not have yet. ``channel``: for ``record`` and ``of_nobody``. ``dossier``: the
    organisation's."""

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
        """The row of an answer's mail, to fetch it when it is used."""
        return next(one for one in self.rows if one.message_id == message_id)


def look(
    reading: ReadMailbox,
    *,
    ura: str,
    store: DossierStore,
    shared: OncePerRun,
    dossier: Dossier | None = None,
    job: str = "",
) -> MailboxLook:
    """``dossier``: the organisation's. ``job``: runs with the same one are slices of one job, and read once together;
    empty: this run reads for itself."""
    imap, understood = reading.imap, reading.reading()
    try:
        box = store.observations.mailbox(imap.place(), understood)
        parts = dataclasses.asdict(imap), imap.place(), understood
        name = channel(shared, reading.dossier.url, *parts)
        found = shared.get(_key(name), lambda: _read_once(job, parts, reading, box, store))
        known = store.observations.known(box, ura).rows
    except (ZorgidError, OSError) as error:
        return MailboxLook(bad(error))
    new = _rows(found["rows"])
    rows = merged(known, new, ura=ura, present={tuple(one) for one in found["present"]})
    seen = Seen[bool](Look.BAD, trouble=Trouble(**found["trouble"])) if found["trouble"] else GOOD
    return MailboxLook(seen, name, rows, reading.trust.method != "none", bool(new), dossier)


def record(store: DossierStore, shared: OncePerRun, channels: Iterable[str], uras: Iterable[str]) -> None:
    """Record the mail of these channels, once per run, by the first process that calls it. Call it before the first
    effect, so that each mail's ``seen_at`` is before the moment of what is sent now. ``uras``: all URA numbers of the
    run, because an unknown number in a mail must not add an organisation."""
    play = list(uras)
    for name in dict.fromkeys(filter(None, channels)):
        shared.get({"recorded": name}, partial(_record, store, shared, name, play))


def of_nobody(shared: OncePerRun, channels: Iterable[str], uras: Iterable[str]) -> list[Observation]:
    """Mails of these channels that belong to no organisation and need a person, each once. ``uras``: all URA numbers of
    the run."""
    found: dict[tuple[str, int, int], Observation] = {}
    looked: set[str] = set()
    play = list(uras)
    for name in dict.fromkeys(filter(None, channels)):
        answer = _answer(shared, name)
        known = {Ura(one): one for one in [*play, *answer["known"]]}
        looked.update(answer["looked_at"])
        for one in (*_rows(answer["nobodys"]), *(owned(each, known) for each in _rows(answer["rows"]))):
            if one.ura is None and not _may_be_anothers(one, answer):
                found[answer["mailbox"]["digest"], one.uidvalidity, one.uid] = one
    return list(to_look_at(found.values(), looked))


def _may_be_anothers(one: Observation, answer: dict[str, Any]) -> bool:
    """Whether the mail may belong to an organisation of another slice that the dossier does not have yet. In the next
    run it has it."""
    before = [tuple(place) for place in answer["before"]]
    return bool(answer["slice"]) and one.problem == "ura_of_nobody" and uid_of(one) not in before


def _key(name: str) -> dict[str, str]:
    return {"mailbox": name}


def _answer(shared: OncePerRun, name: str) -> dict[str, Any]:
    """The result of the first process that read this channel; empty if none did."""
    nothing: dict[str, Any] = {"trouble": {}, "mailbox": {"digest": ""}, "slice": False, "before": []}
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
    """URA numbers, as the dossier writes them if it has them."""
    return {Ura(one): one for one in [*uras, *(each.ura for each in store.read_all())]}


def _rows(rows: Iterable[Any]) -> list[Observation]:
    return [Observation(*one) for one in rows]


def _values_of(one: Observation) -> list[Any]:
    return [getattr(one, name) for name in _KEPT]


def _read_once(job: str, parts: Any, reading: ReadMailbox, box: Mailbox, store: DossierStore) -> dict[str, Any]:
    if not job:
        return _read(reading, box, store, job)
    with reading.dossier.open(read_only=False) as writer:
        return writer.shared_readings.once(job, parts, lambda: _read(reading, box, store, job))


def _read(reading: ReadMailbox, box: Mailbox, store: DossierStore, job: str) -> dict[str, Any]:
    """Read the mailbox; the result is plain JSON with the data of new mails that the dossier stores, and no more."""
    known = store.observations.known(box).rows
    places: dict[str, list[tuple[int, int]]] = {}
    for one in known:
        places.setdefault(base_of(one.message_id), []).append(uid_of(one))
    nobodys = [one for one in known if one.ura is None]
    before = Before(places, [uid_of(one) for one in nobodys if one.problem in _AGAIN])
    answer: dict[str, Any] = {"trouble": {}, "rows": [], "present": [], "known": []}
    answer["looked_at"] = sorted(store.words.looked_at())
    answer["mailbox"] = dataclasses.asdict(box)
    answer |= {"slice": bool(job), "before": [uid_of(one) for one in nobodys]}
    try:
        found, present = imap_mailbox.read_new(
            reading.imap,
            reading.trust,
            reading.patterns,
            before,
            references_and_sent=lambda: (store.references(), sent_by(store.read_all())),
        )
        answer["known"] = [one.ura for one in store.read_all()] if found else []
    except (ZorgidError, OSError) as error:
        answer["trouble"] = dataclasses.asdict(trouble_of(error))
    else:
        rows = [observed(one) for one in found]
        again = {uid_of(one) for one in rows}
        nobodys = [one for one in nobodys if uid_of(one) not in again]
        answer |= {"rows": [_values_of(one) for one in rows], "present": sorted(present)}
    return {**answer, "nobodys": [_values_of(one) for one in nobodys]}
