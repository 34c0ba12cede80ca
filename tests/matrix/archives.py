"""Archives: each kind, and their corners."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from . import packing
from .ooxml import paragraph, word, zipped
from .plant import BINARY, SLICE, Family, Plant

family = Family("archive")


def _zip(plant: Plant, method: int = zipfile.ZIP_DEFLATED, name: str = "n.txt", **options: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("readme.txt", "hello " * 50)
        archive.writestr(name, plant.text)
        for key, value in options.items():
            setattr(archive, key, value)
    return out.getvalue()


for _name, _method in (("stored", 0), ("deflated", 8), ("bzip2", 12), ("LZMA", 14)):
    family.add(f"zip, {_name}", "a.zip", lambda plant, method=_method: _zip(plant, method))
for _suffix in ("jar", "whl", "apk", "xpi", "nupkg"):
    family.add(f"zip named .{_suffix}", f"a.{_suffix}", _zip)
family.add("zip, comment", "a.zip", lambda plant: _zip(Plant("x", "y"), comment=plant.data))
family.add("zip, member's name", "a.zip", lambda plant: _zip(Plant("x", "y"), name=f"{plant.token}.txt"), holds="token")
family.add("zip, behind the end", "a.zip", lambda plant: _zip(Plant("x", "y")) + plant.data)
family.add("zip, before the beginning", "a.zip", lambda plant: plant.data + b"\n" + _zip(Plant("x", "y")))
family.add("zip named as a picture", "a.png", _zip)


@family("zip, member's comment and extra field", "a.zip")
def zip_extra(plant: Plant) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.comment = plant.passage.encode()
        info.extra = struct.pack("<HH", 0x7777, len(plant.token)) + plant.token.encode()
        archive.writestr(info, "x")
    return out.getvalue()


@family("zip, member that the directory does not list", "a.zip")
def zip_unlisted(plant: Plant) -> bytes:
    hidden = zipped({"n.txt": plant.data})
    return hidden[: hidden.index(b"PK\x01\x02")] + zipped({"a.txt": "x"})


@family("zip, directory cut off", "a.zip")
def zip_cut(plant: Plant) -> bytes:
    data = _zip(plant)
    return data[: data.index(b"PK\x01\x02")]


@family("zip, sizes behind the data (streamed)", "a.zip")
def zip_streamed(plant: Plant) -> bytes:
    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            piece = bytes(data)
            self.data += piece
            return len(piece)

    out = OneWay()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("n.txt", plant.text)
    return bytes(out.data)


@family("zip64", "a.zip")
def zip64(plant: Plant) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("n.txt", "w", force_zip64=True) as member,
    ):
        member.write(plant.data)
    return out.getvalue()


@family("zip, two members of one name", "a.zip")
def zip_twice(plant: Plant) -> bytes:
    import warnings

    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        archive.writestr("n.txt", plant.text)
        archive.writestr("n.txt", "x")
    return out.getvalue()


@family("zip, member's name leads elsewhere", "a.zip")
def zip_slip(plant: Plant) -> bytes:
    return _zip(plant, name="../../../etc/n.txt")


@family("zip with a password", "a.zip", readable=False)
def zip_encrypted(plant: Plant) -> bytes:
    data = bytearray(_zip(plant))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = data.find(mark)
        while where >= 0:
            data[where + at] |= 1
            where = data.find(mark, where + 4)
    return bytes(data)


@family("zip in two parts", "a.zip")
def zip_parts(plant: Plant) -> dict[str, bytes]:
    noise = random.Random(3).randbytes(3000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("n.txt", base64.b64encode(noise[:1500]) + plant.data + base64.b64encode(noise[1500:]))
    data = out.getvalue()
    return {"a.zip.001": data[: len(data) // 2], "a.zip.002": data[len(data) // 2 :]}


def _tar(plant: Plant, mode: str = "w", form: int = tarfile.PAX_FORMAT, name: str = "n.txt") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:
        for label, data in (("readme.txt", b"hello " * 50), (name, plant.data)):
            info = tarfile.TarInfo(label)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


for _name, _form in (("ustar", tarfile.USTAR_FORMAT), ("GNU", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
    family.add(f"tar, {_name}", "a.tar", lambda plant, form=_form: _tar(plant, form=form))
for _suffix in ("gz", "bz2", "xz"):
    family.add(f"tar.{_suffix}", f"a.tar.{_suffix}", lambda plant, mode=f"w:{_suffix}": _tar(plant, mode))
for _name, _form in (("GNU", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
    family.add(
        f"tar, long name ({_name})",
        "a.tar",
        lambda plant, form=_form: _tar(Plant("x", "y"), form=form, name=f"{'long/' * 30}{plant.token}.txt"),
        holds="token",
    )
family.add("tar, behind the end", "a.tar", lambda plant: _tar(Plant("x", "y")) + plant.data)


@family("tar, link's target", "a.tar", holds="token")
def tar_link(plant: Plant) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.type, info.linkname = tarfile.SYMTYPE, f"/srv/{plant.token}"
        archive.addfile(info)
    return out.getvalue()


@family("tar, comment in the pax header", "a.tar")
def tar_comment(plant: Plant) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": plant.text}) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


@family("tar, member cut short", "a.tar")
def tar_cut(plant: Plant) -> bytes:
    data = _tar(plant)
    return data[: data.index(plant.data) + len(plant.data)]


@family("tar.gz cut short", "a.tar.gz")
def targz_cut(plant: Plant) -> bytes:
    return _tar(plant, "w:gz")[:-12]


family.add("gzip", "a.gz", lambda plant: gzip.compress(plant.data, mtime=0))
family.add(
    "gzip, second member", "a.gz", lambda plant: gzip.compress(b"hello", mtime=0) + gzip.compress(plant.data, mtime=0)
)
family.add("gzip, behind the end", "a.gz", lambda plant: gzip.compress(b"hello", mtime=0) + b"\0\0" + plant.data)
family.add("bzip2", "a.bz2", lambda plant: bz2.compress(plant.data))
family.add("xz", "a.xz", lambda plant: lzma.compress(plant.data))
family.add("lzma", "a.lzma", lambda plant: lzma.compress(plant.data, lzma.FORMAT_ALONE))
family.add("zlib", "a.zz", lambda plant: zlib.compress(plant.data))
family.add("gzip of a gzip", "a.gz.gz", lambda plant: gzip.compress(gzip.compress(plant.data, mtime=0), mtime=0))


@family("gzip, name and comment in its header", "a.gz")
def gzip_header(plant: Plant) -> bytes:
    body = gzip.compress(b"hello", mtime=0)
    return body[:3] + b"\x18" + body[4:10] + plant.token.encode() + b"\0" + plant.passage.encode() + b"\0" + body[10:]


@family("Zstandard", "a.zst", needs="zstandard")
def zstd(plant: Plant) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(plant.data)


@family("tar.zst", "a.tar.zst", needs="zstandard")
def tar_zstd(plant: Plant) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(_tar(plant))


@family("Zstandard, frame to be skipped", "a.zst", needs="zstandard")
def zstd_skipped(plant: Plant) -> bytes:
    import zstandard

    body = zstandard.ZstdCompressor().compress(b"hello")
    return body + struct.pack("<II", 0x184D2A50, len(plant.data)) + plant.data


@family("LZ4", "a.lz4", needs="lz4.frame")
def lz4(plant: Plant) -> bytes:
    import lz4.frame

    return bytes(lz4.frame.compress(plant.data * 3))


family.add("LZ4, not packed", "a.lz4", lambda plant: packing.lz4_stored(plant.data))


@family("Brotli", "a.br", needs="brotli")
def brotli(plant: Plant) -> bytes:
    import brotli as library

    return bytes(library.compress(plant.data))


for _method in ("copy", "lzma", "lzma2"):
    family.add(f"7-Zip, {_method}", "a.7z", lambda plant, method=_method: packing.seven("n.txt", plant.data, method))
family.add("7-Zip with a password", "a.7z", lambda plant: packing.seven("n.txt", plant.data, "aes"), readable=False)
family.add("7-Zip, member's name", "a.7z", lambda plant: packing.seven(plant.token, b"x", "copy"), holds="token")


@family("7-Zip as its own library writes it", "a.7z", needs="py7zr")
def seven_library(plant: Plant) -> bytes:
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writestr(plant.text, "n.txt")
        archive.writestr("hello", "readme.txt")
    return out.getvalue()


@family("7-Zip in two parts", "a.7z")
def seven_parts(plant: Plant) -> dict[str, bytes]:
    data = packing.seven("n.txt", plant.data)
    return {"a.7z.001": data[: len(data) // 2], "a.7z.002": data[len(data) // 2 :]}


family.add("RAR 5", "a.rar", lambda plant: packing.rar5("n.docx", word(paragraph(plant.text))))
family.add("RAR 4", "a.rar", lambda plant: packing.rar4("n.docx", word(paragraph(plant.text))))
family.add("RAR 5, comment", "a.rar", lambda plant: packing.rar5("n.txt", b"x", comment=plant.data))
family.add("RAR with a password", "a.rar", lambda plant: packing.rar5("", b"", encrypted=True), readable=False)
family.add("cabinet, MSZIP", "a.cab", lambda plant: packing.cab("n.txt", plant.data))
family.add("cabinet, stored", "a.cab", lambda plant: packing.cab("n.docx", word(paragraph(plant.text)), packed=False))
family.add("ISO image", "a.iso", lambda plant: packing.iso("n.txt", plant.data))
family.add("ISO image, document inside", "a.iso", lambda plant: packing.iso("n.docx", word(paragraph(plant.text))))
family.add("ar", "a.a", lambda plant: packing.ar(("n.gz/", gzip.compress(plant.data, mtime=0))))
family.add("cpio, new form", "a.cpio", lambda plant: packing.cpio("n.gz", gzip.compress(plant.data, mtime=0)))
family.add("cpio, old form", "a.cpio", lambda plant: packing.old_cpio("n.gz", gzip.compress(plant.data, mtime=0)))


def _deb(plant: Plant, suffix: str, packed: Callable[[bytes], bytes], control: bool = False) -> bytes:
    other = _tar(Plant("x", "y"), "w:gz")
    hit = packed(_tar(plant))
    first, second = (hit, other) if control else (other, hit)
    names = (
        f"control.tar.{suffix}" if control else "control.tar.gz",
        "data.tar.gz" if control else f"data.tar.{suffix}",
    )
    return packing.ar(("debian-binary", b"2.0\n"), (names[0], first), (names[1], second))


family.add("deb, data in xz", "a.deb", lambda plant: _deb(plant, "xz", lzma.compress))
family.add("deb, control in gzip", "a.deb", lambda plant: _deb(plant, "gz", gzip.compress, control=True))


@family("deb, data in Zstandard", "a.deb", needs="zstandard")
def deb_zstd(plant: Plant) -> bytes:
    import zstandard

    return _deb(plant, "zst", zstandard.ZstdCompressor().compress)


family.add("rpm, gzip", "a.rpm", lambda plant: packing.rpm(gzip.compress(packing.cpio("./n.txt", plant.data)), b"gzip"))
family.add("rpm, xz", "a.rpm", lambda plant: packing.rpm(lzma.compress(packing.cpio("./n.txt", plant.data)), b"xz"))
family.add(
    "rpm, summary", "a.rpm", lambda plant: packing.rpm(gzip.compress(packing.cpio("./n", b"x")), b"gzip", plant.data)
)
family.add("program that unpacks itself (zip)", "a.exe", lambda plant: packing.executable() + _zip(plant))
family.add(
    "program that unpacks itself (7-Zip)", "a.exe", lambda plant: packing.executable() + packing.seven("n", plant.data)
)
family.add(
    "program that unpacks itself (RAR)",
    "a.exe",
    lambda plant: packing.executable() + packing.rar5("n.docx", word(paragraph(plant.text))),
)
family.add(
    "script that unpacks itself (tar.gz)",
    "a.run",
    lambda plant: b"#!/bin/sh\ntail -n +4 $0 | tar xz\nexit 0\n" + _tar(plant, "w:gz"),
)
family.add("cabinet behind a program", "a.exe", lambda plant: packing.executable() + packing.cab("n.txt", plant.data))


@family("picture and zip (GIF first)", "a.gif")
def gif_zip(plant: Plant) -> bytes:
    return b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x02\0\x02\0\0\x02\x02\x84Q\0;" + _zip(plant)


@family("picture and RAR (JPEG first)", "a.jpg")
def jpeg_rar(plant: Plant) -> bytes:
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9" + packing.rar5(
        "n.docx", word(paragraph(plant.text))
    )


@family("picture and 7-Zip (PNG first)", "a.png")
def png_seven(plant: Plant) -> bytes:
    from .images import png

    return png() + packing.seven("n.txt", plant.data)


@family("PDF and zip, the zip's side", "a.pdf")
def pdf_zip(plant: Plant) -> bytes:
    from .pdf import document

    return document() + _zip(plant)


@family("PDF and zip, the PDF's side", "a.zip")
def zip_pdf(plant: Plant) -> bytes:
    from .pdf import document, shown

    page = document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode")
    return page + _zip(Plant("x", "y"))


@family("page and zip, the zip's side", "a.html")
def html_zip(plant: Plant) -> bytes:
    return b"<html><body>hello</body></html>" + _zip(plant)


@family("tar within the first member of a zip that is stored", "a.zip")
def zip_tar(plant: Plant) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.tar", _tar(plant))
    return out.getvalue()


@family("registered binary's bytes, in a zip", "a.zip", holds="passage")
def zip_binary(plant: Plant) -> bytes:
    return zipped({"part.bin": b"\0\1\2" * 30 + SLICE})


@family("registered binary whole, in a tar.gz", "a.tar.gz", holds="passage")
def tar_binary(plant: Plant) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("model.bin")
        info.size = len(BINARY)
        archive.addfile(info, io.BytesIO(BINARY))
    return out.getvalue()
