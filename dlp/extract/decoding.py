"""What encoded runs stand for: blocks of base64 and its kin as bytes, and text with its escapes replaced in place.

Everything here is lenient and linear: what is not of the encoding is left out or left as it stands, and nothing raises
for what its input holds.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

BASE64, BASE32, HEX, BASE85, Z85, ASCII85, UU, DUMP, ESCAPES, ROT13, REVERSED = range(11)
"""Kinds of signs, as the kernel numbers them (`kernel/signs.h`)."""

NAMES = (
    *("base64", "base32", "hex", "base85", "Z85", "Ascii85", "uuencoded", "dump of bytes", "escapes", "rot13"),
    "backwards",
)

PERCENT, ENTITY, BACKSLASH, QUOTED, UTF7, JOINED, INVISIBLE = 1, 2, 4, 8, 16, 32, 64
"""Kinds of escapes: bits of a sign's detail."""

_LITERAL = re.compile(rb"&#(?:1[03]|x[AaDd]);|\\[nrt]|[\"']\s{0,99}\+\s{0,99}[\"']")
_UNSEEN = tuple(
    (char.encode(), byte)
    for char, byte in zip("\u00ad\u200b\u200c\u200d\u2060\ufeff", b"\xad\x8b\x8c\x8d\xa0\xef", strict=True)
)
"""With the rarest byte of each: to look for one byte takes a twentieth of the time."""
_WITHIN = re.compile(rb"(?<=[0-9A-Za-z_])(?:\xc2\xad|\xe2\x80[\x8b-\x8d]|\xe2\x81\xa0|\xef\xbb\xbf)+(?=[0-9A-Za-z_])")
_WORD = 24
_DIGIT = re.compile(rb"(?<![\x00-\x20])[0-9](?![\x00-\x20])")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NOT_64 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")))
_NOT_32 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")))
_NOT_HEX = bytes(sorted(set(range(256)) - set(b"0123456789abcdefABCDEF")))
_BLANKS = b" \t\r\n"
_85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_OF_Z85 = bytes.maketrans(_Z85, _85)
_OF_A85 = bytes.maketrans(bytes(range(33, 118)), _85)


def block(kind: int, raw: bytes, skip: int) -> bytes:
    """The bytes that a block of one of the kinds before ESCAPES stands for; `skip`: symbols in front to leave out."""
    return _BLOCKS[kind](raw, skip)


def _base64(raw: bytes, skip: int) -> bytes:
    if b"\\" in raw or b"+" in raw or b"&" in raw:
        raw = _LITERAL.sub(b"", raw)
    symbols = raw.translate(_STANDARD, _NOT_64)[skip:]
    symbols = symbols.partition(b"=")[0]
    symbols = symbols[: len(symbols) - (len(symbols) % 4 == 1)]
    return binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4))


def _base32(raw: bytes, skip: int) -> bytes:
    symbols = _LITERAL.sub(b"", raw).upper().translate(None, _NOT_32)
    whole = len(symbols) // 8 * 8
    values = symbols.translate(_OF_32)
    out = bytearray()
    for start in range(0, whole, 8000):  # in pieces: one large number would take quadratic time
        piece = values[start : min(start + 8000, whole)]
        out += int(piece, 32).to_bytes(len(piece) // 8 * 5, "big")
    if rest := values[whole:]:
        out += (int(rest + b"0" * (8 - len(rest)), 32)).to_bytes(5, "big")[: len(rest) * 5 // 8]
    return bytes(out)


_OF_32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")


def _hex(raw: bytes, skip: int) -> bytes:
    digits = _LITERAL.sub(b"", raw).translate(None, _NOT_HEX)
    return binascii.unhexlify(digits[: len(digits) & ~1])


def _of_85(raw: bytes, table: bytes | None) -> bytes:
    import base64

    symbols = raw.translate(None, _BLANKS)
    symbols = symbols.translate(table) if table else symbols
    out = bytearray()
    for start in range(0, len(symbols), 5000):
        piece = symbols[start : start + 5000]
        try:
            out += base64.b85decode(piece)
        except ValueError:  # a group that is none: the encoded text ended before it
            for group in range(0, len(piece), 5):
                try:
                    out += base64.b85decode(piece[group : group + 5])
                except ValueError:
                    return bytes(out)
    return bytes(out)


def _ascii85(raw: bytes, skip: int) -> bytes:
    symbols = raw.partition(b"~")[0].translate(None, _BLANKS).replace(b"z", b"!!!!!").rstrip(b"\"'")
    return _of_85(symbols, _OF_A85)


def _uu(raw: bytes, skip: int) -> bytes:
    out = []
    for line in raw.splitlines():
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            break
    return b"".join(out)


_OFFSET = re.compile(rb"[0-9a-fA-F]{6,8}(?::[ \t]?|[ \t]{1,3})")
_COLUMN = re.compile(rb"(?:[0-9a-fA-F]{2}){1,4}(?:[ \t]{1,2}(?:[0-9a-fA-F]{2}){1,4}){0,15}(?=[ \t]{2}|[ \t]*\r?$)")
_NUMBER = re.compile(rb"0[xX][0-9a-fA-F]{1,2}(?![0-9a-fA-F])|[0-9a-fA-F]+")


def _dump(raw: bytes, skip: int) -> bytes:
    if _OFFSET.match(raw):
        out = []
        for line in raw.split(b"\n"):
            offset = _OFFSET.match(line)
            column = _COLUMN.match(line, offset.end()) if offset else None
            if column:
                out.append(binascii.unhexlify(column[0].translate(None, _NOT_HEX)))
        return b"".join(out)
    numbers = _NUMBER.findall(raw)
    if numbers and numbers[0][:2] in (b"0x", b"0X"):
        values = [int(each, 16) for each in numbers if each[:2] in (b"0x", b"0X")]
    elif all(len(each) == 2 for each in numbers[:12]):
        values = [int(each, 16) for each in numbers if len(each) == 2]
        spelled = bytes(int(each) for each in numbers if each.isdigit() and len(each) <= 3 and int(each) < 256)
        if b"," in raw and len(spelled) == len(numbers) and spelled.isascii() and spelled.decode().isprintable():
            return bytes(values) + b"\n" + spelled  # may be read in base ten as well
    else:
        values = [int(each) for each in numbers if each.isdigit() and len(each) <= 3]
    return bytes(value for value in values if value < 256)


_BLOCKS: tuple[Callable[[bytes, int], bytes], ...] = (
    _base64,
    _base32,
    _hex,
    lambda raw, skip: _of_85(raw, None),
    lambda raw, skip: _of_85(raw, _OF_Z85),
    _ascii85,
    _uu,
    _dump,
)

_GLUE = re.compile(
    rb"(?<=[A-Za-z0-9_/=+-])([\"'])(?:\s{1,199}|\s{0,99}(?:[+.\\]|&(?:\s{0,9}_)?)\s{0,99})\1(?=[A-Za-z0-9_/=+-])"
)
_BACKSLASH = re.compile(
    rb"\\{1,8}(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8}))"
    rb"|\\(?:(00[0-9a-fA-F]{2,4}) ?|([0-7]{3})|(\r?\n))"
)
_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_UTF7 = re.compile(rb"\+(?:A[A-Za-z0-9/+]{2,40})-")


def invisible(data: bytes | bytearray, start: int = 0) -> list[tuple[int, int]]:
    """Where soft hyphens and characters of no width stand in a word near a digit, as no writer puts them: (first byte,
    byte behind). Folding drops them; rules would see two words."""
    if not any(byte in data and each in data for each, byte in _UNSEEN):
        return []
    return [
        found.span()
        for found in _WITHIN.finditer(data, start)
        if _DIGIT.search(data, max(found.start() - _WORD, 0), found.end() + _WORD)
    ]


def escapes(raw: bytes, kinds: int) -> bytes:
    """`raw` with its escapes of these kinds replaced by what they stand for."""
    if kinds & INVISIBLE:
        raw = _WITHIN.sub(b"", raw)
    if kinds & JOINED:
        raw = _GLUE.sub(b"", raw)
    if kinds & PERCENT:
        from urllib.parse import unquote_to_bytes

        raw = unquote_to_bytes(raw)
    if kinds & ENTITY:
        import html

        text = raw.decode("utf-8", "surrogateescape")
        raw = html.unescape(text).encode("utf-8", "surrogateescape" if text.isascii() else "replace")
    if kinds & BACKSLASH:
        raw = _PAIR.sub(_joined_pair, _BACKSLASH.sub(_backslash, raw))
    if kinds & QUOTED:
        raw = binascii.a2b_qp(raw)
    if kinds & UTF7:
        raw = _UTF7.sub(_utf7, raw)
    return raw


def _backslash(found: re.Match[bytes]) -> bytes:
    byte, four, braced, eight, css, octal, line = found.groups()
    if byte:
        return bytes.fromhex(byte.decode())
    if octal:
        return bytes((int(octal, 8) & 255,))
    if line:
        return b""
    value = int(four or braced or eight or css, 16)
    return chr(value).encode("utf-8", "surrogatepass") if value < 0x110000 else found[0]


def _joined_pair(found: re.Match[bytes]) -> bytes:
    pair = found[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return pair.decode("utf-16-le", "replace").encode()


def _utf7(found: re.Match[bytes]) -> bytes:
    return found[0].decode("utf-7", "replace").encode("utf-8", "replace")


_ROT13 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_COMMON = re.compile(rb"\b(?:the|and|of|to|in|is|for|that|with|as|on|by|or|be|shall|are|this|not|from|at|has|have)\b")


def turned(raw: bytes, kind: int, sure: bool) -> bytes | None:
    """`raw` turned by 13 letters, or backwards; None where that does not read better, unless `sure`."""
    if kind == ROT13:
        other = raw.translate(_ROT13)
    else:
        other = raw.decode("utf-8", "surrogateescape")[::-1].encode("utf-8", "replace")
    if sure:
        return other
    better = len(_COMMON.findall(other.lower()))
    return other if better >= 3 and better > 2 * len(_COMMON.findall(raw.lower())) else None
