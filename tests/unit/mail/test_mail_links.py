# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that a mail gateway has rewritten."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import gateway_links
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.gateway_links import GATEWAYS, gateway_of, unwrap

INNER = "https://forms.vzvz.example/v?t=1&u=a%2Fb"
ESCAPED = quote(INNER, safe="")
CODED = base64.b64encode(INNER.encode()).decode()
SAFE = f"https://eur02.safelinks.protection.outlook.com/?url={ESCAPED}&data=05%7C02&sdata=x%3D&reserved=0"

WRAPPED = {
    "safe links": SAFE,
    "safe links, path": SAFE.replace("com/?", "com/GetUrlReputation?").replace("eur02", "NLD01"),
    "safe links, from HTML": SAFE.replace("&", "&amp;"),
    "safe links, port": SAFE.replace(".com/", ".com:443/"),
    "safe links, government": SAFE.replace("protection.outlook.com", "protection.office365.us"),
    "teams": f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={ESCAPED}&loc=nl",
    "proofpoint 1": f"https://urldefense.proofpoint.com/v1/url?u={ESCAPED}&k=a%3D%3D&r=b&m=c&s=d",
    "proofpoint 2": "https://urldefense.proofpoint.com/v2/url?u="
    "https-3A__forms.vzvz.example_v-3Ft-3D1-26u-3Da-252Fb&d=DwMF&c=x&r=y&m=z&s=s&e=",
    "proofpoint 3": "https://urldefense.com/v3/__https://forms.vzvz.example/v?t=1&u=a*2Fb__;JQ!!A-b_C!sig$",
    "proofpoint 3, one slash": "https://urldefense.us/v3/__https:/forms.vzvz.example/v?t=1&u=a*2Fb__;JQ!!A!s$",
    "proofpoint 3, a run": "https://urldefense.com/v3/__https://forms.vzvz.example/v**A=1*u=a*2Fb__;P3QmJQ!!A!s$",
    "barracuda": f"https://linkprotect.cudasvc.com/url?a={ESCAPED.lower()}&c=E,1,x&typo=1",
    "barracuda, a link without its scheme": "https://linkprotect.cudasvc.com/url?a=forms.vzvz.example%2fv%3ft%3d1%26u%3da%252Fb&c=E",
    "mimecast, with the link": f"https://protect-eu.mimecast.com/s/AbC1?url={ESCAPED}&domain=vzvz.example",
    "safe links, elsewhere": f"https://deu01.safelinks.protection.outlook.de/?url={ESCAPED}&data=1",
    "bitdefender": f"https://linkscan.io/scan/ux/{base64.urlsafe_b64encode(INNER.encode()).decode()}/9F?c=1&i=1",
    "titanhq": f"https://linklock.titanhq.com/analyse?url={ESCAPED}&data=eJx",
    "outlook on the web": f"https://post.gbz.example/owa/redir.aspx?C=x&URL={ESCAPED.lower()}",
    "cisco, small letters": f"https://secure-web.cisco.com/1fCCdf/{ESCAPED.lower()}",
    "cisco": f"https://secure-web.cisco.com/1fCCdf-JvBY_jz/{ESCAPED}",
    "symantec": f"https://clicktime.symantec.com/3MnsciFmpCx2?h=QCY%3D&u={ESCAPED}",
    "symantec, half escaped": "https://clicktime.symantec.com/15x?h=Q=&u="
    "https://forms.vzvz.example/v?t%3D1%26u%3Da%252Fb",
    "sophos": f"https://eu-central-1.protection.sophos.com/?d=vzvz.example&u={CODED}&i=NWY&t=QkN&h=9ba&s=AVN",
    "sophos, no padding": f"https://eu-west-1.protection.sophos.com?d=vzvz.example&u={CODED.rstrip('=')}&i=N",
    "trend micro": f"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={ESCAPED.lower()}&umid=8&auth=f2",
    "fireeye": f"https://protect2.fireeye.com/v1/url?k=84f6a8c0-e57d&q=1&e=6739&u={ESCAPED}",
    "fireeye, not escaped": f"https://protect2.fireeye.com/url?k=1ffa720f&u={INNER}",
    "trustwave": f"https://scanmail.trustwave.com/?c=12&d=x&u={ESCAPED}",
    "check point": f"https://protect.checkpoint.com/v2/___{INNER}___.YXA6ZXU6YTpv",
    "avanan": f"https://url.avanan.click/v2/___{INNER}___.YXAzOm",
    "libraesva": f"https://urlsand.esvalabs.com/?u={ESCAPED}&e=1&h=2&f=y&p=y",
    "edgepilot": f"https://link.edgepilot.com/s/0bc2a1/xyz?u={ESCAPED}",
    "fortimail": f"https://fortimail.gbz.example/fmlurlsvc/?fewReq=:B:JV&url={ESCAPED}",
    "amazon ses": f"https://abc.r.eu-west-1.awstrack.me/L0/{ESCAPED}/1/0102/xyz=123",
    "google": f"https://www.google.com/url?q={ESCAPED}&source=gmail&ust=1",
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_a_gateway_has_rewritten_is_undone(name: str) -> None:
    link, gateway = unwrap(WRAPPED[name])
    assert (link.replace("%2f", "%2F"), gateway) == (INNER, None)


def test_every_gateway_of_the_table_is_met() -> None:
    met = {gateway_of(link) for link in [*WRAPPED.values(), *OPAQUE]}
    assert {one.name for one in GATEWAYS} <= {one.name for one in met if one} | {"Microsoft Azure", "Hornetsecurity"}


OPAQUE = {
    "https://protect-eu.mimecast.com/s/3i9LClxoOcoOMMAVcEc8V3?domain=forms.vzvz.example": "Mimecast",
    "https://url.uk.m.mimecastprotect.com/s/3i9LCl?domain=forms.vzvz.example": "Mimecast",
    "https://secure-web.cisco.com/1fCCdfJv_BYjz": "Cisco Secure Email",
    "https://eu-central-1.protection.sophos.com/?d=forms.vzvz.example&i=N": "Sophos Email",
    "https://eu-central-1.protection.sophos.com/?d=forms.vzvz.example&u=%C3%A9%C3%A9": "Sophos Email",
    "https://urldefense.com/v3/__https://a.example/*__;!!A!s$": "Proofpoint URL Defense",
    "https://urldefense.com/x/y": "Proofpoint URL Defense",
    "https://eur02.safelinks.protection.outlook.com/?data=1": "Microsoft Safe Links",
    "https://eur02.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)": "Microsoft Safe Links",
    "https://protect.checkpoint.com/v2/r01/___mfyux://kwaad___.YXA": "Check Point",
    "https://url2.mailanyone.net/scanner?m=1&d=4": "VIPRE",
    "https://url.emailprotection.link/?bXyz": "Intermedia",
    "https://shared.outlook.inky.com/link?domain=forms.vzvz.example&t=h.eJx": "INKY",
    "https://us01.z.antigena.com/l/x~y": "Darktrace",
    "https://linkscan.io/scan/ux/%21/9F": "Bitdefender",
}


@pytest.mark.parametrize("link", OPAQUE)
def test_what_cannot_be_undone_names_the_gateway(link: str) -> None:
    assert unwrap(link) == (link, OPAQUE[link])


@pytest.mark.parametrize(
    "link",
    [
        INNER,
        f"https://safelinks.protection.outlook.com.kwaad.example/?url={ESCAPED}",
        f"https://kwaadsafelinks.protection.outlook.com@kwaad.example/?url={ESCAPED}",
        f"https://www.trendmicro.com/nl?url={ESCAPED}",
        f"https://www.google.com/search?q={ESCAPED}",
        "https://[::1",
        "",
    ],
)
def test_what_no_gateway_wrote_stays(link: str) -> None:
    assert unwrap(link) == (link, None)


def test_gateways_in_gateways_are_undone_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    link = INNER
    for _layer in range(3):
        link = f"https://www.google.com/url?q={quote(link, safe='')}"
        link = f"https://eur02.safelinks.protection.outlook.com/?url={quote(link, safe='')}&data=1"
    assert unwrap(link) == (INNER, None)
    looked: list[str] = []
    real = gateway_of
    monkeypatch.setattr(gateway_links, "gateway_of", lambda one: looked.append(one) or real(one))
    deep = f"https://www.google.com/url?q={quote(link, safe='')}"
    assert unwrap(deep)[1] == "Google"
    assert len(looked) == gateway_links.MOST_LAYERS + 1
    assert unwrap("https://www.google.com/url?q=" + "x" * gateway_links.MOST_LENGTH)[1] is None
