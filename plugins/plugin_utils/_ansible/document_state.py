# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document that stands there against the one that the inventory describes; nothing is signed or written here."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...module_utils import _document
from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import needs
from ...module_utils._common.text import printable
from ...module_utils._common.trouble import in_words
from ...module_utils._document import revision
from ...module_utils._document.content import Organisation
from ...module_utils._document.rendering import fill, render
from ...module_utils._document.schema import validate
from ...module_utils._document.verification import Verification, verify
from ...module_utils._document.xml import SIZE_LIMIT, canonical, parse
from ...module_utils._dossier.store import DossierStore
from .action import Options
from .kept import Kept

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

#: What the dossier calls what a document was last seen good with, and what a document says.
INPUT, CONTENT = "document_input", "document_content"


@dataclass(frozen=True)
class State:
    """``before``: the document that stands there, or (``missing``) the one that the dossier kept; None: there is none.
    ``existing``: its verification without a judge. ``reason``: as ``revision.reason``, or ``put_back``."""

    path: Path
    unsigned: bytes
    wanted: revision.Wanted
    before: bytes | None
    missing: bool
    existing: Verification | None
    reason: str

    @property
    def stands(self) -> bool:
        """What is there is what would be made."""
        return self.reason in ("unchanged", "put_back")


def compare(
    options: Options,
    organisation: Organisation,
    environment: str,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    kept: Kept,
) -> State:
    """``certificate``, with its ``chain``: what would sign."""
    until = _until(options["valid_until"], certificate.not_valid_after_utc)
    unsigned = _unsigned(options, organisation, certificate, until, environment)
    wanted = revision.Wanted(
        certificate=certificate,
        chain=tuple(chain) if options["include_chain"] else (),
        algorithm=options["signature_algorithm"],
        xades=options["xades"],
        place=options["signature_place"],
    )
    before, missing, path = standing(options, kept)
    existing = None if before is None else verify(before, judge=None)
    reason: str = revision.reason(unsigned, wanted, existing, before)
    return State(
        path, unsigned, wanted, before, missing, existing, "put_back" if missing and reason == "unchanged" else reason
    )


def standing(options: Options, kept: Kept) -> tuple[bytes | None, bool, Path]:
    """The document that stands at the path, or that the dossier kept (True: the file is missing)."""
    path = Path(options["path"])
    if os.path.lexists(path):
        return read(path), False, path
    before = kept.newest()
    return before, before is not None, path


def content_of(state: State, store: DossierStore | None, ura: str) -> str:
    """A digest of what would be signed now: it changes when that would say something else, or be signed otherwise.

    Keyed where the dossier has a key: who guesses a name with a birth date finds a bare one in a second.
    """
    wanted = state.wanted
    told = [
        hashlib.sha256(canonical(parse(state.unsigned))).hexdigest(),
        [thumbprint(one) for one in (wanted.certificate, *wanted.chain)],
        [wanted.algorithm, wanted.xades, wanted.place],
    ]
    data = json.dumps(told).encode()
    keyed = store.observations.keyed(ura, CONTENT, data) if store else None
    return keyed or hashlib.sha256(data).hexdigest()


def input_of(
    options: Options,
    organisation: Organisation,
    environment: str,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    document: bytes,
) -> bytes:
    """Everything that decides what is made and what is thought of it, and the document itself.

    While it is the same, neither rendering, schema nor signature needs to be looked at again. Our own code and profile
    are in it, so that after an update everything is looked at once.
    """
    schema = options["schema"]
    beside = sorted(Path(schema).parent.glob("*.xsd")) if schema else []
    named = [options["template"], options["form"], schema]
    told = [
        ours(),
        asdict(organisation),
        environment,
        options["mapping"],
        [options[name] for name in ("valid_until", "signature_algorithm", "xades", "signature_place", "schema")],
        [digest(read(Path(path))) if path else None for path in (*named, *beside)],
        [thumbprint(one) for one in (certificate, *(chain if options["include_chain"] else ()))],
        digest(document),
    ]
    return json.dumps(told, sort_keys=True).encode()


def may_be_over(document: bytes, at: datetime.datetime) -> bool:
    """Whether the end that a document of our profile names may be past. Only asked of one that was seen good."""
    found = re.findall(rb"geldigTot[^0-9]{1,20}([0-9]{4}-[0-9]{2}-[0-9]{2})", document)
    return any(one.decode() < at.date().isoformat() for one in found)


@functools.cache
def ours() -> str:
    """The code and the profile that documents are made and judged with."""
    seen = hashlib.sha256()
    root = files(_document)
    for folder in (root, root / "profile"):
        for one in sorted(folder.iterdir(), key=lambda one: one.name):
            if one.name.endswith((".py", ".j2", ".xsd")):
                seen.update(hashlib.sha256(one.read_bytes()).digest())
    return seen.hexdigest()


def _unsigned(
    options: Options, organisation: Organisation, certificate: Any, until: str | None, environment: str
) -> bytes:
    extra: dict[str, Any] = {
        "environment": environment,
        "valid_until": until,
        "certificate": {
            "thumbprint": thumbprint(certificate),
            "serial_number": f"{certificate.serial_number:X}",
            "issuer": certificate.issuer.rfc4514_string(),
            "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
    if options["form"]:
        made = fill(read(Path(options["form"])), options["mapping"], organisation, extra)
    else:
        template = _template(Path(options["template"])) if options["template"] else None
        made = render(organisation, template=template, extra=extra)
    if options["schema"] or not (options["form"] or options["template"]):
        validate(made, options["schema"])
    return made


def _template(path: Path) -> str:
    try:
        return read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ZorgidError(
            "template_invalid",
            f"The template {path} is not text in UTF-8",
            expected="a Jinja2 template in UTF-8",
            found=f"byte {error.start + 1} is something else",
            action="save it as UTF-8",
        ) from error


def check_combination(options: Options) -> None:
    mapping = options["mapping"]
    if bool(options["form"]) != bool(mapping) or (options["form"] and options["template"]):
        raise ZorgidError(
            "options_invalid",
            "form and mapping belong together, and exclude template",
            expected="form with mapping, or template, or none of them",
            found="another combination",
            action="take out what does not belong",
        )
    if mapping and not all(isinstance(name, str) for pair in mapping.items() for name in pair):
        raise ZorgidError(
            "options_invalid",
            "mapping holds something else than text",
            expected="XPath: name of a value",
            found="something else",
            action="put what is meant in quotes",
        )
    if options["path"] in (options["form"], options["template"]):
        raise ZorgidError(
            "options_invalid",
            "path is the form or the template itself, which would be overwritten",
            expected="another file for the signed document",
            found="the same file",
            action="correct path",
        )


def _until(until: str | None, not_after: datetime.datetime) -> str | None:
    if until is None:
        return None
    try:
        day = datetime.date.fromisoformat(until)
    except ValueError as error:
        raise ZorgidError(
            "options_invalid",
            "valid_until is not a date",
            expected="YYYY-MM-DD",
            found=printable(until, 40),
            action="correct valid_until",
        ) from error
    if day > not_after.date():
        raise ZorgidError(
            "validity_exceeds_certificate",
            "The document would be valid longer than the certificate it is signed with",
            expected=f"valid_until not after {not_after.date()}",
            found=day.isoformat(),
            action="correct valid_until, or leave it out",
        )
    return day.isoformat()


def thumbprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> bytes:
    try:
        # One byte more than is accepted is enough to refuse it, whatever the size of the file.
        with path.open("rb") as stream:
            return stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ZorgidError(
            "document_unreadable",
            f"The file {path} cannot be read",
            expected="a file on the controller",
            found=in_words(error),
            action="correct the path or the rights",
        ) from error
