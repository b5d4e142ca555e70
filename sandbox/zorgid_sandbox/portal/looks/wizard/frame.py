# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of a page, and the parts of a form."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse

from .words import BASE, ERRORS

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MENU = (("", "Start"), ("/medewerkers", "Medewerkers"), ("/bevoegdheden", "Beheerrollen"), ("/sleutels", "Koppelingen"))


def page(
    title: str, body: str, *, who: str = "", here: str = "", message: str = "", refresh: str = "", status: int = 200
) -> HTMLResponse:
    """A whole page. title and message are escaped here; body and who are HTML. here: its part of the menu."""
    menu = "".join(
        f'<li><a href="{BASE}{target}"{" aria-current=page" if target == here else ""}>{text}</a></li>'
        for target, text in MENU
    )
    top = f'<nav class="menu" aria-label="Hoofdmenu"><ul>{menu}</ul></nav>' if who else ""
    notice = f'<p class="melding" role="status">{escape(message)}</p>' if message else ""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return HTMLResponse(
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} | ZORG-ID Beheer</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{BASE}/opmaak.css">{again}</head><body>'
        '<a class="direct" href="#inhoud">Direct naar de inhoud</a><header class="kop"><div class="merk">'
        f"<span>ZORG-ID</span> Beheer</div>{who}</header>{top}"
        f'<main id="inhoud">{notice}{body}</main><footer>ZORG-ID Beheer · versie 26.11 (proefomgeving)</footer>'
        "</body></html>",
        status,
        HEADERS,
    )


def crumbs(*steps: tuple[str, str]) -> str:
    """The way back: (address below the base, text) each."""
    links = "".join(f'<li><a href="{BASE}{target}">{escape(text)}</a></li>' for target, text in steps)
    return f'<nav class="kruimels" aria-label="U bent hier"><ol>{links}</ol></nav>'


def form(action: str, csrf: str, fields: str, buttons: str) -> str:
    return (
        f'<form method="post" action="{BASE}{escape(action)}" novalidate autocomplete="off">'
        f'<input type="hidden" name="formuliercode" value="{escape(csrf)}">{fields}'
        f'<div class="knoppen">{buttons}</div></form>'
    )


def button(text: str, *, name: str = "", value: str = "", kind: str = "hoofd") -> str:
    own = f' name="{name}" value="{value}"' if name else ""
    return f'<button class="{kind}" type="submit"{own}>{escape(text)}</button>'


def _label(text: str, required: bool | None) -> str:
    """required: None where the words around the field say it."""
    if required is None:
        return escape(text)
    more = '<span class="ster" title="verplicht">*</span>' if required else '<span class="vrij">(niet verplicht)</span>'
    return f"{escape(text)} {more}"


def _wrong(name: str, errors: Mapping[str, str]) -> tuple[str, str]:
    """The sentence at a field, and the attribute that ties the field to it."""
    if name not in errors:
        return "", ""
    text = escape(ERRORS.get(errors[name], errors[name]))
    return f'<p class="fout" id="fout-{name}">{text}</p>', f' aria-invalid="true" aria-describedby="fout-{name}"'


def text_field(
    name: str, label: str, value: str, errors: Mapping[str, str], *, required: bool | None = False, kind: str = "text"
) -> str:
    wrong, tie = _wrong(name, errors)
    more = " required" if required else ""
    return (
        f'<div class="veld{" mis" if wrong else ""}"><label for="v-{name}">{_label(label, required)}</label>{wrong}'
        f'<input id="v-{name}" name="{name}" type="{kind}" value="{escape(value)}" maxlength="120"{more}{tie}></div>'
    )


def day_field(name: str, label: str, value: str, errors: Mapping[str, str], *, required: bool | None = False) -> str:
    """Three boxes. value: what was typed, as "dag-maand-jaar"."""
    wrong, tie = _wrong(name, errors)
    typed = [*value.split("-"), "", "", ""]
    boxes = "".join(
        f'<div><label for="v-{name}-{part}">{part.capitalize()}</label><input id="v-{name}-{part}" name="{name}-{part}"'
        f' inputmode="numeric" maxlength="{size}" size="{size}" value="{escape(typed[at])}"{tie}></div>'
        for at, (part, size) in enumerate((("dag", 2), ("maand", 2), ("jaar", 4)))
    )
    return (
        f'<fieldset class="veld datum{" mis" if wrong else ""}" id="v-{name}">'
        f"<legend>{_label(label, required)}</legend>{wrong}<div class=vakjes>{boxes}</div></fieldset>"
    )


def radios(
    name: str,
    label: str,
    choices: Mapping[str, str],
    value: str,
    errors: Mapping[str, str],
    *,
    required: bool | None = False,
    hints: Mapping[str, str] | None = None,
) -> str:
    wrong, tie = _wrong(name, errors)
    rows = ""
    for key, text in choices.items():
        hint = f"<small>{escape(hints[key])}</small>" if hints and key in hints else ""
        rows += (
            f'<div class="keuze"><input type="radio" id="v-{name}-{key}" name="{name}" value="{key}"'
            f'{" checked" if key == value else ""}{tie}><label for="v-{name}-{key}">{escape(text)}{hint}</label></div>'
        )
    return (
        f'<fieldset class="veld{" mis" if wrong else ""}" id="v-{name}"><legend>{_label(label, required)}</legend>'
        f"{wrong}{rows}</fieldset>"
    )


def summary(errors: Mapping[str, str], labels: Mapping[str, str], general: str = "") -> str:
    """What is wrong, above the form, each with a link to its field."""
    if not errors and not general:
        return ""
    rows = "".join(
        f'<li><a href="#v-{name}">{escape(labels.get(name, name))}: {escape(ERRORS.get(code, code))}</a></li>'
        for name, code in errors.items()
    )
    wrong = f"<p>{escape(general)}</p>" if general else ""
    return f'<div class="fouten" role="alert"><h2>Controleer uw gegevens</h2>{wrong}<ul>{rows}</ul></div>'


def search(action: str, label: str, query: str) -> str:
    return (
        f'<form class="zoek" method="get" action="{BASE}{action}" role="search">'
        f'<label for="zoek">{escape(label)}</label>'
        f'<input id="zoek" type="search" name="zoek" value="{escape(query)}" maxlength="80">'
        f"{button('Zoeken', kind='bij')}</form>"
    )


def table(columns: tuple[str, ...], rows: str) -> str:
    """columns and rows are HTML."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def facts(values: Mapping[str, str]) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text or '–')}</dd></div>" for name, text in values.items())
    return f'<dl class="feiten">{rows}</dl>'
