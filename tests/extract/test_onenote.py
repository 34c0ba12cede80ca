from __future__ import annotations

import struct

from dlp.model import Reason

from .samples import docx, paragraph, read

HEAD = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"
FILE = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac"


def _section(content: bytes) -> bytes:
    embedded = FILE + struct.pack("<Q", len(content)) + bytes(12) + content
    return HEAD + bytes(100) + "a note".encode("utf-16-le") + bytes(9) + embedded + bytes(3) + b"8-bit words"


def test_strings_are_told_and_the_rest_is_said() -> None:
    texts, skipped = read(_section(b"attached words"))
    assert texts[0].place("a note") == texts[0].place("8-bit words") == "section"
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]


def test_embedded_files_are_gone_into() -> None:
    texts, _ = read(_section(docx(paragraph("inner words"))))
    assert [text.provenance for text in texts if "inner words" in text.text] == [("sample", "embedded file 1")]


def test_an_embedded_file_that_is_cut_short_is_read_as_far_as_it_goes() -> None:
    texts, _ = read(_section(b"attached words " * 20)[:-50])
    assert any("attached words" in text.text for text in texts)
