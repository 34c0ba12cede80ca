"""RTF as Outlook packs it ([MS-OXRTFCP])."""

from __future__ import annotations

import struct

_BEGIN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u"
    rb"\tab\tx"
)
_PACKED, _PLAIN = b"LZFu", b"MELA"
_RING = 4096


def unpack(data: bytes) -> tuple[bytes, bool]:
    """What is packed in `data`, header included, and whether that is all of it. Two bytes unpack to 17 at most."""
    if len(data) < 16:
        return b"", False
    packed, size, kind, _ = struct.unpack_from("<II4sI", data)
    body = data[16 : 4 + packed] if packed > 12 else data[16:]
    if kind == _PLAIN:
        return body[:size], size <= len(body)
    if kind != _PACKED:
        return data, False
    return _unpack(body)


def _unpack(data: bytes) -> tuple[bytes, bool]:
    """One flat array serves as the ring: what was before is behind."""
    out = bytearray(_BEGIN)
    start = len(out)
    at = 0
    while at < len(data):
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[start:]), False
            token = data[at] << 8 | data[at + 1]
            at += 2
            back = (len(out) - (token >> 4)) % _RING
            if back == 0:
                return bytes(out[start:]), True
            if back > len(out):
                return bytes(out[start:]), False
            for _ in range((token & 15) + 2):
                out.append(out[-back])
    return bytes(out[start:]), False
