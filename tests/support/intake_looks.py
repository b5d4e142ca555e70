# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options as the public actions have checked them, and mails of several organisations."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gbz.zorgid.plugins.action import document_delivery, intake_form, mailbox_info
from ansible_collections.gbz.zorgid.tests.support.intake_world import URA, World, answer_mail


def checked(action: Any, given: dict[str, Any]) -> dict[str, Any]:
    made = ArgumentSpecValidator(action.ActionModule.SPEC.options).validate(given)
    assert not made.error_messages
    return dict(made.validated_parameters)


def of_mailbox(world: World, **changed: Any) -> dict[str, Any]:
    return checked(mailbox_info, world.mailbox(**changed)[1])


def of_smtp(world: World, **changed: Any) -> dict[str, Any]:
    return checked(document_delivery, world.document(**changed)[1])


def of_form(world: World, page: str = "form", **changed: Any) -> dict[str, Any]:
    return checked(intake_form, world.form(page, **changed)[1])


def mail(number: int, subject: str, more: str = "", *, ura: str = URA, reference: str | None = None) -> bytes:
    made = answer_mail(number, subject, more).replace(URA.encode(), ura.encode())
    return made.replace(b"ZS-2026-00042", (reference or f"ZS-{ura}").encode())


CONFIRMED, FOLLOW_UP = "Bevestiging organisatiedocument ZORG-ID Smart", "Vervolgformulier ZORG-ID Smart"
