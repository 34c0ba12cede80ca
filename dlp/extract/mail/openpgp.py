"""OpenPGP (RFC 9580), binary and in armour: what is encrypted is said, what is only signed or packed is read, and of
keys the names of their owners.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
import zlib
from collections.abc import Iterator

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Reason, Skipped, Text

ARMOUR = b"-----BEGIN PGP "
_BEGIN = rb"^[ \t>]*-----BEGIN PGP ([A-Z0-9, /]{3,40})-----[ \t]*\r?$"
_NAMES = {
    1: "for a public key",
    3: "with a password",
    9: "encrypted data",
    18: "encrypted data",
    20: "encrypted data",
}
_PACKED, _LITERAL, _USER_ID, _ATTRIBUTE = 8, 11, 13, 17
_MAX_PACKED = 3
_MAX_PACKETS = 100_000


class OpenPgpExtractor:
    """Reads messages and keys, binary or armoured."""

    types = frozenset({"pgp"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The plain bytes, for armour may stand in any text; then what the packets hold."""
        data = raw.read_upto(blob.stream, limits.max_part + 1)
        if ARMOUR in data[: raw.HEAD]:
            blob.stream.seek(0)
            yield Text(blob.provenance, "text", raw.read_chunks(blob.stream), [])
            yield from armoured(data, blob.provenance, limits)
        else:
            yield from _packets(data, blob.provenance, limits, 0)
        if len(data) > limits.max_part:
            yield Skipped(blob.provenance, Reason.LIMIT, f"OpenPGP: more than {limits.max_part} bytes")


def looks_like(head: bytes) -> bool:
    """Whether `head` begins with a packet that begins a message: a session key of a known version, or packed data."""
    try:
        tag, at, length, _ = _header(head, 0)
    except (IndexError, struct.error):
        return False
    body = head[at : at + 12]
    if length == 0 or len(body) < 6:
        return False
    if tag == 1:
        known = (body[0] == 3 and body[9:10] in b"\x01\x02\x10\x12\x16\x19" and length > 12) or (
            body[0] == 6 and length > 30
        )
        return known and at + min(length, 4) < len(head)
    if tag == 3:
        return body[0] in (4, 5, 6) and 2 <= length <= 200 and body[1] in (*range(1, 14), 20, 26)
    if tag == _PACKED:
        return body[0] in (1, 2, 3) and head[:1] == b"\xa3"
    return False


def armoured(text: bytes, provenance: Provenance, limits: Limits) -> Iterator[Text | Blob | Skipped]:
    """What the armour in `text` holds; the text itself is not given again."""
    from dlp.extract.mail import transfer

    told: list[Skipped] = []  # each once, however many messages there are
    begins = list(re.finditer(_BEGIN, text, re.MULTILINE))
    for begin, following in itertools.zip_longest(begins, begins[1:]):
        kind = begin[1].decode()
        if kind == "SIGNED MESSAGE":  # its text stands there to be read
            continue
        stop = following.start() if following else len(text)
        end = text.find(b"-----END PGP", begin.end(), stop)
        block = text[begin.end() : stop if end < 0 else end]
        headers = re.match(rb"[ \t>]*\r?\n(?:[ \t>]*[A-Za-z]+: [^\n]*\n)*+", block)
        body = block[headers.end() :] if headers else block
        data, _ = transfer.base64(re.sub(rb"(?m)^[ \t>]+|^=[A-Za-z0-9+/]{4}[ \t\r]*$", b"", body))
        found = _packets(data, provenance, limits, 0)
        if not data and kind == "MESSAGE":
            found = iter((Skipped(provenance, Reason.CORRUPT, "OpenPGP message without content"),))
        for item in found:
            if not isinstance(item, Skipped):
                yield item
            elif item not in told:
                told.append(item)
                yield item


def _header(data: bytes, at: int) -> tuple[int, int, int, bool]:
    """Tag, where the body begins, its length (-1: up to the end), and whether more pieces follow."""
    first = data[at]
    if not first & 0x80:
        raise IndexError
    if not first & 0x40:
        size = first & 3
        if size == 3:
            return (first >> 2) & 15, at + 1, -1, False
        (length,) = struct.unpack_from((">B", ">H", ">I")[size], data, at + 1)
        return (first >> 2) & 15, at + 1 + (1, 2, 4)[size], length, False
    return (first & 63, *_length(data, at + 1))


def _length(data: bytes, at: int) -> tuple[int, int, bool]:
    first = data[at]
    if first < 192:
        return at + 1, first, False
    if first < 224:
        return at + 2, ((first - 192) << 8) + data[at + 1] + 192, False
    if first < 255:
        return at + 1, 1 << (first & 31), True
    (length,) = struct.unpack_from(">I", data, at + 1)
    return at + 5, length, False


def _body(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, whole body, and where the next packet begins."""
    tag, at, length, more = _header(data, at)
    if length < 0:
        return tag, data[at:], len(data)
    pieces = [data[at : at + length]]
    at += length
    while more:
        at, length, more = _length(data, at)
        pieces.append(data[at : at + length])
        at += length
    return tag, b"".join(pieces), at


def _packets(data: bytes, provenance: Provenance, limits: Limits, depth: int) -> Iterator[Text | Blob | Skipped]:
    at = 0
    names = []
    told = False
    for _ in range(_MAX_PACKETS):
        if at >= len(data):
            break
        try:
            tag, body, at = _body(data, at)
        except (IndexError, struct.error):
            yield Skipped(provenance, Reason.CORRUPT, "OpenPGP: a damaged packet")
            break
        if tag in _NAMES:
            if not told:
                yield Skipped(provenance, Reason.ENCRYPTED, f"OpenPGP message, encrypted ({_NAMES[tag]})")
            told = True
        elif tag == _PACKED:
            yield from _unpacked(body, provenance, limits, depth)
        elif tag == _LITERAL and len(body) > 1:
            name = body[2 : 2 + body[1]].decode("utf-8", "replace")
            content = body[6 + body[1] :]
            if content:
                yield Blob((*provenance, name or "OpenPGP content"), io.BytesIO(content), len(content))
        elif tag == _USER_ID:
            names.append(body.decode("utf-8", "replace"))
        elif tag == _ATTRIBUTE:
            yield Blob((*provenance, "attribute of a key"), io.BytesIO(body), len(body))
    else:
        yield Skipped(provenance, Reason.LIMIT, f"OpenPGP: more than {_MAX_PACKETS} packets")
    if names:
        yield Text(provenance, "text", iter(("\n".join(names).encode(),)), [Mark(0, "owner of an OpenPGP key")])


def _unpacked(body: bytes, provenance: Provenance, limits: Limits, depth: int) -> Iterator[Text | Blob | Skipped]:
    """What a packed packet holds, within the limits."""
    if depth >= _MAX_PACKED:
        yield Skipped(provenance, Reason.LIMIT, "OpenPGP: packed more than three times")
        return
    most = min(limits.max_part, max(limits.ratio_after, len(body) * limits.max_ratio))
    method, packed = body[:1], body[1:]
    if method == b"\x00":
        data, whole = packed, True
    elif method in (b"\x01", b"\x02"):
        unpacker = zlib.decompressobj(-15 if method == b"\x01" else 15)
        try:
            data = unpacker.decompress(packed, most)
        except zlib.error:
            yield Skipped(provenance, Reason.CORRUPT, "OpenPGP: damaged packed data")
            return
        whole = unpacker.eof
    elif method == b"\x03":
        import bz2

        bzip = bz2.BZ2Decompressor()
        try:
            data = bzip.decompress(packed, most)
        except OSError:
            yield Skipped(provenance, Reason.CORRUPT, "OpenPGP: damaged packed data")
            return
        whole = bzip.eof
    else:
        yield Skipped(provenance, Reason.UNSUPPORTED, "OpenPGP: packed in an unknown way")
        return
    yield from _packets(data, provenance, limits, depth + 1)
    if not whole:
        reason = Reason.LIMIT if len(data) >= most else Reason.CORRUPT
        yield Skipped(provenance, reason, "OpenPGP: packed data that was not unpacked to its end")
