# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person needs to submit a form by hand, in Dutch: the link and all values, to copy or to print."""

from __future__ import annotations

import html
from collections.abc import Sequence

from .filling import Item

REASONS = {
    "form_captcha": "de pagina vraagt te bewijzen dat een mens het invult.",
    "form_script_only": "de pagina werkt alleen met scripts in een browser.",
    "form_button_unclear": "er zijn meer knoppen, en het is niet duidelijk welke het verstuurt.",
    "form_unknown_field": "het vraagt iets verplichts dat wij niet kennen.",
    "form_changed": "het is veranderd sinds wij het voor het laatst zagen.",
    "form_by_get": "het zou persoonsgegevens in het webadres zetten.",
}
_TITLES = {"application": "Aanvraagformulier ZORG-ID Smart", "follow_up": "Vervolgformulier ZORG-ID Smart"}
_STEPS = (
    "Neem de waarden hieronder over en verstuur het formulier één keer.",
    "Leg daarna in het dossier vast dat het is verstuurd, met het kenmerk uit de bevestiging.",
)


def render(kind: str, url: str, items: Sequence[Item], code: str, *, organisation: str, ura: str) -> bytes:
    """The work item as one HTML page. It holds personal data: keep it where only its reader comes."""
    rows = "\n".join(
        f'<tr><th scope="row">{html.escape(item.label)}</th><td><output>{html.escape(item.value)}</output></td>'
        f"<td><code>{html.escape(item.variable)}</code></td></tr>"
        for item in items
    )
    shown = html.escape(url)
    return f"""<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<title>{_TITLES[kind]}, URA {html.escape(ura)}</title>
<style>
body {{ font: 12pt/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; background: #fff }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .4em .6em }}
output {{ user-select: all; font-weight: bold }}
code {{ color: #555 }}
</style>
</head>
<body>
<h1>{_TITLES[kind]}: met de hand invullen</h1>
<p>{html.escape(organisation)} (URA {html.escape(ura)})</p>
<p>Dit formulier kan niet automatisch worden verstuurd: {REASONS[code]} Er is nog niets verstuurd.</p>
<ol>
<li>Open het formulier: <a href="{shown}" rel="noreferrer">{shown}</a></li>
<li>{_STEPS[0]}</li>
<li>{_STEPS[1]}</li>
</ol>
<table>
<thead><tr><th scope="col">Veld</th><th scope="col">Waarde</th><th scope="col">Variabele</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
""".encode()
