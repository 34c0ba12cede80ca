from __future__ import annotations

import struct

import pytest

from dlp.model import Reason

from .samples import Drawn, read, words
from .samples_ole import PNG, atom, picture, word, word_6

ENCRYPTED, OBFUSCATED = 0x100, 0x8100


def _text(data: bytes) -> Drawn:
    return read(data)[0][0]


def test_pieces_join_in_the_order_of_their_table() -> None:
    data = word("confid", b"ential\rne", "xt\r")
    assert _text(data).text == "confidential\nnext\n"
    assert _text(data).place("next") == "paragraph 2"
    assert not read(data)[1]


def test_pieces_of_eight_bits_are_western() -> None:
    assert "Gr\u00fc\u00dfe \u2013 \u20ac\n" in words(word("Gr\u00fc\u00dfe \u2013 \u20ac\r".encode("cp1252")))


def test_every_story_is_told_with_its_place() -> None:
    stories = {
        1: "foot note\r",
        2: "page head\r",
        4: "first remark\rsecond remark\r",
        5: "end note\r",
        6: "boxed\r",
        7: "head box\r",
    }
    text = _text(word("one\rtwo\r", stories=stories))
    places = [text.place(each) for each in ("one", "two", "foot", "page", "second", "end", "boxed", "head box")]
    assert places == [
        *("paragraph 1", "paragraph 2", "footnotes paragraph 1", "headers paragraph 1", "comments paragraph 2"),
        *("endnotes paragraph 1", "text boxes paragraph 1", "header text boxes paragraph 1"),
    ]


def test_cells_breaks_and_hyphens_stand_for_what_they_are() -> None:
    data = word("a\tb\x0bc\x1ed\r" + "cell\x07other\x07\x07" + "page\x0c" + "no\x01thing\r")
    assert _text(data).text == "a\tb\nc-d\ncell\nother\npage\nnothing\n"


def test_the_code_of_a_field_tears_no_word() -> None:
    data = word('con\x13 HYPERLINK "https://x.example/" \x14fid\x15ential \x13 DATE \x15end\r')
    assert _text(data).text.startswith("confidential end\n")
    assert 'HYPERLINK "https://x.example/"' in words(data)


def test_fields_within_fields_are_told() -> None:
    data = word("a\x13 IF \x13 REF inner \x14 result \x15 = 1 \x14shown\x15z\r")
    assert "REF inner" in words(data)
    assert "shownz\n" in words(data)
    assert "result" in words(data)


def test_a_hidden_or_deleted_run_is_told_and_so_is_what_it_tears() -> None:
    text = _text(word("confXXXidential\r", hidden=(4, 7)))
    assert text.text == "confidential\nXXX\nconfXXXidential\n"


def test_letters_of_two_units_are_whole_even_across_pieces() -> None:
    assert "\U0001f600 smile\n" in words(word("\ud83d", "\ude00 smile\r"))


def test_what_no_piece_covers_is_told() -> None:
    data = word("now\r", gap="struck out before".encode("utf-16-le") + bytes(3) + b"and in eight bits")
    text = next(each for each in read(data)[0] if "struck out before" in each.text)
    assert text.place("struck out before") == text.place("and in eight bits") == "outside the document's text"


def test_the_tables_are_told() -> None:
    data = word("x\r", table="A variable's value".encode("utf-16-le"))
    text = next(each for each in read(data)[0] if "A variable's value" in each.text)
    assert text.place("A variable's value") == "document tables"


def test_pictures_are_blobs_and_said() -> None:
    data = word("x\r", further={"Data": b"named link" + bytes(60) + picture() + atom(0xF01F, bytes(30))})
    texts, skipped = read(data)
    assert [(each.reason, each.provenance) for each in skipped] == [(Reason.PICTURE, ("sample", "picture 1.png"))]
    assert PNG in [text.data for text in texts]
    assert "named link" in words(data)


@pytest.mark.parametrize("flags", [ENCRYPTED, OBFUSCATED])
def test_an_encrypted_document_is_said(flags: int) -> None:
    skipped = read(word("no words\r", flags=flags))[1]
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]


def test_a_forged_mark_of_encryption_hides_nothing() -> None:
    data = word("planted words\r", b"narrow words\r", flags=ENCRYPTED)
    assert "planted words" in words(data)
    assert "narrow words" in words(data)


def test_a_document_without_its_piece_table_is_said_and_told_by_its_strings() -> None:
    data = word("words that stand there\r", b"and in eight bits\r")
    at = data.index(b"\x01\x02\x00xx\x02")
    texts, skipped = read(data[:at] + b"\x07" + data[at + 1 :])
    assert Reason.CORRUPT in {each.reason for each in skipped}
    assert all(each in "".join(text.text for text in texts) for each in ("words that stand there", "and in eight bits"))


def test_a_forged_piece_table_costs_no_more_than_the_file() -> None:
    pieces = ["once only "] + [""] * 2000
    data = word(*pieces)
    (start,) = struct.unpack_from("<I", data, data.index(b"\x01\x02\x00xx\x02") + 10 + 4 * 2002 + 2)
    at = data.index(b"\x01\x02\x00xx\x02") + 10
    places = b"".join(struct.pack("<I", 10 * number) for number in range(2002))
    forged = data[:at] + places + struct.pack("<HIH", 0, start, 0) * 2001 + data[at + 4 * 2002 + 8 * 2001 :]
    texts, skipped = read(forged)
    assert "once only" in "".join(text.text for text in texts)
    assert sum(len(text.data) for text in texts) < 40 * len(data)
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize("magic", [b"\xdc\xa5", b"\x99\xa6"])
def test_word_6_is_read(magic: bytes) -> None:
    data = word_6(b"Old words\rcaf\xe9\r", outside=bytes(9) + b"outside of it").replace(b"\xdc\xa5", magic, 1)
    assert _text(data).text == "Old words\ncaf\u00e9\n"
    assert _text(data).place("caf\u00e9") == "paragraph 2"
    assert "outside of it" in words(data)
    assert not read(data)[1]


def test_word_6_is_read_in_its_language() -> None:
    assert "\u0434\u043e\u0433\u043e\u0432\u043e\u0440\n" in words(
        word_6("\u0434\u043e\u0433\u043e\u0432\u043e\u0440\r".encode("cp1251"), 0x419)
    )
