# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source in a rulebook, checked. Pure but for the secret, which is read when it is used."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .._common.trouble import in_words
from .._common.ura import Ura
from .._mail.imap_connection import ImapSettings
from .._mail.mail_patterns import MailPatterns
from .._mail.sender_proof import Trust

#: Where the secret of the account is; a rulebook gives one of them.
SECRETS = ("password_file", "password_env", "access_token_file")
_KINDS: dict[str, tuple[type, ...]] = {
    "host": (str,),
    "port": (int,),
    "security": (str,),
    "username": (str,),
    **dict.fromkeys(SECRETS, (str,)),
    "folder": (str,),
    "ca_path": (str,),
    "allowed_senders": (list,),
    "authentication": (str,),
    "authentication_server": (str,),
    "texts": (dict,),
    "organisations": (dict,),
}
_REQUIRED = ("host", "username", "organisations")
_CHOICES = {"security": ("tls", "starttls"), "authentication": ("none", "authentication_results", "dkim")}
#: ansible-rulebook adds this one itself.
_NOT_OURS = "eda_feedback_queue"
#: In ``--limit`` other characters select several hosts, and these two names all of them.
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_EVERYBODY = ("all", "ungrouped")
_MOST_SECRET = 20_000


@dataclass(frozen=True)
class Secret:
    """``where`` is one of SECRETS, ``name`` the path or the name of the variable."""

    where: str
    name: str

    def read(self) -> str:
        """Error: ``options_invalid``."""
        if self.where == "password_env":
            text, found = os.environ.get(self.name, ""), "no such variable, or an empty one"
        else:
            try:
                with Path(self.name).open(encoding="utf-8") as file:
                    text, found = file.read(_MOST_SECRET), "an empty file"
            except (OSError, ValueError) as error:
                text, found = "", in_words(error)
        text = text.strip("\r\n")
        if not text:
            raise _invalid(
                f"{self.where} leads to no secret",
                "the name of a variable of ansible-rulebook's environment"
                if self.where == "password_env"
                else "a file that ansible-rulebook may read, with the secret alone",
                found,
                f"correct {self.where}",
            )
        return text


@dataclass(frozen=True)
class Watch:
    """``organisations``: host of the inventory by URA."""

    settings: ImapSettings
    secret: Secret
    trust: Trust
    patterns: MailPatterns
    organisations: Mapping[Ura, str]


def watch_of(given: Mapping[str, Any]) -> Watch:
    """Errors: ``options_invalid, ura_invalid, address_invalid``."""
    args = {name: value for name, value in given.items() if name != _NOT_OURS and value is not None}
    _check(args)
    secrets = [name for name in SECRETS if name in args]
    if len(secrets) != 1:
        raise _invalid(
            "The secret of the mail account is missing" if not secrets else "There are several secrets",
            f"exactly one of {', '.join(SECRETS)}",
            ", ".join(secrets) or "none",
            "give one of them",
        )
    return Watch(
        ImapSettings(
            args["host"],
            args["username"],
            args.get("port"),
            args.get("security", "tls"),
            folder=args.get("folder", "INBOX"),
            ca_path=args.get("ca_path"),
        ),
        Secret(secrets[0], args[secrets[0]]),
        # Links are of no interest here: a mail with a wrong one is as interesting to the next run.
        Trust.of(
            args.get("allowed_senders", ["zorg-id@vzvz.nl"]),
            (),
            args.get("authentication", "none"),
            args.get("authentication_server"),
        ),
        MailPatterns.of(args.get("texts", {})),
        _by_ura(args["organisations"]),
    )


def _check(args: Mapping[str, Any]) -> None:
    if unknown := sorted(set(args) - set(_KINDS)):
        raise _invalid(
            f"The event source has no argument {printable(unknown[0], 40)}",
            f"arguments among {', '.join(_KINDS)}",
            ", ".join(printable(one, 40) for one in unknown),
            "put the password into a file and give password_file"
            if "password" in unknown
            else "correct or remove it in the rulebook",
        )
    for name in _REQUIRED:
        if args.get(name, "") in ("", {}):
            raise _invalid(f"The argument {name} is missing", f"{name}", "nothing", "give it in the rulebook")
    for name, value in args.items():
        wanted = _KINDS[name]
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise _invalid(f"The argument {name} cannot be used", _WORDS[wanted[0]], kind(value), f"correct {name}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise _invalid(
                f"The argument {name} cannot be used",
                f"one of {', '.join(_CHOICES[name])}",
                printable(value, 40),
                f"correct {name}",
            )
    if not 0 < args.get("port", 1) < 65_536:
        raise _invalid("The argument port cannot be used", "1 to 65535", printable(args["port"], 40), "correct port")
    if wrong := [one for one in args.get("allowed_senders", ()) if not isinstance(one, str)]:
        raise _invalid("allowed_senders cannot be used", "a list of texts", kind(wrong[0]), "correct allowed_senders")


_WORDS: dict[type, str] = {str: "a text", int: "a number", list: "a list", dict: "a mapping"}


def _by_ura(organisations: Mapping[Any, Any]) -> dict[Ura, str]:
    found: dict[Ura, str] = {}
    for host, text in organisations.items():
        if not isinstance(host, str) or not _HOST.fullmatch(host) or host.lower() in _EVERYBODY:
            raise _invalid(
                "organisations has a name that is not the name of one host",
                "host of the inventory: URA",
                printable(host, 40),
                "correct organisations",
            )
        ura = Ura.of(text)
        if ura in found:
            raise _invalid(
                f"organisations has two hosts with the URA number {ura}",
                "one host for each URA number",
                f"{printable(found[ura], 60)} and {printable(host, 60)}",
                "remove one of them",
            )
        found[ura] = host
    return found


def _invalid(message: str, expected: str, found: str, action: str) -> ZorgidError:
    return ZorgidError("options_invalid", message, expected=expected, found=found, action=action)
