# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared options about certificates and keys, as typed values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible import constants

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.text import printable
from ...module_utils._uzi.judge import JudgeSettings
from ...module_utils._uzi.key_source import KeySource, Token
from ...module_utils._uzi.store import ListedStore, StorePlace
from .action import Options, ZorgidAction
from .windows_store import WindowsStore


def judge_settings_of(options: Options) -> JudgeSettings:
    """The options of ``options/trust.py``: how certificates are checked. Error: ``options_invalid`` (``at``)."""
    return JudgeSettings(
        environment=options["environment"],
        trust_anchors=options["trust_anchors"],
        intermediates=options["intermediates"],
        crls=options["crls"],
        revocation=options["revocation"],
        at=_moment(options["at"]),
        expiry_warning_days=options["expiry_warning_days"],
        cache_dir=Path(constants.ANSIBLE_HOME) / "gbz.zorgid" / "crl",
    )


def key_source_of(options: Options) -> KeySource:
    """The options of ``options/signing_key.py``: the certificate to sign with, and its key."""
    return KeySource(
        source=options["source"],
        certificate_path=options["certificate_path"],
        key_path=options["key_path"],
        passphrase=options["passphrase"],
        token=token_of(options),
        store=store_place_of(options),
        thumbprint=options["thumbprint"],
    )


def token_of(options: Options) -> Token:
    return Token(options["pkcs11_module"], options["pkcs11_token"], options["pkcs11_pin"], options["pkcs11_label"])


def store_place_of(options: Options) -> StorePlace:
    return StorePlace(options["store_name"], options["store_location"])


def store_at(action: ZorgidAction, place: StorePlace) -> ListedStore:
    """The Windows store of the task's host; for an effect of a plan, the run's listing of the organisation's store."""
    return WindowsStore(action, place) if action.stored is None else action.stored(place)


def _moment(at: str | None) -> datetime | None:
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise ZorgidError(
            "options_invalid",
            "at is not a time",
            expected="ISO 8601, such as 2026-11-24T12:00:00Z",
            found=f"`{printable(at, 40)}`",
            action="correct at, or leave it out for now",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
