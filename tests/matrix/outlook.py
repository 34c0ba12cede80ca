"""What Outlook keeps: winmail.dat and messages."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from . import ole
from .mail import encoded, family, multipart
from .plant import Family, Plant

outlook = Family("msg")


def tnef(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def mapi(*properties: tuple[int, int, bytes]) -> bytes:
    """Properties of TNEF: (type, number, value of variable length)."""
    out = struct.pack("<I", len(properties))
    for kind, number, data in properties:
        out += struct.pack("<HHII", kind, number, 1, len(data)) + data + bytes(-len(data) % 4)
    return out


def _winmail(plant: Plant) -> bytes:
    attached = [
        attribute(2, 0x00069002, bytes(14)),
        attribute(2, 0x00018010, b"n.txt\0"),
        attribute(2, 0x0006800F, plant.data),
    ]
    return tnef(attribute(1, 0x00089006, struct.pack("<I", 0x10000)), *attached)


family.add("winmail.dat, attachment", "winmail.dat", _winmail)
family.add(
    "winmail.dat in a mail, attachment",
    "a.eml",
    lambda plant: multipart(encoded(_winmail(plant), "application/ms-tnef", "winmail.dat")),
)


@family("winmail.dat, body in packed RTF", "winmail.dat")
def winmail_rtf(plant: Plant) -> bytes:
    data = mapi((0x102, 0x1009, packed_rtf(plant.text)))
    return tnef(attribute(1, 0x00069003, data))


@family("winmail.dat, body in HTML", "winmail.dat")
def winmail_html(plant: Plant) -> bytes:
    return tnef(attribute(1, 0x00069003, mapi((0x102, 0x1013, f"<p>{plant.text}</p>".encode()))))


@family("winmail.dat, body in UTF-16", "winmail.dat")
def winmail_wide(plant: Plant) -> bytes:
    return tnef(attribute(1, 0x00069003, mapi((0x1F, 0x1000, plant.text.encode("utf-16-le") + b"\0\0"))))


def packed_rtf(text: str) -> bytes:
    """RTF as Outlook packs it: literals and copies of what stood before."""
    plain = f"{{\\rtf1\\ansi {text}}}".encode()
    start = (
        rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
        rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
        rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
    )
    window = bytearray(4096)
    window[: len(start)] = start
    write, out, at, done = len(start), bytearray(), 0, False
    while not done:
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if at >= len(plain):
                flags |= 1 << bit
                tokens += struct.pack(">H", write << 4)
                done = True
                break
            length = min(17, len(plain) - at)
            found = -1
            while length >= 2 and (found := bytes(window[:write]).find(plain[at : at + length])) < 0:
                length -= 1
            if length >= 2 and found >= 0:
                flags |= 1 << bit
                tokens += struct.pack(">H", found << 4 | length - 2)
            else:
                length = 1
                tokens.append(plain[at])
            window[write : write + length] = plain[at : at + length]
            write += length
            at += length
        out += bytes([flags]) + tokens
    return struct.pack("<II4sI", len(out) + 12, len(plain), b"LZFu", _crc(bytes(out))) + out


def _crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def message(
    streams: dict[str, Any],
    *,
    attachments: tuple[dict[str, Any], ...] = (),
    recipients: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """An Outlook message as a tree; keys of `streams` are property tags."""

    def named(properties: dict[str, Any], header: int) -> dict[str, Any]:
        made = {f"__substg1.0_{tag}": value for tag, value in properties.items()}
        entries = b""
        for tag, value in properties.items():
            size = 0xFFFFFFFF if tag.endswith("000D") else len(value) + (2 if tag.endswith("001F") else 0)
            entries += struct.pack("<IIII", int(tag, 16), 6, size, 1)
        return {**made, "__properties_version1.0": bytes(header) + entries}

    tree = named({"001A001F": "IPM.Note".encode("utf-16-le"), **streams}, 32)
    for number, each in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = named(each, 8)
    for number, each in enumerate(recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = named(each, 8)
    return tree


def msg(*given: Any, **more: Any) -> bytes:
    tree = message(*given, **more)
    tree["__nameid_version1.0"] = {
        "__substg1.0_00020102": b"",
        "__substg1.0_00030102": b"",
        "__substg1.0_00040102": b"",
    }
    return ole.compound(tree)


def _property(what: str, tag: str, form: Any) -> None:
    outlook.add(what, "a.msg", lambda plant: msg({tag: form(plant)}))


_property("body", "1000001F", lambda plant: plant.text.encode("utf-16-le"))
_property("body of eight bits", "1000001E", lambda plant: plant.data)
_property("subject", "0037001F", lambda plant: plant.text.encode("utf-16-le"))
_property("body in HTML", "10130102", lambda plant: f"<html><body><p>{plant.text}</p></body></html>".encode())
_property(
    "body in HTML, entities",
    "10130102",
    lambda plant: f"<p>{''.join(f'&#{ord(each)};' for each in plant.text)}</p>".encode(),
)
_property("body in packed RTF", "10090102", lambda plant: packed_rtf(plant.text))
_property(
    "headers of the transport",
    "007D001F",
    lambda plant: f"Received: by x\r\nX-Memo: {plant.text}\r\n".encode("utf-16-le"),
)
_property("named property", "8001001F", lambda plant: plant.text.encode("utf-16-le"))


@outlook("attached text file", "a.msg")
def msg_attached(plant: Plant) -> bytes:
    return msg({}, attachments=({"3707001F": "n.txt".encode("utf-16-le"), "37010102": plant.data},))


@outlook("attached document", "a.msg")
def msg_document(plant: Plant) -> bytes:
    from .ooxml import paragraph, word

    data = word(paragraph(plant.text))
    return msg({}, attachments=({"3707001F": "n.docx".encode("utf-16-le"), "37010102": data},))


@outlook("attached message", "a.msg")
def msg_nested(plant: Plant) -> bytes:
    inner = message({"1000001F": plant.text.encode("utf-16-le")})
    return msg({}, attachments=({"3701000D": inner},))


@outlook("message attached to an attached message, in packed RTF", "a.msg")
def msg_deep(plant: Plant) -> bytes:
    inner = message({"10090102": packed_rtf(plant.text)})
    return msg({}, attachments=({"3701000D": message({}, attachments=({"3701000D": inner},))},))


@outlook("recipient's name", "a.msg", holds="token")
def msg_recipient(plant: Plant) -> bytes:
    return msg({}, recipients=({"3001001F": plant.short.encode("utf-16-le")},))
