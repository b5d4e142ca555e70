# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few inline scripts that ordered behaviours need, each allowed by its digest; usually a page has none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

#: before a form with data-sure is sent; a form with a role asks only if the role is taken away
_ASKED = """
const asked = form => form.dataset.sure && (!form.elements.role || form.elements.role.value === 'none');
"""
SCRIPTS = {
    # Keys only: what a program sets is replaced by what was typed.
    "mask": """
for (const box of document.querySelectorAll('input[data-mask]')) {
  let typed = box.value.replace(/\\D/g, '');
  const show = () => { box.value = [typed.slice(0, 2), typed.slice(2, 4), typed.slice(4)].filter(Boolean).join('-'); };
  box.addEventListener('keydown', event => {
    if (/^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      if (box.selectionStart !== box.selectionEnd) typed = '';
      if (typed.length < 8) typed += event.key;
    } else if (event.key === 'Backspace' || event.key === 'Delete') {
      typed = box.selectionStart !== box.selectionEnd ? '' : typed.slice(0, -1);
    } else if (event.key.length > 1 || event.ctrlKey || event.metaKey) { return; }
    event.preventDefault();
    show();
  });
  box.addEventListener('input', show);
  box.addEventListener('change', show);
}
""",
    "native": _ASKED
    + """
document.addEventListener('submit', event => {
  if (asked(event.target) && !confirm(event.target.dataset.sure)) event.preventDefault();
});
""",
    "dialog": _ASKED
    + """
const sure = document.getElementById('zeker');
document.addEventListener('submit', event => {
  if (!asked(event.target)) return;
  event.preventDefault();
  sure.querySelector('p').textContent = event.target.dataset.sure;
  sure.querySelector('.ja').onclick = () => { sure.close(); event.target.submit(); };
  sure.querySelector('.nee').onclick = () => sure.close();
  sure.showModal();
});
""",
    "vanish": """
for (const said of document.querySelectorAll('[data-ms]')) setTimeout(() => said.remove(), Number(said.dataset.ms));
""",
    "warning": """
const warning = document.getElementById('sessie');
setTimeout(() => warning.showModal(), Number(warning.dataset.after) * 1000);
""",
}


def elements(names: Iterable[str]) -> str:
    return "".join(f"<script>{SCRIPTS[name]}</script>" for name in names)


def policy(names: Iterable[str] = (), *, framed: bool = False) -> str:
    """The policy (CSP) of a page with these scripts. framed: it shows a page of ours in a frame, or is in one."""
    digests = [base64.b64encode(hashlib.sha256(SCRIPTS[name].encode()).digest()).decode() for name in names]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    scripts = f"script-src {allowed}; " if digests else ""
    frames = "frame-src 'self'; frame-ancestors 'self'" if framed else "frame-ancestors 'none'"
    return (
        f"default-src 'none'; {scripts}style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; {frames}"
    )
