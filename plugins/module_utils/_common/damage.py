# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the libraries raise on bytes that are no certificate, key, CRL or answer after all. One list for every reader: a
certificate of an unknown version was a defect in one place, and had a message in five others."""

from __future__ import annotations

from .libraries import needs

# Import it beside the library's own names: without the library there is no list.
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
