# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a form: where their labels stand and how they are written, and how a date is asked for and read.

Usually a label stands around its control and a date is a date of the browser; page_faults.py says what can be ordered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from .html import hidden, options
from .page_faults import AS_EVER, Orders

_PLACES = ("wrap", "for", "cell", "placeholder")
_BOXES = {"dag": ("Dag", 2), "maand": ("Maand", 2), "jaar": ("Jaar", 4)}


class Form:
    """Forms of one page; csrf is the hidden token of each."""

    def __init__(self, csrf: str, orders: Orders = AS_EVER) -> None:
        self.csrf, self.orders = csrf, orders
        forms = [str(order["form"]) for order in orders.all("labels")]
        self._written = {form for form in forms if form not in _PLACES}
        self._place = next((form for form in reversed(forms) if form in _PLACES), "wrap")
        self._dates = str((orders.get("dates") or {}).get("form", "native"))

    def form(self, action: str, fields: str, button: str, more: str = "", method: str = "post") -> str:
        """A whole form. fields: HTML; more: further attributes; an ordered `removed_button` leaves the button out."""
        press = "" if self.orders.removed("button", button) else f'<button type="submit">{escape(button)}</button>'
        token = hidden("csrf", self.csrf) if method == "post" else ""
        body = f"<table>{fields}</table>" if self._place == "cell" and "<tr>" in fields[:4] else fields
        return f'<form method="{method}" action="{escape(action)}"{more}>{token}{body}{press}</form>'

    def asks(self) -> bool:
        """Whether a page of its own asks "Weet u het zeker?", reached by GET."""
        return (self.orders.get("confirm") or {}).get("way") == "page"

    def group(self, legend: str, fields: str) -> str:
        body = f"<table>{fields}</table>" if self._place == "cell" else fields
        return f"<fieldset><legend>{escape(legend)}</legend>{body}</fieldset>"

    def text(self, label: str, name: str, value: str = "", *, required: bool = False) -> str:
        need = " required" if required else ""
        return self._labelled(label, name, f'<input type="text" name="{name}" value="{escape(value)}"{need}', required)

    def choice(self, label: str, name: str, choices: Mapping[str, str], chosen: str = "") -> str:
        words = {key: self.orders.renamed("choice", word) for key, word in choices.items()}
        return self._labelled(label, name, f'<select name="{name}"', rest=f"{options(words, chosen)}</select>")

    def day(self, label: str, name: str, value: str = "") -> str:
        """value: a date in ISO form, or empty."""
        if self.orders.removed("field", label):
            return ""
        if self._dates == "native":
            return self._labelled(label, name, f'<input type="date" name="{name}" value="{escape(value)}"')
        year, month, day = value.split("-") if value.count("-") == 2 else ("", "", "")
        if self._dates == "boxes":
            shown = {"dag": day, "maand": month, "jaar": year}
            boxes = "".join(
                f'<label>{title} <input type="text" inputmode="numeric" size="{size}" maxlength="{size}"'
                f' name="{name}.{part}" value="{escape(shown[part])}"></label>'
                for part, (title, size) in _BOXES.items()
            )
            group = f"<fieldset><legend>{escape(self._words(label, required=False))}</legend>{boxes}</fieldset>"
            return f'<tr><td colspan="2">{group}</td></tr>' if self._place == "cell" else group
        if self._dates == "cut":
            year = year[2:]
        parts = [month, day, year] if self._dates == "swapped" else [day, month, year]
        more = {"mask": " data-mask", "cut": ' maxlength="8"'}.get(self._dates, "")
        hint = "dd-mm-jj" if self._dates == "cut" else "" if self._dates == "swapped" else "dd-mm-jjjj"
        control = f'<input type="text" name="{name}" value="{escape("-".join(filter(None, parts)))}"{more}'
        return self._labelled(label, name, control, hint=hint)

    def _words(self, label: str, required: bool) -> str:
        words = self.orders.renamed("form", label)
        if "soft" in self._written:
            words = re.sub(r"\w{6,}", lambda found: f"{found[0][:4]}\u00ad{found[0][4:]}", words)
        if "hyphen" in self._written:
            words = words.replace("-", "\u2011")
        if required and "star" in self._written:
            words += " *"
        if required and "required" in self._written:
            words += " (verplicht)"
        return words.replace(" ", "\u00a0") + "\u00a0:" if "nbsp" in self._written else words

    def _labelled(
        self, label: str, name: str, control: str, required: bool = False, rest: str = "", hint: str = ""
    ) -> str:
        """control: an open tag; rest: what stands after it."""
        if self.orders.removed("field", label):
            return ""
        words, key = escape(self._words(label, required)), f"veld-{name}"
        if self._place == "placeholder" and control.startswith("<input"):
            return f'{control} placeholder="{words}">{rest}'
        if hint:
            control += f' placeholder="{hint}"'
        if self._place == "cell":
            return f"<tr><td>{words}</td><td>{control}>{rest}</td></tr>"
        if self._place == "for":
            return f'<span><label for="{key}">{words}</label> {control} id="{key}">{rest}</span>'
        return f"<label>{words} {control}>{rest}</label>"


def iso_days(data: Mapping[str, Any], names: tuple[str, ...], orders: Orders) -> dict[str, str]:
    """What was posted, with the dates of these names in ISO form if they can be read that way, else as they came."""
    given = {key: str(value) for key, value in data.items()}
    form = str((orders.get("dates") or {}).get("form", "native"))
    for name in names:
        if form == "boxes" and f"{name}.jaar" in given:
            parts = [given.get(f"{name}.{part}", "").strip() for part in ("jaar", "maand", "dag")]
            given[name] = "-".join(part.zfill(2) for part in parts) if any(parts) else ""
        elif form != "native" and name in given:
            given[name] = _read(given[name].strip(), form)
    return given


def _read(text: str, form: str) -> str:
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{2}|\d{4})", text)
    if not found or len(found[3]) != (2 if form == "cut" else 4):
        return text and f"{text}?"
    first, second, year = found[1].zfill(2), found[2].zfill(2), found[3]
    if form == "cut":
        year = f"20{year}" if int(year) <= date.today().year % 100 else f"19{year}"
    return f"{year}-{first}-{second}" if form == "swapped" else f"{year}-{second}-{first}"
