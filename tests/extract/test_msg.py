from __future__ import annotations

import io
import random
import struct

import olefile
import pytest

from dlp.extract.ole.lzfu import _BEGIN, unpack
from dlp.extract.unpacking import PartError
from dlp.model import Reason

from .samples import docx, paragraph, read, words
from .samples_ole import compound, fixed, message, plain_rtf, text_property


def _place(data: bytes, marker: str) -> tuple[tuple[str, ...], str]:
    for text in read(data)[0]:
        if text.alphabet == "text" and marker in text.text:
            return text.provenance, text.place(marker) if text.marks else ""
    raise AssertionError(f"{marker} was not read")


def _under(folder: str, streams: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in streams.items()}


def test_what_a_message_says_is_told_with_its_place() -> None:
    values = {0x37: "offer", 0x1000: "first line\r\nsecond line", 0x7D: "Received: from x", 0x0E04: "b@example.org",
              0x0C1F: "a@example.org", 0x8005: "own property"}  # fmt: skip
    data = message(dict(text_property(number, text) for number, text in values.items()))
    told = {"offer": "subject", "second line": "body", "Received: from x": "transport headers", "b@example.org": "to",
            "a@example.org": "sender", "own property": "property 8005h"}  # fmt: skip
    assert {marker: _place(data, marker) for marker in told} == {key: (("sample",), name) for key, name in told.items()}
    assert not read(data)[1]


@pytest.mark.parametrize("number", [0x3FFD, 0x3FDE])
def test_text_of_eight_bits_is_in_the_message_s_charset(number: int) -> None:
    data = message(dict([text_property(0x37, "\u0434\u043e\u0433\u043e\u0432\u043e\u0440", 0x1E)]), ((number, 1251),))
    assert "\u0434\u043e\u0433\u043e\u0432\u043e\u0440" in words(data)


def test_text_in_utf_8_is_read_as_such_whatever_the_charset() -> None:
    assert "Gr\u00fc\u00dfe" in words(message({"__substg1.0_0037001E": "Gr\u00fc\u00dfe".encode()}))


def test_bodies_of_other_forms_are_blobs() -> None:
    rtf = plain_rtf(rb"{\rtf1 rich \'e9 words}")
    data = message({"__substg1.0_10130102": b"<p>hyper words</p>", "__substg1.0_10090102": rtf})
    assert _place(data, "hyper words")[0] == ("sample", "HTML body")
    assert _place(data, "rich \u00e9 words") == (("sample", "RTF body"), "paragraph 1")
    wide = message({"__substg1.0_1013001F": "<p>w\u00efde</p>".encode("utf-16-le")})
    assert _place(wide, "w\u00efde")[0] == ("sample", "HTML body")


PACKED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c 0900206277 05b06c647d0a800fa0".replace(
        " ", ""
    )
)
"""[MS-OXRTFCP] 3.1.1.1."""


def test_packed_rtf_is_unpacked() -> None:
    assert b"".join(unpack(PACKED)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    ring = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert b"".join(unpack(ring)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert "hello world" in words(message({"__substg1.0_10090102": PACKED}))


def test_the_ring_of_packed_rtf_goes_round() -> None:
    letters = bytes(random.Random(1).choices(b"abcdefgh ", k=150_000))
    body = b"".join(b"\0" + letters[at : at + 8] for at in range(0, len(letters), 8))
    start = (len(_BEGIN) + len(letters)) % 4096
    back = (start - 100) % 4096  # a hundred letters before the end, and then the end
    end = (start + 10) % 4096
    body += bytes((3, back >> 4, (back & 15) << 4 | 8, end >> 4, (end & 15) << 4))
    packed = struct.pack("<II4sI", len(body) + 12, 0, b"LZFu", 0) + body
    assert b"".join(unpack(packed)) == letters + letters[-100:-90]


@pytest.mark.parametrize("data", [PACKED[:40], PACKED[:16], PACKED[:8], b"x" * 30])
def test_damaged_rtf_is_said(data: bytes) -> None:
    with pytest.raises(PartError):
        list(unpack(data))
    skipped = read(message({"__substg1.0_10090102": data}))[1]
    assert (Reason.CORRUPT, "RTF body") in [(each.reason, each.provenance[-1]) for each in skipped]


def test_recipients_are_told() -> None:
    one = {"__properties_version1.0": fixed(8), **dict([text_property(0x3001, "B. Receiver")])}
    data = message(_under("__recip_version1.0_#00000001", one))
    assert _place(data, "B. Receiver") == (("sample", "recipient 2"), "recipient name")


def test_attachments_are_gone_into_under_their_names() -> None:
    attached = {"__properties_version1.0": fixed(8), "__substg1.0_37010102": docx(paragraph("inner words"))}
    attached.update([text_property(0x3707, "long name.docx"), text_property(0x3704, "LONGNA~1.DOC")])
    data = message(_under("__attach_version1.0_#00000000", attached))
    assert _place(data, "inner words") == (("sample", "long name.docx"), "paragraph 1")
    assert _place(data, "LONGNA~1.DOC") == (("sample", "attachment 1"), "attachment file name")
    assert not read(data)[1]


def test_a_message_in_a_message_is_read() -> None:
    inner = {
        "__properties_version1.0": fixed(24, (0x3FFD, 1251)),
        **dict([text_property(0x1000, "inner body \u0434\u043e", 0x1E)]),
    }
    attached = {"__properties_version1.0": fixed(8), **dict([text_property(0x3001, "Forwarded")])}
    data = message(
        {
            **_under("__attach_version1.0_#00000000", attached),
            **_under("__attach_version1.0_#00000000/__substg1.0_3701000D", inner),
        }
    )
    assert _place(data, "inner body \u0434\u043e") == (("sample", "attachment 1", "Forwarded"), "body")


def test_an_embedded_object_in_a_message_is_read() -> None:
    attached = {"__properties_version1.0": fixed(8), "__substg1.0_3701000D/CONTENTS": docx(paragraph("inner words"))}
    data = message(_under("__attach_version1.0_#00000000", attached))
    assert _place(data, "inner words")[0] == ("sample", "attachment 1", "attachment", "CONTENTS")


def test_lists_and_binary_properties_are_told() -> None:
    data = message(
        {
            "__substg1.0_8003101F": struct.pack("<I", 10),
            "__substg1.0_8003101F-00000000": "one of many".encode("utf-16-le"),
            "__substg1.0_300B0102": b"SMTP:HIDDEN@EXAMPLE.ORG\0",
            "__nameid_version1.0/__substg1.0_00040102": "Own-Name".encode("utf-16-le"),
        }
    )
    assert _place(data, "one of many")[1] == "property 8003h"
    assert "SMTP:HIDDEN@EXAMPLE.ORG" in words(data)
    assert "Own-Name" in words(data)


def test_other_readers_agree_that_it_is_a_compound_file() -> None:
    with olefile.OleFileIO(io.BytesIO(message({"__substg1.0_0037001F": b"a\0"}))) as theirs:
        assert theirs.exists("__substg1.0_0037001F")
    assert compound({})[:8] == olefile.MAGIC
