# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions that the libraries raise for bytes that are no certificate, key, CRL or OCSP answer. All readers use
this one list, so that each gives a message for all of them."""

from __future__ import annotations

from .libraries import needs

# Import it in the same ``needs`` block as the library: without the library the list does not exist.
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    DAMAGED = (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        NotImplementedError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )
