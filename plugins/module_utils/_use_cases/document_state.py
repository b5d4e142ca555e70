# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the existing document with the one that the inventory describes; nothing is signed or written here."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from importlib.resources import files
from pathlib import Path

from .. import _document
from .._common.libraries import needs
from .._document import revision
from .._document.described import DescribedDocument, digest, read
from .._document.revision import WantedSignature
from .._document.verification import Verification, verify
from .._document.xml import canonical, parse
from .._dossier.kept import KeptContent
from .._dossier.store import DossierStore
from .._uzi.certificate import thumbprint

with needs("cryptography>=44"):
    from cryptography import x509

#: The dossier's names for two digests: of the input with which a document was last found valid, and of its content.
INPUT, CONTENT = "document_input", "document_content"


@dataclass(frozen=True)
class DocumentState:
    """``before``: the existing document or, if ``missing``, the copy from the dossier; None if there is neither.
    ``existing``: its verification without a judge of certificates. ``reason``: as ``revision.reason``, or
    ``put_back``."""

    path: Path
    unsigned: bytes
    wanted: WantedSignature
    before: bytes | None
    missing: bool
    existing: Verification | None
    reason: str

    @property
    def stands(self) -> bool:
        """Whether the existing document is the one that would be made."""
        return self.reason in ("unchanged", "put_back")


def compare(
    described: DescribedDocument,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    environment: str,
    kept: KeptContent,
) -> DocumentState:
    """``certificate`` and ``chain``: those of the signer.

    Errors: those of ``DescribedDocument.unsigned``, of ``standing`` and of ``xml.parse``.
    """
    unsigned, wanted = described.unsigned(certificate, environment), described.signature(certificate, chain)
    before, missing = standing(described.path, kept)
    existing = None if before is None else verify(before, judge=None)
    reason: str = revision.reason(unsigned, wanted, existing, before)
    shown_reason = "put_back" if missing and reason == "unchanged" else reason
    return DocumentState(described.path, unsigned, wanted, before, missing, existing, shown_reason)


def standing(path: Path, kept: KeptContent) -> tuple[bytes | None, bool]:
    """The document at the path or, if the file is missing (True), the dossier's copy. Error:
    ``document_unreadable``."""
    if os.path.lexists(path):
        return read(path), False
    before = kept.newest()
    return before, before is not None


def content_of(state: DocumentState, store: DossierStore | None, ura: str) -> str:
    """A digest of what would be signed now: it changes with the content and with the way of signing.

    Keyed if the dossier has a key, because names and birth dates are easy to guess from a plain digest.
    """
    wanted = state.wanted
    signed_parts = [
        digest(canonical(parse(state.unsigned))),
        [thumbprint(one) for one in (wanted.certificate, *wanted.chain)],
        astuple(wanted.kind),
    ]
    data = json.dumps(signed_parts).encode()
    keyed = store.observations.keyed(ura, CONTENT, data) if store else None
    return keyed or digest(data)


def input_of(described: DescribedDocument, wanted: WantedSignature, environment: str, document: bytes) -> bytes:
    """Digest of all input that decides how the document is made and verified, and of the document itself.

    While it is unchanged, content, schema and signature need no new check. It includes our own code and profile, so
    that after an update everything is checked once.
    """
    schema = Path(described.schema) if described.schema else None
    # The files that an XSD imports are in its folder.
    beside = sorted(schema.parent.glob("*.xsd")) if schema else []
    inputs = [
        ours(),
        asdict(described.organisation),
        environment,
        described.mapping,
        [described.valid_until, *astuple(wanted.kind), described.schema],
        [digest(read(path)) if path else None for path in (described.template, described.form, schema, *beside)],
        [thumbprint(one) for one in (wanted.certificate, *wanted.chain)],
        digest(document),
    ]
    return json.dumps(inputs, sort_keys=True, default=str).encode()


def may_be_over(document: bytes, at: datetime.datetime) -> bool:
    """Whether the last moment in a document of our profile may be past. For a document that was found valid before."""
    found = re.findall(rb"geldigTot[^0-9]{1,20}([0-9]{4}-[0-9]{2}-[0-9]{2})", document)
    return any(one.decode() < at.date().isoformat() for one in found)


@functools.cache
def ours() -> str:
    """Digest of the code and the profile with which documents are made and verified."""
    seen = hashlib.sha256()
    root = files(_document)
    for folder in (root, root / "profile"):
        for one in sorted(folder.iterdir(), key=lambda one: one.name):
            if one.name.endswith((".py", ".j2", ".xsd")):
                seen.update(hashlib.sha256(one.read_bytes()).digest())
    return seen.hexdigest()
