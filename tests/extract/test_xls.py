from __future__ import annotations

import io
import struct

import pytest
import xlwt

from dlp.model import Reason

from .samples import Drawn, read, words
from .samples_ole import (
    PNG,
    byte,
    cell,
    compound,
    container,
    metafile,
    picture,
    record,
    shared_strings,
    wide,
    workbook,
    xls,
)


def _text(data: bytes) -> Drawn:
    return read(data)[0][0]


def _place(stream: bytes, marker: str) -> str:
    return _text(xls(stream)).place(marker)


def _sheet(*records: bytes) -> bytes:
    return workbook(sheets={"First": record(0x203, cell(0, 0) + struct.pack("<d", 1)), "Data": b"".join(records)})


def test_a_workbook_of_a_usual_writer_is_read() -> None:
    book = xlwt.Workbook()
    first, second = book.add_sheet("Prices"), book.add_sheet("Hidden one")
    second.visibility = 2
    first.write(6, 1, "planted value")
    first.write(0, 27, 4111111111111111)
    first.write(1, 0, 0.1 + 0.2)
    first.write(2, 0, xlwt.Formula('"lite" & "ral"'))
    second.write(0, 0, "g\u00fcnstig \u0434\u043e\u0433\u043e\u0432\u043e\u0440")
    out = io.BytesIO()
    book.save(out)
    text = _text(out.getvalue())
    assert text.place("planted value") == "Prices!B7"
    assert text.place("4111111111111111") == "Prices!AB1"
    assert text.place("0.3\n") == "Prices!A2"
    assert text.place("lite\n") == "Prices!A3 formula"
    assert text.place("g\u00fcnstig \u0434\u043e\u0433\u043e\u0432\u043e\u0440") == "Hidden one!A1"
    assert text.place("Hidden one") == "very hidden sheet name"
    assert not read(out.getvalue())[1]


def test_strings_go_on_in_further_records() -> None:
    text = "eight bits, then sixteen: \u0434\u043e"
    head = struct.pack("<II", 2, 2) + struct.pack("<HB", len(text), 0) + text[:26].encode()
    shared = record(0xFC, head) + record(0x3C, b"\x01" + text[26:].encode("utf-16-le") + wide("the second"))
    stream = workbook(shared, {"S": record(0xFD, cell(0, 0) + bytes(4)) + record(0xFD, cell(1, 0) + b"\1\0\0\0")})
    assert _place(stream, text) == "S!A1"
    assert _place(stream, "the second") == "S!A2"


def test_formatted_strings_and_their_sounds_are_read() -> None:
    sound = bytes(14) + "\u30c8\u30a6".encode("utf-16-le")
    rich = struct.pack("<HBHI", 4, 0x0C, 1, len(sound)) + b"rich" + bytes(4) + sound
    stream = workbook(shared_strings(rich, byte(b"next")), {"S": record(0xFD, cell(0, 0) + bytes(4))})
    assert "rich\n\u30c8\u30a6\n" in _text(xls(stream)).text
    assert _place(stream, "next") == "strings of no cell"


def test_cells_of_every_kind_are_told() -> None:
    stream = _sheet(
        record(0x204, cell(0, 0) + wide("a label")),
        record(0xD6, cell(1, 0) + byte(b"a formatted label") + bytes(2)),
        record(0x203, cell(2, 0) + struct.pack("<d", -12.5)),
        record(0x27E, cell(3, 0) + struct.pack("<I", 4242 << 2 | 3)),
        record(
            0xBD, struct.pack("<HH", 4, 1) + struct.pack("<HIHI", 0, 7001 << 2 | 2, 0, (1 << 32) - 28 | 2) + b"\2\0"
        ),
        record(0x06, cell(5, 2) + b"\0" * 6 + b"\xff\xff" + bytes(6)),
        record(0x207, wide("a result")),
        record(0x06, cell(6, 2) + struct.pack("<d", 86) + bytes(8) + b"\x17\x06\0secret"),
    )
    told = {"a label": "A1", "a formatted label": "A2", "-12.5": "A3", "42.42": "A4", "7001": "B5", "-7\n": "C5",
            "a result": "C6", "86": "C7", "secret": "C7 formula"}  # fmt: skip
    assert {marker: _place(stream, marker) for marker in told} == {key: f"Data!{name}" for key, name in told.items()}


def _comment(text: bytes, number: int) -> bytes:
    box = record(0x5D, struct.pack("<HHHH", 0x15, 18, 0x19, number) + bytes(14))
    half = len(text) // 2
    return (
        box
        + record(0x1B6, struct.pack("<H8xHH4x", 0, len(text), 16))
        + record(0x3C, b"\0" + text[:half])
        + record(0x3C, b"\x01" + text[half:].decode("latin-1").encode("utf-16-le"))
        + record(0x3C, bytes(16))
    )


def test_comments_and_text_boxes_are_told() -> None:
    stream = _sheet(
        _comment(b"a remark in two records", 7),
        _comment(b"in a box of its own", 8),
        record(0x1C, struct.pack("<HHHH", 9, 3, 0, 7) + wide("A. Author")),
    )
    assert _place(stream, "a remark in two records") == "Data comment at D10"
    assert _place(stream, "A. Author") == "Data comment at D10, author"
    assert _place(stream, "in a box of its own") == "Data text box"


def test_headers_names_links_and_what_else_there_is_are_told() -> None:
    name = struct.pack("<HBBH8x", 1, 0, 5, 9) + b"\0Price" + b"\x17\x06\0hidden"
    stream = _sheet(
        record(0x14, wide('&Lleft words&C&"Arial,Bold"&12middle')),
        record(0x15, b""),
        record(0x18, name),
        record(0x1B8, bytes(40) + "https://x.example/".encode("utf-16-le")),
        record(0x1BE, bytes(10) + byte(b"Type a number")),
    )
    assert "left words" in _text(xls(stream)).text
    assert _place(stream, "middle") == "Data header or footer"
    assert _place(stream, "Price") == "hidden defined name"
    assert _place(stream, "hidden\n") == "hidden defined name's value"
    assert _place(stream, "https://x.example/") == "Data"
    assert _place(stream, "Type a number") == "Data"


@pytest.mark.parametrize("state", [0, 1, 2])
def test_hidden_sheets_are_read_as_any_other(state: int) -> None:
    stream = workbook(sheets={"A": b"", "Quiet": record(0x204, cell(0, 0) + wide("kept quiet"))}, hidden=state)
    assert _place(stream, "kept quiet") == "Quiet!A1"
    assert _place(stream, "Quiet") == ("sheet name", "hidden sheet name", "very hidden sheet name")[state]


def test_excel_5_is_read() -> None:
    begin = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0))
    page = record(0x42, struct.pack("<H", 1251))
    listed = record(0x85, struct.pack("<IBB", len(begin + page) + 18, 0, 0) + b"\x03Old")
    sheet = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    text = "\u0434\u043e\u0433\u043e\u0432\u043e\u0440".encode("cp1251")
    cells = record(0x204, cell(1, 1) + struct.pack("<H", len(text)) + text) + record(0x14, b"\x06header")
    note = record(0x1C, struct.pack("<HHH", 4, 0, 6) + b"remark")
    data = compound({"Book": begin + page + listed + record(0x0A) + sheet + cells + note + record(0x0A)})
    assert _text(data).place("\u0434\u043e\u0433\u043e\u0432\u043e\u0440") == "Old!B2"
    assert _text(data).place("header") == "Old header or footer"
    assert _text(data).place("remark") == "Old comment at A5"


def test_an_encrypted_workbook_is_said() -> None:
    data = xls(workbook(head=record(0x2F, bytes(54)), sheets={"S": record(0x204, cell(0, 0) + wide("planted words"))}))
    assert [each.reason for each in read(data)[1]] == [Reason.ENCRYPTED]
    assert "planted words" in words(data)  # the mark may be forged


def test_pictures_are_said() -> None:
    emf = b"\1\0\0\0" + bytes(60) + "words in a metafile".encode("utf-16-le")
    drawings = container(0xF000, picture(), metafile(emf))
    data = xls(workbook(head=record(0xEB, drawings[:40]) + record(0x3C, drawings[40:])))
    texts, skipped = read(data)
    assert ("sample", "picture 1.png") in [each.provenance for each in skipped if each.reason is Reason.PICTURE]
    assert next(text.data for text in texts if text.provenance[-1] == "picture 1.png") == PNG
    assert next(text.data for text in texts if text.provenance[-1] == "picture 2.emf") == emf


def test_what_a_pivot_table_remembers_is_read() -> None:
    data = xls(workbook(), {"_SX_DB_CUR/0001": record(0xCD, wide("remembered"))})
    assert "remembered" in words(data)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (workbook(shared_strings(wide("first words"), count=9)), "cut short"),
        (_sheet(record(0xFD, cell(0, 0) + b"\x09\0\0\0"), record(0x204, cell(0, 0) + wide("words"))), "not there"),
        (_sheet(record(0x204, cell(0, 0) + b"\xff\x00\x00words")), "is broken"),
        (_sheet(record(0x204, cell(0, 0) + wide("words")))[:-2], "cut short"),
    ],
)
def test_damage_is_said_and_the_words_are_told(stream: bytes, why: str) -> None:
    texts, skipped = read(xls(stream))
    assert any(each.reason is Reason.CORRUPT and why in each.detail for each in skipped)
    assert any("words" in text.text for text in texts)


def test_many_cells_have_a_mark_a_row() -> None:
    from dlp.extract.ole import biff

    number = struct.pack("<I", 5 << 2 | 2)
    rows = b"".join(
        record(0xBD, struct.pack("<HH", row, 0) + (b"\0\0" + number) * 250 + b"\0\0") for row in range(1000)
    )
    text = _text(xls(_sheet(rows)))
    assert biff.MARKED_CELLS < 250_000
    assert len(text.marks) < biff.MARKED_CELLS + 1000
    assert text.marks[-1].locator == "Data!1000:1000"
