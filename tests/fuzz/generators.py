# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs that look right from outside and are wrong inside, for each target of ``targets.py``."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from . import specimens

# What people and programs really put into a text, beside what nobody expects.
TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", " ", "90000101", "URA-nummer: 202", "Kenmerk: AB.12.", "Jansen", "1988-04-12", "31-02-2026"]),
    st.sampled_from(
        ["\x1b[2J", "\u202e", "\ufeff", "\xad", "=1+1", "٣", "\x00", "é" * 300, "https://forms.vzvz.example/x"]
    ),
)
WORD = st.one_of(st.sampled_from(["a", "URA", "name", "id"]), st.text("abcXYZ012-_.:=é ", max_size=12))


def _lines(*parts: str) -> str:
    return "\r\n".join(parts)


@st.composite
def _mail_part(draw: st.DrawFn, depth: int = 0) -> str:
    if depth < 4 and draw(st.integers(0, 3)) == 0:
        kind = draw(st.sampled_from(["mixed", "alternative", "related", "signed", "report", "digest"]))
        parts = draw(st.lists(_mail_part(depth + 1), max_size=4))
        inner = "".join(f"--b{depth}\r\n{part}\r\n" for part in parts)
        return f'Content-Type: multipart/{kind}; boundary="b{depth}"\r\n\r\n{inner}--b{depth}--'
    kind = draw(st.sampled_from(["text/plain", "text/html", "message/rfc822", "image/png", "application/ms-tnef", "x"]))
    charset = draw(st.sampled_from(["", "; charset=utf-8", "; charset=windows-1252", "; charset=x", "; format=flowed"]))
    coding = draw(st.sampled_from(["", "base64", "quoted-printable", "8bit", "x-uu"]))
    text = " ".join(draw(st.lists(st.one_of(TEXT, st.sampled_from(specimens.MAIL_WORDS)), max_size=8)))
    return _lines(f"Content-Type: {kind}{charset}", f"Content-Transfer-Encoding: {coding}", "", text)


@st.composite
def mail(draw: st.DrawFn) -> bytes:
    subject = draw(st.sampled_from(["", "[EXTERN] ", "FW: ", "=?utf-8?q?"])) + draw(st.sampled_from(specimens.SUBJECTS))
    sender = draw(st.one_of(st.just("zorg-id@vzvz.example"), st.sampled_from(specimens.FROMS), TEXT))
    extra = draw(st.lists(st.tuples(st.sampled_from(specimens.HEADERS), TEXT), max_size=5))
    head = [f"From: {sender}", f"Subject: {subject}", *(f"{name}: {value}" for name, value in extra)]
    return _lines(*head, draw(_mail_part())).encode("utf-8", "surrogatepass")


@st.composite
def page(draw: st.DrawFn) -> bytes:
    tags = st.sampled_from(specimens.TAGS)
    names = st.sampled_from(specimens.ATTRIBUTES)

    def element(depth: int) -> str:
        tag = draw(tags)
        attributes = " ".join(f"{n}={quoteattr(v)}" for n, v in draw(st.lists(st.tuples(names, WORD), max_size=4)))
        inner = "".join(element(depth + 1) for _one in range(draw(st.integers(0, 3)) if depth < 5 else 0))
        # One in eight stays open: that is what pages are like.
        close = "" if draw(st.integers(0, 7)) == 0 else f"</{tag}>"
        return f"<{tag} {attributes}>{escape(draw(TEXT))}{inner}{close}"

    return "".join(element(0) for _one in range(draw(st.integers(0, 4)))).encode("utf-8", "surrogatepass")


@st.composite
def csv_table(draw: st.DrawFn, columns: tuple[str, ...] = specimens.COLUMNS) -> bytes:
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    header = draw(st.one_of(st.just(columns), st.lists(st.sampled_from(columns), max_size=8)))
    rows = draw(st.lists(st.lists(st.one_of(TEXT, st.sampled_from(specimens.CELLS)), max_size=10), max_size=8))
    before = draw(st.sampled_from(["", "sep=;\r\n", "Overzicht medewerkers\r\n\r\n", "#TYPE System.Object\r\n"]))
    quoted = [[f'"{cell}"' if draw(st.booleans()) else cell for cell in row] for row in [header, *rows]]
    text = before + "\r\n".join(delimiter.join(row) for row in quoted)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])), "replace")


@st.composite
def xlsx_table(draw: st.DrawFn) -> bytes:
    def cell(value: str) -> str:
        kind = draw(st.sampled_from(["inlineStr", "s", "n", "b", "e", "str", "d", "x"]))
        number = draw(st.sampled_from(["A1", "XFD1048576", "", "A0", "C3"]))
        style = draw(st.sampled_from(["", ' s="1"', ' s="99"']))
        inner = f"<is><t>{escape(value)}</t></is>" if kind == "inlineStr" else f"<v>{escape(value)}</v>"
        formula = draw(st.sampled_from(["", "<f>A1+1</f>"]))
        at = f' r="{number}"' if draw(st.booleans()) else ""
        return f'<c{at} t="{kind}"{style}>{formula}{inner}</c>'

    values = st.one_of(st.sampled_from(specimens.CELLS), st.text("abc019-. é", max_size=12))
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in specimens.COLUMNS)
    lines = "".join(
        f"<row>{''.join(cell(draw(values)) for _one in range(draw(st.integers(0, 6))))}</row>"
        for _row in range(draw(st.integers(0, 5)))
    )
    claim = draw(
        st.sampled_from(["", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>', '<dimension ref="?"/>'])
    )
    sheet = f"{claim}<sheetData><row>{header}</row>{lines}</sheetData>"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in specimens.workbook(sheet, strict=draw(st.booleans())).items():
            if draw(st.integers(0, 19)):
                archive.writestr(name, content)
    return data.getvalue()


@st.composite
def certificates(draw: st.DrawFn) -> bytes:
    blocks = draw(st.lists(st.sampled_from(specimens.blocks()), max_size=5))
    noise = draw(
        st.sampled_from(["", "Bag Attributes\n    localKeyID: 01\n", "subject=/CN=x\n", "\x00", "-----BEGIN X-----\n"])
    )
    text = noise.join(blocks)
    place = draw(st.integers(0, max(len(text), 1)))
    text = text[:place] + draw(st.sampled_from(["", "", "", "A", "-", "\n", "="])) + text[place:]
    text = draw(st.sampled_from([text, text.replace("\n", "\r\n"), text.replace("\n", "\r")]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])), "replace")


@st.composite
def certificate(draw: st.DrawFn) -> bytes:
    """A real one with some of its bytes changed; what DER makes of that is the library's business and ours."""
    der = bytearray(draw(st.sampled_from(specimens.ders())))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(der) - 1), st.integers(0, 255)), max_size=6)):
        der[place] = value
    return bytes(der)


@st.composite
def document(draw: st.DrawFn) -> bytes:
    xml = draw(st.sampled_from(specimens.documents()))
    if draw(st.integers(0, 3)) == 0:
        # Another certificate, or one that is none: it is read before anything is known of the signature.
        held = base64.b64encode(draw(certificate())).decode()
        xml = re.sub(r"(<ds:X509Certificate>)[^<]*", lambda match: match[1] + held, xml, count=1)
    for old, new in draw(st.lists(st.sampled_from(specimens.XML_CHANGES), max_size=3)):
        xml = xml.replace(old, new, draw(st.integers(1, 3)))
    place = draw(st.integers(0, len(xml)))
    put = draw(
        st.sampled_from(["", "", "<!-- c -->", "<?pi x?>", "<x/>", "&#160;", " ", 'xmlns:a="urn:a" ', "<![CDATA[x]]>"])
    )
    return (xml[:place] + put + xml[place:]).encode()


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(specimens.JSON_KEYS), inner, max_size=5)
    ),
    max_leaves=15,
)


@st.composite
def changed_json(draw: st.DrawFn, wholes: list[object]) -> bytes:
    """A right answer in which some values are something else."""

    def change(value: object) -> object:
        if draw(st.integers(0, 11)) == 0:
            return draw(_JSON)
        if isinstance(value, dict):
            return {key: change(inner) for key, inner in value.items() if draw(st.integers(0, 19))}
        return [change(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(change(draw(st.sampled_from(wholes)))).encode("utf-8", "surrogatepass")


STRATEGIES: dict[str, st.SearchStrategy[bytes]] = {
    "certificate": certificate(),
    "certificates": certificates(),
    "csv": csv_table(),
    "document": document(),
    "export": csv_table(specimens.EXPORT),
    "mail": mail(),
    "page": page(),
    "scim": changed_json(specimens.SCIM),
    "windows": changed_json(specimens.WINDOWS),
    "xlsx": xlsx_table(),
}
