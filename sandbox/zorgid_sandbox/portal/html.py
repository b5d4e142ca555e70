# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the pages, in the portal's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

ROLES = {"employee": "Medewerker", "operator": "Beheerder", "administrator": "Administrator"}
DEVICES = {
    "none": "Geen telefoon",
    "invited": "Uitgenodigd",
    "active": "Actief",
    "blocked": "Geblokkeerd",
    "revoked": "Ingetrokken",
}
STYLE = """
:root { color-scheme: light; --ink: #1d2b36; --line: #d5dde3; --accent: #00598a; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #f4f7f9; }
header { background: var(--accent); color: white; padding: .8rem 1.5rem; display: flex; gap: 2rem; align-items: center;
  flex-wrap: wrap; }
header b.brand { font-size: 1.2rem; } header a { color: white; margin-right: 1rem; }
main { max-width: 60rem; margin: 1.5rem auto; padding: 1rem 2rem 2rem; background: white;
  border: 1px solid var(--line); }
aside { display: flex; gap: .8rem 1.5rem; align-items: center; flex-wrap: wrap; font-size: .9rem;
  border-bottom: 1px solid var(--line); }
aside p { flex: 1; margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line); } td form { margin: 0; }
h1 { font-size: 1.5rem; } h2 { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; }
form { display: flex; gap: .8rem; align-items: end; flex-wrap: wrap; margin: .6rem 0; }
fieldset { display: flex; gap: .8rem; align-items: end; flex-wrap: wrap; border: 1px solid var(--line); width: 100%;
  box-sizing: border-box; }
label { display: grid; } input, select, button { font: inherit; padding: .3rem .6rem; }
button { background: var(--accent); color: white; border: 0; border-radius: 3px; cursor: pointer; }
button:disabled { background: #8a99a4; cursor: not-allowed; }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid #f0a30a; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; } dd { margin: 0; }
.login { text-align: center; } .note { color: #51626e; font-size: .9rem; } .error { color: #a11; font-weight: bold; }
.made, .done { background: #e8f4ea; border: 1px solid #7fb58a; padding: .5rem 1rem; margin-bottom: 1rem; }
code { overflow-wrap: anywhere; } .state { padding: .1rem .5rem; border-radius: 1rem; background: #e6ebef; }
.state.active { background: #cfe9d5; } .state.blocked, .state.revoked { background: #f3cfcf; }
"""
MENU = (("/portal/users", "Gebruikers"), ("/portal/administrators", "Beheerders"), ("/portal/tokens", "Toegangstokens"))


def page(title: str, body: str, who: str = "", head: str = "", end: str = "") -> str:
    """A whole page. title is escaped here; body, who, head and end are HTML."""
    links = "".join(f'<a href="{target}">{text}</a>' for target, text in MENU) if who else ""
    menu = f'<nav aria-label="Menu">{links}</nav>' if who else ""
    aside = f'<aside aria-label="Ingelogd">{who}</aside>' if who else ""
    return (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} – ZORG-ID portaal</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/portal/style.css">{head}</head><body>'
        f'<header><b class="brand">ZORG-ID portaal</b>{menu}<span>Proefomgeving</span></header>'
        f"<main>{aside}{body}</main>{end}</body></html>"
    )


def form(action: str, csrf: str, fields: str, button: str) -> str:
    """A form with its hidden token. fields is HTML."""
    return (
        f'<form method="post" action="{escape(action)}"><input type="hidden" name="csrf" value="{escape(csrf)}">'
        f'{fields}<button type="submit">{escape(button)}</button></form>'
    )


def section(title: str, body: str, level: int = 3) -> str:
    """A part of a page under a heading that names it. body is HTML."""
    key = re.sub(r"\W+", "-", title.lower()).strip("-")
    return f'<section aria-labelledby="{key}"><h{level} id="{key}">{escape(title)}</h{level}>{body}</section>'


def message(text: str, *, refused: bool = False, ms: int | None = None) -> str:
    """What became of the last change, in a way that a screen reader says it aloud. ms: how long it stays."""
    kind = 'role="alert" class="error"' if refused else 'role="status" class="done"'
    gone = "" if ms is None else f' data-ms="{ms}"'
    return f"<p {kind}{gone}>{escape(text)}</p>"


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def options(choices: Mapping[str, str], chosen: str = "") -> str:
    return "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(text)}</option>'
        for key, text in choices.items()
    )
