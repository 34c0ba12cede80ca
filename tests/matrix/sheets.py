"""Workbooks: cells of every kind, and what stands beside them."""

from __future__ import annotations

import base64
import io
import struct
from typing import Any

from . import ole
from .ooxml import SHEET, office, relations, sheet, workbook, zipped
from .plant import Family, Plant

family = Family("xlsx")
binary = Family("xlsb")


def _written(change: Any) -> bytes:
    """By openpyxl."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"] = "Stock"
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _drawn(change: Any) -> bytes:
    """By xlsxwriter, which writes drawings and charts."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Stock")
        page.write("A1", "Stock")
        change(book, page)
    return out.getvalue()


@family("cell", "a.xlsx", needs="openpyxl")
def cell(plant: Plant) -> bytes:
    return _written(lambda book: book.active.__setitem__("B7", plant.text))


@family("cell, cut into rich runs", "a.xlsx", needs="xlsxwriter")
def rich(plant: Plant) -> bytes:
    def change(book: Any, page: Any) -> None:
        bold = book.add_format({"bold": True})
        page.write_rich_string("B2", plant.text[:25], bold, plant.text[25:50], plant.text[50:90], bold, plant.text[90:])

    return _drawn(change)


@family("a word a cell", "a.xlsx", needs="openpyxl")
def words(plant: Plant) -> bytes:
    return _written(lambda book: book.active.append(plant.text.split()))


@family("cell's comment", "a.xlsx", needs="openpyxl")
def comment(plant: Plant) -> bytes:
    from openpyxl.comments import Comment

    return _written(lambda book: setattr(book.active["A1"], "comment", Comment(plant.text, "R. Lind")))


def _hidden(state: str, plant: Plant) -> bytes:
    def change(book: Any) -> None:
        page = book.create_sheet("Old")
        page["C3"] = plant.text
        page.sheet_state = state

    return _written(change)


family.add("hidden sheet", "a.xlsx", lambda plant: _hidden("hidden", plant), needs="openpyxl")
family.add("very hidden sheet", "a.xlsx", lambda plant: _hidden("veryHidden", plant), needs="openpyxl")


@family("hidden row", "a.xlsx", needs="openpyxl")
def row(plant: Plant) -> bytes:
    def change(book: Any) -> None:
        book.active["A9"] = plant.text
        book.active.row_dimensions[9].hidden = True

    return _written(change)


@family("hidden column", "a.xlsx", needs="openpyxl")
def column(plant: Plant) -> bytes:
    def change(book: Any) -> None:
        book.active["Z1"] = plant.text
        book.active.column_dimensions["Z"].hidden = True

    return _written(change)


@family("protected sheet", "a.xlsx", needs="openpyxl")
def protected(plant: Plant) -> bytes:
    def change(book: Any) -> None:
        book.active["A3"] = plant.text
        book.active.protection.set_password("x")

    return _written(change)


@family("defined name", "a.xlsx", needs="openpyxl")
def name(plant: Plant) -> bytes:
    from openpyxl.workbook.defined_name import DefinedName

    return _written(lambda book: book.defined_names.add(DefinedName("Note", attr_text=f'"{plant.text}"', hidden=True)))


@family("header of the printed page", "a.xlsx", needs="openpyxl", holds="token")
def header(plant: Plant) -> bytes:
    return _written(lambda book: setattr(book.active.oddHeader.left, "text", plant.short))


@family("data validation's prompt", "a.xlsx", needs="openpyxl", holds="token")
def validation(plant: Plant) -> bytes:
    from openpyxl.worksheet.datavalidation import DataValidation

    def change(book: Any) -> None:
        rule = DataValidation(type="whole", formula1="1", showInputMessage=True)
        rule.prompt = plant.short
        rule.add("A1")
        book.active.add_data_validation(rule)

    return _written(change)


@family("number format's literal", "a.xlsx", needs="openpyxl", holds="token")
def number_format(plant: Plant) -> bytes:
    return _written(lambda book: setattr(book.active["A1"], "number_format", f'0 "{plant.short}"'))


@family("formula's constant", "a.xlsx", needs="xlsxwriter", holds="token")
def formula(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.write_formula("A2", f'=LEN("{plant.short}")', None, 48))


@family("formula's kept result", "a.xlsx", needs="xlsxwriter")
def result(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.write_formula("A2", "=VLOOKUP(1,X!A:B,2)", None, plant.text))


@family("formula that joins the token", "a.xlsx", needs="xlsxwriter")
def joined(plant: Plant) -> bytes:
    half = plant.token[:20]
    text = f'="{half}"&"{plant.token[20:]}"'
    return _drawn(lambda book, page: page.write_formula("A2", text, None, plant.text))


@family("text box", "a.xlsx", needs="xlsxwriter")
def text_box(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.insert_textbox("D4", plant.text))


@family("alternative text of a shape", "a.xlsx", needs="xlsxwriter")
def alternative(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.insert_textbox("D4", "x", {"description": plant.text}))


@family("chart's title", "a.xlsx", needs="xlsxwriter")
def chart(plant: Plant) -> bytes:
    def change(book: Any, page: Any) -> None:
        made = book.add_chart({"type": "column"})
        made.add_series({"values": "=Stock!$A$1:$A$2"})
        made.set_title({"name": plant.text})
        page.insert_chart("D4", made)

    return _drawn(change)


@family("chart sheet's series name", "a.xlsx", needs="xlsxwriter")
def chart_sheet(plant: Plant) -> bytes:
    def change(book: Any, page: Any) -> None:
        made = book.add_chart({"type": "line"})
        made.add_series({"values": "=Stock!$A$1:$A$2", "name": plant.text})
        book.add_chartsheet().set_chart(made)

    return _drawn(change)


@family("link's target", "a.xlsx", needs="xlsxwriter", holds="token")
def link(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.write_url("A2", f"https://example.org/?k={plant.token}", string="shop"))


@family("link's tip", "a.xlsx", needs="xlsxwriter", holds="token")
def tip(plant: Plant) -> bytes:
    return _drawn(lambda book, page: page.write_url("A2", "https://example.org/", string="shop", tip=plant.short))


@family("custom property", "a.xlsx", needs="xlsxwriter", holds="token")
def custom(plant: Plant) -> bytes:
    return _drawn(lambda book, page: book.set_custom_property("Note", plant.short))


@family("core property", "a.xlsx", needs="xlsxwriter")
def core(plant: Plant) -> bytes:
    return _drawn(lambda book, page: book.set_properties({"comments": plant.text}))


@family("table's column", "a.xlsx", needs="xlsxwriter")
def table(plant: Plant) -> bytes:
    columns = [{"header": "a"}, {"header": plant.text[:250]}]
    return _drawn(lambda book, page: page.add_table("A3:B5", {"columns": columns}))


@family("inline string", "a.xlsx")
def inline(plant: Plant) -> bytes:
    return workbook(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{plant.text}</t></is></c></row>')


@family("phonetic reading of a cell", "a.xlsx")
def phonetic(plant: Plant) -> bytes:
    run = f'<is><t>x</t><rPh sb="0" eb="1"><t>{plant.text}</t></rPh></is>'
    return workbook(f'<row r="1"><c r="A1" t="inlineStr">{run}</c></row>')


@family("shared string that no cell uses", "a.xlsx")
def unused(plant: Plant) -> bytes:
    return workbook(parts={"xl/sharedStrings.xml": f'<sst xmlns="{SHEET}"><si><t>{plant.text}</t></si></sst>'})


def _part(what: str, path: str, body: str, *, holds: str = "token passage") -> None:
    """A case with a part of its own; `@` is where the text goes."""
    family.add(what, "a.xlsx", lambda plant: workbook(parts={path: body.replace("@", plant.text)}), holds=holds)


_part(
    "threaded comment",
    "xl/threadedComments/threadedComment1.xml",
    "<ThreadedComments xmlns='http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments'>"
    "<threadedComment ref='A1' id='{0}'><text>@</text></threadedComment></ThreadedComments>",
)
_part(
    "kept values of a linked workbook",
    "xl/externalLinks/externalLink1.xml",
    f"<externalLink xmlns='{SHEET}'><externalBook><sheetDataSet><sheetData sheetId='0'><row r='1'><cell r='A1' t='str'>"
    "<v>@</v></cell></row></sheetData></sheetDataSet></externalBook></externalLink>",
)
_part(
    "pivot table's cache",
    "xl/pivotCache/pivotCacheDefinition1.xml",
    f"<pivotCacheDefinition xmlns='{SHEET}'><cacheFields><cacheField name='n'><sharedItems><s v='@'/></sharedItems>"
    "</cacheField></cacheFields></pivotCacheDefinition>",
)
_part(
    "connection string",
    "xl/connections.xml",
    f"<connections xmlns='{SHEET}'><connection id='1' name='q'><dbPr connection='Provider=x;@' command='select'/>"
    "</connection></connections>",
)
_part(
    "log of changes",
    "xl/revisions/revisionLog1.xml",
    f"<revisions xmlns='{SHEET}'><rcc rId='1' sId='1'><oc r='A1' t='inlineStr'><is><t>@</t></is></oc></rcc>"
    "</revisions>",
)
_part("custom XML", "customXml/item1.xml", "<order xmlns='urn:o'><memo>@</memo></order>")


@family("scenario's comment", "a.xlsx")
def scenario(plant: Plant) -> bytes:
    extra = f'<scenarios><scenario name="s" comment="{plant.text}"><inputCells r="A1" val="1"/></scenario></scenarios>'
    return workbook(extra=extra)


@family("conditional format's formula", "a.xlsx", holds="token")
def conditional(plant: Plant) -> bytes:
    rule = f'<cfRule type="expression" priority="1"><formula>A1="{plant.token}"</formula></cfRule>'
    return workbook(extra=f'<conditionalFormatting sqref="A1">{rule}</conditionalFormatting>')


@family("query (Power Query's package in base64)", "a.xlsx")
def query(plant: Plant) -> bytes:
    package = zipped({"Formulas/Section1.m": f'section Section1; shared Q = "{plant.text}";'})
    blob = struct.pack("<II", 0, len(package)) + package + struct.pack("<I", 0) * 3
    item = f"<DataMashup xmlns='http://schemas.microsoft.com/DataMashup'>{base64.b64encode(blob).decode()}</DataMashup>"
    return workbook(parts={"customXml/item1.xml": item})


@family("macro's string", "a.xlsm")
def macro(plant: Plant) -> bytes:
    source = f"' {plant.text[:200]}\r\n' {plant.text[200:]}\r\n"
    return workbook(parts={"xl/vbaProject.bin": ole.vba_project(source)}, kind="xlsm")


@family("embedded document", "a.xlsx")
def embedded(plant: Plant) -> bytes:
    from .ooxml import paragraph, word

    return workbook(parts={"xl/embeddings/oleObject1.bin": ole.embedded("notes.docx", word(paragraph(plant.text)))})


@family("data behind the archive", "a.xlsx")
def trailing(plant: Plant) -> bytes:
    return workbook() + plant.data


@family("sheet that the workbook does not list", "a.xlsx")
def unlisted(plant: Plant) -> bytes:
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{plant.text}</t></is></c></row>'
    return workbook(parts={"xl/worksheets/sheet9.xml": sheet(cell)})


@family("with a password", "a.xlsx", readable=False)
def encrypted(plant: Plant) -> bytes:
    return ole.encrypted_package()


@family("named as text", "a.txt", needs="openpyxl")
def misnamed(plant: Plant) -> bytes:
    return cell(plant)


def _record(kind: int, data: bytes) -> bytes:
    """A record of a binary workbook: both numbers in seven bits a byte."""

    def number(value: int) -> bytes:
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)

    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + number(len(data)) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(cells: bytes = b"", shared: bytes = b"", *, state: int = 0, names: bytes = b"", parts: Any = None) -> bytes:
    """A binary workbook of one sheet."""
    listed = struct.pack("<II", state, 1) + _wide("rId1") + _wide("Sheet1")
    main = _record(131, b"") + _record(143, b"") + _record(156, listed) + _record(144, b"") + names
    main += _record(157, bytes(26)) + _record(132, b"")
    page = (
        _record(129, b"")
        + _record(148, bytes(16))
        + _record(145, b"")
        + _record(0, struct.pack("<IIHBBI", 0, 0, 300, 0, 0, 0))
        + cells
    )
    page += _record(146, b"") + _record(130, b"")
    count = 1 if shared else 0
    strings = _record(159, struct.pack("<II", count, count)) + shared + _record(160, b"")
    rels = relations(("worksheet", "worksheets/sheet1.bin", ""), ("sharedStrings", "sharedStrings.bin", ""))
    return office(
        "xlsb",
        main,
        {
            "xl/_rels/workbook.bin.rels": rels.replace('"r1"', '"rId1"').replace('"r2"', '"rId2"'),
            "xl/worksheets/sheet1.bin": page,
            "xl/sharedStrings.bin": strings,
            **(parts or {}),
        },
    )


_SHARED = struct.pack("<II", 0, 0) + struct.pack("<I", 0)


@binary("shared string", "a.xlsb")
def binary_shared(plant: Plant) -> bytes:
    return xlsb(_record(7, _SHARED), _record(19, b"\0" + _wide(plant.text)))


@binary("string in the cell", "a.xlsb")
def binary_cell(plant: Plant) -> bytes:
    return xlsb(_record(6, struct.pack("<II", 0, 0) + _wide(plant.text)))


@binary("very hidden sheet", "a.xlsb")
def binary_hidden(plant: Plant) -> bytes:
    return xlsb(_record(7, _SHARED), _record(19, b"\0" + _wide(plant.text)), state=2)


@binary("formula's kept result", "a.xlsb")
def binary_result(plant: Plant) -> bytes:
    data = struct.pack("<II", 0, 0) + _wide(plant.text) + struct.pack("<HII", 0, 0, 0)
    return xlsb(_record(8, data))


@binary("comment", "a.xlsb")
def binary_comment(plant: Plant) -> bytes:
    note = _record(628, b"") + _record(637, b"\0" + _wide(plant.text)) + _record(629, b"")
    return xlsb(parts={"xl/comments1.bin": note})


@binary("macro's string", "a.xlsb")
def binary_macro(plant: Plant) -> bytes:
    source = f"' {plant.text[:200]}\r\n' {plant.text[200:]}\r\n"
    return xlsb(parts={"xl/vbaProject.bin": ole.vba_project(source)})
