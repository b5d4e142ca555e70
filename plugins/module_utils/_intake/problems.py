# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a mail of VZVZ is not acted upon, and what a person does about it. Stable codes; docs/intake.md lists them."""

from __future__ import annotations

_BY_HAND = "read the mail in your mail program, do by hand what it asks, and tell the dossier"

#: problem -> what to do. ``{detail}`` is what the answer's ``detail`` holds, between brackets; a dossier keeps none.
ACTIONS: dict[str, str] = {
    "auto_reply": "nothing: it is an automatic reply, such as an out-of-office message",
    "delivery_report": "nothing: it only tells that a mail was delivered or read",
    "encrypted": f"the mail is encrypted: {_BY_HAND}; ask VZVZ to send this mail unencrypted",
    "forwarded": f"what matters is in an attached mail, which is not opened here: {_BY_HAND}",
    "link_not_allowed": "look whether the link is VZVZ's: add its host to allowed_link_hosts when it is, and report "
    "the mail when it is not",
    "link_rewritten": "the mail gateway{detail} has replaced the link by one that only it can resolve: open it in a "
    "browser, fill in the form by hand and tell the dossier; or have the gateway leave VZVZ's links alone",
    "message_id_missing": f"the mail has no usable Message-ID, by which it would be fetched again: {_BY_HAND}",
    "not_delivered": "our mail did not arrive{detail}: correct the address or ask VZVZ, and send it again",
    "not_fetched": "the mail server lists this mail and does not give it: open it in your mail program, and run again",
    "not_recognised": f"{_BY_HAND}; when VZVZ has changed its mails, give their new subjects as texts",
    "reference_of_another": "the mail names one organisation and the reference of another: ask VZVZ for which of "
    "the two it is; when both have this reference, record it for the one that the mail names (its step with evidence), "
    f"and run again; otherwise {_BY_HAND}",
    "reference_of_several": "the mail names no URA number, and its reference is that of several organisations: ask "
    f"VZVZ for which of them it is; {_BY_HAND}",
    "remote_image": "the activation code is a picture on a web server, which is not fetched: open the mail in your "
    "mail program, save the picture, and give it to gbz.zorgid.activation_qr as image_path",
    "sender_not_proven": "the From address may be forged: ask VZVZ whether it sent this mail; when it did, your mail "
    "server's authentication or authentication_server is to be corrected",
    "several_links": "more than one link leads to an allowed host: open the right one in a browser, fill in the form "
    "by hand and tell the dossier; or narrow allowed_link_hosts",
    "several_uras": f"the mail names more than one URA number: {_BY_HAND}",
    "smime_opaque": f"the mail is signed in a way that hides its text (S/MIME, opaque): {_BY_HAND}",
    "svg_image": "the activation code is a drawing (SVG), which is not opened here: show it in a browser, save a "
    "picture (PNG) of it, and give that to gbz.zorgid.activation_qr as image_path",
    "too_large": _BY_HAND,
    "too_nested": _BY_HAND,
    "unreadable": f"the mail is damaged or made in a way that is not understood: {_BY_HAND}",
    "ura_missing": f"the mail names no URA number, and no reference that the dossier knows: {_BY_HAND}",
    "ura_of_nobody": "the mail names a URA number{detail} that neither ura nor the dossier knows: look whether "
    "VZVZ made a mistake or an organisation is missing in the inventory",
    "winmail_dat": "what matters is in winmail.dat, Outlook's own format: open the mail in Outlook; ask VZVZ to send "
    "this mail as plain text or HTML",
}

#: problems that ask nothing of anybody
NOTHING_TO_DO = frozenset({"auto_reply", "delivery_report"})


def action_of(problem: str | None, detail: str | None = None) -> str:
    """One sentence for a person."""
    return ACTIONS.get(problem or "", _BY_HAND).format(detail=f" ({detail})" if detail else "")
