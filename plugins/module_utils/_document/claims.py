# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether signed content and its signer are what they should be; each function refuses with a reason, or returns."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .messages import CERTIFICATE_NL
from .rendering import ENVIRONMENTS
from .schema import validate
from .structure import Refused, Shape, shown
from .xml import Element

with needs("lxml>=5.2"):
    from lxml import etree

# Names that documents of others may give the URA; compared without case, hyphens and underscores.
_URA_NAMES = frozenset(["ura", "uranummer", "uranumber", "urasubscribernumber", "abonneenummer"])


class Judging(Protocol):
    """What ``_uzi.Judge`` gives."""

    def judge(self, certificate: Any, extra_intermediates: Sequence[Any] = ()) -> Any: ...


def fits(content: Element, schema: str | Path | None) -> None:
    try:
        validate(content, schema)
    except ZorgidError as error:
        if error.code != "document_schema_invalid":
            raise
        raise Refused("schema_invalid", error.found or "") from error


def judged(judge: Judging, parsed: Any, shape: Shape) -> None:
    judgement = judge.judge(parsed, shape.others)
    if not judgement.usable:
        errors = [problem for problem in judgement.problems if problem.severity == "error"]
        dutch = dict.fromkeys(CERTIFICATE_NL.get(problem.code, problem.message) for problem in errors)
        raise Refused("certificate_unusable", "; ".join(problem.message for problem in errors), "; ".join(dutch))


def same_ura(content: Element, in_certificate: str | None, asked: str | None) -> None:
    named = [
        (text or "").strip()
        for element in content.iter(etree.Element)
        for name, text in ((element.tag, element.text), *(element.items() if element.keys() else ()))
        if _plain(name) in _URA_NAMES
    ]
    written = {text for text in named if text}
    if not written and asked and any(asked == (text or "").strip() for text in content.itertext()):
        written = {asked}
    if not written or not in_certificate:
        raise Refused("ura_missing", "the document" if in_certificate else "the certificate")
    if len(written) > 1:
        raise Refused("ura_ambiguous", shown(", ".join(sorted(written))))
    found = written.pop()
    if found != in_certificate or (asked is not None and asked != found):
        told = f"document {shown(found)}, certificate {in_certificate}" + (f", asked for {asked}" if asked else "")
        raise Refused("certificate_ura_mismatch", told)


@functools.lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return name.rpartition("}")[2].lower().replace("-", "").replace("_", "")


def same_environment(content: Element, environment: str) -> None:
    found = content.get("omgeving", "")
    if found != ENVIRONMENTS.get(environment, environment):
        raise Refused("environment_wrong", f"{shown(found)}, not {ENVIRONMENTS.get(environment, environment)}")


def not_over(content: Element, at: datetime.datetime) -> None:
    until = content.get("geldigTot", "")
    try:
        over = datetime.date.fromisoformat(until) < at.date()
    except ValueError as error:
        raise Refused("schema_invalid", "geldigTot") from error
    if over:
        raise Refused("validity_over", until)
