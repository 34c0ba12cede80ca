from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from dlp.extract.binary import BinaryExtractor
from dlp.extract.detect import detect, detect_stream
from dlp.extract.raw import HEAD
from dlp.extract.recursion import EXTRACTORS
from dlp.file_types import NAMES

from .samples import docx, line, pdf


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return out.getvalue()


def ole(*streams: str, sector: int = 0) -> bytes:
    """An OLE header and one directory sector."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, sector)
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))
    return bytes(head) + b"\0" * 512 * sector + entries.ljust(512, b"\0")


CASES = {
    "plain": (b"Hello, world.\n", "text"),
    "utf-8": ("Grüße".encode(), "text"),
    "utf-16 without mark": ("Hello there, all of you".encode("utf-16-le"), "text"),
    "ansi colours": (b"\x1b[31mred\x1b[0m\n", "text"),
    "rtf": (rb"{\rtf1\ansi hello}", "rtf"),
    "rtf behind blanks": (b"\xef\xbb\xbf\r\n {\\rt hello\0}", "rtf"),
    "a text about RTF": (rb"It begins with {\rtf1 and goes on", "text"),
    "html": (b"<!doctype html><p>hello", "html"),
    "pdf": (pdf(line("x")), "pdf"),
    "pdf behind junk": (b"junk\0\n" * 50 + pdf(line("x")), "pdf"),
    "a text about PDF": (b"if head.startswith(b'%PDF-1.4'): ...\n", "text"),
    "docx": (docx(), "docx"),
    "docx by its folders": (_zip("word/styles.xml", "word/document.xml"), "docx"),
    "docx behind junk": (b"\0junk" + docx(), "docx"),
    "xlsx": (_zip("xl/workbook.xml"), "xlsx"),
    "pptx": (_zip("ppt/presentation.xml"), "pptx"),
    "odt": (_zip("mimetype").replace(b"mimetypex", b"mimetypeapplication/vnd.oasis.opendocument.text"), "odf"),
    "zip": (_zip("a.txt"), "zip"),
    "empty zip": (_zip(), "zip"),
    "gzip": (gzip.compress(b"x"), "gzip"),
    "tar": (_tar(), "tar"),
    "doc": (ole("WordDocument"), "doc"),
    "xls": (ole("Workbook", sector=3), "xls"),
    "encrypted": (ole("EncryptionInfo", "EncryptedPackage"), "ole-encrypted"),
    "unknown ole": (ole("Something"), "ole"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image"),
    "access": (b"\0\1\0\0Standard Jet DB\0", "access"),
    "elf": (b"\x7fELF\2\1\1" + bytes(50), "executable"),
    "noise": (bytes(range(256)) * 4, "binary"),
    "zeros": (bytes(100), "binary"),
}


@pytest.mark.parametrize("case", CASES)
def test_content_alone_tells_the_type(case: str) -> None:
    data, kind = CASES[case]
    assert detect_stream(data[:HEAD], io.BytesIO(data)) == kind


def test_a_name_decides_only_what_the_content_leaves_open() -> None:
    data = ole("Something")
    assert detect_stream(data, io.BytesIO(data), "a.DOC") == "doc"
    assert detect_stream(b"just text", io.BytesIO(b"just text"), "a.docx") == "text"


def test_an_embedded_workbook_does_not_make_a_document_a_workbook() -> None:
    office = "application/vnd.openxmlformats-officedocument"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as out:
        out.writestr(
            "[Content_Types].xml",
            f'<Default Extension="xlsx" ContentType="{office}.spreadsheetml.sheet"/>'
            f'<Override ContentType="{office}.wordprocessingml.document.main+xml"/>',
        )
    assert detect(package.getvalue()) == "docx"


def test_a_document_whose_folders_stand_far_behind_is_told_by_the_directory() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("media.bin", bytes(2 * HEAD))
        package.writestr("word/document.xml", b"<x/>")
    data = out.getvalue()
    assert detect(data[:HEAD]) == "zip"
    assert detect_stream(data[:HEAD], io.BytesIO(data)) == "docx"


def test_every_type_has_exactly_one_extractor() -> None:
    claimed = [kind for extractor in EXTRACTORS for kind in extractor.types]
    assert sorted(claimed) == sorted(NAMES)
    assert isinstance(EXTRACTORS[-1], BinaryExtractor)
