"""What stands in objects of a PDF that no page shows."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.pdf import pdf_objects
from dlp.extract.pdf.pdf_strings import drawn, literals, strings, text_of
from dlp.limits import Limits
from dlp.model import Reason

from .samples import line, pdf, read


def _stream(data: bytes, entries: str = "/Filter /FlateDecode", pack: bool = True) -> str:
    body = zlib.compress(data) if pack else data
    return f"<< /Length {len(body)} {entries} >>\nstream\n{body.decode('latin-1')}\nendstream"


def _places(data: bytes, words: str) -> list[str]:
    """Where `words` are, plain bytes apart."""
    texts, _ = read(data, "a.pdf")
    return [
        " ".join((*text.provenance[1:], text.place(words) if text.marks else ""))
        for text in texts
        if words in text.text and [mark.locator for mark in text.marks] != ["raw bytes"]
    ]


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ([_stream(b"var note = 'hidden words';")], "object 5"),
        ([_stream(line("hidden words").encode())], "object 5"),
        ([_stream(b"[(hid) -20 (den) -300 (words)] TJ")], "object 5"),
        (["<< /DV <FEFF00680069006400640065006E00200077006F007200640073> >>"], "object 5"),
        (["<< /Memo (a \\(b\\) (c) \\150idden words) >>"], "object 5"),
        ([_stream(b"9 0 << /Note (hidden words) >>", "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")], "object 9"),
        ([_stream(b"68696464656E20776F726473>", "/Filter /ASCIIHexDecode", pack=False)], "object 5"),
        ([_stream(b"<x><note>hidden words</note></x>", "/Type /Metadata /Filter /FlateDecode")], "object 5 "),
        ([_stream(b"hidden words and more", "/Type /EmbeddedFile /Filter /FlateDecode")], "object 5 "),
    ],
)  # fmt: skip
def test_words_in_an_object_that_nothing_refers_to_are_found_with_its_number(extra: list[str], place: str) -> None:
    assert any(each.strip() == place.strip() for each in _places(pdf(line("Carrier"), extra=extra), "hidden words"))


def test_an_object_that_was_replaced_is_read_and_said_to_be_old() -> None:
    old = pdf(line("Carrier")).replace(b"stream\nBT", b"stream\n  BT")
    packed = _stream(line("hidden words").encode()).encode("latin-1")
    at = old.index(b"4 0 obj")
    data = old[:at] + b"4 0 obj\n" + packed + b"\nendobj\n" + old[at:]
    assert _places(data, "hidden words") == ["object 4, replaced later"]


def test_what_pages_draw_is_not_read_twice() -> None:
    packed = _stream(line("hidden words").encode())
    plain = pdf(line("Carrier"))
    at, end = plain.index(b"4 0 obj"), plain.index(b"endobj", plain.index(b"4 0 obj"))
    data = plain[:at] + b"4 0 obj\n" + packed.encode("latin-1") + b"\n" + plain[end:]
    assert _places(data, "hidden words") == ["page 1"]


def test_spellings_and_descriptions_within_a_page_are_read() -> None:
    content = b"/Span << /ActualText (hidden words) >> BDC BT /F1 12 Tf (x) Tj ET EMC"
    plain = pdf("x")
    at, end = plain.index(b"4 0 obj"), plain.index(b"endobj", plain.index(b"4 0 obj"))
    data = plain[:at] + b"4 0 obj\n" + _stream(content).encode("latin-1") + b"\n" + plain[end:]
    assert "object 4" in _places(data, "hidden words")


def test_a_stream_that_unpacks_to_too_much_is_said() -> None:
    bomb = _stream(b"a" * 3_000_000)
    _, skipped = read(pdf(line("Carrier"), extra=[bomb]), "a.pdf")
    assert Reason.LIMIT in {each.reason for each in skipped}
    _, skipped = read(pdf(line("Carrier"), extra=[_stream(b"word " * 1000)]), "a.pdf")
    assert not skipped


def test_an_unknown_packing_is_said_and_a_picture_is_not() -> None:
    _, skipped = read(pdf(line("Carrier"), extra=[_stream(b"abc", "/Filter /Wonder", pack=False)]), "a.pdf")
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    picture = _stream(b"abc", "/Type /XObject /Subtype /Image /Filter /DCTDecode", pack=False)
    assert read(pdf(line("Carrier"), extra=[picture]), "a.pdf")[1] == []


def test_too_many_objects_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf(line("Carrier"), extra=["<< >>"] * 20)
    assert read(data, "a.pdf")[1] == []
    monkeypatch.setattr(pdf_objects, "MAX_OBJECTS", 10)
    assert [each.reason for each in read(data, "a.pdf")[1]] == [Reason.LIMIT]


@given(st.lists(st.sampled_from([b"(", b")", b"\\", b"a", b"<", b">", b"4f", b"\n"]), max_size=40).map(b"".join))
def test_strings_stand_where_they_are_said_to_and_do_not_overlap(data: bytes) -> None:
    found = strings(data)
    last = 0
    for start, end, _ in found:
        assert last <= start < end <= len(data)
        assert data[start : start + 1] + data[end - 1 : end] in (b"()", b"<>")
        last = end
    assert b"".join(string for _, _, string in literals(b"(a(b)c)")) == b"a(b)c"


def test_what_is_no_text_says_nothing() -> None:
    assert text_of(bytes(range(256))) == ""
    assert text_of(b"\xfe\xff\x00a") == "a"
    assert text_of("naïve".encode("latin-1")) == "naïve"


def test_strings_of_one_operator_are_one_line() -> None:
    assert list(drawn(b"[(se) -20 (cret)] TJ (word) Tj [(two) -400 (parts)] TJ")) == ["secret", "word", "two parts"]


@pytest.mark.parametrize("data", [b"(" * 200_000, b"<" * 200_000, b"1 0 obj" * 30_000, b"/Contents [1 " * 20_000])
def test_hostile_repetition_ends(data: bytes) -> None:
    """Quadratic work on these would take minutes."""
    read(b"%PDF-1.4\n1 0 obj\n" + data, "a.pdf", limits=Limits(seconds=20))
