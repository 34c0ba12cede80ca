"""Pictures, media and data files made in code, a marker word in every corner."""

from __future__ import annotations

import io
import plistlib
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing

import pyarrow
import pyarrow.feather
import pyarrow.parquet


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, behind: bytes = b"") -> bytes:
    """One grey pixel."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = png_chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixel + png_chunk(b"IEND", b"") + behind


Entry = tuple[int, int, bytes]
"""Tag, type, value."""

_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}


def tiff(entries: Iterable[Entry], sub: Mapping[int, Iterable[Entry]] | None = None, order: str = "<") -> bytes:
    """One directory, and those that its tags `sub` point to."""
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8))

    def directory(items: list[Entry]) -> int:
        at = len(out)
        out.extend(bytes(2 + 12 * len(items) + 4))
        struct.pack_into(order + "H", out, at, len(items))
        for index, (tag, kind, value) in enumerate(items):
            place = at + 2 + 12 * index
            struct.pack_into(order + "HHI", out, place, tag, kind, len(value) // _WIDTHS[kind])
            if len(value) <= 4:
                out[place + 8 : place + 8 + len(value)] = value
            else:
                struct.pack_into(order + "I", out, place + 8, len(out))
                out.extend(value)
        return at

    first = list(entries)
    pointers = [(tag, 4, bytes(4)) for tag in sub or {}]
    directory(first + pointers)
    for index, items in enumerate((sub or {}).values()):
        at = directory(list(items))
        struct.pack_into(order + "I", out, 8 + 2 + 12 * (len(first) + index) + 8, at)
    return bytes(out)


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(*segments: bytes, behind: bytes = b"") -> bytes:
    """No picture to look at, but the segments of one."""
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(segments) + scan + b"\xff\xd9" + behind


def resource(number: int, data: bytes) -> bytes:
    """An image resource of Photoshop."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def iptc(**words: str) -> bytes:
    numbers = {"caption": 120, "keyword": 25, "headline": 105}
    return b"".join(
        struct.pack(">BBBH", 0x1C, 2, numbers[name], len(text.encode())) + text.encode() for name, text in words.items()
    )


def xmp(words: str, attribute: str = "tool") -> bytes:
    return (
        '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Description xmp:CreatorTool="{attribute}"><dc:title><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def blocks(data: bytes) -> bytes:
    """Sub-blocks of GIF."""
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def gif(*extensions: bytes, behind: bytes = b"") -> bytes:
    picture = b",\0\0\0\0\1\0\1\0\0\2" + blocks(b"\x4c\1\0")
    return b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"".join(extensions) + picture + b";" + behind


def riff(form: bytes, *chunks: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    body = form
    for kind, data in chunks:
        body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body + behind


def box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def heic(exif: bytes, packet: bytes, behind: bytes = b"") -> bytes:
    """The items of a picture, and no picture."""
    kinds = box(b"infe", struct.pack(">IHH4s", 0x02000000, 1, 0, b"Exif"), b"\0")
    kinds += box(b"infe", struct.pack(">IHH4s", 0x02000000, 2, 0, b"mime"), b"\0application/rdf+xml\0")
    names = box(b"iinf", struct.pack(">IH", 0, 2), kinds)
    first = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    item = struct.pack(">I", 0) + exif

    def meta(at: int) -> bytes:
        places = struct.pack(">IBBH", 0, 0x44, 0, 2)
        places += struct.pack(">HHHII", 1, 0, 1, at, len(item))
        places += struct.pack(">HHHII", 2, 0, 1, at + len(item), len(packet))
        return box(b"meta", bytes(4), box(b"hdlr", bytes(20)), names, box(b"iloc", places))

    at = len(first) + len(meta(0)) + 8
    return first + meta(at) + box(b"mdat", item, packet) + behind


def emf(*runs: tuple[int, str]) -> bytes:
    """Records of text at (height, words)."""
    records = b""
    for y, words in runs:
        data = words.encode("utf-16-le")
        data += bytes(-len(data) % 4)
        body = struct.pack("<iiiiIff", 0, 0, -1, -1, 1, 1.0, 1.0)
        body += struct.pack("<iiIIIiiiiI", 10, y, len(words), 76, 0, 0, 0, -1, -1, 0)
        records += struct.pack("<II", 84, 8 + len(body) + len(data)) + body + data
    records += struct.pack("<IIIII", 14, 20, 0, 16, 20)
    header = struct.pack("<II", 1, 108) + bytes(32) + b" EMF" + bytes(16) + struct.pack("<II", 0, 0)
    return header.ljust(108, b"\0") + records


def id3(*frames: tuple[bytes, bytes], version: int = 4) -> bytes:
    body = b"".join(name + _synchsafe(len(data)) + b"\0\0" + data for name, data in frames)
    return b"ID3" + bytes([version, 0, 0]) + _synchsafe(len(body)) + body + b"\xff\xfb\x90\0"


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def comments(*words: str) -> bytes:
    """Vorbis comments."""
    parts = [b"maker", *(each.encode() for each in words)]
    packed = [struct.pack("<I", len(part)) + part for part in parts]
    return packed[0] + struct.pack("<I", len(words)) + b"".join(packed[1:])


def flac(*words: str) -> bytes:
    data = comments(*words)
    return b"fLaC" + bytes([0]) + (34).to_bytes(3, "big") + bytes(34) + b"\x84" + len(data).to_bytes(3, "big") + data


def ogg(packet: bytes) -> bytes:
    """A stream's first page and the pages of its comment packet, 255 pieces each at most."""
    pages = [_page(2, b"\1", b"x")]
    lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
    for at in range(0, len(lacing), 200):
        part = lacing[at : at + 200]
        begin = 255 * at
        pages.append(_page(1 if at else 0, bytes(part), packet[begin : begin + sum(part)]))
    return b"".join(pages)


def _page(flags: int, lacing: bytes, data: bytes) -> bytes:
    return b"OggS\0" + bytes([flags]) + bytes(8) + b"\7\0\0\0" + bytes(8) + bytes([len(lacing)]) + lacing + data


def sqlite(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("pragma page_size = 512")
        for each in statements:
            db.execute(each)
        return db.serialize()


def parquet() -> bytes:
    out = io.BytesIO()
    table = pyarrow.table({"a": ["some words", "other words"], "b": [1, 2], "c": [b"PK", None]})
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def feather() -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(pyarrow.table({"a": ["some words", "other words"]}), out, compression="zstd")
    return out.getvalue()


SEEDS = {
    "ColumnarExtractor": [parquet(), feather()],
    "PlistExtractor": [plistlib.dumps({"key": ["some words", "Größe", b"data", 7]}, fmt=plistlib.FMT_BINARY)],
    "PstExtractor": [b"!BDN".ljust(513, b"\x17") + b"\1" + b"some words" * 50],
    "SqliteExtractor": [
        sqlite(
            "create table t (a integer primary key, b text, c)",
            "insert into t values (1, 'some words', 7), (2, 'other words', x'504b0304')",
            "insert into t values (3, '" + "long words " * 200 + "', 0.5)",
        ),
    ],
    "PictureExtractor": [
        jpeg(
            segment(0xE1, b"Exif\0\0" + tiff([(0x010E, 2, b"some words\0")], {0x8769: [(0x9286, 7, b"ASCII\0\0\0x")]})),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp("some words")),
            segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc(caption="some words"))),
            segment(0xFE, b"some words"),
            behind=b"some words",
        ),
        png(png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"some words")), png_chunk(b"tEXt", b"Title\0words")),
        gif(b"!\xfe" + blocks(b"some words")),
        riff(b"WEBP", (b"XMP ", xmp("some words"))),
        heic(tiff([(0x010E, 2, b"some words\0")]), xmp("some words")),
        emf((1, "some"), (1, "words")),
    ],
    "MediaExtractor": [
        id3((b"TIT2", b"\3some words"), (b"COMM", b"\3eng\0words")),
        flac("TITLE=some words"),
        ogg(b"\3vorbis" + comments("TITLE=some words")),
        riff(b"WAVE", (b"LIST", b"INFOINAM\x0a\0\0\0some words")),
        box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", box(b"udta", box(b"\xa9cmt", b"\0\x0a\0\0some words"))),
    ],
}
"""By extractor, for whatever holds for all of them."""
