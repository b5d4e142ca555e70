# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person needs to submit a form by hand, in Dutch: the link and all values, to copy or to print."""

from __future__ import annotations

from collections.abc import Sequence

from .._common.html_page import render_page
from .form_filler import FormItem

REASONS = {
    "form_captcha": "de pagina vraagt te bewijzen dat een mens het invult.",
    "form_script_only": "de pagina werkt alleen met scripts in een browser.",
    "form_button_unclear": "er zijn meer knoppen, en het is niet duidelijk welke het verstuurt.",
    "form_unknown_field": "het vraagt iets verplichts dat wij niet kennen.",
    "form_changed": "het is veranderd sinds wij het voor het laatst zagen.",
    "form_by_get": "het zou persoonsgegevens in het webadres zetten.",
}
_TITLES = {"application": "Aanvraagformulier ZORG-ID Smart", "follow_up": "Vervolgformulier ZORG-ID Smart"}


def render(
    kind: str, url: str, items: Sequence[FormItem], code: str, *, organisation: str, ura: str, contact: str = ""
) -> bytes:
    """The work item as one HTML page. It contains personal data: store it where only its reader has access."""
    return render_page(
        __package__,
        "manual_form.html.j2",
        title=_TITLES[kind],
        reason=REASONS[code],
        url=url,
        items=items,
        organisation=organisation,
        ura=ura,
        contact=contact,
    )
