from __future__ import annotations

import io
import zlib

import pypdfium2
import pytest

from dlp.extract.pdf import pdf as pdf_module
from dlp.extract.pdf.pdf import PdfExtractor
from dlp.extract.text import RAW
from dlp.limits import Limits
from dlp.model import Reason

from .samples import blob, docx, draw, line, pdf, read

IMAGE = "q 100 0 0 100 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q"


def test_pages_are_read_and_marked() -> None:
    texts, skipped = read(pdf(line("First words"), line("Second words")))
    assert not skipped
    assert texts[0].place("First") == "page 1"
    assert texts[0].place("Second") == "page 2"


def test_annotations_fields_links_properties_and_bookmarks_are_read() -> None:
    note = "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (A noted remark) /T (The author) >>"
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org/hidden) >> >>"
    field = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (A filled field) /Rect [0 0 90 9] >>"
    outlines = "<< /Type /Outlines /First 9 0 R /Last 9 0 R /Count 1 >>"
    bookmark = "<< /Title (A bookmark) /Parent 8 0 R >>"
    data = pdf(
        line("Page words"),
        page="/Annots [5 0 R 6 0 R 7 0 R]",
        catalog="/AcroForm << /Fields [7 0 R] >> /Outlines 8 0 R",
        extra=[note, link, field, outlines, bookmark, "<< /Title (A title) >>"],
    ).replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 10 0 R")
    texts, skipped = read(data)
    assert not skipped
    page, beside, *_ = texts
    assert "Page words" in page.text
    for words, place in {
        "A noted remark": "page 1, annotation",
        "The author": "page 1, annotation",
        "https://example.org/hidden": "page 1, link",
        "A filled field": "page 1, form field",
        "A bookmark": "bookmarks",
        "A title": "document properties",
    }.items():
        assert beside.place(words) == place


def _attached(name: str, content: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf(line("Carrier")))
    document.new_attachment(name).set_data(content)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_attached_files_are_gone_into() -> None:
    texts, skipped = read(_attached("plan.docx", docx("<w:p><w:r><w:t>Attached words</w:t></w:r></w:p>")), "a.pdf")
    assert not skipped
    assert [t.provenance for t in texts if "Attached words" in t.text] == [("a.pdf", "plan.docx")]


def _hex(text: str) -> str:
    return f"<{text.encode().hex()}>"


def test_files_attached_to_a_page_are_gone_into() -> None:
    note = (
        "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] "
        "/FS << /Type /Filespec /F (plan.txt) /UF (plan.txt) /EF << /F 6 0 R >> >> >>"
    )
    packed = zlib.compress(b"Pinned words").hex()
    file = f"<< /Length {len(packed)} /Filter [/ASCIIHexDecode /FlateDecode] >>\nstream\n{packed}\nendstream"
    texts, skipped = read(pdf(line("Carrier"), page="/Annots [5 0 R]", extra=[note, file]), "a.pdf")
    assert not skipped
    assert ("a.pdf", "plan.txt") in [t.provenance for t in texts if "Pinned words" in t.text]


def test_scripts_are_read() -> None:
    script = f"<< /S /JavaScript /JS {_hex('app.alert(1) // scripted words')} >>"
    names = "/Names << /JavaScript << /Names [(a) 5 0 R] >> >>"
    texts, skipped = read(pdf(line("Carrier"), catalog=names, extra=[script]))
    assert not skipped
    assert texts[1].place("scripted words") == "scripts"


def test_metadata_stored_plain_are_read() -> None:
    metadata = "<< /Type /Metadata /Subtype /XML /Length 9 >>\nstream\nxmp words\nendstream"
    texts, _ = read(pdf(line("Carrier"), catalog="/Metadata 5 0 R", extra=[metadata]))
    assert any("xmp words" in text.text for text in texts)


@pytest.mark.parametrize(("limit", "whole"), [(100, True), (99, False)])
def test_an_attached_file_may_be_as_large_as_a_part(limit: int, whole: bool) -> None:
    _, skipped = read(_attached("a.txt", b"x" * 100), limits=Limits(max_part=limit))
    assert {each.reason for each in skipped} == (set() if whole else {Reason.LIMIT})


def test_a_document_of_images_alone_says_so() -> None:
    texts, skipped = read(pdf(IMAGE, IMAGE))
    assert [each.reason for each in skipped] == [Reason.IMAGES_ONLY]
    assert "none of the pages" in skipped[0].detail
    assert {text.alphabet for text in texts if text.data} == {"bytes", "text"}


def test_pages_of_images_among_others_are_counted_and_named() -> None:
    _, skipped = read(pdf(IMAGE, line("Words"), *[IMAGE] * 6))
    assert [each.reason for each in skipped] == [Reason.IMAGES_ONLY]
    assert "7 pages (1, 3, 4, 5, 6, …)" in skipped[0].detail


def test_a_blank_page_is_read_whole() -> None:
    assert not read(pdf("", line("Words")))[1]


def test_a_broken_page_is_named_and_the_others_are_read() -> None:
    data = pdf(line("First"), line("Second"), line("Third")).replace(b"[3 0 R 5 0 R 7 0 R]", b"[3 0 R 1 0 R 7 0 R]")
    texts, skipped = read(data)
    assert "First" in texts[0].text
    assert texts[0].place("Third") == "page 3"
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
    assert "1 page (2)" in skipped[0].detail


def test_a_lying_page_count_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_BROKEN", 10)
    _, skipped = read(pdf(line("Only")).replace(b"/Count 1 ", b"/Count 90000000 "))
    assert all(each.reason is Reason.CORRUPT for each in skipped)


@pytest.mark.parametrize("start", [b"", b"junk\0 before\n"])
def test_a_damaged_directory_is_mended(start: bytes) -> None:
    data = start + pdf(line("Still read")).replace(b"startxref", b"startxxxx")
    assert any("Still read" in text.text for text in read(data)[0])


def test_what_pdfium_refuses_pdfminer_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise pypdfium2.PdfiumError("no", err_code=3)

    monkeypatch.setattr(pypdfium2, "PdfDocument", refuse)
    texts, skipped, _ = draw(PdfExtractor().extract(blob(pdf(line("Read twice"), line("More"))), Limits()))
    assert not skipped
    assert texts[0].place("More") == "page 2"
    texts, skipped, _ = draw(PdfExtractor().extract(blob(b"%PDF-1.4 nothing at all"), Limits()))
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_pdfminer_has_a_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise pypdfium2.PdfiumError("no", err_code=3)

    monkeypatch.setattr(pypdfium2, "PdfDocument", refuse)
    _, skipped, _ = draw(PdfExtractor().extract(blob(pdf(line("Late"))), Limits(seconds=-1000.0)))
    assert [each.reason for each in skipped] == [Reason.TIMEOUT]


def test_a_password_is_asked_for_in_vain() -> None:
    key = "<" + "00" * 32 + ">"
    encrypt = f"<< /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -1 >>"
    data = pdf(line("Sealed"), extra=[encrypt])
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 5 0 R /ID [<00> <00>]")
    _, skipped = read(data)
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]


@pytest.mark.parametrize(
    "hidden",
    [
        b"words kept aside\n" + pdf(line("Page words")),
        pdf(line("Page words")) + b"words kept aside\n",
        pdf(line("Page words")).replace(b"endobj\n", b"endobj\n% words kept aside\n", 1),
    ],
    ids=["before", "behind", "comment"],
)
def test_words_outside_the_objects_are_read_as_raw_bytes_after_the_pages(hidden: bytes) -> None:
    texts, skipped = read(hidden)
    assert not skipped
    assert "Page words" in texts[0].text
    assert texts[-1].place("words kept aside") == RAW
    assert texts[-1].alphabet == "text"
    assert texts[-1].data == hidden


def test_hyphens_at_line_ends_are_no_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pypdfium2.PdfTextPage, "get_text_range", lambda *_, **__: "confi\x02dent\ufffeial\ud800")
    texts, _ = read(pdf(line("x")))
    assert texts[0].text == "confi\u00addent\u00adial?\n"


def test_an_owner_password_alone_keeps_nobody_out() -> None:
    # RC4, 40 bits, revision 2, with an empty user password, after the algorithms 3.2 to 3.4 of the PDF reference.
    import hashlib

    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner = b"o" * 32
    key = hashlib.md5(padding + owner + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + b"\0").digest()[:5]
    content = line("Open to read").encode()
    salted = hashlib.md5(key + (4).to_bytes(3, "little") + b"\0\0").digest()[:10]
    sealed = _rc4(salted, content).decode("latin-1")
    encrypt = f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{_rc4(key, padding).hex()}> /P -4 >>"
    data = pdf(sealed, extra=[encrypt]).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 5 0 R /ID [<00> <00>]")
    texts, skipped = read(data)
    assert "Open to read" in texts[0].text
    assert not skipped


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
