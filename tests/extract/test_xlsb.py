from __future__ import annotations

import struct

import pytest

from dlp.extract.office.biff12 import Records, is_part, string, strings_in
from dlp.extract.office.xml_part import Refused
from dlp.model import Reason

from .samples import Drawn, read
from .samples_office import cell, record, relations, wide, xlsb

ROW = struct.pack("<I", 6)


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.xlsb")
    assert not skipped
    return texts[0]


def test_every_kind_of_cell_is_read_at_its_place() -> None:
    records = b"".join(
        [
            record(0, ROW),
            record(7, cell(1, struct.pack("<I", 1))),  # shared
            record(6, cell(2, wide("inline words"))),
            record(62, cell(3, b"\0" + wide("rich words"))),
            record(5, cell(4, struct.pack("<d", 4111111111111111.0))),
            record(2, cell(5, struct.pack("<I", 1234 << 2 | 2))),
            record(2, cell(6, struct.pack("<I", 1234 << 2 | 3))),
            record(2, cell(7, struct.pack("<I", struct.unpack("<Q", struct.pack("<d", 1.5))[0] >> 32))),
            record(4, cell(8, b"\1")),
            record(8, cell(9, wide("cached words") + b"\0\0\x17\x0d\0" + "formula words".encode("utf-16-le"))),
            record(9, cell(10, struct.pack("<d", 0.25))),
            record(0, struct.pack("<I", 7)),
            record(17, b"\0\0\0\0" + wide("short words")),
        ]
    )
    main = _main(xlsb(records, ["zero", "one"]))
    row = "one\tinline words\trich words\t4111111111111111\t1234\t12.34\t1.5\tTRUE\tcached words\t0.25\n"
    assert main.text.startswith(row + '="formula words"\nshort words\n')
    assert main.place("one") == "Sheet1!B7"
    assert main.place("formula words") == "Sheet1!J7"
    assert main.place("short words") == "Sheet1!A8"
    assert main.place("zero") == "shared string 0"


def test_dates_are_shown() -> None:
    styles = record(617) + record(47, struct.pack("<HHI", 0, 14, 0)) + record(618)
    main = _main(xlsb(record(0, ROW) + record(5, cell(0, struct.pack("<d", 45000))), parts={"xl/styles.bin": styles}))
    assert main.text.startswith("2023-03-15\n")


def test_comments_names_links_and_caches_are_read() -> None:
    comment = record(635, struct.pack("<5I", 0, 2, 2, 1, 1) + bytes(16)) + record(637, b"\0" + wide("comment words"))
    parts = {
        "xl/worksheets/_rels/sheet1.bin.rels": relations(("comments", "../comments1.bin")),
        "xl/comments1.bin": record(632, wide("comment author")) + comment,
        "xl/externalLinks/externalLink1.bin": record(360, wide("foreign words")),
        "xl/pivotCache/pivotCacheDefinition1.bin": record(24, wide("pivot words")),
        "xl/connections.bin": record(201, bytes(7) + wide("connection words")),
    }
    main = _main(xlsb(record(0, ROW) + record(494, bytes(16) + wide("link words")), parts=parts))
    for found, place in {
        "link words": "sheet Sheet1",
        "comment author": "comments of sheet Sheet1",
        "comment words": "Sheet1!B3 comment",
        "foreign words": "externalLinks/externalLink1.bin",
        "pivot words": "pivotCache/pivotCacheDefinition1.bin",
        "connection words": "connections.bin",
    }.items():
        assert main.place(found) == place


def test_how_words_are_read_is_told() -> None:
    phonetic = record(19, b"\3" + wide("kanji") + struct.pack("<I", 1) + bytes(4) + wide("sound"))
    main = _main(xlsb(record(0, ROW) + record(7, cell(0, bytes(4))), parts={"xl/sharedStrings.bin": phonetic}))
    assert main.text.startswith("kanji (sound)\n")


def test_a_record_that_is_cut_short_is_said_and_what_stands_before_is_read() -> None:
    texts, skipped = read(xlsb(record(0, ROW) + record(6, cell(0, wide("before"))) + b"\x06\x7fx"))
    assert texts[0].text.startswith("before")
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "xl/worksheets/sheet1.bin")]


def test_records_are_cut_alike_whatever_the_pieces() -> None:
    data = record(7, b"abc") + record(156, bytes(300)) + record(16383, b"") + record(2000, b"x" * 20_000)
    whole = list(Records().feed(data, last=True))
    assert [(kind, len(content)) for kind, content in whole] == [(7, 3), (156, 300), (16383, 0), (2000, 20_000)]
    records = Records()
    pieces = [each for at in range(len(data)) for each in records.feed(data[at : at + 1])]
    assert pieces == whole
    assert not list(records.feed(b"", last=True))


@pytest.mark.parametrize("data", [b"\1\xff\xff\xff\x7f", b"\1\xff\xff\xff\xff\1"])
def test_a_record_of_impossible_length_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        list(Records().feed(data))


def test_strings_are_found_anywhere_in_a_record() -> None:
    assert strings_in(b"\7\1" + wide("words here") + b"\0\0" + wide("Grüße")) == ["words here", "Grüße"]
    assert strings_in(struct.pack("<I", 5) + b"\1\0\2\0\3\0\4\0\5\0") == []
    assert string(struct.pack("<I", 9) + b"x", 0) == ("", 5)
    assert string(b"\xff\xff\xff\xff", 0) == ("", 4)


def test_only_parts_of_workbooks_are_records() -> None:
    assert is_part("xl/worksheets/sheet1.bin")
    assert not is_part("xl/vbaproject.bin")
    assert not is_part("xl/worksheets/binaryindex1.bin")
