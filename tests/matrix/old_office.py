"""Documents of Office 97 and RTF."""

from __future__ import annotations

import io
import struct
from typing import Any

from . import ole
from .plant import SLICE, Family, Plant

doc = Family("doc")
xls = Family("xls")
ppt = Family("ppt")
rtf = Family("rtf")

_PARTS = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes", "header text boxes")


def word97(
    text: str, part: str = "body", *, wide: bool = False, more: dict[str, Any] | None = None, flags: int = 0
) -> bytes:
    """A Word 97 document with a piece table; `text` stands in one of _PARTS, behind a short body."""
    body = text if part == "body" else "Minutes of the week\r"
    rest = "" if part == "body" else text + "\r"
    whole = body + rest + "\r"
    data = whole.encode("utf-16-le" if wide else "cp1252")
    counts = [len(body), *(len(rest) if name == part else 0 for name in _PARTS[1:])]
    start = 0x600
    piece = start if wide else start * 2 | 0x40000000
    pieces = struct.pack("<II", 0, len(whole)) + struct.pack("<HIH", 0, piece, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    base = struct.pack("<HHHHHHHI", 0xA5EC, 0xC1, 0, 0x409, 0, 0x1200 | flags, 0xBF, 0).ljust(24, b"\0")
    base += struct.pack("<II", start, start + len(data))
    words = struct.pack("<H28x", 14)
    longs = [start + len(data), 0, 0, *counts[:3], counts[3], *counts[4:], *([0] * 11)]
    pairs = [(0, 0)] * 93
    pairs[33] = (0, len(table))
    fib = base + words + struct.pack("<H22I", 22, *longs) + struct.pack("<H", 93)
    fib += b"".join(struct.pack("<II", *pair) for pair in pairs)
    streams: dict[str, Any] = {"WordDocument": (fib.ljust(start, b"\0") + data).ljust(4096, b"\0"), "1Table": table}
    return ole.compound({**streams, **(more or {})})


for _part in _PARTS:
    if _part != "macros":
        doc.add(_part, "a.doc", lambda plant, part=_part: word97(plant.text, part))


@doc("body in UTF-16", "a.doc")
def body_wide(plant: Plant) -> bytes:
    return word97(plant.text, wide=True)


@doc("headers in UTF-16", "a.doc")
def headers_wide(plant: Plant) -> bytes:
    return word97(plant.text, "headers", wide=True)


@doc("property", "a.doc")
def doc_property(plant: Plant) -> bytes:
    return word97("Minutes", more={"\x05SummaryInformation": ole.summary(comments=plant.text)})


@doc("macro's string", "a.doc")
def doc_macro(plant: Plant) -> bytes:
    source = f"' {plant.text[:200]}\r\n' {plant.text[200:]}\r\n"
    return word97("Minutes", more={"Macros": ole.vba_storage(source)})


@doc("embedded text file (Ole10Native)", "a.doc")
def doc_embedded(plant: Plant) -> bytes:
    return word97("Minutes", more={"ObjectPool": {"_1234": {"\x01Ole10Native": ole.ole_package("n.txt", plant.data)}}})


@doc("embedded package of Office", "a.doc")
def doc_package(plant: Plant) -> bytes:
    from .ooxml import paragraph, word

    return word97("Minutes", more={"ObjectPool": {"_1234": {"Package": word(paragraph(plant.text))}}})


@doc("field's instruction", "a.doc")
def doc_field(plant: Plant) -> bytes:
    return word97(f"See \x13 QUOTE {plant.text} \x14x\x15 there\r")


@doc("picture's data with a registered binary's bytes", "a.doc", holds="passage")
def doc_binary(plant: Plant) -> bytes:
    return word97("Minutes", more={"Data": SLICE})


@doc("behind the last sector", "a.doc")
def doc_trailing(plant: Plant) -> bytes:
    return word97("Minutes") + plant.data


@doc("with a password", "a.doc", readable=False)
def doc_encrypted(plant: Plant) -> bytes:
    return word97("".join(chr(33 + at * 7 % 90) for at in range(600)), flags=0x100)


@doc("named as RTF", "a.rtf")
def doc_misnamed(plant: Plant) -> bytes:
    return word97(plant.text, wide=True)


def _sheets(change: Any) -> bytes:
    """By xlwt."""
    import xlwt

    book = xlwt.Workbook()
    page = book.add_sheet("Stock")
    page.write(0, 0, "Stock")
    change(book, page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@xls("cell", "a.xls", needs="xlwt")
def xls_cell(plant: Plant) -> bytes:
    return _sheets(lambda book, page: page.write(6, 1, plant.text))


@xls("cell in UTF-16", "a.xls", needs="xlwt")
def xls_wide(plant: Plant) -> bytes:
    return _sheets(lambda book, page: page.write(6, 1, plant.text + " \u2260"))


@xls("cell behind much else (string table continued)", "a.xls", needs="xlwt")
def xls_continued(plant: Plant) -> bytes:
    def change(book: Any, page: Any) -> None:
        for row in range(60):
            page.write(row, 2, f"{row} " + "filler of the row " * (row + 5))
            page.write(row, 3, f"{row} {plant.text}")

    return _sheets(change)


def _hidden_sheet(state: int, plant: Plant) -> bytes:
    def change(book: Any, page: Any) -> None:
        other = book.add_sheet("Old")
        other.write(2, 2, plant.text)
        other.visibility = state

    return _sheets(change)


xls.add("hidden sheet", "a.xls", lambda plant: _hidden_sheet(1, plant), needs="xlwt")
xls.add("very hidden sheet", "a.xls", lambda plant: _hidden_sheet(2, plant), needs="xlwt")


@xls("header of the printed page", "a.xls", needs="xlwt", holds="token")
def xls_header(plant: Plant) -> bytes:
    return _sheets(lambda book, page: setattr(page, "header_str", f"&L{plant.short}".encode()))


@xls("formula's constant", "a.xls", needs="xlwt", holds="token")
def xls_formula(plant: Plant) -> bytes:
    import xlwt

    return _sheets(lambda book, page: page.write(1, 0, xlwt.Formula(f'LEN("{plant.short}")')))


@xls("link's target", "a.xls", needs="xlwt", holds="token")
def xls_link(plant: Plant) -> bytes:
    import xlwt

    target = f'HYPERLINK("https://example.org/?k={plant.token}";"shop")'
    return _sheets(lambda book, page: page.write(1, 0, xlwt.Formula(target)))


@xls("rich text", "a.xls", needs="xlwt")
def xls_rich(plant: Plant) -> bytes:
    import xlwt

    font = xlwt.easyfont("bold on")
    return _sheets(lambda book, page: page.write_rich_text(3, 0, (plant.text[:30], (plant.text[30:], font))))


def biff(*records: tuple[int, bytes], globals_: tuple[tuple[int, bytes], ...] = (), hidden: int = 0) -> bytes:
    """A workbook stream of one sheet, record by record."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))

    page = begin(0x10) + b"".join(record(*each) for each in records) + record(10, b"")
    middle = b"".join(record(*each) for each in globals_)
    listed = struct.pack("<IBBBB", 0, hidden, 0, 6, 0) + b"Sheet1"
    at = len(begin(5) + middle + record(0x85, listed) + record(10, b""))
    listed = struct.pack("<I", at) + listed[4:]
    return begin(5) + middle + record(0x85, listed) + record(10, b"") + page


def _plain(text: str) -> bytes:
    return struct.pack("<HB", len(text), 0) + text.encode("cp1252")


@xls("cell's comment", "a.xls")
def xls_note(plant: Plant) -> bytes:
    text = struct.pack("<HHHHHHHH", 0x212, 0, 0, 0, 0, len(plant.text), 16, 0)[:18].ljust(18, b"\0")
    book = biff(
        (0x5D, struct.pack("<HHHHH12x", 0x15, 18, 0x19, 1, 0x6011) + struct.pack("<HH", 0, 0)),
        (0x1B6, text),
        (0x3C, b"\0" + plant.data),
        (0x3C, struct.pack("<HHI", 0, 0, 0) + struct.pack("<HHI", len(plant.text), 0, 0)),
        (0x1C, struct.pack("<HHHHHB", 0, 0, 0, 1, 1, 0) + b"R\0"),
    )
    return ole.compound({"Workbook": book.ljust(4096, b"\0")})


@xls("formula's kept result", "a.xls")
def xls_result(plant: Plant) -> bytes:
    formula = struct.pack("<HHH", 0, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + struct.pack("<HIH", 0, 0, 3) + b"\x1e\1\0"
    book = biff((0x06, formula), (0x207, _plain(plant.text)))
    return ole.compound({"Workbook": book.ljust(4096, b"\0")})


@xls("cell of Excel 95 (Label)", "a.xls")
def xls_label(plant: Plant) -> bytes:
    text = plant.text[:250].encode()
    label = struct.pack("<HHHH", 0, 0, 0, len(text)) + text
    page = struct.pack("<HHHHHH", 0x809, 8, 0x500, 0x10, 0, 0) + struct.pack("<HH", 0x204, len(label)) + label
    start = struct.pack("<HHHHHH", 0x809, 8, 0x500, 5, 0, 0)
    size = len(start) + 4 + 7 + 6 + 4
    listed = struct.pack("<HHIHB", 0x85, 13, size, 0, 6) + b"Sheet1"
    book = start + listed + struct.pack("<HH", 10, 0) + page + struct.pack("<HH", 10, 0)
    return ole.compound({"Book": book.ljust(4096, b"\0")})


@xls("defined name", "a.xls", holds="token")
def xls_name(plant: Plant) -> bytes:
    formula = b"\x17" + bytes([len(plant.token), 0]) + plant.token.encode()
    name = struct.pack("<HBBHHHBBBB", 1, 0, 4, len(formula), 0, 0, 0, 0, 0, 0) + b"\0Note" + formula
    return ole.compound({"Workbook": biff((0x200, bytes(14)), globals_=((0x18, name),)).ljust(4096, b"\0")})


@xls("property", "a.xls", needs="xlwt")
def xls_property(plant: Plant) -> bytes:
    book = biff((0x200, bytes(14))).ljust(4096, b"\0")
    return ole.compound({"Workbook": book, "\x05SummaryInformation": ole.summary(subject=plant.text)})


@xls("macro's string", "a.xls")
def xls_macro(plant: Plant) -> bytes:
    source = f"' {plant.text[:200]}\r\n' {plant.text[200:]}\r\n"
    book = biff((0x200, bytes(14))).ljust(4096, b"\0")
    return ole.compound({"Workbook": book, "_VBA_PROJECT_CUR": ole.vba_storage(source)})


@xls("with a password", "a.xls", readable=False)
def xls_encrypted(plant: Plant) -> bytes:
    key = struct.pack("<HHH", 1, 1, 1) + bytes(range(48))
    page = (0xFD, bytes(at * 37 % 256 for at in range(10)))
    return ole.compound({"Workbook": biff(page, globals_=((0x2F, key),)).ljust(4096, b"\0")})


def record(kind: int, data: bytes, instance: int = 0, version: int = 0) -> bytes:
    """A record of PowerPoint 97."""
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def powerpoint97(*records: bytes, more: dict[str, Any] | None = None) -> bytes:
    container = record(1000, b"".join(records), version=15)
    user = record(4086, struct.pack("<IIIHHBBHH", 20, 0xE391C05F, 0, 4, 1012, 3, 0, 0, 0) + b"user", version=0)
    return ole.compound({"PowerPoint Document": container.ljust(4096, b"\0"), "Current User": user, **(more or {})})


@ppt("slide's text", "a.ppt")
def ppt_text(plant: Plant) -> bytes:
    return powerpoint97(record(4080, record(4008, plant.data), version=15))


@ppt("slide's text in UTF-16", "a.ppt")
def ppt_wide(plant: Plant) -> bytes:
    return powerpoint97(record(4080, record(4000, plant.text.encode("utf-16-le")), version=15))


@ppt("text box", "a.ppt")
def ppt_box(plant: Plant) -> bytes:
    box = record(0xF00D, record(3999, struct.pack("<I", 4)) + record(4000, plant.text.encode("utf-16-le")), version=15)
    drawing = record(
        1036, record(0xF002, record(0xF003, record(0xF004, box, version=15), version=15), version=15), version=15
    )
    return powerpoint97(record(1006, drawing, version=15))


@ppt("notes", "a.ppt")
def ppt_notes(plant: Plant) -> bytes:
    box = record(0xF00D, record(4000, plant.text.encode("utf-16-le")), version=15)
    return powerpoint97(record(1008, record(1036, box, version=15), version=15))


@ppt("comment", "a.ppt")
def ppt_comment(plant: Plant) -> bytes:
    return powerpoint97(record(12000, record(4026, plant.text.encode("utf-16-le"), 1), version=15))


@ppt("link's target", "a.ppt", holds="token")
def ppt_link(plant: Plant) -> bytes:
    target = record(4026, f"https://example.org/?k={plant.token}".encode("utf-16-le"), 1)
    return powerpoint97(record(1033, record(4055, target, version=15), version=15))


@ppt("property", "a.ppt")
def ppt_property(plant: Plant) -> bytes:
    return powerpoint97(more={"\x05SummaryInformation": ole.summary(keywords=plant.text)})


@ppt("embedded object, packed", "a.ppt")
def ppt_embedded(plant: Plant) -> bytes:
    import zlib

    data = word97(plant.text)
    return powerpoint97(record(4113, struct.pack("<I", len(data)) + zlib.compress(data), 1))


@ppt("slide that was deleted", "a.ppt")
def ppt_behind(plant: Plant) -> bytes:
    stream = record(1000, record(4008, b"Plan"), version=15) + record(1006, record(4008, plant.data), version=15)
    return ole.compound({"PowerPoint Document": stream.ljust(4096, b"\0"), "Current User": bytes(40)})


def _rtf(inner: str) -> bytes:
    return f"{{\\rtf1\\ansi\\ansicpg1252{{\\fonttbl{{\\f0 Arial;}}}}\\f0 Minutes\\par {inner}}}".encode("ascii")


def _hexes(data: bytes) -> str:
    return "\n".join(data.hex()[at : at + 128] for at in range(0, len(data.hex()), 128))


def _plain_rtf(what: str, inner: str) -> None:
    rtf.add(what, "a.rtf", lambda plant: _rtf(inner.replace("@", plant.text)))


def _cut(text: str, between: str, size: int = 7) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


_plain_rtf("text", "@")
_plain_rtf("hidden text", "{\\v @}")
_plain_rtf("header", "{\\header @\\par}")
_plain_rtf("footnote", "a{\\footnote @}")
_plain_rtf("comment", "a{\\*\\atnauthor R}{\\*\\annotation @}")
_plain_rtf("deletion", "{\\deleted\\revauthdel1 @}")
_plain_rtf("property", "{\\info{\\doccomm @}}")
_plain_rtf("document variable", "{\\*\\docvar {note}{@}}")
_plain_rtf("unknown destination", "{\\*\\memo @}")
_plain_rtf("field's instruction", "{\\field{\\*\\fldinst QUOTE @}{\\fldrslt x}}")
_plain_rtf("text box", "{\\shp{\\*\\shpinst{\\shptxt @\\par}}}")
_plain_rtf("alternative text", "{\\shp{\\*\\shpinst{\\sp{\\sn wzDescription}{\\sv @}}}}")
rtf.add("cut by control words", "a.rtf", lambda plant: _rtf("{" + _cut(plant.text, "}{\\b ") + "}"))
rtf.add("in hexadecimal escapes", "a.rtf", lambda plant: _rtf("".join(f"\\'{ord(each):02x}" for each in plant.text)))
rtf.add("in Unicode escapes", "a.rtf", lambda plant: _rtf("".join(f"\\u{ord(each)}?" for each in plant.text)))
rtf.add("lines broken inside words", "a.rtf", lambda plant: _rtf(_cut(plant.text, "\r\n", 11)))
rtf.add("behind its end", "a.rtf", lambda plant: _rtf("") + b"\n" + plant.data)


@rtf("embedded file", "a.rtf")
def rtf_embedded(plant: Plant) -> bytes:
    native = ole.ole_package("n.txt", plant.data)[4:]
    name = b"Package\0"
    data = struct.pack("<III", 0x501, 2, len(name)) + name + bytes(8) + struct.pack("<I", len(native)) + native
    return _rtf(f"{{\\object\\objemb{{\\*\\objdata {_hexes(data)}}}{{\\result x}}}}")


@rtf("embedded document", "a.rtf")
def rtf_document(plant: Plant) -> bytes:
    inner = word97(plant.text, wide=True)
    name = b"Word.Document.8\0"
    data = struct.pack("<III", 0x501, 2, len(name)) + name + bytes(8) + struct.pack("<I", len(inner)) + inner
    return _rtf(f"{{\\object\\objemb{{\\*\\objdata {_hexes(data)}}}{{\\result x}}}}")


@rtf("picture with a text chunk, in binary", "a.rtf")
def rtf_binary(plant: Plant) -> bytes:
    from .images import png

    data = png(plant.text)
    return _rtf(f"{{\\pict\\pngblip\\bin{len(data)} @}}").replace(b"@", data)


@rtf("picture with a text chunk, in hexadecimal", "a.rtf")
def rtf_picture(plant: Plant) -> bytes:
    from .images import png

    return _rtf(f"{{\\pict\\pngblip {_hexes(png(plant.text))}}}")
