# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a mail of VZVZ is not acted upon, and what a person does about it. Stable codes; docs/intake.md lists them."""

from __future__ import annotations

_BY_HAND = "read the mail in your mail program, do what it asks by hand, and record that in the dossier"

#: problem -> what to do. ``{detail}`` is the answer's ``detail`` in brackets; a dossier does not store it.
ACTIONS: dict[str, str] = {
    "auto_reply": "nothing: it is an automatic reply, such as an out-of-office message",
    "delivery_report": "nothing: it only reports that a mail was delivered or read",
    "encrypted": f"the mail is encrypted: {_BY_HAND}; ask VZVZ to send this mail unencrypted",
    "forwarded": f"the content is in an attached mail, which is not opened automatically: {_BY_HAND}",
    "link_not_allowed": "check whether the link is VZVZ's: if it is, add its host to allowed_link_hosts; if "
    "it is not, report the mail",
    "link_rewritten": "the mail gateway{detail} replaced the link with a link that only the gateway can "
    "resolve: open it in a browser, fill in the form by hand and record that in the "
    "dossier; or configure the gateway not to change VZVZ's links",
    "message_id_missing": f"the mail has no usable Message-ID, which is needed to fetch it again: {_BY_HAND}",
    "not_delivered": "our mail did not arrive{detail}: correct the address or ask VZVZ, and send it again",
    "not_fetched": (
        "the mail server lists this mail but does not return it: open it in your mail program, and run again"
    ),
    "not_recognised": f"{_BY_HAND}; if VZVZ has changed its mails, set texts to their new subjects",
    "reference_of_another": "the mail contains the URA number of one organisation and the reference of another: "
    "ask VZVZ which organisation it is for; if both have this reference, record it for "
    "the organisation in the mail (its step with evidence), and run again; otherwise "
    f"{_BY_HAND}",
    "reference_of_several": "the mail contains no URA number, and several organisations have its reference: ask "
    f"VZVZ which organisation it is for; {_BY_HAND}",
    "remote_image": "the activation code is an image on a web server, which is not fetched: open the "
    "mail in your mail program, save the image, and set image_path of "
    "gbz.zorgid.activation_qr to it",
    "sender_not_proven": "the From address may be forged: ask VZVZ whether it sent this mail; if it did, "
    "correct the authentication of your mail server or authentication_server",
    "several_links": "more than one link has an allowed host: open the right link in a browser, fill in "
    "the form by hand and record that in the dossier; or restrict allowed_link_hosts",
    "several_uras": f"the mail contains more than one URA number: {_BY_HAND}",
    "smime_opaque": f"the text of the mail is inside an opaque S/MIME signature: {_BY_HAND}",
    "svg_image": "the activation code is an SVG image, which is not supported: open it in a browser, "
    "save it as PNG, and set image_path of gbz.zorgid.activation_qr to that file",
    "too_large": _BY_HAND,
    "too_nested": _BY_HAND,
    "unreadable": f"the mail is damaged or has an unsupported structure: {_BY_HAND}",
    "ura_missing": f"the mail contains no URA number, and no reference that is in the dossier: {_BY_HAND}",
    "ura_of_nobody": "the mail contains a URA number{detail} that is neither in ura nor in the dossier: "
    "check whether VZVZ made a mistake or an organisation is missing in the inventory",
    "winmail_dat": "the content is in winmail.dat (Outlook's own format): open the mail in Outlook; ask "
    "VZVZ to send this mail as plain text or HTML",
}

#: problems about which nobody has to do anything
NOTHING_TO_DO = frozenset({"auto_reply", "delivery_report"})


def action_of(problem: str | None, detail: str | None = None) -> str:
    """What a person does about the mail, in one sentence."""
    return ACTIONS.get(problem or "", _BY_HAND).format(detail=f" ({detail})" if detail else "")
