# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the forms: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .fields import MOST_CHARACTERS, Field, Section

STYLE = """
:root { color-scheme: light; --ink: #1f2933; --line: #cdd6de; --accent: #0a6b5e; --wrong: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; color: var(--ink); background: #f2f5f6; }
header { background: white; border-bottom: 4px solid var(--accent); }
header div, main { max-width: 46rem; margin: 0 auto; padding: .9rem 1.5rem; }
header div { display: flex; justify-content: space-between; align-items: center; }
header b { font-size: 1.25rem; color: var(--accent); } header span { color: #5b6b78; font-size: .9rem; }
main { background: white; border: 1px solid var(--line); border-top: 0; padding-bottom: 2.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } .note, .hint { color: #5b6b78; }
.hint { margin: 0; font-size: .9rem; }
fieldset { border: 0; border-top: 1px solid var(--line); margin: 1.8rem 0 0; padding: .4rem 0 0; }
legend { font-weight: 700; font-size: 1.15rem; padding: 0 .6rem 0 0; }
.field { margin: 1rem 0 0; } .field > label, .group > legend { display: block; font-weight: 600; font-size: 1rem; }
.field input:not([type=radio]):not([type=checkbox]) { font: inherit; width: 100%; padding: .45rem .6rem;
  border: 1px solid #7b8a97; border-radius: 4px; }
.field.narrow input:not([type=radio]):not([type=checkbox]) { max-width: 14rem; }
.group { border: 0; margin: 1rem 0 0; padding: 0; } .choice { display: flex; gap: .6rem; align-items: center; }
.choice input { width: 1.2rem; height: 1.2rem; accent-color: var(--accent); } .choice label { font-weight: 400; }
.wrong { border-left: 4px solid var(--wrong); padding-left: .8rem; }
.error { color: var(--wrong); font-weight: 600; margin: .1rem 0; }
.error-summary { border: 2px solid var(--wrong); border-radius: 4px; padding: .6rem 1rem; margin-top: 1rem; }
.error-summary p { margin: 0; }
button { font: inherit; font-weight: 600; margin-top: 2rem; padding: .6rem 1.6rem; color: white; cursor: pointer;
  background: var(--accent); border: 0; border-radius: 4px; }
button:hover { background: #08564b; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid #f5b400; outline-offset: 1px; }
.done { border: 1px solid #8fc5ab; background: #eaf6f0; border-radius: 4px; padding: .4rem 1.2rem; }
.reference { font-size: 1.15rem; }
"""


def page(title: str, body: str) -> str:
    """A whole page. title is escaped here; body is HTML."""
    return (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} – VZVZ</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/style.css"></head><body>'
        "<header><div><b>VZVZ · ZORG-ID Smart</b><span>Proefomgeving, geen echte aanvraag</span></div></header>"
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def form(
    sections: tuple[Section, ...],
    *,
    action: str,
    token: str,
    button: str,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    summary: str = "",
) -> str:
    """The form with what was filled in, and what is wrong with it at the fields."""
    if errors and not summary:
        count = len(errors)
        summary = f"Controleer uw gegevens: {count} {'veld is' if count == 1 else 'velden zijn'} niet goed ingevuld."
    shown = f'<div class="error-summary" role="alert"><p class="error">{escape(summary)}</p></div>' if summary else ""
    parts = "".join(
        f"<fieldset><legend>{escape(section.title)}</legend>"
        f"{''.join(_field(one, values.get(one.name, ''), errors.get(one.name, '')) for one in section.fields)}"
        "</fieldset>"
        for section in sections
    )
    return (
        f'{shown}<form method="post" action="{escape(action)}" novalidate>'
        f'<input type="hidden" name="token" value="{escape(token)}">{parts}'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def _field(field: Field, value: str, error: str) -> str:
    name, label = escape(field.name), escape(field.label)
    reported = f'<p class="error" id="{name}-fout">{escape(error)}</p>' if error else ""
    wrong = " wrong" if error else ""
    marks = " required" if field.required else ""
    if error:
        marks += f' aria-invalid="true" aria-describedby="{name}-fout"'
    if field.kind == "radio":
        choices = "".join(
            f'<div class="choice"><input type="radio" id="{name}-{number}" name="{name}" value="{escape(choice)}"'
            f"{marks}{' checked' if value == choice else ''}>"
            f'<label for="{name}-{number}">{escape(choice)}</label></div>'
            for number, choice in enumerate(field.choices)
        )
        return f'<fieldset class="field group{wrong}"><legend>{label}</legend>{reported}{choices}</fieldset>'
    if field.kind == "checkbox":
        checked = " checked" if value else ""
        return (
            f'<div class="field{wrong}">{reported}<div class="choice">'
            f'<input type="checkbox" id="{name}" name="{name}" value="ja"{marks}{checked}>'
            f'<label for="{name}">{label}</label></div></div>'
        )
    pattern = f' pattern="{escape(field.pattern)}"' if field.pattern and field.kind == "text" else ""
    hint = f'<p class="hint">{escape(field.hint)}</p>' if field.hint else ""
    optional = "" if field.required else ' <span class="note">(optioneel)</span>'
    return (
        f'<div class="field{" narrow" if field.narrow else ""}{wrong}"><label for="{name}">{label}{optional}</label>'
        f'{hint}{reported}<input type="{field.kind}" id="{name}" name="{name}" value="{escape(value)}"'
        f' maxlength="{MOST_CHARACTERS}" autocomplete="{field.autocomplete}"{pattern}{marks}></div>'
    )


def confirmation(thanks: str, reference: str, after: str) -> str:
    return (
        f'<div class="done" role="status">\n<p>{escape(thanks)}</p>\n'
        f'<p class="reference">Kenmerk: <strong>{escape(reference)}</strong></p>\n</div>\n<p>{escape(after)}</p>\n'
    )
