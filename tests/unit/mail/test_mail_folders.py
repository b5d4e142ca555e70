# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of a mailbox as people write them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import imap_mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.folders import (
    MOST_SHOWN,
    decode,
    encode,
    folder_names,
    listed,
    meant,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.imap_connection import ImapSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    USER,
    ImapHost,
    serve_imap,
)

TRUST = Trust(frozenset({"zorg-id@vzvz.example"}), ())

# The first two are those of RFC 3501, 5.1.3.
NAMES = {
    "~peter/mail/台北/日本語": "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
    "Hi Mom -☺-!": "Hi Mom -&Jjo--!",
    "INBOX/ZORG-ID/Ingekomen — é": "INBOX/ZORG-ID/Ingekomen &IBQ- &AOk-",
    "Post & pakket": "Post &- pakket",
    "&": "&-",
    "Één&ander": "&AMkA6Q-n&-ander",
    "emoji 😀": "emoji &2D3eAA-",
    'aan"haling\\': 'aan"haling\\',
    "regel\r\nA1 LOGOUT": "regel&AA0ACg-A1 LOGOUT",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_goes_over_the_wire_and_back(name: str) -> None:
    assert encode(name) == NAMES[name]
    assert decode(encode(name)) == name
    assert encode(name).isascii()


@pytest.mark.parametrize("wire", ["&A-", "&", "a&b", "&!!-", "&2D0-", "INBOX"])
def test_what_is_not_well_encoded_is_shown_as_it_is(wire: str) -> None:
    assert decode(wire).replace("\ufffd", "") == wire


LIST = [
    b'(\\HasChildren) "." "INBOX"',
    b'(\\HasNoChildren) "." INBOX.ZORG-ID',
    b'(\\HasNoChildren) "." "INBOX.ZORG-ID.Ingekomen &IBQ- &AOk-"',
    b'(\\Noselect) "." "INBOX.Weg"',
    (b'(\\HasNoChildren) "." {8}', b'Aan"hal.'),
    b'() NIL "Los \\"zand\\""',
    b"",
    None,
    b"onzin",
]


def test_the_list_of_folders_is_read() -> None:
    found = listed(LIST)
    assert [decode(wire) for wire, _delimiter in found] == [
        "INBOX",
        "INBOX.ZORG-ID",
        "INBOX.ZORG-ID.Ingekomen — é",
        'Aan"hal.',
        'Los "zand"',
    ]
    assert [delimiter for _wire, delimiter in found] == [".", ".", ".", ".", ""]


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX/ZORG-ID", "INBOX.ZORG-ID"),
        ("inbox.zorg-id", "INBOX.ZORG-ID"),
        ("/INBOX/ZORG-ID/", "INBOX.ZORG-ID"),
        ("INBOX/ZORG-ID/Ingekomen — e\u0301", "INBOX.ZORG-ID.Ingekomen &IBQ- &AOk-"),
        ("INBOX/ZORG-ID/Ingekomen &IBQ- &AOk-", "INBOX.ZORG-ID.Ingekomen &IBQ- &AOk-"),
        ("ZORG-ID", None),
        ("INBOX.Weg", None),
    ],
)
def test_the_folder_that_a_person_means_is_found(name: str, wire: str | None) -> None:
    assert meant(name, listed(LIST)) == wire


def test_two_folders_that_fit_are_not_guessed_between() -> None:
    both = [("Post", "/"), ("post", "/")]
    assert meant("POST", both) is None
    assert meant("post", both) == "post"


def test_a_long_list_is_shown_in_part() -> None:
    text = folder_names([(f"map{number}\x1b[31m", "/") for number in range(50)])
    assert text.endswith("and 30 more")
    assert text.count("map") == MOST_SHOWN
    assert "\x1b" not in text


def make(host: ImapHost, *names: str) -> None:
    async def add() -> None:
        from pymap.backend.dict import Identity

        async with Identity(USER, host.login, None, frozenset()).new_session() as session:
            for name in names:
                await session.mailbox_set.add_mailbox(name)

    asyncio.run_coroutine_threadsafe(add(), host.loop).result(10)


def settings(pki: Pki, port: int, folder: str) -> ImapSettings:
    more: dict[str, Any] = {"password": PASSWORD, "ca_path": str(pki.ca_path), "timeout": 5}
    return ImapSettings("127.0.0.1", USER, port, folder=folder, **more)


def test_folders_are_opened_as_a_person_writes_them(pki: Pki) -> None:
    names = ("ZORG-ID/Ingekomen — é", "Post & pakket")
    with serve_imap(pki) as host:
        make(host, *names)
        for folder in (*names, "zorg-id/ingekomen — É", encode(names[0])):
            assert imap_mailbox.read(settings(pki, host.port, folder), TRUST, MailPatterns()) == []
        with pytest.raises(ZorgidError, match="Post & pakket") as caught:
            imap_mailbox.read(settings(pki, host.port, "Bestaat — niet"), TRUST, MailPatterns())
    assert caught.value.code == "imap_folder_missing"
    assert "ZORG-ID/Ingekomen — é" in str(caught.value)
