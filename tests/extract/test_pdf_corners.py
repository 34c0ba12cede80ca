"""What a PDF can hide from who looks at its pages: a word in every corner."""

from __future__ import annotations

import io
import tracemalloc
import zlib

import pypdfium2
import pytest

from dlp.extract.pdf import pdf_mojibake, pdf_objects, pdf_revisions
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, blob, draw, line, pdf, read

WORD = "Zanzibar"


def found(data: bytes, word: str = WORD) -> dict[str, str]:
    """Where the word is found by a reading of more than plain bytes: place by provenance."""
    texts, _ = read(data)
    return {
        each.provenance[-1]: each.place(word) if each.marks else ""
        for each in texts
        if each.alphabet == "text" and word in each.text and _place(each) != "raw bytes"
    }


def _place(text: Drawn) -> str:
    return text.marks[0].locator if text.marks else ""


def stream(body: bytes | str, dictionary: str = "", packed: bool = True) -> str:
    """An object with a stream, as `samples.pdf` takes it."""
    plain = body.encode("latin-1") if isinstance(body, str) else body
    data = zlib.compress(plain) if packed else plain
    flate = "/Filter /FlateDecode" if packed else ""
    return f"<< {dictionary} {flate} /Length {len(data)} >>\nstream\n{data.decode('latin-1')}\nendstream"


def updated(base: bytes, *objects: tuple[int, str]) -> bytes:
    """A later revision of a file, appended to it."""
    out = bytearray(base)
    table = b""
    for number, body in objects:
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += b"xref\n" + table + b"trailer\n<< /Size 50 /Root 1 0 R /Prev %d >>\n" % base.rindex(b"xref\n0 ")
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def shown(operators: str, page: str = "") -> bytes:
    return pdf(operators.replace("WORD", f"({WORD}) Tj"), page=page)


@pytest.mark.parametrize("mode", range(8))
def test_text_is_read_in_every_render_mode(mode: int) -> None:
    assert found(shown(f"BT {mode} Tr /F1 12 Tf 72 720 Td WORD ET")) == {"sample": "page 1"}


@pytest.mark.parametrize(
    ("operators", "page"),
    [
        ("BT /F1 12 Tf 5000 9000 Td WORD ET", ""),
        ("BT /F1 12 Tf -500 -90 Td WORD ET", ""),
        ("BT /F1 12 Tf 72 720 Td WORD ET", "/CropBox [0 0 10 10]"),
        ("q 0 0 1 1 re W n BT /F1 12 Tf 72 720 Td WORD ET Q", ""),
        ("1 1 1 rg BT /F1 12 Tf 72 720 Td WORD ET", ""),
        ("BT /F1 0.01 Tf 72 720 Td WORD ET", ""),
        ("BT /F1 12 Tf 72 720 Td WORD ET 0 g 0 0 612 792 re f", ""),
        ("/Artifact BMC BT /F1 12 Tf 72 720 Td WORD ET EMC", ""),
    ],
)
def test_text_that_nobody_sees_is_page_text(operators: str, page: str) -> None:
    assert found(shown(operators, page)) == {"sample": "page 1"}


@pytest.mark.parametrize(
    "operators",
    [
        "BT /F1 0 Tf 72 720 Td WORD /F1 12 Tf (seen) Tj ET",
        "BT /F1 0.00 Tf 72 720 Td WORD /F1 12 Tf (seen) Tj ET",
        "BT /F1 12 Tf 0 Tz 72 720 Td WORD ET BT 100 Tz (seen) Tj ET",
        "q 0 0 0 0 0 0 cm BT /F1 12 Tf 72 720 Td WORD ET Q BT /F1 12 Tf (seen) Tj ET",
        "BT /F1 12 Tf 0.0 0 0 0.0 7 7 Tm WORD ET BT /F1 12 Tf (seen) Tj ET",
    ],
)
def test_text_of_no_size_is_read_in_the_page_s_content(operators: str) -> None:
    packed = pypdfium2.PdfDocument(shown(operators))
    assert WORD not in packed[0].get_textpage().get_text_range()
    assert found(shown(operators)) == {"sample": "object 4"}


def test_a_layer_that_is_off_is_read() -> None:
    layers = "/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] >> >>"
    data = pdf(
        f"/OC /L BDC BT /F1 12 Tf 72 720 Td ({WORD}) Tj ET EMC",
        extra=["<< /Type /OCG /Name (Hidden layer of Xanadu) >>"],
        catalog=layers,
    )
    assert found(data) == {"sample": "page 1"}
    assert found(data, "Xanadu") == {"sample": "object 5"}


def test_what_is_drawn_is_read_where_it_is_said_to_be_something_else() -> None:
    data = pdf(f"/Span <</ActualText (Quite other)>> BDC BT /F1 12 Tf 72 720 Td ({WORD}) Tj ET EMC")
    texts, skipped = read(data)
    assert texts[0].place("Quite other") == "page 1"
    assert [each.place(WORD) for each in texts if each.marks and each.marks[0].locator.endswith("as drawn")] == [
        "page 1, as drawn"
    ]
    assert not skipped


def test_alternate_text_of_the_structure_is_read() -> None:
    data = pdf(line("Page"), extra=[f"<< /Type /StructElem /S /Figure /Alt ({WORD}) >>"])
    assert found(data) == {"sample": "object 5"}


@pytest.mark.parametrize("packed", [True, False])
def test_metadata_are_read(packed: bool) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{WORD}</dc:title>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    data = pdf(line("Page"), extra=[stream(xmp, "/Type /Metadata /Subtype /XML", packed)], catalog="/Metadata 5 0 R")
    assert set(found(data)) == {"object 5"}


def test_objects_in_object_streams_that_nothing_refers_to_are_read() -> None:
    data = pdf(line("Page"), extra=[stream(f"90 0 << /Note ({WORD}) >>", "/Type /ObjStm /N 1 /First 5")])
    assert found(data) == {"sample": "object 90"}


def test_a_stream_of_words_that_nothing_refers_to_is_read() -> None:
    assert found(pdf(line("Page"), extra=[stream(f"BT /F1 9 Tf ({WORD}) Tj ET")])) == {"sample": "object 5"}


def test_scripts_of_any_event_are_read() -> None:
    script = stream(f"app.alert('{WORD}')")
    opening = pdf(line("Page"), extra=[script], catalog="/OpenAction << /S /JavaScript /JS 5 0 R >>")
    assert found(opening) == {"sample": "object 5"}
    page = pdf(line("Page"), page=f"/AA << /O << /S /JavaScript /JS (alert {WORD}) >> >>")
    assert found(page) == {"sample": "object 3"}


@pytest.mark.parametrize(
    "body",
    [
        f"<< /Type /Sig /Reason (for {WORD}) /Contents <3082010203> >>",
        f"<< /Names [({WORD}) [3 0 R /Fit]] >>",
        f"<< /S /Launch /F ({WORD}) >>",
        f"<< /S /SubmitForm /F << /FS /URL /F (https://{WORD}/) >> >>",
        f"<< /Type /Outlines /Title <{WORD.encode('utf-16').hex()}> >>",
        f"<< /Title <feff{WORD.encode('utf-16-be').hex()}> >>",
        f"<< /Title ({''.join(f'{chr(92)}{ord(each):03o}' for each in WORD)}) >>",
        f"<< /Deep [[[<< /A (\\)(nested (more) {WORD})) >>]]] >>",
    ],
)
def test_strings_of_any_object_are_read(body: str) -> None:
    assert set(found(pdf(line("Page"), extra=[body]))) == {"sample"}


def test_what_a_later_revision_took_away_is_read() -> None:
    base = pdf(line(WORD), line("Stays as it is"))
    today = updated(base, (4, stream(line("Nothing to see"))))
    assert WORD not in pypdfium2.PdfDocument(today)[0].get_textpage().get_text_range()
    texts, skipped = read(today)
    places = [text.place(WORD) for text in texts if WORD in text.text]
    assert places == ["object 4, replaced later", "revision 1, page 1", "raw bytes"]
    assert not skipped
    assert sum("Stays as it is" in text.text for text in texts) == 2  # page 2, and the plain bytes


def test_each_revision_is_looked_at_and_the_oldest_are_said_where_there_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = pdf(line(WORD))
    for number in range(4):
        data = updated(data, (4, stream(line(f"Revision {number}"))))
    assert found(data, "Revision 2")
    texts, skipped = read(data)
    told = {mark.locator: WORD in text.text for text in texts for mark in text.marks}
    assert told["revision 1, page 1"]
    assert {f"revision {number}, page 1" for number in (1, 2, 3, 4)} <= set(told)
    assert not skipped
    monkeypatch.setattr(pdf_revisions, "MOST", 3)
    texts, skipped = read(data)
    assert not any(mark.locator == "revision 1, page 1" for text in texts for mark in text.marks)
    assert [each.reason for each in skipped] == [Reason.LIMIT]


def test_many_markers_of_the_end_cost_no_more_than_their_places() -> None:
    data = pdf(line(WORD)) + b"%%EOF\n" * 50_000
    tracemalloc.start()
    ends = pdf_revisions.revisions(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(ends) == 50_000
    assert ends[0] == data.index(b"%%EOF") + 6
    assert peak < 20 * len(data)


def test_a_marker_of_the_end_amid_the_file_is_no_revision() -> None:
    data = pdf(line("Once")).replace(b"%PDF-1.4\n", b"%PDF-1.4\n% /Linearized\n%%EOF\n")
    texts, _ = read(data)
    assert not any(mark.locator.startswith("revision") for text in texts for mark in text.marks)


def test_an_embedded_file_that_no_list_names_is_gone_into_once() -> None:
    data = pdf(line("Page"), extra=[stream(f"words of {WORD}", "/Type /EmbeddedFile")])
    texts, skipped = read(data)
    assert [text.provenance for text in texts if WORD in text.text] == [("sample", "object 5")]
    assert not skipped
    document = pypdfium2.PdfDocument(pdf(line("Page")))
    document.new_attachment("a.txt").set_data(f"words of {WORD}".encode())
    out = io.BytesIO()
    document.save(out)
    texts, _ = read(out.getvalue())
    assert {text.provenance for text in texts if f"words of {WORD}" in text.text and len(text.provenance) > 1} == {
        ("sample", "a.txt")
    }


def test_an_embedded_file_that_is_too_large_is_said_once() -> None:
    data = pdf(line("Page"), extra=[stream("x" * 3000, "/Type /EmbeddedFile")])
    _, skipped = read(data, limits=Limits(max_part=2000))
    assert [(each.provenance, each.reason) for each in skipped] == [(("sample",), Reason.LIMIT)]


def test_the_parts_of_an_xfa_form_are_gone_into() -> None:
    template = stream(f"<template><field><caption><text>{WORD}</text></caption></field></template>")
    values = stream("<?xml version='1.0'?><xfa:data xmlns:xfa='x'><name>Xanadu</name></xfa:data>")
    form = "/AcroForm << /Fields [] /XFA [(template) 5 0 R (datasets) 6 0 R] >>"
    data = pdf(line("Page"), extra=[template, values], catalog=form)
    assert set(found(data)) == {"object 5"}
    assert set(found(data, "Xanadu")) == {"object 6"}


def test_a_damaged_stream_gives_what_comes_before_the_damage() -> None:
    body = zlib.compress(b"plain words of " + WORD.encode() + b" " + bytes(range(32, 127)) * 50)[:-40]
    extra = f"<< /Filter /FlateDecode /Length {len(body)} >>\nstream\n{body.decode('latin-1')}\nendstream"
    assert found(pdf(line("Page"), extra=[extra])) == {"sample": "object 5"}


def test_objects_of_a_file_that_no_parser_takes_are_read() -> None:
    data = b"%PDF-1.4\n5 0 obj\n<< /Alt <feff" + WORD.encode("utf-16-be").hex().encode() + b"> >>\nendobj\n"
    texts, skipped = read(data)
    assert any(WORD in text.text for text in texts)
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_streams_that_grow_beyond_the_limits_are_said() -> None:
    bomb = stream(b" " * 3_000_000, "/Type /ObjStm /N 1 /First 5")
    data = pdf(line("Page"), extra=[bomb] * 3)
    assert [each.reason for each in read(data, limits=Limits(max_part=1_000_000))[1]] == [Reason.LIMIT]
    assert not read(pdf(line("Page"), extra=[stream(b" " * 900_000, "/Type /ObjStm /N 1 /First 5")]))[1]


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n" + b"1 0 obj\n" * 100_000,
        b"%PDF-1.4\n" + b"1 0 obj << >> stream\n" * 50_000,
        b"%PDF-1.4\n1 0 obj\n" + b"(" * 1_000_000,
        b"%PDF-1.4\n1 0 obj\n" + b"<" * 1_000_000,
        b"%PDF-1.4\n1 0 obj\n<" + b"a" * 1_000_000,
        b"%PDF-1.4\n1 0 obj\n" + b"0" * 1_000_000 + b" Tf",
        b"%PDF-1.4\n1 0 obj\n<< /Filter [" + b"/F [" * 200_000,
        b"%PDF-1.4\n1 0 obj\n<<>> stream\n" + b"0 " * 500_000 + b"endstream",
        b"%PDF-1.4\n1 0 obj\n" + b"1 0 " * 300_000 + b"endobj",
    ],
    ids=range(9),
)
def test_hostile_syntax_costs_no_more_than_it_is_long(data: bytes) -> None:
    texts, _, _ = draw(pdf_objects.beside(blob(b""), data, Limits(), (), (), 0))
    assert sum(len(text.data) for text in texts) <= 3 * len(data)


def test_text_in_utf8_that_is_taken_for_utf16_is_mended() -> None:
    meant = "Чертёж общего вида"
    said = "".join(chr(int.from_bytes(each.encode(), "big")) if ord(each) > 127 else each for each in meant)
    assert pdf_mojibake.mended(said) == meant
    assert pdf_mojibake.mended("대한민국의 모든 권력은 국민으로부터 나온다") is None
    assert pdf_mojibake.mended(said[:6]) is None
    assert pdf_mojibake.mended("plain words, and Wörter") is None


@pytest.mark.parametrize(("codes", "said"), [("Uijt\x01jt\x01b\x01tfdsfu", True), ("This is a (b) secret", False)])
def test_a_page_whose_font_gives_codes_for_characters_says_so(
    codes: str, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pypdfium2.PdfTextPage, "get_text_range", lambda *_, **__: codes)
    texts, skipped = read(pdf(line("x")))
    assert codes in texts[0].text
    assert [each.reason for each in skipped] == ([Reason.UNSUPPORTED] if said else [])
