# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a certificate to a trusted authority, RFC 5280 section 6, by pyhanko-certvalidator."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable
from datetime import datetime

from .._common.libraries import needs
from .certificate import DAMAGED, is_authority

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
    from pyhanko_certvalidator.path import ValidationPath


class Untrusted(Exception):  # noqa: N818 - an outcome, not a defect
    """No path; the text says why."""


class PathFinder:
    """Paths to these anchors. What a whole path proved about an issuing authority serves its other certificates."""

    def __init__(
        self, anchors: Iterable[x509.Certificate], intermediates: Iterable[x509.Certificate], moment: datetime
    ) -> None:
        valid = [one for one in anchors if one.not_valid_before_utc <= moment <= one.not_valid_after_utc]
        self._anchors = [one for one in valid if is_authority(one)]
        self._intermediates = tuple(one for one in intermediates if is_authority(one))
        self._moment = moment
        self._proven: dict[bytes, tuple[x509.Certificate, ...]] = {}

    def find(
        self, certificate: x509.Certificate, others: Iterable[x509.Certificate] = ()
    ) -> tuple[x509.Certificate, ...]:
        """The authorities above ``certificate``, its issuer first, the anchor last; raises ``Untrusted``.

        The certificate's own validity is somebody else's question: it is asked at a moment when the certificate is
        valid, if there is one within its path's validity.
        """
        if not self._anchors:
            raise Untrusted("no trusted authority of this environment is at hand")
        moment = min(max(self._moment, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
        name = certificate.issuer.public_bytes()
        if name in self._proven:
            chain = self._proven[name]
            try:
                _validate(certificate, chain[:1], (), moment)
            except Untrusted:
                # Another authority of this name may have issued it: then the whole path decides.
                pass
            else:
                return chain
        known = [*self._intermediates, *(one for one in others if is_authority(one))]
        if not any(one.subject == certificate.issuer for one in (*self._anchors, *known)):
            raise Untrusted(f"the issuing authority is not at hand ({certificate.issuer.rfc4514_string()})")
        chain = _validate(certificate, self._anchors, known, moment)
        # Only at the moment of judging, and only where no authority limits the names below it.
        if moment == self._moment and not any(_limits_names(one) for one in chain):
            self._proven[name] = chain
        return chain


def _validate(
    certificate: x509.Certificate,
    anchors: Iterable[x509.Certificate],
    others: Iterable[x509.Certificate],
    moment: datetime,
) -> tuple[x509.Certificate, ...]:
    try:
        path = asyncio.run(_path(certificate, anchors, others, moment))
        above = [one for one in path if one.sha256 != certificate.fingerprint(SHA256())]
        return tuple(x509.load_der_x509_certificate(one.dump()) for one in reversed(above))
    except PathBuildingError as error:
        raise Untrusted("no path leads to a trusted authority") from error
    except ValidationError as error:
        raise Untrusted(str(error).partition(". ")[0]) from error
    except (*DAMAGED, InvalidSignature, UnsupportedAlgorithm) as error:
        raise Untrusted("a certificate of the path is damaged") from error


async def _path(
    certificate: x509.Certificate,
    anchors: Iterable[x509.Certificate],
    others: Iterable[x509.Certificate],
    moment: datetime,
) -> ValidationPath:
    context = ValidationContext(
        trust_roots=[_asn1(one) for one in anchors],
        other_certs=[_asn1(one) for one in others],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(_asn1(certificate), validation_context=context)
    return await validator.async_validate_path()


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return _load(certificate.public_bytes(Encoding.DER))


@functools.lru_cache(maxsize=256)
def _load(der: bytes) -> asn1.Certificate:
    return asn1.Certificate.load(der, strict=True)


def _limits_names(certificate: x509.Certificate) -> bool:
    return any(isinstance(one.value, x509.NameConstraints) for one in certificate.extensions)
