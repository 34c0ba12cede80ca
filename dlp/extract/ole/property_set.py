"""Property sets ([MS-OLEPS]): title, author, comments and whatever properties of their own people give a document."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator

from dlp.extract import strings
from dlp.extract.ole.storage import Storage, lines_text, shown
from dlp.model import Blob, Skipped, Text

_SUMMARY = b"\xe0\x85\x9f\xf2\xf9\x4f\x68\x10\xab\x91\x08\x00\x2b\x27\xb3\xd9"
_DOCUMENT = b"\x02\xd5\xcd\xd5\x9c\x2e\x1b\x10\x93\x97\x08\x00\x2b\x2c\xf9\xae"
_NAMES = {
    _SUMMARY: {2: "Title", 3: "Subject", 4: "Author", 5: "Keywords", 6: "Comments", 7: "Template",
               8: "Last saved by", 9: "Revision", 18: "Program"},
    _DOCUMENT: {2: "Category", 3: "Presentation format", 12: "Heading pairs", 13: "Parts", 14: "Manager",
                15: "Company", 26: "Content type", 27: "Status", 28: "Language"},
}  # fmt: skip
_TIMES = 4
"""Letters of all values together for each byte; more have only values that lie over one another."""

_MOST = 10_000
"""Properties of a set; Office writes some dozens."""

_I2, _I4, _R4, _R8, _BSTR, _VARIANT, _LPSTR, _LPWSTR, _VECTOR = 2, 3, 4, 5, 8, 12, 30, 31, 0x1000
_FIXED = {_I2: "<h", 18: "<H", _I4: "<i", 19: "<I", 22: "<i", 23: "<I", _R4: "<f", _R8: "<d", 20: "<q", 21: "<Q"}


def read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    """A text for every stream that is a property set; marks `property NAME`."""
    for name, entries in storage.streams.items():
        if not name.startswith("\x05"):
            continue
        for entry in entries:
            data = storage.content(entry)
            yield lines_text((*storage.provenance, shown(entry.path[-1])), _lines(data))


def _lines(data: bytes) -> Iterator[tuple[str, str]]:
    """What the sets say, property by property; then the strings of the stream that were not among it: there may be
    words where nothing points to, and a broken set cannot be followed to its end."""
    told = set()
    sets = _sets(data)
    while True:
        try:
            place, line = next(sets)
        except (StopIteration, struct.error, LookupError, ValueError):
            break
        told.add(line)
        yield place, line
    for line in strings.both(data):
        if line.strip() not in told:
            yield "property", line


def _sets(data: bytes) -> Iterator[tuple[str, str]]:
    if data[:2] != b"\xfe\xff":
        raise ValueError("no property set")
    (count,) = struct.unpack_from("<I", data, 24)
    for index in range(min(count, 16)):
        name, start = struct.unpack_from("<16sI", data, 28 + 20 * index)
        yield from _set(data[start:], _NAMES.get(name, {}))


def _set(data: bytes, names: dict[int, str]) -> Iterator[tuple[str, str]]:
    _, count = struct.unpack_from("<II", data)
    places = dict(struct.unpack_from("<II", data, 8 + 8 * index) for index in range(min(count, _MOST)))
    codec = "cp1252"
    if 1 in places:
        codec = codec_of(struct.unpack_from("<H", data, places[1] + 4)[0])
    if 0 in places:
        names = {**names, **_dictionary(data, places[0], codec)}
    told = 0
    for number, at in places.items():
        if number > 1:
            label = names.get(number, str(number))
            for value in _value(data, at, codec):
                told += len(value) + 1
                if told > _TIMES * len(data):
                    raise ValueError("values that overlap")
                yield f"property {shown(label)}", value
            if number in names and label not in _NAMES[_SUMMARY].values() and label not in _NAMES[_DOCUMENT].values():
                yield f"property {shown(label)}", label


def _dictionary(data: bytes, at: int, codec: str) -> dict[int, str]:
    """Names of a person's own properties."""
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    names = {}
    for _ in range(min(count, _MOST)):
        number, length = struct.unpack_from("<II", data, at)
        size = length * 2 if codec == "utf-16-le" else length
        names[number] = _clean(data[at + 8 : at + 8 + size].decode(codec, "replace"))
        at += 8 + (size + 3 & ~3 if codec == "utf-16-le" else size)
    return names


def _value(data: bytes, at: int, codec: str) -> Iterator[str]:
    (kind,) = struct.unpack_from("<H", data, at)
    at += 4
    if not kind & _VECTOR:
        yield from _scalar(data, at, kind, codec)[0]
        return
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    base = kind & 0xFFF
    for _ in range(min(count, _MOST)):
        each = base
        if base == _VARIANT:
            (each,) = struct.unpack_from("<H", data, at)
            at += 4
        values, at = _scalar(data, at, each, codec)
        yield from values


def _scalar(data: bytes, at: int, kind: int, codec: str) -> tuple[list[str], int]:
    """The value's words, and where it ends. Numbers are told, dates and flags are not."""
    if kind in (_LPSTR, _BSTR, _LPWSTR):
        (length,) = struct.unpack_from("<I", data, at)
        codec = "utf-16-le" if kind == _LPWSTR else codec
        size = length * 2 if kind == _LPWSTR else length
        text = _clean(data[at + 4 : at + 4 + size].decode(codec, "replace"))
        end = at + 4 + size
        if kind == _LPWSTR or codec == "utf-16-le":
            end = end + 3 & ~3
        return ([text] if text else []), end
    if kind in _FIXED:
        (number,) = struct.unpack_from(_FIXED[kind], data, at)
        return [str(number)], at + max(4, struct.calcsize(_FIXED[kind]))
    if kind in (65, 70, 71):  # a blob, a clipboard picture
        (length,) = struct.unpack_from("<I", data, at)
        return [], (at + 7 + length) & ~3  # its strings are told with those of the whole stream
    return [], at + (8 if kind in (6, 7, 64) else 4)


def _clean(text: str) -> str:
    return text.partition("\0")[0].strip()


def codec_of(page: int) -> str:
    """Python's name of a Windows code page; cp1252 for one that it does not know."""
    name = _PAGES.get(page) or (f"iso8859_{page - 28590}" if 28591 <= page <= 28605 else f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


_PAGES = {
    936: "gb18030",
    1200: "utf-16-le",
    10000: "mac_roman",
    10006: "mac_greek",
    10007: "mac_cyrillic",
    10029: "mac_latin2",
    10081: "mac_turkish",
    20127: "ascii",
    20866: "koi8_r",
    21866: "koi8_u",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    54936: "gb18030",
    65001: "utf-8",
}
"""Code pages whose number is not in Python's name."""
