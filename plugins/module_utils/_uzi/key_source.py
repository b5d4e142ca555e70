# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where certificates and their keys are: files on the controller, a token on it, or a Windows store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .._common.errors import ZorgidError
from .._common.libraries import demand
from .files import StoreEntry, load_files
from .store import ListedStore, StorePlace

KeyKind = Literal["windows", "file", "pkcs11"]


@dataclass(frozen=True)
class Token:
    """``module``: its driver, a shared library. ``token``: its label. ``label``: of the certificate; all are read
    without it."""

    module: str | None = None
    token: str | None = None
    pin: str | None = field(default=None, repr=False)
    label: str | None = None

    def open(self) -> list[StoreEntry]:
        """Errors: ``library_missing``, and those of ``pkcs11.open_token``."""
        # Imported here because it is seldom used and slow to import.
        from .pkcs11 import open_token

        demand()
        return open_token(str(self.module), str(self.token), self.pin, self.label)


@dataclass(frozen=True)
class KeySource:
    """The certificate to sign with, and its private key.

    ``source``: which of the places is used. file: ``certificate_path``, with the key in it or at ``key_path``, opened
    with ``passphrase``. pkcs11: ``token``. windows: ``store``. ``thumbprint`` (SHA-1 or SHA-256, hexadecimal): which
    certificate is meant where several fit.
    """

    source: KeyKind = "windows"
    certificate_path: str | None = None
    key_path: str | None = None
    passphrase: str | None = field(default=None, repr=False)
    token: Token = field(default_factory=Token)
    store: StorePlace = field(default_factory=StorePlace)
    thumbprint: str | None = None

    def check(self) -> None:
        """Error ``options_invalid`` where an option that this kind of place needs is missing."""
        given = {
            "certificate_path": self.certificate_path,
            "pkcs11_module": self.token.module,
            "pkcs11_token": self.token.token,
        }
        needed = {"windows": (), "file": ("certificate_path",), "pkcs11": ("pkcs11_module", "pkcs11_token")}
        for name in needed[self.source]:
            if not given[name]:
                raise ZorgidError(
                    "options_invalid",
                    f"source {self.source} needs {name}",
                    expected=name,
                    found="nothing",
                    action=f"give {name}, or another source",
                )

    def entries(self, store: ListedStore) -> Sequence[StoreEntry]:
        """The certificates at the place. ``store``: the Windows store at ``self.store``, read only if ``source`` is
        windows.

        Errors: ``options_invalid``, those of ``load_files``, of ``Token.open`` and of the store.
        """
        self.check()
        if self.source == "file":
            return load_files([str(self.certificate_path)], self.passphrase)
        return self.token.open() if self.source == "pkcs11" else store.list()
