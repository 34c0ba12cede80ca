"""Office files that are encrypted with the password that every Excel tries by itself: they open without being asked for
one, so they are read. Any other encryption is left alone ([MS-OFFCRYPTO]).
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable, Iterator

from dlp.extract import strings
from dlp.extract.detect import detect
from dlp.extract.ole.storage import Storage, lines_text
from dlp.extract.raw import HEAD
from dlp.model import Blob, Reason, Skipped, Text

_PASSWORD = "VelvetSweatshop".encode("utf-16-le")
_MOST_SPINS = 1_000_000
"""Rounds of hashing: half a second. Office writes 100,000."""

_SEGMENT = 4096
_BLOCK = 1024
_PLAIN = frozenset({0x809, 0x2F, 0x194, 0x195, 0x1AA, 0xE1, 0x196, 0x138})
"""Records of a workbook that are never encrypted."""

_SHEET = 0x85
_HASHES = {"SHA1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_INPUT, _VALUE, _KEY = (bytes.fromhex(each) for each in ("fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6"))


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """The package that is encrypted, as a blob; or that it cannot be read."""
    if "encryptedpackage" not in storage:
        return
    storage.known = True
    data = storage.take("encryptedpackage")
    content = _package(storage.take("encryptioninfo"), data)
    if content is None:
        yield Skipped(storage.provenance, Reason.ENCRYPTED, "password-protected Office document: no password")
        # The name may be forged: what is not encrypted is read as what it is.
        yield lines_text(storage.provenance, (("encrypted package", line) for line in strings.both(data)))
        content = data if detect(data[:HEAD]) != "binary" else b""
    if content:
        yield Blob((*storage.provenance, "package"), io.BytesIO(content), len(content))


def _package(info: bytes, data: bytes) -> bytes | None:
    """The content, or None where it has another password, or the form is not known."""
    try:
        major, minor = struct.unpack_from("<HH", info)
        if (major, minor) == (4, 4):
            return _agile(info[8:], data)
        return _standard(info, data) if minor == 2 else None
    except (struct.error, ValueError, KeyError):
        return None


def _agile(xml: bytes, data: bytes) -> bytes | None:
    elements = _elements(xml)
    of_key, of_data = elements["encryptedKey"], elements["keyData"]
    spins = int(of_key["spinCount"])
    if spins > _MOST_SPINS:
        return None
    hashed = _hash(of_key["hashAlgorithm"])
    salt = _bytes(of_key["saltValue"])
    key = _spun(hashed, salt, spins)
    size = int(of_key["keyBits"]) // 8

    def opened(name: str, block: bytes) -> bytes:
        return _cbc(_sized(hashed(key + block), size), _sized(salt, 16), _bytes(of_key[name]))

    proof = hashed(opened("encryptedVerifierHashInput", _INPUT)[: int(of_key["saltSize"])])
    if not opened("encryptedVerifierHashValue", _VALUE).startswith(proof):
        return None
    secret = opened("encryptedKeyValue", _KEY)[: int(of_data["keyBits"]) // 8]
    hashed, salt = _hash(of_data["hashAlgorithm"]), _bytes(of_data["saltValue"])
    out = []
    for index, at in enumerate(range(8, len(data), _SEGMENT)):
        segment = data[at : at + _SEGMENT]
        start = _sized(hashed(salt + struct.pack("<I", index)), 16)
        out.append(_cbc(secret, start, segment[: len(segment) // 16 * 16]))
    return b"".join(out)[: struct.unpack_from("<Q", data)[0]]


def _standard(info: bytes, data: bytes) -> bytes | None:
    key, check = _header(info, 4)
    half = bytes(byte ^ 0x36 for byte in key(0).ljust(64, b"\0"))
    other = bytes(byte ^ 0x5C for byte in key(0).ljust(64, b"\0"))
    (bits,) = struct.unpack_from("<I", info, 28)
    secret = (_sha1(half) + _sha1(other))[: bits // 8]
    verifier, expected = check
    if _ecb(secret, expected)[:20] != _sha1(_ecb(secret, verifier)):
        return None
    return _ecb(secret, data[8 : 8 + (len(data) - 8) // 16 * 16])[: struct.unpack_from("<Q", data)[0]]


def workbook(data: bytes, record: bytes, at: int) -> bytes | None:
    """The workbook stream in the clear, or None. `record`: the body of the record that says how it is encrypted, which
    ends at `at`."""
    try:
        kind, major, minor = struct.unpack_from("<HHH", record)
        if kind != 1:
            return None
        key, verifier, expected, digest = _old_key(record) if (major, minor) == (1, 1) else _new_key(record)
    except (struct.error, ValueError):
        return None
    proof = _rc4(key(0), verifier + expected)
    if digest(proof[:16]) != proof[16:]:
        return None
    clear = bytearray()
    for block, start in enumerate(range(0, len(data), _BLOCK)):
        clear += _rc4(key(block), data[start : start + _BLOCK])
    clear[:at] = data[:at]
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        kept = 4 + (size if kind in _PLAIN else 4 if kind == _SHEET else 0)
        clear[at : at + kept] = data[at : at + kept]
        at += 4 + size
    return bytes(clear[: len(data)])


_Key = Callable[[int], bytes]
_Digest = Callable[[bytes], bytes]


def _old_key(record: bytes) -> tuple[_Key, bytes, bytes, _Digest]:
    salt, verifier, expected = struct.unpack_from("<16s16s16s", record, 6)
    first = _md5((_md5(_PASSWORD)[:5] + salt) * 16)[:5]
    return lambda block: _md5(first + struct.pack("<I", block)), verifier, expected, _md5


def _new_key(record: bytes) -> tuple[_Key, bytes, bytes, _Digest]:
    key, (verifier, expected) = _header(record, 6)
    (bits,) = struct.unpack_from("<I", record, 30)
    size = bits // 8 or 5

    def sized(block: int) -> bytes:
        return key(block)[:size].ljust(16 if size == 5 else size, b"\0")

    return sized, verifier, expected[:20], _sha1


def _header(info: bytes, at: int) -> tuple[_Key, tuple[bytes, bytes]]:
    """Key by block, and what proves that it is right: of an encryption header, whose flags stand at `at`."""
    (size,) = struct.unpack_from("<I", info, at + 4)
    (algorithm,) = struct.unpack_from("<I", info, at + 16)
    salt, verifier = struct.unpack_from("<4x16s16s", info, at + 8 + size)
    expected = info[at + 48 + size : at + 80 + size]
    spins = 0 if algorithm == 0x6801 else 50_000
    base = _spun(_sha1, salt, spins)
    return lambda block: _sha1(base + struct.pack("<I", block)), (verifier, expected)


def _spun(hashed: _Digest, salt: bytes, spins: int) -> bytes:
    key = hashed(salt + _PASSWORD)
    for index in range(spins):
        key = hashed(struct.pack("<I", index) + key)
    return key


def _elements(xml: bytes) -> dict[str, dict[str, str]]:
    """Attributes by element. Raises ValueError where it is no XML, or has a document type."""
    from xml.parsers import expat

    found: dict[str, dict[str, str]] = {}

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: found.setdefault(tag.rpartition(":")[2], attributes)
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise ValueError("no XML") from error
    return found


def _bytes(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


def _hash(name: str) -> _Digest:
    algorithm = _HASHES[name.replace("-", "")]
    return lambda data: hashlib.new(algorithm, data).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sized(data: bytes, size: int) -> bytes:
    return data[:size].ljust(size, b"\x36")


def _cbc(key: bytes, start: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(start)).decryptor().update(data)


def _ecb(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(data)


def _rc4(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    return Cipher(ARC4(key), None).decryptor().update(data)
