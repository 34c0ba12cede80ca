"""Transfer encodings of mail parts: base64, quoted-printable, uuencode, yEnc. Each says whether its input was clean.

What is not clean is decoded as far as mail programs do, and the caller reads it as it stands besides: a part that
lies about its encoding hides nothing.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Callable

_BLANK = b" \t\r\n\v\f"
_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_OTHERS = bytes(set(range(256)) - set(_ALPHABET) - {ord("=")})
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_QP_FLAW = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?\n|[ \t\r]*+\Z)")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)?[ \t]+[0-7]{3,4}[ \t]+[^\r\n]*\r?\n", re.MULTILINE)
_YENC_BEGIN = re.compile(rb"^=ybegin ([^\r\n]*)\r?\n(?:=ypart [^\r\n]*\r?\n)?", re.MULTILINE)
_YENC_NAME = re.compile(rb"\bname=([^\r\n]*)")
_YENC = bytes((byte - 42) % 256 for byte in range(256))


def decode(body: bytes, encoding: str) -> tuple[bytes, bool] | None:
    """`body` decoded, and whether nothing in it was out of place. None: an encoding that is not known."""
    how = _DECODERS.get(encoding)
    return how(body) if how else None


def _plain(body: bytes) -> tuple[bytes, bool]:
    return body, True


def base64(body: bytes) -> tuple[bytes, bool]:
    """Also without padding, or several encodings one after the other."""
    packed = body.translate(None, _BLANK)
    try:
        return binascii.a2b_base64(packed, strict_mode=True), True
    except binascii.Error:
        return _loose(packed), not packed.translate(None, _ALPHABET + b"=")


def _loose(packed: bytes) -> bytes:
    """What is base64 in it, each piece up to its padding for itself."""
    if b"+" not in packed and b"/" not in packed:
        clean = packed.translate(_URL_SAFE).translate(None, _OTHERS)
    else:
        clean = packed.translate(None, _OTHERS)
    out = []
    for piece in clean.split(b"="):
        if len(piece) % 4 == 1:
            piece = piece[:-1]
        out.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)))
    return b"".join(out)


def quoted_printable(body: bytes) -> tuple[bytes, bool]:
    """`=XX` and soft line breaks."""
    if b"=" not in body:
        return body, True
    return binascii.a2b_qp(body), _QP_FLAW.search(body) is None


def uuencode(body: bytes) -> tuple[bytes, bool]:
    """The lines between `begin` and `end`, of every file in it; anything else is out of place."""
    begin = _UU_BEGIN.search(body)
    if begin is None:
        return body, False
    whole = not body[: begin.start()].strip()
    out = []
    within = True
    for line in body[begin.end() :].splitlines():
        if not within:
            within = _UU_BEGIN.match(line + b"\n") is not None
            whole = whole and (within or not line.strip())
        elif line.rstrip() == b"end":
            within = False
        elif line:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 + 1
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                whole = False
    return b"".join(out), whole


def yenc(body: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The files in yEnc in a body, name and content; and before them what is left of the body."""
    at = 0
    left, files = [], []
    while (begin := _YENC_BEGIN.search(body, at)) is not None:
        left.append(body[at : begin.start()])
        end = body.find(b"\n=yend", begin.end())
        at = len(body) if end < 0 else end + 1
        first, *escaped = body[begin.end() : at].translate(None, b"\r\n").split(b"=")
        out = [first.translate(_YENC)]
        for piece in escaped:
            out.append(bytes([(piece[0] - 106) % 256]) + piece[1:].translate(_YENC) if piece else b"")
        name = _YENC_NAME.search(begin[1])
        files.append((name[1].decode("utf-8", "replace").strip() if name else "yEnc", b"".join(out)))
    left.append(body[at:])
    return b"".join(left), files


_DECODERS: dict[str, Callable[[bytes], tuple[bytes, bool]]] = {
    **dict.fromkeys(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"), _plain),
    **dict.fromkeys(("base64", "base-64", "b", "x-base64"), base64),
    **dict.fromkeys(("quoted-printable", "quotedprintable", "qp", "q"), quoted_printable),
    **dict.fromkeys(("x-uuencode", "uuencode", "x-uu", "uue", "x-uue"), uuencode),
}
