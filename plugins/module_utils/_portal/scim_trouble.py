# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors for a portal that cannot be reached: the reason and what to do."""

from __future__ import annotations

import socket
import ssl

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.trouble import causes, in_words
from .._net.bounded import EndlessAnswerError


def unreachable(where: str, proxy: str | None, error: BaseException) -> ZorgidError:
    reasons = causes(error)
    for reason in reasons:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return ZorgidError(
                "tls_untrusted",
                f"The TLS certificate of the portal at {where} is not trusted",
                expected="a certificate for this host name from a trusted CA",
                found=printable(reason.verify_message),
                action="set ca_path to the CA certificate, or correct portal_url",
            )
    found = next((words for words in map(_why, reasons) if words), in_words(error))
    action = "check portal_url and the network, then run again"
    if proxy:
        found = f"by the proxy {proxy}: {found}"
        action = "check HTTPS_PROXY and NO_PROXY, portal_url and the network, then run again"
    return ZorgidError(
        "portal_unreachable",
        f"The portal at {where} does not answer",
        expected="a SCIM 2.0 server",
        found=found,
        action=action,
    )


def _why(error: BaseException) -> str:
    """The reason of a failed connection in words; empty if this exception of the chain has none."""
    if isinstance(error, socket.gaierror):
        return "a host name that is not known"
    if isinstance(error, ssl.SSLError):
        return f"a failed TLS handshake ({error.reason})"
    if isinstance(error, TimeoutError):
        return "nothing within the timeout"
    if isinstance(error, EndlessAnswerError):
        return str(error)
    if isinstance(error, OSError):  # a proxy's refusal has no errno, only a text with its status
        return error.strerror or printable(error, 100)
    return ""
