from __future__ import annotations

import struct

import pytest

from dlp.extract.ole.rtf import RtfExtractor
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, blob, docx, draw, paragraph, read, words
from .samples_ole import PNG, compound, package


def _rtf(body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> bytes:
    return rb"{\rtf1" + head + b" " + body + b"}"


def _text(data: bytes) -> Drawn:
    return read(data)[0][0]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"con{\b fid}\i ential\par next", "confidential\nnext\n"),
        (rb"a\tab b\line c\_d\~e\-f \{x\}\\", "a\tb\nc-d\u00a0e\u00adf {x}\\\n"),
        (b"one\r\ntwo\\\nthree", "onetwo\nthree\n"),
        (rb"caf\'e9 \'80", "caf\u00e9 \u20ac\n"),
        (rb"\ldblquote x\rdblquote\emdash y\bullet", "\u201cx\u201d\u2014y\u2022\n"),
        (rb"\u233?\u-10179?\u-8704? x", "\u00e9\U0001f600 x\n"),
        (rb"\uc2\u233\'c3\'a9z{\uc0\u234 y}\u235abc", "\u00e9z\u00eay\u00ebc\n"),
        (rb"\uc1\u233{?}x", "\u00e9?x\n"),
        (rb"\uc1\u233\par x", "\u00e9x\n"),
        (b"raw \xe9 byte", "raw \u00e9 byte\n"),
        (rb"\trowd a\cell b\cell\row", "a\nb\n"),
        (rb"\upr{ansi}{\*\ud{\u1076?}}", "\u0434\n"),
    ],
)
def test_control_words_stand_for_letters_and_lines(body: bytes, text: str) -> None:
    told = _text(_rtf(body)).text
    assert text in told or text.rstrip("\n") in told.replace("\n", "")
    assert not read(_rtf(body))[1]


def test_paragraphs_are_counted() -> None:
    text = _text(_rtf(rb"one\par two\par\par four"))
    assert [text.place(word) for word in ("one", "two", "four")] == ["paragraph 1", "paragraph 2", "paragraph 4"]


@pytest.mark.parametrize(
    ("font", "codec"),
    [
        (204, "cp1251"),
        (238, "cp1250"),
        (161, "cp1253"),
        (177, "cp1255"),
        (128, "cp932"),
        (134, "gb18030"),
        (129, "cp949"),
    ],
)
def test_fonts_tell_the_charset(font: int, codec: str) -> None:
    text = {
        204: "\u0434\u043e\u0433\u043e\u0432\u043e\u0440",
        238: "\u010dl\u00e1nek",
        161: "\u03bb\u03cc\u03b3\u03bf\u03c2",
        177: "\u05e9\u05dc\u05d5\u05dd",
        128: "\u6a5f\u5bc6\u8868",
        134: "\u673a\u5bc6",
        129: "\ube44\ubc00",
    }[font]
    letters = "".join(f"\\'{byte:02x}" for byte in text.encode(codec)).encode()
    body = rb"{\fonttbl{\f0 Arial;}{\f1\fcharset%d Other;}}\f1 %s\plain  caf\'e9" % (font, letters)
    assert f"{text} caf\u00e9\n" in _text(_rtf(body)).text


def test_a_letter_of_two_bytes_may_end_in_a_plain_one() -> None:
    body = rb"\'83A\'83\'5c"
    assert "\u30a2\u30bd\n" in _text(_rtf(body, rb"\ansi\ansicpg932")).text


@pytest.mark.parametrize(("head", "codec"), [(rb"\mac", "mac_roman"), (rb"\pc", "cp437"), (rb"\pca", "cp850")])
def test_the_document_tells_its_charset(head: bytes, codec: str) -> None:
    assert b"\x8e".decode(codec) in _text(_rtf(rb"\'8e", head)).text


@pytest.mark.parametrize("word", [b"v", b"deleted"])
def test_hidden_and_deleted_text_is_told_and_so_is_what_it_tears(word: bytes) -> None:
    for body in (rb"conf{\%s XX}idential\par y", rb"conf\%s XX\%s0 idential\par y"):
        text = _text(_rtf(body.replace(b"%s", word)))
        assert text.text == "confidential\nXX\nconfXXidential\ny\n"
        assert text.place("XX") == "paragraph 1"


@pytest.mark.parametrize(
    ("group", "place"),
    [
        (rb"{\header planted\par}", "header"),
        (rb"{\footerf planted\par}", "footer"),
        (rb"{\footnote planted}", "footnote"),
        (rb"{\*\annotation planted}", "comment"),
        (rb"{\*\atnauthor planted}", "comment's author"),
        (rb"{\info{\title planted}}", "property"),
        (rb"{\*\userprops{\propname x}{\staticval planted}}", "property"),
        (rb'{\field{\*\fldinst HYPERLINK "planted"}{\fldrslt}}', "field"),
        (rb"{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv planted}}}}", "drawing"),
        (rb"{\shp{\*\shpinst{\shptxt planted\par}}}", "text box"),
        (rb"{\*\bkmkstart planted}", "bookmark"),
        (rb"{\*\docvar{x}{planted}}", "document variable"),
        (rb"{\*\htmltag64 <p title=planted>}", "HTML tag"),
        (rb"{\fonttbl{\f0 planted;}}", "fonts"),
        (rb"{\stylesheet{\s1 planted;}}", "styles"),
        (rb"{\*\revtbl{planted;}}", "reviewers"),
        (rb"{\*\unheardof planted}", "other group"),
        (rb"{\xe planted}", "index entry"),
        (rb"{\pict{\*\picprop{\sp{\sn x}{\sv planted}}}\pngblip 00}", "drawing"),
    ],
)
def test_groups_of_their_own_are_told_with_their_place_and_tear_no_word(group: bytes, place: str) -> None:
    text = _text(_rtf(b"con" + group + b"fidential"))
    assert "confidential\n" in text.text
    assert text.place("planted") == place


def test_the_result_of_a_field_is_in_its_paragraph() -> None:
    assert "see the site now\n" in _text(_rtf(rb'see {\field{\*\fldinst HYPERLINK "x"}{\fldrslt the site}} now')).text


def _ole1(name: bytes, content: bytes) -> bytes:
    out = struct.pack("<II", 0x501, 2)
    for text in (name + b"\0", b"", b""):
        out += struct.pack("<I", len(text)) + text
    return out + struct.pack("<I", len(content)) + content


def _digits(data: bytes) -> bytes:
    digits = data.hex().encode()
    return b"\r\n".join(digits[at : at + 64] for at in range(0, len(digits), 64))


def test_embedded_files_are_gone_into_under_their_names() -> None:
    data = _ole1(b"Package", package("plan.docx", docx(paragraph("inner words"))))
    texts, skipped = read(_rtf(rb"{\object\objemb{\*\objdata " + _digits(data) + rb"}{\result shown}}"))
    assert ("sample", "embedded object 1", "plan.docx") in [
        text.provenance for text in texts if "inner words" in text.text
    ]
    assert "shown" in texts[0].text
    assert not skipped


@pytest.mark.parametrize("wrap", [lambda data: _ole1(b"Word.Document.8", data), lambda data: data])
def test_embedded_compound_files_are_gone_into(wrap) -> None:  # type: ignore[no-untyped-def]
    inner = compound({"Words": bytes(5) + b"inside of it"})
    assert "inside of it" in words(_rtf(rb"{\object{\*\objdata " + _digits(wrap(inner)) + b"}}"))


def test_digits_between_groups_are_still_digits() -> None:
    digits = _digits(compound({"Words": bytes(5) + b"inside of it"}))
    torn = digits[:100] + rb"{\object}\par " + digits[100:]
    assert "inside of it" in words(_rtf(rb"{\*\objdata " + torn + b"}"))


@pytest.mark.parametrize("binary", [False, True])
def test_pictures_are_said(binary: bool) -> None:
    content = rb"\bin%d " % len(PNG) + PNG if binary else _digits(PNG)
    texts, skipped = read(_rtf(rb"{\pict{\*\blipuid 00112233}\pngblip " + content + b"}after"))
    assert [(each.reason, each.provenance) for each in skipped] == [(Reason.PICTURE, ("sample", "picture 1"))]
    assert PNG in [text.data for text in texts]
    assert "after" in texts[0].text


def test_binary_data_anywhere_is_a_blob() -> None:
    assert "{in} it" in words(_rtf(rb"a\bin7 {in} itb"))


@pytest.mark.parametrize("body", [rb"%s", rb"{\colortbl %s}", rb"{\pict %s}", rb"{\*\panose %s}"])
def test_what_is_no_text_is_found_as_it_stands(body: bytes) -> None:
    assert r"\planted\words" in words(_rtf(body.replace(b"%s", rb"\planted\words")))


def test_what_stands_behind_the_last_brace_is_read() -> None:
    texts, skipped = read(_rtf(b"words") + b"\r\nmore words behind\0")
    assert "data behind the document" in {text.provenance[-1] for text in texts if "more words behind" in text.text}
    assert not skipped


def test_a_document_that_is_cut_short_is_said() -> None:
    texts, skipped = read(_rtf(rb"some words{\footnote and a note}")[:-6])
    assert "some words" in texts[0].text
    assert "and a" in texts[0].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize("before", [b"", b"\r\n ", b"\xef\xbb\xbf", b"\t"])
def test_it_is_known_by_its_beginning(before: bytes) -> None:
    texts, skipped = read(before + _rtf(rb"caf\'e9"))
    assert "caf\u00e9" in texts[0].text
    assert not skipped


def test_a_million_groups_do_no_harm() -> None:
    deep = b"{" * 300_000 + b"deep words" + b"}" * 300_000
    assert "deep words" in words(_rtf(deep + b"end"))
    assert "end\n" in words(_rtf(deep + b"end"))


def test_what_is_over_the_limit_is_said() -> None:
    data = _rtf(b"words " * 1000)
    for size, said in ((len(data), False), (len(data) - 1, True)):
        _, skipped, _ = draw(RtfExtractor().extract(blob(data), Limits(max_part=size)))
        assert (Reason.LIMIT in {each.reason for each in skipped}) == said
