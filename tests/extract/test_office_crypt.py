from __future__ import annotations

import hashlib
import io
import random
import struct

import msoffcrypto
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.format.ooxml import OOXMLFile

from dlp.model import Reason

from .samples import docx, paragraph, read, words
from .samples_ole import cell, compound, record, wide, workbook, xls

PASSWORD = "VelvetSweatshop"


def _sha1(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join(parts)).digest()


def _md5(*parts: bytes) -> bytes:
    return hashlib.md5(b"".join(parts)).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), None).encryptor().update(data)


def _agile(password: str) -> bytes:
    out = io.BytesIO()
    filler = random.Random(1).randbytes(9000).hex()  # that writer's small files are broken
    OOXMLFile(io.BytesIO(docx(paragraph("planted words"), {"word/filler.txt": filler}))).encrypt(password, out)
    return out.getvalue()


def _standard(password: str) -> bytes:
    content = docx(paragraph("planted words"))
    key = _sha1(bytes(16), password.encode("utf-16-le"))
    for index in range(50_000):
        key = _sha1(struct.pack("<I", index), key)
    key = _sha1(key, bytes(4)).ljust(64, b"\0")
    key = _sha1(bytes(byte ^ 0x36 for byte in key))[:16]
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    verifier = bytes(range(16))
    check = encryptor.update(verifier) + struct.pack("<I", 20) + encryptor.update(_sha1(verifier) + bytes(12))
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + b"A\0\0\0"
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + bytes(16) + check
    package = struct.pack("<Q", len(content)) + encryptor.update(content + bytes(-len(content) % 16))
    return compound({"EncryptionInfo": info, "EncryptedPackage": package})


def _encrypted(password: str, new: bool) -> bytes:
    """A workbook whose records are encrypted by RC4, in the older form or in the newer."""
    word = password.encode("utf-16-le")
    verifier = bytes(range(16))
    if new:
        base = _sha1(bytes(16), word)

        def key(block: int) -> bytes:
            return _sha1(base, struct.pack("<I", block))[:16]

        check = _rc4(key(0), verifier + _sha1(verifier))
        header = struct.pack("<IIIIIIII", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + b"A\0\0\0"
        body = struct.pack("<HHHII", 1, 2, 2, 4, len(header)) + header + struct.pack("<I", 16) + bytes(16)
        body += check[:16] + struct.pack("<I", 20) + check[16:]
    else:
        first = _md5((_md5(word)[:5] + bytes(16)) * 16)[:5]

        def key(block: int) -> bytes:
            return _md5(first, struct.pack("<I", block))

        body = struct.pack("<HHH", 1, 1, 1) + bytes(16) + _rc4(key(0), verifier + _md5(verifier))
    filler = b"".join(record(0x204, cell(row, 0) + wide("more and more words")) for row in range(1, 200))
    sheet = record(0x204, cell(0, 0) + wide("planted words")) + filler
    plain = workbook(head=record(0x2F, body), sheets={"S": sheet})
    clear = b"".join(_rc4(key(at // 1024), plain[at : at + 1024]) for at in range(0, len(plain), 1024))
    out = bytearray(clear)
    at, begun = 0, False
    while at < len(plain):
        kind, size = struct.unpack_from("<HH", plain, at)
        kept = 4 + (size if kind in (0x809, 0x2F) or not begun else 4 if kind == 0x85 else 0)
        out[at : at + kept] = plain[at : at + kept]
        begun = begun or kind == 0x2F
        at += 4 + size
    return xls(bytes(out))


MAKERS = {
    "agile": _agile,
    "standard": _standard,
    "rc4": lambda password: _encrypted(password, new=False),
    "rc4 of CryptoAPI": lambda password: _encrypted(password, new=True),
}


@pytest.mark.parametrize("form", MAKERS)
def test_what_opens_without_a_password_is_read(form: str) -> None:
    data = MAKERS[form](PASSWORD)
    assert msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted()
    texts, skipped = read(data)
    assert "planted words" in "".join(text.text for text in texts)
    assert not skipped


@pytest.mark.parametrize("form", MAKERS)
def test_any_other_password_is_said(form: str) -> None:
    texts, skipped = read(MAKERS[form]("another one"))
    assert Reason.ENCRYPTED in {each.reason for each in skipped}
    assert "planted words" not in "".join(text.text for text in texts)


@pytest.mark.parametrize("form", MAKERS)
def test_the_samples_are_what_another_reader_opens(form: str) -> None:
    file = msoffcrypto.OfficeFile(io.BytesIO(MAKERS[form]("another one")))
    file.load_key(password="another one")
    out = io.BytesIO()
    file.decrypt(out)
    assert "planted words" in words(out.getvalue())


def test_too_many_rounds_are_not_begun() -> None:
    data = _agile(PASSWORD).replace(b'spinCount="100000"', b'spinCount="9999999"'[:18])
    assert Reason.ENCRYPTED in {each.reason for each in read(data)[1]}


@pytest.mark.parametrize(
    "info", [b"", b"\4\0\4\0\0\0\0\0<x", b"\4\0\4\0\0\0\0\0<!DOCTYPE x><x/>", b"\3\0\2\0" + bytes(9)]
)
def test_a_broken_description_is_said(info: bytes) -> None:
    skipped = read(compound({"EncryptionInfo": info, "EncryptedPackage": bytes(range(256)) * 20}))[1]
    assert Reason.ENCRYPTED in {each.reason for each in skipped}


def test_a_forged_name_hides_nothing() -> None:
    assert "planted words" in words(compound({"EncryptedPackage": docx(paragraph("planted words"))}))
