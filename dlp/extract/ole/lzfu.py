"""RTF as Outlook packs it ([MS-OXRTFCP])."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlp.extract.unpacking import PartError
from dlp.model import Reason

_BEGIN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What may be referred to before anything was unpacked."""

_PACKED, _PLAIN = b"LZFu", b"MELA"
_RING = 4096
_STEP = 1 << 16


def unpack(data: bytes) -> Iterator[bytes]:
    """What is packed in `data`, header included, some 64 KiB at a time. Two bytes unpack to 17 at most.

    Raises PartError where it is damaged or cut short, after all before that."""
    if len(data) < 16:
        raise PartError(Reason.CORRUPT, "packed RTF is cut short")
    packed, size, kind, _ = struct.unpack_from("<II4sI", data)
    body = data[16 : 4 + packed] if packed > 12 else data[16:]
    if kind == _PACKED:
        yield from _unpack(body)
    elif kind == _PLAIN:
        yield body[:size]
        if size > len(body):
            raise PartError(Reason.CORRUPT, "packed RTF is cut short")
    else:
        yield data
        raise PartError(Reason.CORRUPT, "RTF packed in an unknown way")


def _unpack(data: bytes) -> Iterator[bytes]:
    """One flat array serves as the ring, and is cut off behind as it grows: `gone` bytes so far."""
    out = bytearray(_BEGIN)
    told = len(out)
    gone = 0
    at = 0
    while at < len(data):
        if len(out) > _STEP + _RING:
            yield bytes(out[told:])
            gone += len(out) - _RING
            del out[:-_RING]
            told = _RING
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
                at = len(data)
                break
            token = data[at] << 8 | data[at + 1]
            at += 2
            back = (gone + len(out) - (token >> 4)) % _RING
            if back == 0:
                yield bytes(out[told:])
                return
            if back > len(out):
                yield bytes(out[told:])
                raise PartError(Reason.CORRUPT, "packed RTF refers to what is not there")
            for _ in range((token & 15) + 2):
                out.append(out[-back])
    yield bytes(out[told:])
    raise PartError(Reason.CORRUPT, "packed RTF is cut short")
