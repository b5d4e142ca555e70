# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation that continues under another URA number, because a new name is a new subscription. Pure.

Nothing of the former dossier applies in the new one: certificate, application, document and activation belong to one
URA number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._common.ura import Ura, is_ura, same_ura
from .known import Known
from .observed import Continues, Trouble, by_word
from .steps import Effect

#: Steps that are not started any more for the former number; the portal is kept up to date until it is withdrawn.
NOT_ANY_MORE = frozenset(
    {
        Effect.SUBMIT_APPLICATION,
        Effect.SIGN_DOCUMENT,
        Effect.MAIL_DOCUMENT,
        Effect.SUBMIT_FOLLOW_UP,
        Effect.MAKE_LETTER,
    }
)
INVALID = "continues_invalid"


def wrong(ura: str, link: Continues | None) -> Trouble | None:
    """What is wrong with the link, by the dossiers of both numbers."""
    if link is None:
        return None
    if not is_ura(link.ura):
        return None  # reported with the organisation's other fields
    if same_ura(ura, link.ura):
        return _trouble(ura, link.ura, "an organisation that continues itself")
    if any(same_ura(ura, one) for one in link.before):
        return _trouble(ura, link.ura, f"a circle: {' continues '.join([link.ura, *link.before])}")
    if link.continued_by and not same_ura(ura, link.continued_by):
        taken = f"{link.ura} is continued by {link.continued_by} already"
        mistaken = (
            f"correct continues; or, if {link.continued_by} was a mistake, take it back with the action "
            f"gbz.zorgid.dossier (ura: {link.ura}, word: undone, undoes: continued_by, subject: {link.continued_by})"
        )
        return _trouble(ura, link.ura, taken, mistaken)
    if not link.there:
        return _trouble(ura, link.ura, f"no dossier of {link.ura}")
    return None


def between(links: Mapping[str, tuple[str, str]]) -> dict[str, Trouble]:
    """What is wrong with links, by the whole inventory: ``links`` has for each host its URA number and the one that it
    continues. If two hosts continue the same number, both stop; in a circle, all stop."""
    pairs = {host: pair for host, pair in links.items() if is_ura(pair[0]) and is_ura(pair[1])}
    continues = {Ura.of(ura): Ura.of(old) for ura, old in pairs.values()}
    found: dict[str, Trouble] = {}
    for host, (ura, old) in pairs.items():
        rivals = [one for one, (_ura, other) in pairs.items() if one != host and same_ura(other, old)]
        if rivals:
            found[host] = _trouble(ura, old, f"{' and '.join(rivals)} continues {old} too")
        elif not same_ura(ura, old) and _returns(Ura.of(ura), continues):
            found[host] = _trouble(ura, old, f"a circle, which {ura} and {old} are in")
    return found


def _returns(start: Ura, continues: Mapping[Ura, Ura]) -> bool:
    seen: set[Ura] = set()
    at: Ura | None = start
    while at is not None and at not in seen:
        seen.add(at)
        at = continues.get(at)
    return at == start


def continued(known: Known) -> Trouble | None:
    """The trouble of the former organisation, until a person withdraws it."""
    new = known.continued_by
    if not new or known.stands("withdrawn", "undone"):
        return None
    return Trouble(
        "organisation_continued",
        f"It goes on under another URA number, {new}",
        found="nothing is applied for or signed for this number any more; its accounts are kept",
        action=f"when everybody can work with {new}, unlink the accounts here, and record that this one is withdrawn",
        record=by_word("word=withdrawn"),
    )


def taken_over(link: Continues | None) -> str:
    """Half a sentence for the new organisation."""
    return f"continues {link.ura}, nothing of which counts here" if link else ""


def all_of(hosts: Iterable[tuple[str, str, Continues | None]]) -> dict[str, tuple[str, str]]:
    """``between``, for tuples of host, URA number and link."""
    return {host: (ura, link.ura) for host, ura, link in hosts if link}


def _trouble(
    ura: str,
    old: str,
    found: str,
    action: str = "correct continues in zorgid_onboarding_organisation, or remove it",
) -> Trouble:
    return Trouble(
        "continues_invalid",
        f"{ura} cannot continue {old}",
        expected="in continues the URA number of another organisation of this dossier, which no other one continues",
        found=found,
        action=action,
    )
