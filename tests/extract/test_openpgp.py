from __future__ import annotations

import base64
import bz2
import zlib

import pytest

from dlp.extract.mail.openpgp import looks_like
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read, words


def _packet(tag: int, body: bytes, old: bool = False) -> bytes:
    if old:
        return bytes([0x80 | tag << 2 | 2]) + len(body).to_bytes(4) + body
    if len(body) < 192:
        return bytes([0xC0 | tag, len(body)]) + body
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def _literal(content: bytes, name: bytes = b"a.txt") -> bytes:
    return _packet(11, b"b" + bytes([len(name)]) + name + bytes(4) + content)


def _armour(data: bytes, kind: str = "MESSAGE") -> bytes:
    begin, end = (f"-----{word} PGP {kind}-----\n".encode() for word in ("BEGIN", "END"))
    return begin + b"Comment: a line\n\n" + base64.encodebytes(data) + b"=abcd\n" + end


SESSION = _packet(1, b"\x03" + bytes(8) + b"\x01" + bytes(range(200, 240)))
PASSWORD = _packet(3, b"\x04\x09\x03\x08" + b"saltsalt" + b"\x60")
DATA = _packet(18, b"\x01" + bytes(range(255)) * 3)


@pytest.mark.parametrize("key", [SESSION, PASSWORD, _packet(1, SESSION[2:], old=True)])
@pytest.mark.parametrize("in_text", [False, True])
def test_an_encrypted_message_is_said_once(key: bytes, in_text: bool) -> None:
    data = key + DATA
    texts, skipped = read(_armour(data) if in_text else data)
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]
    assert texts or not in_text


@pytest.mark.parametrize(
    "packed",
    [
        b"\x01" + zlib.compress(_literal(b"signed words"))[2:-4],
        b"\x02" + zlib.compress(_literal(b"signed words")),
        b"\x03" + bz2.compress(_literal(b"signed words")),
        b"\x00" + _literal(b"signed words"),
    ],
)
def test_what_is_only_signed_is_read(packed: bytes) -> None:
    for data in (_packet(8, packed), b"\xa3" + packed):
        texts, skipped = read(_armour(data), "a.asc")
        assert not skipped
        assert [text.provenance for text in texts if "signed words" in text.text] == [("a.asc", "a.txt")]
    assert looks_like(b"\xa3" + packed) == (packed[0] > 0)


def test_what_is_inside_is_read_by_its_type() -> None:
    assert "in a document" in words(_armour(_literal(docx(paragraph("in a document")))))


def test_content_in_pieces_is_joined() -> None:
    body = b"b\x00" + bytes(4) + b"signed wor"
    data = bytes([0xC0 | 11, 224 | 4]) + body + bytes([3]) + b"ds "
    assert "signed words" in words(_armour(data))


def test_owners_of_keys_are_read() -> None:
    key = _packet(6, bytes(60)) + _packet(13, "Käthe <k@example.org>".encode())
    texts, skipped = read(_armour(key, "PUBLIC KEY BLOCK"))
    assert not skipped
    assert any(text.text == "Käthe <k@example.org>" for text in texts)


def test_a_signed_text_is_complete() -> None:
    data = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nsigned words\n"
    texts, skipped = read(data + _armour(_packet(2, bytes(80)), "SIGNATURE"))
    assert not skipped
    assert "signed words" in texts[0].text


@pytest.mark.parametrize(("most", "whole"), [(100_000, True), (90_000, False)])
def test_packed_data_has_limits(most: int, whole: bool) -> None:
    data = b"\xa3\x02" + zlib.compress(_literal(b"a" * 95_000))
    _, skipped = read(_armour(data), limits=Limits(ratio_after=most, max_ratio=1, max_part=most))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_armour_that_never_ends_costs_no_more_than_its_size() -> None:
    texts, skipped = read(b"-----BEGIN PGP MESSAGE-----\n" * 20_000 + _armour(_literal(b"signed words")))
    assert any(text.text == "signed words" for text in texts)
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_packed_again_and_again_ends() -> None:
    data = _literal(b"x")
    for _ in range(5):
        data = _packet(8, b"\x02" + zlib.compress(data))
    assert [each.reason for each in read(_armour(data))[1]] == [Reason.LIMIT]


@pytest.mark.parametrize("data", [b"\xc8\xff\xff", _packet(8, b"\x02damaged"), _packet(8, b"\x09x")])
def test_damage_is_said(data: bytes) -> None:
    assert read(_armour(data))[1]


@pytest.mark.parametrize(
    "data", ["Ünï".encode(), "Öffentlich".encode("latin-1"), "Секрет".encode("cp1251"), bytes(99), b"\x85"]
)
def test_text_is_no_message(data: bytes) -> None:
    assert not looks_like(data)
