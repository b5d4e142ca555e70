# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document as the inventory describes it, and the unsigned XML that is made from the description."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.organisation import Organisation
from .._common.trouble import in_words
from .._uzi.certificate import thumbprint
from .rendering import fill, render
from .revision import WantedSignature
from .schema import validate
from .signing import SignatureKind
from .xml import SIZE_LIMIT

with needs("cryptography>=44"):
    from cryptography import x509


@dataclass(frozen=True)
class DescribedDocument:
    """The document that the inventory describes, and the signature that it gets.

    ``path``: of the signed document. ``form`` (XML) with ``mapping`` (XPath: name of a value), or ``template``
    (Jinja2), or the default profile. ``schema``: an XSD file. ``valid_until``: not after the end of the certificate.
    ``include_chain``: add the CA certificates. Error: ``options_invalid`` for a wrong combination of options.
    """

    organisation: Organisation
    path: Path
    template: Path | None = None
    form: Path | None = None
    mapping: Mapping[str, str] | None = None
    schema: str | None = None
    valid_until: datetime.date | None = None
    kind: SignatureKind = field(default_factory=SignatureKind)
    include_chain: bool = False

    def __post_init__(self) -> None:
        if bool(self.form) != bool(self.mapping) or (self.form and self.template):
            raise ZorgidError(
                "options_invalid",
                "form and mapping go together, and cannot be combined with template",
                expected="form with mapping, or template, or none of them",
                found="another combination",
                action="remove the option that does not belong",
            )
        if not all(isinstance(name, str) for pair in (self.mapping or {}).items() for name in pair):
            raise ZorgidError(
                "options_invalid",
                "mapping contains something that is not text",
                expected="XPath: name of a value",
                found="something else",
                action="put the values in quotes",
            )
        if self.path in (self.form, self.template):
            raise ZorgidError(
                "options_invalid",
                "path is the form or the template itself, which would be overwritten",
                expected="another file for the signed document",
                found="the same file",
                action="correct path",
            )

    @property
    def ura(self) -> str:
        return self.organisation.ura

    def signature(self, certificate: x509.Certificate, chain: Sequence[x509.Certificate]) -> WantedSignature:
        """The signature to make with this certificate and its ``chain``."""
        return WantedSignature(certificate, tuple(chain) if self.include_chain else (), self.kind)

    def unsigned(self, certificate: x509.Certificate, environment: str) -> bytes:
        """The XML to sign with this certificate.

        Errors: ``validity_exceeds_certificate``, ``document_unreadable``, ``template_invalid``, those of ``render``,
        ``fill`` and ``validate``.
        """
        self._check_end(certificate.not_valid_after_utc.date())
        extra: dict[str, Any] = {
            "environment": environment,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "certificate": {
                "thumbprint": thumbprint(certificate),
                "serial_number": f"{certificate.serial_number:X}",
                "issuer": certificate.issuer.rfc4514_string(),
                "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        }
        if self.form:
            made = fill(read(self.form), self.mapping or {}, self.organisation, extra)
        else:
            template = _template(self.template) if self.template else None
            made = render(self.organisation, template=template, extra=extra)
        if self.schema or not (self.form or self.template):
            validate(made, self.schema)
        return made

    def _check_end(self, last: datetime.date) -> None:
        if self.valid_until and self.valid_until > last:
            raise ZorgidError(
                "validity_exceeds_certificate",
                "The document would be valid longer than the certificate it is signed with",
                expected=f"valid_until not after {last}",
                found=self.valid_until.isoformat(),
                action="correct valid_until, or leave it out",
            )


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> bytes:
    """A document, form or template; at most ``SIZE_LIMIT`` + 1 bytes of it.

    Error: ``document_unreadable``.
    """
    try:
        # One byte more than the limit, so that the caller sees that the file is too large.
        with path.open("rb") as stream:
            return stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ZorgidError(
            "document_unreadable",
            f"The file {path} cannot be read",
            expected="a file on the controller",
            found=in_words(error),
            action="correct the path or the permissions",
        ) from error


def _template(path: Path) -> str:
    try:
        return read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ZorgidError(
            "template_invalid",
            f"The template {path} is not text in UTF-8",
            expected="a Jinja2 template in UTF-8",
            found=f"byte {error.start + 1} is not UTF-8",
            action="save it as UTF-8",
        ) from error
