# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of signed content and its signer; each function raises ``Refused`` with a reason, or returns."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import Ura, is_ura
from .rendering import ENVIRONMENTS
from .schema import validate
from .structure import Refused
from .wording import CERTIFICATE_NL
from .xml import Element

with needs("lxml>=5.2"):
    from lxml import etree

# Names of the URA in documents of other systems; compared without case, hyphens and underscores.
_BLANK = " \t\r\n"
_URA_NAMES = frozenset(["ura", "uranummer", "uranumber", "urasubscribernumber", "abonneenummer"])


class Judging(Protocol):
    """The part of ``_uzi.Judge`` that a verification uses."""

    def judge(self, certificate: Any, extra_intermediates: Sequence[Any] = ()) -> Any: ...


def fits(content: Element, schema: str | Path | None) -> None:
    """Validate with a schema. Raises ``Refused``; error ``schema_unusable``."""
    try:
        validate(content, schema)
    except ZorgidError as error:
        if error.code != "document_schema_invalid":
            raise
        raise Refused("schema_invalid", error.found or "") from error


def judged(judge: Judging, parsed: Any, others: Sequence[Any]) -> None:
    """Refuse a certificate that ``judge`` finds unusable; the reason contains all its errors."""
    judgement = judge.judge(parsed, others)
    if not judgement.usable:
        errors = [problem for problem in judgement.problems if problem.severity == "error"]
        dutch = dict.fromkeys(CERTIFICATE_NL.get(problem.code, problem.message) for problem in errors)
        raise Refused("certificate_unusable", "; ".join(problem.message for problem in errors), "; ".join(dutch))


def check_ura(content: Element, in_certificate: str | None, asked: str | None) -> None:
    """The document must contain one URA, the certificate's, each time as the only text of its element or attribute."""
    named = list(_named(content))
    if not named and asked:
        leaves = (_text(element) for element in content.iter(etree.Element) if not len(element))
        named = [text for text in leaves if is_ura(text) and Ura(text) == Ura(asked)][:1]
    if not named or not in_certificate:
        raise Refused("ura_missing", "the document" if in_certificate else "the certificate")
    if wrong := next((text for text in named if not is_ura(text)), None):
        raise Refused("ura_malformed", printable(wrong, 60))
    written = {Ura(text) for text in named}
    if len(written) > 1:
        raise Refused("ura_ambiguous", printable(", ".join(sorted(str(one) for one in written))))
    found = written.pop()
    if found != Ura(in_certificate) or (asked is not None and found != Ura(asked)):
        numbers = f"document {found}, certificate {in_certificate}" + (
            f", asked for {printable(asked)}" if asked else ""
        )
        raise Refused("certificate_ura_mismatch", numbers)


def _named(content: Element) -> Iterator[str]:
    """The values of elements and attributes with a name of the URA.

    Such an element is skipped if it contains only elements, or nothing.
    """
    for element in content.iter(etree.Element):
        if _is_ura_name(element.tag) and (text := _text(element)):
            yield text
        if element.keys():
            for name, value in element.items():
                if _is_ura_name(name) and (text := value.strip(_BLANK)):
                    yield text


def _text(element: Element) -> str:
    """The text of an element. Child elements are shown as ``<…>``, so that a number with a child inside is not
    accepted."""
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "<…>".join(pieces).strip(_BLANK) if any(piece.strip(_BLANK) for piece in pieces) else ""


@functools.lru_cache(maxsize=1024)
def _is_ura_name(name: str) -> bool:
    return name.rpartition("}")[2].lower().replace("-", "").replace("_", "") in _URA_NAMES


def same_environment(content: Element, environment: str) -> None:
    """Compare the attribute ``omgeving`` of a document of our profile with the environment."""
    found = content.get("omgeving", "")
    if found != ENVIRONMENTS.get(environment, environment):
        raise Refused("environment_wrong", f"{printable(found, 60)}, not {ENVIRONMENTS.get(environment, environment)}")


def not_over(content: Element, at: datetime.datetime) -> None:
    """Refuse a document of our profile whose ``geldigTot`` is before the day of ``at``."""
    until = content.get("geldigTot", "")
    try:
        over = datetime.date.fromisoformat(until) < at.date()
    except ValueError as error:
        raise Refused("schema_invalid", "geldigTot") from error
    if over:
        raise Refused("validity_over", printable(until, 20))
