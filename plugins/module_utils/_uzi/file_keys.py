# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renews a key in a file: the new key stays in a private folder beside the old one until its certificate arrives.

Certificate and key are two files, and two files cannot be replaced in one step. So the certificate's file contains both
for a moment: when a file has a certificate and a key, that key is used instead of ``key_path``. So after each step, the
certificate and the key that are read belong together.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import make_folder, write_atomic
from .._common.libraries import needs
from .contents import contents_of, read
from .files import StoreEntry, load_files
from .key_source import KeySource
from .keyfiles import load_private_key
from .keys import prove_possession
from .requests import key_digest, request_for

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        KeySerializationEncryption,
        NoEncryption,
        PrivateFormat,
        pkcs12,
    )

FOLDER = "zorgid-renewal"
_EXPONENT = 65537


def pending_key(source: KeySource, ura: str) -> Path:
    """The path where the new key is until its certificate arrives."""
    certificate, key = _places(source)
    return (key or certificate).parent / FOLDER / f"{ura}.key.pem"


def _places(source: KeySource) -> tuple[Path, Path | None]:
    """The files for certificate and key, links resolved. The second is None where one file contains both."""
    certificate = Path(str(source.certificate_path)).expanduser().resolve()
    key = Path(source.key_path).expanduser().resolve() if source.key_path else None
    return certificate, None if key == certificate else key


class FileKeys:
    """The place of one organisation's key; implements ``renew_certificate.RenewalPlace``."""

    def __init__(self, source: KeySource, ura: str, *, bits: int, now: datetime) -> None:
        source.check()
        self._source, self._ura, self._bits, self._now = source, ura, bits, now
        self._certificate, self._key = _places(source)
        self.pending = pending_key(source, ura)

    def entries(self) -> Sequence[StoreEntry]:
        """Error: ``certificate_ambiguous``, because a file with certificates of several organisations is not
        replaced."""
        found = load_files([self._certificate], self._source.passphrase)
        if len({one.certificate.thumbprint for one in found}) > 1:
            raise ZorgidError(
                "certificate_ambiguous",
                f"{self._certificate} holds several certificates of organisations",
                expected="one, with the authorities above it: the file is replaced as a whole",
                found=str(len(found)),
                action="give each organisation a file of its own",
            )
        return found

    def lost(self, key: str) -> str:
        """The path where the key of the request is missing; empty when it is there. Errors: of ``load_private_key``."""
        if self.pending.exists() and key_digest(self._opened().public_key()) == key:
            return ""
        return str(self.pending)

    def make(self, certificate: x509.Certificate) -> bytes:
        """The request (DER). Its key is made by the first call only."""
        if not self.pending.exists():
            key = rsa.generate_private_key(_EXPONENT, self._bits)
            make_folder(self.pending.parent)
            write_atomic(
                self.pending, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, self._encryption()), mode=0o600
            )
        return request_for(certificate, self._opened())

    def check(self, issued: x509.Certificate) -> None:
        """Check that the new key opens and belongs to it. Errors: of ``load_private_key``, and ``key_mismatch``."""
        prove_possession(self._opened(), issued)

    def install(self, issued: x509.Certificate, chain: Sequence[x509.Certificate]) -> list[str]:
        """The paths of the copies of the old files. Errors: as of ``check``."""
        for _step in self.steps(issued, chain):
            pass
        return [str(one) for one in map(self._kept, self._files()) if one]

    def finish(self, installed: StoreEntry) -> list[str]:
        """Complete an ``install`` that was interrupted after the certificate was in its place."""
        if not self.pending.exists():
            return []
        return self.install(installed.certificate.x509, installed.chain)

    def steps(self, issued: x509.Certificate, chain: Sequence[x509.Certificate]) -> Iterator[str]:
        """At most one rename each. A run that stops between two steps can still sign, and the next run completes
        them."""
        key = self._opened()
        prove_possession(key, issued)
        there = load_files([self._certificate], self._source.passphrase)
        if all(one.certificate.x509 != issued for one in there):
            for path in self._files():
                self._keep(path)
                yield f"{path.name} kept"
            # Only the owner may read the file while it contains the key.
            mode = 0o600 if self._key else self._mode(self._certificate) & 0o640
            write_atomic(self._certificate, self._content(self._certificate, issued, chain, key), mode=mode)
            yield "certificate and key in one file"
        if self._key:
            content = self._content(self._key, None, (), key)
            write_atomic(self._key, content, mode=self._mode(self._key) & 0o640)
            yield "key"
            content = self._content(self._certificate, issued, chain, None)
            write_atomic(self._certificate, content, mode=self._mode(self._certificate))
            yield "certificate"
        self.pending.unlink()
        yield "pending key removed"

    def _opened(self) -> rsa.RSAPrivateKey:
        return load_private_key(self.pending, self._source.passphrase)

    def ready(self) -> None:
        """Error: ``passphrase_wrong``, where the old key is encrypted and its passphrase is unknown: the new one would
        not be encrypted."""
        try:
            load_private_key(self._key or self._certificate, self._source.passphrase)
        except ZorgidError as error:
            # A missing key or the key of another certificate is a reason to make a new one.
            if error.code == "passphrase_wrong":
                raise

    def _encryption(self) -> KeySerializationEncryption:
        passphrase = self._source.passphrase
        return BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()

    def _files(self) -> list[Path]:
        return [path for path in (self._certificate, self._key) if path and path.exists()]

    def _keep(self, path: Path) -> None:
        """Copy it to a file beside it with the day in its name. An existing copy stays."""
        data, mode = read(path), stat.S_IMODE(path.stat().st_mode)
        for number in range(1, 1000):
            copy = path.with_name(f"{path.stem}.{self._now:%Y%m%d}{f'-{number}' if number > 1 else ''}{path.suffix}")
            if not copy.exists():
                write_atomic(copy, data, mode=mode)
                return
            if read(copy) == data:
                return
        raise FileExistsError(17, os.strerror(17), str(path))

    def _kept(self, path: Path) -> Path | None:
        """The newest copy."""
        named = re.compile(rf"{re.escape(path.stem)}\.\d{{8}}(-\d+)?{re.escape(path.suffix)}")
        found = [one for one in path.parent.iterdir() if named.fullmatch(one.name)]
        return max(found, key=lambda one: (one.stat().st_mtime_ns, one.name), default=None)

    def _model(self, path: Path) -> Path:
        """The file whose form and mode the new file gets: the copy of the old one."""
        return self._kept(path) or path

    def _mode(self, path: Path) -> int:
        model = self._model(path)
        return stat.S_IMODE(model.stat().st_mode) if model.exists() else 0o600

    def _content(
        self,
        path: Path,
        certificate: x509.Certificate | None,
        chain: Sequence[x509.Certificate],
        key: rsa.RSAPrivateKey | None,
    ) -> bytes:
        """Content in the form of the old file. DER has no place for both certificate and key: then it is PEM for a
        moment. CA certificates are added only where the old file has some."""
        model = self._model(path)
        held = contents_of(model) if model.exists() else None
        if held is not None and held.pkcs12:
            above = list(chain) if certificate else None
            return pkcs12.serialize_key_and_certificates(None, key, certificate, above, self._encryption())
        der = model.exists() and read(model)[:1] == b"\x30" and not (certificate and key)
        encoding = Encoding.DER if der else Encoding.PEM
        content = b""
        if certificate:
            above = list(chain) if held is not None and len(held.certificates) > 1 and not der else []
            content = b"".join(one.public_bytes(encoding) for one in (certificate, *above))
        if key:
            content += key.private_bytes(encoding, PrivateFormat.PKCS8, self._encryption())
        return content
