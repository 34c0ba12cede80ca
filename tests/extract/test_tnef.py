from __future__ import annotations

import struct

from dlp.model import Reason

from .samples import docx, paragraph, read, words
from .samples_ole import mapi, plain_rtf, tnef

SUBJECT, BODY, FROM, FILE, TITLE, BEGINS, OF_FILE, OF_MESSAGE, RECIPIENTS, PAGE = (
    0x18004, 0x2800C, 0x8000, 0x6800F, 0x18010, 0x69002, 0x69005, 0x69003, 0x69004, 0x69007,
)  # fmt: skip


def _place(data: bytes, marker: str) -> tuple[tuple[str, ...], str]:
    for text in read(data)[0]:
        if text.alphabet == "text" and marker in text.text:
            return text.provenance, text.place(marker) if text.marks else ""
    raise AssertionError(f"{marker} was not read")


def test_attributes_are_told_in_the_message_s_charset() -> None:
    data = tnef(
        (1, PAGE, struct.pack("<II", 1251, 0)),
        (1, SUBJECT, "\u0434\u043e\u0433\u043e\u0432\u043e\u0440".encode("cp1251") + b"\0"),
        (1, BODY, b"first line\r\nsecond line\0"),
        (1, FROM, bytes(8) + b"A. Sender\0smtp:a@example.org\0"),
        (1, 0x28009, b"<an id>\0"),
        (1, 0x71234, b"words in an odd one"),
    )
    told = {
        "\u0434\u043e\u0433\u043e\u0432\u043e\u0440": "subject",
        "second line": "body",
        "smtp:a@example.org": "sender",
        "words in an odd one": "attribute 1234h",
    }
    assert {marker: _place(data, marker) for marker in told} == {key: (("sample",), name) for key, name in told.items()}
    assert not read(data)[1]


def test_properties_and_bodies_are_told() -> None:
    values = mapi(
        (0x1F, 0x0037, "an offer".encode("utf-16-le")),
        (0x1E, 0x8001, b"own value"),
        (0x102, 0x1009, plain_rtf(rb"{\rtf1 rich \'e9 words}")),
        (0x102, 0x1013, b"<p>hyper words</p>"),
        (0x1F, 0x0E04, "b@example.org".encode("utf-16-le")),
        named={0x8001: "Own-Name"},
    )
    data = tnef((1, OF_MESSAGE, values))
    assert _place(data, "an offer")[1] == "subject"
    assert _place(data, "own value")[1] == "property 8001h"
    assert _place(data, "Own-Name")[1] == "property name"
    assert _place(data, "rich \u00e9 words")[0] == ("sample", "RTF body")
    assert _place(data, "hyper words")[0] == ("sample", "HTML body")
    assert _place(data, "b@example.org")[1] == "to"


def test_figures_between_properties_are_passed_over() -> None:
    values = (
        struct.pack("<IHHI", 4, 3, 0x0E06, 7) + struct.pack("<HHQ", 0x40, 0x39, 5) + struct.pack("<HHI", 2, 0x36, 1)
    )
    values += mapi((0x1E, 0x37, b"an offer"))[4:]
    assert _place(tnef((1, OF_MESSAGE, values)), "an offer")[1] == "subject"


def test_lists_of_values_are_told() -> None:
    one, two = b"first of many\0\0\0", b"second"
    values = struct.pack("<IHHI", 1, 0x101E, 0x3A2C, 2)
    values += struct.pack("<I", 14) + one + struct.pack("<I", 6) + two + b"\0\0"
    data = tnef((1, OF_MESSAGE, values))
    assert "first of many" in words(data)
    assert "second" in words(data)


def test_attached_files_are_gone_into_under_their_names() -> None:
    data = tnef(
        (2, BEGINS, bytes(14)),
        (2, TITLE, b"PLAN~1.DOC\0"),
        (2, FILE, docx(paragraph("inner words"))),
        (2, OF_FILE, mapi((0x1F, 0x3707, "the plan.docx".encode("utf-16-le")))),
        (2, BEGINS, bytes(14)),
        (2, TITLE, b"b.txt\0"),
        (2, FILE, b"words of another"),
    )
    assert _place(data, "inner words") == (("sample", "the plan.docx"), "paragraph 1")
    assert _place(data, "words of another")[0] == ("sample", "b.txt")
    assert _place(data, "PLAN~1.DOC")[1] == "attachment 1 file name"


def test_a_message_in_a_message_is_read() -> None:
    inner = tnef((1, BODY, b"inner body\0"))
    data = tnef((2, BEGINS, bytes(14)), (2, OF_FILE, mapi((0x0D, 0x3701, bytes(16) + inner))))
    assert _place(data, "inner body") == (("sample", "attachment 1"), "body")


def test_recipients_are_told() -> None:
    row = mapi((0x1E, 0x3001, b"B. Receiver"))
    data = tnef((1, RECIPIENTS, struct.pack("<I", 2) + row + mapi((0x1E, 0x3003, b"c@example.org"))))
    assert _place(data, "B. Receiver")[1] == "recipient 1 name"
    assert _place(data, "c@example.org")[1] == "recipient 2 address"


def test_damage_is_said_and_the_words_are_told() -> None:
    whole = tnef((1, SUBJECT, b"an offer\0"), (1, BODY, b"words of the body\0"))
    broken = tnef((1, OF_MESSAGE, b"\1\0\0\0\x99\x09\x37\0words of a property"))
    behind = whole + b"words behind all of it"
    for data, marker in ((whole[:-6], "words of the"), (broken, "words of a property"), (behind, "words behind")):
        texts, skipped = read(data)
        assert any(marker in text.text for text in texts)
        assert Reason.CORRUPT in {each.reason for each in skipped}


def test_counts_of_nothing_end_at_once() -> None:
    endless = struct.pack("<I", 2**32 - 1)
    for values in (
        endless,
        struct.pack("<IHHI", 9, 0x1001, 1, 2**32 - 1),
        struct.pack("<IHHI", 9, 0x101E, 1, 2**32 - 1),
    ):
        for number, rows in ((OF_MESSAGE, b""), (RECIPIENTS, endless)):
            assert Reason.CORRUPT in {each.reason for each in read(tnef((1, number, rows + values)))[1]}
