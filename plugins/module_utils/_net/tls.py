# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS context for all our own connections."""

from __future__ import annotations

import ssl

from .._common.errors import ZorgidError
from .._common.trouble import in_words


def tls_context(
    peer: str, ca_path: str | None, certificate_path: str | None = None, key_path: str | None = None
) -> ssl.SSLContext:
    """A context that verifies ``peer``. Errors: ``ca_path_unreadable``, ``client_certificate_unreadable``."""
    try:
        made = ssl.create_default_context(cafile=ca_path)
    except (OSError, ssl.SSLError) as error:
        raise ca_path_unreadable(in_words(error)) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate_path:
        try:
            # An empty password prevents a prompt on the terminal.
            made.load_cert_chain(certificate_path, key_path, password="")
        except (OSError, ssl.SSLError) as error:
            raise ZorgidError(
                "client_certificate_unreadable",
                f"The client certificate for the {peer} cannot be used",
                expected="a PEM certificate with its unencrypted key",
                found=in_words(error),
                action="correct the paths of the client certificate and of its key",
            ) from error
    return made


def ca_path_unreadable(found: str) -> ZorgidError:
    return ZorgidError(
        "ca_path_unreadable",
        "The file given as ca_path cannot be used",
        expected="CA certificates in PEM format",
        found=found,
        action="correct ca_path",
    )
