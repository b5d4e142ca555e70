# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as files, written byte by byte: a library would be too tidy to make what people really send."""

from __future__ import annotations

import zipfile
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships")
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = ["external_id", "first_name", "last_name", "date_of_birth"]
STYLES = ("General", "dd-mm-yyyy", "00000", '0.00" dagen"', "[h]:mm", "[$-413]d mmmm yyyy;@", "#,##0_M_d", "Standaard")


def letters(column):
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def cell(value, place=""):
    """A text is an inline string, a number a number, (number, style) one with a format; other XML stands as it is."""
    at = f' r="{place}"' if place else ""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<c"):
        return value.replace("<c", f"<c{at}", 1)
    if isinstance(value, tuple):
        return f'<c{at} s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, int | float):
        return f"<c{at}><v>{value}</v></c>"
    return f'<c{at} t="inlineStr"><is><t xml:space="preserve">{escape(value, quote=False)}</t></is></c>'


def sheet(rows, *, places=True, hidden=()):
    """rows: a list of rows, or {row number: row}."""
    numbered = rows if isinstance(rows, dict) else dict(enumerate(rows, 1))
    text = []
    for number, row in numbered.items():
        at = f' r="{number}"' if places else ""
        more = ' hidden="1"' if number in hidden else ""
        cells = (cell(one, f"{letters(column)}{number}" if places else "") for column, one in enumerate(row, 1))
        text.append(f"<row{at}{more}>{''.join(cells)}</row>")
    return "".join(text)


def workbook(path, *sheets, strict=False, dimension="A1", strings=None, date1904=False, states=(), parts=None):
    """sheets: what stands in each ``<sheetData>``. parts: further parts, or others in place of these."""
    main, office = STRICT if strict else (MAIN, OFFICE)
    count = range(1, len(sheets) + 1)
    states = dict(enumerate(states, 1))
    listed = "".join(
        f'<sheet name="Blad{number}" sheetId="{number}" state="{states.get(number, "visible")}" r:id="rId{number}"/>'
        for number in count
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{office}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in count
    )
    related += f'<Relationship Id="s" Type="{office}/styles" Target="/xl/styles.xml"/>'
    formats = "".join(
        f'<numFmt numFmtId="{200 + index}" formatCode="{escape(code)}"/>' for index, code in enumerate(STYLES)
    )
    styles = "".join(f'<xf numFmtId="{200 + index}"/>' for index in range(len(STYLES)))
    written = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{office}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><workbookPr date1904="{int(date1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId="14"/>'
        f'</cellStyleXfs><cellXfs>{styles}<xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    if strings is not None:
        related += f'<Relationship Id="t" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
        written["xl/sharedStrings.xml"] = f'<sst xmlns="{main}" count="1" uniqueCount="4000000000">{strings}</sst>'
    written["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>'
    for number, content in zip(count, sheets, strict=True):
        written[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{main}"><dimension ref="{dimension}"/><sheetData>{content}</sheetData></worksheet>'
        )
    written |= parts or {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in written.items():
            if content is not None:
                archive.writestr(name, content)
    return path
