# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the bundle of CA certificates, and whether the CRLs in files are still valid."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from .._common.libraries import needs
from .._onboarding.observed import Trouble
from .._uzi.crl import load_crls
from .._uzi.files import load_authorities
from .._uzi.judge import JudgeSettings
from .._uzi.profile import PINS
from .finding import Finding

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.hashes import SHA256

LINE = "trust bundle"


def looked_at(settings: JudgeSettings, now: datetime.datetime) -> Iterator[Finding]:
    """Returns nothing without a bundle: the CA certificates then come with the certificates or their stores.
    Errors: those of the files."""
    if paths := [str(path) for path in (settings.trust_anchors, settings.intermediates) if path]:
        yield _bundle(paths, settings.environment or "production")
    if settings.crls:
        yield _crls([str(path) for path in settings.crls], settings.revocation, settings.environment, now)


def _bundle(paths: Sequence[str], environment: str) -> Finding:
    absolute = [Path(path).expanduser().absolute() for path in paths]
    if lacking := [path for path in absolute if not path.exists()]:
        return Finding.stop(
            LINE,
            Trouble(
                "trust_bundle_missing",
                "The bundle of authorities is not there",
                "the file that the playbook trust_anchors writes",
                f"no such file: {lacking[0]}",
                _command(lacking[0], environment)
                if PINS.get(environment)
                else "put the authorities of your own environment there, in PEM, or correct zorgid_onboarding_trust",
            ),
        )
    found = {one.fingerprint(SHA256()).hex() for path in absolute for one in load_authorities(path)[0]}
    pins = PINS.get(environment, frozenset())
    if not pins:
        return Finding.ok(LINE, f"{len(found)} authorities, of an environment of your own")
    others = [name for name, those in PINS.items() if name != environment and those & found]
    if not found & pins:
        return Finding.stop(
            LINE,
            Trouble(
                "trust_bundle_other_environment",
                f"The bundle has no authority of the environment {environment}",
                f"the authorities of {environment}, whose digests are published",
                f"authorities of {others[0]}" if others else f"{len(found)} other authorities",
                _command(absolute[-1], environment),
            ),
        )
    if lacking_pins := len(pins - found):
        return Finding.look(
            LINE,
            Trouble(
                "trust_bundle_incomplete",
                "The bundle lacks authorities, so that a certificate below them cannot be judged",
                f"all {len(pins)} of {environment}",
                f"{len(pins) - lacking_pins} of them",
                _command(absolute[-1], environment),
            ),
        )
    hierarchies = "G1 and G4" if environment == "production" else "G4"
    return Finding.ok(LINE, f"{environment}: {hierarchies}, digests as published")


def _command(path: Path, environment: str) -> str:
    chosen = "" if environment == "production" else f" -e zorgid_trust_environment={environment}"
    return f"ansible-playbook gbz.zorgid.trust_anchors -e zorgid_trust_dir={shlex.quote(str(path.parent))}{chosen}"


def _crls(paths: Sequence[str], revocation: str | None, environment: str | None, now: datetime.datetime) -> Finding:
    absolute = [Path(path).expanduser().absolute() for path in paths]
    lists = [(path, one) for path in absolute for one in load_crls(path)]
    ends = [(one.next_update_utc or one.last_update_utc, path) for path, one in lists]
    over = sorted((end, path) for end, path in ends if end < now)
    if not over:
        return Finding.ok(LINE, f"{len(lists)} CRLs, valid until {min(end for end, _path in ends):%Y-%m-%d %H:%M} UTC")
    trouble = Trouble(
        "crl_expired",
        "A CRL is too old to say which certificates were revoked",
        "one that is still valid",
        f"{over[0][1]}: valid until {over[0][0]:%Y-%m-%d %H:%M} UTC",
        "fetch it again, or leave crls out when the controller can reach the CRL itself",
    )
    required = (revocation or ("require" if environment == "production" else "prefer")) == "require"
    return Finding.stop(LINE, trouble) if required else Finding.look(LINE, trouble)
