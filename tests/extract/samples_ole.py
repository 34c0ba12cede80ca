"""Compound files, and the documents of Office 97 in them, byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

FREE, END = 0xFFFFFFFF, 0xFFFFFFFE


def _png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


PNG = _png()


def compound(streams: Mapping[str, bytes], behind: bytes = b"", free: bytes = b"", sector: int = 512) -> bytes:
    """A compound file with `streams` by path (`Storage/Stream`). Short ones lie in the mini stream, as they must.
    `free`: what stands in a sector that belongs to nothing; `behind`: what stands behind all sectors."""
    entries: list[dict[str, int | str]] = [{"name": "Root Entry", "kind": 5, "child": FREE, "right": FREE}]
    by_path = {"": 0}

    def entry(path: str, kind: int) -> int:
        if path in by_path:
            return by_path[path]
        parent = entry(path.rpartition("/")[0], 1) if "/" in path else 0
        number = by_path[path] = len(entries)
        name = path.rpartition("/")[2]
        entries.append({"name": name, "kind": kind, "child": FREE, "right": entries[parent]["child"], "start": END})
        entries[parent]["child"] = number
        return number

    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        if not data:
            return END
        first = len(sectors)
        count = -(-len(data) // sector)
        for index in range(count):
            sectors.append(data[index * sector : (index + 1) * sector].ljust(sector, b"\0"))
            fat.append(first + index + 1 if index < count - 1 else END)
        return first

    mini, mini_fat = b"", []
    for path, data in streams.items():
        number = entry(path, 2)
        entries[number]["size"] = len(data)
        if len(data) >= 4096:
            entries[number]["start"] = put(data)
        elif data:
            entries[number]["start"] = len(mini_fat)
            count = -(-len(data) // 64)
            mini += data.ljust(count * 64, b"\0")
            mini_fat += [len(mini_fat) + index + 1 for index in range(count - 1)] + [END]
    entries[0]["start"], entries[0]["size"] = put(mini), len(mini)
    minis = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) * 4 // sector) * sector, b"\xff"))
    if free:
        fat_from = put(free)
        for index in range(fat_from, len(fat)):
            fat[index] = FREE
    directory = put(b"".join(map(_entry, entries)))
    listed = sector // 4 - 1
    count, more = 1, 0
    while len(fat) + count + more > count * sector // 4:
        count += 1
        more = -(-max(0, count - 109) // listed)
    first = len(sectors)
    fat += [0xFFFFFFFD] * count + [0xFFFFFFFC] * more
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(count * sector, b"\xff")
    sectors += [table[index * sector : (index + 1) * sector] for index in range(count)]
    numbers = list(range(first, first + count))
    for index in range(more):
        some = numbers[109 + index * listed : 109 + (index + 1) * listed]
        some += [FREE] * (listed - len(some)) + [first + count + index + 1 if index < more - 1 else END]
        sectors.append(struct.pack(f"<{sector // 4}I", *some))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, sector.bit_length() - 1, 6)
    header += struct.pack("<IIIIIII", 0, count, directory, 0, 4096, minis, 1 if mini_fat else 0)
    header += struct.pack("<II", first + count if more else END, more)
    header += struct.pack(f"<{min(count, 109)}I", *numbers[:109])
    return header.ljust(512, b"\xff").ljust(sector, b"\0") + b"".join(sectors) + behind


def _entry(entry: Mapping[str, int | str]) -> bytes:
    name = str(entry["name"]).encode("utf-16-le")
    head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name) + 2, int(entry["kind"]), 1)
    head += struct.pack("<III", FREE, int(entry["right"]), int(entry["child"])) + bytes(36)
    return head + struct.pack("<IQ", int(entry.get("start", 0)), int(entry.get("size", 0)))


def word(
    *pieces: str | bytes,
    stories: Mapping[int, str] | None = None,
    hidden: tuple[int, int] | None = None,
    flags: int = 0,
    table: bytes = b"",
    gap: bytes = b"",
    further: Mapping[str, bytes] | None = None,
) -> bytes:
    """A Word 97 document: the body in `pieces` (bytes: 8-bit ones), which lie in the file in reverse order;
    `stories`: further ones by number (1 footnotes, 2 headers, 4 comments...); `hidden`: the run of the body's first
    piece from one letter to another; `gap`: bytes that no piece covers."""
    texts = [*pieces, *[text for _, text in sorted((stories or {}).items())]]
    lengths = [0] * 8
    lengths[0] = sum(map(len, pieces))
    for number, text in (stories or {}).items():
        lengths[number] = len(text)
    stream = bytearray(1024) + gap
    places: dict[int, int] = {}
    for index in reversed(range(len(texts))):
        stream += bytes(len(stream) % 2)
        text = texts[index]
        if isinstance(text, bytes):
            places[index] = len(stream) * 2 | 0x40000000
            stream += text
        else:
            places[index] = len(stream)
            stream += text.encode("utf-16-le", "surrogatepass")
    formats = b""
    if hidden is not None:
        stream += bytes(-len(stream) % 512)
        start = places[0]
        runs = [start, start + 2 * hidden[0], start + 2 * hidden[1], start + 2 * len(texts[0])]
        page = struct.pack("<4I", *runs) + bytes((0, 100, 0))
        page = page.ljust(200, b"\0") + b"\x03\x3c\x08\x01"
        formats = struct.pack("<III", runs[0], runs[-1], len(stream) // 512)
        stream += page.ljust(511, b"\0") + b"\x03"
    ends = [0]
    for text in texts:
        ends.append(ends[-1] + len(text))
    plc = struct.pack(f"<{len(ends)}I", *ends)
    plc += b"".join(struct.pack("<HIH", 0, places[index], 0) for index in range(len(texts)))
    clx = b"\x01\x02\x00xx\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<HH", stream, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", stream, 10, 0x200 | flags)
    struct.pack_into("<8I", stream, 0x4C, *lengths)
    struct.pack_into("<II", stream, 0x1A2, len(formats), len(clx))
    struct.pack_into("<II", stream, 0x9A + 96, 0, len(formats))
    tables = formats + clx + table
    return compound({"WordDocument": bytes(stream), "1Table": tables, **(further or {})})


def word_6(text: bytes, language: int = 0x409, outside: bytes = b"") -> bytes:
    """A Word 6 document with its text in one piece."""
    stream = bytearray(0x300) + text + outside
    struct.pack_into("<HHxxH", stream, 0, 0xA5DC, 0x65, language)
    struct.pack_into("<II", stream, 0x18, 0x300, 0x300 + len(text))
    struct.pack_into("<I", stream, 0x34, len(text))
    return compound({"WordDocument": bytes(stream)})


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of a workbook."""
    return struct.pack("<HH", kind, len(body)) + body


def wide(text: str, width: int = 2) -> bytes:
    """A string of BIFF8, its length in `width` bytes."""
    return len(text).to_bytes(width, "little") + b"\x01" + text.encode("utf-16-le")


def byte(text: bytes, width: int = 2) -> bytes:
    """A string of BIFF8 in 8 bits, its length in `width` bytes."""
    return len(text).to_bytes(width, "little") + b"\x00" + text


def cell(row: int, column: int) -> bytes:
    return struct.pack("<HHH", row, column, 0)


def workbook(
    shared: bytes = b"", sheets: Mapping[str, bytes] | None = None, hidden: int = 0, head: bytes = b""
) -> bytes:
    """A workbook stream of BIFF8: `shared` holds the records of its strings, `sheets` those of each sheet, `hidden`
    the state of the last."""
    sheets = sheets or {"Sheet1": b""}
    begin = record(0x809, struct.pack("<HHIII", 0x600, 5, 0, 0, 0))
    names = list(sheets)
    size = len(begin) + len(head) + len(shared) + 4 + sum(4 + 6 + len(wide(name, 1)) for name in names)
    listed, bodies = b"", b""
    for name in names:
        state = hidden if name == names[-1] else 0
        listed += record(0x85, struct.pack("<IBB", size + len(bodies), state, 0) + wide(name, 1))
        bodies += record(0x809, struct.pack("<HHIII", 0x600, 0x10, 0, 0, 0)) + sheets[name] + record(0x0A)
    return begin + head + listed + shared + record(0x0A) + bodies


def xls(stream: bytes, further: Mapping[str, bytes] | None = None) -> bytes:
    return compound({"Workbook": stream, **(further or {})})


def shared_strings(*texts: bytes, count: int | None = None) -> bytes:
    """The record of shared strings, from strings as `wide` and `byte` make them."""
    number = len(texts) if count is None else count
    return record(0xFC, struct.pack("<II", number, number) + b"".join(texts))


def atom(kind: int, body: bytes = b"", instance: int = 0, version: int = 0) -> bytes:
    """A record of a presentation, or of a drawing."""
    return struct.pack("<HHI", version | instance << 4, kind, len(body)) + body


def container(kind: int, *inside: bytes, instance: int = 0) -> bytes:
    return atom(kind, b"".join(inside), instance, 15)


def ppt(*records: bytes, user: int = 0xE391C05F, further: Mapping[str, bytes] | None = None) -> bytes:
    current = struct.pack("<HHIII", 0, 0x0FF6, 20, 20, user) + bytes(12)
    streams = {"PowerPoint Document": b"".join(records), "Current User": current}
    return compound({**streams, **(further or {})})


def picture(content: bytes = PNG) -> bytes:
    """A drawing's record with a picture in it."""
    return atom(0xF01E, bytes(17) + content, 0x6E0)


def metafile(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return atom(0xF01A, bytes(16) + bytes(34) + packed, 0x3D4)


def text_property(number: int, text: str, kind: int = 0x1F) -> tuple[str, bytes]:
    """Path and content of a message's property."""
    data = text.encode("utf-16-le") if kind == 0x1F else text.encode("cp1251")
    return f"__substg1.0_{number:04X}{kind:04X}", data


def fixed(header: int, *pairs: tuple[int, int]) -> bytes:
    """The stream of a message's fixed properties, all of them whole numbers."""
    return bytes(header) + b"".join(struct.pack("<HHIII", 3, number, 0, value, 0) for number, value in pairs)


def message(further: Mapping[str, bytes] | None = None, pages: tuple[tuple[int, int], ...] = ()) -> bytes:
    return compound({"__properties_version1.0": fixed(32, *pages), **(further or {})})


def property_set(values: Mapping[int, bytes], names: Mapping[int, str] | None = None, summary: bool = True) -> bytes:
    """A property set stream: `values` as typed values (see `lpwstr`), `names` those of a person's own properties."""
    form = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9" if summary else "05d5cdd59c2e1b10939708002b2cf9ae")
    all_values = {1: struct.pack("<II", 2, 1252), **values}
    if names:
        listed = b"".join(
            struct.pack("<II", number, len(name) + 1) + name.encode() + b"\0" for number, name in names.items()
        )
        all_values[0] = struct.pack("<I", len(names)) + listed
    at = 8 + 8 * len(all_values)
    places, bodies = b"", b""
    for number, body in all_values.items():
        places += struct.pack("<II", number, at + len(bodies))
        bodies += body + bytes(-len(body) % 4)
    body = struct.pack("<II", at + len(bodies), len(all_values)) + places + bodies
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, form, 48) + body


def lpstr(text: bytes) -> bytes:
    return struct.pack("<II", 30, len(text) + 1) + text + b"\0"


def lpwstr(text: str) -> bytes:
    return struct.pack("<II", 31, len(text) + 1) + text.encode("utf-16-le") + b"\0\0"


def package(name: str, content: bytes) -> bytes:
    """An embedded file, without the size before it."""
    path = f"C:\\somewhere\\{name}".encode() + b"\0"
    head = b"\x02\0" + name.encode() + b"\0" + path + b"\0\0\x03\0" + struct.pack("<I", len(path)) + path
    return head + struct.pack("<I", len(content)) + content


def native(name: str, content: bytes) -> bytes:
    data = package(name, content)
    return struct.pack("<I", len(data)) + data


def packed_macro(source: bytes) -> bytes:
    """A macro's source as it is packed, with literals and no references."""
    out = b"\x01"
    for start in range(0, len(source), 3600):
        piece = source[start : start + 3600]
        body = b"".join(b"\0" + piece[at : at + 8] for at in range(0, len(piece), 8))
        out += struct.pack("<H", 0xB000 | len(body) - 1) + body
    return out


def macros(source: bytes, name: str = "Module1", at: str = "Macros/VBA", compiled: bytes = b"") -> dict[str, bytes]:
    """The streams of a project with one module."""

    def entry(kind: int, body: bytes) -> bytes:
        return struct.pack("<HI", kind, len(body)) + body

    directory = entry(3, b"\xe4\x04") + struct.pack("<HI6x", 9, 4) + entry(0x1A, name.encode())
    directory += entry(0x31, struct.pack("<I", len(compiled)))
    return {
        f"{at}/dir": packed_macro(directory),
        f"{at}/_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0",
        f"{at}/{name}": compiled + packed_macro(source),
    }


def plain_rtf(text: bytes) -> bytes:
    """RTF as Outlook stores it, unpacked."""
    return struct.pack("<II4sI", len(text) + 12, len(text), b"MELA", 0) + text


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    """winmail.dat of (level, attribute, content)."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        struct.pack("<BII", level, number, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)
        for level, number, body in attributes
    )


def mapi(*values: tuple[int, int, bytes], named: Mapping[int, str] | None = None) -> bytes:
    """A list of properties (kind, number, content) of variable size."""
    out = struct.pack("<I", len(values))
    for kind, number, body in values:
        out += struct.pack("<HH", kind, number)
        if number >= 0x8000:
            name = (named or {})[number].encode("utf-16-le") + b"\0\0"
            out += bytes(16) + struct.pack("<II", 1, len(name)) + name + bytes(-len(name) % 4)
        out += struct.pack("<II", 1, len(body)) + body + bytes(-len(body) % 4)
    return out


ONENOTE = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"

SEEDS = {
    "OleExtractor": [
        word(
            "some words\r",
            b"and others\r",
            stories={1: "a note\r"},
            hidden=(2, 4),
            further=macros(b"Attribute x = 1\r\n"),
        ),
        xls(workbook(shared_strings(wide("shared"), byte(b"also")), {"S": record(0xFD, cell(0, 0) + bytes(4))})),
        ppt(container(0x03EE, atom(0x0FA0, "a slide".encode("utf-16-le"))), further={"Pictures": picture()}),
        message({"__substg1.0_0037001F": b"o\0f\0f\0e\0r\0", "__substg1.0_10090102": plain_rtf(b"{\\rtf1 words}")}),
        compound(
            {
                "\x05SummaryInformation": property_set({2: lpstr(b"A title")}),
                "X/\x01Ole10Native": native("a.txt", b"words"),
            }
        ),
    ],
    "RtfExtractor": [
        rb"{\rtf1\ansi some {\b words}{\footnote a note}{\pict 00ff}\par caf\'e9 {\v hidden}\par}",
        rb"{\rtf1{\fonttbl{\f0\fcharset204 A;}}\f0 \'e4{\v x}{\*\objdata 0105000002000000}\bin3 abc\u233?\par}",
    ],
    "TnefExtractor": [
        tnef((1, 0x18004, b"an offer\0"), (2, 0x69002, bytes(14)), (2, 0x6800F, b"attached words")),
        tnef((1, 0x69003, mapi((0x1F, 0x37, b"a\0"))), (2, 0x69002, bytes(14)), (2, 0x6800F, b"attached words")),
    ],
    "OneNoteExtractor": [ONENOTE + bytes(40) + "some words".encode("utf-16-le") + bytes(9)],
}
"""Small and whole, one of every kind, by extractor."""
