"""Office packages made by hand, part by part, so that a word can stand in any corner of them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = {
    "xl/workbook.xml": "openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xl/workbook.bin": "ms-excel.sheet.binary.macroEnabled.main",
    "ppt/presentation.xml": "openxmlformats-officedocument.presentationml.presentation.main+xml",
    "visio/document.xml": "ms-visio.drawing.main+xml",
}


def package(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """(kind, target) pairs; the ids are r1, r2 and so on."""
    inner = "".join(
        f'<Relationship Id="r{number}" Type="{R}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="x">{inner}</Relationships>'


def _office(main: str, parts: Mapping[str, bytes | str]) -> bytes:
    types = f'<Types><Override PartName="/{main}" ContentType="application/vnd.{TYPES[main]}"/></Types>'
    return package({"[Content_Types].xml": types, "_rels/.rels": relations(("officeDocument", main)), **parts})


def sheet(rows: str, round_it: str = "") -> str:
    return f'<worksheet xmlns="{S}" xmlns:r="{R}"><sheetData>{rows}</sheetData>{round_it}</worksheet>'


def row(*cells: str, number: int = 1) -> str:
    """Cells as XML; see `text_cell`, `number_cell`."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def text_cell(where: str, words: str) -> str:
    return f'<c r="{where}" t="inlineStr"><is><t>{words}</t></is></c>'


def shared_cell(where: str, number: int | str) -> str:
    return f'<c r="{where}" t="s"><v>{number}</v></c>'


def number_cell(where: str, value: str, style: int = 0) -> str:
    return f'<c r="{where}" s="{style}"><v>{value}</v></c>'


def shared(*words: str) -> str:
    inner = "".join(f"<si><t>{each}</t></si>" for each in words)
    return f'<sst xmlns="{S}">{inner}</sst>'


def xlsx(
    sheets: Mapping[str, str] | None = None,
    strings: str | None = None,
    parts: Mapping[str, bytes | str] | None = None,
    book: str = "",
    states: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook. `sheets`: XML by name; `book`: further XML of the workbook's part; `states`: hidden and the like."""
    sheets = sheets or {"Sheet1": sheet(row(text_cell("A1", "Hello")))}
    states = states or {}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" state="{states.get(name, "visible")}" r:id="r{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    made: dict[str, bytes | str] = {
        "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}">{book}<sheets>{listed}</sheets></workbook>'
    }
    if strings is not None:
        targets.append(("sharedStrings", "sharedStrings.xml"))
        made["xl/sharedStrings.xml"] = strings
    made["xl/_rels/workbook.xml.rels"] = relations(*targets)
    for number, content in enumerate(sheets.values(), 1):
        made[f"xl/worksheets/sheet{number}.xml"] = content
    return _office("xl/workbook.xml", made | dict(parts or {}))


def wide(text: str) -> bytes:
    """A string of a binary workbook."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of a binary workbook."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = bytearray()
    length = len(data)
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return head + bytes(size) + data


def cell(column: int, data: bytes, style: int = 0) -> bytes:
    return struct.pack("<II", column, style) + data


def xlsb(records: bytes, strings: Iterable[str] = (), parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A binary workbook with one sheet, `Sheet1`, of `records`."""
    book = record(156, struct.pack("<II", 0, 1) + wide("r1") + wide("Sheet1"))
    table = b"".join(record(19, b"\0" + wide(each)) for each in strings)
    made: dict[str, bytes | str] = {
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relations(
            ("worksheet", "worksheets/sheet1.bin"), ("sharedStrings", "sharedStrings.bin")
        ),
        "xl/worksheets/sheet1.bin": records + record(146),
        "xl/sharedStrings.bin": table,
    }
    return _office("xl/workbook.bin", made | dict(parts or {}))


def text_body(*paragraphs: str) -> str:
    inner = "".join(f"<a:p><a:r><a:t>{words}</a:t></a:r></a:p>" for words in paragraphs)
    return f"<p:sp><p:txBody>{inner}</p:txBody></p:sp>"


def slide(body: str, attributes: str = "", root: str = "sld") -> str:
    return f'<p:{root} xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}" {attributes}><p:cSld>{body}</p:cSld></p:{root}>'


def pptx(slides: Iterable[str], parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A presentation; slide N is the part `ppt/slides/slide{100 - N}.xml`, so that names say nothing."""
    slides = list(slides)
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, len(slides) + 1))
    made: dict[str, bytes | str] = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{listed}</p:sldIdLst>'
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{99 - number}.xml") for number in range(len(slides)))
        ),
    }
    for number, content in reversed(list(enumerate(slides))):
        made[f"ppt/slides/slide{99 - number}.xml"] = content
    return _office("ppt/presentation.xml", made | dict(parts or {}))


def vsdx(pages: Iterable[str], parts: Mapping[str, bytes | str] | None = None) -> bytes:
    pages = list(pages)
    listed = "".join(f'<Page ID="{n}" Name="Page-{n}"><Rel r:id="r{n}"/></Page>' for n in range(1, len(pages) + 1))
    made: dict[str, bytes | str] = {
        "visio/document.xml": "<VisioDocument/>",
        "visio/pages/pages.xml": f'<Pages xmlns:r="{R}">{listed}</Pages>',
        "visio/pages/_rels/pages.xml.rels": relations(
            *(("page", f"page{50 - number}.xml") for number in range(len(pages)))
        ),
    }
    for number, content in reversed(list(enumerate(pages))):
        made[f"visio/pages/page{50 - number}.xml"] = content
    return _office("visio/document.xml", made | dict(parts or {}))


OASIS = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "presentation", "form", "meta")
)


def odf(body: str, kind: str = "text", parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """An OpenDocument package; `kind`: text, spreadsheet, presentation."""
    return package(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": open_document(body, kind),
            **(parts or {}),
        }
    )


TEXT = 'office:mimetype="application/vnd.oasis.opendocument.text"'


def open_document(body: str, kind: str = "text", root: str = "document-content", more: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {OASIS} {more}>'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:{root}>"
    )


def epub(pages: Mapping[str, str], parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A book; its pages are read in the order given and stand in the file in the other."""
    items = "".join(f'<item id="i{n}" href="{name}"/>' for n, name in enumerate(pages))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    made: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
        "OEBPS/book.opf": f"<package><metadata><dc:title xmlns:dc='d'>book title</dc:title></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for name, content in reversed(list(pages.items())):
        made[f"OEBPS/{name}"] = content
    return package(made | dict(parts or {}))


def page(body: str) -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11.dtd">'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
    )


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes | int) -> bytes:
    """A field of a message of Protocol Buffers."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def snappy(data: bytes) -> bytes:
    """A block without repetitions."""
    out = varint(len(data))
    for at in range(0, len(data), 60):
        piece = data[at : at + 60]
        out += bytes([(len(piece) - 1) << 2]) + piece
    return out


def iwa(*messages: tuple[int, bytes], block: int = 1000) -> bytes:
    """An archive of (type, message); its blocks end wherever `block` bytes of it are full."""
    plain = b""
    for number, (kind, message) in enumerate(messages, 1):
        header = field(1, number) + field(2, field(1, kind) + field(3, len(message)))
        plain += varint(len(header)) + header + message
    out = b""
    for at in range(0, len(plain), block):
        packed = snappy(plain[at : at + block])
        out += b"\0" + len(packed).to_bytes(3, "little") + packed
    return out


def iwork(parts: Mapping[str, bytes | str]) -> bytes:
    return package({"Index/Document.iwa": iwa((1, field(1, b"Blank"))), **parts})


_ROW = "<table:table-row><table:table-cell><text:p>Some words</text:p></table:table-cell></table:table-row>"
SEEDS: dict[str, list[bytes]] = {
    "XlsxExtractor": [
        xlsx(
            {"S": sheet(row(shared_cell("A1", 1), number_cell("B1", "45000", 1)), "<oddHeader>head</oddHeader>")},
            strings=shared("Some", "words"),
            parts={"xl/styles.xml": '<s><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></s>'},
        ),
        xlsb(
            record(0, bytes(4)) + record(7, cell(0, bytes(4))) + record(8, cell(1, wide("Some words"))),
            ["left", "over"],
        ),
    ],
    "PptxExtractor": [
        pptx([slide(text_body("Some words"))]),
        pptx([slide(text_body("words"))], {"ppt/slides/_rels/slide99.xml.rels": relations(("notesSlide", "n.xml"))}),
    ],
    "VsdxExtractor": [vsdx(["<Shapes><Shape><Text>Some <cp/>words</Text></Shape></Shapes>"])],
    "OdfExtractor": [
        odf("<text:p>Some <office:annotation><text:p>x</text:p></office:annotation>words</text:p>"),
        odf(_ROW, "spreadsheet"),
        open_document("<text:p>flat words</text:p>", root="document", more=TEXT).encode(),
    ],
    "EpubExtractor": [epub({"a.xhtml": page("<p>Some words</p>")})],
    "IworkExtractor": [
        iwork({"Index/Slide.iwa": iwa((1, field(3, b"Some words")), (6002, field(5, field(6, bytes(30)))), block=20)})
    ],
}
"""Small files of every format, for the tests of all extractors."""
