# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a document has to be signed (again), why, and the changes, shown without personal data."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .._common.libraries import needs
from .._common.masking import mask, mask_email
from .._common.text import printable
from .signing import SignatureKind, methods_of
from .structure import local_name
from .verification import Verification
from .xml import DS, PROFILE, Element, canonical, parse, select

with needs("lxml>=5.2"):
    from lxml import etree
with needs("cryptography>=44"):
    from cryptography import x509

# Elements of the default profile about the organisation or its systems; the other ones contain people.
_PUBLIC = frozenset(["Zorgaanbieder", "Zorgapplicatie", "Certificaat"])
# Checks of whether the older version is unchanged since its signature; the other checks apply today's rules to it.
_INTEGRITY = frozenset(
    ["readable", "one_signature", "identifiers", "references", "algorithms", "key", "signature", "content"]
)

LINES = 2_000


@dataclass(frozen=True)
class WantedSignature:
    """The signature that is wanted. ``chain``: the certificates to add beside the signer's."""

    certificate: x509.Certificate
    chain: Sequence[x509.Certificate] = ()
    kind: SignatureKind = field(default_factory=SignatureKind)


def reason(unsigned: bytes, wanted: WantedSignature, existing: Verification | None, existing_file: bytes | None) -> str:
    """``unchanged``, or why to sign: ``new``, ``invalid``, ``certificate``, ``algorithm``, ``validity``, ``content``.

    ``existing`` is the verification (without a judge) of the present document, ``existing_file`` its bytes.
    """
    if existing is None or existing_file is None:
        return "new"
    if existing.signed_content is None or any(check.code in _INTEGRITY for check in existing.failed()):
        return "invalid"
    if existing.certificate != wanted.certificate:
        return "certificate"
    now = (existing.algorithm, existing.xades, set(existing.chain))
    asked = (methods_of(wanted.kind.algorithm)[0].value, wanted.kind.xades, set(wanted.chain))
    if now != asked or not _in_place(existing_file, wanted):
        return "algorithm"
    before, after = existing.signed_content, parse(unsigned)
    if canonical(before) == canonical(after):
        return "unchanged"
    return "validity" if _without_validity(before) == _without_validity(after) else "content"


def lines(document: bytes | Element) -> str:
    """One line for each value: its place and the value; values that may be personal data are masked.

    At most ``LINES`` lines, and then a line with ``…``.
    """
    root = parse(document) if isinstance(document, bytes) else document
    made = list(itertools.islice(_lines(root), LINES + 1))
    return "\n".join([*made[:LINES], "…"] if len(made) > LINES else made) + "\n"


def _lines(root: Element) -> Iterator[str]:
    ours = etree.QName(root).namespace == PROFILE
    # Not lxml's getelementpath, which counts all siblings again for each element.
    waiting = [(root, local_name(root), ours)]
    while waiting:
        element, path, public = waiting.pop()
        for name, value in element.attrib.items():
            yield f"{path}/@{local_name(name)}: {printable(value) if ours else _hidden(value)}"
        if (text := (element.text or "").strip()) != "":
            yield f"{path}: {printable(text) if public else _hidden(text)}"
        children = [one for one in element.iterchildren(etree.Element) if not one.tag.startswith(f"{{{DS}}}")]
        times, seen = Counter(one.tag for one in children), Counter[str]()
        inner = []
        for child in children:
            seen[child.tag] += 1
            name = local_name(child)
            number = f"[{seen[child.tag]}]" if times[child.tag] > 1 else ""
            readable = name in _PUBLIC if element is root else public
            inner.append((child, f"{path}/{name}{number}"[:1_000], ours and readable))
        waiting += reversed(inner)


def _hidden(value: str) -> str:
    text = printable(value)
    return mask_email(text) if "@" in text else mask(text)


def _in_place(file: bytes, wanted: WantedSignature) -> bool:
    """Whether the signature is at the wanted place."""
    root = parse(file)
    parent = root.find(f".//{{{DS}}}Signature").getparent()
    if wanted.kind.place is None:
        return parent is root
    found = select(root, wanted.kind.place, option="signature_place")
    return len(found) == 1 and found[0] is parent


def _without_validity(root: Element) -> bytes:
    made = copy.deepcopy(root.getroottree()).getroot()
    if etree.QName(made).namespace == PROFILE:
        made.attrib.pop("geldigTot", None)
    return canonical(made)
