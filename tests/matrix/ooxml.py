"""Packages of Office, part by part, for corners that no library writes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

Parts = Mapping[str, "bytes | str"]

_DOC = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "docx": ("word/document.xml", f"{_DOC}.wordprocessingml.document.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
    "dotx": ("word/document.xml", f"{_DOC}.wordprocessingml.template.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{_DOC}.spreadsheetml.sheet.main+xml"),
    "xlsm": ("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "xlsb": ("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
    "pptx": ("ppt/presentation.xml", f"{_DOC}.presentationml.presentation.main+xml"),
    "pptm": ("ppt/presentation.xml", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
    "vsdx": ("visio/document.xml", "application/vnd.ms-visio.drawing.main+xml"),
}
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{OFFICE}" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def zipped(parts: Parts, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def add(package: bytes, parts: Parts, change: Mapping[str, tuple[str, str]] | None = None) -> bytes:
    """A package with further parts; `change`: in a part that is there, the first text by the second."""
    with zipfile.ZipFile(io.BytesIO(package)) as old:
        have: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    for name, (before, after) in (change or {}).items():
        text = have[name]
        assert isinstance(text, bytes)
        assert before.encode() in text
        have[name] = text.replace(before.encode(), after.encode(), 1)
    return zipped({**have, **parts})


def relations(*targets: tuple[str, str, str]) -> str:
    """(kind, target, mode) in order; ids from r1 on."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + mode + chr(34) if mode else ''}/>"
        for number, (kind, target, mode) in enumerate(targets, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{_RELS}">{rows}</Relationships>'


def office(kind: str, main: str | bytes, parts: Parts | None = None) -> bytes:
    """A package of a kind (a key of MAIN) with its main part and others; every other part is plain XML or binary."""
    path, media = MAIN[kind]
    types = (
        f'{DECLARATION}<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/{path}" ContentType="{media}"/></Types>'
    )
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations(("officeDocument", path, "")),
            path: main,
            **(parts or {}),
        }
    )


def word(body: str = "", parts: Parts | None = None, kind: str = "docx") -> bytes:
    """A Word document with that body (paragraphs) beside a plain first paragraph."""
    return office(kind, part("w:document", f"<w:body>{paragraph('Minutes of the week')}{body}</w:body>"), parts)


def part(root: str, inner: str) -> str:
    return f"{DECLARATION}<{root} {NAMES}>{inner}</{root}>"


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def shape(properties: str = "", inside: str = "") -> str:
    """A drawing in a paragraph of Word."""
    return (
        f'<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="Shape 1" {properties}/><a:graphic><a:graphicData '
        f'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">{inside}</a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )


def sheet(rows: str, extra: str = "") -> str:
    return (
        f'{DECLARATION}<worksheet xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheetData>{rows}</sheetData>{extra}</worksheet>'
    )


def workbook(
    rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>',
    parts: Parts | None = None,
    *,
    extra: str = "",
    names: str = "",
    kind: str = "xlsx",
) -> bytes:
    """A workbook of one sheet; `extra` behind its cells, `names` behind the list of sheets."""
    main = (
        f'{DECLARATION}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="r1"/>'
        f"</sheets>{names}</workbook>"
    )
    return office(
        kind,
        main,
        {
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml", "")),
            "xl/worksheets/sheet1.xml": sheet(rows, extra),
            **(parts or {}),
        },
    )
