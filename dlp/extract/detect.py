"""What a blob is, told by its content: the short names of `dlp.file_types`.

The name counts only where the content leaves two types open. Text is told first by the absence of control
characters, in some microseconds; a document of Office, a database or an archive by its structure.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from dlp.extract import charset, detect_text, raw
from dlp.extract.detect_containers import ZIP, by_streams, in_directory, in_head

_MAGICS: dict[str, tuple[bytes, ...]] = {
    "gzip": (b"\x1f\x8b\x08",),
    "bzip2": tuple(b"BZh%d" % level + block for level in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")),
    "xz": (b"\xfd7zXZ\0",),
    "zstd": (b"\x28\xb5\x2f\xfd", *(bytes((n,)) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))),
    "lz4": (b"\x04\x22\x4d\x18",),
    "lz4-legacy": (b"\x02\x21\x4c\x18",),
    "compress": (b"\x1f\x9d",),
    "lzip": (b"LZIP\1",),
    "lzop": (b"\x89LZO\0\r\n\x1a\n",),
    "cpio": (b"070701", b"070702", b"070707"),
    "rpm": (b"\xed\xab\xee\xdb",),
    "xar": (b"xar!\0",),
    "wim": (b"MSWIM\0\0\0",),
    "disk": (b"QFI\xfb", b"KDMV", b"COWD", b"conectix", b"vhdxfile", b"hsqs", b"<<< Oracle VM VirtualBox Disk Image"),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "rar": (b"Rar!\x1a\x07",),
    "cab": (b"MSCF\0\0\0\0",),
    "ar": (b"!<arch>\n",),
    "image": (
        *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        *(b"8BPS\0", b"\0\0\1\0", b"\0\0\2\0", b"\xd7\xcd\xc6\x9a", b"\1\0\x09\0\0\3"),
        *(b"\0\0\0\x0cjP", b"AT&TFORM", b"\xc5\xd0\xd3\xc6", b"\x8aMNG\r\n\x1a\n", b"\x8bJNG\r\n\x1a\n"),
    ),
    "audio": (b"ID3", b"OggS\0", b"fLaC\0", b"\x1aE\xdf\xa3", b"MThd\0"),
    "font": (b"\0\1\0\0\0", b"OTTO\0", b"wOFF\0", b"wOF2\0"),
    "executable": (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\0asm\1\0\0\0"),
    "java": (b"\xca\xfe\xba\xbe",),
    "strings": (
        *(b"dex\n03", b"dex\n04", b"regf", b"\x4c\0\0\0\1\x14\2\0", b"\0\0\0\1Bud1\0", b"ElfFile\0", b"\x93NUMPY"),
        *(b"\x1bLua", b"\x80\2}", b"\x80\3}", b"\x80\4\x95", b"\x80\5\x95"),
    ),
    "sealed": (
        *(b"Salted__", b"LUKS\xba\xbe", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", b"age-encryption.org/", b"-FVE-FS-"),
        *(b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", b"AES\2", b"PWS3"),
    ),
    "packed": (
        *(b"Obj\1", b"ORC", b"\x89HDF\r\n\x1a\n", b"CWS", b"ZWS", b"MDMP\x93\xa7", b"REDIS0", b"\x02dbd"),
        *(b"PAGEDU64", b"wiMSWIM\0", b"RDX2\n", b"RDX3\n"),
    ),
    "sqlite": (b"SQLite format 3\0",),
    "sqlite-journal": (b"\x37\x7f\x06\x82\0\x2d", b"\x37\x7f\x06\x83\0\x2d", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"),
    "plist": (b"bplist0",),
    "parquet": (b"PAR1", b"PARE"),
    "arrow": (b"ARROW1", b"FEA1"),
    "access": (b"\0\1\0\0Standard Jet DB", b"\0\1\0\0Standard ACE DB"),
    "pst": (b"!BDN",),
    "tnef": (b"\x78\x9f\x3e\x22",),
    "chm": (b"ITSF\x03\0\0\0",),
    "onenote": (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",),
}


def _by_first_two_bytes() -> dict[bytes, tuple[tuple[bytes, str], ...]]:
    """The magics that begin with two bytes, the longest first: an Access database begins as a TrueType font does."""
    table: dict[bytes, list[tuple[bytes, str]]] = {}
    for kind, magics in _MAGICS.items():
        for magic in magics:
            table.setdefault(magic[:2], []).append((magic, kind))
    return {key: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for key, pairs in table.items()}


_MAGIC = _by_first_two_bytes()
_RTF = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,60}\{\\rt")
_BEFORE_RTF = b"{ \n\r\t\v\f\xef"
_PDF = re.compile(rb"%PDF-\d")
_SHORT_STARTS = frozenset({b"PK", b"\x1f\x8b", b"\x30\x80", b"\x30\x81", b"\x30\x82", b"\x30\x83", b"\x30\x84"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_SUM = re.compile(rb" {0,5}[0-7]{3,6}[ \0]{1,5}")
_OLD_SIZE = re.compile(rb" {0,11}[0-7]{1,12}[ \0]{0,11}")
_NAMED = (".br", ".dmg", ".vhd")
_OLE_SUFFIXES = {".doc": "doc", ".xls": "xls", ".ppt": "ppt", ".msg": "msg"}


def detect(head: bytes, name: str = "") -> str:
    """The type of content that begins with `head` (`raw.HEAD` bytes, or all there is): a key of `dlp.file_types.NAMES`.

    `name` counts where a text may be of two types. `zip` and `ole` mean that `head` did not show which kind;
    `detect_stream` looks further.
    """
    return of_text(head, name) or _in_binary(head, name)


def of_text(head: bytes, name: str) -> str:
    """As `detect`; "" where so many control characters stand in `head` that it is no text, or not plainly one."""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head and head[0] in _BEFORE_RTF and _RTF.match(head):
        return "rtf"
    return _in_text(head, name) if b"\0" not in head and charset.few_controls(head) else ""


def detect_stream(head: bytes, stream: BinaryIO, name: str = "") -> str:
    """As `detect`, and for a container whose `head` does not tell, by its directory. Leaves the position anywhere."""
    kind = detect(head, name)
    if kind == "ole":
        kind = by_streams(head, stream)
        return _OLE_SUFFIXES.get(name[-4:].lower(), kind) if kind == "ole" else kind
    if kind == "zip":
        return in_directory(stream)
    if kind in ("binary", "text") and name[-4:].lower().endswith(_NAMED):
        return _by_suffix(head, name.lower(), kind)
    return kind


def _in_text(head: bytes, name: str) -> str:
    start = head[:1024]
    # Of a single byte it is known ten times as soon that it is not there.
    if b"%" in start and _PDF.search(start) and b" obj" in head:
        return "pdf"
    if b"<" in start:
        if b'progid="Word.Document"' in start:
            return "docx"
        if b"<office:document" in start and b"office:mimetype=" in head:
            return "odf"
    # So small that no control character shows, or, an ar archive of texts, without any.
    if start.startswith((b"BZh", b"!<arch>\n")) or start[:2] in _SHORT_STARTS:
        return _in_binary(head, name)
    if head[:1] > b"\x7f" and _is_openpgp(head):
        return "pgp"
    return detect_text.kind_of(head, name) if head else "text"


def _in_binary(head: bytes, name: str) -> str:
    if head.startswith((ZIP, b"PK\x05\x06", b"PK00PK\x03\x04", b"PK\x07\x08PK\x03\x04")):
        return in_head(head)
    if head.startswith(_OLE):
        return "ole"
    for magic, kind in _MAGIC.get(head[:2], ()):
        if head.startswith(magic):
            return kind
    if head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF":
        return "image"
    if head[:2] == b"BM" and head[6:10] == bytes(4) and 12 <= int.from_bytes(head[14:18], "little") <= 256:
        return "image"
    if head[:4] == b"\xff\xff\xff\xff" and head[6:12] == b"\0\0\x10\0\0\0":  # a stream: a size, a table's root
        return "arrow"
    if head[:2] == b"MZ" and len(head) > 64:
        return "executable"
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "tar"
    if head[32769:32774] == b"CD001":
        return "iso"
    if head[2:4] == b"-l" and head[6:7] == b"-" and head[4:5] in b"hz":
        return "lha"
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        return "image" if head[8:12] in (b"WEBP", b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis") else "audio"
    if _PDF.search(head, 0, 1024):
        return "pdf"
    if head[:1] == b"\x30" and head[1:2] in (b"\x80", b"\x81", b"\x82", b"\x83", b"\x84") and b"\x06" in head[:32]:
        return "der"
    if _is_lzma(head):
        return "lzma"
    if head[:2] in (b"\xc7\x71", b"\x71\xc7") and _is_old_cpio(head):
        return "cpio"
    where = head.find(ZIP)
    if where >= 0:  # an archive behind something else, as in a self-extracting one
        return in_head(head[where:])
    if (wide := charset.wide(head)) is not None:
        kind = detect_text.kind_of(head[wide.skip :].decode(wide.codec, "replace").encode() or b" ", name)
        return kind if kind in ("html", "markup", "xml", "json") else "text"
    if head.startswith(detect_text.EBCDIC):
        return "xml"
    if charset.few_controls(head, raw.HEAD) or charset.is_iso2022_kr(head):
        return detect_text.kind_of(head, name)
    if detect_text.is_mail(head):
        return "mbox" if head.lstrip().startswith(b"From ") else "mail"
    return "pgp" if _is_openpgp(head) else "binary"


def _is_openpgp(head: bytes) -> bool:
    from dlp.extract.mail.openpgp import looks_like  # few files begin so, and every scan imports this

    return looks_like(head)


def _is_old_tar(head: bytes) -> bool:
    """Whether `head` is a tar header from before there was a magic, by its checksum."""
    if not _OLD_SUM.fullmatch(head, 148, 156) or head[:1] == b"\0" or not _OLD_SIZE.fullmatch(head, 124, 136):
        return False
    told = int(head[148:156].strip(b" \0"), 8)
    return told == sum(head[:148]) + sum(head[156:512]) + 256


def _is_lzma(head: bytes) -> bool:
    """Whether `head` is that of an lzma file, which has no magic: properties, a dictionary of a usual size, the size
    (known or not), and the zero that the coder begins with."""
    if len(head) < 14 or head[0] >= 225 or head[13]:
        return False
    dictionary, size = struct.unpack_from("<IQ", head, 1)
    usual = dictionary == 0xFFFFFFFF or (dictionary >= 4096 and dictionary.bit_count() <= 2)
    return bool(usual and (size == 0xFFFFFFFFFFFFFFFF or 0 < size < 1 << 38))


def _is_old_cpio(head: bytes) -> bool:
    (length,) = struct.unpack_from("<H" if head[:1] == b"\xc7" else ">H", head.ljust(26, b"\0"), 20)
    return 1 < length < 1024 and head[26 + length - 1 : 26 + length] == b"\0" and b"\0" not in head[26 : 25 + length]


def _by_suffix(head: bytes, name: str, kind: str) -> str:
    """Of two formats whose beginning shows nothing: brotli, and disk images that are told by their end."""
    if name.endswith(".br"):
        return "brotli" if kind == "binary" or b"\x03" in head[-1:] else kind
    return "disk" if kind == "binary" else kind
